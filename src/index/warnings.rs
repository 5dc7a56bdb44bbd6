//! Oddities of a log that can be read in spite of them.

use std::fmt;

use crate::error::Place;

/// An oddity of a log: something that Procmon does not write, and what is read in its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Warning {
    /// The kind of oddity.
    pub kind: WarningKind,
    /// Where it was first found.
    pub place: Place,
    /// How many times it was found.
    pub count: u32,
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WarningKind {
    /// A process or module refers to a string that the table does not have; it reads as empty.
    #[error("missing string; it reads as empty")]
    MissingString,
    /// A string of the table is not valid UTF-16; it reads with replacement characters.
    #[error("a string that is not valid UTF-16")]
    InvalidUtf16,
    /// Strings overlap so much that the table is too small for their sum; the last ones read as empty.
    #[error("overlapping strings; the last ones read as empty")]
    OverlappingStrings,
    /// Module lists overlap so much that the table is too small for their sum; the last ones read as empty.
    #[error("overlapping module lists; the last ones read as empty")]
    OverlappingModules,
    /// The keys of the process table do not ascend; Procmon does not find every process, this library does.
    #[error("the keys of the process table do not ascend; Procmon does not find every process")]
    UnsortedProcesses,
    /// Two processes have the same key; the first one is used.
    #[error("two processes have the same key; the first one is used")]
    DuplicateProcess,
    /// The icon table cannot be read; there are no icons.
    #[error("the icon table cannot be read; there are no icons")]
    UnreadableIcons,
    /// The host and port tables cannot be read to their end; endpoints without a name are printed as numbers.
    #[error("the host and port tables cannot be read; endpoints are printed as numbers")]
    UnreadableHosts,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)?;
        if self.count > 1 { write!(f, " ({} times)", self.count) } else { Ok(()) }
    }
}

/// Collects warnings, one of each kind, so that a hostile log does not cause many.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    pub(crate) fn add(&mut self, kind: WarningKind, offset: u64, field: &'static str) {
        match self.0.iter_mut().find(|warning| warning.kind == kind) {
            Some(warning) => warning.count = warning.count.saturating_add(1),
            None => self.0.push(Warning { kind, place: Place::new(offset, field), count: 1 }),
        }
    }

    pub(crate) fn append(&mut self, others: Self) {
        for Warning { kind, place, count } in others.0 {
            match self.0.iter_mut().find(|warning| warning.kind == kind) {
                Some(warning) => warning.count = warning.count.saturating_add(count),
                None => self.0.push(Warning { kind, place, count }),
            }
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Warning> {
        self.0
    }
}
