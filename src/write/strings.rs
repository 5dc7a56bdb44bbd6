//! Strings of the log that is written: each once, numbered when the log is complete.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{Order, table};
use crate::error::Result;
use crate::index::TableString;
use crate::redact::Redactor;

/// All strings that anything may refer to. The numbers that it gives are its own, not those of the file.
#[derive(Debug)]
pub(super) struct Strings {
    strings: Vec<Arc<[u16]>>,
    numbers: HashMap<Arc<[u16]>, u32>,
    scratch: Vec<u16>,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Self { strings: Vec::new(), numbers: HashMap::new(), scratch: Vec::new() };
        strings.intern([]);
        strings
    }
}

impl Strings {
    pub(super) fn intern(&mut self, units: impl IntoIterator<Item = u16>) -> u32 {
        self.scratch.clear();
        self.scratch.extend(units);
        if let Some(&number) = self.numbers.get(self.scratch.as_slice()) {
            return number;
        }
        let string: Arc<[u16]> = self.scratch.as_slice().into();
        // As many strings as a number counts do not fit in memory.
        let number = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
        self.strings.push(Arc::clone(&string));
        self.numbers.insert(string, number);
        number
    }

    /// Interns a string of another log.
    pub(super) fn carry(&mut self, string: TableString<'_>) -> u32 {
        if string.text().is_ascii() && string.invalid_units().is_none() {
            return self.intern(string.text().bytes().map(u16::from));
        }
        self.intern(string.units())
    }

    /// Makes room for so many more strings.
    pub(super) fn reserve(&mut self, count: usize) {
        self.strings.reserve(count);
        self.numbers.reserve(count);
    }

    pub(super) fn is_ignoring_case(&self, number: u32, ascii: &str) -> bool {
        let text = self.strings.get(number as usize).map_or(String::new(), |units| String::from_utf16_lossy(units));
        text.eq_ignore_ascii_case(ascii)
    }

    fn units(&self, number: u32) -> &[u16] {
        self.strings.get(number as usize).map_or(&[], |string| string)
    }
}

/// The numbers of the file, in the order in which strings are first named.
#[derive(Debug)]
pub(super) struct Numbering<'s> {
    strings: &'s Strings,
    order: Order,
}

impl<'s> Numbering<'s> {
    /// The empty string is number 0, whether or not anything refers to it.
    pub(super) fn new(strings: &'s Strings) -> Self {
        Self { strings, order: Order::new() }
    }

    /// Puts the number of the file in place of that of the pool.
    pub(super) fn apply(&mut self, number: &mut u32) {
        *number = self.order.number(*number);
    }

    /// The strings table.
    pub(super) fn table(&self, redactor: Option<&Redactor>) -> Result<Vec<u8>> {
        table("strings", self.order.pooled().iter().map(|&number| self.strings.units(number)), |units, out| {
            let redacted = redactor.and_then(|redactor| redactor.units(units));
            let units = redacted.as_deref().unwrap_or(units);
            out.extend_from_slice(&size(units).to_le_bytes());
            terminated(units.iter().copied(), out);
        })
    }
}

/// The size that the table states; the table as a whole is checked to fit in 32 bits.
fn size(units: &[u16]) -> u32 {
    let units = if units.is_empty() { 0 } else { units.len() + 1 };
    u32::try_from(2 * units).unwrap_or(u32::MAX)
}

/// Appends a string and its NUL; an empty one is no bytes at all.
pub(super) fn terminated(units: impl IntoIterator<Item = u16>, out: &mut Vec<u8>) {
    let start = out.len();
    for unit in units {
        out.extend_from_slice(&unit.to_le_bytes());
    }
    if out.len() > start {
        out.extend_from_slice(&[0, 0]);
    }
}
