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
    /// A device or a pipe, which cannot be replaced and is written directly.
    Device(File),
    /// A temporary file, and the path to which it is moved when it is complete.
    File(NamedTempFile, PathBuf),
}

impl Output {
    /// Opens the output that `-o` names. Refuses to overwrite a log that is being read.
    pub(crate) fn create(path: Option<&Path>, inputs: &[Input]) -> Result<Self, Failure> {
        let mut read = inputs.iter().flat_map(|input| &input.paths);
        if let Some(log) = path.and_then(|path| read.find(|log| is_same(log, path))) {
            return Err(Failure::Usage(format!("{} is an input; refusing to overwrite it", log.display())));
        }
        Self::replace(path)
    }

    /// Opens an output. It may be a file that was read, because a file is only replaced when the output is complete.
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
            _ => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                // Otherwise the message would name the temporary file instead of the missing folder.
                fs::metadata(folder).map_err(|error| Failure::file(folder, error))?;
                temporary(folder).map(|file| Self::File(file, path.to_owned())).map_err(failed)
            }
        }
    }

    /// Calls `write` with a seekable file, and copies its contents to the output.
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

    /// Moves the complete file to its path.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self::File(file, path) = self else { return Ok(()) };
        file.persist(&path).map(drop).map_err(|error| Failure::file(&path, error.error))
    }
}

/// Returns true if two paths name the same file.
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    same_file::is_same_file(a, b).unwrap_or(false)
}

/// Creates a temporary file in a folder, with the default permissions of a new file: it becomes the output.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
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
