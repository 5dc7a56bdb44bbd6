//! The strings of a log that is being written: interned, and numbered when the log is complete.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{Order, table};
use crate::error::Result;
use crate::index::{TableString, is_system_path};
use crate::redact::Redactor;

/// The pool of strings. Its numbers are internal and not those of the file, because strings that no record of the file
/// refers to are left out.
#[derive(Debug)]
pub(super) struct Strings {
    strings: Vec<Arc<[u16]>>,
    numbers: HashMap<Arc<[u16]>, u32>,
    scratch: Vec<u16>,
    /// True if strings end at their first NUL.
    ends_at_nul: bool,
}

impl Strings {
    /// Creates a pool that has only the empty string. If `like_procmon` is true, strings end at their first NUL.
    pub(super) fn new(like_procmon: bool) -> Self {
        let (strings, numbers, scratch) = (Vec::new(), HashMap::new(), Vec::new());
        let mut strings = Self { strings, numbers, scratch, ends_at_nul: like_procmon };
        strings.intern([]);
        strings
    }

    /// Returns the number of a string in the pool, to which it is added if necessary.
    pub(super) fn intern(&mut self, units: impl IntoIterator<Item = u16>) -> u32 {
        self.scratch.clear();
        let ends_at_nul = self.ends_at_nul;
        self.scratch.extend(units.into_iter().take_while(|&unit| unit != 0 || !ends_at_nul));
        if let Some(&number) = self.numbers.get(self.scratch.as_slice()) {
            return number;
        }
        let string: Arc<[u16]> = self.scratch.as_slice().into();
        // 2^32 different strings do not fit in memory.
        let number = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
        self.strings.push(Arc::clone(&string));
        self.numbers.insert(string, number);
        number
    }

    /// Interns a string from another log.
    pub(super) fn import(&mut self, string: TableString<'_>) -> u32 {
        // A fast path: nearly all strings are ASCII, whose bytes are their code units.
        if string.text().is_ascii() && string.invalid_units().is_none() {
            return self.intern(string.text().bytes().map(u16::from));
        }
        self.intern(string.units())
    }

    /// Reserves memory for `count` more strings.
    pub(super) fn reserve(&mut self, count: usize) {
        self.strings.reserve(count);
        self.numbers.reserve(count);
    }

    /// Returns true if a string is the image path of the System process.
    pub(super) fn is_system_path(&self, number: u32) -> bool {
        self.strings.get(number as usize).is_some_and(|units| is_system_path(&String::from_utf16_lossy(units)))
    }

    fn units(&self, number: u32) -> &[u16] {
        self.strings.get(number as usize).map_or(&[], |string| string)
    }
}

/// The numbering of strings in the file: by first reference, as in Procmon (docs/PML-FORMAT.md, "Numbering of strings
/// and icons").
#[derive(Debug)]
pub(super) struct Numbering<'s> {
    strings: &'s Strings,
    order: Order,
}

impl<'s> Numbering<'s> {
    /// Creates a numbering in which the empty string is number 0.
    pub(super) fn new(strings: &'s Strings) -> Self {
        Self { strings, order: Order::new() }
    }

    /// Replaces a number of the pool with the number in the file.
    pub(super) fn apply(&mut self, number: &mut u32) {
        *number = self.order.number(*number);
    }

    /// Encodes the strings table.
    pub(super) fn table(&self, redactor: Option<&Redactor>) -> Result<Vec<u8>> {
        table("strings", self.order.pooled().iter().map(|&number| self.strings.units(number)), |units, out| {
            let redacted = redactor.and_then(|redactor| redactor.units(units));
            let units = redacted.as_deref().unwrap_or(units);
            out.extend_from_slice(&size(units).to_le_bytes());
            terminated(units.iter().copied(), out);
            Ok(())
        })
    }
}

/// Returns the size field of a string: its length in bytes with the final NUL; 0 for the empty string. `table` checks
/// that the whole table, and so each size, fits in 32 bits.
fn size(units: &[u16]) -> u32 {
    let units = if units.is_empty() { 0 } else { units.len() + 1 };
    u32::try_from(2 * units).unwrap_or(u32::MAX)
}

/// Appends a string and its final NUL. Appends nothing for the empty string.
pub(super) fn terminated(units: impl IntoIterator<Item = u16>, out: &mut Vec<u8>) {
    let start = out.len();
    for unit in units {
        out.extend_from_slice(&unit.to_le_bytes());
    }
    if out.len() > start {
        out.extend_from_slice(&[0, 0]);
    }
}
