//! Sheets as text.

use std::io::{self, Write};

use super::model::{Column, Row, Sheet, Value, are_numbers};
use crate::term::{counted, fact, heading_with, printable};
use crate::view::table::Table;

pub(super) fn write(out: &mut dyn Write, mut sheet: Sheet<'_>, width: usize) -> io::Result<()> {
    for (i, file) in sheet.log.iter().enumerate() {
        fact(out, if i == 0 { "Log" } else { "" }, file)?;
    }
    for (_, title, value) in &sheet.facts {
        heading_with(out, title, &value.readable())?;
    }
    let rows: Vec<Row<'_>> = std::mem::replace(&mut sheet.rows, Box::new(std::iter::empty())).collect();
    if sheet.is_vertical {
        rows.iter().try_for_each(|row| write_lines(out, &sheet.columns, row))?;
    } else if rows.is_empty() {
        writeln!(out, "  (no rows)")?;
    } else {
        write_table(out, &sheet, &rows, width)?;
    }
    sheet.notes.iter().try_for_each(|note| writeln!(out, "{}", printable(note)))
}

/// Writes a line for each value.
fn write_lines(out: &mut dyn Write, columns: &[Column], row: &[Value<'_>]) -> io::Result<()> {
    for (column, value) in columns.iter().zip(row).filter(|(column, _)| column.rank.is_some()) {
        let text = value.readable();
        if !text.is_empty() {
            writeln!(out, "  {:<20}{}", column.title, printable(&text))?;
        }
    }
    Ok(())
}

fn write_table(out: &mut dyn Write, sheet: &Sheet<'_>, rows: &[Row<'_>], width: usize) -> io::Result<()> {
    let shown = shown(sheet, rows);
    let alignment: String = shown.iter().map(|&(at, column)| alignment(column, rows, at)).collect();
    let titles: Vec<&str> = shown.iter().map(|(_, column)| column.title).collect();
    let mut table = Table::new(&alignment, &titles).ranks(shown.iter().map(|(_, column)| column.rank.unwrap_or(0)));
    let cells = |row: &[Value<'_>], name: Option<&str>| {
        let mut name = name;
        let cell = |&(at, column): &(usize, &Column)| match name.filter(|_| column.is_long) {
            Some(text) => {
                name = None;
                text.to_owned()
            }
            None => row.get(at).map_or_else(String::new, Value::readable),
        };
        shown.iter().map(cell).collect::<Vec<_>>()
    };
    rows.iter().for_each(|row| table.row(cells(row, None)));
    if let Some((number, row)) = &sheet.left_out {
        table.row(cells(row, Some(&format!("({})", counted(*number, "more row", "more rows")))));
    }
    if let Some(row) = &sheet.others {
        table.row(cells(row, Some("(names beyond the limit of memory)")));
    }
    if let Some(row) = &sheet.total {
        table.row(cells(row, Some("(total)")));
    }
    table.write_fitted(out, width)
}

/// Returns the columns that the table shows, with their positions: those that text always shows, and those that have a
/// value in at least one row.
fn shown<'s>(sheet: &'s Sheet<'_>, rows: &[Row<'_>]) -> Vec<(usize, &'s Column)> {
    let has_value =
        |at: usize| rows.iter().chain(&sheet.total).filter_map(|row| row.get(at)).any(|v| !v.readable().is_empty());
    let columns = sheet.columns.iter().enumerate();
    let columns = columns.filter(|(at, column)| column.rank.is_some_and(|rank| rank == 0 || has_value(*at)));
    let mut shown: Vec<_> = columns.collect();
    shown.sort_by_key(|(_, column)| column.is_last);
    shown
}

fn alignment(column: &Column, rows: &[Row<'_>], at: usize) -> char {
    match column.is_long {
        true => 'p',
        false if are_numbers(rows, at) => 'r',
        false => 'l',
    }
}
