//! Sums by key, with a limit on the number of keys: a crafted log can have any number of them.

use std::collections::BTreeMap;

/// Sums by key, in the order of the keys, for a limited number of keys.
///
/// If there are more keys than the limit, the smallest keys have their own sums and all others share one sum. Which
/// keys these are depends only on the keys, not on their order or on how a log is divided. All sums are exact.
#[derive(Clone, Debug)]
pub(super) struct Bounded<K, V> {
    sums: BTreeMap<K, V>,
    others: Option<V>,
    limit: usize,
}

impl<K: Ord + Copy, V: Default> Bounded<K, V> {
    pub(super) fn new(limit: usize) -> Self {
        Self { sums: BTreeMap::new(), others: None, limit }
    }

    /// Returns the sum for a key: its own, or the shared one.
    pub(super) fn sum(&mut self, key: K) -> &mut V
    where
        V: AddSum,
    {
        let full = self.sums.len() >= self.limit && !self.sums.contains_key(&key);
        if full {
            match self.sums.last_key_value().is_some_and(|(last, _)| key < *last) {
                false => return self.others.get_or_insert_default(),
                true => {
                    let (_, sum) = self.sums.pop_last().unzip();
                    self.others.get_or_insert_default().add(&sum.unwrap_or_default());
                }
            }
        }
        self.sums.entry(key).or_default()
    }

    /// Adds the sums of another part of the log.
    pub(super) fn merge(&mut self, other: Self)
    where
        V: AddSum,
    {
        for (key, sum) in other.sums {
            self.sum(key).add(&sum);
        }
        if let Some(others) = other.others {
            self.others.get_or_insert_default().add(&others);
        }
    }

    /// Returns the keys with their own sums, in ascending order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&K, &V)> + DoubleEndedIterator {
        self.sums.iter()
    }

    /// Returns the sum of the keys beyond the limit; `None` if there are none.
    pub(super) fn others(&self) -> Option<&V> {
        self.others.as_ref()
    }
}

/// A sum of counts.
pub(super) trait AddSum {
    /// Adds another sum. Saturates at the largest number.
    fn add(&mut self, other: &Self);
}

impl AddSum for u64 {
    fn add(&mut self, other: &Self) {
        *self = self.saturating_add(*other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{AddSum, Bounded};

    fn count(keys: &[u8]) -> Bounded<u8, u64> {
        let mut counts = Bounded::<u8, u64>::new(5);
        keys.iter().for_each(|&key| counts.sum(key).add(&1));
        counts
    }

    fn parts_of(counts: &Bounded<u8, u64>) -> (Vec<(u8, u64)>, Option<u64>) {
        (counts.iter().map(|(&key, &sum)| (key, sum)).collect(), counts.others().copied())
    }

    proptest! {
        #[test]
        fn the_smallest_keys_have_exact_sums_whatever_the_parts(keys in prop::collection::vec(0_u8..12, 0..60), cut in 0_usize..60) {
            let mut all = keys.clone();
            all.sort_unstable();
            let mut expected: Vec<(u8, u64)> = Vec::new();
            for key in all {
                match expected.last_mut() {
                    Some((last, sum)) if *last == key => *sum += 1,
                    _ => expected.push((key, 1)),
                }
            }
            let others: u64 = expected.drain(5.min(expected.len())..).map(|(_, sum)| sum).sum();
            let expected = (expected, (others > 0).then_some(others));
            prop_assert_eq!(parts_of(&count(&keys)), expected.clone());
            let (first, second) = keys.split_at(cut.min(keys.len()));
            let mut merged = count(first);
            merged.merge(count(second));
            prop_assert_eq!(parts_of(&merged), expected.clone());
            let mut merged = count(second);
            merged.merge(count(first));
            prop_assert_eq!(parts_of(&merged), expected);
        }
    }
}
