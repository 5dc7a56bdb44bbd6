//! The event-offset array while it grows: in memory up to a limit, beyond it in a temporary file without a name.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::wire::OffsetEntry;

/// What stays in memory unless the caller says otherwise: the offsets of 6.7 million events.
const DEFAULT_LIMIT: usize = 32 << 20;

/// The offsets of the events, 40 bits each.
#[derive(Debug)]
pub(super) struct Offsets {
    tail: Vec<u8>,
    /// What no longer fits in memory.
    spilled: Option<(File, u64)>,
    limit: usize,
}

impl Offsets {
    pub(super) fn new() -> Self {
        Self { tail: Vec::new(), spilled: None, limit: DEFAULT_LIMIT }
    }

    pub(super) fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Makes room for one more entry. What was there stays if that fails.
    #[inline]
    pub(super) fn reserve(&mut self) -> io::Result<()> {
        if self.tail.len() + OffsetEntry::SIZE > self.limit && !self.tail.is_empty() { self.spill() } else { Ok(()) }
    }

    #[cold]
    fn spill(&mut self) -> io::Result<()> {
        let (file, len) = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert((nameless_file()?, 0)),
        };
        // Not behind what an attempt that failed may have written.
        file.seek(SeekFrom::Start(*len))?;
        file.write_all(&self.tail)?;
        *len += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Adds an entry, for which there has to be [room](Self::reserve).
    #[inline]
    pub(super) fn push(&mut self, offset: u64) {
        self.tail.extend_from_slice(&OffsetEntry::new(offset).bytes());
    }

    /// Writes the array.
    pub(super) fn write_to(mut self, out: &mut impl Write) -> io::Result<()> {
        if let Some((file, len)) = &mut self.spilled {
            file.seek(SeekFrom::Start(0))?;
            io::copy(&mut file.take(*len), out)?;
        }
        out.write_all(&self.tail)
    }
}

/// A file in the folder for temporary files that is gone when it is closed.
fn nameless_file() -> io::Result<File> {
    let folder = std::env::temp_dir();
    for attempt in 0_u32.. {
        // The keys of a RandomState are the randomness that the standard library has.
        let name = format!("pml-offsets-{:016x}", RandomState::new().hash_one(attempt));
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        private(&mut options);
        match options.open(&path) {
            Ok(file) => {
                if cfg!(unix) {
                    fs::remove_file(&path)?;
                }
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 100 => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

#[cfg(windows)]
fn private(options: &mut OpenOptions) {
    const FILE_ATTRIBUTE_TEMPORARY: u32 = 0x100;
    const FILE_FLAG_DELETE_ON_CLOSE: u32 = 0x0400_0000;
    std::os::windows::fs::OpenOptionsExt::custom_flags(options, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE);
}

#[cfg(not(any(unix, windows)))]
fn private(_: &mut OpenOptions) {}
