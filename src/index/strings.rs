//! The strings table, decoded once. Processes and modules refer to its strings by number.

use std::collections::{BTreeMap, HashMap};

use super::table::Table;
use super::warnings::Warnings;
use crate::error::Result;
use crate::index::WarningKind;
use crate::wire::PmlStr;

/// A string of the strings table.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let empty = log.index().string(0).unwrap();
/// assert_eq!(empty.text(), "");
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableString<'a> {
    text: &'a str,
    units: Option<&'a [u16]>,
    is_plain: bool,
}

impl<'a> TableString<'a> {
    /// Returns the text without the NULs at its end: one in most logs, two in some logs of Windows XP. Embedded NULs
    /// are kept; unpaired surrogates become U+FFFD.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Returns true if the string is valid UTF-16, so that [`text`](Self::text) is lossless.
    #[must_use]
    pub fn is_valid(self) -> bool {
        self.units.is_none()
    }

    /// Returns true if the text is ASCII without NUL.
    #[inline]
    pub(crate) fn is_plain(self) -> bool {
        self.is_plain
    }

    /// Returns the code units; `None` if they are valid UTF-16.
    pub(crate) fn invalid_units(self) -> Option<&'a [u16]> {
        self.units
    }

    /// Returns the UTF-16 code units as stored, including unpaired surrogates, without the NULs at the end.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        let (valid, raw) = match self.units {
            Some(units) => ("", units),
            None => (self.text, [].as_slice()),
        };
        valid.encode_utf16().chain(raw.iter().copied())
    }
}

/// The place of a string in the text of all strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
    kind: Kind,
}

/// The characters of a string, determined once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// ASCII without NUL.
    Plain,
    /// Valid UTF-16.
    Unicode,
    /// Not valid UTF-16: the code units are kept.
    Invalid,
}

impl Span {
    const EMPTY: Self = Self { start: 0, end: 0, kind: Kind::Plain };
    /// The span of a string that could not be read.
    const LOST: Self = Self { start: u32::MAX, end: u32::MAX, kind: Kind::Plain };

    /// Returns the span of the text of `all` from `start` to the end, as valid UTF-16. Offsets that do not fit give no
    /// valid span.
    fn of(all: &str, start: usize) -> Self {
        let text = all.as_bytes().get(start..).unwrap_or_default();
        let kind = if text.is_ascii() && !text.contains(&0) { Kind::Plain } else { Kind::Unicode };
        let [start, end] = [start, all.len()].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        Self { start, end, kind }
    }
}

/// All strings, as UTF-8 in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Strings {
    text: String,
    /// The place of each string in `text`.
    spans: Vec<Span>,
    /// The code units of the strings that are not valid UTF-16, by the start of their text.
    invalid: BTreeMap<u32, Box<[u16]>>,
}

impl Strings {
    pub(crate) fn parse(table: Table<'_>, warnings: &mut Warnings) -> Result<Self> {
        let entries = table.offsets("strings.count", "strings.offset")?;
        let mut strings = Self { spans: Vec::with_capacity(entries.len()), ..Self::default() };
        // Ascending offsets, as Procmon writes them, have no duplicates.
        let may_repeat = !entries.is_sorted_by(|offset, next| offset < next);
        let mut spans_by_offset = HashMap::new();
        // Procmon never writes strings that overlap. Without this limit, a small file with overlapping strings could
        // use a lot of memory.
        let mut budget = table.len();
        for at in entries {
            let span = match spans_by_offset.get(&at) {
                Some(&span) => span,
                None => {
                    let size = table.u32(at.into(), "strings.size")?;
                    let text = u64::from(at) + 4;
                    table.check(text, size.into(), "strings.text")?;
                    let Some(rest) = budget.checked_sub(size.into()) else {
                        warnings.add(WarningKind::OverlappingStrings, table.offset + u64::from(at), "strings.text");
                        strings.spans.push(Span::EMPTY);
                        continue;
                    };
                    budget = rest;
                    let bytes = table.bytes(text, size.into(), "strings.text")?;
                    let units = PmlStr::utf16(&bytes).trim_end_nul();
                    strings.push(units, table.offset + u64::from(at), warnings)
                }
            };
            if may_repeat {
                spans_by_offset.insert(at, span);
            }
            strings.spans.push(span);
        }
        strings.text.shrink_to_fit();
        Ok(strings)
    }

    fn push(&mut self, units: PmlStr<'_>, offset: u64, warnings: &mut Warnings) -> Span {
        let start = self.text.len();
        // Writing to a String never fails.
        let _ = units.write_to(&mut self.text);
        let mut span = Span::of(&self.text, start);
        if span.kind != Kind::Plain && char::decode_utf16(units.units()).any(|unit| unit.is_err()) {
            span.kind = Kind::Invalid;
            warnings.add(WarningKind::InvalidUtf16, offset, "strings.text");
            self.invalid.insert(span.start, units.units().collect());
        }
        span
    }

    /// Reads a damaged table whose strings, as in the tables of Procmon, are stored consecutively, without gaps.
    /// Returns the number of lost strings as well, or `None` if no string can be read.
    pub(crate) fn salvage(table: Table<'_>, warnings: &mut Warnings) -> Option<(Self, u32)> {
        let entries = table.offsets("strings.count", "strings.offset").ok()?;
        // The end of the strings read so far. A string that starts before it is invalid.
        let mut end = 4 + 4 * entries.len() as u64;
        let (mut strings, mut lost) = (Self::default(), 0);
        for (number, &at) in entries.iter().enumerate() {
            let next = entries.get(number + 1).map_or(table.len(), |&next| next.into());
            let span = strings.salvage_entry(table, u64::from(at), end..next, warnings);
            lost += u32::from(span.is_none());
            strings.spans.push(span.unwrap_or(Span::LOST));
            end = if span.is_some() { next } else { end };
        }
        (strings.spans.iter().any(|&span| span != Span::LOST)).then_some((strings, lost))
    }

    /// Reads the string at `at` if it is within `range`. A string other than the last one must fill the range.
    fn salvage_entry(
        &mut self,
        table: Table<'_>,
        at: u64,
        range: std::ops::Range<u64>,
        warnings: &mut Warnings,
    ) -> Option<Span> {
        let size = table.u32(at, "strings.size").ok()?.into();
        let end = at + 4 + size;
        if at < range.start || end > range.end || (end < range.end && range.end < table.len()) {
            return None;
        }
        let bytes = table.bytes(at + 4, size, "strings.text").ok()?;
        let units = PmlStr::utf16(&bytes).trim_end_nul();
        Some(self.push(units, table.offset + at, warnings))
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    #[inline]
    pub(crate) fn text(&self, number: u32) -> Option<&str> {
        self.text_at(*self.spans.get(number as usize)?)
    }

    #[inline]
    fn text_at(&self, span: Span) -> Option<&str> {
        self.text.get(span.start as usize..span.end as usize)
    }

    /// Returns true if a string is empty or not in the table.
    #[inline]
    pub(crate) fn is_empty(&self, number: u32) -> bool {
        self.spans.get(number as usize).is_none_or(|span| span.start == span.end)
    }

    pub(crate) fn string(&self, number: u32) -> Option<TableString<'_>> {
        let span = *self.spans.get(number as usize)?;
        let units = match span.kind {
            Kind::Invalid => self.invalid.get(&span.start).map(|units| &**units),
            Kind::Plain | Kind::Unicode => None,
        };
        Some(TableString { text: self.text_at(span)?, units, is_plain: span.kind == Kind::Plain })
    }
}

/// Adds strings to a table, each once.
#[derive(Debug)]
pub(crate) struct Interner {
    strings: Strings,
    /// The number of strings in the original table.
    known: usize,
    numbers: HashMap<Box<str>, u32>,
}

impl Interner {
    /// Continues a table. The first string of a new table is the empty string.
    pub(crate) fn new(mut strings: Strings) -> Self {
        let known = strings.spans.len();
        if strings.spans.is_empty() {
            strings.spans.push(Span::EMPTY);
        }
        Self { known, strings, numbers: HashMap::new() }
    }

    /// Returns true if the original table had a readable string with this number.
    pub(crate) fn had(&self, number: u32) -> bool {
        (number as usize) < self.known && self.strings.text(number).is_some()
    }

    /// Returns the number of a string, without the NULs at its end, as in a table. Adds the string if the interner has not
    /// added it before.
    pub(crate) fn number(&mut self, text: &str) -> u32 {
        let text = text.trim_end_matches('\0');
        if text.is_empty() && self.strings.text(0) == Some("") {
            return 0;
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let start = self.strings.text.len();
        self.strings.text.push_str(text);
        let number = u32::try_from(self.strings.spans.len()).unwrap_or(u32::MAX);
        self.strings.spans.push(Span::of(&self.strings.text, start));
        self.numbers.insert(text.into(), number);
        number
    }

    pub(crate) fn into_strings(self) -> Strings {
        self.strings
    }
}

#[cfg(test)]
mod tests {
    use super::Strings;
    use crate::index::table::Table;
    use crate::index::warnings::Warnings;

    #[test]
    fn strings_listed_twice_keep_their_code_units() {
        let units = [u16::from(b'a'), 0xD800, 0];
        let [plain, invalid] = [16_u32, 26].map(u32::to_le_bytes);
        let mut table = [3_u32.to_le_bytes(), plain, invalid, invalid].concat();
        table.extend([6, 0, 0, 0, b'p', 0, b'q', 0, 0, 0]);
        table.extend([6, 0, 0, 0]);
        table.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        let source = table.as_slice();
        let strings = Strings::parse(Table { source: &source, offset: 0 }, &mut Warnings::default()).unwrap();
        let plain = strings.string(0).unwrap();
        assert!(plain.is_plain() && plain.is_valid() && plain.text() == "pq");
        for number in [1, 2] {
            let string = strings.string(number).unwrap();
            assert!(!string.is_plain() && !string.is_valid() && string.text() == "a\u{FFFD}", "{number}");
            assert!(string.units().eq([u16::from(b'a'), 0xD800]), "{number}");
        }
    }
}
