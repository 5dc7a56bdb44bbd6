//! The form that the tables of strings and icons share.

use crate::error::{Error, Result};
pub(super) use crate::wire::put;

/// The numbers that the file has for entries of a pool: those of the order in which they are first named. Number 0 is
/// entry 0, whether or not anything names it.
#[derive(Debug)]
pub(super) struct Order {
    /// By the number in the pool.
    numbers: Vec<Option<u32>>,
    pooled: Vec<u32>,
}

impl Order {
    pub(super) fn new() -> Self {
        Self { numbers: vec![Some(0)], pooled: vec![0] }
    }

    /// The number of an entry of the pool.
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
            None => 0, // not reached: there is room for it
        }
    }

    /// The entries in the order of the file.
    pub(super) fn pooled(&self) -> &[u32] {
        &self.pooled
    }
}

/// A count, the offset of each entry from the start of the table, the entries.
pub(super) fn table<T>(
    what: &'static str,
    entries: impl ExactSizeIterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>),
) -> Result<Vec<u8>> {
    let count = entries.len();
    let mut table = number(what, count)?.to_le_bytes().to_vec();
    table.resize(4 + 4 * count, 0);
    for (place, entry) in entries.enumerate() {
        let offset = number(what, table.len())?;
        put(&mut table, 4 + 4 * place, offset);
        write(entry, &mut table);
    }
    number(what, table.len())?;
    Ok(table)
}

/// A count or an offset, which a table holds in 32 bits.
pub(super) fn number(what: &'static str, value: usize) -> Result<u32> {
    u32::try_from(value).map_err(|_| Error::too_large(what, value as u64, u32::MAX.into()))
}
