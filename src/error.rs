//! What can go wrong, and where in the file it did.
//!
//! One word, [`Error`]: a [kind](ErrorKind) sorted by culprit (the world, the file, the caller) and, for all that
//! concerns bytes, a [`Place`]: absolute file offset, name of the field, ordinal of the event.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error with its place.
///
/// ```
/// use procmon_parser::{ErrorKind, LogsReader};
///
/// let error = LogsReader::new(&b"MZ, not a log"[..]).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::Truncated { .. } | ErrorKind::NotProcmon { .. }));
/// assert_eq!(error.place().unwrap().offset, 0);
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    place: Option<Place>,
    option: Option<Box<str>>,
    path: Option<PathBuf>,
}

/// Where in a file an error or an oddity was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// Offset from the start of the file, in bytes.
    pub offset: u64,
    /// Name of the field, as `table.field`.
    pub field: &'static str,
    /// Ordinal of the event (0 is the first of the log), if the bytes belong to one.
    pub event: Option<u32>,
}

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file does not begin with `PML_`.
    #[error("not a Process Monitor log: it begins with {magic:02x?} instead of \"PML_\"")]
    NotProcmon {
        /// The four bytes that stand there instead.
        magic: [u8; 4],
    },
    /// The file does not begin with an option of a configuration.
    #[error("not a Process Monitor configuration: it does not begin with an option")]
    NotConfiguration,
    /// A format version that is none of 4 to 9.
    #[error("format version {0} is not supported (4 to 9 are)")]
    UnsupportedVersion(u32),
    /// The tables were never written: the capture crashed or still runs.
    #[error("the log was not closed cleanly: its capture crashed or still runs")]
    NotClosed,
    /// Bytes that should be there are not.
    #[error("{need} bytes needed, {have} there")]
    Truncated {
        /// Number of bytes that the field takes.
        need: u64,
        /// Number of bytes that are left.
        have: u64,
    },
    /// A value that cannot be: an offset that points nowhere, sections in an impossible order.
    #[error("impossible value {value} ({value:#x}): {expected}")]
    BadValue {
        /// The value found.
        value: u64,
        /// What it should have been.
        expected: &'static str,
    },
    /// A capture of no files.
    #[error("a log has at least one file")]
    NoFiles,
    /// An ordinal at or past the end of the log.
    #[error("there is no event {ordinal}: the log has {len}")]
    NoSuchEvent {
        /// The ordinal asked for.
        ordinal: u64,
        /// Number of events in the log.
        len: u64,
    },
    /// An event, a module or an icon of something that was not added to the log that is written.
    #[error("{what} {number} was not added to the log")]
    NotAdded {
        /// What is missing.
        what: &'static str,
        /// Its number.
        number: u32,
    },
    /// An address of more than 32 bits in a 32-bit log.
    #[error("{what}: {address:#x} does not fit in a 32-bit log")]
    AddressTooWide {
        /// Name of the field, as `table.field`.
        what: &'static str,
        /// The address.
        address: u64,
    },
    /// Events of a 32-bit log for a 64-bit one, or the other way round.
    #[error("events of 32-bit and of 64-bit logs cannot stand in one log")]
    MixedWidths,
    /// A value that has no room where it is to be written.
    #[error("{field}: {value} is too large, at most {limit} fits")]
    TooLarge {
        /// Name of the field, as `table.field`.
        field: &'static str,
        /// The value, or the size of what was to be written, in its units: characters of a string, else bytes.
        value: u64,
        /// The largest that fits.
        limit: u64,
    },
    /// A detail of one operation for an event of another.
    #[error("the detail does not belong to {operation}: it has {found}")]
    WrongDetail {
        /// Name of the operation.
        operation: &'static str,
        /// What does not belong there.
        found: &'static str,
    },
    /// A name that was to be replaced.
    #[error("a name that was to be replaced is still there")]
    NotRedacted,
    /// A text that names no column, operation, flag, ...
    #[error("{text:?} is not a known {what}")]
    UnknownName {
        /// What kind of name was expected.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A text that is no rule of a filter.
    #[error("{text:?} is not a rule: {expected}")]
    BadRule {
        /// The text.
        text: String,
        /// What should have been there.
        expected: &'static str,
    },
    /// A text that is no query.
    #[error("{text:?} is not a query: {expected} is expected at character {}", .at + 1)]
    BadQuery {
        /// The text.
        text: String,
        /// Where in it, in characters from 0.
        at: usize,
        /// What should have been there.
        expected: &'static str,
    },
    /// A regular expression that cannot be read.
    #[cfg(feature = "regex")]
    #[error(transparent)]
    BadRegex(Box<regex::Error>),
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where in the file, if it concerns bytes of a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The option of a configuration that the bytes belong to: its name, or the one that it follows where the name
    /// cannot be read.
    #[must_use]
    pub fn option(&self) -> Option<&str> {
        self.0.option.as_deref()
    }

    /// The file, where the library opened it by name.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Whether the world is at fault, not the file.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Io(_))
    }

    /// Whether the file ends too early.
    #[must_use]
    pub fn is_truncation(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Truncated { .. })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, place: None, option: None, path: None }))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn at(kind: ErrorKind, offset: u64, field: &'static str) -> Self {
        let place = Some(Place { offset, field, event: None });
        Self(Box::new(Inner { kind, place, option: None, path: None }))
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn truncated(offset: u64, field: &'static str, need: u64, have: u64) -> Self {
        Self::at(ErrorKind::Truncated { need, have }, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_value(offset: u64, field: &'static str, value: u64, expected: &'static str) -> Self {
        Self::at(ErrorKind::BadValue { value, expected }, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn too_large(field: &'static str, value: u64, limit: u64) -> Self {
        Self::new(ErrorKind::TooLarge { field, value, limit })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_detail(operation: Option<&'static str>, found: &'static str) -> Self {
        Self::new(ErrorKind::WrongDetail { operation: operation.unwrap_or("an unknown operation"), found })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn not_redacted(offset: u64, field: &'static str) -> Self {
        Self::at(ErrorKind::NotRedacted, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn unknown_name(what: &'static str, text: &str) -> Self {
        Self::new(ErrorKind::UnknownName { what, text: text.to_owned() })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_rule(text: &str, expected: &'static str) -> Self {
        Self::new(ErrorKind::BadRule { text: text.to_owned(), expected })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_query(text: &str, at: usize, expected: &'static str) -> Self {
        let at = text.char_indices().take_while(|&(position, _)| position < at).count();
        Self::new(ErrorKind::BadQuery { text: text.to_owned(), at, expected })
    }

    /// Says which event the bytes belong to.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_event(mut self, ordinal: u32) -> Self {
        if let Some(place) = &mut self.0.place {
            place.event = Some(ordinal);
        }
        self
    }

    /// Says which option of a configuration the bytes belong to.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_option(mut self, option: &str) -> Self {
        self.0.option.get_or_insert_with(|| option.into());
        self
    }

    /// Says which file it was.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_file(mut self, path: &Path) -> Self {
        self.0.path.get_or_insert_with(|| path.to_owned());
        self
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::new(ErrorKind::Io(error))
    }
}

impl From<Error> for io::Error {
    /// The error of the world as it was; what is wrong with a file becomes [`io::ErrorKind::InvalidData`].
    fn from(error: Error) -> Self {
        match error.0.kind {
            ErrorKind::Io(error) => error,
            _ => Self::new(io::ErrorKind::InvalidData, error),
        }
    }
}

impl Place {
    pub(crate) fn new(offset: u64, field: &'static str) -> Self {
        Self { offset, field, event: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(event) = self.event {
            write!(f, "event {event}: ")?;
        }
        write!(f, "{} at {:#x}", self.field, self.offset)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(option) = &self.0.option {
            write!(f, "option {}: ", option.escape_debug())?;
        }
        if let Some(place) = &self.0.place {
            write!(f, "{place}: ")?;
        }
        self.0.kind.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("place", &self.0.place)
            .field("option", &self.0.option)
            .field("path", &self.0.path)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            ErrorKind::Io(error) => Some(error),
            _ => None,
        }
    }
}
