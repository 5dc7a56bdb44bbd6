//! The output of an export, and the buffers of Procmon's output.

use std::io::{self, Write};

use super::Format;
use super::output::Output;

/// The byte-order mark in UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// Receives all parts of an export in order.
pub(super) struct Sink<W> {
    out: W,
    buffers: Option<CrtBuffers>,
}

impl<W: Write> Sink<W> {
    /// Creates a sink and writes the header of a format to it.
    pub(super) fn begin(out: W, format: &impl Format) -> io::Result<Self> {
        let mut sink = Self { out, buffers: format.buffers() };
        let (mut header, mut is_first, mut written) = (Vec::new(), true, Ok(()));
        let mut pass_on = |bytes: &mut Vec<u8>| {
            if written.is_ok() {
                written = if is_first { sink.write_first(bytes) } else { sink.write(bytes) };
            }
            is_first = false;
            bytes.clear();
        };
        format.header(&mut Output::new(&mut header, &mut pass_on));
        pass_on(&mut header);
        written.map(|()| sink)
    }

    /// Writes the first part of a file. Its byte-order mark does not pass through the buffers.
    fn write_first(&mut self, part: &[u8]) -> io::Result<()> {
        let at = if part.starts_with(MARK) { MARK.len() } else { 0 };
        let (mark, text) = part.split_at_checked(at).unwrap_or_default();
        self.out.write_all(mark)?;
        self.write(text)
    }

    /// Writes a part of an export, which must end at the end of a line.
    pub(super) fn write(&mut self, part: &[u8]) -> io::Result<()> {
        let mut rest = part;
        let mut start = 0;
        for pair in self.buffers.as_mut().map(|buffers| buffers.pass(part)).unwrap_or_default() {
            let (before, after) = rest.split_at_checked(pair - start).unwrap_or_default();
            self.out.write_all(before)?;
            self.out.write_all("\u{FFFD}\u{FFFD}".as_bytes())?;
            rest = after.get(PAIR..).unwrap_or_default();
            start = pair + PAIR;
        }
        self.out.write_all(rest)
    }

    /// Writes the footer of a format and flushes the output.
    pub(super) fn end(mut self, format: &impl Format) -> io::Result<()> {
        let mut footer = Vec::new();
        format.footer(&mut footer);
        self.write(&footer)?;
        self.out.flush()
    }
}

/// The size in UTF-8 of a character that is a surrogate pair in UTF-16.
const PAIR: usize = 4;

/// The buffers of the C runtime library, through which Procmon writes text.
///
/// The library collects blocks of 2,048 UTF-16 units, in which a line end counts as one unit. It converts each block to
/// UTF-8 in pieces that end as soon as they have 852 units; in a piece, a line end counts as two. If a surrogate pair
/// crosses the border of two pieces or blocks, both halves become U+FFFD (measured on Procmon 3.94).
#[derive(Debug, Default)]
pub struct CrtBuffers {
    /// The number of units in the current block.
    block: usize,
    /// The number of units in the current piece.
    piece: usize,
}

impl CrtBuffers {
    const BLOCK: usize = 2048;
    const PIECE: usize = 852;

    /// Passes text through the buffers. Returns the offsets in bytes of the surrogate pairs that are split.
    fn pass(&mut self, text: &[u8]) -> Vec<usize> {
        let mut split = Vec::new();
        let Units { count, has_pairs } = Units::of(text);
        let start = if has_pairs { 0 } else { self.skip_blocks(text, count) };
        let mut bytes = text.iter().copied().enumerate().skip(start).peekable();
        while let Some((at, byte)) = bytes.next() {
            match byte {
                0x80..0xC0 => {}
                b'\r' if bytes.peek().is_some_and(|&(_, next)| next == b'\n') => {}
                b'\n' => {
                    self.add(2);
                }
                0xF0.. => {
                    if self.add(1) {
                        split.push(at);
                    }
                    self.add(1);
                }
                _ => {
                    self.add(1);
                }
            }
        }
        split
    }

    /// Passes the blocks that end within `text`, which has `count` units and no surrogate pairs. Returns the offset of
    /// the rest of the text.
    fn skip_blocks(&mut self, text: &[u8], count: usize) -> usize {
        let all = self.block + count;
        if all < Self::BLOCK {
            return 0;
        }
        *self = Self::default();
        let mut starts = text.iter().enumerate().rev().filter(|&(_, &byte)| Units::begins(byte)).map(|(at, _)| at);
        (all % Self::BLOCK).checked_sub(1).map_or(text.len(), |last| starts.nth(last).unwrap_or_default())
    }

    /// Adds one unit, which counts as `converted` units in the piece. Returns true if a piece or block ends after it.
    fn add(&mut self, converted: usize) -> bool {
        self.block += 1;
        self.piece += converted;
        if self.block == Self::BLOCK {
            *self = Self::default();
            return true;
        }
        let ends = self.piece >= Self::PIECE;
        if ends {
            self.piece = 0;
        }
        ends
    }
}

/// The UTF-16 units of a text in UTF-8.
#[derive(Clone, Copy, Debug, Default)]
struct Units {
    /// The number of units, not counting the second half of surrogate pairs.
    count: usize,
    has_pairs: bool,
}

impl Units {
    fn of(text: &[u8]) -> Self {
        /// Large enough for ASCII to be counted fast, and small enough for a few other characters to cost little.
        const PART: usize = 4096;
        text.chunks(PART).fold(Self::default(), |sum, part| {
            if part.is_ascii() {
                let line_feeds = memchr::memchr_iter(b'\n', part).count();
                Self { count: sum.count + part.len() - line_feeds, ..sum }
            } else {
                sum.with(part)
            }
        })
    }

    /// Adds the units of a text with any characters.
    fn with(self, text: &[u8]) -> Self {
        /// A multiple of the size of vector registers that is below 256, so that the count of a part fits in a byte. The
        /// compiler then counts many bytes at a time.
        const PART: usize = 192;
        let of_part = |part: &[u8]| {
            part.iter().fold((0_u8, 0), |(count, greatest), &byte| {
                (count.wrapping_add(u8::from(Self::begins(byte))), byte.max(greatest))
            })
        };
        text.chunks(PART).map(of_part).fold(self, |Self { count, has_pairs }, (more, greatest)| Self {
            count: count + usize::from(more),
            has_pairs: has_pairs || greatest >= 0xF0,
        })
    }

    /// Returns true if a byte begins a unit. A line end is counted by its CR.
    #[inline]
    fn begins(byte: u8) -> bool {
        byte & 0xC0 != 0x80 && byte != b'\n'
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::CrtBuffers;

    /// Rows of ASCII, other characters and, if `pairs`, surrogate pairs.
    fn rows(pairs: bool) -> impl Strategy<Value = Vec<String>> {
        let cell = if pairs { "[a\r\u{e4}\u{ffff}\u{1f600}]{0,900}" } else { "[a\r\u{e4}\u{ffff}]{0,900}" };
        let row = cell.prop_map(|cell| format!("\"{cell}\"\r\n"));
        proptest::collection::vec(row, 1..12)
    }

    /// Applies the rule to UTF-16 units. Returns the numbers of the units after which a piece or block ends.
    fn borders(units: &[u16]) -> Vec<usize> {
        let mut borders = Vec::new();
        for (number, block) in units.chunks(CrtBuffers::BLOCK).enumerate() {
            let mut piece = 0;
            for (at, &unit) in block.iter().enumerate() {
                piece += if unit == u16::from(b'\n') { 2 } else { 1 };
                if piece >= CrtBuffers::PIECE || at + 1 == CrtBuffers::BLOCK {
                    borders.push(number * CrtBuffers::BLOCK + at + 1);
                    piece = 0;
                }
            }
        }
        borders
    }

    /// Returns the offsets of the split pairs by the rule, applied to the whole text.
    fn by_the_rule(text: &str) -> Vec<usize> {
        let lines = text.replace("\r\n", "\n");
        let borders = borders(&lines.encode_utf16().collect::<Vec<_>>());
        let mut units = 0;
        let pairs = text.char_indices().filter_map(|(at, character)| {
            let is_cr = character == '\r' && text[at + 1..].starts_with('\n');
            units += if is_cr { 0 } else { character.len_utf16() };
            (character.len_utf16() == 2 && borders.contains(&(units - 1))).then_some(at)
        });
        pairs.collect()
    }

    fn check(rows: &[String], parts: usize) -> Result<(), TestCaseError> {
        let mut buffers = CrtBuffers::default();
        let (mut start, mut split) = (0, Vec::new());
        for part in rows.chunks(rows.len().div_ceil(parts)) {
            let part = part.concat();
            split.extend(buffers.pass(part.as_bytes()).into_iter().map(|at| start + at));
            start += part.len();
        }
        prop_assert_eq!(split, by_the_rule(&rows.concat()));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn pairs_are_split_by_the_rule(rows in rows(true), parts in 1..4_usize) {
            check(&rows, parts)?;
        }

        #[test]
        fn text_without_pairs_counts(first in rows(false), second in rows(true), parts in 1..4_usize) {
            check(&[first, second].concat(), parts)?;
        }
    }
}
