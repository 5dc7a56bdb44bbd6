//! Sums by name, for a limited number of names, because a crafted log can have any number of them.

use std::cmp::Ordering;
use std::hash::{BuildHasher, RandomState};

use super::merge::Merge;

/// The limits on the distinct names (paths, endpoints, values) that an analysis keeps.
///
/// If a log has more names, the shortest ones keep their own rows (if equally long, the first in alphabetical order),
/// and all others are counted together. The selection depends only on the names, not on the order of the events or on
/// how the log is divided into parts, and all numbers are exact. While an analysis runs, it can exceed the limits by a
/// quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of names. The default is 2^20.
    pub keys: usize,
    /// The maximum length of all names together, in bytes. The default is 1 GiB.
    pub key_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { keys: 1 << 20, key_bytes: 1 << 30 }
    }
}

/// Sums by name. Names are numbered in the order of their first occurrence.
#[derive(Clone, Debug)]
pub(super) struct Keys<V> {
    limits: Limits,
    hasher: RandomState,
    entries: Vec<Entry<V>>,
    /// A hash table of positions in `entries`, with linear probing. At least half of the places are free.
    places: Vec<u32>,
    /// The length of all names, in bytes.
    bytes: usize,
    /// The smallest name that was dropped, by length. It and all greater ones count in `others`.
    dropped: Option<Box<str>>,
    others: Option<V>,
    trims: u32,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    text: Box<str>,
    hash: u64,
    value: V,
}

/// A free place.
const FREE: u32 = u32::MAX;

/// The sums of the names within the limits, in the order of their first occurrence, and the sum of all others.
#[derive(Debug)]
pub(super) struct Kept<'k, V> {
    pub(super) entries: Vec<(&'k str, &'k V)>,
    pub(super) others: Option<V>,
}

/// Compares by length, then by bytes. Names are dropped from the end of this order.
fn by_length(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

impl<V: Merge> Keys<V> {
    pub(super) fn new(limits: Limits) -> Self {
        /// Positions are stored in 32 bits.
        const MAX: usize = 1 << 30;
        let limits = Limits { keys: limits.keys.min(MAX), ..limits };
        Self {
            limits,
            hasher: RandomState::new(),
            entries: Vec::new(),
            places: vec![FREE; 64],
            bytes: 0,
            dropped: None,
            others: None,
            trims: 0,
        }
    }

    /// Returns the limits.
    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Returns the sum of a name, or the sum of the others if the name is beyond the limits.
    #[inline]
    pub(super) fn sum(&mut self, text: &str) -> &mut V {
        let slot = self.slot(text);
        self.at(slot)
    }

    /// Returns the sum at a slot. `None` is the slot of all names beyond the limits.
    #[inline]
    pub(super) fn at(&mut self, slot: Option<u32>) -> &mut V {
        match slot.and_then(|slot| self.entries.get_mut(slot as usize)) {
            Some(entry) => &mut entry.value,
            None => self.others.get_or_insert_default(),
        }
    }

    /// Returns the sums of all names, and then the sum of the names beyond the limits.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|entry| &mut entry.value).chain(&mut self.others)
    }

    /// Returns how often slots became invalid.
    #[inline]
    pub(super) fn trims(&self) -> u32 {
        self.trims
    }

    /// Returns the slot of a name; `None` if the name counts in the sum of the others. The slot is valid until
    /// [`trims`](Self::trims) changes.
    #[inline]
    pub(super) fn slot(&mut self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        match self.find(text, hash) {
            Ok(slot) => Some(slot),
            Err(place) => self.insert(text, hash, place),
        }
    }

    /// Returns the slot of a name, or the free place for it as the error.
    #[inline]
    fn find(&self, text: &str, hash: u64) -> Result<u32, usize> {
        let mask = self.places.len() - 1;
        let mut place = first_place(hash, mask);
        while let Some(&slot) = self.places.get(place) {
            match self.entries.get(slot as usize) {
                Some(entry) if entry.hash == hash && *entry.text == *text => return Ok(slot),
                Some(_) => place = (place + 1) & mask,
                None => break,
            }
        }
        Err(place)
    }

    #[cold]
    fn insert(&mut self, text: &str, hash: u64, place: usize) -> Option<u32> {
        if self.dropped.as_ref().is_some_and(|dropped| by_length(text, dropped).is_ge()) {
            return None;
        }
        let slot = u32::try_from(self.entries.len()).unwrap_or(FREE);
        self.entries.push(Entry { text: text.into(), hash, value: V::default() });
        self.bytes += text.len();
        if let Some(free) = self.places.get_mut(place) {
            *free = slot;
        }
        if self.entries.len() * 2 > self.places.len() {
            self.rebuild();
        }
        let Limits { keys, key_bytes } = self.limits;
        if self.entries.len() > keys + keys / 4 || self.bytes > key_bytes.saturating_add(key_bytes / 4) {
            self.trim();
            return self.find(text, hash).ok();
        }
        Some(slot)
    }

    /// Computes `places` from `entries`.
    fn rebuild(&mut self) {
        let size = (self.entries.len() * 2).next_power_of_two().max(64);
        self.places.clear();
        self.places.resize(size, FREE);
        for (slot, entry) in (0..).zip(&self.entries) {
            let mut place = first_place(entry.hash, size - 1);
            while self.places.get(place).is_some_and(|&taken| taken != FREE) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = self.places.get_mut(place) {
                *free = slot;
            }
        }
    }

    /// Returns the smallest name beyond the limits.
    fn first_beyond(&self) -> Option<&str> {
        let Limits { keys, key_bytes } = self.limits;
        if self.entries.len() <= keys && self.bytes <= key_bytes {
            return None;
        }
        let mut texts: Vec<&str> = self.entries.iter().map(|entry| &*entry.text).collect();
        texts.sort_unstable_by(|one, other| by_length(one, other));
        let mut bytes = 0;
        let is_beyond = |&(number, text): &(usize, &str)| {
            bytes += text.len();
            number >= keys || bytes > key_bytes
        };
        texts.into_iter().enumerate().find(is_beyond).map(|(_, text)| text)
    }

    /// Drops the names beyond the limits.
    fn trim(&mut self) {
        if let Some(first) = self.first_beyond().map(Box::from) {
            self.drop_from(first);
        }
    }

    /// Drops a name and all greater ones.
    fn drop_from(&mut self, first: Box<str>) {
        let (entries, others) = (&mut self.entries, &mut self.others);
        let mut bytes = 0;
        entries.retain(|entry| {
            let keeps = by_length(&entry.text, &first).is_lt();
            if keeps {
                bytes += entry.text.len();
            } else {
                others.get_or_insert_default().merge(&entry.value);
            }
            keeps
        });
        self.bytes = bytes;
        self.dropped = Some(first);
        self.trims += 1;
        self.rebuild();
    }

    /// Adds the sums of a later part of the log.
    pub(super) fn merge(&mut self, later: &Self) {
        let is_less = |one: &str| self.dropped.as_ref().is_none_or(|other| by_length(one, other).is_lt());
        if let Some(dropped) = later.dropped.as_ref().filter(|dropped| is_less(dropped)) {
            self.drop_from(dropped.clone());
        }
        for entry in &later.entries {
            self.sum(&entry.text).merge(&entry.value);
        }
        if let Some(others) = &later.others {
            self.others.get_or_insert_default().merge(others);
        }
    }

    /// Returns the sums within the limits.
    pub(super) fn kept(&self) -> Kept<'_, V> {
        let mut others = self.others.clone();
        let beyond = self.first_beyond();
        let mut entries = Vec::with_capacity(self.entries.len().min(self.limits.keys));
        for Entry { text, value, .. } in &self.entries {
            match beyond {
                Some(first) if by_length(text, first).is_ge() => others.get_or_insert_default().merge(value),
                _ => entries.push((&**text, value)),
            }
        }
        Kept { entries, others }
    }
}

/// Returns the place at which the search for a name starts.
#[inline]
fn first_place(hash: u64, mask: usize) -> usize {
    usize::try_from(hash & mask as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Keys, Limits, by_length};
    use crate::analysis::merge::Merge;

    #[derive(Clone, Debug, Default)]
    struct Count(u64);

    impl Merge for Count {
        fn merge(&mut self, other: &Self) {
            self.0 += other.0;
        }
    }

    type Sums = (BTreeMap<String, u64>, Option<u64>);

    fn count(texts: &[String], limits: Limits) -> Keys<Count> {
        let mut keys = Keys::<Count>::new(limits);
        texts.iter().for_each(|text| keys.sum(text).0 += 1);
        keys
    }

    fn sums_of(keys: &Keys<Count>) -> Sums {
        let kept = keys.kept();
        let entries = kept.entries.iter().map(|&(text, value)| (text.to_owned(), value.0)).collect();
        (entries, kept.others.map(|others| others.0))
    }

    fn expected(texts: &[String], limits: Limits) -> Sums {
        let mut all: Vec<(&String, u64)> = Vec::new();
        let mut sorted: Vec<_> = texts.iter().collect();
        sorted.sort_by(|one, other| by_length(one, other));
        for text in sorted {
            match all.last_mut() {
                Some((last, sum)) if *last == text => *sum += 1,
                _ => all.push((text, 1)),
            }
        }
        let (mut bytes, mut sums, mut others) = (0, BTreeMap::new(), 0);
        for (number, (text, sum)) in all.into_iter().enumerate() {
            bytes += text.len();
            if number < limits.keys && bytes <= limits.key_bytes {
                sums.insert(text.clone(), sum);
            } else {
                others += sum;
            }
        }
        (sums, (others > 0).then_some(others))
    }

    proptest! {
        #[test]
        fn sums_do_not_depend_on_the_parts(
            texts in prop::collection::vec("[ab]{0,4}", 0..120),
            cut in 0_usize..120,
            keys in 1_usize..20,
            key_bytes in 0_usize..60,
        ) {
            let limits = Limits { keys, key_bytes };
            let expected = expected(&texts, limits);
            prop_assert_eq!(sums_of(&count(&texts, limits)), expected.clone());
            let (first, second) = texts.split_at(cut.min(texts.len()));
            let mut merged = count(first, limits);
            merged.merge(&count(second, limits));
            prop_assert_eq!(sums_of(&merged), expected);
        }
    }

    #[test]
    fn texts_are_in_the_order_of_their_first_occurrence() {
        let texts: Vec<String> = (0..1000_u32).map(|number| (number * 7919 % 1009).to_string()).collect();
        let (first, second) = texts.split_at(400);
        let mut keys = count(first, Limits::default());
        keys.merge(&count(second, Limits::default()));
        assert!(keys.kept().entries.iter().map(|(text, _)| *text).eq(texts.iter().map(String::as_str)));
    }
}
