//! Scanning from record to record when the offset array is lost or cannot be trusted.
//!
//! Records cannot be framed with certainty (docs/PML-FORMAT.md, "Records cannot be framed forward"): no field holds the
//! size of a record, there is no marker at its start, and capture files contain bytes between records that belong to
//! none, namely detached extra blocks of earlier records and the stray byte after an extra block of 65,536 bytes. The
//! scan therefore checks each candidate against what follows it:
//!
//! - After a record, the next one only has to be *likely* (see [`Region::is_likely`]): an unusual record that directly
//!   follows a good one is probably real.
//! - After damage, the scan *searches* for two records in a row that are plausible in every field (see
//!   [`Region::is_record`]), or continues at an offset that the offset array lists.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::event::{EventHeader, EventHeaderRef, Framing};
use crate::wire::{FileTime, OffsetEntry, PointerWidth};

use crate::log::read_at::Blocks;

/// The part of a file that is scanned.
#[derive(Clone, Copy)]
pub(super) struct Region<'a> {
    pub(super) file: &'a Blocks<'a>,
    /// The offset of the first record.
    pub(super) start: u64,
    /// The end of the records: the start of the offset array, or the end of the file.
    pub(super) end: u64,
    /// True if `end` is the start of the offset array. If not, the scan looks for the array.
    pub(super) end_is_known: bool,
    pub(super) width: PointerWidth,
    /// The offsets of records according to the offset array, ascending.
    pub(super) anchors: &'a [u64],
}

/// The result of a scan.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The offsets of the records, ascending.
    pub(super) records: Vec<u64>,
    /// The end of the last record.
    pub(super) end: u64,
    /// The start of the offset array, if the scan found one that lists the records.
    pub(super) array: Option<u64>,
    /// The offset of the record that is cut off by the end of the file.
    pub(super) cut: Option<u64>,
    pub(super) skipped: Skipped,
    /// The listed records that were left out because they overlap others.
    pub(super) overlapping: Overlapping,
    /// The offsets of detached extra blocks that the scan has not reached yet.
    pub(super) extras: BTreeSet<u64>,
    /// The number of anchors that the scan has passed, or that lead to no record. Each is rejected once, so that many bad
    /// anchors and many damaged places do not multiply.
    pub(super) rejected_anchors: usize,
}

/// The size of a record according to its prefix.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Frame {
    /// The record is in the region and has this size in bytes, perhaps with a stray byte after it.
    Whole(u64, Gap),
    /// The record extends past the end of the region.
    Cut,
    /// The fields contradict each other or have impossible values.
    Impossible,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gap {
    None,
    /// One stray byte may follow. In capture files, an extra block of 65,536 bytes is written whole, but its `u16` size
    /// is 65,535 (docs/PML-FORMAT.md, "The 65,536-byte directory listing").
    Possible,
}

const HEADER: u64 = EventHeader::SIZE as u64;
/// The limits of a plausible prefix, far above all values that Procmon writes.
const MAX_DEPTH: u16 = 4096;
const MAX_DETAIL: u32 = 1 << 22;

impl Region<'_> {
    /// Scans the region, and rejects a result that is probably not records: fewer than eight, none of them plausible in
    /// every field. The tables of a log without events can produce such a result.
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

    /// Scans the region from its start.
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
            scan.skipped.add(at, left); // up to three bytes are padding that aligns the offset array to 4
        }
        scan
    }

    /// Adds the record at `at` to the scan, if there is one. Returns the offset at which to continue.
    fn step(&self, at: u64, scan: &mut Scan) -> u64 {
        let frame = if self.is_likely(at) { self.frame(at) } else { Frame::Impossible };
        let Frame::Whole(size, gap) = frame else {
            let next = self.search(at + 1, scan);
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
                // Either this record is damaged, and its wrong size covers other records, or the bytes after it are
                // damaged. If a search within this record finds another record, this one is damaged.
                let next = self.search(at + HEADER, scan);
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

    /// Notes the offset of the extra block of a record if it is detached, so that the scan skips it later.
    fn note_extra(&self, at: u64, size: u64, scan: &mut Scan) {
        let extra = self.header(at).map_or(0, |header| u64::from(header.view().extra_offset()));
        if extra >= size {
            scan.extras.insert(at + extra);
        }
    }

    /// Skips the detached extra blocks of earlier records that begin at `at`. Returns the end of the last one.
    fn after_extras(&self, mut at: u64, scan: &mut Scan) -> u64 {
        while scan.extras.first().is_some_and(|&extra| extra <= at) {
            let is_here = scan.extras.pop_first() == Some(at);
            let size = if is_here { self.extra_size(at) } else { None };
            at = size.map_or(at, |size| at + Framing::EXTRA_SIZE as u64 + u64::from(size)).min(self.end);
        }
        at
    }

    /// Returns true if most offsets in a list are offsets of records, judging by a sample of at most 64.
    pub(super) fn has_records(&self, offsets: &[u64]) -> bool {
        let sample = offsets.iter().step_by(offsets.len() / 64 + 1);
        let (all, good) = sample.fold((0, 0), |(all, good), &at| (all + 1, good + u32::from(self.is_record(at))));
        2 * good > all
    }

    /// Returns the prefix of the record at an offset, if the prefix ends within the region.
    fn header(&self, at: u64) -> Option<Prefix> {
        if at.checked_add(HEADER)? > self.end { None } else { self.file.array(at).map(Prefix) }
    }

    /// Returns true if the prefix, the stack and the detail block of the record at an offset are within the region.
    pub(super) fn contains_record(&self, at: u64) -> bool {
        at >= self.start
            && self.header(at).is_some_and(|header| Framing::of(header.view(), self.width).detail_end <= self.end - at)
    }

    /// Returns the end of the record at an offset according to its prefix, including an extra block that directly follows
    /// the detail block. Returns the offset itself if the prefix is not in the region.
    pub(super) fn record_end(&self, at: u64) -> u64 {
        let Some(prefix) = self.header(at) else { return at };
        let end = at + Framing::of(prefix.view(), self.width).detail_end;
        let extra = u64::from(prefix.view().extra_offset());
        match self.extra_size(end).filter(|_| extra != 0 && at + extra == end) {
            Some(size) => end + Framing::EXTRA_SIZE as u64 + u64::from(size),
            None => end,
        }
    }

    /// Returns the size of the record at an offset according to its prefix, including an extra block that directly
    /// follows the detail block.
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
            // There is no extra block, or it is detached.
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

    /// Returns true if a record probably begins at an offset that directly follows another record: the class and time
    /// of this record, or of one of the next three, are plausible, or the region ends. Hand-made logs can have records
    /// with unusual fields, but rarely many in a row.
    fn is_likely(&self, mut at: u64) -> bool {
        const SOON: usize = 4;
        for passed in 0..SOON {
            let Some(prefix) = self.header(at) else { return true };
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

    /// Returns true if the bytes at an offset are plausible as a record in every field. Strict enough to be tried at
    /// arbitrary offsets.
    pub(super) fn is_record(&self, at: u64) -> bool {
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

    /// Returns true if a record, or the end of the region, may be at an offset that directly follows a record.
    fn may_follow(&self, at: u64) -> bool {
        if at > self.end || self.end - at < HEADER {
            return at <= self.end;
        }
        self.is_likely(at) && self.frame(at) != Frame::Impossible
    }

    /// Returns the offset of the next record after damage: the next anchor, or an earlier offset at which two plausible
    /// records in a row begin. Returns the end of the region if there is neither. Each call must search from a greater
    /// offset than the one before it.
    fn search(&self, from: u64, scan: &mut Scan) -> u64 {
        let is_rejected = |at: u64| at < from || at >= self.end || !matches!(self.frame(at), Frame::Whole(..));
        let left = self.anchors.get(scan.rejected_anchors..).unwrap_or_default();
        scan.rejected_anchors += left.iter().take_while(|&&at| is_rejected(at)).count();
        let end = self.anchors.get(scan.rejected_anchors).copied().unwrap_or(self.end);
        self.search_bytes(from, end).unwrap_or(end)
    }

    /// Returns the first offset before `end` at which two plausible records in a row begin. Tries every byte, because
    /// records are not aligned.
    fn search_bytes(&self, from: u64, end: u64) -> Option<u64> {
        const CLASS: usize = EventHeader::OFFSETS.class;
        let mut at = from;
        while at < end {
            let bytes = self.file.read_some(at + CLASS as u64, end - at + 3);
            // These four bytes (the class, 1 to 6, and two zero bytes) reject nearly all offsets, so the search runs
            // about as fast as memory can be read.
            let classes = bytes.windows(4).map(|class| matches!(class, [1..=6, 0, 0, 0]));
            let candidates = (at..end).zip(classes).filter(|&(_, has_class)| has_class);
            if let Some((found, _)) = { candidates }.find(|&(at, _)| self.begins_a_chain(at)) {
                return Some(found);
            }
            at += match bytes.len() {
                0..4 => return None, // the file ends
                len => len as u64 - 3,
            };
        }
        None
    }

    /// Returns true if a plausible record at an offset is followed by another one, or by the known end of the records.
    fn begins_a_chain(&self, at: u64) -> bool {
        if !self.is_record(at) {
            return false;
        }
        let Frame::Whole(size, gap) = self.frame(at) else { return false };
        let is_end = |end: u64| self.end_is_known && end <= self.end && self.end - end < 4;
        let follows = |end: u64| is_end(end) || self.is_record(end);
        follows(at + size) || (gap == Gap::Possible && follows(at + size + 1))
    }

    /// Returns true if an offset array begins at an offset, or after up to three bytes of padding: its first entries,
    /// up to eight, are offsets of records that were found.
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
        // Fields of a record can look like one or two entries, so a short array needs a second criterion.
        enough == 8 || self.begins_process_table(array + (OffsetEntry::SIZE * records.len()) as u64)
    }

    /// Returns true if a process table as Procmon writes it begins at an offset: the count and the keys are followed by
    /// offsets, and the first offset points to the end of the offsets.
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

/// The listed records that overlap others.
#[derive(Debug, Default)]
pub(super) struct Overlapping {
    pub(super) count: u32,
    /// The offsets of the first two records that overlap.
    pub(super) first: Option<[u64; 2]>,
}

impl Overlapping {
    pub(super) fn note(&mut self, records: [u64; 2]) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert(records);
    }
}

/// The bytes that do not belong to a readable event.
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

/// Rounds an offset up to a multiple of four, the alignment of the offset array.
pub(super) fn aligned(at: u64) -> u64 {
    at.next_multiple_of(4)
}

/// Returns true if a time is between about 1990 and 2100.
fn is_plausible(time: FileTime) -> bool {
    (0x01B4_0000_0000_0000..0x0230_0000_0000_0000).contains(&time.0)
}
