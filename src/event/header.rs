//! The prefix of an event record, and the offsets of the parts that follow it.

use crate::code::{EventClass, NtStatus};
use crate::wire::macros::record;
use crate::wire::{Field, FileTime, PointerWidth, Ticks};

record! {
    /// The prefix of an event record.
    pub(crate) struct EventHeader / EventHeaderRef / EventHeaderOffsets [0x34] {
        /// The key of the process in the process table.
        0x00 process_index: u32,
        /// The thread id; 0 for network events.
        0x04 thread_id: u32,
        /// The event class.
        0x08 class: EventClass,
        /// Unknown: 0 in every known log. Procmon ignores it; other readers take it for the upper half of the class.
        0x0A unknown_0a: u16,
        /// The code of the operation within its class.
        0x0C operation: u16,
        /// Filler.
        0x0E unknown_0e: u16,
        /// The sequence number of the driver. Numbers of network events start at 0x2000_0000.
        0x10 sequence: u32,
        /// The duration of the operation; undefined if the status is [`NtStatus::PENDING`].
        0x14 duration: Ticks,
        /// The start time of the operation, in UTC.
        0x1C time: FileTime,
        /// The result of the operation.
        0x24 status: NtStatus,
        /// The number of stack frames.
        0x28 stack_depth: u16,
        /// Filler.
        0x2A unknown_2a: u16,
        /// The size of the detail block in bytes.
        0x2C detail_size: u32,
        /// The offset of the extra block from the start of the event, in bytes; 0 if there is none.
        0x30 extra_offset: u32,
    }
}

/// The offsets of the parts of an event record, in bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    /// The start of the detail block, which is the end of the call stack.
    pub(crate) detail: u32,
    /// The end of the detail block. The sizes come from the file, so their sum can exceed 32 bits.
    pub(crate) detail_end: u64,
}

impl Framing {
    /// The size of the size field at the start of an extra block, in bytes.
    pub(crate) const EXTRA_SIZE: usize = 2;
    /// The size of the largest extra block with its size field, in bytes.
    pub(crate) const MAX_EXTRA: u64 = Self::EXTRA_SIZE as u64 + u16::MAX as u64;

    /// Computes the offsets from the sizes in the prefix.
    #[inline]
    pub(crate) fn of(header: EventHeaderRef<'_>, width: PointerWidth) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the record is 52 bytes long")]
        const PREFIX: u32 = EventHeader::SIZE as u32;
        let detail = PREFIX + u32::from(header.stack_depth()) * width.bytes();
        Self { detail, detail_end: u64::from(detail) + u64::from(header.detail_size()) }
    }

    /// Returns the value of the size field of an extra block; `None` if `block` has fewer than two bytes.
    #[inline]
    pub(crate) fn extra_size(block: &[u8]) -> Option<u16> {
        u16::read(block)
    }

    /// Returns the data of an extra block, without its size field, up to the end of `block`.
    #[inline]
    pub(crate) fn extra_data(block: &[u8]) -> Option<&[u8]> {
        let (size, data) = (Self::extra_size(block)?, block.get(Self::EXTRA_SIZE..)?);
        Some(data.get(..size.into()).unwrap_or(data))
    }
}

#[cfg(test)]
mod tests {
    use super::{EventHeader, EventHeaderRef};
    use crate::code::{EventClass, NtStatus};
    use crate::wire::{FileTime, Ticks};

    #[test]
    fn an_event_header_survives_a_round_trip() {
        let header = EventHeader {
            process_index: 0x0403_0201,
            thread_id: 0x0807_0605,
            class: EventClass(0x0A09),
            unknown_0a: 0x0C0B,
            operation: 0x0E0D,
            unknown_0e: 0x100F,
            sequence: 0x1413_1211,
            duration: Ticks(0x1C1B_1A19_1817_1615),
            time: FileTime(0x2423_2221_201F_1E1D),
            status: NtStatus(0x2827_2625),
            stack_depth: 0x2A29,
            unknown_2a: 0x2C2B,
            detail_size: 0x302F_2E2D,
            extra_offset: 0x3433_3231,
        };
        let bytes = header.to_bytes();
        assert_eq!(bytes.to_vec(), (1..=0x34).collect::<Vec<u8>>());
        let view = EventHeaderRef::new(&bytes).unwrap();
        assert_eq!(format!("{view:?}"), format!("{header:?}"));
        assert!(EventHeaderRef::new(&bytes[1..]).is_none());
    }
}
