//! Exceptions.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};

use procmon_parser::ErrorKind;
use pyo3::create_exception;
use pyo3::exceptions::{PyIndexError, PyKeyError, PyOSError, PyUserWarning, PyValueError};
use pyo3::prelude::*;

create_exception!(
    procmon_pml,
    PmlError,
    PyValueError,
    "A log, a configuration, a rule or a query that cannot be read.\n\n\
     ``offset``, ``field`` and ``event`` are the place of the error: the offset in the file in bytes, the name of the\n\
     field, and the ordinal of the event. ``path`` is the file, and ``option`` the option of a configuration. Each is\n\
     ``None`` if it does not apply."
);
create_exception!(procmon_pml, PmlWarning, PyUserWarning, "A warning about events that could not be read.");

/// The result of a function of this crate.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The reason why work failed, before it becomes an exception.
#[derive(Debug)]
pub(crate) enum Failure {
    Log(procmon_parser::Error),
    Arrow(procmon_arrow::Error),
    Io(io::Error),
    /// A file that could not be opened for writing.
    File(io::Error, PathBuf),
    Python(PyErr),
}

impl From<procmon_parser::Error> for Failure {
    fn from(error: procmon_parser::Error) -> Self {
        Self::Log(error)
    }
}

impl From<procmon_arrow::Error> for Failure {
    fn from(error: procmon_arrow::Error) -> Self {
        match error {
            procmon_arrow::Error::Log(error) => Self::Log(error),
            procmon_arrow::Error::Io(error) => Self::Io(error),
            error => Self::Arrow(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl From<Infallible> for Failure {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| match failure {
            Failure::Python(error) => error,
            Failure::Io(error) => os_error(py, &error, None, &error.to_string()),
            Failure::File(error, path) => os_error(py, &error, Some(&path), &error.to_string()),
            Failure::Log(error) => log_error(py, &error),
            Failure::Arrow(error @ procmon_arrow::Error::UnknownColumn(_)) => PyKeyError::new_err(error.to_string()),
            Failure::Arrow(error) => PmlError::new_err(error.to_string()),
        })
    }
}

/// Returns the exception for an error of the library.
pub(crate) fn log_error(py: Python<'_>, error: &procmon_parser::Error) -> PyErr {
    let message = error.to_string();
    match error.kind() {
        ErrorKind::Io(io) => os_error(py, io, error.path(), &message),
        ErrorKind::EventOutOfRange { .. } => PyIndexError::new_err(message),
        _ => {
            let exception = PmlError::new_err(message);
            match set_place(exception.value(py), error) {
                Ok(()) => exception,
                Err(error) => error,
            }
        }
    }
}

fn set_place(exception: &Bound<'_, PyAny>, error: &procmon_parser::Error) -> PyResult<()> {
    let place = error.place();
    exception.setattr("offset", place.map(|place| place.offset))?;
    exception.setattr("field", place.map(|place| place.field))?;
    exception.setattr("event", place.and_then(|place| place.event))?;
    exception.setattr("path", error.path())?;
    exception.setattr("option", error.config_option())
}

/// Returns the `OSError` of an I/O error, with its number and file if they are known, or the exception that a file
/// object raised.
fn os_error(py: Python<'_>, error: &io::Error, path: Option<&Path>, message: &str) -> PyErr {
    if let Some(raised) = error.get_ref().and_then(|inner| inner.downcast_ref::<PyErr>()) {
        return raised.clone_ref(py);
    }
    let Some(code) = error.raw_os_error() else { return PyOSError::new_err(message.to_owned()) };
    let path = path.map(Path::to_path_buf);
    if cfg!(windows) {
        return PyOSError::new_err((0, error.to_string(), path, code));
    }
    let text = py.import("os").and_then(|os| os.call_method1("strerror", (code,))?.extract::<String>());
    match text {
        Ok(text) if path.is_some() => PyOSError::new_err((code, text, path)),
        Ok(text) => PyOSError::new_err((code, text)),
        Err(error) => error,
    }
}

/// Issues a warning if events could not be read.
pub(crate) fn warn_unreadable(py: Python<'_>, events: u64, first: Option<&procmon_parser::Error>) -> PyResult<()> {
    if events == 0 {
        return Ok(());
    }
    let first = first.map_or_else(String::new, |error| format!("; the first error is: {error}"));
    let noun = if events == 1 { "event" } else { "events" };
    let message = format!("{events} {noun} could not be read{first}");
    let warnings = py.import("warnings")?;
    warnings.call_method1("warn", (message, py.get_type::<PmlWarning>(), 2))?;
    Ok(())
}
