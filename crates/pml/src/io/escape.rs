//! Text of untrusted logs on terminals.

use std::io::{self, Write};

use crate::term::symbol;

/// The first byte of the UTF-8 encoding of U+0080 to U+00BF.
const LATIN_LEAD: u8 = 0xC2;

/// A writer that replaces control characters in UTF-8 with visible symbols, except for tabs and the ends of lines.
#[derive(Debug)]
pub(crate) struct Escaper<W> {
    out: W,
    is_on: bool,
    /// A byte at the end of the data, whose meaning depends on the next one: a carriage return or [`LATIN_LEAD`].
    pending: Option<u8>,
    escaped: Vec<u8>,
}

impl<W: Write> Escaper<W> {
    /// Creates a writer. It writes everything unchanged if `is_on` is false.
    pub(crate) fn new(out: W, is_on: bool) -> Self {
        Self { out, is_on, pending: None, escaped: Vec::new() }
    }

    /// Writes a pending byte and returns the output.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.escaped.clear();
        match self.pending.take() {
            Some(b'\r') => self.symbol('\r'),
            Some(byte) => self.escaped.push(byte),
            None => {}
        }
        self.out.write_all(&self.escaped)?;
        Ok(self.out)
    }

    fn symbol(&mut self, c: char) {
        self.escaped.extend_from_slice(symbol(c).encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn add(&mut self, byte: u8) {
        match (self.pending.take(), byte) {
            (Some(b'\r'), b'\n') => return self.escaped.extend_from_slice(b"\r\n"),
            (Some(b'\r'), _) => self.symbol('\r'),
            (Some(_), 0x80..=0x9F) => return self.symbol(char::from(byte)),
            (Some(lead), _) => self.escaped.push(lead),
            (None, _) => {}
        }
        match byte {
            b'\r' | LATIN_LEAD => self.pending = Some(byte),
            b'\t' | b'\n' => self.escaped.push(byte),
            _ if byte.is_ascii_control() => self.symbol(char::from(byte)),
            _ => self.escaped.push(byte),
        }
    }
}

impl<W: Write> Write for Escaper<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_on {
            return self.out.write(bytes);
        }
        self.escaped.clear();
        bytes.iter().for_each(|&byte| self.add(byte));
        self.out.write_all(&self.escaped)?;
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

    fn escaped(text: &str, chunk: usize, is_on: bool) -> String {
        let mut out = Escaper::new(Vec::new(), is_on);
        text.as_bytes().chunks(chunk).for_each(|part| out.write_all(part).unwrap());
        String::from_utf8(out.finish().unwrap()).unwrap()
    }

    #[test]
    fn control_characters_become_symbols_wherever_the_data_is_split() {
        let text = "\u{FEFF}\"a\x1B[31m\0\rb\t\u{9B}2J\u{A9}é\x7F\"\r\n\r";
        for chunk in 1..=text.len() {
            assert_eq!(escaped(text, chunk, true), "\u{FEFF}\"a␛[31m␀␍b\t\u{FFFD}2J\u{A9}é␡\"\r\n␍");
            assert_eq!(escaped(text, chunk, false), text);
        }
    }
}
