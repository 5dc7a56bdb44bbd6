//! Writing files whole or not at all.

use std::fs::{self, File};
use std::io::{self, StdoutLock, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::Failure;

/// Where an export goes.
#[derive(Debug)]
pub(crate) enum Output {
    Stdout(StdoutLock<'static>),
    /// What is no regular file: a device, a pipe. It cannot be replaced, so it is written as it is.
    Device(File),
    /// Takes its name when all is written.
    File(NamedTempFile, PathBuf),
}

impl Output {
    /// Opens what `-o` names. A log that is read is not written over.
    pub(crate) fn create<'p>(
        path: Option<&Path>,
        mut read: impl Iterator<Item = &'p PathBuf>,
    ) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::Stdout(io::stdout().lock()));
        };
        let failed = |error| Failure::Io(path.display().to_string(), error);
        if let Some(log) = read.find(|log| same_file::is_same_file(log, path).unwrap_or(false)) {
            return Err(Failure::Usage(format!("{} is read, it cannot be written", log.display())));
        }
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if !metadata.is_file() => {
                fs::OpenOptions::new().write(true).open(path).map(Self::Device).map_err(failed)
            }
            _ => temporary(path).map(|file| Self::File(file, path.to_owned())).map_err(failed),
        }
    }

    /// Gives the file its name.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let Self::File(file, path) = self else { return Ok(()) };
        file.persist(&path).map(drop).map_err(|error| Failure::Io(path.display().to_string(), error.error))
    }
}

/// A file in the folder of `path` with the rights of any new file.
fn temporary(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(".pml-").suffix(".tmp").tempfile_in(folder)
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
