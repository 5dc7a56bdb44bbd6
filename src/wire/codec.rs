//! Layouts that serve both ways: a block is described once, by the fields that it has in order, and the description
//! reads the block with a [`Cursor`], writes it with a [`Writer`], and measures it with a [`Head`](super::head::Head).
//!
//! What a description calls for each field reads the field into the value, or writes it from there. A string is two
//! fields: what tells its length, and its characters. Between the two, while reading, it has its length and encoding
//! already and no characters yet.

use super::cursor::Cursor;
use super::{Field, PmlStr, PointerWidth};
use crate::error::{Error, Result};

/// Reads or writes the fields of a block, in order.
pub(crate) trait Codec<'a> {
    /// A value.
    fn field<T: Field>(&mut self, name: &'static str, value: &mut T) -> Result<()>;

    /// A value at the end of a block that may lack it. What follows one that is lacking is lacking too.
    fn optional<T: Field>(&mut self, value: &mut Option<T>);

    /// A number of the width of pointers.
    fn pointer(&mut self, width: PointerWidth, name: &'static str, value: &mut u64) -> Result<()>;

    /// Bytes that nobody looks at, as far as the block has them; zeros are written.
    fn filler(&mut self, len: usize);

    /// Bytes that nobody looks at, up to `end`, an offset from the start of the block that it has to reach.
    fn filler_to(&mut self, end: usize, name: &'static str) -> Result<()>;

    /// The string-info word of a string.
    fn info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// The string-info word of a string, of a block that may end before it.
    fn optional_info(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// The bytes of a SID, as many as its own count of numbers says and as the block has.
    fn sid(&mut self, bytes: &mut &'a [u8]);

    /// The number of characters of a UTF-16 string, in 32 bits.
    fn units(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// The number of bytes of a UTF-16 string, in 32 bits.
    fn size(&mut self, name: &'static str, string: &mut PmlStr<'a>) -> Result<()>;

    /// The characters of a string, as far as the block has them.
    fn characters(&mut self, string: &mut PmlStr<'a>);

    /// The characters of a string that is UTF-16 in every log, as far as the block has them.
    fn utf16_characters(&mut self, string: &mut PmlStr<'a>) {
        self.characters(string);
    }

    /// So many bytes.
    fn bytes(&mut self, len: usize, name: &'static str, bytes: &mut &'a [u8]) -> Result<()>;

    /// At most so many bytes: what the block has of them.
    fn available(&mut self, most: usize, bytes: &mut &'a [u8]);

    /// All that is left.
    fn rest(&mut self, bytes: &mut &'a [u8]) {
        self.available(usize::MAX, bytes);
    }

    /// All that is left, which the next fields are a part of.
    fn peek(&mut self, bytes: &mut &'a [u8]);

    /// A part of what was [peeked](Self::peek), behind the last field; the part that it lacks is written as zeros.
    fn peeked(&mut self, bytes: &'a [u8], range: std::ops::Range<usize>);

    /// At most so many bytes at an offset from the start of the block, if the block has one.
    fn available_at(&mut self, offset: usize, most: usize, bytes: &mut &'a [u8]) -> Result<()>;

    /// Whether anything follows; while writing, what the caller says.
    fn has_more(&self, wanted: bool) -> bool;
}

/// `value` in fewer bits.
pub(crate) fn narrow<T: TryFrom<u64>>(name: &'static str, value: impl TryInto<u64>, limit: u64) -> Result<T> {
    let value = value.try_into().unwrap_or(u64::MAX);
    T::try_from(value).map_err(|_| Error::too_large(name, value, limit))
}

/// Size of the SID at the start of `bytes`, by its count of numbers.
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
    fn available(&mut self, most: usize, bytes: &mut &'a [u8]) {
        let rest = Cursor::rest(self);
        *bytes = rest.get(..most).unwrap_or(rest);
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
    fn available_at(&mut self, offset: usize, most: usize, bytes: &mut &'a [u8]) -> Result<()> {
        let behind = self.block().get(offset..).unwrap_or_default();
        *bytes = behind.get(..most).unwrap_or(behind);
        Ok(())
    }

    #[inline]
    fn has_more(&self, _: bool) -> bool {
        !Cursor::rest(self).is_empty()
    }
}

/// Writes fields to the end of a block.
#[derive(Debug)]
pub(crate) struct Writer<'w> {
    block: &'w mut Vec<u8>,
    /// Whether the block has to end here: a reader would take more bytes for a part of the last field.
    is_at_end: bool,
}

impl<'w> Writer<'w> {
    pub(crate) fn new(block: &'w mut Vec<u8>) -> Self {
        Self { block, is_at_end: false }
    }

    /// Zeros up to a multiple of `alignment`, unless a reader would take them for data.
    pub(crate) fn align(self, alignment: usize) {
        if !self.is_at_end {
            self.block.resize(self.block.len().next_multiple_of(alignment), 0);
        }
    }

    /// Zeros that belong to no field, unless a reader would take them for data.
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
        debug_assert!(self.block.len() <= end, "the header is larger than declared");
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
        // Behind a string that is cut short a word would be a part of that.
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

    fn available(&mut self, most: usize, bytes: &mut &'a [u8]) {
        let bytes = bytes.get(..most).unwrap_or(bytes);
        self.put(bytes);
        self.is_at_end |= bytes.len() < most;
    }

    fn peek(&mut self, _: &mut &'a [u8]) {}

    fn peeked(&mut self, bytes: &'a [u8], range: std::ops::Range<usize>) {
        let from = bytes.get(range.start..).unwrap_or_default();
        let part = from.get(..range.len()).unwrap_or(from);
        self.put(part);
        match range.end {
            usize::MAX => self.is_at_end = true,
            _ => self.filler(range.len() - part.len()),
        }
    }

    fn available_at(&mut self, offset: usize, most: usize, bytes: &mut &'a [u8]) -> Result<()> {
        /// Windows aligns what stands behind a name.
        const GREATEST_GAP: usize = 7;
        let bytes = bytes.get(..most).unwrap_or(bytes);
        // The characters of a name that is cut short are the last bytes.
        if bytes.is_empty() && self.is_at_end {
            return Ok(());
        }
        self.is_at_end |= bytes.len() < most;
        let gap = offset.saturating_sub(self.block.len());
        if gap <= GREATEST_GAP || (!bytes.is_empty() && offset <= usize::from(u16::MAX)) {
            self.filler(gap);
        }
        // Where data and the fields before it overlap, as no Windows has them, they come from the same bytes.
        let before = self.block.get(offset..).unwrap_or_default();
        let (same, new) = bytes.split_at_checked(before.len()).unwrap_or((bytes, &[]));
        if !before.starts_with(same) {
            return Err(Error::wrong_detail(None, "data over the fields before it"));
        }
        self.block.extend_from_slice(new);
        Ok(())
    }

    fn has_more(&self, wanted: bool) -> bool {
        wanted
    }
}
