//! The error type of this crate.
//!
//! [`Error`] has a [kind](ErrorKind). An error in the bytes of a file also has a [`Place`]: the file offset, the name
//! of the field, and the ordinal of the event.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The result of every function of this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, with its place in the file.
///
/// `Display` prints the whole message, including the message of an underlying I/O error. For this reason
/// [`source`](std::error::Error::source) returns the cause of the I/O error and not the I/O error itself: a program
/// that prints the chain of causes repeats nothing.
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

/// The place of an error or a warning in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Place {
    /// The offset from the start of the file, in bytes.
    pub offset: u64,
    /// The name of the field, such as `header.version`.
    pub field: &'static str,
    /// The ordinal of the event that the bytes belong to, from 0; `None` outside of events.
    pub event: Option<u32>,
}

/// The kind of an [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(io::Error),
    /// The file does not begin with `PML_`.
    #[error("not a Process Monitor log: it begins with \"{}\" instead of \"PML_\"", .found.escape_ascii())]
    #[non_exhaustive]
    InvalidSignature {
        /// The first four bytes of the file.
        found: [u8; 4],
    },
    /// The file does not begin with a configuration option.
    #[error("not a Process Monitor configuration: it does not begin with an option")]
    InvalidConfiguration,
    /// The format version is not one of 4 to 9.
    #[error("unsupported format version {version}: supported are versions 4 to 9")]
    #[non_exhaustive]
    UnsupportedVersion {
        /// The version in the header.
        version: u32,
    },
    /// The log has no tables yet: the capture crashed or is still running.
    #[error(
        "the log was not closed cleanly: the capture crashed or is still running; stop the capture or recover the log"
    )]
    UnclosedLog,
    /// The data ends before the end of the field.
    #[error("unexpected end of data: need {}, have {have}", bytes(.need))]
    #[non_exhaustive]
    Truncated {
        /// The size of the field in bytes.
        need: u64,
        /// The number of bytes up to the end of the data.
        have: u64,
    },
    /// The file was truncated while it was read.
    #[error("the file changed while it was read: need {}, have {have}", bytes(.need))]
    #[non_exhaustive]
    FileChanged {
        /// The number of bytes that the file had here when it was opened.
        need: u64,
        /// The number of bytes that it has here now.
        have: u64,
    },
    /// A field has an invalid value, such as an offset past the end of the file.
    #[error("invalid value {value} ({value:#x}): must be {expected}")]
    #[non_exhaustive]
    InvalidValue {
        /// The value in the file.
        value: u64,
        /// The values that are valid, such as `an offset within the file`.
        expected: &'static str,
    },
    /// The event shares bytes with an earlier event of the file. Procmon never writes such events.
    #[error("the event shares bytes with the event at {earlier:#x}")]
    #[non_exhaustive]
    OverlappingEvent {
        /// The offset of the earlier event from the start of the file, in bytes.
        earlier: u64,
    },
    /// The list of files to read is empty.
    #[error("no input files: at least one is needed")]
    MissingInput,
    /// The log has no event with the requested ordinal.
    #[error("event {ordinal} is out of range: the log has {}", events(.len))]
    #[non_exhaustive]
    EventOutOfRange {
        /// The requested ordinal.
        ordinal: u64,
        /// The number of events in the log.
        len: u64,
    },
    /// A process or icon is used that was not added to the written log.
    #[error("unknown {what} {number}: add it to the log first")]
    #[non_exhaustive]
    UnknownEntry {
        /// The kind of entry: `process` or `icon`.
        what: &'static str,
        /// The number of the entry.
        number: u32,
    },
    /// An address of more than 32 bits cannot be written to a 32-bit log.
    #[error("{field}: {address:#x} is too large: the largest address of a 32-bit log is 0xffffffff")]
    #[non_exhaustive]
    AddressTooLarge {
        /// The name of the field, such as `modules.base`.
        field: &'static str,
        /// The address.
        address: u64,
    },
    /// Events of 32-bit and 64-bit logs cannot be written to the same log.
    #[error("cannot mix events from 32-bit and 64-bit logs: write two logs")]
    MixedPointerWidths,
    /// A value does not fit in its field.
    #[error("{field}: {value} is too large: the maximum is {limit}")]
    #[non_exhaustive]
    ValueTooLarge {
        /// The name of the field, such as `modules.base`.
        field: &'static str,
        /// The value, the length of a string in UTF-16 code units, or the size of other data in bytes.
        value: u64,
        /// The largest value that fits.
        limit: u64,
    },
    /// The detail does not belong to the operation of the event.
    #[error("detail type mismatch: {operation} cannot have {found}")]
    #[non_exhaustive]
    DetailMismatch {
        /// The name of the operation.
        operation: &'static str,
        /// The part of the detail that does not belong to the operation.
        found: &'static str,
    },
    /// A redacted log still contains a replaced name.
    #[error("redaction incomplete: a replaced name is still present; do not share this log")]
    IncompleteRedaction,
    /// The text is not a known name of a column, an operation, a flag or another code.
    #[error("unknown {what}: {text:?}")]
    #[non_exhaustive]
    UnknownName {
        /// The kind of name, such as `NtStatus`.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The text is not a valid value, such as a time or a UTC offset.
    #[error("expected {what}, found {text:?}")]
    #[non_exhaustive]
    InvalidText {
        /// The expected value with an example, such as `a UTC offset such as +02:00`.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The text is not a filter rule.
    #[error("{}invalid rule {text:?}: {expected}", in_line(.line))]
    #[non_exhaustive]
    InvalidRule {
        /// The text.
        text: String,
        /// The number of the line from 1, in a list of rules.
        line: Option<usize>,
        /// The requirement that the text does not meet, as a sentence.
        expected: &'static str,
    },
    /// The text is not a query.
    #[error("invalid query {text:?} at character {}: expected {expected}{}", .at + 1, did_you_mean(.suggestion))]
    #[non_exhaustive]
    InvalidQuery {
        /// The text.
        text: String,
        /// The place of the error in the text, in characters from 0.
        at: usize,
        /// The expected text, such as `a closing parenthesis`.
        expected: &'static str,
        /// The known name that is most similar to the text at this place.
        suggestion: Option<&'static str>,
    },
    /// The text is not a regular expression (feature `regex`).
    #[error("{message}")]
    #[non_exhaustive]
    InvalidRegex {
        /// The message of the `regex` crate: several lines that quote the text and mark the error.
        message: String,
    },
}

/// Returns a number followed by the singular or plural that fits it.
pub(crate) fn counted(number: impl Into<u64>, one: &str, more: &str) -> String {
    let number = number.into();
    format!("{number} {}", if number == 1 { one } else { more })
}

/// Formats the number of a line as the start of a message.
fn in_line(number: &Option<usize>) -> String {
    number.map_or_else(String::new, |number| format!("line {number}: "))
}

fn bytes(count: &u64) -> String {
    counted(*count, "byte", "bytes")
}

fn events(count: &u64) -> String {
    counted(*count, "event", "events")
}

/// Returns the end of a message that suggests a name.
fn did_you_mean(suggestion: &Option<&'static str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl Error {
    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the place of the error in the file; `None` if the error is not in the bytes of a file.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.0.place.as_ref()
    }

    /// Returns the name of the configuration option that the bytes belong to. If the name cannot be read, returns the
    /// place of the option instead: `after Theme`, for instance, or `at the start`.
    #[must_use]
    pub fn config_option(&self) -> Option<&str> {
        self.0.option.as_deref()
    }

    /// Returns the path of the file; `None` unless the library opened the file by its path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    /// Returns true if reading or writing failed; false if the data or an argument is invalid.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Io(_))
    }

    /// Returns true if the data ends before the end of a field.
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

    /// Returns the error of a file that has fewer bytes at an offset than when it was opened.
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
        Self::new(ErrorKind::DetailMismatch { operation: operation.unwrap_or("the operation"), found })
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
        Self::new(ErrorKind::InvalidRule { text: text.to_owned(), line: None, expected })
    }

    /// Adds the number of the line to the error of a rule.
    pub(crate) fn in_line(mut self, number: usize) -> Self {
        if let ErrorKind::InvalidRule { line, .. } = &mut self.0.kind {
            *line = Some(number);
        }
        self
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn bad_query(text: &str, at: usize, expected: &'static str, suggestion: Option<&'static str>) -> Self {
        let at = text.char_indices().take_while(|&(position, _)| position < at).count();
        Self::new(ErrorKind::InvalidQuery { text: text.to_owned(), at, expected, suggestion })
    }

    /// Adds the ordinal of the event that the bytes belong to.
    #[cold]
    #[inline(never)]
    pub(crate) fn in_event(mut self, ordinal: u32) -> Self {
        if let Some(place) = &mut self.0.place {
            place.event = Some(ordinal);
        }
        self
    }

    /// Adds the name of the configuration option that the bytes belong to.
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

    /// Returns true if a log has no header because the file has no bytes.
    fn is_empty_file(&self) -> bool {
        let at_start = self.0.place.is_some_and(|place| (place.offset, place.field) == (0, "header"));
        at_start && matches!(self.0.kind, ErrorKind::Truncated { have: 0, .. })
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::new(ErrorKind::Io(error))
    }
}

impl From<Error> for io::Error {
    /// Returns the underlying I/O error, without its place. Any other error becomes an [`io::ErrorKind::InvalidData`].
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
        if self.is_empty_file() {
            return f.write_str("the file is empty");
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

    use super::{Error, ErrorKind};

    /// Returns an error and its causes, formatted like `{:#}` of `anyhow`.
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
    fn an_empty_file_is_named_as_such() {
        let error = Error::truncated(0, "header", 936, 0).in_file("log.pml".as_ref());
        assert_eq!(error.to_string(), "log.pml: the file is empty");
        let error = Error::truncated(0, "header", 936, 3);
        assert_eq!(error.to_string(), "header at 0x0: unexpected end of data: need 936 bytes, have 3");
    }

    #[test]
    fn counts_agree_in_number() {
        let error = Error::truncated(0x40, "option.value", 1, 0);
        assert_eq!(error.to_string(), "option.value at 0x40: unexpected end of data: need 1 byte, have 0");
        let error = Error::new(ErrorKind::EventOutOfRange { ordinal: 7, len: 1 });
        assert_eq!(error.to_string(), "event 7 is out of range: the log has 1 event");
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
