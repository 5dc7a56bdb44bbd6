//! The form that the tables of strings and icons share.

use crate::{Error, Result};

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

/// Replaces four bytes.
pub(super) fn put(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(field) = bytes.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *field = value.to_le_bytes();
    }
}
