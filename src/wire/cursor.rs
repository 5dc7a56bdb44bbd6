//! A checked little-endian reader that knows where in the file it stands.

use super::PmlStr;
use crate::{Error, Result};

/// Reads fields of a block in order; an error names the field and its offset in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    block: &'a [u8],
    at: usize,
    base: u64,
}

macro_rules! read_integer {
    ($($name:ident: $int:ty),*) => { $(
        #[inline]
        pub(crate) fn $name(&mut self, field: &'static str) -> Result<$int> {
            self.array(field).map(<$int>::from_le_bytes)
        }
    )* };
}

impl<'a> Cursor<'a> {
    /// A reader over `block`, which begins at offset `base` of the file.
    #[inline]
    pub(crate) fn new(block: &'a [u8], base: u64) -> Self {
        Self { block, at: 0, base }
    }

    read_integer!(u8: u8, u16: u16, u32: u32, u64: u64);

    #[inline]
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N]> {
        match self.rest().first_chunk::<N>() {
            Some(chunk) => {
                self.at += N;
                Ok(*chunk)
            }
            None => Err(self.truncated(field, N)),
        }
    }

    /// A pointer-sized integer: 8 bytes in a 64-bit log, 4 in a 32-bit one.
    #[inline]
    pub(crate) fn pointer(&mut self, is_64bit: bool, field: &'static str) -> Result<u64> {
        if is_64bit { self.u64(field) } else { self.u32(field).map(u64::from) }
    }

    /// The next `len` bytes.
    #[inline]
    pub(crate) fn bytes(&mut self, len: usize, field: &'static str) -> Result<&'a [u8]> {
        match self.rest().get(..len) {
            Some(bytes) => {
                self.at += len;
                Ok(bytes)
            }
            None => Err(self.truncated(field, len)),
        }
    }

    /// Moves `len` bytes on, at most to the end of the block.
    #[inline]
    pub(crate) fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len).min(self.block.len());
    }

    /// All bytes not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.block.get(self.at..).unwrap_or_default()
    }

    /// The string that a string-info word describes: bit 15 says one byte per character, the rest counts characters.
    /// A string that the block cuts short is marked as truncated.
    #[inline]
    pub(crate) fn string(&mut self, info: u16) -> PmlStr<'a> {
        let string = PmlStr::counted(self.rest(), usize::from(info & 0x7FFF), info & 0x8000 == 0);
        self.skip(string.as_bytes().len());
        string
    }

    /// A UTF-16 string of `size` bytes; an odd last byte is skipped. Marked as truncated if the block cuts it short.
    #[inline]
    pub(crate) fn utf16(&mut self, size: u32) -> PmlStr<'a> {
        let string = PmlStr::counted(self.rest(), size as usize / 2, true);
        self.skip(size as usize);
        string
    }

    #[cold]
    #[inline(never)]
    fn truncated(&self, field: &'static str, need: usize) -> Error {
        Error::truncated(self.base + self.at as u64, field, need as u64, self.rest().len() as u64)
    }
}
