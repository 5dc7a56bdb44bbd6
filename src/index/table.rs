//! Access to the bytes of a table. The size of a table is not stored, so its reads are bounded by the end of the file.

use std::borrow::Cow;
use std::cell::Cell;

use binrw::BinRead;
use binrw::meta::ReadEndian;

use crate::error::{Error, Result};
use crate::wire::Field;

/// A source of the bytes of a file: memory, or a reader that seeks.
pub(crate) trait Source {
    /// Returns the size of the file in bytes.
    fn len(&self) -> u64;

    /// Returns `len` bytes at an offset. The caller has checked that the file has them.
    fn bytes(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>>;
}

impl Source for &[u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn bytes(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>> {
        let bytes = usize::try_from(at).ok().and_then(|at| self.get(at..)?.get(..len));
        Ok(Cow::Borrowed(bytes.unwrap_or_default()))
    }
}

/// A source that records how far a file was read.
pub(crate) struct Watched<'a> {
    source: &'a dyn Source,
    end: Cell<u64>,
}

impl<'a> Watched<'a> {
    pub(crate) fn new(source: &'a dyn Source) -> Self {
        Self { source, end: Cell::new(0) }
    }

    /// Returns the highest end offset of all reads.
    pub(crate) fn end(&self) -> u64 {
        self.end.get()
    }
}

impl Source for Watched<'_> {
    fn len(&self) -> u64 {
        self.source.len()
    }

    fn bytes(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>> {
        self.end.set(self.end.get().max(at + len as u64));
        self.source.bytes(at, len)
    }
}

/// The bytes from the start of a table to the end of the file.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) source: &'a dyn Source,
    pub(crate) offset: u64,
}

impl<'a> Table<'a> {
    /// Returns the number of bytes from the start of the table to the end of the file.
    pub(crate) fn len(self) -> u64 {
        self.source.len().saturating_sub(self.offset)
    }

    /// Checks that the file has `len` bytes at the offset `at` from the start of the table.
    pub(crate) fn check(self, at: u64, len: u64, field: &'static str) -> Result<()> {
        let at = at.min(self.len());
        let have = self.len() - at;
        if len <= have { Ok(()) } else { Err(Error::truncated(self.offset + at, field, len, have)) }
    }

    /// Returns `len` bytes at the offset `at` from the start of the table. Allocates nothing if the file is too short.
    pub(crate) fn bytes(self, at: u64, len: u64, field: &'static str) -> Result<Cow<'a, [u8]>> {
        self.check(at, len, field)?;
        let Ok(size) = usize::try_from(len) else {
            return Err(Error::truncated(self.offset + at, field, len, usize::MAX as u64));
        };
        if size == 0 { Ok(Cow::Borrowed(&[])) } else { self.source.bytes(self.offset + at, size) }
    }

    /// Returns a 32-bit number at the offset `at` from the start of the table.
    pub(crate) fn u32(self, at: u64, field: &'static str) -> Result<u32> {
        let bytes = self.bytes(at, 4, field)?;
        Ok(Field::read(&bytes).unwrap_or_default())
    }

    /// Returns `count` 32-bit numbers at the offset `at` from the start of the table.
    pub(crate) fn u32_array(self, at: u64, count: u32, field: &'static str) -> Result<Vec<u32>> {
        let bytes = self.bytes(at, u64::from(count) * 4, field)?;
        Ok(bytes.chunks_exact(4).filter_map(Field::read).collect())
    }

    /// Returns the array of offsets of a table that starts with a count and this array. `count` and `offset` name both.
    pub(crate) fn offsets(self, count: &'static str, offset: &'static str) -> Result<Vec<u32>> {
        let count = self.u32(0, count)?;
        self.u32_array(4, count, offset)
    }

    /// Reads a record of `size` bytes at the offset `at` from the start of the table.
    pub(crate) fn record<T>(self, at: u64, size: usize, field: &'static str, args: T::Args<'_>) -> Result<T>
    where
        T: BinRead + ReadEndian,
    {
        let bytes = self.bytes(at, size as u64, field)?;
        T::read_le_args(&mut std::io::Cursor::new(&*bytes), args)
            .map_err(|_| Error::truncated(self.offset + at, field, size as u64, bytes.len() as u64))
    }
}
