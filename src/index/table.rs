//! A table of the file: its bytes up to the end of the file, and where they lie.

use binrw::BinRead;
use binrw::meta::ReadEndian;

use crate::wire::cursor::Cursor;
use crate::{Error, Result};

/// The bytes from the start of a table to the end of the file.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: u64,
}

impl<'a> Table<'a> {
    /// A reader at `at` bytes from the start of the table.
    pub(crate) fn cursor(self, at: usize) -> Cursor<'a> {
        let at = at.min(self.bytes.len());
        Cursor::new(self.bytes.get(at..).unwrap_or_default(), self.offset + at as u64)
    }

    /// Reads a declared record of `size` bytes at `at` bytes from the start of the table.
    pub(crate) fn record<T>(self, at: usize, size: usize, field: &'static str, args: T::Args<'_>) -> Result<T>
    where
        T: BinRead + ReadEndian,
    {
        let bytes = self.cursor(at).bytes(size, field)?;
        let offset = self.offset + at as u64;
        T::read_le_args(&mut std::io::Cursor::new(bytes), args)
            .map_err(|_| Error::truncated(offset, field, size as u64, bytes.len() as u64))
    }
}

/// Reads a table that begins with a count and as many `u32` offsets from its start.
///
/// The count is compared with the bytes that are there before anything is reserved.
pub(crate) fn offsets_table(table: Table<'_>, count: &'static str, offset: &'static str) -> Result<Vec<u32>> {
    let mut cursor = table.cursor(0);
    let count = cursor.read::<u32>(count)?;
    u32_array(&mut cursor, count, offset)
}

/// Reads `count` numbers of 32 bits.
pub(crate) fn u32_array(cursor: &mut Cursor<'_>, count: u32, field: &'static str) -> Result<Vec<u32>> {
    let bytes = cursor.bytes((count as usize).saturating_mul(4), field)?;
    Ok(bytes.chunks_exact(4).filter_map(|chunk| chunk.first_chunk()).map(|chunk| u32::from_le_bytes(*chunk)).collect())
}
