//! Compares text with thousands of needles at once, in time that hardly depends on their number.
//!
//! Values of `contains` are searched for in one pass, the others by binary search. A value of `begins with` that begins
//! with another one is redundant and dropped. Then only the last value that does not sort after the text has to be
//! compared with it. `ends with` works the same way, from the end.

use std::cmp::Ordering;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::grams::Grams;
use super::needle::{Haystack, Needle};
use super::path;
use crate::code::Relation;

/// A set of needles. It matches if one of them does.
#[derive(Clone, Debug, Default)]
pub(super) struct NeedleSet {
    /// Sorted by length, then by content.
    is: Vec<Box<[u8]>>,
    /// Sorted; no value begins with another.
    begins: Vec<Box<[u8]>>,
    /// Sorted by their bytes from the end; no value ends with another.
    ends: Vec<Box<[u8]>>,
    contains: Parts,
    /// Needles with `less than` and `more than`, at most one of each.
    bounds: Vec<Needle>,
    /// Needles with `is not`. At most `MAX_TEXTS + 1` different values are kept, because these match every event.
    is_not: Vec<Needle>,
    /// Needles with `excludes`, the longest value first, because most text lacks it. No value contains another.
    excludes: Vec<Needle>,
    /// True if all needles are in `contains`.
    only_parts: bool,
}

/// The maximum number of forms of the text of an event: a network event has two paths.
const MAX_TEXTS: usize = 2;

/// The values of `contains`.
#[derive(Clone, Debug, Default)]
enum Parts {
    /// Compared one by one.
    Few(Vec<Needle>),
    /// Found by their grams.
    Grams(Grams),
    /// Searched for by an automaton.
    Automaton(AhoCorasick),
    #[default]
    None,
}

impl NeedleSet {
    pub(super) fn new(needles: Vec<Needle>) -> Self {
        let only_parts = needles.iter().all(|needle| needle.relation() == Relation::CONTAINS);
        let mut set = Self { only_parts, ..Self::default() };
        let (mut begins, mut ends, mut contains) = (Vec::new(), Vec::new(), Vec::new());
        for needle in needles {
            match needle.relation() {
                Relation::IS => set.is.push(needle.value().into()),
                Relation::BEGINS_WITH => begins.push(needle.value().into()),
                Relation::ENDS_WITH => ends.push(needle.value().into()),
                Relation::CONTAINS => contains.push(needle),
                Relation::IS_NOT => set.add_is_not(needle),
                Relation::EXCLUDES => set.excludes.push(needle),
                _ => set.add_bound(needle),
            }
        }
        set.is.sort_unstable_by(|a, b| by_length(a, b));
        set.excludes = without_parts(set.excludes);
        Self {
            begins: shortest(begins, |a, b| a.cmp(b), |value, other| value.starts_with(other)),
            ends: shortest(ends, from_end, |value, other| value.ends_with(other)),
            contains: Parts::new(contains),
            ..set
        }
    }

    fn add_is_not(&mut self, needle: Needle) {
        let is_new = self.is_not.iter().all(|other| other.value() != needle.value());
        if is_new && self.is_not.len() <= MAX_TEXTS {
            self.is_not.push(needle);
        }
    }

    /// Adds a needle with `less than` or `more than`. Of two with the same relation, keeps the one that matches more.
    fn add_bound(&mut self, needle: Needle) {
        let relation = needle.relation();
        match self.bounds.iter_mut().find(|other| other.relation() == relation) {
            None => self.bounds.push(needle),
            Some(other) if (other.value() < needle.value()) == (relation == Relation::LESS_THAN) => *other = needle,
            Some(_) => {}
        }
    }

    /// Returns true if one of the needles matches the text that `write` writes.
    pub(super) fn any(&self, write: impl FnOnce(&mut String) -> fmt::Result) -> bool {
        Haystack::with(write, |text| self.matches(text))
    }

    /// Returns true if one of the needles matches a path as it is stored; `None` if the path must be written as text
    /// first, because it is not ASCII or has a NUL.
    pub(super) fn any_in_ascii(&self, path: &[u8]) -> Option<bool> {
        if !path::is_plain(path) {
            return None;
        }
        match &self.contains {
            // Grams are found without folding the path first.
            Parts::Grams(grams) if self.only_parts => Some(grams.any_in(path)),
            _ => Some(Haystack::with_ascii(path, |text| self.matches(text))),
        }
    }

    /// Returns true if one of the needles matches the bytes of a [`Haystack`].
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        if self.only_parts {
            return self.contains.any_in(text);
        }
        self.any_is_in(text) || self.negative().any(|needle| needle.matches(text))
    }

    /// Returns true if one of the needles matches an event with two forms of its text; see [`Needle::matches_either`].
    pub(super) fn matches_either(&self, a: &[u8], b: &[u8]) -> bool {
        self.any_is_in(a) || self.any_is_in(b) || self.negative().any(|needle| needle.matches_either(a, b))
    }

    fn negative(&self) -> impl Iterator<Item = &Needle> {
        self.is_not.iter().chain(&self.excludes)
    }

    /// Returns true if one of the needles matches, except those with `is not` and `excludes`.
    fn any_is_in(&self, text: &[u8]) -> bool {
        self.is.binary_search_by(|value| by_length(value, text)).is_ok()
            || last(&self.begins, |value| value <= text).is_some_and(|value| text.starts_with(value))
            || last(&self.ends, |value| from_end(value, text).is_le()).is_some_and(|value| text.ends_with(value))
            || self.contains.any_in(text)
            || self.bounds.iter().any(|needle| needle.matches(text))
    }
}

/// Builds the automaton for the values of needles. A table of all transitions halves the time of a search (150 ns per
/// path for 2,000 values of 28 bytes), but takes about 64 bytes for each byte of the values, and 1 KiB at worst. So
/// only short lists get one.
fn automaton(needles: &[Needle]) -> Result<AhoCorasick, aho_corasick::BuildError> {
    const MAX_BYTES: usize = 1 << 16;
    let bytes: usize = needles.iter().map(|needle| needle.value().len()).sum();
    let is_short = bytes <= MAX_BYTES;
    let kind = if is_short { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
    AhoCorasick::builder().kind(Some(kind)).build(needles.iter().map(Needle::value))
}

/// Sorts needles with `excludes`, the longest value first, and removes those whose value is part of another: text that
/// lacks the part also lacks the whole.
fn without_parts(mut needles: Vec<Needle>) -> Vec<Needle> {
    needles.sort_by(|a, b| by_length(b.value(), a.value()));
    needles.dedup_by(|a, b| a.value() == b.value());
    if needles.len() <= Parts::FEW {
        return needles;
    }
    // Building fails only if the values have more bytes than an automaton can count.
    let Ok(automaton) = AhoCorasick::new(needles.iter().map(Needle::value)) else { return needles };
    let mut is_part = vec![false; needles.len()];
    for (at, needle) in needles.iter().enumerate() {
        if is_part.get(at).copied().unwrap_or(true) {
            continue;
        }
        let parts = automaton.find_overlapping_iter(needle.value()).map(|found| found.pattern().as_usize());
        for part in parts.filter(|part| *part != at) {
            if let Some(is_part) = is_part.get_mut(part) {
                *is_part = true;
            }
        }
    }
    needles.into_iter().zip(is_part).filter(|(_, is_part)| !is_part).map(|(needle, _)| needle).collect()
}

fn by_length(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn from_end(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

/// Sorts values by `order`, and removes those for which `has` returns true with another value: those that begin or end
/// with it.
fn shortest(
    mut values: Vec<Box<[u8]>>,
    order: fn(&[u8], &[u8]) -> Ordering,
    has: fn(&[u8], &[u8]) -> bool,
) -> Vec<Box<[u8]>> {
    values.sort_unstable_by(|a, b| order(a, b));
    values.dedup_by(|value, kept| has(value, kept));
    values
}

/// Returns the last value for which `is_before` returns true. It must return true for all values before that one.
fn last(values: &[Box<[u8]>], is_before: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
    let after = values.partition_point(|value| is_before(value));
    after.checked_sub(1).and_then(|at| values.get(at)).map(AsRef::as_ref)
}

impl Parts {
    /// The largest number of values that are compared one by one.
    const FEW: usize = 3;

    fn new(needles: Vec<Needle>) -> Self {
        match needles.len() {
            0 => Self::None,
            1..=Self::FEW => Self::Few(needles),
            _ => match Grams::new(&needles) {
                Some(grams) => Self::Grams(grams),
                // Building fails only if the values have more bytes than an automaton can count.
                None => automaton(&needles).map_or_else(|_| Self::Few(needles), Self::Automaton),
            },
        }
    }

    fn any_in(&self, text: &[u8]) -> bool {
        match self {
            Self::Few(needles) => needles.iter().any(|needle| needle.matches(text)),
            Self::Grams(grams) => grams.any_in(text),
            Self::Automaton(automaton) => automaton.is_match(text),
            Self::None => false,
        }
    }
}
