//! Procmon's CSV: UTF-8 with a byte-order mark, every cell in quotes, CR LF after each row.
//!
//! A quote inside a cell is doubled and a line feed becomes `;`, as in Procmon's own files, so that a row never holds
//! a line feed. Other control characters stay.

use std::fmt;

use super::cells::{Cells, Dialect};
use super::{Format, Sealed};
use crate::code::Column;
use crate::error::Error;
use crate::event::Event;
use crate::text::Style;

/// The CSV format. Cells that depend on the process alone are written once for each process and copied afterwards.
///
/// ```
/// use procmon_parser::export::{self, csv::Csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut out = Vec::new();
/// export::write(&mut out, log.events(), Csv::new(&[Column::PID, Column::PATH], Style::new()))?;
/// assert!(out.starts_with("\u{FEFF}\"PID\",\"Path\"\r\n".as_bytes()));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Csv {
    cells: Cells<Quotes>,
}

impl Csv {
    /// A table of these columns, in this order.
    #[must_use]
    pub fn new(columns: &[Column], style: Style) -> Self {
        Self { cells: Cells::new(Quotes, columns, style) }
    }
}

impl Sealed for Csv {}

impl Format for Csv {
    /// Byte-order mark and titles. An unknown column has its id as title.
    fn header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice("\u{FEFF}".as_bytes());
        self.cells.titles(out);
        out.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn event(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        self.cells.event(event, out);
        out.extend_from_slice(b"\r\n");
    }

    /// A row of empty cells, as in Procmon.
    fn unreadable(&mut self, _error: &Error, out: &mut Vec<u8>) {
        self.cells.empty(out);
        out.extend_from_slice(b"\r\n");
    }

    fn footer(&self, _out: &mut Vec<u8>) {}
}

/// Cells in quotes with commas between them.
#[derive(Clone, Copy, Debug)]
struct Quotes;

impl Dialect for Quotes {
    type Escaped<'o> = Plain<'o>;

    #[inline]
    fn cell(&self, place: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut Plain<'_>) -> fmt::Result) {
        out.extend_from_slice(if place > 0 { b",\"" } else { b"\"" });
        let start = out.len();
        // Writing into memory does not fail.
        let _ = write(&mut Plain(out));
        // A text comes in many pieces, and hardly ever has anything to escape: it is looked through once, at its end.
        let special = out.get(start..).and_then(|text| memchr::memchr2(b'"', b'\n', text));
        if let Some(at) = special {
            escape(out, start + at);
        }
        out.push(b'"');
    }
}

/// Takes the text of a cell as it is.
struct Plain<'r>(&'r mut Vec<u8>);

impl fmt::Write for Plain<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Escapes what was written from a place on: behind it, which then moves to its place, so that nothing is allocated.
#[cold]
fn escape(out: &mut Vec<u8>, from: usize) {
    let end = out.len();
    for at in from..end {
        match out.get(at).copied() {
            Some(b'"') => out.extend_from_slice(b"\"\""),
            Some(b'\n') => out.push(b';'),
            other => out.extend(other),
        }
    }
    out.drain(from..end);
}
