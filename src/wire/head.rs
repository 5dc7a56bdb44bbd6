//! The size of the head of a block, which consists of the fields before the first part of variable size.

use std::ops::Range;

use super::codec::Codec;
use super::{Field, PmlStr, PointerWidth};
use crate::error::Result;

/// A codec that reads no bytes: it adds up the sizes of the fields of the head.
#[derive(Debug, Default)]
pub(crate) struct Head {
    size: usize,
    /// True after the first part of variable size.
    is_complete: bool,
    /// The name of the field whose offset is requested.
    field: Option<&'static str>,
    offset: Option<usize>,
}

impl Head {
    /// Returns the size of the head of a block in bytes.
    pub(crate) fn size(lay_out: impl FnOnce(&mut Self) -> Result<()>) -> usize {
        let mut head = Self::default();
        match lay_out(&mut head) {
            Ok(()) => head.size,
            Err(_) => 0, // cannot occur: default values always fit in their fields
        }
    }

    /// Returns the offset of a field from the start of the block, in bytes; `None` if the field is not in the head.
    pub(crate) fn offset_of(field: &'static str, lay_out: impl FnOnce(&mut Self) -> Result<()>) -> Option<usize> {
        let mut head = Self { field: Some(field), ..Self::default() };
        lay_out(&mut head).ok()?;
        head.offset
    }

    /// Adds a field, unless the head is complete.
    fn add(&mut self, name: &'static str, size: usize) -> Result<()> {
        if !self.is_complete {
            if self.field == Some(name) {
                self.offset = Some(self.size);
            }
            self.size += size;
        }
        Ok(())
    }
}

impl<'a> Codec<'a> for Head {
    fn field<T: Field>(&mut self, name: &'static str, _: &mut T) -> Result<()> {
        self.add(name, size_of::<T::Bytes>())
    }

    fn optional<T: Field>(&mut self, _: &mut Option<T>) {
        self.is_complete = true;
    }

    fn pointer(&mut self, width: PointerWidth, name: &'static str, _: &mut u64) -> Result<()> {
        self.add(name, width.select(8, 4))
    }

    fn filler(&mut self, len: usize) {
        if !self.is_complete {
            self.size += len;
        }
    }

    fn filler_to(&mut self, end: usize, _: &'static str) -> Result<()> {
        if !self.is_complete {
            self.size = end;
        }
        Ok(())
    }

    fn info(&mut self, name: &'static str, _: &mut PmlStr<'a>) -> Result<()> {
        self.add(name, size_of::<u16>())
    }

    fn optional_info(&mut self, _: &'static str, _: &mut PmlStr<'a>) -> Result<()> {
        self.is_complete = true;
        Ok(())
    }

    fn sid(&mut self, _: &mut &'a [u8]) {
        self.is_complete = true;
    }

    fn units(&mut self, name: &'static str, _: &mut PmlStr<'a>) -> Result<()> {
        self.add(name, size_of::<u32>())
    }

    fn size(&mut self, name: &'static str, _: &mut PmlStr<'a>) -> Result<()> {
        self.add(name, size_of::<u32>())
    }

    fn characters(&mut self, _: &mut PmlStr<'a>) {
        self.is_complete = true;
    }

    fn bytes(&mut self, _: usize, _: &'static str, _: &mut &'a [u8]) -> Result<()> {
        self.is_complete = true;
        Ok(())
    }

    fn available(&mut self, _: usize, _: &mut &'a [u8]) {
        self.is_complete = true;
    }

    fn peek(&mut self, _: &mut &'a [u8]) {}

    fn peeked(&mut self, _: &'a [u8], range: Range<usize>) {
        self.filler(range.len());
    }

    fn peeked_rest(&mut self, _: &'a [u8], _: usize) {
        self.is_complete = true;
    }

    fn available_at(&mut self, _: usize, _: usize, _: &mut &'a [u8]) -> Result<()> {
        self.is_complete = true;
        Ok(())
    }

    fn has_more(&self, _: bool) -> bool {
        true
    }
}
