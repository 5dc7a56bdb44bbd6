//! Sets of small numbers.

/// A set of numbers that grows to the largest one: 2.5 KB for 20,000 numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn insert(&mut self, number: usize) {
        let word = number / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(word) {
            *bits |= 1 << (number % 64);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(bits, other)| *bits |= other);
    }

    /// Returns how many numbers the set contains.
    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|bits| u64::from(bits.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn numbers_are_counted_once() {
        let mut bits = Bits::default();
        [3, 64, 3, 1000].into_iter().for_each(|number| bits.insert(number));
        let mut other = Bits::default();
        [64, 5000].into_iter().for_each(|number| other.insert(number));
        bits.merge(&other);
        assert_eq!((bits.len(), other.len()), (4, 2));
    }
}
