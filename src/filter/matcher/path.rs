//! Rules on paths. Most are evaluated on the bytes of the log, without creating text.
//!
//! The search is written here because it is faster: for the default filter on the paths of a real log, it took 22 ns
//! per path, while a lower-cased copy with `ends_with` and `memchr::memmem` took 42 ns, and the crate aho-corasick
//! 169 ns.

use std::fmt;

use super::needle::{Haystack, Needle};
use crate::code::Relation;

/// The needles of a run on the Path column.
#[derive(Clone, Debug, Default)]
pub(super) struct PathNeedles {
    /// The first bytes of the values of `begins with`.
    heads: Keys,
    /// The last bytes of the values of `is` and `ends with`.
    tails: Keys,
    /// The values of `contains`, which are searched for in ASCII paths without folding the paths first.
    parts: Vec<Part>,
    /// True if there are other needles, which are compared one by one.
    others: bool,
    all: Vec<Needle>,
}

/// Up to four bytes at one end of several values. A path without any of them at that end matches none of the values.
#[derive(Clone, Debug, Default)]
struct Keys {
    /// The outermost bytes of the values as a set of bits, one per ASCII byte.
    outermost: u128,
    /// Two lists of the same length, so that the compiler can vectorize the comparison.
    bytes: Vec<u32>,
    masks: Vec<u32>,
}

/// A value of `contains`.
#[derive(Clone, Debug)]
struct Part {
    value: Box<[u8]>,
    /// The position of the byte that is rarest in paths.
    rarest: usize,
    /// The byte at that position.
    byte: Byte,
}

/// A byte to search for, in lower case, and the bit in which its capital differs, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Byte {
    lower: u8,
    case: u8,
}

/// The characters of paths, most frequent first.
const BY_FREQUENCY: &[u8] = b"c\\estlroiankdhfmwup.:2b3xyg0146v-9857}{_ ~$jzq";

impl PathNeedles {
    /// Returns true if these needles are tested faster than as a [`NeedleSet`](super::set::NeedleSet): up to about 8 values
    /// of `contains`, which are searched for one by one, and 64 needles in total.
    pub(super) fn are_fast_for(needles: &[Needle]) -> bool {
        let contains = needles.iter().filter(|needle| needle.relation() == Relation::CONTAINS).count();
        needles.len() <= 64 && contains <= 8
    }

    pub(super) fn new(all: Vec<Needle>) -> Self {
        let mut needles = Self::default();
        for needle in &all {
            let value = needle.value();
            match needle.relation() {
                Relation::BEGINS_WITH => needles.heads.push(value.first(), head(value), value.len()),
                Relation::IS | Relation::ENDS_WITH => needles.tails.push(value.last(), tail(value), value.len()),
                Relation::CONTAINS if !value.is_empty() => needles.parts.push(Part::new(value)),
                _ => needles.others = true,
            }
        }
        Self { all, ..needles }
    }

    /// Returns true if one of the needles matches the path that `write` writes.
    pub(super) fn any_in_text(&self, write: impl FnOnce(&mut String) -> fmt::Result) -> bool {
        Haystack::with(write, |text| {
            self.any_in_ascii(text).unwrap_or_else(|| self.all.iter().any(|needle| needle.matches(text)))
        })
    }

    /// Returns true if one of the needles matches an event with two paths, see [`Needle::matches_either`].
    pub(super) fn any_in_either(&self, a: &[u8], b: &[u8]) -> bool {
        self.all.iter().any(|needle| needle.matches_either(a, b))
    }

    /// Returns true if one of the needles matches a path as it is stored. Returns `None` if its text is needed: for a
    /// path that is not ASCII or has a NUL, and for relations that cannot be evaluated on bytes that are not folded.
    #[inline]
    pub(super) fn any_in_ascii(&self, path: &[u8]) -> Option<bool> {
        let sought = self.parts.first().map_or(Byte::NONE, |part| part.byte);
        let (is_plain, may_have_part) = scan(path, sought);
        if !is_plain {
            return None;
        }
        if self.others {
            return self.any_slowly(path);
        }
        let at_an_end =
            self.heads.may_have(path.first(), || head(path)) || self.tails.may_have(path.last(), || tail(path));
        if at_an_end && self.any_at_an_end(path) {
            return Some(true);
        }
        // Most paths lack the rarest byte of the value, which the scan has already searched for.
        let parts = if may_have_part { self.parts.as_slice() } else { self.parts.get(1..).unwrap_or_default() };
        for part in parts {
            if part.is_in(path)? {
                return Some(true);
            }
        }
        Some(false)
    }

    #[inline(never)]
    fn any_at_an_end(&self, path: &[u8]) -> bool {
        self.all.iter().any(|needle| needle.matches_ascii(path) == Some(true))
    }

    /// Compares the needles one by one; `None` if no needle matches ASCII text and some need a haystack.
    #[inline(never)]
    fn any_slowly(&self, path: &[u8]) -> Option<bool> {
        let mut decided = Some(false);
        for needle in &self.all {
            match needle.matches_ascii(path) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => decided = None,
            }
        }
        decided
    }
}

impl Keys {
    /// Adds a value, given its outermost byte and its four outer bytes, with the outermost in the highest position.
    fn push(&mut self, outermost: Option<&u8>, bytes: u32, len: usize) {
        let mask = if len >= 4 { u32::MAX } else { !(u32::MAX >> (8 * len)) };
        self.bytes.push(bytes & mask);
        self.masks.push(mask);
        // An empty value matches every path.
        self.outermost |= outermost.map_or(u128::MAX, |&byte| bit(byte));
    }

    #[inline]
    fn may_have(&self, outermost: Option<&u8>, bytes: impl FnOnce() -> u32) -> bool {
        let fits = |bytes: u32| {
            let keys = self.bytes.iter().zip(&self.masks);
            keys.fold(false, |hit, (key, mask)| hit | (bytes & mask == *key))
        };
        match outermost {
            Some(byte) => self.outermost & bit(byte.to_ascii_lowercase()) != 0 && fits(bytes()),
            None => fits(0),
        }
    }
}

/// Returns the bit of an ASCII byte.
#[inline]
fn bit(byte: u8) -> u128 {
    1_u128.checked_shl(byte.into()).unwrap_or_default()
}

/// Returns the first four bytes, folded, with the first in the highest position; padded with zeros if there are fewer.
#[inline]
fn head(text: &[u8]) -> u32 {
    match text.first_chunk::<4>() {
        Some(chunk) => folded(u32::from_be_bytes(*chunk)),
        None => folded(text.iter().fold(0, |word, &byte| word << 8 | u32::from(byte)) << (8 * (4 - text.len()) % 32)),
    }
}

/// Returns the last four bytes, folded, with the last in the highest position; padded with zeros if there are fewer.
#[inline]
fn tail(text: &[u8]) -> u32 {
    match text.last_chunk::<4>() {
        Some(chunk) => folded(u32::from_le_bytes(*chunk)),
        None => {
            folded(text.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)) << (8 * (4 - text.len()) % 32))
        }
    }
}

/// Folds the capitals among four bytes. Bytes that are not ASCII may change, which does no harm: the paths are ASCII.
#[inline]
fn folded(word: u32) -> u32 {
    let ascii = word & 0x7F7F_7F7F;
    let from_a = ascii + 0x3F3F_3F3F;
    let after_z = ascii + 0x2525_2525;
    word | (from_a & !after_z & 0x8080_8080) >> 2
}

impl Byte {
    /// A byte that no other byte equals once the case bit is set.
    const NONE: Self = Self { lower: 0, case: 0x20 };

    fn new(lower: u8) -> Self {
        Self { lower, case: if lower.is_ascii_lowercase() { 0x20 } else { 0 } }
    }
}

/// Returns true if all bytes are ASCII and not NUL.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    scan(bytes, Byte::NONE).0
}

/// Returns two flags, computed in one pass of eight bytes at a time: true if all bytes are ASCII and not NUL, and true
/// if they may contain the byte `sought`.
#[inline]
fn scan(bytes: &[u8], sought: Byte) -> (bool, bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (lower, case) = (u64::from(sought.lower) * ONES, u64::from(sought.case) * ONES);
    let (mut odd, mut found) = (0, 0);
    // The top bit of each byte is set in `odd` if it is not ASCII or is NUL, and in `found` if it is the byte that is
    // searched for. A borrow from the next byte does no harm, because only such a byte causes one.
    let mut look = |chunk: &[u8; 8]| {
        let word = u64::from_le_bytes(*chunk);
        let difference = (word | case) ^ lower;
        odd |= word | word.wrapping_sub(ONES);
        found |= difference.wrapping_sub(ONES) & !difference;
    };
    match bytes.last_chunk() {
        Some(last) => {
            look(last);
            bytes.as_chunks().0.iter().for_each(look);
        }
        None => {
            // Padded with 0x7F, which is ASCII and not a byte of paths.
            let mut chunk = [0x7F; 8];
            chunk.iter_mut().zip(bytes).for_each(|(slot, &byte)| *slot = byte);
            look(&chunk);
        }
    }
    (odd & TOPS == 0, found & TOPS != 0)
}

/// Returns the position of a byte, in lower case, in the order of [`BY_FREQUENCY`]. Rare bytes have the highest one.
pub(super) fn rank(byte: u8) -> usize {
    BY_FREQUENCY.iter().position(|&frequent| frequent == byte).unwrap_or(BY_FREQUENCY.len())
}

impl Part {
    fn new(value: &[u8]) -> Self {
        let rarest = (0..value.len()).max_by_key(|&at| value.get(at).map(|&byte| rank(byte))).unwrap_or_default();
        let byte = value.get(rarest).copied().unwrap_or_default();
        Self { value: value.into(), rarest, byte: Byte::new(byte) }
    }

    /// Returns true if ASCII text contains the value; `None` if its rarest byte occurs too often for a quick search.
    #[inline]
    fn is_in(&self, text: &[u8]) -> Option<bool> {
        const PATIENCE: usize = 32;
        let (lower, upper) = (self.byte.lower, self.byte.lower ^ self.byte.case);
        // The byte needs room for the rest of the value before and after it.
        let from_rarest = self.value.len() - self.rarest;
        let Some(end) = (text.len() + 1).checked_sub(from_rarest) else { return Some(false) };
        let Some(searched) = text.get(self.rarest..end) else { return Some(false) };
        let here =
            |at: usize| text.get(at..at + self.value.len()).is_some_and(|part| part.eq_ignore_ascii_case(&self.value));
        let mut from = 0;
        for _ in 0..PATIENCE {
            let rest = searched.get(from..).unwrap_or_default();
            let found = if lower == upper { memchr::memchr(lower, rest) } else { memchr::memchr2(lower, upper, rest) };
            match found {
                None => return Some(false),
                Some(at) if here(from + at) => return Some(true),
                Some(at) => from += at + 1,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Byte, Part, PathNeedles, scan};
    use crate::code::Relation;
    use crate::filter::matcher::needle::Needle;

    #[test]
    fn search_in_bytes_agrees_with_search_in_text() {
        let texts =
            ["", "a", "\\", "ab", "BA", "aab", "C:\\Windows\\b", "aaaaaaab", "12345678", "x12345678", "abcdefghi"];
        let long = "ab".repeat(100);
        for value in texts.iter().copied().chain(["Aab", "b\\", "aaaaaaaaaaaaaab", &long[..70]]) {
            for &relation in Relation::ALL {
                let units: Vec<u16> = value.encode_utf16().collect();
                let needle = Needle::new(relation, &units).unwrap();
                let needles = PathNeedles::new(vec![needle.clone()]);
                for text in texts.iter().copied().chain([long.as_str()]) {
                    if let Some(fast) = needles.any_in_ascii(text.as_bytes()) {
                        assert_eq!(fast, needle.matches_text(text), "{text:?} {relation} {value:?}");
                    }
                }
            }
        }
        assert_eq!(Part::new(b"python").byte, Byte { lower: b'y', case: 0x20 });
    }

    #[test]
    fn scan_checks_every_byte() {
        for len in 0..70 {
            let plain = vec![b'a'; len];
            for sought in [Byte::new(b'x'), Byte::new(b'$'), Byte::NONE] {
                assert_eq!(scan(&plain, sought), (true, false));
            }
            for at in 0..len {
                let with = |byte| {
                    let mut bytes = plain.clone();
                    bytes[at] = byte;
                    bytes
                };
                assert_eq!(scan(&with(b'X'), Byte::new(b'x')), (true, true));
                assert_eq!(scan(&with(b'$'), Byte::new(b'$')), (true, true));
                assert!(!scan(&with(0), Byte::new(b'x')).0 && !scan(&with(0x80), Byte::new(b'x')).0);
            }
        }
    }
}
