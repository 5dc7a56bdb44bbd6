//! The entries of the event-offset array.

/// An entry of the event-offset array: the file offset of an event record, in 40 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OffsetEntry([u8; Self::SIZE]);

impl OffsetEntry {
    /// The size of an entry in bytes.
    pub(crate) const SIZE: usize = 5;
    /// The largest offset that an entry can hold.
    pub(crate) const MAX: u64 = (1 << 40) - 1;

    /// Creates the entry of an offset. Drops all bits except the lowest 40.
    #[inline]
    pub(crate) fn new(offset: u64) -> Self {
        let [a, b, c, d, e, ..] = offset.to_le_bytes();
        Self([a, b, c, d, e])
    }

    #[inline]
    pub(crate) fn bytes(self) -> [u8; Self::SIZE] {
        self.0
    }

    #[inline]
    pub(crate) fn offset(self) -> u64 {
        let [a, b, c, d, e] = self.0;
        u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }

    /// Returns the offset in entry `number` of an array; `None` past the end of the array.
    #[inline]
    pub(crate) fn read(array: &[u8], number: usize) -> Option<u64> {
        array.get(number.checked_mul(Self::SIZE)?..)?.first_chunk().map(|&bytes| Self(bytes).offset())
    }

    /// Returns the offsets of an array. An incomplete entry at the end is ignored.
    pub(crate) fn iter(array: &[u8]) -> impl ExactSizeIterator<Item = u64> + '_ {
        array.as_chunks().0.iter().map(|&bytes| Self(bytes).offset())
    }

    /// Returns the size in bytes of an array of `count` entries.
    pub(crate) fn array_size(count: u32) -> u64 {
        u64::from(count) * Self::SIZE as u64
    }
}

impl From<[u8; OffsetEntry::SIZE]> for OffsetEntry {
    fn from(bytes: [u8; Self::SIZE]) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::OffsetEntry;

    #[test]
    fn entries_hold_40_bits() {
        for offset in [0, 1, 0x12_3456_789A, OffsetEntry::MAX] {
            assert_eq!(OffsetEntry::new(offset).offset(), offset);
        }
        let array: Vec<u8> =
            [7, OffsetEntry::MAX].into_iter().flat_map(|offset| OffsetEntry::new(offset).bytes()).collect();
        assert_eq!(OffsetEntry::read(&array, 1), Some(OffsetEntry::MAX));
        assert_eq!(OffsetEntry::read(&array, 2), None);
        assert_eq!(OffsetEntry::read(&array, usize::MAX), None);
        assert_eq!(OffsetEntry::iter(&array[..9]).collect::<Vec<_>>(), [7]);
    }
}
