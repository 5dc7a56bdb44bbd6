//! The data of a log: a file, standard input or a pipe, which can be compressed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use procmon_parser::ReadAt;

use crate::io::compress::{Compression, decompress};

/// The data of one of the files of a log.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(Arc<File>),
    /// The contents of a pipe or a device, which can only be read once and in order.
    Memory(Arc<[u8]>),
}

impl Source {
    /// Opens a file; "-" is standard input. Gzip and Zstandard are recognized by their first bytes, and decompressed
    /// into a temporary file without a name.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Self::read(io::stdin().lock());
        }
        let file = File::open(path)?;
        if !file.metadata()?.is_file() {
            return Self::read(file);
        }
        let mut magic = [0; MAGIC];
        let len = file.read_at(0, &mut magic)?;
        match magic.get(..len).map_or(Compression::None, Compression::of_content) {
            Compression::None => Ok(Self::File(Arc::new(file))),
            compression => spool(file, compression),
        }
    }

    /// Reads a stream to its end: into memory, or into a temporary file if it is compressed.
    fn read(mut input: impl Read) -> io::Result<Self> {
        let mut start = Vec::new();
        input.by_ref().take(MAGIC as u64).read_to_end(&mut start)?;
        let compression = Compression::of_content(&start);
        let mut whole = io::Cursor::new(start).chain(input);
        if compression != Compression::None {
            return spool(whole, compression);
        }
        let mut bytes = Vec::new();
        whole.read_to_end(&mut bytes)?;
        Ok(Self::Memory(bytes.into()))
    }

    /// Returns the file from which the log is read: the named file, or the temporary file with its decompressed
    /// contents. Returns `None` if the log is in memory.
    pub(crate) fn regular_file(&self) -> Option<&Arc<File>> {
        match self {
            Self::File(file) => Some(file),
            Self::Memory(_) => None,
        }
    }
}

/// The number of bytes at the start of a file that identify its compression.
const MAGIC: usize = 4;

/// Decompresses into a temporary file, which has no name and is deleted when it is closed.
fn spool(input: impl Read, compression: Compression) -> io::Result<Source> {
    let mut file = tempfile::tempfile()?;
    decompress(input, compression, &mut file)?;
    Ok(Source::File(Arc::new(file)))
}

impl ReadAt for Source {
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.size(),
            Self::Memory(bytes) => bytes.size(),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(offset, buffer),
            Self::Memory(bytes) => bytes.read_at(offset, buffer),
        }
    }
}
