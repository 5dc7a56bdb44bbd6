//! Scanning from record to record where the offset array is gone or cannot be trusted.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::event::{EventHeader, EventHeaderRef, Framing};
use crate::wire::{FileTime, OffsetEntry, PointerWidth};

use crate::log::read_at::Blocks;

/// The part of a file that is scanned.
#[derive(Clone, Copy)]
pub(super) struct Region<'a> {
    pub(super) file: &'a Blocks<'a>,
    /// Where the first record should be.
    pub(super) start: u64,
    /// Where the records end: at the offset array, or with the file.
    pub(super) end: u64,
    /// True if `end` is the start of the offset array. If not, the scan looks for the array.
    pub(super) end_is_known: bool,
    pub(super) width: PointerWidth,
    /// Offsets at which records should be, ascending.
    pub(super) anchors: &'a [u64],
}

/// The result of a scan.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Offsets of the records, ascending.
    pub(super) records: Vec<u64>,
    /// End of the last record.
    pub(super) end: u64,
    /// Where an offset array begins that lists the records.
    pub(super) array: Option<u64>,
    /// The record that the end of the file cuts.
    pub(super) cut: Option<u64>,
    pub(super) skipped: Skipped,
    /// Offsets of extra blocks that do not follow their records.
    pub(super) extras: BTreeSet<u64>,
}

/// The size of a record, by the fields of its prefix.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    /// The next record begins after this number of bytes; or a byte later, if the extra block has the largest size.
    Whole(u64, Gap),
    /// The record extends past the end.
    Cut,
    /// There is no record.
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
const MAX_DEPTH: u16 = 4096;
const MAX_DETAIL: u32 = 1 << 22;

impl Region<'_> {
    /// Scans the region. A few records of which none looks like one in every respect are other bytes, such as the tables
    /// of a log without events.
    pub(super) fn scan_for_records(&self) -> Scan {
        const FEW: usize = 8;
        let scan = self.scan();
        if scan.records.len() >= FEW || scan.records.iter().any(|&record| self.is_record(record)) {
            return scan;
        }
        let mut nothing = Scan { end: self.start, ..Scan::default() };
        nothing.skipped.add(self.start, self.end.saturating_sub(self.start));
        nothing
    }

    pub(super) fn scan(&self) -> Scan {
        let mut scan = Scan { end: self.start, ..Scan::default() };
        let mut at = self.start;
        while at < self.end && self.end - at >= HEADER {
            if self.is_array(at, &scan.records) {
                scan.array = Some(aligned(at));
                return scan;
            }
            at = self.step(at, &mut scan);
        }
        let left = self.end.saturating_sub(at);
        if left > 0 && !self.end_is_known {
            scan.cut = Some(at);
            scan.skipped.add(at, left);
        } else if left > 3 {
            scan.skipped.add(at, left); // more than brings the array to a multiple of four
        }
        scan
    }

    /// Takes the record at `at`, if it is one, and finds the next.
    fn step(&self, at: u64, scan: &mut Scan) -> u64 {
        let frame = if self.is_likely(at) { self.frame(at) } else { Frame::Impossible };
        let Frame::Whole(size, gap) = frame else {
            let next = self.search(at + 1);
            if frame == Frame::Cut && next == self.end {
                scan.cut = Some(at);
            }
            scan.skipped.add(at, next - at);
            return next;
        };
        self.note_extra(at, size, scan);
        let mut end = self.after_extras(at + size, scan);
        let goes_on = |end: u64, scan: &Scan| self.may_follow(end) || self.is_array(end, &scan.records);
        scan.records.push(at);
        if !goes_on(end, scan) {
            if gap == Gap::Possible && goes_on(end + 1, scan) {
                end += 1;
            } else {
                // Either this record is damaged, and others are within the bytes that it claims, or what follows it is.
                let next = self.search(at + HEADER);
                if next < end {
                    scan.records.pop();
                    scan.skipped.add(at, next - at);
                    return next;
                }
                scan.skipped.add(end, next - end);
                scan.end = end;
                return next;
            }
        }
        scan.end = end;
        end
    }

    /// Remembers the extra block of a record if it is stored elsewhere.
    fn note_extra(&self, at: u64, size: u64, scan: &mut Scan) {
        let extra = self.header(at).map_or(0, |header| u64::from(header.view().extra_offset()));
        if extra >= size {
            scan.extras.insert(at + extra);
        }
    }

    /// The end of the extra blocks of other records that begin here.
    fn after_extras(&self, mut at: u64, scan: &mut Scan) -> u64 {
        while scan.extras.first().is_some_and(|&extra| extra <= at) {
            let is_here = scan.extras.pop_first() == Some(at);
            let size = if is_here { self.extra_size(at) } else { None };
            at = size.map_or(at, |size| at + Framing::EXTRA_SIZE as u64 + u64::from(size)).min(self.end);
        }
        at
    }

    /// True if most of a list of offsets, by a sample, are those of records.
    pub(super) fn has_records(&self, offsets: &[u64]) -> bool {
        let sample = offsets.iter().step_by(offsets.len() / 64 + 1);
        let (all, good) = sample.fold((0, 0), |(all, good), &at| (all + 1, good + u32::from(self.is_record(at))));
        2 * good > all
    }

    /// The prefix of the record at an offset, if it ends within the region.
    fn header(&self, at: u64) -> Option<Prefix> {
        if at.checked_add(HEADER)? > self.end { None } else { self.file.array(at).map(Prefix) }
    }

    /// True if the prefix, the stack and the detail block of a record that the file lists are there.
    pub(super) fn contains_record(&self, at: u64) -> bool {
        at >= self.start
            && at < self.end
            && self.header(at).is_some_and(|header| Framing::of(header.view(), self.width).detail_end <= self.end - at)
    }

    fn frame(&self, at: u64) -> Frame {
        let Some(prefix) = self.header(at) else { return Frame::Cut };
        let header = prefix.view();
        if header.stack_depth() > MAX_DEPTH || header.detail_size() > MAX_DETAIL {
            return Frame::Impossible;
        }
        let detail_end = Framing::of(header, self.width).detail_end;
        let extra = u64::from(header.extra_offset());
        let left = self.end - at;
        if extra != 0 && extra < detail_end {
            return Frame::Impossible;
        }
        if extra != detail_end {
            // Without an extra block, or with one that is stored elsewhere.
            return if detail_end > left { Frame::Cut } else { Frame::Whole(detail_end, Gap::None) };
        }
        let Some(size) = self.extra_size(at + extra) else { return Frame::Cut };
        let size = extra + Framing::EXTRA_SIZE as u64 + u64::from(size);
        let gap = if size == extra + Framing::MAX_EXTRA { Gap::Possible } else { Gap::None };
        if size > left { Frame::Cut } else { Frame::Whole(size, gap) }
    }

    fn extra_size(&self, at: u64) -> Option<u16> {
        const SIZE: usize = Framing::EXTRA_SIZE;
        if at.checked_add(SIZE as u64)? > self.end {
            return None;
        }
        Framing::extra_size(&self.file.array::<SIZE>(at)?)
    }

    /// True if a record may begin here, after another one or where the file says so: its class and time are likely, or
    /// those of one that follows soon, or the file ends. Crafted logs have strange ones, but not everywhere.
    fn is_likely(&self, mut at: u64) -> bool {
        const SOON: usize = 4;
        for passed in 0..SOON {
            let Some(prefix) = self.header(at) else { return passed > 0 };
            let header = prefix.view();
            let has_class = header.class().0 < 0x100 && header.unknown_0a() == 0;
            if has_class && (header.class().0 != 0 || is_plausible(header.time())) {
                return true;
            }
            match self.frame(at) {
                Frame::Whole(size, _) if *header.as_bytes() != [0; EventHeader::SIZE] => at += size,
                frame => return frame == Frame::Cut && passed > 0,
            }
        }
        false
    }

    /// True if what begins here looks like a record in every respect.
    fn is_record(&self, at: u64) -> bool {
        const MAX_OPERATION: u16 = 100;
        self.header(at).is_some_and(|header| {
            let header = header.view();
            (1..=6).contains(&header.class().0)
                && header.unknown_0a() == 0
                && header.operation() <= MAX_OPERATION
                && is_plausible(header.time())
                && self.frame(at) != Frame::Impossible
        })
    }

    /// True if a record, or the end, may be here.
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
        self.search_bytes(from, end).unwrap_or(end)
    }

    /// The first offset before `end` at which two records in a row begin, by a look at every byte.
    fn search_bytes(&self, from: u64, end: u64) -> Option<u64> {
        const CLASS: usize = EventHeader::OFFSETS.class;
        let mut at = from;
        while at < end {
            let bytes = self.file.read_some(at + CLASS as u64, end - at + 3);
            // Nearly all places fail by their class, so that a search is as fast as memory.
            let classes = bytes.windows(4).map(|class| matches!(class, [1..=6, 0, 0, 0]));
            let candidates = (at..end).zip(classes).filter(|&(_, has_class)| has_class);
            if let Some((found, _)) = { candidates }.find(|&(at, _)| self.begins_a_chain(at)) {
                return Some(found);
            }
            at += match bytes.len() {
                0..4 => return None, // the file ends here
                len => len as u64 - 3,
            };
        }
        None
    }

    fn begins_a_chain(&self, at: u64) -> bool {
        if !self.is_record(at) {
            return false;
        }
        let Frame::Whole(size, gap) = self.frame(at) else { return false };
        let is_end = |end: u64| self.end_is_known && end <= self.end && self.end - end < 4;
        let follows = |end: u64| is_end(end) || self.is_record(end);
        follows(at + size) || (gap == Gap::Possible && follows(at + size + 1))
    }

    /// True if an offset array begins here, or up to three bytes later: its first entries are records that were found.
    fn is_array(&self, at: u64, records: &[u64]) -> bool {
        if self.end_is_known || records.is_empty() {
            return false;
        }
        let is_known = |entry: u64| entry >= self.start && entry < at && records.binary_search(&entry).is_ok();
        let enough = records.len().min(8);
        let array = aligned(at);
        let mut entries = super::array(self.file, array).take(enough);
        if !(0..enough).all(|_| entries.next().is_some_and(is_known)) {
            return false;
        }
        // The fields of a record can be taken for one entry or two.
        enough == 8 || self.begins_process_table(array + (OffsetEntry::SIZE * records.len()) as u64)
    }

    /// True if a table begins here as Procmon writes them: a count, keys, and the first offset is that of what follows.
    fn begins_process_table(&self, at: u64) -> bool {
        let number = |offset: u64| Some(u64::from(u32::from_le_bytes(self.file.array(at.checked_add(offset)?)?)));
        number(0).is_some_and(|count| count == 0 || number(4 + 4 * count) == Some(4 + 8 * count))
    }
}

/// A copy of the prefix of a record.
struct Prefix([u8; EventHeader::SIZE]);

impl Prefix {
    fn view(&self) -> EventHeaderRef<'_> {
        EventHeaderRef::new(&self.0).unwrap_or(EventHeaderRef::ZERO)
    }
}

/// Ranges of bytes that belong to no event.
#[derive(Debug, Default)]
pub(super) struct Skipped {
    pub(super) bytes: u64,
    pub(super) ranges: Vec<Range<u64>>,
}

impl Skipped {
    fn add(&mut self, offset: u64, len: u64) {
        const MAX_RANGES: usize = 1000;
        self.bytes += len;
        let is_room = self.ranges.len() < MAX_RANGES;
        match self.ranges.last_mut() {
            Some(last) if last.end == offset => last.end += len,
            _ if len > 0 && is_room => self.ranges.push(offset..offset + len),
            _ => {}
        }
    }
}

/// The next multiple of four.
pub(super) fn aligned(at: u64) -> u64 {
    at.next_multiple_of(4)
}

/// From 1990 to the start of the next century.
fn is_plausible(time: FileTime) -> bool {
    (0x01B4_0000_0000_0000..0x0230_0000_0000_0000).contains(&time.0)
}
