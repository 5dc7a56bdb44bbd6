//! Text of untrusted logs on terminals.

use std::io::{self, Write};
use std::mem;

use crate::term::push_visible;

/// The byte-order mark. At the start of the data it is not text.
const MARK: &str = "\u{FEFF}";

/// A writer that replaces hidden characters in UTF-8 with their visible forms, except for tabs, the ends of lines, and a
/// byte-order mark at the start. Bytes that are not UTF-8 become U+FFFD.
#[derive(Debug)]
pub(crate) struct Escaper<W> {
    out: W,
    is_on: bool,
    is_at_start: bool,
    /// Bytes at the end of the data whose meaning depends on the bytes that follow: a carriage return, or the start of
    /// a character.
    pending: Vec<u8>,
}

impl<W: Write> Escaper<W> {
    /// Creates a writer. It writes everything unchanged if `is_on` is false.
    pub(crate) fn new(out: W, is_on: bool) -> Self {
        Self { out, is_on, is_at_start: true, pending: Vec::new() }
    }

    /// Writes the pending bytes and returns the output.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let pending = mem::take(&mut self.pending);
        let shown = self.shown(&String::from_utf8_lossy(&pending));
        self.out.write_all(shown.as_bytes())?;
        Ok(self.out)
    }

    fn shown(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        if mem::take(&mut self.is_at_start)
            && let Some(after) = text.strip_prefix(MARK)
        {
            shown.push_str(MARK);
            rest = after;
        }
        let mut characters = rest.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\t' | '\n' => shown.push(c),
                '\r' if characters.peek() == Some(&'\n') => shown.push(c),
                c => push_visible(&mut shown, c),
            }
        }
        shown
    }
}

/// Splits data into complete text, in which U+FFFD replaces bytes that are not UTF-8, and pending bytes at the end: a
/// carriage return, or the start of a character.
fn split(data: &[u8]) -> (String, &[u8]) {
    let mut text = String::new();
    let mut rest = data;
    loop {
        match std::str::from_utf8(rest) {
            Ok(valid) => {
                let complete = valid.strip_suffix('\r').unwrap_or(valid);
                text.push_str(complete);
                return (text, rest.get(complete.len()..).unwrap_or_default());
            }
            Err(error) => {
                let (valid, invalid) = rest.split_at_checked(error.valid_up_to()).unwrap_or_default();
                text.push_str(&String::from_utf8_lossy(valid));
                let Some(len) = error.error_len() else { return (text, invalid) };
                text.push(char::REPLACEMENT_CHARACTER);
                rest = invalid.get(len..).unwrap_or_default();
            }
        }
    }
}

impl<W: Write> Write for Escaper<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_on {
            return self.out.write(bytes);
        }
        let mut data = mem::take(&mut self.pending);
        data.extend_from_slice(bytes);
        let (text, pending) = split(&data);
        self.pending = pending.to_vec();
        if !text.is_empty() {
            let shown = self.shown(&text);
            self.out.write_all(shown.as_bytes())?;
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

    use super::Escaper;

    fn escaped(text: &[u8], chunk: usize, is_on: bool) -> String {
        let mut out = Escaper::new(Vec::new(), is_on);
        text.chunks(chunk).for_each(|part| out.write_all(part).unwrap());
        String::from_utf8(out.finish().unwrap()).unwrap()
    }

    #[test]
    fn hidden_characters_become_visible_wherever_the_data_is_split() {
        let text = "\u{FEFF}\"a\x1B[31m\0\rb\t\u{9B}2J\u{A9}é\x7F\u{202E}\u{FEFF}\u{E0041}🦀\"\r\n\r";
        let shown = "\u{FEFF}\"a␛[31m␀␍b\t\\u{9b}2J\u{A9}é␡\\u{202e}\\u{feff}\\u{e0041}🦀\"\r\n␍";
        for chunk in 1..=text.len() {
            assert_eq!(escaped(text.as_bytes(), chunk, true), shown);
            assert_eq!(escaped(text.as_bytes(), chunk, false), text);
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        for chunk in 1..6 {
            assert_eq!(escaped(b"a\xFFb\xF0\x9F\x92", chunk, true), "a\u{FFFD}b\u{FFFD}");
        }
    }

    #[test]
    fn flushing_reaches_the_output() {
        let mut out = Escaper::new(std::io::BufWriter::new(Vec::new()), true);
        out.write_all(b"a").unwrap();
        out.flush().unwrap();
        assert_eq!(out.finish().unwrap().get_ref(), b"a");
    }
}
