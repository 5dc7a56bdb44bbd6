//! Writers of all text: a cell with Procmon's limits, and the items of the Detail column.

use std::fmt;

use super::locale::Locale;
use super::{Compat, Style, exact};
use crate::index::TableString;
use crate::wire::{PmlStr, Utf8Chunks};

/// Writes a cell. In the style of a Procmon version, it ends at its first NUL or after 4,095 UTF-16 units; text after
/// that is dropped without an error.
pub(super) struct Cell<'w, W: ?Sized> {
    out: &'w mut W,
    /// The number of UTF-16 units that still fit.
    left: usize,
    style: &'w Style,
    /// True if unpaired surrogates are kept, encoded by [`exact`].
    keeps_surrogates: bool,
}

impl<'w, W: fmt::Write + ?Sized> Cell<'w, W> {
    #[inline]
    pub(super) fn new(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: style.compat.max_units(), style, keeps_surrogates: false }
    }

    /// Creates a cell of unlimited length.
    pub(super) fn whole(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: usize::MAX, style, keeps_surrogates: false }
    }

    /// Creates a cell of unlimited length that keeps unpaired surrogates.
    pub(super) fn exact(out: &'w mut W, style: &'w Style) -> Self {
        Self { out, left: usize::MAX, style, keeps_surrogates: true }
    }

    /// Writes ASCII text without NUL, such as all of Procmon's labels and names.
    #[inline]
    pub(super) fn literal(&mut self, text: &str) -> fmt::Result {
        debug_assert!(text.is_ascii() && !text.contains('\0'));
        let text = if text.len() <= self.left { text } else { text.get(..self.left).unwrap_or_default() };
        self.left -= text.len();
        self.out.write_str(text)
    }

    /// Returns the locale of the text.
    #[inline]
    pub(super) fn locale(&self) -> &'w Locale {
        &self.style.locale
    }

    /// Writes text that was formatted for the locale.
    #[inline]
    pub(super) fn local_text(&mut self, text: &str) -> fmt::Result {
        if self.style.locale.is_default() || text.is_ascii() { self.literal(text) } else { self.measured(text) }
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
            // Procmon cuts a UTF-16 string whose last unit is NUL at its own first NUL, and then prints the items after
            // it. Other strings with a NUL end the cell (docs/PML-FORMAT.md, "Odd cases of text").
            string.until_nul()
        } else {
            string
        };
        if (self.keeps_surrogates || self.style.surrogate_replacement.is_some()) && string.has_surrogates() {
            return match self.style.surrogate_replacement {
                Some(replacement) => self.units(string.units(), replacement),
                None => self.exact_units(string.units()),
            };
        }
        let mut chunks = Utf8Chunks::new(string);
        while let Some(text) = chunks.next_chunk() {
            self.table_string(text)?;
        }
        Ok(())
    }

    /// Writes text with `replacement` for each unpaired surrogate.
    fn units(&mut self, units: impl Iterator<Item = u16>, replacement: &str) -> fmt::Result {
        char::decode_utf16(units).try_for_each(|unit| match unit {
            Ok(character) => self.table_string(character.encode_utf8(&mut [0; 4])),
            Err(_) => self.table_string(replacement),
        })
    }

    /// Writes text that may contain any character, such as a string of the strings table.
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
        match string {
            Some(string) if string.is_plain() => self.literal(string.text()),
            Some(string) => self.named_string(string.text(), string.invalid_units()),
            None => Ok(()),
        }
    }

    /// Writes a string of a table; `units` are its code units if it has unpaired surrogates.
    pub(super) fn named_string(&mut self, text: &str, units: Option<&[u16]>) -> fmt::Result {
        match (units, self.style.surrogate_replacement) {
            (Some(units), _) if self.keeps_surrogates => self.exact_units(units.iter().copied()),
            (Some(units), Some(replacement)) => self.units(units.iter().copied(), replacement),
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

    /// Writes as much of text without NUL as fits. If only the first unit of a surrogate pair fits, it is replaced like
    /// an unpaired surrogate.
    fn measured(&mut self, text: &str) -> fmt::Result {
        if self.keeps_surrogates {
            return if self.left == 0 { Ok(()) } else { exact::write_str(self.out, text) };
        }
        let units = utf16_len(text);
        if units > self.left {
            return self.cut(text);
        }
        self.left -= units;
        self.out.write_str(text)
    }

    /// Writes as much of `text` as fits.
    #[cold]
    fn cut(&mut self, text: &str) -> fmt::Result {
        for (at, character) in text.char_indices() {
            let units = character.len_utf16();
            if units > self.left {
                let splits_pair = self.left == 1;
                self.left = 0;
                self.out.write_str(text.get(..at).unwrap_or_default())?;
                let replacement = self.style.surrogate_replacement.unwrap_or("\u{FFFD}");
                return if splits_pair { self.out.write_str(replacement) } else { Ok(()) };
            }
            self.left -= units;
        }
        self.out.write_str(text)
    }
}

/// Returns the number of UTF-16 units: one for the first byte of each character, and one more for a character of four
/// bytes.
fn utf16_len(text: &str) -> usize {
    text.bytes().map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0)).sum()
}

impl<W: fmt::Write + ?Sized> fmt::Write for Cell<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.table_string(text)
    }
}

/// Writes the items of the Detail column, `name: value`, up to the limit of a Procmon version.
pub(super) struct Items<'c, 'w, W: ?Sized> {
    cell: &'c mut Cell<'w, W>,
    written: usize,
    max: usize,
}

impl<'c, 'w, W: fmt::Write + ?Sized> Items<'c, 'w, W> {
    pub(super) fn new(cell: &'c mut Cell<'w, W>, compat: Compat) -> Self {
        Self { cell, written: 0, max: compat.max_items() }
    }

    /// Returns true if the limit is reached and no further item is printed.
    pub(super) fn is_full(&self) -> bool {
        self.written >= self.max
    }

    /// Returns the number of items written so far.
    pub(super) fn count(&self) -> usize {
        self.written
    }

    /// Starts an item, where `label` is its name with a colon and a blank. Returns `None` if the limit is reached.
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

    /// Writes an item, where `label` is its name with a colon and a blank, and `value` writes the rest.
    #[inline]
    pub(super) fn item(&mut self, label: &str, value: impl FnOnce(&mut Cell<'w, W>) -> fmt::Result) -> fmt::Result {
        match self.start(label)? {
            Some(cell) => value(cell),
            None => Ok(()),
        }
    }

    /// Writes an item whose value is ASCII text, such as a name.
    #[inline]
    pub(super) fn word(&mut self, label: &str, word: &str) -> fmt::Result {
        self.item(label, |cell| cell.literal(word))
    }

    /// Writes an item if it has a value.
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

    /// Writes an item that is labelled with its position among all items, which `write` receives.
    pub(super) fn numbered(&mut self, write: impl FnOnce(&mut Cell<'w, W>, usize) -> fmt::Result) -> fmt::Result {
        let place = self.written;
        self.item("", |cell| write(cell, place))
    }

    /// Writes an item whose name is stored in the log.
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
