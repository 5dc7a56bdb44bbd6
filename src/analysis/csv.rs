//! The CSV files that the dialogs of Procmon's Tools menu save.
//!
//! UTF-8 with a byte-order mark, a row of titles, every cell in quotes, CR LF after each row. A quote is doubled. A line
//! feed inside a cell becomes CR LF, because Procmon writes the files in text mode. A text ends at its first NUL.

use std::fmt::{self, Write};
use std::io;

use crate::wire::{Ascii, Ticks};

/// A writer of rows of cells. Call [`finish`](Self::finish) at the end.
#[derive(Debug)]
pub(crate) struct DialogCsv<W> {
    out: W,
    /// The rows that are not written yet.
    rows: String,
    at_row_start: bool,
}

/// The size of the buffer of rows, in bytes.
const BUFFER: usize = 1 << 16;

impl<W: io::Write> DialogCsv<W> {
    /// Starts a file with a row of titles.
    pub(crate) fn new(out: W, titles: &[&str]) -> io::Result<Self> {
        let mut csv = Self { out, rows: String::from('\u{FEFF}'), at_row_start: true };
        titles.iter().for_each(|title| csv.cell(title));
        csv.row_end()?;
        Ok(csv)
    }

    /// Adds a cell to the row.
    pub(crate) fn cell(&mut self, text: impl fmt::Display) {
        self.rows.push_str(if self.at_row_start { "\"" } else { ",\"" });
        self.at_row_start = false;
        // Writing to a string does not fail.
        let _ = write!(Escaped { out: &mut self.rows, ended: false }, "{text}");
        self.rows.push('"');
    }

    /// Ends the row.
    pub(crate) fn row_end(&mut self) -> io::Result<()> {
        self.rows.push_str("\r\n");
        self.at_row_start = true;
        if self.rows.len() >= BUFFER { self.write_rows() } else { Ok(()) }
    }

    /// Writes the rest of the file and flushes it.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.write_rows()?;
        self.out.flush()
    }

    fn write_rows(&mut self) -> io::Result<()> {
        self.out.write_all(self.rows.as_bytes())?;
        self.rows.clear();
        Ok(())
    }
}

/// Writes the text of a cell up to its first NUL, with escapes.
struct Escaped<'o> {
    out: &'o mut String,
    ended: bool,
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.ended {
            return Ok(());
        }
        let (text, ended) = text.split_once('\0').map_or((text, false), |(text, _)| (text, true));
        self.ended = ended;
        let mut rest = text;
        while let Some(at) = memchr::memchr2(b'"', b'\n', rest.as_bytes()) {
            let (before, after) = rest.split_at(at);
            self.out.push_str(before);
            self.out.push_str(if after.starts_with('"') { "\"\"" } else { "\r\n" });
            rest = after.get(1..).unwrap_or_default();
        }
        self.out.push_str(rest);
        Ok(())
    }
}

/// A number in groups of three digits, such as `1,234`; `-1` if all 64 bits are set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grouped(pub(crate) u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == u64::MAX {
            return f.write_str("-1");
        }
        let mut text = Ascii::new();
        let mut rest = self.0;
        while rest >= 1000 {
            text.push_digits(rest % 1000, 3);
            text.push_front(b',');
            rest /= 1000;
        }
        text.push_decimal(rest);
        f.write_str(text.as_str())
    }
}

/// A span of time in seconds with seven decimals, such as `0.0000123`. It is divided in double precision as in Procmon,
/// which rounds the last digits of very long spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) Ticks);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.7}", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::{DialogCsv, Grouped, Seconds};
    use crate::wire::Ticks;

    #[test]
    fn cells_are_quoted_and_escaped() {
        let mut out = Vec::new();
        let mut csv = DialogCsv::new(&mut out, &["Path", "Count"]).unwrap();
        csv.cell("a\"b\nc\0d");
        csv.cell(Grouped(1_234_567));
        csv.row_end().unwrap();
        csv.finish().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\u{FEFF}\"Path\",\"Count\"\r\n\"a\"\"b\r\nc\",\"1,234,567\"\r\n");
    }

    #[test]
    fn numbers_have_groups_and_decimals() {
        let texts = [0, 999, 1000, 1_000_001, u64::MAX - 1, u64::MAX].map(|number| Grouped(number).to_string());
        assert_eq!(texts, ["0", "999", "1,000", "1,000,001", "18,446,744,073,709,551,614", "-1"]);
        assert_eq!(Seconds(Ticks(123)).to_string(), "0.0000123");
        assert_eq!(Seconds(Ticks(u64::MAX)).to_string(), "1844674407370.9550781");
    }
}
