//! Outputs: standard output, devices, and files that are replaced whole or not at all.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, IsTerminal, Seek, StdoutLock, Write};
use std::path::Path;

use serde::Serialize;

use crate::error::Failure;
use crate::io::escape::Escaper;
use crate::io::replace::Replacement;

/// An output.
#[derive(Debug)]
pub(crate) enum Output {
    Stdout(StdoutLock<'static>),
    /// A device or a pipe, which cannot be replaced and is written directly.
    Device(File),
    /// A file, which is replaced when the output is complete.
    File(Replacement),
}

impl Output {
    /// Opens the output that `-o` names. Refuses to overwrite a file that is read.
    pub(crate) fn create<'a>(path: Option<&Path>, read: impl IntoIterator<Item = &'a Path>) -> Result<Self, Failure> {
        refuse_inputs(path, read)?;
        Self::replace(path)
    }

    /// Opens an output for binary data. Refuses a terminal, and refuses to overwrite a file that is read.
    pub(crate) fn create_binary<'a>(
        path: Option<&Path>,
        read: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Self, Failure> {
        Self::create(path, read)?.refuse_terminal()
    }

    /// Opens an output. It may be a file that was read, because a file is only replaced when the output is complete.
    pub(crate) fn replace(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path.filter(|path| !is_stdout(path)) else {
            return Ok(Self::Stdout(io::stdout().lock()));
        };
        let failed = |error| Failure::file(path, error);
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Err(failed(io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if !metadata.is_file() => {
                fs::OpenOptions::new().write(true).open(path).map(Self::Device).map_err(failed)
            }
            _ => Replacement::new(path).map(Self::File),
        }
    }

    /// Returns the output, or fails if it is a terminal, which would interpret the bytes of a binary file.
    pub(crate) fn refuse_terminal(self) -> Result<Self, Failure> {
        if self.is_terminal() {
            let message = "refusing to write binary data to a terminal; name a file with -o, or redirect the output";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(self)
    }

    /// Returns true if the output is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        match self {
            Self::Stdout(out) => out.is_terminal(),
            Self::Device(out) => out.is_terminal(),
            Self::File(_) => false,
        }
    }

    /// Calls `write` with a seekable file, and copies its contents to the output.
    pub(crate) fn write_seekable<T, E: From<io::Error>>(
        &mut self,
        write: impl FnOnce(&mut File) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Self::File(file) = self {
            return write(file.file());
        }
        let mut spool = tempfile::tempfile()?;
        let written = write(&mut spool)?;
        spool.rewind()?;
        io::copy(&mut spool, self)?;
        self.flush()?;
        Ok(written)
    }

    /// Replaces the file with the complete output.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        match self {
            Self::File(file) => file.finish(),
            Self::Stdout(_) | Self::Device(_) => Ok(()),
        }
    }
}

/// Fails if an output is one of the files that are read.
pub(crate) fn refuse_inputs<'a>(
    output: Option<&Path>,
    read: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Failure> {
    match output.and_then(|output| read.into_iter().find(|read| is_same(read, output))) {
        Some(input) => Err(Failure::Usage(format!("{} is an input; refusing to overwrite it", input.display()))),
        None => Ok(()),
    }
}

/// Returns true if a path names standard output.
fn is_stdout(path: &Path) -> bool {
    // On Unix, /dev/stdout can be a link to the file that standard output was redirected to. That file is not replaced.
    path.as_os_str() == "-" || (cfg!(unix) && path == Path::new("/dev/stdout"))
}

/// Returns true if two paths name the same regular file. Does not open other files: that could wait for a writer.
pub(crate) fn is_same(a: &Path, b: &Path) -> bool {
    let [Ok(of_a), Ok(of_b)] = [a, b].map(fs::metadata) else { return false };
    of_a.is_file() && of_b.is_file() && have_same_identity((a, &of_a), (b, &of_b))
}

#[cfg(unix)]
fn have_same_identity((_, a): (&Path, &Metadata), (_, b): (&Path, &Metadata)) -> bool {
    use std::os::unix::fs::MetadataExt;

    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

#[cfg(not(unix))]
fn have_same_identity((a, _): (&Path, &Metadata), (b, _): (&Path, &Metadata)) -> bool {
    same_file::is_same_file(a, b).unwrap_or(false)
}

/// Writes JSON to standard output.
pub(crate) fn print_json(value: &impl Serialize) -> io::Result<()> {
    let out = io::stdout().lock();
    let is_terminal = out.is_terminal();
    write_json(out, is_terminal, value)
}

/// Writes JSON to an output, with visible forms of hidden characters if it is a terminal.
pub(crate) fn write_json(out: impl Write, is_terminal: bool, value: &impl Serialize) -> io::Result<()> {
    let mut out = Escaper::new(BufWriter::new(out), is_terminal);
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    out.finish()?.flush()
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::Device(out) => out.write(bytes),
            Self::File(out) => out.file().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::Device(out) => out.flush(),
            Self::File(out) => out.file().flush(),
        }
    }
}
