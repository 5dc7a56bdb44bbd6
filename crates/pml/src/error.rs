//! Results of commands: outcomes, failures, and the exit codes that they become.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use procmon_parser::{Error, ErrorKind};

/// The result of a command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// Done, but some events could not be read.
    Incomplete,
    /// `lint` found something, or `diff` found a difference.
    Found,
    /// Done with what could be read of a log that was not closed.
    NotClosed,
}

/// The reason why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A log could not be read.
    Log(Error),
    /// A file of a log, whose name this is, was written to while it was read.
    Changed(String),
    /// A file could not be read or written; with its name.
    Io(String, io::Error),
    /// The arguments make no sense.
    Usage(String),
    /// A capture failed; with the exit code that says at which step.
    Capture(Exit, String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Log(error)
    }
}

impl Failure {
    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, error: impl Into<io::Error>) -> Self {
        Self::Io(path.display().to_string(), error.into())
    }

    /// Standard output that could not be written.
    pub(crate) fn stdout(error: io::Error) -> Self {
        Self::Io("standard output".to_owned(), error)
    }

    /// An output that could not be written: a file, or standard output if there is no path or it is "-".
    pub(crate) fn output(path: Option<&Path>, error: impl Into<io::Error>) -> Self {
        match path.filter(|path| path.as_os_str() != "-") {
            Some(path) => Self::file(path, error),
            None => Self::stdout(error.into()),
        }
    }

    /// An error while a log is written to a file: names the file, unless the log that is read is at fault.
    pub(crate) fn writing_log(path: &Path, error: Error) -> Self {
        if error.is_io() { Self::file(path, error) } else { Self::Log(error) }
    }

    /// Whether the reader of our output went away, as `head` does. The program then ends without a message.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Log(error) => match error.kind() {
                ErrorKind::Io(error) => error.kind(),
                _ => return false,
            },
            Self::Io(_, error) => error.kind(),
            Self::Changed(_) | Self::Usage(_) | Self::Capture(..) => return false,
        };
        kind == io::ErrorKind::BrokenPipe
    }

    /// The text for the user.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Log(error) => error.to_string(),
            Self::Changed(name) => format!("{name}: the file changed while it was read"),
            Self::Io(name, error) => format!("{name}: {error}"),
            Self::Usage(message) | Self::Capture(_, message) => message.clone(),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Log(_) | Self::Changed(_) | Self::Io(..) => Exit::Failed,
            Self::Usage(_) => Exit::Usage,
            Self::Capture(exit, _) => *exit,
        }
    }
}

/// An exit code. Codes keep their meaning from version to version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// The arguments make no sense.
    Usage = 2,
    /// Done, but some events could not be read.
    Incomplete = 3,
    /// Something was searched for and found.
    Found = 4,
    /// Procmon was not found.
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
