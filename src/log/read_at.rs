//! Reading bytes at offsets of a file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::index::table::Source;

/// A file that is read at offsets, by several threads at a time.
///
/// [`LogsStream`](crate::LogsStream) reads its windows from such files. A reader that can only [`Seek`] becomes one in a
/// [`Mutex`]:
///
/// ```
/// use std::io::Cursor;
/// use std::sync::Mutex;
///
/// use procmon_parser::LogsStream;
///
/// let reader = Cursor::new(std::fs::read("fixtures/sample64.pml")?);
/// let log = LogsStream::new(Mutex::new(reader))?;
/// assert!(!log.is_empty());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
pub trait ReadAt {
    /// Returns the size of the file in bytes.
    ///
    /// # Errors
    /// If the size cannot be determined.
    fn size(&self) -> io::Result<u64>;

    /// Reads bytes from an offset on into `buffer` and returns their number, which may be less than its length; 0 at the
    /// end of the file.
    ///
    /// # Errors
    /// If reading fails.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    /// Windows moves the position of the file as well, which no other read depends on.
    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }

    /// Without reads at offsets, only one thread may read at a time. The systems in question have no threads.
    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buffer)
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
            to.copy_from_slice(from);
        }
        Ok(len)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        self.as_slice().size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

/// Reads the bytes under the cursor, whatever its position.
impl<T: AsRef<[u8]>> ReadAt for io::Cursor<T> {
    fn size(&self) -> io::Result<u64> {
        self.get_ref().as_ref().size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.get_ref().as_ref().read_at(offset, buffer)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> io::Result<u64> {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buffer)
    }
}

/// Locks the reader for each read. A thread that panicked while it read has left the reader at another position, which
/// the next read changes anyway.
impl<R: Read + Seek> ReadAt for Mutex<R> {
    fn size(&self) -> io::Result<u64> {
        self.lock().unwrap_or_else(PoisonError::into_inner).seek(SeekFrom::End(0))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reader = self.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }
}

/// Fills `buffer` with the bytes at an offset. The caller knows from the size of the file that they are there, so that a
/// read that ends early means that the file has become shorter since.
pub(super) fn read_exact_at(source: &(impl ReadAt + ?Sized), offset: u64, buffer: &mut [u8]) -> Result<()> {
    let len = buffer.len();
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read_at(offset + filled as u64, rest) {
            Ok(0) => return Err(Error::file_changed(offset, "file", len as u64, filled as u64)),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// A file of which a block is kept in memory: tables and records are read in small parts that are close together.
pub(super) struct Blocks<'a> {
    source: &'a dyn ReadAt,
    size: u64,
    block: RefCell<Block>,
    /// The first read that failed, for callers who go on without the bytes.
    failure: RefCell<Option<Error>>,
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    offset: u64,
}

/// Size of a block in bytes.
const BLOCK: usize = 1 << 16;

impl<'a> Blocks<'a> {
    pub(super) fn new(source: &'a dyn ReadAt) -> Result<Self> {
        let size = source.size()?;
        Ok(Self { source, size, block: RefCell::default(), failure: RefCell::default() })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn source(&self) -> &'a dyn ReadAt {
        self.source
    }

    /// Calls `take` with `len` bytes at an offset, at most a block of them.
    fn with<T>(&self, at: u64, len: usize, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let block = &mut *self.block.borrow_mut();
        if block.part(at, len).is_none() {
            block.offset = at;
            let there = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX).min(BLOCK);
            block.bytes.resize(there, 0);
            if let Err(error) = read_exact_at(self.source, at, &mut block.bytes) {
                block.bytes.clear();
                return Err(error);
            }
        }
        Ok(take(block.part(at, len).unwrap_or_default()))
    }

    /// Returns the `N` bytes at an offset; `None` where the file ends before their end, or if reading them fails.
    pub(super) fn array<const N: usize>(&self, at: u64) -> Option<[u8; N]> {
        if at.checked_add(N as u64)? > self.size {
            return None;
        }
        match self.with(at, N, |bytes| bytes.first_chunk().copied()) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.failure.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    /// Returns the bytes from an offset on, at most `len` of them and at most a block; none if reading them fails.
    pub(super) fn read_some(&self, at: u64, len: u64) -> Vec<u8> {
        let len = usize::try_from(len.min(self.size.saturating_sub(at))).unwrap_or(BLOCK).min(BLOCK);
        let mut bytes = vec![0; len];
        if let Err(error) = read_exact_at(self.source, at, &mut bytes) {
            self.failure.borrow_mut().get_or_insert(error);
            bytes.clear();
        }
        bytes
    }

    /// Fails if a read has failed whose bytes were taken for missing.
    pub(super) fn check(self) -> Result<()> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }
}

impl Source for Blocks<'_> {
    fn len(&self) -> u64 {
        self.size
    }

    fn bytes(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>> {
        if len > BLOCK / 2 {
            let mut bytes = vec![0; len];
            read_exact_at(self.source, at, &mut bytes)?;
            return Ok(Cow::Owned(bytes));
        }
        self.with(at, len, |bytes| Cow::Owned(bytes.to_owned()))
    }
}

impl Block {
    fn part(&self, at: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(at.checked_sub(self.offset)?).ok()?;
        self.bytes.get(start..)?.get(..len)
    }
}
