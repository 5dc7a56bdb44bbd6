//! The record of an option.
//!
//! ```text
//! u32 size, u32 name_offset, u32 value_offset, u32 value_size | name, UTF-16LE with a NUL | value
//! ```
//!
//! Offsets count from the start of the record. Procmon reads the name at `name_offset`, up to its NUL, and the value at
//! `value_offset`. The next record is `size` bytes after the start of this one. Files that Procmon writes have no gaps.

use std::fmt;
use std::ops::Range;

use binrw::{BinRead, BinWrite, binrw};

use super::Key;
use crate::error::{Error, Result};
use crate::wire::PmlStr;
use crate::wire::cursor::Cursor;

/// The head of the record of an option.
#[binrw]
#[brw(little)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OptionHead {
    /// The size of the record in bytes; 0 ends the list.
    size: u32,
    name_offset: u32,
    value_offset: u32,
    value_size: u32,
}

impl OptionHead {
    const SIZE: usize = 16;

    fn read(bytes: &[u8]) -> Option<Self> {
        Self::read_le(&mut std::io::Cursor::new(bytes)).ok()
    }

    /// Returns the first invalid field of the head, if any: its name, its offset in the head, its value, and the
    /// expected value.
    fn invalid_field(&self) -> Option<(&'static str, u64, u32, &'static str)> {
        let head = u32::try_from(Self::SIZE).unwrap_or(0);
        if self.name_offset < head {
            return Some(("option.name_offset", 4, self.name_offset, "an offset after the head"));
        }
        if self.value_offset < self.name_offset {
            return Some(("option.value_offset", 8, self.value_offset, "an offset after the name"));
        }
        match self.value_offset.checked_add(self.value_size) {
            None => Some(("option.value_size", 12, self.value_size, "a size within the record")),
            Some(end) if end > self.size => {
                Some(("option.size", 0, self.size, "a record with room for the name and the value"))
            }
            Some(_) => None,
        }
    }
}

/// An option of a configuration: its name and the bytes of its value.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredOption {
    /// The whole record.
    bytes: Vec<u8>,
    name: String,
    key: Option<Key>,
    value: Range<usize>,
}

impl StoredOption {
    /// Reads the record at the start of `rest`; `None` at the end of the list. `offset` is the offset of the record in
    /// the file, and `previous` is the name of the option before it; both are for messages.
    pub(super) fn read(rest: &[u8], offset: u64, previous: Option<&str>) -> Result<Option<Self>> {
        let unnamed = |error: Error| match previous {
            Some(previous) => error.in_option(&format!("after {previous}")),
            None => error.in_option("at the start"),
        };
        if rest.is_empty() && previous.is_some() {
            return Ok(None);
        }
        let mut cursor = Cursor::new(rest, offset);
        if Cursor::new(rest, offset).read::<u32>("option.size").map_err(unnamed)? == 0 && previous.is_some() {
            return Ok(None);
        }
        let Some(head) = OptionHead::read(cursor.bytes(OptionHead::SIZE, "option.head").map_err(unnamed)?) else {
            return Ok(None);
        };
        if let Some((field, at, value, expected)) = head.invalid_field() {
            return Err(unnamed(Error::bad_value(offset + at, field, value.into(), expected)));
        }
        let [name, value, end] =
            [head.name_offset, head.value_offset, head.value_offset + head.value_size].map(|at| at as usize);
        cursor.skip(name - OptionHead::SIZE);
        let (name, key) = read_name(cursor.bytes(value - name, "option.name").map_err(unnamed)?);
        let named = |error: Error| error.in_option(&name);
        cursor.bytes(end - value, "option.value").map_err(named)?;
        let bytes = Cursor::new(rest, offset).bytes(head.size as usize, "option.padding").map_err(named)?.to_vec();
        Ok(Some(Self { bytes, name, key, value: value..end }))
    }

    /// Creates an option as Procmon would write it.
    pub(super) fn new(name: &str, value: &[u8]) -> Self {
        let name_bytes = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
        let mut bytes = vec![0; OptionHead::SIZE];
        bytes.extend(name_bytes);
        let start = bytes.len();
        bytes.extend_from_slice(value);
        let (name, key) = read_name(bytes.get(OptionHead::SIZE..start).unwrap_or_default());
        let mut option = Self { value: start..bytes.len(), bytes, name, key };
        let name_offset = u32::try_from(OptionHead::SIZE).unwrap_or(0);
        option.write_head(name_offset);
        option
    }

    /// Replaces the value, and updates the sizes in the head.
    pub(super) fn set_value(&mut self, value: &[u8]) {
        let Some(head) = OptionHead::read(&self.bytes) else { return };
        self.bytes.splice(self.value.clone(), value.iter().copied());
        self.value.end = self.value.start + value.len();
        self.write_head(head.name_offset);
    }

    fn write_head(&mut self, name_offset: u32) {
        // The file cannot store sizes of more than 32 bits. Procmon could not load such a value.
        let [size, value_offset, value_size] =
            [self.bytes.len(), self.value.start, self.value.len()].map(|size| u32::try_from(size).unwrap_or(u32::MAX));
        let head = OptionHead { size, name_offset, value_offset, value_size };
        // The record has room for the head, so writing does not fail.
        let _ = head.write_le(&mut std::io::Cursor::new(&mut self.bytes));
    }

    /// Returns the name up to its NUL, or an empty string if it has no NUL: Procmon then does not find the option.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the key of the option; `None` if Procmon does not know it.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        self.key
    }

    /// Returns the bytes of the value.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        self.bytes.get(self.value.clone()).unwrap_or_default()
    }

    /// Returns the bytes of the whole record.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the offset of the value from the start of the record.
    pub(super) fn value_offset(&self) -> usize {
        self.value.start
    }
}

fn read_name(bytes: &[u8]) -> (String, Option<Key>) {
    let name = PmlStr::utf16(bytes);
    match name.nul_position() {
        Some(end) => {
            let name = name.prefix(end).to_string();
            let key = name.parse().ok();
            (name, key)
        }
        None => (String::new(), None),
    }
}

impl fmt::Debug for StoredOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:02x?}", self.name, self.value())
    }
}
