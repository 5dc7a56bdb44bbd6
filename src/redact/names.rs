//! Finding and replacing names in strings and in bytes of unknown layout.

use crate::text::exact::lower;
use crate::wire::Field;

/// A name and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// In lower case.
    from: Vec<u16>,
    to: Vec<u16>,
    /// True if the name does not match where a letter or digit is next to it.
    is_whole: bool,
}

impl Name {
    /// Creates a name. Returns `None` if `from` is empty.
    pub(super) fn new(from: &str, to: &str, is_whole: bool) -> Option<Self> {
        let from: Vec<u16> = from.encode_utf16().map(lower).collect();
        (!from.is_empty()).then(|| Self { from, to: to.encode_utf16().collect(), is_whole })
    }
}

fn is_letter(unit: u16) -> bool {
    char::from_u32(unit.into()).is_some_and(char::is_alphanumeric)
}

/// The encoding of characters in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    Utf16,
}

impl Encoding {
    pub(super) const ALL: [Self; 2] = [Self::Latin1, Self::Utf16];

    /// Returns the size of a character in bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Latin1 => 1,
            Self::Utf16 => 2,
        }
    }

    /// Returns the character at an offset in bytes.
    #[inline]
    pub(super) fn unit(self, bytes: &[u8], at: usize) -> Option<u16> {
        match self {
            Self::Latin1 => bytes.get(at).map(|&byte| byte.into()),
            Self::Utf16 => u16::read(bytes.get(at..)?),
        }
    }
}

/// The names to replace, in the order of precedence.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    /// For each byte, true if it can be the low byte of the first character of a name. Rejects most offsets quickly.
    starts: Starts,
    /// Byte sequences to replace, regardless of the bytes next to them, in the order of precedence.
    binary: Vec<Binary>,
    /// For each byte, true if it is the first of a byte sequence.
    binary_starts: Starts,
}

/// A byte sequence and its replacement of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binary {
    from: Box<[u8]>,
    to: Box<[u8]>,
}

#[derive(Clone)]
struct Starts(Box<[bool; 256]>);

impl Default for Starts {
    fn default() -> Self {
        Self(Box::new([false; 256]))
    }
}

impl Starts {
    /// Adds the first character of a name, in lower case. The upper and lower case of a character can differ in the low
    /// byte: it is 0x6B in `k`, 0x4B in `K`, and 0x2A in the Kelvin sign, whose lower case is `k` too.
    fn add(&mut self, first: u16) {
        for low in (0..=u16::MAX).filter(|&unit| lower(unit) == first).map(|unit| unit & 0xFF) {
            if let Some(start) = self.0.get_mut(usize::from(low)) {
                *start = true;
            }
        }
    }
}

impl std::fmt::Debug for Starts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Starts")
    }
}

impl Names {
    pub(super) fn push(&mut self, name: Name) {
        if self.names.iter().any(|known| known.from == name.from && known.is_whole == name.is_whole) {
            return;
        }
        let first = name.from.first().copied().unwrap_or_default();
        self.starts.add(first);
        self.names.push(name);
    }

    /// Adds a byte sequence. It is ignored unless the replacement has the same length.
    pub(super) fn push_binary(&mut self, from: &[u8], to: &[u8]) {
        let binary = Binary { from: from.into(), to: to.into() };
        let start = from.first().and_then(|&first| self.binary_starts.0.get_mut(usize::from(first)));
        if let Some(start) = start.filter(|_| from.len() == to.len() && !self.binary.contains(&binary)) {
            *start = true;
            self.binary.push(binary);
        }
    }

    /// Returns the first byte sequence at or after an offset, with its offset.
    fn find_binary(&self, bytes: &[u8], from: usize) -> Option<(usize, &Binary)> {
        if self.binary.is_empty() {
            return None;
        }
        let rest = bytes.get(from..)?.iter().enumerate();
        let mut starts = rest.filter(|&(_, &byte)| self.binary_starts.0.get(usize::from(byte)) == Some(&true));
        starts.find_map(|(n, _)| {
            let here = bytes.get(from + n..)?;
            let found = self.binary.iter().find(|binary| here.starts_with(&binary.from));
            found.map(|binary| (from + n, binary))
        })
    }

    /// Returns the name at an offset, if there is one.
    #[inline]
    fn at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> Option<&Name> {
        let low = *bytes.get(at)?;
        if !self.starts.0.get(usize::from(low)).is_some_and(|&start| start) {
            return None;
        }
        self.names.iter().find(|name| name.is_at(bytes, at, encoding))
    }

    /// Returns the first name at or after an offset, with its offset. Tries every `step`th byte.
    pub(super) fn find(&self, bytes: &[u8], from: usize, encoding: Encoding, step: usize) -> Option<(usize, &Name)> {
        (from..bytes.len()).step_by(step).find_map(|at| self.at(bytes, at, encoding).map(|name| (at, name)))
    }

    /// Returns true if the characters of a name occur anywhere in bytes, regardless of the characters next to them: a
    /// letter there can belong to a different string.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let any = |encoding| {
            (0..bytes.len()).any(|at| {
                let is_start = bytes.get(at).and_then(|&low| self.starts.0.get(usize::from(low))) == Some(&true);
                is_start && self.names.iter().any(|name| name.has_characters(bytes, at, encoding))
            })
        };
        Encoding::ALL.into_iter().any(any) || self.find_binary(bytes, 0).is_some()
    }

    /// Returns true if a name occurs anywhere in bytes of unknown layout.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        let is_text = |encoding| self.find(bytes, 0, encoding, 1).is_some();
        Encoding::ALL.into_iter().any(is_text) || self.find_binary(bytes, 0).is_some()
    }

    /// Returns a string with the names replaced, or `None` if the string contains no name.
    pub(super) fn replaced(&self, bytes: &[u8], encoding: Encoding) -> Option<Vec<u16>> {
        let step = encoding.width();
        let units = |range: std::ops::Range<usize>| {
            range.step_by(step).filter_map(|at| encoding.unit(bytes, at)).collect::<Vec<_>>()
        };
        let (mut found, mut name) = self.find(bytes, 0, encoding, step)?;
        let (mut text, mut copied) = (Vec::new(), 0);
        loop {
            text.extend(units(copied..found));
            text.extend_from_slice(&name.to);
            copied = found + name.from.len() * step;
            match self.find(bytes, copied, encoding, step) {
                Some(next) => (found, name) = next,
                None => break,
            }
        }
        text.extend(units(copied..bytes.len()));
        Some(text)
    }

    /// Overwrites names in bytes of unknown layout with their replacements, truncated or padded with `_` to the same
    /// number of characters, and byte sequences with theirs. Returns the number of names and byte sequences.
    pub(super) fn blank(&self, bytes: &mut [u8]) -> usize {
        let mut count = 0;
        let mut from = 0;
        while let Some((at, binary)) = self.find_binary(bytes, from) {
            bytes.iter_mut().skip(at).zip(&binary.to).for_each(|(to, &byte)| *to = byte);
            from = at + 1;
            count += 1;
        }
        for encoding in Encoding::ALL {
            let mut from = 0;
            while let Some((at, name)) = self.find(bytes, from, encoding, 1) {
                let len = name.from.len();
                let filler = name.to.iter().copied().chain(std::iter::repeat(b'_'.into())).take(len);
                // The replacement can itself contain a name. Then only `_` is written.
                let filler: Vec<u8> = filler.flat_map(|unit| encoded(unit, encoding)).collect();
                let is_clean = !self.are_in(&filler);
                for (n, to) in bytes.iter_mut().skip(at).take(len * encoding.width()).enumerate() {
                    let underscores = if n % encoding.width() == 0 { b'_' } else { 0 };
                    *to = if is_clean { filler.get(n).copied().unwrap_or(b'_') } else { underscores };
                }
                from = at + 1;
                count += 1;
            }
        }
        count
    }
}

impl Names {
    /// Overwrites the beginning of a name at the end of a truncated string with `_`.
    pub(super) fn blank_cut_end(&self, units: &mut [u16]) {
        /// The smallest number of characters to overwrite. A single one reveals nothing.
        const LEAST: usize = 2;
        let longest = |name: &Name| {
            let begins = |len: &usize| {
                let end = units.len().checked_sub(*len).and_then(|at| units.get(at..)).unwrap_or_default();
                end.len() == *len && end.iter().zip(&name.from).all(|(&unit, &expected)| lower(unit) == expected)
            };
            (LEAST..name.from.len()).rev().find(begins).unwrap_or(0)
        };
        let len = self.names.iter().map(longest).max().unwrap_or(0);
        units.iter_mut().rev().take(len).for_each(|unit| *unit = b'_'.into());
    }
}

/// Encodes a character, or `_` if the character does not fit.
fn encoded(unit: u16, encoding: Encoding) -> impl Iterator<Item = u8> {
    let [low, high] = unit.to_le_bytes();
    let low = if encoding == Encoding::Latin1 && high != 0 { b'_' } else { low };
    [low, high].into_iter().take(encoding.width())
}

impl Name {
    /// Returns true if the name is at an offset.
    fn is_at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> bool {
        let is_here = self.has_characters(bytes, at, encoding);
        if !is_here || !self.is_whole {
            return is_here;
        }
        let step = encoding.width();
        let before = at.checked_sub(step).and_then(|before| encoding.unit(bytes, before));
        let after = encoding.unit(bytes, at + self.from.len() * step);
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    }

    /// Returns true if the characters of the name are at an offset, regardless of the characters next to them.
    #[inline]
    fn has_characters(&self, bytes: &[u8], at: usize, encoding: Encoding) -> bool {
        let unit = |n: usize| encoding.unit(bytes, at + n * encoding.width());
        (0..).zip(&self.from).all(|(n, &expected)| unit(n).is_some_and(|unit| lower(unit) == expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(from: &str) -> Names {
        let mut names = Names::default();
        names.push(Name::new(from, "X", false).unwrap());
        names
    }

    #[test]
    fn all_forms_of_the_first_character_are_found() {
        for (name, text) in
            [("kim", "Kim"), ("kim", "\u{212A}im"), ("\u{212A}IM", "kim"), ("ångström", "\u{212B}NGSTRÖM")]
        {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let names = names(name);
            assert!(names.are_in(&bytes) && names.may_be_in(&bytes), "{name} in {text}");
            assert_eq!(names.replaced(&bytes, Encoding::Utf16), Some(vec![u16::from(b'X')]), "{name} in {text}");
        }
        assert!(!names("kim").are_in(b"*im"));
    }
}
