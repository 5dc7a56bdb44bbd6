//! Results of commands: outcomes, failures and their exit codes.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use procmon_parser::{Error, ErrorKind};

/// The result of a command that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was read.
    Done,
    /// Some events, or a part of a configuration, could not be read.
    Incomplete,
    /// `lint` found problems, or `diff` found differences.
    Found,
    /// Only the readable part of a log that was not closed or is damaged was used.
    NotClosed,
}

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A log or a configuration could not be read.
    Log(Error),
    /// A log is damaged or was not closed, so that `pml recover` may help.
    Damaged(Error),
    /// The named file of a log was written to while it was read.
    Changed(String),
    /// The named file could not be read or written.
    Io(String, io::Error),
    /// The arguments are invalid.
    Usage(String),
    /// A capture or a report failed. The exit code identifies the step.
    Capture(Exit, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Log(error)
    }
}

impl Failure {
    /// Returns the failure to read or write a file.
    pub(crate) fn file(path: &Path, error: impl Into<io::Error>) -> Self {
        Self::Io(path.display().to_string(), error.into())
    }

    /// Returns the failure to write to standard output.
    pub(crate) fn stdout(error: io::Error) -> Self {
        Self::Io("standard output".to_owned(), error)
    }

    /// Returns the failure to write to an output: a file, or standard output if the path is missing or "-".
    pub(crate) fn output(path: Option<&Path>, error: impl Into<io::Error>) -> Self {
        match path.filter(|path| path.as_os_str() != "-") {
            Some(path) => Self::file(path, error),
            None => Self::stdout(error.into()),
        }
    }

    /// Returns the failure to write a log to a file. Names the file, unless the error comes from reading a log.
    pub(crate) fn writing_log(path: &Path, error: Error) -> Self {
        if error.is_io() { Self::file(path, error) } else { Self::Log(error) }
    }

    /// Returns true if the reader of our output closed the pipe, as `head` does. The program then exits silently.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Log(error) => match error.kind() {
                ErrorKind::Io(error) => error.kind(),
                _ => return false,
            },
            Self::Io(_, error) => error.kind(),
            Self::Damaged(_) | Self::Changed(_) | Self::Usage(_) | Self::Capture(..) => return false,
        };
        kind == io::ErrorKind::BrokenPipe
    }

    /// Returns the message for the user.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Log(error) => error.to_string(),
            Self::Damaged(error) => format!("{error}; \"pml recover\" can save the events that are still readable"),
            Self::Changed(name) => format!("{name}: the file changed while it was read"),
            Self::Io(name, error) => format!("{name}: {error}"),
            Self::Usage(message) | Self::Capture(_, message) => message.clone(),
        }
    }

    /// Returns the exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Log(_) | Self::Damaged(_) | Self::Changed(_) | Self::Io(..) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
            Self::Capture(exit, _) => *exit,
        }
    }
}

/// An exit code. The meaning of a code does not change between versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Done = 0,
    /// Failure.
    Failed = 1,
    /// The arguments are invalid.
    Usage = 2,
    /// Success, but some events or a part of a configuration could not be read.
    Incomplete = 3,
    /// `lint` found problems, or `diff` found differences.
    Found = 4,
    /// Procmon was not found or cannot be run.
    NoProcmon = 5,
    /// Not run as administrator.
    NotElevated = 6,
    /// Procmon did not start capturing.
    NotStarted = 7,
    /// The log has no events.
    Empty = 8,
    /// Success, but only with the readable part of a log that was not closed or is damaged.
    NotClosed = 9,
    /// Interrupted by Ctrl-C or ended by a signal. No output was replaced.
    Interrupted = 130,
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Incomplete => Self::Incomplete,
            Outcome::Found => Self::Found,
            Outcome::NotClosed => Self::NotClosed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
