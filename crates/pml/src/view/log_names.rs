//! The names of logs in the rows of an export.

use std::io::{self, Write};

use crate::args::format::TextFormat;

/// Adds the name of a log to each row of its export: a column `Log` to CSV, a key `log` to JSON Lines.
pub(crate) struct Named<W> {
    out: W,
    format: TextFormat,
    /// The start of each row.
    start: Vec<u8>,
    /// The titles of the columns until their line is complete; `None` in the rows.
    titles: Option<Vec<u8>>,
    /// True if the titles are written.
    has_titles: bool,
    is_at_start: bool,
}

impl<W: Write> Named<W> {
    /// Creates a writer for the export of a log. Only the export of the first log has titles.
    pub(crate) fn new(out: W, format: TextFormat, name: &str, is_first: bool) -> io::Result<Self> {
        let start = match format {
            TextFormat::Jsonl => format!("{{\"log\":{},", serde_json::to_string(name)?),
            _ => format!("{},", quoted(name)),
        };
        let titles = (format == TextFormat::Csv).then(Vec::new);
        Ok(Self { out, format, start: start.into(), titles, has_titles: is_first, is_at_start: true })
    }

    /// Adds a part of the titles. Returns the number of bytes that belong to them.
    fn add_titles(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        const MARK: &[u8] = "\u{FEFF}".as_bytes();
        let Some(titles) = &mut self.titles else { return Ok(None) };
        let end = bytes.iter().position(|&byte| byte == b'\n').map_or(bytes.len(), |at| at + 1);
        titles.extend(bytes.iter().take(end));
        if titles.ends_with(b"\n") {
            if self.has_titles {
                self.out.write_all(MARK)?;
                self.out.write_all(b"\"Log\",")?;
                self.out.write_all(titles.strip_prefix(MARK).unwrap_or(titles))?;
            }
            self.titles = None;
        }
        Ok(Some(end))
    }
}

/// Returns a cell of CSV.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\"").replace(['\r', '\n'], ";"))
}

impl<W: Write> Write for Named<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(written) = self.add_titles(bytes)? {
            return Ok(written);
        }
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let mut rest = line;
            if self.is_at_start {
                self.out.write_all(&self.start)?;
                if self.format == TextFormat::Jsonl {
                    rest = line.strip_prefix(b"{").unwrap_or(line);
                }
            }
            self.out.write_all(rest)?;
            self.is_at_start = line.ends_with(b"\n");
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Named;
    use crate::args::format::TextFormat;

    fn named(format: TextFormat, is_first: bool, text: &str, chunk: usize) -> String {
        let mut bytes = Vec::new();
        let mut out = Named::new(&mut bytes, format, "a \"b\".pml", is_first).unwrap();
        text.as_bytes().chunks(chunk).for_each(|part| out.write_all(part).unwrap());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn rows_begin_with_the_name() {
        let csv = "\u{FEFF}\"PID\"\r\n\"1\"\r\n\"2\"\r\n";
        let json = "{\"ordinal\":0}\n{\"ordinal\":1}\n";
        for chunk in 1..20 {
            let rows = "\"a \"\"b\"\".pml\",\"1\"\r\n\"a \"\"b\"\".pml\",\"2\"\r\n";
            assert_eq!(named(TextFormat::Csv, true, csv, chunk), format!("\u{FEFF}\"Log\",\"PID\"\r\n{rows}"));
            assert_eq!(named(TextFormat::Csv, false, csv, chunk), rows);
            let lines = r#"{"log":"a \"b\".pml","ordinal":0}
{"log":"a \"b\".pml","ordinal":1}
"#;
            assert_eq!(named(TextFormat::Jsonl, true, json, chunk), lines);
        }
    }
}
