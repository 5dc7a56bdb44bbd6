//! Oddities of a log that do not keep it from being read.

use std::fmt;

use crate::error::Place;

/// An oddity of a log: something that a sound log does not have, and how we read on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// What is odd.
    pub kind: WarningKind,
    /// Where it was found first.
    pub place: Place,
    /// How often it was found.
    pub count: u32,
}

/// The kinds of [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum WarningKind {
    /// A process or module names a string that the table does not have; it reads as empty.
    #[error("a string that the table does not have; it reads as empty")]
    NoSuchString,
    /// A string of the table is no valid UTF-16; it reads with replacement characters.
    #[error("a string that is no valid UTF-16")]
    InvalidUtf16,
    /// Strings lie one over the other, more than the table has bytes for; the last ones read as empty.
    #[error("strings lie one over the other; some read as empty")]
    OverlappingStrings,
    /// Module lists lie one over the other, more than the table has bytes for; the last ones read as empty.
    #[error("module lists lie one over the other; some read as empty")]
    OverlappingModules,
    /// The keys of the process table do not ascend; Procmon does not find all of them, this library does.
    #[error("the keys of the process table do not ascend; Procmon does not find every process")]
    UnsortedProcesses,
    /// A key of the process table stands there twice; the first counts.
    #[error("a process has the key of another; the first one counts")]
    DuplicateProcess,
    /// The icon table cannot be read; there are no icons.
    #[error("the icon table cannot be read; there are no icons")]
    UnreadableIcons,
    /// The tables of hosts and ports cannot be read to their end; endpoints without a name are numbers.
    #[error("the host and port tables cannot be read; endpoints are numbers")]
    UnreadableHosts,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)?;
        if self.count > 1 { write!(f, " ({} times)", self.count) } else { Ok(()) }
    }
}

/// Collects warnings, one for each kind, so that a hostile log cannot make many.
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
