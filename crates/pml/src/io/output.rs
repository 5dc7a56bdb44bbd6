//! Outputs: standard output, devices, and files that are replaced atomically.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, StdoutLock, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::error::Failure;
use crate::io::input::Input;

/// An output.
#[derive(Debug)]
pub(crate) enum Output {
    Stdout(StdoutLock<'static>),
    /// A device or a pipe. It cannot be replaced, so it is written directly.
    Device(File),
    /// A temporary file, and the path that it is moved to when it is complete.
    File(NamedTempFile, PathBuf),
}

impl Output {
    /// Opens what `-o` names. A log that is read is not written over.
    pub(crate) fn create(path: Option<&Path>, inputs: &[Input]) -> Result<Self, Failure> {
        let mut read = inputs.iter().flat_map(|input| &input.paths);
        if let Some(log) = path.and_then(|path| read.find(|log| is_same(log, path))) {
            return Err(Failure::Usage(format!("{} is read, it cannot be written", log.display())));
        }
        Self::replace(path)
    }

    /// Opens an output, which may be a file that was read: it is only replaced when the output is complete.
    pub(crate) fn replace(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Stdout(io::stdout().lock()));
        };
        let failed = |error| Failure::file(path, error);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if !metadata.is_file() => {
                fs::OpenOptions::new().write(true).open(path).map(Self::Device).map_err(failed)
            }
            _ => temporary(path).map(|file| Self::File(file, path.to_owned())).map_err(failed),
        }
    }

    /// Calls `write` with a seekable file, whose content then goes to the output.
    pub(crate) fn write_seekable<T>(
        &mut self,
        write: impl FnOnce(&mut File) -> procmon_parser::Result<T>,
    ) -> procmon_parser::Result<T> {
        if let Self::File(file, _) = self {
            return write(file.as_file_mut());
        }
        let mut spool = tempfile::tempfile()?;
        let written = write(&mut spool)?;
        spool.rewind()?;
        io::copy(&mut spool, self)?;
        self.flush()?;
        Ok(written)
    }

    /// Moves a complete file to its path.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self::File(file, path) = self else { return Ok(()) };
        file.persist(&path).map(drop).map_err(|error| Failure::file(&path, error.error))
    }
}

/// Returns whether two paths name the same file.
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    same_file::is_same_file(a, b).unwrap_or(false)
}

/// Creates a file in the folder of `path`, with the permissions of any new file.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".pml-").suffix(".tmp").tempfile_in(folder)
}

/// Writes JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.flush()
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Device(out) => out.write(bytes),
            Self::File(out, _) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Device(out) => out.flush(),
            Self::File(out, _) => out.flush(),
        }
    }
}
