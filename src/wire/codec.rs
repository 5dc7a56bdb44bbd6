//! Layouts for both reading and writing.
//!
//! A block is described once, as a function that calls a method of [`Codec`] for each field in order. With a
//! [`Cursor`], the function reads the block into its values, with a [`Writer`], it writes the values to a block, and
//! with a [`Head`](super::head::Head), it computes the size of the head.
//!
//! A string has two fields: its length and, later in the block, its characters. Between the two, a string that is being
//! read has a length and an encoding, but no characters.

use super::cursor::Cursor;
use super::{Field, PmlStr, PointerWidth};
use crate::error::{Error, Result};

/// Reads or writes the fields of a block, in order.
pub(crate) trait Codec<'a> {
    /// Reads or writes a value.
    fn field<T: Field>(&mut self, name: &'static str, value: &mut T) -> Result<()>;

    /// Reads or writes a value that can be missing at the end of a block. No field can follow a missing one.
    fn optional<T: Field>(&mut self, value: &mut Option<T>);

    /// Reads or writes a number that is as wide as a pointer.
    fn pointer(&mut self, width: PointerWidth, name: &'static str, value: &mut u64) -> Result<()>;

    /// Skips unused bytes, at most to the end of the block, or writes zeros.
    fn filler(&mut self, len: usize);

    /// Skips unused bytes, or writes zeros, up to the offset `end`, which must not be past the end of the block.
    fn filler_to(&mut self, end: usize, name: &'static str) -> Result<()>;

    /// Reads or writes the string-info word of a string.
    fn info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// Reads or writes a string-info word that can be missing at the end of a block.
    fn optional_info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// Reads or writes a SID, sized by its sub-authority count. It can be cut off by the end of the block.
    fn sid(&mut self, bytes: &mut &'a [u8]);

    /// Reads or writes the length of a UTF-16 string: a 32-bit number of code units.
    fn units(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// Reads or writes the size of a UTF-16 string: a 32-bit number of bytes.
    fn size(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// Reads or writes the characters of a string, which can be cut off by the end of the block.
    fn characters(&mut self, string: &mut PmlStr<'a>);

    /// Like [`characters`](Self::characters), for a string that is UTF-16 in every log.
    fn utf16_characters(&mut self, string: &mut PmlStr<'a>) {
        self.characters(string);
    }

    /// Reads or writes exactly `len` bytes.
    fn bytes(&mut self, len: usize, name: &'static str, bytes: &mut &'a [u8]) -> Result<()>;

    /// Reads up to `max_len` bytes, at most to the end of the block, or writes at most `max_len` bytes.
    fn available(&mut self, max_len: usize, bytes: &mut &'a [u8]);

    /// Reads or writes all remaining bytes.
    fn rest(&mut self, bytes: &mut &'a [u8]) {
        self.available(usize::MAX, bytes);
    }

    /// Reads all remaining bytes without moving past them. The next fields are a part of them.
    fn peek(&mut self, bytes: &mut &'a [u8]);

    /// Skips or writes a range of the [peeked](Self::peek) bytes before a field. Missing bytes are written as zeros.
    fn peeked(&mut self, bytes: &'a [u8], range: std::ops::Range<usize>);

    /// Skips or writes the [peeked](Self::peek) bytes from an offset to the end of the block.
    fn peeked_rest(&mut self, bytes: &'a [u8], from: usize);

    /// Reads or writes up to `max_len` bytes at an offset from the start of the block.
    fn available_at(&mut self, offset: usize, max_len: usize, bytes: &mut &'a [u8]) -> Result<()>;

    /// Returns true if the block has more bytes; a writer returns `wanted`.
    fn has_more(&self, wanted: bool) -> bool;
}

/// Converts a number to a narrower type.
pub(crate) fn narrow<T: TryFrom<u64>>(name: &'static str, value: impl TryInto<u64>, limit: u64) -> Result<T> {
    let value = value.try_into().unwrap_or(u64::MAX);
    T::try_from(value).map_err(|_| Error::too_large(name, value, limit))
}

/// Returns the size in bytes of the SID at the start of `bytes`, from its sub-authority count.
fn sid_size(bytes: &[u8]) -> usize {
    8 + 4 * usize::from(bytes.get(1).copied().unwrap_or_default())
}

impl<'a> Codec<'a> for Cursor<'a> {
    #[inline(always)]
    fn field<T: Field>(&mut self, name: &'static str, value: &mut T) -> Result<()> {
        *value = self.read(name)?;
        Ok(())
    }

    #[inline]
    fn optional<T: Field>(&mut self, value: &mut Option<T>) {
        *value = T::read(Cursor::rest(self));
        self.skip(size_of::<T>());
    }

    #[inline]
    fn pointer(&mut self, width: PointerWidth, name: &'static str, value: &mut u64) -> Result<()> {
        *value = match width {
            PointerWidth::Bits32 => self.read::<u32>(name)?.into(),
            PointerWidth::Bits64 => self.read(name)?,
        };
        Ok(())
    }

    #[inline]
    fn filler(&mut self, len: usize) {
        self.skip(len);
    }

    #[inline]
    fn filler_to(&mut self, end: usize, name: &'static str) -> Result<()> {
        self.seek(end, name)
    }

    #[inline]
    fn info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        *string = PmlStr::announced_by(self.read(name)?);
        Ok(())
    }

    #[inline]
    fn optional_info(&mut self, _: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        *string = PmlStr::announced_by(u16::read(Cursor::rest(self)).unwrap_or_default());
        self.skip(2);
        Ok(())
    }

    #[inline]
    fn sid(&mut self, bytes: &mut &'a [u8]) {
        let rest = Cursor::rest(self);
        *bytes = rest.get(..sid_size(rest)).unwrap_or(rest);
        self.skip(bytes.len());
    }

    #[inline]
    fn units(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        *string = PmlStr::announced(self.read(name)?, true);
        Ok(())
    }

    #[inline]
    fn size(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        *string = PmlStr::announced(self.read::<u32>(name)? / 2, true);
        Ok(())
    }

    #[inline]
    fn characters(&mut self, string: &mut PmlStr<'a>) {
        *string = PmlStr::counted(Cursor::rest(self), string.declared_len() as usize, string.is_utf16());
        self.skip(string.as_bytes().len());
    }

    #[inline]
    fn bytes(&mut self, len: usize, name: &'static str, bytes: &mut &'a [u8]) -> Result<()> {
        *bytes = Cursor::bytes(self, len, name)?;
        Ok(())
    }

    #[inline]
    fn available(&mut self, max_len: usize, bytes: &mut &'a [u8]) {
        let rest = Cursor::rest(self);
        *bytes = rest.get(..max_len).unwrap_or(rest);
        self.skip(bytes.len());
    }

    #[inline]
    fn peek(&mut self, bytes: &mut &'a [u8]) {
        *bytes = Cursor::rest(self);
    }

    #[inline]
    fn peeked(&mut self, _: &'a [u8], range: std::ops::Range<usize>) {
        self.skip(range.len());
    }

    #[inline]
    fn peeked_rest(&mut self, _: &'a [u8], _: usize) {
        self.skip(usize::MAX);
    }

    #[inline]
    fn available_at(&mut self, offset: usize, max_len: usize, bytes: &mut &'a [u8]) -> Result<()> {
        let rest = self.block().get(offset..).unwrap_or_default();
        *bytes = rest.get(..max_len).unwrap_or(rest);
        Ok(())
    }

    #[inline]
    fn has_more(&self, _: bool) -> bool {
        !Cursor::rest(self).is_empty()
    }
}

/// A codec that writes fields to the end of a block.
#[derive(Debug)]
pub(crate) struct Writer<'w> {
    block: &'w mut Vec<u8>,
    /// True if the block must end here, because a reader would read any further bytes as a part of the last field.
    is_at_end: bool,
}

impl<'w> Writer<'w> {
    /// Creates a codec that appends to `block`.
    pub(crate) fn new(block: &'w mut Vec<u8>) -> Self {
        Self { block, is_at_end: false }
    }

    /// Writes zeros up to a multiple of `alignment`, unless a reader would take them for data.
    pub(crate) fn align(self, alignment: usize) {
        if !self.is_at_end {
            self.block.resize(self.block.len().next_multiple_of(alignment), 0);
        }
    }

    /// Writes zeros that do not belong to a field, unless a reader would take them for data.
    pub(crate) fn slack(self, len: usize) {
        if !self.is_at_end {
            self.block.resize(self.block.len() + len, 0);
        }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.block.extend_from_slice(bytes);
    }
}

impl<'a> Codec<'a> for Writer<'_> {
    fn field<T: Field>(&mut self, _: &'static str, value: &mut T) -> Result<()> {
        self.put(value.to_bytes().as_ref());
        Ok(())
    }

    fn optional<T: Field>(&mut self, value: &mut Option<T>) {
        match value {
            Some(value) => self.put(value.to_bytes().as_ref()),
            None => self.is_at_end = true,
        }
    }

    fn pointer(&mut self, width: PointerWidth, name: &'static str, value: &mut u64) -> Result<()> {
        match width {
            PointerWidth::Bits32 => self.put(&narrow::<u32>(name, *value, u32::MAX.into())?.to_bytes()),
            PointerWidth::Bits64 => self.put(&value.to_bytes()),
        }
        Ok(())
    }

    fn filler(&mut self, len: usize) {
        self.block.resize(self.block.len() + len, 0);
    }

    fn filler_to(&mut self, end: usize, _: &'static str) -> Result<()> {
        debug_assert!(self.block.len() <= end, "the fields extend past the offset {end}");
        self.block.resize(end, 0);
        Ok(())
    }

    fn info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        const LONGEST: u32 = 0x7FFF;
        if string.declared_len() > LONGEST {
            return Err(Error::too_large(name, string.declared_len().into(), LONGEST.into()));
        }
        self.put(&string.info_word().to_bytes());
        Ok(())
    }

    fn optional_info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        // After a string that is cut off, a reader would read the word as a part of the string.
        if self.is_at_end && string.info_word() == 0 { Ok(()) } else { self.info(name, string) }
    }

    fn sid(&mut self, bytes: &mut &'a [u8]) {
        self.put(bytes);
        self.is_at_end |= bytes.len() < sid_size(bytes);
    }

    fn units(&mut self, _: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        self.put(&string.declared_len().to_bytes());
        Ok(())
    }

    fn size(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()> {
        let size: u32 = narrow(name, u64::from(string.declared_len()) * 2, u32::MAX.into())?;
        self.put(&size.to_bytes());
        Ok(())
    }

    fn characters(&mut self, string: &mut PmlStr<'a>) {
        self.put(string.as_bytes());
        self.is_at_end |= string.is_truncated();
    }

    fn utf16_characters(&mut self, string: &mut PmlStr<'a>) {
        self.block.extend(string.units().flat_map(u16::to_le_bytes));
        self.is_at_end |= string.is_truncated();
    }

    fn bytes(&mut self, len: usize, name: &'static str, bytes: &mut &'a [u8]) -> Result<()> {
        self.put(bytes);
        if bytes.len() == len { Ok(()) } else { Err(Error::too_large(name, bytes.len() as u64, len as u64)) }
    }

    fn available(&mut self, max_len: usize, bytes: &mut &'a [u8]) {
        let bytes = bytes.get(..max_len).unwrap_or(bytes);
        self.put(bytes);
        self.is_at_end |= bytes.len() < max_len;
    }

    fn peek(&mut self, _: &mut &'a [u8]) {}

    fn peeked(&mut self, bytes: &'a [u8], range: std::ops::Range<usize>) {
        let from = bytes.get(range.start..).unwrap_or_default();
        let part = from.get(..range.len()).unwrap_or(from);
        self.put(part);
        self.filler(range.len() - part.len());
    }

    fn peeked_rest(&mut self, bytes: &'a [u8], from: usize) {
        self.put(bytes.get(from..).unwrap_or_default());
        self.is_at_end = true;
    }

    fn available_at(&mut self, offset: usize, max_len: usize, bytes: &mut &'a [u8]) -> Result<()> {
        // Windows aligns the data that follows a name, which leaves gaps of up to this size.
        const GREATEST_GAP: usize = 7;
        let bytes = bytes.get(..max_len).unwrap_or(bytes);
        // A name that is cut off extends to the end of the block.
        if bytes.is_empty() && self.is_at_end {
            return Ok(());
        }
        self.is_at_end |= bytes.len() < max_len;
        let gap = offset.saturating_sub(self.block.len());
        if gap <= GREATEST_GAP || (!bytes.is_empty() && offset <= usize::from(u16::MAX)) {
            self.filler(gap);
        }
        // The data can overlap the fields before it, although Windows never does this. Shared bytes must then agree.
        let before = self.block.get(offset..).unwrap_or_default();
        let (same, new) = bytes.split_at_checked(before.len()).unwrap_or((bytes, &[]));
        if !before.starts_with(same) {
            return Err(Error::wrong_detail(None, "data that overlaps the fields before it"));
        }
        self.block.extend_from_slice(new);
        Ok(())
    }

    fn has_more(&self, wanted: bool) -> bool {
        wanted
    }
}
