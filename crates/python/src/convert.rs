//! Converts times, spans and texts to Python objects.

use std::cell::Cell;

use procmon_parser::{FileTime, Ticks};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDateTime, PyDelta, PyString, PyTzInfo};

/// Ticks of 100 ns in a second.
const SECOND: u64 = 10_000_000;

/// Seconds in a day.
const DAY: u64 = 86_400;

/// The FILETIME of 1970-01-01 UTC.
const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

/// Returns a time as an aware `datetime` in UTC. The last digit, 100 ns, is cut off.
///
/// # Errors
/// `OverflowError` for a time after the year 9999.
pub(crate) fn datetime<'py>(py: Python<'py>, time: FileTime) -> PyResult<Bound<'py, PyAny>> {
    static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
    let epoch = EPOCH.get_or_try_init(py, || {
        let utc = PyTzInfo::utc(py)?.to_owned();
        PyDateTime::new(py, 1601, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
    })?;
    epoch.bind(py).call_method1(intern!(py, "__add__"), (timedelta(py, Ticks(time.0))?,))
}

/// Returns the time in nanoseconds since 1970-01-01 UTC.
pub(crate) fn unix_ns(time: FileTime) -> i128 {
    (i128::from(time.0) - UNIX_EPOCH) * 100
}

/// Returns a span as a `timedelta`. The last digit, 100 ns, is cut off.
pub(crate) fn timedelta<'py>(py: Python<'py>, span: Ticks) -> PyResult<Bound<'py, PyDelta>> {
    let (seconds, ticks) = (span.0 / SECOND, span.0 % SECOND);
    // Each of the three values is bounded.
    let (days, seconds, microseconds) = ((seconds / DAY) as i32, (seconds % DAY) as i32, (ticks / 10) as i32);
    PyDelta::new(py, days, seconds, microseconds, false)
}

/// Returns a span in nanoseconds.
pub(crate) fn span_ns(span: Ticks) -> u128 {
    u128::from(span.0) * 100
}

/// Returns the text that `write` writes to an empty buffer.
#[inline]
pub(crate) fn string<'py>(py: Python<'py>, write: impl FnOnce(&mut String)) -> Bound<'py, PyString> {
    /// The size in bytes above which the buffer is not kept for the next text.
    const KEPT: usize = 1 << 16;
    thread_local!(static BUFFER: Cell<String> = const { Cell::new(String::new()) });
    let mut text = BUFFER.take();
    text.clear();
    write(&mut text);
    let string = PyString::new(py, &text);
    if text.capacity() <= KEPT {
        BUFFER.set(text);
    }
    string
}
