//! An open log, which events, iterators and threads share.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use procmon_parser::{LogsStream, OpenOptions, ReadAt};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView};

use crate::error::Result;

/// The bytes of a log: a file, or a Python object.
pub(crate) enum Source {
    File(File),
    Bytes(PyBackedBytes),
}

impl ReadAt for Source {
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.size(),
            Self::Bytes(bytes) => bytes.size(),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(offset, buffer),
            Self::Bytes(bytes) => bytes.read_at(offset, buffer),
        }
    }
}

/// A log whose events are read window by window.
pub(crate) type Stream = LogsStream<Source>;

/// An open log.
pub(crate) struct Shared {
    pub(crate) stream: Stream,
    /// The path, if the log was opened by its path.
    pub(crate) path: Option<PathBuf>,
    /// The name for messages and for the column `log`.
    pub(crate) name: String,
}

impl Shared {
    /// Opens a log from a path, from bytes, or from a file object, which is read to its end.
    pub(crate) fn open(source: &Bound<'_, PyAny>, options: OpenOptions) -> Result<Arc<Self>> {
        let py = source.py();
        if let Some(bytes) = bytes(source)? {
            let name = source.getattr("name").and_then(|name| name.extract()).unwrap_or_else(|_| "<bytes>".to_owned());
            let mut bytes = Some(bytes);
            let open =
                |_: &Path| -> io::Result<Source> { Ok(Source::Bytes(bytes.take().ok_or(io::ErrorKind::NotFound)?)) };
            let stream = py.detach(|| options.single_file(true).open_stream_with(&name, open))?;
            return Ok(Arc::new(Self { stream, path: None, name }));
        }
        let path: PathBuf = source.extract()?;
        let open = |path: &Path| File::open(path).map(Source::File);
        let stream = py.detach(|| options.open_stream_with(&path, open))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Arc::new(Self { stream, path: Some(path), name }))
    }
}

/// Returns the bytes of an object that has bytes, or that can be read; `None` for a path.
pub(crate) fn bytes(source: &Bound<'_, PyAny>) -> PyResult<Option<PyBackedBytes>> {
    let py = source.py();
    if let Ok(bytes) = source.cast::<PyBytes>() {
        return Ok(Some(PyBackedBytes::from(bytes.clone())));
    }
    if source.hasattr("read")? {
        return Ok(Some(source.call_method0("read")?.extract()?));
    }
    if source.is_instance_of::<PyByteArray>() || source.is_instance_of::<PyMemoryView>() {
        return Ok(Some(py.get_type::<PyBytes>().call1((source,))?.extract()?));
    }
    Ok(None)
}

/// Returns the number of logical CPUs.
pub(crate) fn threads() -> NonZero<usize> {
    thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}
