//! Recovering damaged logs: captures that crashed or are still running, truncated files, corrupt tables.
//!
//! The header and tables are used where they are consistent. The rest is rebuilt: the offsets of events by
//! [scanning](scan) from record to record, the processes from [their events](facts). Every step is linear in the size
//! of the file, which is read in blocks and windows.

mod facts;
mod report;
mod scan;
mod tables;

pub use report::{SalvageReport, SectionState};

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::overlaps::Used;
use super::read_at::{Blocks, ReadAt};
use super::window::{Entries, Window};
use crate::error::Result;
use crate::event::{Event, EventHeader, EventHeaderRef};
use crate::index::table::Table;
use crate::index::{Index, Interner, Tables, WarningKind, Warnings};
use crate::wire::layout::FileHeader;
use crate::wire::{FileTime, OffsetEntry, PointerWidth};

use facts::Facts;
use scan::{Overlapping, Region, Scan};
use tables::Found;

/// The result of salvaging a file, apart from its index.
#[derive(Debug)]
pub(in crate::log) struct Salvage {
    /// An event-offset array of the records that were found, encoded as in a file.
    pub(in crate::log) offsets: Vec<u8>,
    pub(in crate::log) report: SalvageReport,
}

/// Opens a file that may be damaged. Returns its index and, if the file is damaged, the rest of the salvaged data.
///
/// If there is neither a header nor an event, fails with the error of opening the file normally. Also fails if reading
/// fails.
pub(super) fn open(source: &dyn ReadAt) -> Result<(Index, Option<Box<Salvage>>)> {
    let file = Blocks::new(source)?;
    let opened = match Index::parse(&file) {
        Ok(index) => examine(index, &file)?,
        Err(error) => salvage(&file)?.ok_or(error)?,
    };
    file.check()?;
    Ok(opened)
}

type Opened = (Index, Option<Box<Salvage>>);

/// Examines a file whose header and tables can be read.
fn examine(index: Index, file: &Blocks<'_>) -> Result<Opened> {
    if !is_intact(&index, file)? {
        // If salvaging finds nothing, the index that could be read is still useful.
        return Ok(salvage(file)?.unwrap_or((index, None)));
    }
    let is_lost = |kind| index.warnings().iter().any(|warning| warning.kind == kind);
    let icons = if is_lost(WarningKind::UnreadableIcons) { SectionState::Lost } else { SectionState::Intact };
    let hosts = match is_lost(WarningKind::UnreadableHosts) {
        true if index.hosts().is_empty() => SectionState::Lost,
        true => SectionState::Truncated,
        false => SectionState::Intact,
    };
    if (icons, hosts) == (SectionState::Intact, SectionState::Intact) {
        return Ok((index, None));
    }
    let count = index.event_count();
    let records: Vec<_> = array(file, index.events().end).take(count as usize).collect();
    let offsets = array_of(&records);
    let mut report =
        SalvageReport { icons, hosts, events: count, declared_events: Some(count), ..SalvageReport::NOTHING_LOST };
    count_losses(&mut report, &index, file, &offsets)?;
    Ok((index, Some(Box::new(Salvage { offsets, report }))))
}

/// Returns true if all events of the offset array can be read, if their records do not overlap, and if the file has no
/// others.
fn is_intact(index: &Index, file: &Blocks<'_>) -> Result<bool> {
    let Range { start, end } = *index.events();
    if index.event_count() == 0 {
        return Ok(end - start < EventHeader::SIZE as u64);
    }
    // A table that was overwritten with zeros parses as an empty one, but a log with events has processes and strings.
    if index.processes().len() == 0 || index.string_count() == 0 {
        return Ok(false);
    }
    let (mut is_intact, mut used) = (true, Used::default());
    for_each_event(index, file, Source::InFile(end), index.event_count() as usize, |event| {
        is_intact &= event.is_ok_and(|event| {
            let [record, _] = event.ranges();
            used.add(record)
        });
    })?;
    Ok(is_intact)
}

/// Encodes offsets as an offset array.
fn array_of(offsets: &[u64]) -> Vec<u8> {
    offsets.iter().flat_map(|&offset| OffsetEntry::new(offset).bytes()).collect()
}

/// Returns the entries of the offset array at `at`, up to the end of the file.
fn array<'f>(file: &'f Blocks<'_>, at: u64) -> impl Iterator<Item = u64> + 'f {
    const STEP: usize = OffsetEntry::SIZE;
    (at..).step_by(STEP).map_while(|at| file.array::<STEP>(at)).map(|entry| OffsetEntry::from(entry).offset())
}

/// The source of the offset array through which events are read.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// The file, at this offset.
    InFile(u64),
    /// Memory.
    Rebuilt(&'a [u8]),
}

/// Calls `work` with the events of an offset array, window by window.
fn for_each_event(
    index: &Index,
    file: &Blocks<'_>,
    offsets: Source<'_>,
    count: usize,
    mut work: impl FnMut(Result<Event<'_>>),
) -> Result<()> {
    let mut window = Window::default();
    let mut next = 0;
    while next < count {
        window.clear(next);
        let start = next * OffsetEntry::SIZE;
        let entries = match offsets {
            Source::InFile(offset) => Entries::InFile(offset + start as u64),
            Source::Rebuilt(array) => Entries::Salvaged(array.get(start..).unwrap_or_default()),
        };
        window.fill(file.source(), index, entries, window.capacity(index, count).min(count - next))?;
        if window.is_empty() {
            break;
        }
        (0..window.len()).filter_map(|number| window.event(index, number)).for_each(&mut work);
        next += window.len();
    }
    Ok(())
}

/// Counts lost extra blocks and processes without a name.
fn count_losses(report: &mut SalvageReport, index: &Index, file: &Blocks<'_>, offsets: &[u8]) -> Result<()> {
    let mut names = HashMap::new();
    let count = offsets.len() / OffsetEntry::SIZE;
    for_each_event(index, file, Source::Rebuilt(offsets), count, |event| {
        let Ok(event) = event else { return };
        let is_named = || event.process().is_some_and(|process| !process.name().is_empty());
        names.entry(event.process_key()).or_insert_with(is_named);
        report.lost_extras += u32::from(event.header().extra_offset() != 0 && event.extra().is_none());
    })?;
    let unnamed = names.values().filter(|&&is_named| !is_named).count();
    report.unnamed_processes = u32::try_from(unnamed).unwrap_or(u32::MAX);
    Ok(())
}

/// Recovers a damaged file. Returns `None` if it has neither a header nor an event.
fn salvage(file: &Blocks<'_>) -> Result<Option<Opened>> {
    let Some(trusted) = Trusted::of(file) else { return Ok(None) };
    let scan = trusted.listed().unwrap_or_else(|| trusted.region().scan_for_records());
    if scan.records.is_empty() && !trusted.has_signature {
        return Ok(None);
    }
    trusted.rebuild(scan).map(Some)
}

/// The header fields that passed validation, and conclusions from them.
struct Trusted<'f, 'a> {
    file: &'f Blocks<'a>,
    header: FileHeader,
    header_state: SectionState,
    /// True if the file begins with the signature and the number of a supported version.
    has_signature: bool,
    /// The offset of the first record.
    start: u64,
    /// The end of the records: the start of the offset array if there is one, else the end of the file.
    end: u64,
    /// True if the offset array was found through the header.
    has_array: bool,
    /// The valid entries of the offset array, ascending.
    anchors: Vec<u64>,
}

impl<'f, 'a> Trusted<'f, 'a> {
    fn of(file: &'f Blocks<'a>) -> Option<Self> {
        let table = Table { source: file, offset: 0 };
        let mut header: FileHeader = table.record(0, FileHeader::SIZE, "header", ()).ok()?;
        let has_signature = header.magic == *b"PML_" && (4..=9).contains(&header.version);
        let (len, array_at) = (file.size(), header.event_offsets_offset);
        // Procmon writes the process table directly after the offset array and the strings table after that, so three
        // fields of a valid header confirm each other.
        let is_laid_out = array_at > 0
            && array_at.checked_add(OffsetEntry::array_size(header.event_count)) == Some(header.processes_offset)
            && header.processes_offset < header.strings_offset;
        let header_state = match (has_signature, is_laid_out) {
            (true, true) => SectionState::Intact,
            (true, false) | (false, true) => SectionState::Partial { lost: 1 },
            (false, false) => {
                header = blank_header()?;
                SectionState::Lost
            }
        };
        (header.magic, header.version) = (*b"PML_", if has_signature { header.version } else { 9 });
        let start = FileHeader::SIZE as u64;
        let mut trusted =
            Self { file, header, header_state, has_signature, start, end: len, has_array: false, anchors: Vec::new() };
        if header_state == SectionState::Lost {
            trusted.header.is_64bit = u32::from(trusted.guess_width().is_64bit());
        }
        trusted.find_array(is_laid_out);
        Some(trusted)
    }

    /// Guesses the pointer width: scans the first records with both widths, and returns the width with which the
    /// records cover more bytes. The wrong width frames stacks wrongly, so few records follow each other.
    fn guess_width(&self) -> PointerWidth {
        /// The number of bytes to scan.
        const ENOUGH: u64 = 1 << 20;
        let covered = |width| {
            let region = Region { width, end: self.end.min(self.start + ENOUGH), ..self.region() };
            let scan = region.scan();
            (scan.end - self.start).saturating_sub(scan.skipped.bytes)
        };
        let is_wide = covered(PointerWidth::Bits64) >= covered(PointerWidth::Bits32);
        if is_wide { PointerWidth::Bits64 } else { PointerWidth::Bits32 }
    }

    /// Uses the offset array that the header points to if the header is consistent, or if most of the entries are
    /// offsets of records.
    fn find_array(&mut self, is_laid_out: bool) {
        let at = self.header.event_offsets_offset;
        if at < self.start || at > self.end {
            return;
        }
        let entries = array(self.file, at).take(self.header.event_count as usize);
        let mut anchors: Vec<_> = entries.filter(|entry| (self.start..at).contains(entry)).collect();
        anchors.sort_unstable();
        anchors.dedup();
        if is_laid_out || self.region().has_records(&anchors) {
            (self.end, self.has_array, self.anchors) = (at, true, anchors);
        }
    }

    /// Returns the records of the offset array if the array is complete and all of its records are in the file.
    fn listed(&self) -> Option<Scan> {
        let records = if self.has_array { self.entries(self.end, &[]) } else { return None };
        let is_whole = records.len() == self.header.event_count as usize
            && records.iter().all(|&record| self.region().contains_record(record));
        is_whole.then(|| {
            let (records, overlapping) = self.apart(records);
            Scan { records, overlapping, end: self.end, ..Scan::default() }
        })
    }

    /// Returns the records that do not overlap others, and the overlaps. Of two records that overlap, the outer one is
    /// left out if a plausible record begins within it, because its size is then damaged. Otherwise the one that begins
    /// later is left out.
    fn apart(&self, mut records: Vec<u64>) -> (Vec<u64>, Overlapping) {
        let region = self.region();
        let mut sorted = records.clone();
        sorted.sort_unstable();
        let (mut kept, mut overlapping) = (Vec::<u64>::new(), Overlapping::default());
        for record in sorted {
            match kept.last().copied().filter(|&before| region.record_end(before) > record) {
                None => kept.push(record),
                Some(before) => {
                    overlapping.note([before, record]);
                    if before != record && region.is_record(record) {
                        kept.pop();
                        kept.push(record);
                    }
                }
            }
        }
        if overlapping.count > 0 {
            let mut kept: HashSet<u64> = kept.into_iter().collect();
            records.retain(|record| kept.remove(record));
        }
        (records, overlapping)
    }

    fn region(&self) -> Region<'_> {
        Region {
            file: self.file,
            start: self.start,
            end: self.end,
            end_is_known: self.has_array,
            width: PointerWidth::from_header(self.header.is_64bit),
            anchors: &self.anchors,
        }
    }

    fn rebuild(self, scan: Scan) -> Result<Opened> {
        let array_at = if self.has_array { Some(self.end) } else { scan.array };
        let entries = array_at.map(|at| self.entries(at, &scan.records)).unwrap_or_default();
        let array_end = array_at.map(|at| at + (OffsetEntry::SIZE * entries.len()) as u64);
        let declared = (self.header_state == SectionState::Intact || self.has_array).then_some(self.header.event_count);
        let records = in_order(scan.records, &entries, self.file);
        let offsets_state = if records == entries { SectionState::Intact } else { SectionState::Rebuilt };
        let offsets = array_of(&records);
        drop(records);
        let mut header = self.header;
        header.event_count = u32::try_from(offsets.len() / OffsetEntry::SIZE).unwrap_or(u32::MAX);
        header.events_offset = self.start;
        header.event_offsets_offset = array_at.unwrap_or(scan.end);
        let mut warnings = Warnings::default();
        let found = Found::read(self.file, &header, array_end, &mut warnings);
        let mut report = SalvageReport {
            header: self.header_state,
            events: header.event_count,
            declared_events: declared,
            skipped_bytes: scan.skipped.bytes,
            skipped: scan.skipped.ranges,
            cut_event: scan.cut,
            overlapping_events: scan.overlapping.count,
            first_overlap: scan.overlapping.first,
            offsets: offsets_state,
            processes: found.processes,
            strings: found.strings,
            icons: found.icons,
            hosts: found.hosts,
            ..SalvageReport::NOTHING_LOST
        };
        let tables = match (found.processes, found.strings) {
            (SectionState::Intact, SectionState::Intact) => found.tables,
            _ => complete(self.file, &header, &offsets, found, &mut report, &mut warnings)?,
        };
        let index = Index::from_parts(header, tables, warnings);
        count_losses(&mut report, &index, self.file, &offsets)?;
        Ok((index, Some(Box::new(Salvage { offsets, report }))))
    }

    /// Returns the entries of the offset array. Without a trusted count, the array ends at the first entry that is
    /// neither the offset of a record nor greater than the entry before it.
    fn entries(&self, at: u64, records: &[u64]) -> Vec<u64> {
        if self.has_array {
            return array(self.file, at).take(self.header.event_count as usize).collect();
        }
        let mut last = 0;
        let is_entry = |&entry: &u64| {
            let ascends = entry >= self.start && entry < at && entry > last;
            last = entry;
            ascends || records.binary_search(&entry).is_ok()
        };
        array(self.file, at).take_while(is_entry).collect()
    }
}

/// Returns the records in the order in which Procmon would have listed them.
///
/// Procmon sorts the offset array by time, and in a saved log the file as well. The records that the array lists show
/// what it is sorted by. If they ascend in the file but not in time, all records are in the order of the file. If they
/// ascend in time, the others are inserted by their times. Otherwise the records that the array lists come first, then
/// the others by time.
fn in_order(records: Vec<u64>, entries: &[u64], file: &Blocks<'_>) -> Vec<u64> {
    if records == entries {
        return records;
    }
    let mut left: HashSet<u64> = records.iter().copied().collect();
    let listed: Vec<u64> = entries.iter().copied().filter(|entry| left.remove(entry)).collect();
    // The times are read before sorting, in the order of the file: reads during the sort would be random accesses.
    let timed = |at: u64| (time(file, at), at);
    let listed: Vec<_> = listed.into_iter().map(timed).collect();
    let is_by_time = listed.is_sorted_by_key(|&(time, _)| time);
    if !is_by_time && listed.is_sorted_by_key(|&(_, record)| record) {
        return records;
    }
    let mut others: Vec<_> = records.into_iter().filter(|record| left.contains(record)).map(timed).collect();
    others.sort_unstable();
    let mut others = others.into_iter().peekable();
    let mut ordered = Vec::with_capacity(listed.len() + others.len());
    for record in listed {
        while let Some((_, earlier)) = others.next_if(|other| is_by_time && *other < record) {
            ordered.push(earlier);
        }
        ordered.push(record.1);
    }
    ordered.extend(others.map(|(_, record)| record));
    ordered
}

fn time(file: &Blocks<'_>, record: u64) -> Option<FileTime> {
    file.array::<{ EventHeader::SIZE }>(record).and_then(|bytes| EventHeaderRef::new(&bytes).map(EventHeaderRef::time))
}

/// Completes the process and strings tables with facts from the events.
fn complete(
    file: &Blocks<'_>,
    header: &FileHeader,
    offsets: &[u8],
    found: Found,
    report: &mut SalvageReport,
    warnings: &mut Warnings,
) -> Result<Tables> {
    let bare = Index::from_parts(header.clone(), Tables::default(), Warnings::default());
    let mut facts = Facts::default();
    let count = offsets.len() / OffsetEntry::SIZE;
    for_each_event(&bare, file, Source::Rebuilt(offsets), count, |event| {
        if let Ok(event) = event {
            facts.observe(event);
        }
    })?;
    let Found { mut tables, .. } = found;
    let mut strings = Interner::new(tables.strings);
    let known = tables.processes.len();
    facts.complete(&mut tables.processes, &mut strings, found.processes != SectionState::Intact);
    tables.processes.sort(warnings);
    tables.strings = strings.into_strings();
    let rebuilt = tables.processes.len() - known;
    report.rebuilt_processes = u32::try_from(rebuilt).unwrap_or(u32::MAX);
    if found.processes == SectionState::Lost && rebuilt > 0 {
        report.processes = SectionState::Rebuilt;
    }
    if found.strings == SectionState::Lost && tables.strings.len() > 1 {
        report.strings = SectionState::Rebuilt;
    }
    Ok(tables)
}

/// Returns a header that is zero except for its size.
fn blank_header() -> Option<FileHeader> {
    let zeros = [0; FileHeader::SIZE];
    let file = Table { source: &zeros.as_slice(), offset: 0 };
    let header: FileHeader = file.record(0, FileHeader::SIZE, "header", ()).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "the header is 936 bytes long")]
    Some(FileHeader { header_size: FileHeader::SIZE as u32, ..header })
}
