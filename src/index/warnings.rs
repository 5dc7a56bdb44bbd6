//! Warnings about anomalies in the header and tables of a log, and in the composition of a capture.

use std::fmt;

use crate::error::Place;

/// A warning: the header or a table has something that Procmon does not write, or the joined files do not seem to
/// belong to one capture. The log can be read nevertheless.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Warning {
    /// The kind of warning.
    pub kind: WarningKind,
    /// The place of the first occurrence.
    pub place: Place,
    /// The number of occurrences.
    pub count: u32,
}

/// The kind of a [`Warning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum WarningKind {
    /// A process or module refers to a string that is not in the strings table; the string reads as empty.
    #[error("the strings table lacks a string of a process or module; the string reads as empty")]
    MissingString,
    /// A string of the strings table is not valid UTF-16; unpaired surrogates read as U+FFFD.
    #[error("a string is not valid UTF-16; unpaired surrogates read as U+FFFD")]
    InvalidUtf16,
    /// Strings overlap, and the sum of their sizes exceeds the size of the table; the last ones read as empty.
    #[error("strings of the strings table overlap; the last ones read as empty")]
    OverlappingStrings,
    /// Module lists overlap, and the sum of their sizes exceeds the size of the table; the last ones read as empty.
    #[error("module lists of the process table overlap; the last ones read as empty")]
    OverlappingModules,
    /// The keys of the process table are not in ascending order. Procmon does not find all processes of such a table;
    /// this library does.
    #[error("the keys of the process table are not in ascending order; Procmon does not find all processes")]
    UnsortedProcesses,
    /// Two processes have the same key; the first one is used.
    #[error("two processes have the same key; the first one is used")]
    DuplicateProcess,
    /// The icon table cannot be read; the log opens without icons.
    #[error("the icon table cannot be read; the log is opened without icons")]
    UnreadableIcons,
    /// The hosts and ports tables cannot be read to their end; hosts and ports of the rest have no names.
    #[error("the hosts and ports tables cannot be read to their end; the rest of the hosts and ports have no names")]
    UnreadableHosts,
    /// Events share bytes, which Procmon never writes: a size is damaged, or the offset array lists an event several
    /// times. [`Overlaps`](crate::log::Overlaps) finds them, because opening a log does not read the events.
    #[error("events overlap: this event shares bytes with the event at {earlier:#x}")]
    #[non_exhaustive]
    OverlappingEvents {
        /// The offset of the earlier of the two events from the start of the file, in bytes.
        earlier: u64,
    },
    /// The previous file of the capture comes from a different computer or a different version of Windows. The files
    /// are joined nevertheless, because their names associate them and Procmon joins them.
    #[error(
        "the previous file is from a different computer; the files are joined because of their names, as in Procmon"
    )]
    OtherComputer,
    /// The events of the file and those of the previous file of the capture are more than an hour apart. The files are
    /// joined nevertheless, because their names associate them and Procmon joins them.
    #[error("the previous file is more than an hour away; the files are joined because of their names, as in Procmon")]
    DistantFile,
}

impl WarningKind {
    /// Returns true for the warnings that the file and the previous one probably belong to different captures.
    #[must_use]
    pub fn is_unrelated_file(self) -> bool {
        matches!(self, Self::OtherComputer | Self::DistantFile)
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)?;
        if self.count > 1 { write!(f, " ({} times)", self.count) } else { Ok(()) }
    }
}

/// A list of warnings, with one entry for each kind: a crafted log cannot make it large.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Vec<Warning>);

impl Warnings {
    /// Adds an occurrence. For each kind, only the place of the first one is kept.
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
