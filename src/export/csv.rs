//! Procmon's CSV format: UTF-8 with a byte-order mark, every cell in quotes, CR LF after each row.
//!
//! A quote inside a cell is doubled and a line feed becomes `;`, as in Procmon's own files, so a row never contains a
//! line feed. Other control characters are written as they are.
//!
//! In the style of a Procmon version, a character above U+FFFF that is split between two of Procmon's buffers is
//! written as two U+FFFD.

use std::fmt;

use super::cells::{Cells, Dialect};
use super::log_names::LogNames;
use super::output::Output;
use super::sink::CrtBuffers;
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
    log_names: Option<LogNames>,
}

impl Csv {
    /// Creates a table of the given columns, in the given order.
    #[must_use]
    pub fn new(columns: &[Column], style: Style) -> Self {
        Self { cells: Cells::new(Quotes, columns, style), log_names: None }
    }

    /// Adds the column `Log` with the name of the log, before all others.
    #[must_use]
    pub fn with_log_names(mut self, names: LogNames) -> Self {
        self.log_names = Some(names);
        self
    }

    /// Appends a cell of the column `Log`, if there is one.
    #[inline]
    fn log<'n>(&'n self, out: &mut Vec<u8>, text: impl FnOnce(&'n LogNames) -> &'n str) {
        if let Some(names) = &self.log_names {
            Quotes.cell(0, false, out, |out| fmt::Write::write_str(out, text(names)));
            out.push(b',');
        }
    }
}

impl Format for Csv {}

impl Sealed for Csv {
    /// Appends the byte-order mark and the titles. The title of an unknown column is its id; in the style of a Procmon
    /// version, it is the title of the column before it.
    fn header(&self, out: &mut Output<'_>) {
        out.extend_from_slice("\u{FEFF}".as_bytes());
        self.log(out, |_| "Log");
        self.cells.titles(out);
        out.extend_from_slice(b"\r\n");
    }

    #[inline]
    fn event(&mut self, event: Event<'_>, out: &mut Output<'_>) {
        self.log(out, |names| names.of_event(event));
        self.cells.event(event, out);
        out.extend_from_slice(b"\r\n");
    }

    /// Appends a row of empty cells, except for Sequence, as Procmon does.
    fn unreadable(&mut self, error: &Error, out: &mut Output<'_>) {
        self.log(out, |names| names.of_error(error));
        self.cells.unreadable(out);
        out.extend_from_slice(b"\r\n");
    }

    fn footer(&self, _out: &mut Vec<u8>) {}

    /// Procmon writes no column `Log`, so its buffers have no effect on such a file.
    fn buffers(&self) -> Option<CrtBuffers> {
        (self.cells.style().is_procmon() && self.log_names.is_none()).then(CrtBuffers::default)
    }
}

/// Writes cells in quotes, separated by commas.
#[derive(Clone, Copy, Debug)]
struct Quotes;

impl Dialect for Quotes {
    type Escaped<'o> = Plain<'o>;

    #[inline]
    fn cell(
        &self,
        place: usize,
        is_unquoted: bool,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Plain<'_>) -> fmt::Result,
    ) {
        out.extend_from_slice(if place > 0 { b",\"" } else { b"\"" });
        let start = out.len();
        // Writing into memory does not fail.
        let _ = write(&mut Plain(out));
        // Text arrives in many pieces and rarely needs escaping, so the whole cell is searched once, at its end.
        let text = if is_unquoted { None } else { out.get(start..) };
        if let Some(at) = text.and_then(|text| memchr::memchr2(b'"', b'\n', text)) {
            escape(out, start + at);
        }
        out.push(b'"');
    }
}

/// Appends the text of a cell unchanged.
struct Plain<'r>(&'r mut Vec<u8>);

impl fmt::Write for Plain<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Escapes the text from `from` to the end. Appends the escaped text and then removes the original, so that nothing is
/// allocated apart from `out`.
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

#[cfg(test)]
mod tests {
    use crate::code::{Category, Column, EventClass, NtStatus};
    use crate::text::Style;

    #[test]
    fn fixed_names_need_no_escapes() {
        let style = Style::new();
        let fixed = [Column::OPERATION, Column::RESULT, Column::EVENT_CLASS, Column::CATEGORY];
        assert!(fixed.into_iter().all(|column| style.is_unquoted(column)));
        let mut names = style.operation_names();
        names.extend(NtStatus::ALL.iter().filter_map(|status| status.name()));
        names.extend(EventClass::ALL.iter().filter_map(|class| class.name()));
        names.extend(Category::ALL.map(Category::name));
        assert!(names.len() > 200);
        let escaped = names.iter().filter(|name| name.contains(['"', '\n'])).collect::<Vec<_>>();
        assert!(escaped.is_empty(), "{escaped:?}");
    }

    #[test]
    fn patterns_of_a_locale_may_have_quotes() {
        let locale = "en-US;date=d\"M\"yyyy".parse().unwrap();
        let style = Style::new().locale(locale);
        assert!(!style.is_unquoted(Column::DATE_AND_TIME));
        assert!(!style.is_unquoted(Column::PATH) && !style.is_unquoted(Column::DETAIL));
    }
}
