//! Walking from record to record where the offset array is gone or cannot be trusted.

use std::collections::BTreeSet;

use crate::event::{EventHeader, EventHeaderRef, Framing};
use crate::wire::{Field, FileTime, OffsetEntry, PointerWidth};

use super::Skipped;

/// What the walk is over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    pub(super) data: &'a [u8],
    /// Where the first record should be.
    pub(super) start: u64,
    /// Where the records end: at the offset array, or with the file.
    pub(super) end: u64,
    /// Whether `end` is the start of the offset array. If not, the walk looks out for the array.
    pub(super) end_is_known: bool,
    pub(super) width: PointerWidth,
    /// Offsets at which records should be, ascending.
    pub(super) anchors: &'a [u64],
}

/// What the walk found.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Offsets of the records, ascending.
    pub(super) records: Vec<u64>,
    /// End of the last record.
    pub(super) end: u64,
    /// Where an offset array begins that knows the records.
    pub(super) array: Option<u64>,
    /// The record that the end of the file cuts.
    pub(super) cut: Option<u64>,
    pub(super) skipped: Skipped,
    /// Where extra blocks lie that do not follow their records.
    pub(super) extras: BTreeSet<u64>,
}

/// What the fields of a prefix say about the size of the record.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    /// The next record begins behind so many bytes, or one byte later: the extra block is as large as can be told.
    Whole(u64, Gap),
    /// The record would go on behind the end.
    Cut,
    /// No record.
    Impossible,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gap {
    None,
    /// Where Procmon closes a capture, an extra block of 65,536 bytes is written whole, but its size is 65,535.
    Possible,
}

const HEADER: u64 = EventHeader::SIZE as u64;
/// No record of Procmon comes near these.
const GREATEST_DEPTH: u16 = 4096;
const GREATEST_DETAIL: u32 = 1 << 22;

impl Ground<'_> {
    pub(super) fn walk(&self) -> Walk {
        let mut walk = Walk { end: self.start, ..Walk::default() };
        let mut at = self.start;
        while at < self.end && self.end - at >= HEADER {
            if self.is_array(at, &walk.records) {
                walk.array = Some(aligned(at));
                return walk;
            }
            at = self.step(at, &mut walk);
        }
        let left = self.end.saturating_sub(at);
        if left > 0 && !self.end_is_known {
            walk.cut = Some(at);
            walk.skipped.add(at, left);
        } else if left > 3 {
            walk.skipped.add(at, left); // more than brings the array to a multiple of four
        }
        walk
    }

    /// Takes the record at `at`, if it is one, and finds the next.
    fn step(&self, at: u64, walk: &mut Walk) -> u64 {
        let frame = if self.is_likely(at) { self.frame(at) } else { Frame::Impossible };
        let Frame::Whole(size, gap) = frame else {
            let next = self.search(at + 1);
            if frame == Frame::Cut && next == self.end {
                walk.cut = Some(at);
            }
            walk.skipped.add(at, next - at);
            return next;
        };
        self.note_extra(at, size, walk);
        let mut end = self.behind_extras(at + size, walk);
        let goes_on = |end: u64, walk: &Walk| self.may_follow(end) || self.is_array(end, &walk.records);
        walk.records.push(at);
        if !goes_on(end, walk) {
            if gap == Gap::Possible && goes_on(end + 1, walk) {
                end += 1;
            } else {
                // Either this record is damaged, and others lie in what it claims, or what follows it is.
                let next = self.search(at + HEADER);
                if next < end {
                    walk.records.pop();
                    walk.skipped.add(at, next - at);
                    return next;
                }
                walk.skipped.add(end, next - end);
                walk.end = end;
                return next;
            }
        }
        walk.end = end;
        end
    }

    /// Remembers the extra block of a record if it lies elsewhere.
    fn note_extra(&self, at: u64, size: u64, walk: &mut Walk) {
        let extra = self.header(at).map_or(0, |header| u64::from(header.extra_offset()));
        if extra >= size {
            walk.extras.insert(at + extra);
        }
    }

    /// The end of the extra blocks of other records that begin here.
    fn behind_extras(&self, mut at: u64, walk: &mut Walk) -> u64 {
        while walk.extras.first().is_some_and(|&extra| extra <= at) {
            let is_here = walk.extras.pop_first() == Some(at);
            let size = if is_here { self.extra_size(at) } else { None };
            at = size.map_or(at, |size| at + Framing::EXTRA_SIZE as u64 + u64::from(size)).min(self.end);
        }
        at
    }

    /// Whether most of a list of offsets, by a sample, are of records.
    pub(super) fn has_records(&self, offsets: &[u64]) -> bool {
        let sample = offsets.iter().step_by(offsets.len() / 64 + 1);
        let (all, good) = sample.fold((0, 0), |(all, good), &at| (all + 1, good + u32::from(self.is_record(at))));
        2 * good > all
    }

    fn header(&self, at: u64) -> Option<EventHeaderRef<'_>> {
        let at = usize::try_from(at).ok()?;
        EventHeaderRef::new(self.data.get(at..usize::try_from(self.end).ok()?)?)
    }

    /// Whether the prefix, the stack and the detail block of a record that the file lists are there.
    pub(super) fn holds(&self, at: u64) -> bool {
        let size = |header| Framing::of(header, self.width).detail_end;
        at >= self.start && at < self.end && self.header(at).is_some_and(|header| size(header) <= self.end - at)
    }

    fn frame(&self, at: u64) -> Frame {
        let Some(header) = self.header(at) else { return Frame::Cut };
        if header.stack_depth() > GREATEST_DEPTH || header.detail_size() > GREATEST_DETAIL {
            return Frame::Impossible;
        }
        let detail_end = Framing::of(header, self.width).detail_end;
        let extra = u64::from(header.extra_offset());
        let left = self.end - at;
        if extra != 0 && extra < detail_end {
            return Frame::Impossible;
        }
        if extra != detail_end {
            // Without an extra block, or with one that lies elsewhere.
            return if detail_end > left { Frame::Cut } else { Frame::Whole(detail_end, Gap::None) };
        }
        let Some(size) = self.extra_size(at + extra) else { return Frame::Cut };
        let size = extra + Framing::EXTRA_SIZE as u64 + u64::from(size);
        let gap = if size == extra + Framing::MAX_EXTRA { Gap::Possible } else { Gap::None };
        if size > left { Frame::Cut } else { Frame::Whole(size, gap) }
    }

    fn extra_size(&self, at: u64) -> Option<u16> {
        let bytes = self.data.get(usize::try_from(at).ok()?..usize::try_from(self.end).ok()?)?;
        Framing::extra_size(bytes)
    }

    /// Whether a record may begin here, behind another one or where the file says so: its class and time are likely, or
    /// those of one that follows soon, or the file ends. Crafted logs have strange ones, but not all over.
    fn is_likely(&self, mut at: u64) -> bool {
        const SOON: usize = 4;
        for passed in 0..SOON {
            let Some(header) = self.header(at) else { return passed > 0 };
            let has_class = header.class().0 < 0x100 && header.unknown_0a() == 0;
            if has_class && (header.class().0 != 0 || is_of_our_days(header.time())) {
                return true;
            }
            match self.frame(at) {
                Frame::Whole(size, _) if *header.as_bytes() != [0; EventHeader::SIZE] => at += size,
                frame => return frame == Frame::Cut && passed > 0,
            }
        }
        false
    }

    /// Whether what begins here looks like a record in every respect.
    fn is_record(&self, at: u64) -> bool {
        const GREATEST_OPERATION: u16 = 100;
        self.header(at).is_some_and(|header| {
            (1..=6).contains(&header.class().0)
                && header.unknown_0a() == 0
                && header.operation() <= GREATEST_OPERATION
                && is_of_our_days(header.time())
                && self.frame(at) != Frame::Impossible
        })
    }

    /// Whether a record, or the end, may be here.
    fn may_follow(&self, at: u64) -> bool {
        if at > self.end || self.end - at < HEADER {
            return at <= self.end;
        }
        self.is_likely(at) && self.frame(at) != Frame::Impossible
    }

    /// Where the next record begins after damage: where the file says that there is one, or where two in a row look like
    /// records; else the end.
    fn search(&self, from: u64) -> u64 {
        let anchor = self.anchors.partition_point(|&anchor| anchor < from);
        let anchored = self.anchors.get(anchor..).unwrap_or_default().iter().copied();
        let anchored = { anchored }.find(|&at| at < self.end && matches!(self.frame(at), Frame::Whole(..)));
        let end = anchored.unwrap_or(self.end);
        (from..end).find(|&at| self.begins_a_chain(at)).unwrap_or(end)
    }

    fn begins_a_chain(&self, at: u64) -> bool {
        // Nearly all places fail by this, so that a search is as fast as memory.
        let class = usize::try_from(at).ok().and_then(|at| self.data.get(at + EventHeader::OFFSETS.class..));
        if !class.and_then(u32::read).is_some_and(|class| (1..=6).contains(&class)) || !self.is_record(at) {
            return false;
        }
        let Frame::Whole(size, gap) = self.frame(at) else { return false };
        let is_end = |end: u64| self.end_is_known && end <= self.end && self.end - end < 4;
        let follows = |end: u64| is_end(end) || self.is_record(end);
        follows(at + size) || (gap == Gap::Possible && follows(at + size + 1))
    }

    /// Whether an offset array begins here, or up to three bytes later: its first entries are records that were found.
    fn is_array(&self, at: u64, records: &[u64]) -> bool {
        if self.end_is_known || records.is_empty() {
            return false;
        }
        let Some(bytes) = usize::try_from(aligned(at)).ok().and_then(|at| self.data.get(at..)) else { return false };
        let entries = OffsetEntry::iter(bytes);
        let known = |entry: u64| entry >= self.start && entry < at && records.binary_search(&entry).is_ok();
        let enough = records.len().min(8);
        let mut entries = entries.take(enough);
        if entries.len() < enough || !entries.all(known) {
            return false;
        }
        // The fields of a record can be taken for one entry or two.
        enough == 8 || bytes.get(OffsetEntry::SIZE * records.len()..).is_some_and(begins_process_table)
    }
}

/// Whether a table begins here as Procmon writes them: a count, keys, and the first offset is that of what follows.
fn begins_process_table(bytes: &[u8]) -> bool {
    let number = |at: u64| u32::read(bytes.get(usize::try_from(at).ok()?..)?).map(u64::from);
    number(0).is_some_and(|count| count == 0 || number(4 + 4 * count) == Some(4 + 8 * count))
}

/// The next multiple of four.
pub(super) fn aligned(at: u64) -> u64 {
    at.next_multiple_of(4)
}

/// From 1990 to the start of the next century.
fn is_of_our_days(time: FileTime) -> bool {
    (0x01B4_0000_0000_0000..0x0230_0000_0000_0000).contains(&time.0)
}
