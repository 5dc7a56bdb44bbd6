//! How the program ends: all exit codes, in one place.

use std::process::ExitCode;

/// An exit code. Codes keep their meaning from version to version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// What was asked for makes no sense.
    Usage = 2,
    /// Done, but some events could not be read.
    Incomplete = 3,
    /// Looked for something, and found it.
    Found = 4,
    /// There is no Procmon to run.
    NoProcmon = 5,
    /// Not run as administrator.
    NotElevated = 6,
    /// Procmon ran, but did not capture.
    NotStarted = 7,
    /// Nothing was captured.
    Empty = 8,
    /// Done with what could be read of a log that was not closed, or is damaged.
    NotClosed = 9,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
