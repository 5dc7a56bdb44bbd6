//! Reading bytes at offsets of a file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};

use crate::error::Result;
use crate::index::table::Source;

/// Appends `len` bytes at an offset of a file to a buffer.
pub(super) fn read_at<R: Read + Seek>(reader: &mut R, at: u64, len: usize, buffer: &mut Vec<u8>) -> Result<()> {
    let end = buffer.len() + len;
    buffer.reserve_exact(len);
    reader.seek(SeekFrom::Start(at))?;
    reader.take(len as u64).read_to_end(buffer)?;
    if buffer.len() < end { Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()) } else { Ok(()) }
}

/// A file whose tables are read by seeking, a block at a time: their parts are small and lie side by side.
#[derive(Debug)]
pub(super) struct Seeking<'a, R> {
    block: RefCell<Block<'a, R>>,
    size: u64,
}

#[derive(Debug)]
struct Block<'a, R> {
    reader: &'a mut R,
    bytes: Vec<u8>,
    offset: u64,
}

/// Size of a block in bytes.
const BLOCK: usize = 1 << 16;

impl<'a, R: Read + Seek> Seeking<'a, R> {
    pub(super) fn new(reader: &'a mut R) -> Result<Self> {
        let size = reader.seek(SeekFrom::End(0))?;
        Ok(Self { block: RefCell::new(Block { reader, bytes: Vec::new(), offset: 0 }), size })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

impl<R: Read + Seek> Source for Seeking<'_, R> {
    fn len(&self) -> u64 {
        self.size
    }

    fn bytes(&self, at: u64, len: usize) -> Result<Cow<'_, [u8]>> {
        let block = &mut *self.block.borrow_mut();
        if len > BLOCK / 2 {
            let mut bytes = Vec::new();
            read_at(block.reader, at, len, &mut bytes)?;
            return Ok(Cow::Owned(bytes));
        }
        if block.part(at, len).is_none() {
            block.bytes.clear();
            block.offset = at;
            let there = usize::try_from(self.size - at).unwrap_or(usize::MAX).min(BLOCK);
            read_at(block.reader, at, there, &mut block.bytes)?;
        }
        Ok(Cow::Owned(block.part(at, len).unwrap_or_default().to_owned()))
    }
}

impl<R> Block<'_, R> {
    fn part(&self, at: u64, len: usize) -> Option<&[u8]> {
        let start = usize::try_from(at.checked_sub(self.offset)?).ok()?;
        self.bytes.get(start..)?.get(..len)
    }
}
