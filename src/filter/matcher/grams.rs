//! Searches text for thousands of values at once.
//!
//! A gram is four adjacent bytes. Each value is found by two of its grams, one byte apart. In text that contains the
//! value, one of the two is at an even position, so only every second position is checked. At most positions, one bit
//! of a small table shows that no value is there. An automaton for 2,000 values would take megabytes, so most of its
//! steps would miss the first-level cache.

use std::collections::HashMap;

use super::needle::Needle;
use super::path::rank;

/// Values of `contains`, found by their grams.
#[derive(Clone, Debug)]
pub(super) struct Grams {
    /// A bit for each hash, set if a gram has it.
    bits: Vec<u64>,
    /// The number of bits by which a product is shifted to get a hash.
    shift: u32,
    /// The grams, sorted. Several values can have the same one.
    keys: Vec<u32>,
    /// For each gram, the index of its value and its position in the value.
    places: Vec<(usize, usize)>,
    values: Vec<Box<[u8]>>,
}

/// The number of bytes of a gram.
const LEN: usize = 4;
/// The number of grams of a value, and the distance between the positions of text that are checked.
const STRIDE: usize = 2;
/// The bit of each byte in which upper-case and lower-case letters differ. Setting it can make other bytes equal, which
/// only causes needless comparisons.
const CASE: u32 = 0x2020_2020;

impl Grams {
    /// Creates the table for the values of needles; `None` if a value is too short for two grams, or if too many values
    /// share a gram.
    pub(super) fn new(needles: &[Needle]) -> Option<Self> {
        /// The maximum number of values that share a gram, because all of them are compared.
        const MAX_WITH_ONE: usize = 16;
        let mut counts = HashMap::<u32, u32>::new();
        for (_, gram) in needles.iter().flat_map(|needle| grams(needle.value())) {
            *counts.entry(gram).or_default() += 1;
        }
        let mut values: Vec<Box<[u8]>> = needles.iter().map(|needle| needle.value().into()).collect();
        values.sort_unstable();
        values.dedup();
        let mut chosen = Vec::with_capacity(STRIDE * values.len());
        for (number, value) in values.iter().enumerate() {
            // Prefers grams that few other values have and that are rare in paths.
            let rarity = |gram: u32| gram.to_le_bytes().map(rank).into_iter().sum::<usize>();
            let cost = |gram: u32| (counts.get(&gram).copied(), usize::MAX - rarity(gram));
            let pairs = grams(value).zip(grams(value).skip(1));
            let (first, second) = pairs.min_by_key(|&((_, a), (_, b))| cost(a).max(cost(b)))?;
            chosen.extend([first, second].map(|(at, gram)| (gram, (number, at))));
        }
        chosen.sort_unstable();
        let (keys, places): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
        if keys.chunk_by(|a, b| a == b).any(|same| same.len() > MAX_WITH_ONE) {
            return None;
        }
        let mut table = Self { bits: Vec::new(), shift: shift(keys.len()), keys, places, values };
        table.bits = vec![0; 1 << (u32::BITS - table.shift) >> 6];
        for gram in &table.keys {
            let hash = table.hash(*gram);
            if let Some(word) = table.bits.get_mut(hash >> 6) {
                *word |= 1 << (hash & 63);
            }
        }
        Some(table)
    }

    fn hash(&self, gram: u32) -> usize {
        (gram.wrapping_mul(0x9E37_79B1) >> self.shift) as usize
    }

    /// Returns true if text contains one of the values. Ignores the case of A to Z in the text.
    #[inline]
    pub(super) fn any_in(&self, text: &[u8]) -> bool {
        grams(text).step_by(STRIDE).any(|(at, gram)| {
            let hash = self.hash(gram);
            let may_be = self.bits.get(hash >> 6).is_some_and(|word| word >> (hash & 63) & 1 == 1);
            may_be && self.is_at(text, at, gram)
        })
    }

    /// Returns true if text contains a value with this gram at this position.
    #[inline(never)]
    fn is_at(&self, text: &[u8], at: usize, gram: u32) -> bool {
        let first = self.keys.partition_point(|key| *key < gram);
        let same = self.keys.iter().zip(&self.places).skip(first).take_while(|(key, _)| **key == gram);
        let mut starts =
            same.filter_map(|(_, (number, inside))| Some((self.values.get(*number)?, at.checked_sub(*inside)?)));
        starts.any(|(value, start)| {
            text.get(start..start + value.len()).is_some_and(|part| part.eq_ignore_ascii_case(value))
        })
    }
}

/// Returns the grams of text with their positions, with the case of letters removed.
#[inline]
fn grams(text: &[u8]) -> impl Iterator<Item = (usize, u32)> {
    let gram = |window: &[u8]| window.first_chunk().map_or(0, |chunk: &[u8; LEN]| u32::from_le_bytes(*chunk) | CASE);
    text.windows(LEN).map(gram).enumerate()
}

/// Returns the shift for a table with 32 to 64 bits per gram, within bounds, so that few other grams hit a bit that is
/// set.
fn shift(grams: usize) -> u32 {
    const MIN: u32 = 13;
    const MAX: u32 = 22;
    u32::BITS - (grams.max(1).ilog2() + 6).clamp(MIN, MAX)
}

#[cfg(test)]
mod tests {
    use super::Grams;
    use crate::code::Relation;
    use crate::filter::matcher::needle::Needle;

    fn needles<'v>(values: impl IntoIterator<Item = &'v str>) -> Vec<Needle> {
        let needle = |value: &str| Needle::new(Relation::CONTAINS, &value.encode_utf16().collect::<Vec<_>>());
        values.into_iter().filter_map(needle).collect()
    }

    #[test]
    fn values_are_found_at_every_position() {
        let values: Vec<_> = (0..500).map(|at| format!(r"\Windows\{:x}\Ä{at:03}.dll", at * 7919)).collect();
        let grams = Grams::new(&needles(values.iter().map(String::as_str))).unwrap();
        for value in &values {
            for before in ["", "c", "cc", r"C:\Windows\0\", r"D:\Windows\0\0"] {
                for after in ["", ".", r"\Windows\"] {
                    let text = format!("{before}{}{after}", value.to_ascii_uppercase());
                    assert!(grams.any_in(text.as_bytes()), "{text}");
                    let short = format!("{before}{}", value.strip_suffix('l').unwrap());
                    assert!(!grams.any_in(short.as_bytes()), "{short}");
                }
            }
        }
        assert!(!grams.any_in(b"") && !grams.any_in(b"\\"));
    }

    #[test]
    fn values_without_a_gram_of_their_own_are_left_to_others() {
        assert!(Grams::new(&needles(["abcde", "abcd"])).is_none());
        let nested: Vec<_> = (5..30).map(|len| "a".repeat(len)).collect();
        assert!(Grams::new(&needles(nested.iter().map(String::as_str))).is_none());
        assert!(Grams::new(&needles(["abcde", "ABCDE", "abcde"])).is_some_and(|grams| grams.any_in(b"xAbCdE")));
    }
}
