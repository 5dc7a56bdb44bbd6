//! Reading bytes of a file at given offsets.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::index::table::Source;

/// A file that can be read at any offset, through a shared reference.
///
/// [`LogsStream`](crate::LogsStream) reads its windows from such files. Wrap a reader that can only [`Seek`] in a
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

    /// Reads bytes at an offset into `buffer` and returns their number, which may be less than the length of the
    /// buffer. Returns 0 at the end of the file.
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

    /// On Windows, this also moves the file position, which nothing here depends on.
    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }

    /// Seeks and reads in two steps, which is only correct for one thread at a time. The targets without either of the
    /// calls above have no threads.
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

/// Ignores the position of the cursor.
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

/// Locks the reader for each read. A poisoned lock is ignored: a thread that panicked can only have moved the position,
/// and every read seeks first.
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

/// Fills `buffer` with the bytes at an offset.
///
/// The caller has compared the range with the size of the file. A read that ends early is therefore reported as a file
/// that has become shorter since it was opened.
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

/// A file with a cache of one block.
///
/// Tables and scanned records are read in small parts that are close together, so most of them are in the block.
pub(super) struct Blocks<'a> {
    source: &'a dyn ReadAt,
    size: u64,
    block: RefCell<Block>,
    /// The first failure of a read whose caller treats missing bytes as the end of the data; see
    /// [`check`](Self::check).
    failure: RefCell<Option<Error>>,
}

#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    offset: u64,
}

/// The size of a block in bytes.
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

    /// Calls `take` with `len` bytes at an offset. `len` is at most the size of a block.
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

    /// Returns the `N` bytes at an offset. Returns `None` if the file ends before their end, or if reading fails.
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

    /// Returns the bytes at an offset: up to `len`, and up to the size of a block. Returns no bytes if reading fails.
    pub(super) fn read_some(&self, at: u64, len: u64) -> Vec<u8> {
        let len = usize::try_from(len.min(self.size.saturating_sub(at))).unwrap_or(BLOCK).min(BLOCK);
        let mut bytes = vec![0; len];
        if let Err(error) = read_exact_at(self.source, at, &mut bytes) {
            self.failure.borrow_mut().get_or_insert(error);
            bytes.clear();
        }
        bytes
    }

    /// Returns the first I/O error that [`array`](Self::array) or [`read_some`](Self::read_some) took for missing
    /// bytes.
    ///
    /// Salvaging tries many offsets and treats missing bytes as the end of the file. This check keeps a failing disk
    /// from being reported as a damaged log.
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
