//! The offsets of written events, until they are written as the event-offset array.

use std::io::{self, Write};

use crate::wire::OffsetEntry;

/// The size of a block in bytes: room for the offsets of about 500,000 events.
const BLOCK: usize = 1 << 20;
/// The length of the longest encoded distance in bytes: 64 bits, 7 in each byte.
const LONGEST: usize = 10;

/// The offsets of all events, compressed in memory.
///
/// The array follows the events in the file, so the offsets have to be kept until the last event is written, and a log
/// can have billions of events. Each offset is stored as its distance from the previous one, encoded as LEB128: seven
/// bits per byte, lowest bits first; the highest bit is set if another byte follows. Nearly all events are between 128
/// bytes and 16 KiB long, and take two bytes instead of the five in the file.
///
/// The bytes are in blocks, because a growing `Vec` would copy all of them and need both copies at once.
#[derive(Debug)]
pub(super) struct Offsets {
    full: Vec<Vec<u8>>,
    block: Vec<u8>,
    /// The offset of the last event.
    last: u64,
}

impl Offsets {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), block: Vec::with_capacity(BLOCK), last: 0 }
    }

    /// Adds the offset of the next event.
    #[inline]
    pub(super) fn push(&mut self, offset: u64) {
        if self.block.len() > BLOCK - LONGEST {
            self.next_block();
        }
        // `write_to` adds with wrap-around too, so a decreasing offset would also survive.
        let mut distance = offset.wrapping_sub(self.last);
        self.last = offset;
        if (1 << 7..1 << 14).contains(&distance) {
            self.block.extend_from_slice(&[(distance & 0x7F) as u8 | 0x80, (distance >> 7 & 0x7F) as u8]);
            return;
        }
        while distance > 0x7F {
            self.block.push((distance & 0x7F) as u8 | 0x80);
            distance >>= 7;
        }
        self.block.push((distance & 0x7F) as u8);
    }

    #[cold]
    fn next_block(&mut self) {
        self.full.push(std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK)));
    }

    /// Writes the event-offset array.
    pub(super) fn write_to(self, out: &mut impl Write) -> io::Result<()> {
        const ENTRIES: usize = 16 << 10;
        let mut entries = Vec::with_capacity(ENTRIES * OffsetEntry::SIZE);
        let mut offset = 0_u64;
        // An encoded distance does not cross the end of a block.
        for block in self.full.into_iter().chain([self.block]) {
            let mut bytes = block.as_slice();
            while let Some(distance) = read_distance(&mut bytes) {
                offset = offset.wrapping_add(distance);
                entries.extend_from_slice(&OffsetEntry::new(offset).bytes());
                if entries.len() == ENTRIES * OffsetEntry::SIZE {
                    out.write_all(&entries)?;
                    entries.clear();
                }
            }
        }
        out.write_all(&entries)
    }
}

/// Decodes a distance and removes its bytes; `None` at the end.
#[inline]
fn read_distance(bytes: &mut &[u8]) -> Option<u64> {
    if let &[low, high, ref rest @ ..] = *bytes
        && low > 0x7F
        && high <= 0x7F
    {
        *bytes = rest;
        return Some(u64::from(low & 0x7F) | u64::from(high) << 7);
    }
    let (mut distance, mut shift) = (0, 0);
    loop {
        let byte = *bytes.split_off_first()?;
        distance |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(distance);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BLOCK, Offsets};
    use crate::wire::OffsetEntry;

    fn check(distances: impl Iterator<Item = u64>) {
        let (mut offsets, mut expected, mut offset) = (Offsets::new(), Vec::new(), 0);
        for distance in distances {
            offset = (offset + distance) % (1 << 40);
            offsets.push(offset);
            expected.extend(OffsetEntry::new(offset).bytes());
        }
        let mut written = Vec::new();
        offsets.write_to(&mut written).unwrap();
        assert!(written == expected);
    }

    #[test]
    fn many_blocks_are_one_array() {
        check((0..BLOCK as u64).map(|n| 52 + n * n % 70_000));
        check(std::iter::empty());
    }

    proptest! {
        #[test]
        fn any_offsets_are_written_as_they_were(distances in prop::collection::vec(0_u64..1 << 40, 0..100)) {
            check(distances.into_iter());
        }
    }
}
