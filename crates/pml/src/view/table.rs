//! Text tables.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ContentArrangement, presets};
use indicatif::HumanCount;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::term::{heading, printable};

/// A table without borders, with the titles as a heading.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    title: String,
    /// `l` for left, `r` for right, `p` for a text on the left that may be shortened in the middle.
    alignment: char,
    /// 0 for a column that is always shown. Of the others, those with the largest ranks are left out first.
    rank: u8,
}

/// The width to which a text is shortened before columns are left out.
const SHORT: usize = 32;

impl Table {
    /// Creates a table without rows. `alignment` has a letter for each column: `l` for left, `r` for right, or `p` for a
    /// text on the left that may be shortened in the middle.
    pub(crate) fn new(alignment: &str, titles: &[&str]) -> Self {
        let column = |(alignment, title): (char, &&str)| Column { title: (*title).to_owned(), alignment, rank: 0 };
        Self { columns: alignment.chars().zip(titles).map(column).collect(), rows: Vec::new() }
    }

    /// Sets the rank of each column: 0 for one that is always shown; the largest are left out first.
    pub(crate) fn ranks(mut self, ranks: impl IntoIterator<Item = u8>) -> Self {
        self.columns.iter_mut().zip(ranks).for_each(|(column, rank)| column.rank = rank);
        self
    }

    /// Adds a row. Replaces control characters in the cells with visible symbols.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// Writes the table, indented by two characters.
    pub(crate) fn write(self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        self.write_fitted(out, usize::MAX)
    }

    /// Writes the table so that its lines have at most `width` characters, if this is possible: leaves out columns that
    /// are not always shown, and shortens texts.
    pub(crate) fn write_fitted(mut self, out: &mut (impl Write + ?Sized), width: usize) -> io::Result<()> {
        self.fit(width);
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|column| &column.title));
        for row in self.rows {
            table.add_row(row);
        }
        for (i, column) in self.columns.iter().enumerate() {
            if let Some(shown) = table.column_mut(i) {
                shown.set_padding((1, 1));
                let is_right = column.alignment == 'r';
                shown.set_cell_alignment(if is_right { CellAlignment::Right } else { CellAlignment::Left });
            }
        }
        for (i, line) in table.trim_fmt().lines().enumerate() {
            match i {
                0 => heading(out, &format!(" {line}"))?,
                _ => writeln!(out, " {line}")?,
            }
        }
        Ok(())
    }

    fn fit(&mut self, width: usize) {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.title.width()).collect();
        for row in &self.rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = cell.width().max(*width));
        }
        let min_width = |column: &Column, width: usize| if column.alignment == 'p' { width.min(SHORT) } else { width };
        loop {
            // A space before the table, and one on each side of a cell; the one at the end of the line is not written.
            let cells = self.columns.iter().zip(&widths).map(|(column, &width)| 2 + min_width(column, width));
            if cells.sum::<usize>() <= width {
                break;
            }
            let columns = self.columns.iter().enumerate().filter(|(_, column)| column.rank > 0);
            let Some((last, _)) = columns.max_by_key(|(_, column)| column.rank) else { break };
            self.columns.remove(last);
            widths.remove(last);
            self.rows.iter_mut().filter(|row| last < row.len()).for_each(|row| _ = row.remove(last));
        }
        self.shorten(&widths, width);
    }

    /// Shortens texts so that the lines fit.
    fn shorten(&mut self, widths: &[usize], width: usize) {
        let padding = 2 * self.columns.len();
        let is_text = |i: usize| self.columns.get(i).is_some_and(|column| column.alignment == 'p');
        let fixed: usize = widths.iter().enumerate().filter(|(i, _)| !is_text(*i)).map(|(_, width)| width).sum();
        let mut left = width.saturating_sub(fixed + padding);
        let mut texts: Vec<usize> = (0..widths.len()).filter(|&i| is_text(i)).collect();
        // Short texts first: they leave more for the others.
        texts.sort_by_key(|&i| widths.get(i));
        let number = texts.len();
        for (done, i) in texts.into_iter().enumerate() {
            let Some(&natural) = widths.get(i) else { continue };
            let max_width = natural.min(left / (number - done)).max(8);
            left = left.saturating_sub(max_width);
            let long = self.rows.iter_mut().filter_map(|row| row.get_mut(i)).filter(|_| natural > max_width);
            long.for_each(|cell| *cell = shortened(cell, max_width));
        }
    }
}

/// Returns a text of at most `width` characters, with an ellipsis in its middle if it is longer.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    // The end of a path has more information than its start.
    let end = width.saturating_sub(1) * 3 / 5;
    let start = width.saturating_sub(1 + end);
    let taken = |chars: &mut dyn Iterator<Item = char>, width: usize| {
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= width
        };
        chars.take_while(fits).collect::<Vec<_>>()
    };
    let head = taken(&mut text.chars(), start);
    let tail = taken(&mut text.chars().rev(), end);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

/// Returns a cell with a number.
pub(crate) fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Returns a cell with a number, empty for 0 so that other numbers stand out.
pub(crate) fn count_or_empty(number: u64) -> String {
    if number == 0 { String::new() } else { count(number) }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::{Table, shortened};

    #[test]
    fn long_texts_are_shortened_in_the_middle() {
        assert_eq!(shortened(r"C:\Windows\System32\kernel32.dll", 20), r"C:\Windo…ernel32.dll");
        assert_eq!(shortened("short", 5), "short");
        for width in 0..12 {
            assert!(shortened("日本語のパス名です", width).width() <= width.max(1), "{width}");
        }
    }

    #[test]
    fn tables_fit() {
        for width in 30..120 {
            let mut table = Table::new("rrp", &["Events", "Time", "Path"]).ranks([0, 1, 0]);
            table.row(["123,456".to_owned(), "12 ms".to_owned(), "x".repeat(200)]);
            let mut out = Vec::new();
            table.write_fitted(&mut out, width).unwrap();
            let text = String::from_utf8(anstream::adapter::strip_bytes(&out).into_vec()).unwrap();
            assert!(text.lines().all(|line| line.width() <= width), "{width}: {text}");
            assert_eq!(text.contains("Time"), width >= 50, "{width}: {text}");
        }
    }
}
