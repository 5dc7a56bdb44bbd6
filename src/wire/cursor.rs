//! A bounds-checked little-endian reader that keeps track of its file offset.

use super::Field;
use crate::error::{Error, Result};

/// Reads the fields of a block in order. Errors have the name of the field and its file offset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    block: &'a [u8],
    at: usize,
    base: u64,
}

impl<'a> Cursor<'a> {
    /// Creates a reader of a block that starts at file offset `base`.
    #[inline]
    pub(crate) fn new(block: &'a [u8], base: u64) -> Self {
        Self { block, at: 0, base }
    }

    /// Reads the next value.
    #[inline(always)]
    pub(crate) fn read<T: Field>(&mut self, field: &'static str) -> Result<T> {
        match T::read(self.rest()) {
            Some(value) => {
                self.at += size_of::<T>();
                Ok(value)
            }
            None => Err(self.truncated(field, size_of::<T>())),
        }
    }

    /// Reads the next `len` bytes.
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

    /// Skips `len` bytes, but stops at the end of the block.
    #[inline]
    pub(crate) fn skip(&mut self, len: usize) {
        self.at = self.at.saturating_add(len).min(self.block.len());
    }

    /// Moves to an offset from the start of the block.
    #[inline]
    pub(crate) fn seek(&mut self, to: usize, field: &'static str) -> Result<()> {
        if to > self.block.len() {
            return Err(self.truncated(field, to.saturating_sub(self.at)));
        }
        self.at = to;
        Ok(())
    }

    /// Returns the bytes that are not read yet.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.block.get(self.at..).unwrap_or_default()
    }

    /// Returns all bytes of the block.
    #[inline]
    pub(crate) fn block(&self) -> &'a [u8] {
        self.block
    }

    #[cold]
    #[inline(never)]
    fn truncated(&self, field: &'static str, need: usize) -> Error {
        Error::truncated(self.base + self.at as u64, field, need as u64, self.rest().len() as u64)
    }
}
