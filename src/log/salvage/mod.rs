//! Reading what is left of damaged logs: captures that crashed or still run, files cut short, ruined tables.
//!
//! What the file still says is believed where it is consistent; the rest is rebuilt from the records: their offsets by
//! [walking](walk) from one to the next, the processes by what [their events](facts) tell. Every step is linear in the
//! size of the file.

mod facts;
mod tables;
mod walk;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::event::{Event, EventHeader, EventHeaderRef};
use crate::index::table::Table;
use crate::index::{Index, Interner, Tables, WarningKind, Warnings};
use crate::wire::layout::FileHeader;
use crate::wire::{OffsetEntry, PointerWidth};

use facts::Facts;
use tables::Found;
use walk::{Ground, Walk};

/// What was lost of a file, and what could be rebuilt: one for each file that had to be
/// [salvaged](crate::OpenOptions::salvage).
///
/// `Display` tells all of it in words, a line for each loss.
///
/// ```
/// let log = procmon_parser::OpenOptions::new().salvage(true).open("fixtures/unclosed.pml").unwrap();
/// let lost = log.salvaged().next().unwrap();
/// assert_eq!(lost.events as usize, log.len());
/// assert_eq!(lost.skipped_bytes, 0);
/// println!("{lost}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// The file; unknown if the caller gave bytes.
    pub path: Option<PathBuf>,
    /// The header: name and Windows of the computer, places of the tables.
    pub header: Fate,
    /// Number of events that the log has now.
    pub events: u32,
    /// Number of events that the header claims; `None` if there is no number to be believed.
    pub declared_events: Option<u32>,
    /// Bytes between the events that belong to none that can be read.
    pub skipped_bytes: u64,
    /// Where they are, as offsets from the start of the file; the first thousand places.
    pub skipped: Vec<Range<u64>>,
    /// Offset of the event that the end of the file cuts off. Its bytes count as skipped.
    pub cut_event: Option<u64>,
    /// Number of events whose extra block lay apart from them and is lost.
    pub lost_extras: u32,
    /// The offsets of the events.
    pub offsets: Fate,
    /// The process table.
    pub processes: Fate,
    /// The strings table, which has the texts of processes and modules.
    pub strings: Fate,
    /// The icon table.
    pub icons: Fate,
    /// The tables of hosts and ports.
    pub hosts: Fate,
    /// Number of processes that were rebuilt from events.
    pub rebuilt_processes: u32,
    /// Number of processes that have events, but no name.
    pub unnamed_processes: u32,
}

/// What became of a part of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It is as it was written.
    Intact,
    /// Of its entries, so many are lost.
    Partial {
        /// Number of entries.
        lost: u32,
    },
    /// It ends too early; nobody knows how much is lost.
    Cut,
    /// It was lost, and rebuilt from the events.
    Rebuilt,
    /// It is lost, or the file never had it.
    #[default]
    Lost,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.pad("intact"),
            Self::Partial { lost } => write!(f, "{lost} entries lost"),
            Self::Cut => f.pad("cut short"),
            Self::Rebuilt => f.pad("rebuilt from the events"),
            Self::Lost => f.pad("lost"),
        }
    }
}

impl fmt::Display for Salvaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            writeln!(f, "{}:", path.display())?;
        }
        write!(f, "{} events recovered", self.events)?;
        if let Some(declared) = self.declared_events {
            write!(f, " of {declared}")?;
        }
        if self.skipped_bytes > 0 {
            write!(f, "\n{} bytes belong to no event that can be read", self.skipped_bytes)?;
            for range in self.skipped.iter().take(3) {
                write!(f, "\n  {:#x} to {:#x}", range.start, range.end)?;
            }
            if self.skipped.len() > 3 {
                write!(f, "\n  and {} more places", self.skipped.len() - 3)?;
            }
        }
        if let Some(offset) = self.cut_event {
            write!(f, "\nthe file ends within the event at {offset:#x}")?;
        }
        if self.lost_extras > 0 {
            write!(f, "\n{} events have lost their extra block, which lay apart from them", self.lost_extras)?;
        }
        for (name, fate) in self.parts() {
            if fate != Fate::Intact {
                write!(f, "\n{name}: {fate}")?;
            }
        }
        if self.rebuilt_processes > 0 {
            write!(f, "\n{} processes rebuilt from events", self.rebuilt_processes)?;
        }
        if self.unnamed_processes > 0 {
            write!(f, "\n{} processes have no name", self.unnamed_processes)?;
        }
        Ok(())
    }
}

impl Salvaged {
    const NOTHING_LOST: Self = Self {
        path: None,
        header: Fate::Intact,
        events: 0,
        declared_events: None,
        skipped_bytes: 0,
        skipped: Vec::new(),
        cut_event: None,
        offsets: Fate::Intact,
        processes: Fate::Intact,
        strings: Fate::Intact,
        icons: Fate::Intact,
        hosts: Fate::Intact,
        lost_extras: 0,
        rebuilt_processes: 0,
        unnamed_processes: 0,
    };

    /// Counts what the events lack.
    fn count(&mut self, index: &Index, data: &[u8], records: &[u64]) {
        let mut names = HashMap::new();
        for event in events(index, data, records) {
            let is_named = || event.process().is_some_and(|process| !process.name().is_empty());
            names.entry(event.process_index()).or_insert_with(is_named);
            self.lost_extras += u32::from(event.header().extra_offset() != 0 && event.extra().is_none());
        }
        let unnamed = names.values().filter(|&&is_named| !is_named).count();
        self.unnamed_processes = u32::try_from(unnamed).unwrap_or(u32::MAX);
    }

    /// The parts of the file by their names, with what became of them.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, Fate)> {
        [
            ("header", self.header),
            ("offsets", self.offsets),
            ("processes", self.processes),
            ("strings", self.strings),
            ("icons", self.icons),
            ("hosts", self.hosts),
        ]
        .into_iter()
    }
}

/// Places that belong to no event.
#[derive(Debug, Default)]
struct Skipped {
    bytes: u64,
    ranges: Vec<Range<u64>>,
}

impl Skipped {
    fn add(&mut self, offset: u64, len: u64) {
        const GREATEST_NUMBER: usize = 1000;
        self.bytes += len;
        let is_room = self.ranges.len() < GREATEST_NUMBER;
        match self.ranges.last_mut() {
            Some(last) if last.end == offset => last.end += len,
            _ if len > 0 && is_room => self.ranges.push(offset..offset + len),
            _ => {}
        }
    }
}

/// A file put together again: tables, the entries of an offset array, and what was lost.
#[derive(Debug)]
pub(super) struct Salvage {
    pub(super) index: Index,
    pub(super) offsets: Vec<u8>,
    pub(super) salvaged: Salvaged,
}

/// How a file is.
#[derive(Debug)]
pub(super) enum State {
    /// Nothing is lost.
    Sound(Index),
    /// Something is left.
    Damaged(Salvage),
    /// No event is left.
    Hopeless,
}

/// Looks at a file that can be opened.
pub(super) fn look_at(index: Index, data: &[u8]) -> State {
    if !is_sound(&index, data) {
        return salvage(data);
    }
    let is_lost = |kind| index.warnings().iter().any(|warning| warning.kind == kind);
    let icons = if is_lost(WarningKind::UnreadableIcons) { Fate::Lost } else { Fate::Intact };
    let hosts = match is_lost(WarningKind::UnreadableHosts) {
        true if index.hosts().is_empty() => Fate::Lost,
        true => Fate::Cut,
        false => Fate::Intact,
    };
    if (icons, hosts) == (Fate::Intact, Fate::Intact) {
        return State::Sound(index);
    }
    let count = index.event_count();
    let records: Vec<_> = array(data, index.header().event_offsets_offset).take(count as usize).collect();
    let offsets = array_of(&records);
    let declared_events = Some(count);
    let mut salvaged = Salvaged { icons, hosts, events: count, declared_events, ..Salvaged::NOTHING_LOST };
    salvaged.count(&index, data, &records);
    State::Damaged(Salvage { index, offsets, salvaged })
}

/// Whether all events of a file can be read, and they are all that the file has.
fn is_sound(index: &Index, data: &[u8]) -> bool {
    let header = index.header();
    let end = header.event_offsets_offset;
    if header.event_count == 0 {
        return end - header.events_offset < EventHeader::SIZE as u64;
    }
    // Zeros in place of a table are a table of nothing.
    if index.processes().len() == 0 || index.string_count() == 0 {
        return false;
    }
    let mut entries = array(data, end).take(header.event_count as usize);
    entries.all(|entry| Event::new(index, data, entry, end, 0).is_ok())
}

/// The bytes of an offset array.
fn array_of(offsets: &[u64]) -> Vec<u8> {
    offsets.iter().flat_map(|&offset| OffsetEntry::new(offset).bytes()).collect()
}

/// The entries of an offset array, up to the end of the file.
fn array(data: &[u8], at: u64) -> impl ExactSizeIterator<Item = u64> {
    let bytes = usize::try_from(at).ok().and_then(|at| data.get(at..)).unwrap_or_default();
    OffsetEntry::iter(bytes)
}

/// Reads what is left of a file.
pub(super) fn salvage(data: &[u8]) -> State {
    let Some(plan) = Plan::of(data) else { return State::Hopeless };
    let walk = plan.listed().unwrap_or_else(|| plan.ground().walk());
    if walk.records.is_empty() { State::Hopeless } else { State::Damaged(plan.rebuild(walk)) }
}

/// What of the header can be believed.
struct Plan<'a> {
    data: &'a [u8],
    header: FileHeader,
    header_fate: Fate,
    /// Where the records begin and end.
    start: u64,
    end: u64,
    /// Whether the records end where the offset array begins.
    has_array: bool,
    anchors: Vec<u64>,
}

impl<'a> Plan<'a> {
    fn of(data: &'a [u8]) -> Option<Self> {
        let file = Table { source: &data, offset: 0 };
        let mut header: FileHeader = file.record(0, FileHeader::SIZE, "header", ()).ok()?;
        let is_named = header.magic == *b"PML_" && (4..=9).contains(&header.version);
        let (len, array_at) = (data.len() as u64, header.event_offsets_offset);
        // Procmon writes the process table directly behind the offsets.
        let is_laid_out = array_at > 0
            && array_at.checked_add(OffsetEntry::array_size(header.event_count)) == Some(header.processes_offset)
            && header.processes_offset < header.strings_offset;
        let header_fate = match (is_named, is_laid_out) {
            (true, true) => Fate::Intact,
            (true, false) | (false, true) => Fate::Partial { lost: 1 },
            (false, false) => {
                header = blank_header()?;
                Fate::Lost
            }
        };
        (header.magic, header.version) = (*b"PML_", if is_named { header.version } else { 9 });
        let start = FileHeader::SIZE as u64;
        let mut plan = Self { data, header, header_fate, start, end: len, has_array: false, anchors: Vec::new() };
        if header_fate == Fate::Lost {
            plan.header.is_64bit = u32::from(plan.is_64bit());
        }
        plan.find_array(is_laid_out);
        Some(plan)
    }

    /// Whether pointers are wide: the width in which more of the first records fit together.
    fn is_64bit(&self) -> bool {
        const ENOUGH: u64 = 1 << 20;
        let covered = |width| {
            let walk = Ground { width, end: self.end.min(self.start + ENOUGH), ..self.ground() }.walk();
            (walk.end - self.start).saturating_sub(walk.skipped.bytes)
        };
        covered(PointerWidth::Bits64) >= covered(PointerWidth::Bits32)
    }

    /// Believes the header about the offset array if it is consistent, or if the array has offsets of records.
    fn find_array(&mut self, is_laid_out: bool) {
        let at = self.header.event_offsets_offset;
        if at < self.start || at > self.end {
            return;
        }
        let entries = array(self.data, at).take(self.header.event_count as usize);
        let mut anchors: Vec<_> = entries.filter(|entry| (self.start..at).contains(entry)).collect();
        anchors.sort_unstable();
        anchors.dedup();
        if is_laid_out || self.ground().has_records(&anchors) {
            (self.end, self.has_array, self.anchors) = (at, true, anchors);
        }
    }

    /// The records of the offset array, if all of it is there and all of them are.
    fn listed(&self) -> Option<Walk> {
        let records = if self.has_array { self.entries(self.end, &[]) } else { return None };
        let is_whole = records.len() == self.header.event_count as usize
            && records.iter().all(|&record| self.ground().holds(record));
        is_whole.then(|| Walk { records, end: self.end, ..Walk::default() })
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            data: self.data,
            start: self.start,
            end: self.end,
            end_is_known: self.has_array,
            width: PointerWidth::from_header(self.header.is_64bit),
            anchors: &self.anchors,
        }
    }

    fn rebuild(self, walk: Walk) -> Salvage {
        let array_at = if self.has_array { Some(self.end) } else { walk.array };
        let entries = array_at.map(|at| self.entries(at, &walk.records)).unwrap_or_default();
        let array_end = array_at.map(|at| at + (OffsetEntry::SIZE * entries.len()) as u64);
        let declared = (self.header_fate == Fate::Intact || self.has_array).then_some(self.header.event_count);
        let records = in_order(walk.records, &entries, self.data);
        let offsets_fate = if records == entries { Fate::Intact } else { Fate::Rebuilt };
        let offsets = array_of(&records);
        let mut header = self.header;
        header.event_count = u32::try_from(records.len()).unwrap_or(u32::MAX);
        header.events_offset = self.start;
        header.event_offsets_offset = array_at.unwrap_or(walk.end);
        let mut warnings = Warnings::default();
        let found = Found::read(&self.data, &header, array_end, &mut warnings);
        let mut salvaged = Salvaged {
            header: self.header_fate,
            events: header.event_count,
            declared_events: declared,
            skipped_bytes: walk.skipped.bytes,
            skipped: walk.skipped.ranges,
            cut_event: walk.cut,
            offsets: offsets_fate,
            processes: found.processes,
            strings: found.strings,
            icons: found.icons,
            hosts: found.hosts,
            ..Salvaged::NOTHING_LOST
        };
        let tables = match (found.processes, found.strings) {
            (Fate::Intact, Fate::Intact) => found.tables,
            _ => complete(self.data, &header, &records, found, &mut salvaged, &mut warnings),
        };
        let index = Index::of_parts(header, tables, warnings);
        salvaged.count(&index, self.data, &records);
        Salvage { index, offsets, salvaged }
    }

    /// The entries of the offset array: as many as the header says, else those that are records or ascend.
    fn entries(&self, at: u64, records: &[u64]) -> Vec<u64> {
        if self.has_array {
            return array(self.data, at).take(self.header.event_count as usize).collect();
        }
        let mut last = 0;
        let is_entry = |&entry: &u64| {
            let ascends = entry >= self.start && entry < at && entry > last;
            last = entry;
            ascends || records.binary_search(&entry).is_ok()
        };
        array(self.data, at).take_while(is_entry).collect()
    }
}

/// The records in the order of the offset array: of the file if what is left of the array has that, else those that it
/// has, then the others in the order of time, as Procmon would have listed them.
fn in_order(records: Vec<u64>, entries: &[u64], data: &[u8]) -> Vec<u64> {
    if records == entries {
        return records;
    }
    let mut left: HashSet<u64> = records.iter().copied().collect();
    let mut ordered: Vec<_> = entries.iter().copied().filter(|entry| left.remove(entry)).collect();
    if !ordered.is_empty() && ordered.is_sorted() {
        return records;
    }
    let listed = ordered.len();
    ordered.extend(records.into_iter().filter(|record| left.contains(record)));
    let time = |&record: &u64| {
        let record = usize::try_from(record).ok().and_then(|at| data.get(at..)).and_then(EventHeaderRef::new);
        record.map(EventHeaderRef::time)
    };
    ordered.get_mut(listed..).unwrap_or_default().sort_by_key(time);
    ordered
}

/// Completes the tables by what the events tell.
fn complete(
    data: &[u8],
    header: &FileHeader,
    records: &[u64],
    found: Found,
    salvaged: &mut Salvaged,
    warnings: &mut Warnings,
) -> Tables {
    let bare = Index::of_parts(header.clone(), Tables::default(), Warnings::default());
    let mut facts = Facts::default();
    events(&bare, data, records).for_each(|event| facts.learn(event));
    let Found { mut tables, .. } = found;
    let mut strings = Interner::new(tables.strings);
    let known = tables.processes.len();
    facts.complete(&mut tables.processes, &mut strings, found.processes != Fate::Intact);
    tables.processes.sort(warnings);
    tables.strings = strings.into_strings();
    let rebuilt = tables.processes.len() - known;
    salvaged.rebuilt_processes = u32::try_from(rebuilt).unwrap_or(u32::MAX);
    if found.processes == Fate::Lost && rebuilt > 0 {
        salvaged.processes = Fate::Rebuilt;
    }
    if found.strings == Fate::Lost && tables.strings.len() > 1 {
        salvaged.strings = Fate::Rebuilt;
    }
    tables
}

fn events<'a>(index: &'a Index, data: &'a [u8], records: &'a [u64]) -> impl Iterator<Item = Event<'a>> {
    let end = index.header().event_offsets_offset;
    records.iter().filter_map(move |&offset| Event::new(index, data, offset, end, 0).ok())
}

/// A header that says nothing.
fn blank_header() -> Option<FileHeader> {
    let zeros = [0; FileHeader::SIZE];
    let file = Table { source: &zeros.as_slice(), offset: 0 };
    let header: FileHeader = file.record(0, FileHeader::SIZE, "header", ()).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "a declared layout is some hundred bytes long")]
    Some(FileHeader { header_size: FileHeader::SIZE as u32, ..header })
}
