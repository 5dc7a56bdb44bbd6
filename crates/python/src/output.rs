//! Files that are written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Cursor, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{Failure, Result};

/// The target of an export: a path, or a binary file object.
pub(crate) enum Target {
    Path(PathBuf),
    Object(Py<PyAny>),
}

impl Target {
    pub(crate) fn new(target: &Bound<'_, PyAny>) -> Result<Self> {
        if target.hasattr("write")? {
            return Ok(Self::Object(target.clone().unbind()));
        }
        Ok(Self::Path(target.extract()?))
    }

    /// Calls `work` with a writer. A file gets its name after `work` has succeeded, so a file that is being read can be
    /// replaced.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut (dyn Write + Send)) -> Result<T>) -> Result<T> {
        match self {
            Self::Path(path) => to_path(path, |file| {
                let mut out = BufWriter::new(file);
                let value = work(&mut out)?;
                out.flush()?;
                Ok(value)
            }),
            Self::Object(object) => {
                let mut out = BufWriter::with_capacity(1 << 18, Object(object));
                let value = work(&mut out)?;
                out.flush()?;
                Ok(value)
            }
        }
    }

    /// Calls `work` with a writer that can seek. For a file object, the output is collected in memory.
    pub(crate) fn write_seek<T>(&self, work: impl FnOnce(&mut dyn WriteSeek) -> Result<T>) -> Result<T> {
        match self {
            Self::Path(path) => to_path(path, |mut file| work(&mut file)),
            Self::Object(object) => {
                let mut out = Cursor::new(Vec::new());
                let value = work(&mut out)?;
                Object(object).write_all(out.get_ref())?;
                Ok(value)
            }
        }
    }
}

/// A writer that can seek.
pub(crate) trait WriteSeek: Write + Seek + Send {}

impl<W: Write + Seek + Send> WriteSeek for W {}

/// Writes a file under a temporary name, and renames it.
fn to_path<T>(path: &Path, work: impl FnOnce(File) -> Result<T>) -> Result<T> {
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return work(OpenOptions::new().write(true).open(path).map_err(|error| Failure::File(error, path.to_owned()))?);
    }
    let temporary = temporary(path);
    let options = OpenOptions::new().read(true).write(true).create_new(true).open(&temporary);
    let written = work(options.map_err(|error| Failure::File(error, path.to_owned()))?);
    let written = written.and_then(|value| {
        fs::rename(&temporary, path)?;
        Ok(value)
    });
    if written.is_err() {
        // The first error is reported.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Returns a name in the folder of a file.
fn temporary(path: &Path) -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{number}.part", std::process::id()));
    path.with_file_name(name)
}

/// A binary Python file object.
struct Object<'o>(&'o Py<PyAny>);

impl Write for Object<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Python::attach(|py| {
            let written = self.0.bind(py).call_method1("write", (PyBytes::new(py, bytes),))?;
            // A raw file returns the number of bytes that it took; others take all.
            Ok(written.extract::<usize>().unwrap_or(bytes.len()).min(bytes.len()))
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
