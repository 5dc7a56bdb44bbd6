//! Errors, and where in a file they were found.
//!
//! One type, [`Error`]: a [kind](ErrorKind) and, for everything that concerns bytes, a [`Place`]: absolute file offset,
//! name of the field, ordinal of the event.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of every function of this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, with its place in the file.
///
/// `Display` is the whole message, that of an I/O error included. [`source`](std::error::Error::source) is what caused
/// the I/O error in turn, so that nothing is printed twice where all causes are printed.
///
/// ```
/// use procmon_parser::{ErrorKind, LogsReader};
///
/// let error = LogsReader::new(&b"MZ, not a log"[..]).unwrap_err();
/// assert!(matches!(error.kind(), ErrorKind::InvalidSignature { .. }));
/// assert_eq!(error.place().map(|place| place.offset), Some(0));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    place: Option<Place>,
    option: Option<Box<str>>,
    path: Option<PathBuf>,
}

/// Where in a file an error or an oddity was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
    Io(io::Error),
    /// The file does not begin with `PML_`.
    #[error("not a Process Monitor log: it begins with {found:02x?} instead of \"PML_\"")]
    #[non_exhaustive]
    InvalidSignature {
        /// The first four bytes of the file.
        found: [u8; 4],
    },
    /// The file does not begin with an option of a configuration.
    #[error("not a Process Monitor configuration: it does not begin with an option")]
    InvalidConfiguration,
    /// A format version other than 4 to 9.
    #[error("format version {version} is not supported (4 to 9 are)")]
    #[non_exhaustive]
    UnsupportedVersion {
        /// The version in the header.
        version: u32,
    },
    /// The tables were never written: the capture crashed or is still running.
    #[error("the log was not closed cleanly: the capture crashed or is still running")]
    UnclosedLog,
    /// The data ends too early.
    #[error("unexpected end of data: need {need} bytes, have {have}")]
    #[non_exhaustive]
    Truncated {
        /// Number of bytes that the field takes.
        need: u64,
        /// Number of bytes that are left.
        have: u64,
    },
    /// The file became shorter, or its bytes changed, while it was read.
    #[error("the file changed while it was read: need {need} bytes, have {have}")]
    #[non_exhaustive]
    FileChanged {
        /// Number of bytes that the file had there when it was opened.
        need: u64,
        /// Number of bytes that it has there now.
        have: u64,
    },
    /// An impossible value: an offset past the end of the file, sections in the wrong order.
    #[error("invalid value {value} ({value:#x}): expected {expected}")]
    #[non_exhaustive]
    InvalidValue {
        /// The value found.
        value: u64,
        /// What was expected instead.
        expected: &'static str,
    },
    /// No file was given.
    #[error("no input files")]
    MissingInput,
    /// An ordinal at or past the end of the log.
    #[error("event {ordinal} is out of range: the log has {len} events")]
    #[non_exhaustive]
    EventOutOfRange {
        /// The requested ordinal.
        ordinal: u64,
        /// Number of events in the log.
        len: u64,
    },
    /// A process or an icon that was not added to the log that is being written.
    #[error("unknown {what} {number}: it was not added to the log")]
    #[non_exhaustive]
    UnknownEntry {
        /// What is missing: `process` or `icon`.
        what: &'static str,
        /// Its number.
        number: u32,
    },
    /// An address of more than 32 bits in a 32-bit log.
    #[error("{field}: {address:#x} does not fit in a 32-bit log")]
    #[non_exhaustive]
    AddressTooLarge {
        /// Name of the field, as `table.field`.
        field: &'static str,
        /// The address.
        address: u64,
    },
    /// Events of a 32-bit log for a 64-bit one, or the other way round.
    #[error("cannot mix events from 32-bit and 64-bit logs")]
    MixedPointerWidths,
    /// A value that does not fit in its field.
    #[error("{field}: {value} is too large, at most {limit} fits")]
    #[non_exhaustive]
    ValueTooLarge {
        /// Name of the field, as `table.field`.
        field: &'static str,
        /// The value, or the size of what was to be written: UTF-16 units of a string, else bytes.
        value: u64,
        /// The largest that fits.
        limit: u64,
    },
    /// A detail of one operation for an event of another.
    #[error("detail type mismatch: {operation} cannot have {found}")]
    #[non_exhaustive]
    DetailMismatch {
        /// Name of the operation.
        operation: &'static str,
        /// The part of the detail that is not of the operation.
        found: &'static str,
    },
    /// A redacted log that still contains a replaced name.
    #[error("redaction incomplete: a replaced name is still present")]
    IncompleteRedaction,
    /// A text that is not the name of a column, an operation, a flag, ...
    #[error("{text:?} is not a known {what}")]
    #[non_exhaustive]
    UnknownName {
        /// What kind of name was expected.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A text that is not a time, a UTC offset, ...
    #[error("{text:?} is not {what}")]
    #[non_exhaustive]
    InvalidText {
        /// What was expected, with an example.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// A text that is not a rule of a filter.
    #[error("{text:?} is not a rule: {expected}")]
    #[non_exhaustive]
    InvalidRule {
        /// The text.
        text: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A text that is not a query.
    #[error("{text:?} is not a query: expected {expected} at character {}", .at + 1)]
    #[non_exhaustive]
    InvalidQuery {
        /// The text.
        text: String,
        /// Where in the text, in characters from 0.
        at: usize,
        /// What was expected.
        expected: &'static str,
    },
    /// A text that is not a regular expression (feature `regex`).
    #[error("{message}")]
    #[non_exhaustive]
    InvalidRegex {
        /// What is wrong with it, with the place, on several lines.
        message: String,
    },
}

impl Error {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where in the file it was found; `None` if it does not concern the bytes of a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// The option of a configuration that the bytes belong to: its name, or the name of the one before it where its
    /// own cannot be read.
    #[must_use]
    pub fn config_option(&self) -> Option<&str> {
        self.0.option.as_deref()
    }

    /// The path of the file; `None` unless the library opened it by its path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// True if reading or writing failed, rather than that the data is invalid.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Io(_))
    }

    /// True if the data ends too early.
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

    /// Less data at an offset than there was when the file was opened.
    #[cold]
    #[inline(never)]
    pub(crate) fn file_changed(offset: u64, field: &'static str, need: u64, have: u64) -> Self {
        Self::at(ErrorKind::FileChanged { need, have }, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_value(offset: u64, field: &'static str, value: u64, expected: &'static str) -> Self {
        Self::at(ErrorKind::InvalidValue { value, expected }, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn too_large(field: &'static str, value: u64, limit: u64) -> Self {
        Self::new(ErrorKind::ValueTooLarge { field, value, limit })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn wrong_detail(operation: Option<&'static str>, found: &'static str) -> Self {
        Self::new(ErrorKind::DetailMismatch { operation: operation.unwrap_or("an unknown operation"), found })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn not_redacted(offset: u64, field: &'static str) -> Self {
        Self::at(ErrorKind::IncompleteRedaction, offset, field)
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn unknown_name(what: &'static str, text: &str) -> Self {
        Self::new(ErrorKind::UnknownName { what, text: text.to_owned() })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn invalid_text(what: &'static str, text: &str) -> Self {
        Self::new(ErrorKind::InvalidText { what, text: text.to_owned() })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_rule(text: &str, expected: &'static str) -> Self {
        Self::new(ErrorKind::InvalidRule { text: text.to_owned(), expected })
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_query(text: &str, at: usize, expected: &'static str) -> Self {
        let at = text.char_indices().take_while(|&(position, _)| position < at).count();
        Self::new(ErrorKind::InvalidQuery { text: text.to_owned(), at, expected })
    }

    /// Adds the event that the bytes belong to.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_event(mut self, ordinal: u32) -> Self {
        if let Some(place) = &mut self.0.place {
            place.event = Some(ordinal);
        }
        self
    }

    /// Adds the option of a configuration that the bytes belong to.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_option(mut self, option: &str) -> Self {
        self.0.option.get_or_insert_with(|| option.into());
        self
    }

    /// Adds the path of the file.
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
    /// An I/O error becomes itself, without its place; any other error [`io::ErrorKind::InvalidData`].
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
        std::error::Error::source(&self.0.kind)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;

    use super::Error;

    /// An error and all its causes, as `anyhow` prints them with `{:#}`.
    fn chain(error: &Error) -> String {
        let causes = std::iter::successors(error.source(), |&cause| cause.source());
        causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
    }

    #[test]
    fn no_cause_is_printed_twice() {
        let cause = io::Error::other("the disk is gone");
        let error = Error::from(cause).in_file("log.pml".as_ref());
        assert_eq!(chain(&error), "log.pml: the disk is gone");
        let nested = Error::from(io::Error::other(Error::from(io::Error::other("inner"))));
        assert_eq!(chain(&nested), "inner");
        assert!(Error::truncated(0, "header", 8, 4).source().is_none());
    }

    #[test]
    fn a_change_of_the_file_has_its_place() {
        let error = Error::file_changed(0x40, "event.header", 52, 7).in_event(3);
        assert_eq!(
            error.to_string(),
            "event 3: event.header at 0x40: the file changed while it was read: need 52 bytes, have 7"
        );
    }
}
