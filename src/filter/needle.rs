//! The text relations: how text is compared with a value, both with A to Z in lower case.

use std::cell::RefCell;
use std::fmt;

use memchr::memmem::Finder;

use crate::code::Relation;

/// A relation to a value.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    relation: Relation,
    /// Finds the folded value: in UTF-8, or where `is_wide` in UTF-16LE.
    finder: Box<Finder<'static>>,
    /// Whether code units are compared: to order them, or to find half of a surrogate pair.
    is_wide: bool,
}

/// Text that needles are looked for in.
#[derive(Debug, Default)]
pub(super) struct Haystack {
    /// UTF-8, folded.
    text: String,
    /// The same as UTF-16LE, if a needle needs it.
    wide: Vec<u8>,
}

thread_local! {
    /// Reused for all texts, so that matching allocates nothing.
    static HAYSTACK: RefCell<Haystack> = RefCell::default();
}

impl Needle {
    /// `None` for a relation that never holds. The value ends at its first NUL.
    pub(super) fn new(relation: Relation, value: &[u16]) -> Option<Self> {
        relation.name()?;
        let units: Vec<u16> = folded(value).collect();
        let text = String::from_utf16(&units).ok().filter(|_| !is_order(relation));
        let is_wide = text.is_none();
        let bytes = text.map_or_else(|| units.iter().copied().flat_map(u16::to_le_bytes).collect(), String::into_bytes);
        Some(Self { relation, finder: Box::new(Finder::new(&bytes).into_owned()), is_wide })
    }

    pub(super) fn relation(&self) -> Relation {
        self.relation
    }

    pub(super) fn is_wide(&self) -> bool {
        self.is_wide
    }

    /// The folded value in UTF-8; `None` where code units are compared.
    pub(super) fn text(&self) -> Option<&[u8]> {
        (!self.is_wide).then(|| self.finder.needle())
    }

    pub(super) fn matches(&self, haystack: &Haystack) -> bool {
        let (text, value) =
            (if self.is_wide { &haystack.wide } else { haystack.text.as_bytes() }, self.finder.needle());
        match self.relation {
            Relation::IS => text == value,
            Relation::IS_NOT => text != value,
            Relation::LESS_THAN => units(text).lt(units(value)),
            Relation::MORE_THAN => units(text).gt(units(value)),
            Relation::BEGINS_WITH => text.starts_with(value),
            Relation::ENDS_WITH => text.ends_with(value),
            Relation::CONTAINS => self.is_in(text),
            _ => !self.is_in(text),
        }
    }

    /// As [`matches`](Self::matches), of text that is no haystack yet.
    pub(super) fn matches_text(&self, text: &str) -> bool {
        let write = |out: &mut String| {
            out.push_str(text);
            Ok(())
        };
        Haystack::with(self.is_wide, write, |haystack| self.matches(haystack))
    }

    /// As [`matches`](Self::matches) of ASCII text that was not folded; `None` where it takes a haystack.
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

    fn is_in(&self, text: &[u8]) -> bool {
        if !self.is_wide {
            return self.finder.find(text).is_some();
        }
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| self.finder.find(rest)) {
            // Bytes of two neighbours may look like a unit.
            if (from + at) % 2 == 0 {
                return true;
            }
            from += at + 1;
        }
        false
    }
}

impl Haystack {
    /// Looks at a text as `write` writes it, in the buffer of this thread.
    #[cfg(feature = "regex")]
    pub(super) fn with_text<T>(write: impl FnOnce(&mut String) -> fmt::Result, look: impl FnOnce(&str) -> T) -> T {
        HAYSTACK.with(|haystack| match haystack.try_borrow_mut() {
            Ok(mut haystack) => {
                haystack.text.clear();
                let _ = write(&mut haystack.text);
                let found = look(&haystack.text);
                haystack.text.shrink_to(KEPT);
                found
            }
            Err(_) => {
                let mut text = String::new();
                let _ = write(&mut text);
                look(&text)
            }
        })
    }

    /// Fills the haystack of this thread with the text that `write` writes, and looks for needles in it.
    pub(super) fn with<T>(
        wide: bool,
        write: impl FnOnce(&mut String) -> fmt::Result,
        look: impl FnOnce(&Self) -> T,
    ) -> T {
        // A thread that is being torn down has no haystack any more.
        HAYSTACK.with(|haystack| match haystack.try_borrow_mut() {
            Ok(mut haystack) => haystack.fill(wide, write, look),
            Err(_) => Self::default().fill(wide, write, look),
        })
    }

    fn fill<T>(
        &mut self,
        wide: bool,
        write: impl FnOnce(&mut String) -> fmt::Result,
        look: impl FnOnce(&Self) -> T,
    ) -> T {
        self.text.clear();
        // Writing into a String does not fail.
        let _ = write(&mut self.text);
        self.text.make_ascii_lowercase();
        if wide {
            self.wide.clear();
            self.wide.extend(self.text.encode_utf16().flat_map(u16::to_le_bytes));
        }
        let found = look(self);
        self.text.shrink_to(KEPT);
        self.wide.shrink_to(KEPT);
        found
    }
}

/// Bytes of a buffer that a thread keeps.
const KEPT: usize = 1 << 18;

const fn is_order(relation: Relation) -> bool {
    matches!(relation, Relation::LESS_THAN | Relation::MORE_THAN)
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.chunks_exact(2).map(|unit| unit.first_chunk().map_or(0, |unit| u16::from_le_bytes(*unit)))
}

/// A value as Procmon compares it: up to its first NUL, with A to Z in lower case and no other letters.
pub(super) fn folded(value: &[u16]) -> impl Iterator<Item = u16> + '_ {
    let fold = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
    value.iter().copied().take_while(|&unit| unit != 0).map(fold)
}
