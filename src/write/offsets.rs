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
    /// The current block, with its full length.
    block: Vec<u8>,
    /// The number of bytes in use in the current block.
    used: usize,
    /// The offset of the last event.
    last: u64,
}

impl Offsets {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), block: vec![0; BLOCK], used: 0, last: 0 }
    }

    /// Adds the offset of the next event.
    #[inline]
    pub(super) fn push(&mut self, offset: u64) {
        // `write_to` adds with wrap-around too, so a decreasing offset would also survive.
        let distance = offset.wrapping_sub(self.last);
        self.last = offset;
        if (1 << 7..1 << 14).contains(&distance)
            && let Some(slot) = self.block.get_mut(self.used..).and_then(<[u8]>::first_chunk_mut)
        {
            *slot = [(distance & 0x7F) as u8 | 0x80, (distance >> 7 & 0x7F) as u8];
            self.used += slot.len();
            return;
        }
        self.push_any(distance);
    }

    #[cold]
    fn push_any(&mut self, mut distance: u64) {
        if self.used > BLOCK - LONGEST {
            self.block.truncate(self.used);
            self.full.push(std::mem::replace(&mut self.block, vec![0; BLOCK]));
            self.used = 0;
        }
        loop {
            let (digits, is_last) = ((distance & 0x7F) as u8, distance <= 0x7F);
            if let Some(slot) = self.block.get_mut(self.used) {
                *slot = if is_last { digits } else { digits | 0x80 };
            }
            self.used += 1;
            if is_last {
                return;
            }
            distance >>= 7;
        }
    }

    /// Writes the event-offset array.
    pub(super) fn write_to(mut self, out: &mut impl Write) -> io::Result<()> {
        const ENTRIES: usize = 16 << 10;
        let mut entries = vec![[0; OffsetEntry::SIZE]; ENTRIES];
        let (mut count, mut offset) = (0, 0_u64);
        self.block.truncate(self.used);
        // An encoded distance does not cross the end of a block.
        for block in self.full.into_iter().chain([self.block]) {
            let mut bytes = block.as_slice();
            while let Some(distance) = read_distance(&mut bytes) {
                offset = offset.wrapping_add(distance);
                if let Some(slot) = entries.get_mut(count) {
                    *slot = OffsetEntry::new(offset).bytes();
                }
                count += 1;
                if count == ENTRIES {
                    out.write_all(entries.as_flattened())?;
                    count = 0;
                }
            }
        }
        out.write_all(entries.get(..count).unwrap_or_default().as_flattened())
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
