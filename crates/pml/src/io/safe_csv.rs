//! CSV with cells that a spreadsheet does not evaluate as formulas.

use std::io::{self, Write};

/// The first bytes of cells that a spreadsheet may evaluate as formulas (OWASP, "CSV Injection"). A line feed follows a
/// carriage return or begins a cell of several lines.
const FORMULA: &[u8] = b"=+-@\t\r\n";

/// The byte-order mark.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// A writer of CSV that adds an apostrophe to cells that begin like a formula.
#[derive(Debug)]
pub(crate) struct SafeCsv<W> {
    out: W,
    is_on: bool,
    place: Place,
    safe: Vec<u8>,
}

/// The place in the CSV that the last byte led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the byte-order mark, after this number of bytes.
    Mark(usize),
    /// At the start of a cell, before its quotation mark if it has one.
    Start,
    /// Before the first byte of a quoted cell.
    QuotedStart,
    Unquoted,
    Quoted,
}

impl<W: Write> SafeCsv<W> {
    /// Creates a writer. It writes everything unchanged if `is_on` is false.
    pub(crate) fn new(out: W, is_on: bool) -> Self {
        Self { out, is_on, place: Place::Mark(0), safe: Vec::new() }
    }

    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    fn add(&mut self, byte: u8) {
        if let Place::Mark(at) = self.place {
            if MARK.get(at) == Some(&byte) {
                self.place = Place::Mark(at + 1);
                return self.safe.push(byte);
            }
            self.place = Place::Start;
        }
        let begins_formula = FORMULA.contains(&byte);
        let is_row_end = matches!(byte, b'\r' | b'\n');
        self.place = match (self.place, byte) {
            (Place::Start, b'"') => Place::QuotedStart,
            (Place::Start | Place::Unquoted, b',') => Place::Start,
            // An unquoted cell cannot contain the end of a row.
            (Place::Start | Place::Unquoted, _) if is_row_end => Place::Start,
            (Place::Start, _) if begins_formula => {
                self.safe.push(b'\'');
                Place::Unquoted
            }
            (Place::Unquoted, b'"') => Place::Quoted,
            (Place::Start | Place::Unquoted, _) => Place::Unquoted,
            // The end of the cell, or the first of two quotation marks, after which the cell goes on.
            (Place::QuotedStart | Place::Quoted, b'"') => Place::Unquoted,
            (Place::QuotedStart, _) if begins_formula => {
                self.safe.push(b'\'');
                Place::Quoted
            }
            (Place::QuotedStart | Place::Quoted, _) => Place::Quoted,
            (Place::Mark(_), _) => Place::Start,
        };
        self.safe.push(byte);
    }
}

impl<W: Write> Write for SafeCsv<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_on {
            return self.out.write(bytes);
        }
        self.safe.clear();
        bytes.iter().for_each(|&byte| self.add(byte));
        self.out.write_all(&self.safe)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.is_on { self.write(bytes).map(drop) } else { self.out.write_all(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::SafeCsv;

    fn safe(csv: &str, chunk: usize, is_on: bool) -> String {
        let mut out = SafeCsv::new(Vec::new(), is_on);
        csv.as_bytes().chunks(chunk).for_each(|part| out.write_all(part).unwrap());
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn formulas_get_an_apostrophe_wherever_the_data_is_split() {
        for (csv, expected) in [
            (
                "\u{FEFF}\"=1+1\",\"a=1\",\"\"\"=1\"\r\n\"+1\",\"-1\",\"@x\"\r\n",
                "\u{FEFF}\"'=1+1\",\"a=1\",\"\"\"=1\"\r\n\"'+1\",\"'-1\",\"'@x\"\r\n",
            ),
            ("\u{FEFF}=1,x\n=2,\"\t=3\"\n", "\u{FEFF}'=1,x\n'=2,\"'\t=3\"\n"),
            ("a,=b\r\n,,-1\r\n", "a,'=b\r\n,,'-1\r\n"),
            ("\"a\n=b\",\"\r=c\",\"\n=d\"\n", "\"a\n=b\",\"'\r=c\",\"'\n=d\"\n"),
            ("\"a\"\",\"\"=b\",\"=c\"\n", "\"a\"\",\"\"=b\",\"'=c\"\n"),
            ("\"\",\"=\"\r\n", "\"\",\"'=\"\r\n"),
            ("", ""),
        ] {
            for chunk in 1..=csv.len().max(1) {
                assert_eq!(safe(csv, chunk, true), expected);
                assert_eq!(safe(csv, chunk, false), csv);
            }
        }
    }
}
