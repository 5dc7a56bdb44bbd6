//! The text relations, which compare text and value with A to Z in lower case.

use std::cell::Cell;
use std::fmt;

use memchr::memmem::Finder;

use crate::code::Relation;
use crate::text::exact;

/// A relation and a value.
#[derive(Clone, Debug)]
pub(in crate::filter) struct Needle {
    relation: Relation,
    /// Finds the folded value in UTF-8; `None` where code units are compared, because the relation orders them or the
    /// value has half of a surrogate pair.
    text: Option<Box<Finder<'static>>>,
    /// Finds the folded value in UTF-16LE.
    wide: Box<Finder<'static>>,
}

/// Text that needles are compared with.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    /// UTF-8, folded.
    text: String,
    /// The same as UTF-16LE, filled only if a needle or the text needs it.
    wide: Vec<u8>,
    /// True if the text has unpaired surrogates, so that only code units can be compared.
    has_marks: bool,
}

thread_local! {
    /// Reused for all texts, so that matching allocates nothing.
    static HAYSTACK: Cell<Haystack> = Cell::default();
}

impl Needle {
    /// Returns `None` if the relation is unknown and never holds. The value ends at its first NUL.
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

    /// Returns the folded value in UTF-8; `None` where code units are compared.
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

    /// Like [`matches`](Self::matches), for text that is not a haystack yet.
    pub(in crate::filter) fn matches_text(&self, text: &str) -> bool {
        Haystack::with(self.is_wide(), |out| exact::write_str(out, text), |haystack| self.matches(haystack))
    }

    /// Like [`matches`](Self::matches), for ASCII text that was not folded; `None` where a haystack is needed.
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
            // A match at an odd offset joins bytes of two units.
            if (from + at) % 2 == 0 {
                return true;
            }
            from += at + 1;
        }
        false
    }
}

impl Haystack {
    /// The folded text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Writes a text into the buffer of this thread and passes it on, not folded.
    #[cfg(feature = "regex")]
    pub(super) fn with_text<T>(write: impl FnOnce(&mut String) -> fmt::Result, look: impl FnOnce(&str) -> T) -> T {
        Self::reuse(|haystack| {
            haystack.text.clear();
            // Writing into a String does not fail.
            let _ = write(&mut haystack.text);
            look(&haystack.text)
        })
    }

    /// Fills the haystack of this thread with the [exact](crate::text::exact) text that `write` writes, and passes it
    /// on.
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

    /// Lends the haystack of this thread; a new one if the thread is ending.
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

/// Capacity in bytes that a buffer of a thread keeps.
const KEPT: usize = 1 << 18;

const fn is_order(relation: Relation) -> bool {
    matches!(relation, Relation::LESS_THAN | Relation::MORE_THAN)
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|unit| unit.first_chunk().map_or(0, |unit| u16::from_le_bytes(*unit)))
}

/// Folds a value as Procmon compares it: up to its first NUL, with A to Z and no other letters in lower case.
pub(in crate::filter) fn folded(value: &[u16]) -> impl Iterator<Item = u16> + '_ {
    let fold = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
    value.iter().copied().take_while(|&unit| unit != 0).map(fold)
}
