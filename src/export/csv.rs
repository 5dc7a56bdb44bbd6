//! Procmon's CSV: UTF-8 with a byte-order mark, every cell in quotes, CR LF after each row.
//!
//! A quote inside a cell is doubled and a line feed becomes `;`, as in Procmon's own files, so that a row never holds
//! a line feed. Other control characters stay.

use std::fmt;
use std::io;

use super::cells::{Cells, Dialect};
use super::{BUFFER, Format};
use crate::code::Column;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::text::Style;

pub use super::Summary;

/// The format. What depends on the process only is written once for each process and copied from then on.
///
/// ```
/// use procmon_parser::export::{self, csv::Csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut out = Vec::new();
/// export::write(&mut out, log.events(), Csv::new(&[Column::PID, Column::PATH], Style::new())).unwrap();
/// assert!(out.starts_with("\u{FEFF}\"PID\",\"Path\"\r\n".as_bytes()));
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

impl Format for Csv {
    /// Byte-order mark and titles. A column that nobody knows has its id as title.
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

/// Writes events as rows of a CSV, one by one.
///
/// ```
/// use procmon_parser::export::csv;
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut writer = csv::Writer::new(Vec::new(), &[Column::PID, Column::PATH], Style::new());
/// writer.write_header().unwrap();
/// for event in log.events().flatten() {
///     writer.write_event(event).unwrap();
/// }
/// let text = String::from_utf8(writer.finish().unwrap()).unwrap();
/// assert!(text.starts_with("\u{FEFF}\"PID\",\"Path\"\r\n"));
/// ```
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    format: Csv,
    rows: Vec<u8>,
}

/// Writes header and all events; an event that cannot be read is a row of empty cells, as in Procmon.
///
/// ```
/// use procmon_parser::export::csv;
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut out = Vec::new();
/// let summary = csv::export(&mut out, log.events(), Column::PROCMON_ORDER, Style::new()).unwrap();
/// assert_eq!(summary.rows, log.len() as u64);
/// ```
///
/// # Errors
/// If writing to `out` fails.
pub fn export<'a, W: io::Write>(
    out: W,
    events: impl IntoIterator<Item = Result<Event<'a>>>,
    columns: &[Column],
    style: Style,
) -> Result<Summary> {
    super::write(out, events, Csv::new(columns, style))
}

impl<W: io::Write> Writer<W> {
    /// A writer of these columns, in this order.
    pub fn new(out: W, columns: &[Column], style: Style) -> Self {
        Self { out, format: Csv::new(columns, style), rows: Vec::with_capacity(BUFFER + BUFFER / 4) }
    }

    /// Writes byte-order mark and titles. A column that nobody knows has its id as title.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_header(&mut self) -> Result<()> {
        self.format.header(&mut self.rows);
        self.hand_on()
    }

    /// Writes an event.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_event(&mut self, event: Event<'_>) -> Result<()> {
        self.format.event(event, &mut self.rows);
        self.hand_on()
    }

    /// Writes the row of an event that cannot be read: empty cells.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn write_unreadable(&mut self) -> Result<()> {
        self.format.cells.empty(&mut self.rows);
        self.rows.extend_from_slice(b"\r\n");
        self.hand_on()
    }

    /// Hands on what is buffered and gives the output back.
    ///
    /// # Errors
    /// If writing to the output fails.
    pub fn finish(mut self) -> Result<W> {
        self.out.write_all(&self.rows)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn hand_on(&mut self) -> Result<()> {
        if self.rows.len() >= BUFFER {
            self.out.write_all(&self.rows)?;
            self.rows.clear();
        }
        Ok(())
    }
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
