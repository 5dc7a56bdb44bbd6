//! The sinks through which all text passes: a cell with Procmon's limits, and the items of a detail.

use std::fmt;

use super::{Compat, Style, exact};
use crate::index::TableString;
use crate::wire::{PmlStr, Utf8Chunks};

/// A cell. Under a Procmon's limits it ends at the first NUL or after a number of UTF-16 units; what comes later is
/// dropped without an error.
pub(super) struct Cell<'w, W: ?Sized> {
    out: &'w mut W,
    /// UTF-16 units that still fit.
    left: usize,
    style: &'w Style,
    /// Whether halves of characters, unpaired surrogates, are kept: see [`exact`].
    keeps_halves: bool,
}

impl<'w, W: fmt::Write + ?Sized> Cell<'w, W> {
    #[inline]
    pub(super) fn new(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: style.compat.max_units(), style, keeps_halves: false }
    }

    /// A cell without a limit of length.
    pub(super) fn whole(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: usize::MAX, style, keeps_halves: false }
    }

    /// A cell without a limit of length that keeps unpaired surrogates.
    pub(super) fn exact(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: usize::MAX, style, keeps_halves: true }
    }

    /// Writes ASCII text without NUL, as all words of Procmon are.
    #[inline]
    pub(super) fn literal(&mut self, text: &str) -> fmt::Result {
        debug_assert!(text.is_ascii() && !text.contains('\0'));
        let text = if text.len() <= self.left { text } else { text.get(..self.left).unwrap_or_default() };
        self.left -= text.len();
        self.out.write_str(text)
    }

    /// Writes a string of an event.
    #[inline]
    pub(super) fn string(&mut self, string: PmlStr<'_>) -> fmt::Result {
        match string.as_plain_str() {
            Some(text) => self.literal(text),
            None => self.any_string(string),
        }
    }

    fn any_string(&mut self, string: PmlStr<'_>) -> fmt::Result {
        let string = if !self.style.is_procmon() {
            string.trim_end_nul()
        } else if string.is_utf16() && string.units().next_back() == Some(0) {
            // Procmon takes a UTF-16 string that ends with a NUL for one that its first NUL ends.
            string.until_nul()
        } else {
            string
        };
        if (self.keeps_halves || self.style.half.is_some()) && string.has_surrogates() {
            return match self.style.half {
                Some(half) if !self.keeps_halves => self.units(string.units(), half),
                _ => self.exact_units(string.units()),
            };
        }
        let mut chunks = Utf8Chunks::new(string);
        while let Some(text) = chunks.next_chunk() {
            self.table_string(text)?;
        }
        Ok(())
    }

    /// Writes text with `half` in place of each unpaired surrogate.
    fn units(&mut self, units: impl Iterator<Item = u16>, half: &str) -> fmt::Result {
        char::decode_utf16(units).try_for_each(|unit| match unit {
            Ok(character) => self.table_string(character.encode_utf8(&mut [0; 4])),
            Err(_) => self.table_string(half),
        })
    }

    /// Writes text that may hold anything, such as a string of the strings table.
    #[inline]
    pub(super) fn table_string(&mut self, text: &str) -> fmt::Result {
        match memchr::memchr(0, text.as_bytes()) {
            None if text.len() <= self.left && text.is_ascii() => {
                self.left -= text.len();
                self.out.write_str(text)
            }
            None => self.measured(text),
            Some(_) if !self.style.is_procmon() => self.visible_nuls(text),
            Some(nul) => {
                let written = self.measured(text.get(..nul).unwrap_or_default());
                self.left = 0;
                written
            }
        }
    }

    /// Writes a string of the strings table.
    pub(super) fn string_of_table(&mut self, string: Option<TableString<'_>>) -> fmt::Result {
        string.map_or(Ok(()), |string| self.named_string(string.text(), string.invalid_units()))
    }

    /// Writes a string of a table, of which `units` are the code units if it is no valid text.
    pub(super) fn named_string(&mut self, text: &str, units: Option<&[u16]>) -> fmt::Result {
        match (units, self.style.half) {
            (Some(units), _) if self.keeps_halves => self.exact_units(units.iter().copied()),
            (Some(units), Some(half)) => self.units(units.iter().copied(), half),
            _ => self.table_string(text),
        }
    }

    fn exact_units(&mut self, units: impl Iterator<Item = u16>) -> fmt::Result {
        if self.left == 0 {
            return Ok(());
        }
        if !self.style.is_procmon() {
            return exact::write_units(self.out, units.map(|unit| if unit == 0 { 0x2400 } else { unit }));
        }
        let left = &mut self.left;
        exact::write_units(
            self.out,
            units.inspect(|&unit| *left *= usize::from(unit != 0)).take_while(|&unit| unit != 0),
        )
    }

    fn visible_nuls(&mut self, text: &str) -> fmt::Result {
        for (i, part) in text.split('\0').enumerate() {
            if i > 0 {
                self.out.write_str("\u{2400}")?;
            }
            self.out.write_str(part)?;
        }
        Ok(())
    }

    /// Writes text without NUL, as much as fits. A pair of surrogates of which only the first fits becomes U+FFFD.
    fn measured(&mut self, text: &str) -> fmt::Result {
        if self.keeps_halves {
            return if self.left == 0 { Ok(()) } else { exact::write_str(self.out, text) };
        }
        let units = utf16_len(text);
        if units > self.left {
            return self.cut(text);
        }
        self.left -= units;
        self.out.write_str(text)
    }

    /// Writes as much of a text as fits.
    #[cold]
    fn cut(&mut self, text: &str) -> fmt::Result {
        for (at, character) in text.char_indices() {
            let units = character.len_utf16();
            if units > self.left {
                let half = self.left == 1;
                self.left = 0;
                self.out.write_str(text.get(..at).unwrap_or_default())?;
                return if half { self.out.write_str(self.style.half.unwrap_or("\u{FFFD}")) } else { Ok(()) };
            }
            self.left -= units;
        }
        self.out.write_str(text)
    }
}

/// Number of UTF-16 units: one for each first byte of a character, and one more for those of four bytes.
fn utf16_len(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

impl<W: fmt::Write + ?Sized> fmt::Write for Cell<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.table_string(text)
    }
}

/// The items of a detail, `name: value`, as many as a Procmon prints.
pub(super) struct Items<'c, 'w, W: ?Sized> {
    cell: &'c mut Cell<'w, W>,
    written: usize,
    max: usize,
}

impl<'c, 'w, W: fmt::Write + ?Sized> Items<'c, 'w, W> {
    pub(super) fn new(cell: &'c mut Cell<'w, W>, compat: Compat) -> Self {
        Self { cell, written: 0, max: compat.max_items() }
    }

    /// Whether this Procmon prints no further item.
    pub(super) fn is_full(&self) -> bool {
        self.written >= self.max
    }

    /// Number of items written: the place of the next one.
    pub(super) fn count(&self) -> usize {
        self.written
    }

    /// Starts an item. `label` is its name with colon and blank. `None` if this Procmon prints no more.
    #[inline]
    fn start(&mut self, label: &str) -> Result<Option<&mut Cell<'w, W>>, fmt::Error> {
        if self.is_full() {
            return Ok(None);
        }
        if self.written > 0 {
            self.cell.literal(", ")?;
        }
        self.written += 1;
        self.cell.literal(label)?;
        Ok(Some(self.cell))
    }

    /// Writes an item: `label` is its name with colon and blank, `value` writes the rest.
    #[inline]
    pub(super) fn item(&mut self, label: &str, value: impl FnOnce(&mut Cell<'w, W>) -> fmt::Result) -> fmt::Result {
        match self.start(label)? {
            Some(cell) => value(cell),
            None => Ok(()),
        }
    }

    /// Writes an item whose value is one of Procmon's words.
    #[inline]
    pub(super) fn word(&mut self, label: &str, word: &str) -> fmt::Result {
        self.item(label, |cell| cell.literal(word))
    }

    /// Writes an item if the log has its value.
    #[inline]
    pub(super) fn maybe<T>(
        &mut self,
        label: &str,
        value: Option<T>,
        write: impl FnOnce(&mut Cell<'w, W>, T) -> fmt::Result,
    ) -> fmt::Result {
        match value {
            Some(value) => self.item(label, |cell| write(cell, value)),
            None => Ok(()),
        }
    }

    /// Writes an item that is labelled with its place; `write` is given the place.
    pub(super) fn numbered(&mut self, write: impl FnOnce(&mut Cell<'w, W>, usize) -> fmt::Result) -> fmt::Result {
        let place = self.written;
        self.item("", |cell| write(cell, place))
    }

    /// Writes an item whose name stands in the log.
    pub(super) fn named(&mut self, name: PmlStr<'_>, value: PmlStr<'_>) -> fmt::Result {
        match self.start("")? {
            Some(cell) => {
                cell.string(name)?;
                cell.literal(": ")?;
                cell.string(value)
            }
            None => Ok(()),
        }
    }
}
