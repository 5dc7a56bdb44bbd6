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
    /// Finds the folded value in UTF-8; `None` if code units must be compared, because the relation orders them or the
    /// value has an unpaired surrogate.
    text: Option<Box<Finder<'static>>>,
    /// Finds the folded value in UTF-16LE.
    wide: Box<Finder<'static>>,
}

/// The text to compare with needles.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    /// UTF-8, folded.
    text: String,
    /// The same text as UTF-16LE, filled only if a needle or the text requires it.
    wide: Vec<u8>,
    /// True if the text has unpaired surrogates, so that only code units can be compared.
    has_marks: bool,
}

thread_local! {
    /// Reused for all events, so that matching does not allocate.
    static HAYSTACK: Cell<Haystack> = Cell::default();
}

impl Needle {
    /// Creates a needle; `None` if the relation is unknown, which never matches. The value ends at its first NUL.
    pub(in crate::filter) fn new(relation: Relation, value: &[u16]) -> Option<Self> {
        relation.name()?;
        let units: Vec<u16> = folded(value).collect();
        let finder = |bytes: &[u8]| Box::new(Finder::new(bytes).into_owned());
        let text = String::from_utf16(&units).ok().filter(|_| !is_order(relation));
        let wide: Vec<u8> = units.iter().copied().flat_map(u16::to_le_bytes).collect();
        Some(Self { relation, text: text.map(|text| finder(text.as_bytes())), wide: finder(&wide) })
    }

    pub(in crate::filter) fn relation(&self) -> Relation {
        self.relation
    }

    pub(super) fn is_wide(&self) -> bool {
        self.text.is_none()
    }

    /// Returns the folded value in UTF-8; `None` if code units must be compared.
    pub(in crate::filter) fn text(&self) -> Option<&[u8]> {
        self.text.as_ref().map(|finder| finder.needle())
    }

    pub(super) fn matches(&self, haystack: &Haystack) -> bool {
        match &self.text {
            Some(finder) if !haystack.has_marks => {
                self.compare(haystack.text.as_bytes(), finder.needle(), |text| finder.find(text).is_some())
            }
            _ => self.compare(&haystack.wide, self.wide.needle(), |text| self.is_in_wide(text)),
        }
    }

    fn compare(&self, text: &[u8], value: &[u8], contains: impl FnOnce(&[u8]) -> bool) -> bool {
        match self.relation {
            Relation::IS => text == value,
            Relation::IS_NOT => text != value,
            Relation::LESS_THAN => units(text).lt(units(value)),
            Relation::MORE_THAN => units(text).gt(units(value)),
            Relation::BEGINS_WITH => text.starts_with(value),
            Relation::ENDS_WITH => text.ends_with(value),
            Relation::CONTAINS => contains(text),
            _ => !contains(text),
        }
    }

    /// Like [`matches`](Self::matches), for a string instead of a haystack.
    pub(in crate::filter) fn matches_text(&self, text: &str) -> bool {
        Haystack::with(self.is_wide(), |out| exact::write_str(out, text), |haystack| self.matches(haystack))
    }

    /// Like [`matches`](Self::matches), for ASCII text that is not folded; `None` if a haystack is needed.
    #[inline]
    pub(super) fn matches_ascii(&self, text: &[u8]) -> Option<bool> {
        let value = self.text()?;
        let part = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(value));
        match self.relation {
            Relation::IS => Some(text.eq_ignore_ascii_case(value)),
            Relation::IS_NOT => Some(!text.eq_ignore_ascii_case(value)),
            Relation::BEGINS_WITH => Some(part(text.get(..value.len()))),
            Relation::ENDS_WITH => Some(part(text.len().checked_sub(value.len()).and_then(|at| text.get(at..)))),
            _ => None,
        }
    }

    fn is_in_wide(&self, text: &[u8]) -> bool {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| self.wide.find(rest)) {
            // A match at an odd offset spans halves of two units, so it is not a match.
            if (from + at) % 2 == 0 {
                return true;
            }
            from += at + 1;
        }
        false
    }
}

impl Haystack {
    /// Returns the folded text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

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

    /// Calls `look` with the haystack of this thread, filled with the [exact](crate::text::exact) text that `write`
    /// writes.
    pub(super) fn with<T>(
        wide: bool,
        write: impl FnOnce(&mut String) -> fmt::Result,
        look: impl FnOnce(&Self) -> T,
    ) -> T {
        Self::reuse(|haystack| {
            haystack.fill(wide, write);
            look(haystack)
        })
    }

    /// Calls `work` with the haystack of this thread, or with a new one if the thread is ending.
    fn reuse<T>(work: impl FnOnce(&mut Self) -> T) -> T {
        let mut haystack = HAYSTACK.try_with(Cell::take).unwrap_or_default();
        let found = work(&mut haystack);
        haystack.text.shrink_to(KEPT);
        haystack.wide.shrink_to(KEPT);
        // A thread that is ending keeps no haystack.
        let _ = HAYSTACK.try_with(|kept| kept.set(haystack));
        found
    }

    fn fill(&mut self, wide: bool, write: impl FnOnce(&mut String) -> fmt::Result) {
        self.text.clear();
        // Writing into a String does not fail.
        let _ = write(&mut self.text);
        self.text.make_ascii_lowercase();
        self.has_marks = exact::has_marks(&self.text);
        if wide || self.has_marks {
            self.wide.clear();
            self.wide.extend(exact::units(&self.text).flat_map(u16::to_le_bytes));
        }
    }
}

/// The capacity in bytes that the buffers of a thread keep.
const KEPT: usize = 1 << 18;

const fn is_order(relation: Relation) -> bool {
    matches!(relation, Relation::LESS_THAN | Relation::MORE_THAN)
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|unit| unit.first_chunk().map_or(0, |unit| u16::from_le_bytes(*unit)))
}

/// Folds a value as Procmon does: up to its first NUL, with A to Z, but no other letters, in lower case.
pub(in crate::filter) fn folded(value: &[u16]) -> impl Iterator<Item = u16> + '_ {
    let fold = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
    value.iter().copied().take_while(|&unit| unit != 0).map(fold)
}
