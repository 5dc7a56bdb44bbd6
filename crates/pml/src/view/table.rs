//! Text tables.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, presets};
use indicatif::HumanCount;

use crate::term::{heading, printable};

/// A table without borders, with the titles as a heading.
pub(crate) struct Table {
    table: comfy_table::Table,
    alignment: &'static str,
}

impl Table {
    /// Creates a table without rows. `alignment` has a letter for each column: `l` for left or `r` for right.
    pub(crate) fn new(alignment: &'static str, titles: &'static [&'static str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).set_header(titles);
        Self { table, alignment }
    }

    /// Adds a row. Replaces control characters in the cells with visible symbols.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.table.add_row(cells.into_iter().map(|cell| printable(&cell)));
    }

    /// Writes the table, indented by two characters.
    pub(crate) fn write(mut self, out: &mut impl Write) -> io::Result<()> {
        for (i, side) in self.alignment.chars().enumerate() {
            if let Some(column) = self.table.column_mut(i) {
                column.set_padding((1, 1));
                column.set_cell_alignment(if side == 'r' { CellAlignment::Right } else { CellAlignment::Left });
            }
        }
        for (i, line) in self.table.trim_fmt().lines().enumerate() {
            match i {
                0 => heading(out, &format!(" {line}"))?,
                _ => writeln!(out, " {line}")?,
            }
        }
        Ok(())
    }
}

/// Returns a cell with a number.
pub(crate) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Returns a cell with a number, empty for 0 so that other numbers stand out.
pub(crate) fn count_or_empty(number: u64) -> String {
    if number == 0 { String::new() } else { count(number) }
}
