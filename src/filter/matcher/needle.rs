//! Comparison of text with the values of rules, without regard to the case of A to Z.

use std::cell::Cell;
use std::fmt;

use memchr::memmem::Finder;

use crate::code::Relation;
use crate::text::exact;

/// A relation and a value.
#[derive(Clone, Debug)]
pub(in crate::filter) struct Needle {
    relation: Relation,
    /// Finds the folded value, encoded by [`push_unit`].
    value: Box<Finder<'static>>,
}

/// The buffers for the text to compare with needles.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    text: String,
    /// The bytes to compare, if they are not those of `text`.
    bytes: Vec<u8>,
}

thread_local! {
    /// Reused for all events, so that matching does not allocate.
    static HAYSTACK: Cell<Haystack> = Cell::default();
}

impl Needle {
    /// Creates a needle; `None` if the relation is unknown, which never matches. The value ends at its first NUL.
    pub(in crate::filter) fn new(relation: Relation, value: &[u16]) -> Option<Self> {
        relation.name()?;
        let mut bytes = Vec::with_capacity(value.len());
        folded(value).for_each(|unit| push_unit(&mut bytes, unit));
        Some(Self { relation, value: Box::new(Finder::new(&bytes).into_owned()) })
    }

    pub(in crate::filter) fn relation(&self) -> Relation {
        self.relation
    }

    /// Returns the folded value as bytes, which are UTF-8 unless it has characters of two UTF-16 code units.
    pub(in crate::filter) fn value(&self) -> &[u8] {
        self.value.needle()
    }

    /// Returns true if the needle matches the bytes of a [`Haystack`].
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        match self.relation {
            Relation::IS => text == self.value(),
            Relation::IS_NOT => text != self.value(),
            Relation::LESS_THAN => text < self.value(),
            Relation::MORE_THAN => text > self.value(),
            Relation::BEGINS_WITH => text.starts_with(self.value()),
            Relation::ENDS_WITH => text.ends_with(self.value()),
            Relation::CONTAINS => self.value.find(text).is_some(),
            _ => self.value.find(text).is_none(),
        }
    }

    /// Returns true if the needle matches an event with two texts: one of them, or both if the relation is negative.
    pub(super) fn matches_either(&self, a: &[u8], b: &[u8]) -> bool {
        match self.relation {
            Relation::IS_NOT | Relation::EXCLUDES => self.matches(a) && self.matches(b),
            _ => self.matches(a) || self.matches(b),
        }
    }

    /// Like [`matches`](Self::matches), for a string instead of the bytes of a haystack.
    pub(in crate::filter) fn matches_text(&self, text: &str) -> bool {
        Haystack::with(|out| exact::write_str(out, text), |text| self.matches(text))
    }

    /// Like [`matches`](Self::matches), for ASCII text that is not folded; `None` if it must be folded.
    #[inline]
    pub(super) fn matches_ascii(&self, text: &[u8]) -> Option<bool> {
        let value = self.value();
        let part = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(value));
        match self.relation {
            Relation::IS => Some(text.eq_ignore_ascii_case(value)),
            Relation::IS_NOT => Some(!text.eq_ignore_ascii_case(value)),
            Relation::BEGINS_WITH => Some(part(text.get(..value.len()))),
            Relation::ENDS_WITH => Some(part(text.len().checked_sub(value.len()).and_then(|at| text.get(at..)))),
            _ => None,
        }
    }
}

impl Haystack {
    /// Calls `look` with the text that `write` writes, not folded, in the buffer of this thread.
    #[cfg(feature = "regex")]
    pub(super) fn with_text<T>(write: impl FnOnce(&mut String) -> fmt::Result, look: impl FnOnce(&str) -> T) -> T {
        Self::reuse(|haystack| {
            haystack.text.clear();
            // Writing into a String does not fail.
            let _ = write(&mut haystack.text);
            look(&haystack.text)
        })
    }

    /// Calls `look` with the folded bytes of the [exact](crate::text::exact) text that `write` writes, in the buffer of
    /// this thread.
    pub(super) fn with<T>(write: impl FnOnce(&mut String) -> fmt::Result, look: impl FnOnce(&[u8]) -> T) -> T {
        Self::reuse(|haystack| {
            haystack.text.clear();
            // Writing into a String does not fail.
            let _ = write(&mut haystack.text);
            haystack.text.make_ascii_lowercase();
            look(haystack.encoded())
        })
    }

    /// Calls `look` with the folded bytes of ASCII text, in the buffer of this thread.
    pub(super) fn with_ascii<T>(text: &[u8], look: impl FnOnce(&[u8]) -> T) -> T {
        Self::reuse(|haystack| {
            haystack.bytes.clear();
            haystack.bytes.extend_from_slice(text);
            haystack.bytes.make_ascii_lowercase();
            look(&haystack.bytes)
        })
    }

    /// Calls `work` with the haystack of this thread, or with a new one if the thread is ending.
    fn reuse<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut haystack = HAYSTACK.try_with(Cell::take).unwrap_or_default();
        let found = work(&mut haystack);
        haystack.text.shrink_to(KEPT);
        haystack.bytes.shrink_to(KEPT);
        // A thread that is ending keeps no haystack.
        let _ = HAYSTACK.try_with(|kept| kept.set(haystack));
        found
    }

    /// Returns the text as [`push_unit`] encodes it: only characters of two code units differ from UTF-8.
    fn encoded(&mut self) -> &[u8] {
        const FIRST_OF_FOUR: u8 = 0xF0;
        if self.text.is_ascii() || self.text.bytes().all(|byte| byte < FIRST_OF_FOUR) {
            return self.text.as_bytes();
        }
        self.bytes.clear();
        exact::units(&self.text).for_each(|unit| push_unit(&mut self.bytes, unit));
        &self.bytes
    }
}

/// The capacity in bytes that the buffers of a thread keep.
const KEPT: usize = 1 << 18;

/// Appends a UTF-16 code unit, encoded as UTF-8 encodes the character with its number (CESU-8). So bytes have the order
/// of code units, and a byte string is found exactly where its code units are, even if they are unpaired surrogates.
fn push_unit(bytes: &mut Vec<u8>, unit: u16) {
    let bits = |shift: u32, mark: u16| {
        let [byte, _] = (unit >> shift & 0x3F | mark).to_le_bytes();
        byte
    };
    match unit {
        0..0x80 => bytes.push(bits(0, unit & 0x40)),
        0x80..0x800 => bytes.extend([bits(6, 0xC0), bits(0, 0x80)]),
        _ => bytes.extend([bits(12, 0xE0), bits(6, 0x80), bits(0, 0x80)]),
    }
}

/// Folds a value as Procmon does: up to its first NUL, with A to Z, but no other letters, in lower case.
pub(in crate::filter) fn folded(value: &[u16]) -> impl Iterator<Item = u16> + '_ {
    let fold = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
    value.iter().copied().take_while(|&unit| unit != 0).map(fold)
}

#[cfg(test)]
mod tests {
    use super::{Needle, push_unit};
    use crate::code::Relation;

    #[test]
    fn code_units_are_encoded_as_utf8_where_it_has_them() {
        let encode = |units: &[u16]| {
            let mut bytes = Vec::new();
            units.iter().for_each(|&unit| push_unit(&mut bytes, unit));
            bytes
        };
        for unit in 0..=u16::MAX {
            let bytes = encode(&[unit]);
            match char::from_u32(unit.into()) {
                Some(character) => assert_eq!(bytes, character.encode_utf8(&mut [0; 4]).as_bytes()),
                None => assert_eq!(bytes.len(), 3),
            }
            assert!(unit == u16::MAX || bytes < encode(&[unit + 1]), "{unit:#x}");
        }
    }

    #[test]
    fn half_of_a_pair_is_found() {
        let contains = |value: &[u16], text: &str| Needle::new(Relation::CONTAINS, value).unwrap().matches_text(text);
        assert!(contains(&[0xD83D], "a\u{1F600}") && contains(&[0xDE00], "\u{1F600}a"));
        assert!(!contains(&[0xD83C], "a\u{1F600}") && contains(&[0xD83D, 0xDE00], "\u{1F600}"));
    }
}
