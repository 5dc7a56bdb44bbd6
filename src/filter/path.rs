//! Rules on paths, most of which are decided without making text of the path.

use super::needle::Needle;
use crate::code::Relation;

/// The needles of a run on the Path column.
#[derive(Clone, Debug, Default)]
pub(super) struct PathNeedles {
    /// First bytes of the values that a path may begin with.
    heads: Vec<Key>,
    /// Last bytes of the values that a path may be or end with.
    tails: Vec<Key>,
    /// Values that a path may contain, which an ASCII path is searched for as it is.
    parts: Vec<Part>,
    /// Whether there are others, for each of which a path has to be looked at.
    others: bool,
    all: Vec<Needle>,
}

/// Up to eight folded bytes at an end of a value, and the mask of those that count.
#[derive(Clone, Copy, Debug)]
struct Key {
    bytes: u64,
    mask: u64,
}

/// A value that a path may contain.
#[derive(Clone, Debug)]
struct Part {
    value: Box<[u8]>,
    /// Position of the byte that is rarest in paths.
    rarest: usize,
    /// That byte in lower and in upper case.
    cases: [u8; 2],
}

/// The letters and signs of paths, the most frequent first.
const BY_FREQUENCY: &[u8] = b"c\\estlroiankdhfmwup.:2b3xyg0146v-9857}{_ ~$jzq";

impl PathNeedles {
    pub(super) fn new(all: Vec<Needle>) -> Self {
        let mut needles = Self::default();
        for needle in &all {
            match (needle.relation(), needle.text()) {
                (Relation::BEGINS_WITH, Some(value)) => needles.heads.push(Key::of(head(value), value.len())),
                (Relation::IS | Relation::ENDS_WITH, Some(value)) => {
                    let key = Key::of(tail(value).swap_bytes(), value.len());
                    needles.tails.push(Key { bytes: key.bytes.swap_bytes(), mask: key.mask.swap_bytes() });
                }
                (Relation::CONTAINS, Some(value)) if !value.is_empty() => needles.parts.push(Part::new(value)),
                _ => needles.others = true,
            }
        }
        Self { all, ..needles }
    }

    pub(super) fn all(&self) -> &[Needle] {
        &self.all
    }

    /// Whether one of the needles matches an ASCII path; `None` where that takes a haystack.
    #[inline]
    pub(super) fn any_in_ascii(&self, path: &[u8]) -> Option<bool> {
        if self.others {
            return self.any_slowly(path);
        }
        if !self.heads.is_empty() {
            let head = head(path);
            if self.heads.iter().fold(false, |hit, key| hit | key.fits(head)) && self.any_at_an_end(path) {
                return Some(true);
            }
        }
        if !self.tails.is_empty() {
            let tail = tail(path);
            if self.tails.iter().fold(false, |hit, key| hit | key.fits(tail)) && self.any_at_an_end(path) {
                return Some(true);
            }
        }
        for part in &self.parts {
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

    /// One after the other; `None` if none of those that are easy to tell matches, and there are others.
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

impl Key {
    /// The key of a value whose first bytes are the low ones of `bytes`.
    fn of(bytes: u64, len: usize) -> Self {
        let mask = if len >= 8 { u64::MAX } else { (1 << (8 * len)) - 1 };
        Self { bytes: bytes & mask, mask }
    }

    #[inline]
    fn fits(self, bytes: u64) -> bool {
        bytes & self.mask == self.bytes
    }
}

/// The first eight bytes, folded, the first one lowest; zeros where there are fewer.
#[inline]
fn head(text: &[u8]) -> u64 {
    match text.first_chunk::<8>() {
        Some(chunk) => folded(*chunk),
        None => {
            let mut chunk = [0; 8];
            chunk.iter_mut().zip(text).for_each(|(slot, &byte)| *slot = byte);
            folded(chunk)
        }
    }
}

/// The last eight bytes, folded, the last one highest; zeros where there are fewer.
#[inline]
fn tail(text: &[u8]) -> u64 {
    match text.last_chunk::<8>() {
        Some(chunk) => folded(*chunk),
        None => {
            let mut chunk = [0; 8];
            chunk.iter_mut().rev().zip(text.iter().rev()).for_each(|(slot, &byte)| *slot = byte);
            folded(chunk)
        }
    }
}

#[inline]
fn folded(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes.map(|byte| byte.to_ascii_lowercase()))
}

impl Part {
    fn new(value: &[u8]) -> Self {
        let rank = |byte: u8| BY_FREQUENCY.iter().position(|&frequent| frequent == byte).unwrap_or(BY_FREQUENCY.len());
        let rarest = (0..value.len()).max_by_key(|&at| value.get(at).map(|&byte| rank(byte))).unwrap_or_default();
        let byte = value.get(rarest).copied().unwrap_or_default();
        Self { value: value.into(), rarest, cases: [byte, byte.to_ascii_uppercase()] }
    }

    /// Whether ASCII text contains the value; `None` if it has its rarest byte too often to tell quickly.
    #[inline]
    fn is_in(&self, text: &[u8]) -> Option<bool> {
        const PATIENCE: usize = 32;
        let [lower, upper] = self.cases;
        // The byte has to have room for what stands before and behind it.
        let behind = self.value.len() - self.rarest;
        let Some(end) = (text.len() + 1).checked_sub(behind) else { return Some(false) };
        let Some(searched) = text.get(self.rarest..end) else { return Some(false) };
        let here =
            |at: usize| text.get(at..at + self.value.len()).is_some_and(|part| part.eq_ignore_ascii_case(&self.value));
        let mut candidates = memchr::memchr2_iter(lower, upper, searched);
        if candidates.by_ref().take(PATIENCE).any(here) {
            return Some(true);
        }
        if candidates.next().is_none() { Some(false) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, PathNeedles};
    use crate::code::Relation;
    use crate::filter::needle::{Haystack, Needle};

    #[test]
    fn bytes_are_searched_as_text_is() {
        let texts =
            ["", "a", "\\", "ab", "BA", "aab", "C:\\Windows\\b", "aaaaaaab", "12345678", "x12345678", "abcdefghi"];
        let long = "ab".repeat(100);
        for value in texts.iter().copied().chain(["Aab", "b\\", "aaaaaaaaaaaaaab", &long[..70]]) {
            for &relation in Relation::ALL {
                let units: Vec<u16> = value.encode_utf16().collect();
                let needle = Needle::new(relation, &units).unwrap();
                let needles = PathNeedles::new(vec![needle.clone()]);
                for text in texts.iter().copied().chain([long.as_str()]) {
                    let slow = Haystack::with(
                        true,
                        |out| {
                            out.push_str(text);
                            Ok(())
                        },
                        |haystack| needle.matches(haystack),
                    );
                    if let Some(fast) = needles.any_in_ascii(text.as_bytes()) {
                        assert_eq!(fast, slow, "{text:?} {relation} {value:?}");
                    }
                }
            }
        }
        assert_eq!(Part::new(b"python").cases, *b"yY");
    }
}
