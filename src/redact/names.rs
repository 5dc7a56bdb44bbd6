//! Finding and replacing names in strings and in bytes of unknown layout.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::text::exact;
use crate::wire::Field;

/// A name and its replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// In lower case.
    from: Vec<u16>,
    to: Vec<u16>,
    /// True if the name does not match where a letter or digit is next to it.
    is_whole: bool,
}

impl Name {
    /// Creates a name. Returns `None` if `from` is empty.
    pub(super) fn new(from: &str, to: &str, is_whole: bool) -> Option<Self> {
        let from: Vec<u16> = from.encode_utf16().map(lower).collect();
        (!from.is_empty()).then(|| Self { from, to: to.encode_utf16().collect(), is_whole })
    }
}

/// Converts a character to lower case; see [`exact::lower`].
fn lower(unit: u16) -> u16 {
    #[cfg(test)]
    tests::LOWERED.set(tests::LOWERED.get() + 1);
    exact::lower(unit)
}

fn is_letter(unit: u16) -> bool {
    char::from_u32(unit.into()).is_some_and(char::is_alphanumeric)
}

/// The encoding of characters in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Latin1,
    Utf16,
}

impl Encoding {
    pub(super) const ALL: [Self; 2] = [Self::Latin1, Self::Utf16];

    /// Returns the size of a character in bytes.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Latin1 => 1,
            Self::Utf16 => 2,
        }
    }

    /// Returns the character at an offset in bytes.
    #[inline]
    pub(super) fn unit(self, bytes: &[u8], at: usize) -> Option<u16> {
        match self {
            Self::Latin1 => bytes.get(at).map(|&byte| byte.into()),
            Self::Utf16 => u16::read(bytes.get(at..)?),
        }
    }
}

/// The names to replace, in the order of precedence.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: Vec<Name>,
    /// Finds the names at an offset character by character, so that the time does not depend on the number of names.
    trie: Trie,
    /// The length of the longest name in characters.
    longest: usize,
    /// For each byte, true if it can be the low byte of the first character of a name. Rejects most offsets quickly.
    starts: Starts,
    /// Byte sequences to replace, regardless of the bytes next to them, in the order of precedence.
    binary: Vec<Binary>,
    /// The sequences in `binary`.
    known_binary: HashSet<Box<[u8]>>,
    /// Finds the sequences in `binary`; created at the first search.
    automaton: OnceLock<Option<AhoCorasick>>,
}

/// A byte sequence and its replacement of the same length.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binary {
    from: Box<[u8]>,
    to: Box<[u8]>,
}

#[derive(Clone)]
struct Starts(Box<[bool; 256]>);

impl Default for Starts {
    fn default() -> Self {
        Self(Box::new([false; 256]))
    }
}

impl Starts {
    /// Adds the first character of a name, in lower case.
    fn add(&mut self, first: u16) {
        let [own, _] = first.to_le_bytes();
        for low in [own].into_iter().chain(other_cases(first)) {
            if let Some(start) = self.0.get_mut(usize::from(low)) {
                *start = true;
            }
        }
    }
}

/// Returns the low bytes of the other characters whose lower case is `small`. The low bytes of both cases can differ: it
/// is 0x6B in `k`, 0x4B in `K`, and 0x2A in the Kelvin sign, whose lower case is `k` too.
fn other_cases(small: u16) -> impl Iterator<Item = u8> {
    /// The characters that have a lower case: this lower case and the low byte of the character, sorted.
    static CASES: OnceLock<Vec<(u16, u8)>> = OnceLock::new();
    let cases = CASES.get_or_init(|| {
        let large = (0..=u16::MAX).filter(|&unit| lower(unit) != unit);
        let mut cases: Vec<_> = large.map(|unit| (lower(unit), unit.to_le_bytes()[0])).collect();
        cases.sort_unstable();
        cases
    });
    let start = cases.partition_point(|&(of, _)| of < small);
    let here = cases.get(start..).unwrap_or_default();
    here.iter().take_while(move |&&(of, _)| of == small).map(|&(_, low)| low)
}

/// The names as a tree whose edges are characters in lower case. Adding a name takes time in proportion to its length.
#[derive(Clone, Debug)]
struct Trie {
    nodes: Vec<Node>,
    /// The node that a character leads to from a node.
    edges: HashMap<(usize, u16), usize>,
}

/// The end of the characters of names, or a part of them.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// The number of the name that ends here and matches anywhere.
    anywhere: Option<usize>,
    /// The number of the name that ends here and matches only where no letter or digit is next to it.
    whole: Option<usize>,
    /// True if a name has further characters.
    goes_on: bool,
}

impl Node {
    fn of_kind(&mut self, is_whole: bool) -> &mut Option<usize> {
        if is_whole { &mut self.whole } else { &mut self.anywhere }
    }

    fn names(self) -> impl Iterator<Item = usize> {
        self.anywhere.into_iter().chain(self.whole)
    }
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], edges: HashMap::new() }
    }
}

impl Trie {
    const ROOT: usize = 0;

    /// Adds the name with a number. Returns false if it was added before.
    fn insert(&mut self, name: &Name, number: usize) -> bool {
        let mut at = Self::ROOT;
        for &unit in &name.from {
            if let Some(node) = self.nodes.get_mut(at) {
                node.goes_on = true;
            }
            at = *self.edges.entry((at, unit)).or_insert(self.nodes.len());
            if at == self.nodes.len() {
                self.nodes.push(Node::default());
            }
        }
        let Some(place) = self.nodes.get_mut(at).map(|node| node.of_kind(name.is_whole)) else { return false };
        let is_new = place.is_none();
        *place = Some(place.unwrap_or(number));
        is_new
    }

    /// Returns an iterator over the nodes that characters in lower case lead to, without the root.
    fn walk(&self, units: impl Iterator<Item = u16>) -> impl Iterator<Item = Node> {
        let mut at = Self::ROOT;
        units.map_while(move |unit| {
            at = *self.edges.get(&(at, unit))?;
            self.nodes.get(at).copied()
        })
    }
}

impl std::fmt::Debug for Starts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Starts")
    }
}

impl Names {
    /// Adds a name, unless it was added before.
    pub(super) fn push(&mut self, name: Name) {
        if self.trie.insert(&name, self.names.len()) {
            self.starts.add(name.from.first().copied().unwrap_or_default());
            self.longest = self.longest.max(name.from.len());
            self.names.push(name);
        }
    }

    /// Adds a byte sequence. It is ignored unless the replacement has the same length.
    pub(super) fn push_binary(&mut self, from: &[u8], to: &[u8]) {
        if !from.is_empty() && from.len() == to.len() && self.known_binary.insert(from.into()) {
            self.binary.push(Binary { from: from.into(), to: to.into() });
            self.automaton = OnceLock::new();
        }
    }

    /// Returns the first byte sequence at or after an offset, with its offset.
    fn find_binary(&self, bytes: &[u8], from: usize) -> Option<(usize, &Binary)> {
        if self.binary.is_empty() {
            return None;
        }
        // Building fails if the sequences have gigabytes; then they are searched for one by one.
        let build = || {
            let sequences = self.binary.iter().map(|binary| &binary.from);
            AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(sequences).ok()
        };
        let rest = bytes.get(from..)?;
        match self.automaton.get_or_init(build) {
            Some(automaton) => {
                let found = automaton.find(rest)?;
                Some((from + found.start(), self.binary.get(found.pattern().as_usize())?))
            }
            None => (from..bytes.len()).find_map(|at| {
                let here = bytes.get(at..)?;
                self.binary.iter().find(|binary| here.starts_with(&binary.from)).map(|binary| (at, binary))
            }),
        }
    }

    /// Returns the name at an offset, if there is one.
    #[inline]
    fn at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> Option<&Name> {
        let low = *bytes.get(at)?;
        if !self.starts.0.get(usize::from(low)).is_some_and(|&start| start) {
            return None;
        }
        let here = self.names_at(bytes, at, encoding).filter(|(_, name)| name.may_be_between(bytes, at, encoding));
        here.min_by_key(|&(number, _)| number).map(|(_, name)| name)
    }

    /// Returns the names whose characters are at an offset, with their numbers, the shortest first.
    fn names_at(&self, bytes: &[u8], at: usize, encoding: Encoding) -> impl Iterator<Item = (usize, &Name)> {
        let units = (0..).map_while(move |depth| encoding.unit(bytes, at + depth * encoding.width()).map(lower));
        let numbers = self.trie.walk(units).flat_map(Node::names);
        numbers.filter_map(|number| Some((number, self.names.get(number)?)))
    }

    /// Returns the first name at or after an offset, with its offset. Tries every `step`th byte.
    pub(super) fn find(&self, bytes: &[u8], from: usize, encoding: Encoding, step: usize) -> Option<(usize, &Name)> {
        (from..bytes.len()).step_by(step).find_map(|at| self.at(bytes, at, encoding).map(|name| (at, name)))
    }

    /// Returns true if the characters of a name occur anywhere in bytes, regardless of the characters next to them: a
    /// letter there can belong to a different string.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let any = |encoding| {
            (0..bytes.len()).any(|at| {
                let is_start = bytes.get(at).and_then(|&low| self.starts.0.get(usize::from(low))) == Some(&true);
                is_start && self.names_at(bytes, at, encoding).next().is_some()
            })
        };
        Encoding::ALL.into_iter().any(any) || self.find_binary(bytes, 0).is_some()
    }

    /// Returns true if a name occurs anywhere in bytes of unknown layout.
    pub(super) fn are_in(&self, bytes: &[u8]) -> bool {
        let is_text = |encoding| self.find(bytes, 0, encoding, 1).is_some();
        Encoding::ALL.into_iter().any(is_text) || self.find_binary(bytes, 0).is_some()
    }

    /// Returns a string with the names replaced, or `None` if the string contains no name.
    pub(super) fn replaced(&self, bytes: &[u8], encoding: Encoding) -> Option<Vec<u16>> {
        let step = encoding.width();
        let units = |range: std::ops::Range<usize>| {
            range.step_by(step).filter_map(|at| encoding.unit(bytes, at)).collect::<Vec<_>>()
        };
        let (mut found, mut name) = self.find(bytes, 0, encoding, step)?;
        let (mut text, mut copied) = (Vec::new(), 0);
        loop {
            text.extend(units(copied..found));
            text.extend_from_slice(&name.to);
            copied = found + name.from.len() * step;
            match self.find(bytes, copied, encoding, step) {
                Some(next) => (found, name) = next,
                None => break,
            }
        }
        text.extend(units(copied..bytes.len()));
        Some(text)
    }

    /// Overwrites names in bytes of unknown layout with their replacements, truncated or padded with `_` to the same
    /// number of characters, and byte sequences with theirs. Returns the number of names and byte sequences.
    pub(super) fn blank(&self, bytes: &mut [u8]) -> usize {
        let mut count = 0;
        let mut from = 0;
        while let Some((at, binary)) = self.find_binary(bytes, from) {
            bytes.iter_mut().skip(at).zip(&binary.to).for_each(|(to, &byte)| *to = byte);
            from = at + 1;
            count += 1;
        }
        for encoding in Encoding::ALL {
            let mut from = 0;
            while let Some((at, name)) = self.find(bytes, from, encoding, 1) {
                let len = name.from.len();
                let filler = name.to.iter().copied().chain(std::iter::repeat(b'_'.into())).take(len);
                // The replacement can itself contain a name. Then only `_` is written.
                let filler: Vec<u8> = filler.flat_map(|unit| encoded(unit, encoding)).collect();
                let is_clean = !self.are_in(&filler);
                for (n, to) in bytes.iter_mut().skip(at).take(len * encoding.width()).enumerate() {
                    let underscores = if n % encoding.width() == 0 { b'_' } else { 0 };
                    *to = if is_clean { filler.get(n).copied().unwrap_or(b'_') } else { underscores };
                }
                from = at + 1;
                count += 1;
            }
        }
        count
    }
}

impl Names {
    /// Overwrites the beginning of a name at the end of a truncated string with `_`.
    pub(super) fn blank_cut_end(&self, units: &mut [u16]) {
        /// The smallest number of characters to overwrite. A single one reveals nothing.
        const MIN: usize = 2;
        let starts = units.len().saturating_sub(self.longest)..units.len();
        let begins_name = |at: &usize| {
            let end = units.get(*at..).unwrap_or_default();
            let last = self.trie.walk(end.iter().map(|&unit| lower(unit))).enumerate().last();
            last.is_some_and(|(depth, node)| depth + 1 == end.len() && node.goes_on)
        };
        let len = { starts }.find(begins_name).map_or(0, |at| units.len() - at);
        let len = if len < MIN { 0 } else { len };
        units.iter_mut().rev().take(len).for_each(|unit| *unit = b'_'.into());
    }
}

/// Encodes a character, or `_` if the character does not fit.
fn encoded(unit: u16, encoding: Encoding) -> impl Iterator<Item = u8> {
    let [low, high] = unit.to_le_bytes();
    let low = if encoding == Encoding::Latin1 && high != 0 { b'_' } else { low };
    [low, high].into_iter().take(encoding.width())
}

impl Name {
    /// Returns true if the characters next to the name at an offset allow it to be this name.
    fn may_be_between(&self, bytes: &[u8], at: usize, encoding: Encoding) -> bool {
        let step = encoding.width();
        let before = at.checked_sub(step).and_then(|before| encoding.unit(bytes, before));
        let after = encoding.unit(bytes, at + self.from.len() * step);
        !self.is_whole || !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// The number of characters that this thread has looked at.
        pub(super) static LOWERED: Cell<u64> = const { Cell::new(0) };
    }

    /// Runs `work` and returns the number of characters that it looked at.
    fn characters_read(work: impl FnOnce()) -> u64 {
        let before = LOWERED.get();
        work();
        LOWERED.get() - before
    }

    fn names(from: &str) -> Names {
        let mut names = Names::default();
        names.push(Name::new(from, "X", false).unwrap());
        names
    }

    #[test]
    fn all_forms_of_the_first_character_are_found() {
        for (name, text) in
            [("kim", "Kim"), ("kim", "\u{212A}im"), ("\u{212A}IM", "kim"), ("ångström", "\u{212B}NGSTRÖM")]
        {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let names = names(name);
            assert!(names.are_in(&bytes) && names.may_be_in(&bytes), "{name} in {text}");
            assert_eq!(names.replaced(&bytes, Encoding::Utf16), Some(vec![u16::from(b'X')]), "{name} in {text}");
        }
        assert!(!names("kim").are_in(b"*im"));
    }
    #[test]
    fn work_is_proportional_to_names_and_text() {
        const COUNT: u16 = 20_000;
        let _ = other_cases(0); // the table of cases, built once
        let mut names = Names::default();
        let name = |number: u16| format!("{}name{number:05}", char::from_u32(0x3400 + u32::from(number)).unwrap());
        let adding =
            characters_read(|| (0..COUNT).for_each(|number| names.push(Name::new(&name(number), "X", true).unwrap())));
        assert!(adding <= 10 * u64::from(COUNT), "{adding}");
        let text: String = (0..COUNT).map(|number| format!("{}, ", name(number))).collect();
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let finding = characters_read(|| {
            assert_eq!(names.replaced(&bytes, Encoding::Utf16).unwrap().len(), 3 * usize::from(COUNT))
        });
        assert!(finding <= 2 * bytes.len() as u64, "{finding} for {} bytes", bytes.len());
        // A cut text is compared with names from each of its last characters on.
        let mut cut: Vec<u16> = "\u{3400}name\u{3400}nam".encode_utf16().collect();
        let cutting = characters_read(|| names.blank_cut_end(&mut cut));
        assert_eq!(String::from_utf16_lossy(&cut), "\u{3400}name____");
        assert!(cutting <= 100, "{cutting}");
    }

    #[test]
    fn the_name_that_was_added_first_is_found() {
        let mut names = Names::default();
        for (from, to, is_whole) in
            [("anna", "1", true), ("ann", "2", false), ("anna", "3", false), ("anna", "4", true)]
        {
            names.push(Name::new(from, to, is_whole).unwrap());
        }
        let replaced = |text: &str| names.replaced(text.as_bytes(), Encoding::Latin1);
        let shown = |text| replaced(text).map(|units| String::from_utf16_lossy(&units));
        assert_eq!(shown("Anna, Hosanna, Ann").as_deref(), Some("1, Hos2a, 2"));
        assert_eq!(shown("An"), None);
    }
}
