//! The common layout of the strings table and the icon table.

use std::io;

use binrw::BinWrite;
use binrw::io::NoSeek;

use crate::error::{Error, Result};
pub(super) use crate::wire::put;

/// Numbers the entries of a pool in the order of their first reference. Entry 0 always has number 0.
#[derive(Debug)]
pub(super) struct Order {
    /// The number in the file, by number in the pool.
    numbers: Vec<Option<u32>>,
    /// The number in the pool, by number in the file.
    pooled: Vec<u32>,
}

impl Order {
    pub(super) fn new() -> Self {
        Self { numbers: vec![Some(0)], pooled: vec![0] }
    }

    /// Returns the number of an entry in the file. The first call for an entry assigns it.
    pub(super) fn number(&mut self, pooled: u32) -> u32 {
        if self.numbers.len() <= pooled as usize {
            self.numbers.resize(pooled as usize + 1, None);
        }
        let next = u32::try_from(self.pooled.len()).unwrap_or(u32::MAX);
        match self.numbers.get_mut(pooled as usize) {
            Some(number) => *number.get_or_insert_with(|| {
                self.pooled.push(pooled);
                next
            }),
            None => 0, // unreachable: `numbers` was extended above
        }
    }

    /// Returns the numbers in the pool, in the order of the file.
    pub(super) fn pooled(&self) -> &[u32] {
        &self.pooled
    }
}

/// Encodes a table: the number of entries, the offset of each from the start of the table, and the entries.
pub(super) fn table<T>(
    what: &'static str,
    entries: impl ExactSizeIterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>) -> Result<()>,
) -> Result<Vec<u8>> {
    let count = entries.len();
    let mut table = number(what, count)?.to_le_bytes().to_vec();
    table.resize(4 + 4 * count, 0);
    for (place, entry) in entries.enumerate() {
        let offset = number(what, table.len())?;
        put(&mut table, 4 + 4 * place, offset);
        write(entry, &mut table)?;
    }
    number(what, table.len())?;
    Ok(table)
}

/// Appends the head of an entry.
pub(super) fn append<R>(table: &mut Vec<u8>, head: R) -> Result<()>
where
    R: for<'a> BinWrite<Args<'a> = ()>,
{
    Ok(head.write_le(&mut NoSeek::new(table)).map_err(io::Error::other)?)
}

/// Converts a count or an offset to 32 bits, its width in a table. Fails if it is larger.
pub(super) fn number(what: &'static str, value: usize) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::too_large(what, value as u64, u32::MAX.into()))
}
