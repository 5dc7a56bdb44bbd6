//! Errors.

use std::fmt;
use std::io;

use arrow_schema::ArrowError;
use parquet::errors::ParquetError;

/// The reason why columns could not be built or written.
///
/// Errors of the crates `arrow-*` and `parquet` are kept as text, so that their versions are not part of this type.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A log could not be read.
    Log(procmon_parser::Error),
    /// An output could not be written.
    Io(io::Error),
    /// There is no column with this name.
    UnknownColumn(String),
    /// A library reported an error.
    Encoding(String),
}

/// The result of a function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::UnknownColumn(name) => write!(f, "unknown column {name:?}"),
            Self::Encoding(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Log(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::UnknownColumn(_) | Self::Encoding(_) => None,
        }
    }
}

impl From<procmon_parser::Error> for Error {
    fn from(error: procmon_parser::Error) -> Self {
        Self::Log(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            error => Self::Encoding(error.to_string()),
        }
    }
}

impl From<ParquetError> for Error {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::Io(*error),
                Err(error) => Self::Encoding(error.to_string()),
            },
            error => Self::Encoding(error.to_string()),
        }
    }
}
