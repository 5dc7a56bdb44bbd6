//! Processes and their modules.

use std::sync::OnceLock;

use super::strings::{Strings, TableString};
use super::table::Table;
use super::warnings::Warnings;
use super::{Icon, Index};
use crate::code::Column;
use crate::wire::FileTime;
use crate::wire::layout::{ModuleRecord, ProcessRecord};
use crate::wire::macros::serialize_by;
use crate::{Result, WarningKind};

/// A process of the process table.
#[derive(Clone, Copy)]
pub struct Process<'a> {
    index: &'a Index,
    position: usize,
    entry: &'a Entry,
}

/// A module of a process.
#[derive(Clone, Copy)]
pub struct Module<'a> {
    index: &'a Index,
    record: &'a ModuleRecord,
}

impl<'a> Process<'a> {
    pub(super) fn new(index: &'a Index, position: usize) -> Self {
        let entry = index.processes.entries.get(position).unwrap_or(&NO_ENTRY);
        Self { index, position, entry }
    }

    /// The record as it stands in the table, unexplained fields included.
    #[must_use]
    pub fn record(self) -> &'a ProcessRecord {
        &self.entry.record
    }

    /// Position in the table, from 0.
    #[must_use]
    pub fn position(self) -> usize {
        self.position
    }

    /// Key of the process, to which events refer.
    #[must_use]
    pub fn index(self) -> u32 {
        self.record().index
    }

    /// Process id.
    #[must_use]
    pub fn pid(self) -> u32 {
        self.record().pid
    }

    /// Process id of the parent.
    #[must_use]
    pub fn parent_pid(self) -> u32 {
        self.record().parent_pid
    }

    /// Key of the parent.
    #[must_use]
    pub fn parent_index(self) -> u32 {
        self.record().parent_index
    }

    /// The parent, if the table has it.
    #[must_use]
    pub fn parent(self) -> Option<Process<'a>> {
        self.index.process(self.record().parent_index)
    }

    /// Name of the process.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.text(self.record().name)
    }

    /// Path of the image.
    #[must_use]
    pub fn image_path(self) -> &'a str {
        self.text(self.record().image_path)
    }

    /// Command line, embedded NULs included.
    #[must_use]
    pub fn command_line(self) -> &'a str {
        self.text(self.record().command_line)
    }

    /// User, as `DOMAIN\name` or as the text of a SID.
    #[must_use]
    pub fn user(self) -> &'a str {
        self.text(self.record().user)
    }

    /// Integrity level.
    #[must_use]
    pub fn integrity(self) -> &'a str {
        self.text(self.record().integrity)
    }

    /// Company of the image.
    #[must_use]
    pub fn company(self) -> &'a str {
        self.text(self.record().company)
    }

    /// Version of the image.
    #[must_use]
    pub fn version(self) -> &'a str {
        self.text(self.record().version)
    }

    /// Description of the image.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.text(self.record().description)
    }

    /// Terminal-services session.
    #[must_use]
    pub fn session(self) -> u32 {
        self.record().session
    }

    /// Logon session (LUID).
    #[must_use]
    pub fn authentication_id(self) -> u64 {
        self.record().authentication_id
    }

    /// When the process was created, UTC.
    #[must_use]
    pub fn start_time(self) -> FileTime {
        self.record().start_time
    }

    /// When the process exited, UTC; `None` if it had not when the log was closed.
    #[must_use]
    pub fn end_time(self) -> Option<FileTime> {
        Some(self.record().end_time).filter(|time| time.0 != 0)
    }

    /// Whether UAC virtualization is on; `None` where that does not apply.
    #[must_use]
    pub fn is_virtualized(self) -> Option<bool> {
        match self.record().virtualized {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Whether it is a native process of a 64-bit Windows.
    #[must_use]
    pub fn is_64bit(self) -> bool {
        self.record().is_64bit != 0
    }

    /// The 16-pixel icon, if it has one.
    #[must_use]
    pub fn small_icon(self) -> Option<Icon<'a>> {
        self.icon(self.record().small_icon)
    }

    /// The 32-pixel icon, if it has one.
    #[must_use]
    pub fn large_icon(self) -> Option<Icon<'a>> {
        self.icon(self.record().large_icon)
    }

    /// The modules in stored order: by base, of those with one base the newest first. It is a history: one base can
    /// stand there several times.
    pub fn modules(self) -> impl ExactSizeIterator<Item = Module<'a>> + DoubleEndedIterator {
        let index = self.index;
        index.processes.modules_of(self.entry).iter().map(move |record| Module { index, record })
    }

    /// The string of the table that a column shows.
    pub(crate) fn string_of(self, column: Column) -> Option<TableString<'a>> {
        let record = self.record();
        self.index.string(match column {
            Column::PROCESS_NAME => record.name,
            Column::IMAGE_PATH => record.image_path,
            Column::COMMAND_LINE => record.command_line,
            Column::COMPANY => record.company,
            Column::DESCRIPTION => record.description,
            Column::VERSION => record.version,
            Column::USER => record.user,
            Column::INTEGRITY => record.integrity,
            _ => return None,
        })
    }

    fn text(self, number: u32) -> &'a str {
        self.index.strings.text(number).unwrap_or_default()
    }

    fn icon(self, number: u32) -> Option<Icon<'a>> {
        self.index.icon(number).filter(|_| number != 0)
    }
}

impl<'a> Module<'a> {
    pub(super) fn new(index: &'a Index, record: &'a ModuleRecord) -> Self {
        Self { index, record }
    }

    /// The record as it stands in the table, unexplained fields included.
    #[must_use]
    pub fn record(self) -> &'a ModuleRecord {
        self.record
    }

    /// Address of the first byte.
    #[must_use]
    pub fn base(self) -> u64 {
        self.record.base
    }

    /// Size in memory, in bytes.
    #[must_use]
    pub fn size(self) -> u32 {
        self.record.size
    }

    /// Path of the image.
    #[must_use]
    pub fn path(self) -> &'a str {
        self.text(self.record.path)
    }

    /// Name of the file, without its folder.
    #[must_use]
    pub fn file_name(self) -> &'a str {
        let path = self.path();
        path.rsplit_once('\\').map_or(path, |(_, name)| name)
    }

    /// Version of the image.
    #[must_use]
    pub fn version(self) -> &'a str {
        self.text(self.record.version)
    }

    /// Company of the image.
    #[must_use]
    pub fn company(self) -> &'a str {
        self.text(self.record.company)
    }

    /// Description of the image.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.text(self.record.description)
    }

    /// When the module was loaded, UTC.
    #[must_use]
    pub fn load_time(self) -> FileTime {
        self.record.load_time()
    }

    /// `TimeDateStamp` of the PE header: seconds since 1970, or a hash; `None` if it could not be read.
    #[must_use]
    pub fn time_date_stamp(self) -> Option<u32> {
        Some(self.record.time_date_stamp).filter(|&stamp| stamp != 0)
    }

    /// `SizeOfImage` of the PE header, in bytes; `None` if it could not be read.
    #[must_use]
    pub fn size_of_image(self) -> Option<u32> {
        Some(self.record.size_of_image).filter(|&size| size != 0)
    }

    /// The string of the table with a number of the record.
    pub(crate) fn string(self, number: u32) -> Option<TableString<'a>> {
        self.index.string(number)
    }

    fn text(self, number: u32) -> &'a str {
        self.index.strings.text(number).unwrap_or_default()
    }
}

serialize_by! {
    Process:
        index, pid, parent_index, parent_pid, name, image_path, command_line, user, integrity, company, version,
        description, session, authentication_id, start_time, end_time, is_virtualized, is_64bit,
}
serialize_by!(Module: base, size, path, version, company, description, load_time, time_date_stamp, size_of_image);

impl std::fmt::Debug for Process<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process").field("pid", &self.pid()).field("image_path", &self.image_path()).finish()
    }
}

impl std::fmt::Debug for Module<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Module").field("base", &self.base()).field("path", &self.path()).finish()
    }
}

/// A process and where its modules are.
#[derive(Debug, Default)]
struct Entry {
    record: ProcessRecord,
    first_module: usize,
    module_count: usize,
}

static NO_ENTRY: Entry = Entry { record: ProcessRecord::EMPTY, first_module: 0, module_count: 0 };

/// The process table.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    entries: Vec<Entry>,
    modules: Vec<ModuleRecord>,
    keys: Keys,
    /// Made when the first frame is looked up: many readers never do.
    ranges: OnceLock<Vec<ModuleRange>>,
    /// Position of the process whose image path is `System`, looked for with the first frame too.
    system: OnceLock<Option<usize>>,
}

impl Processes {
    pub(crate) fn parse(table: Table<'_>, is_64bit: bool, strings: &Strings, warnings: &mut Warnings) -> Result<Self> {
        let count = table.u32(0, "processes.count")?;
        let keys = table.u32_array(4, count, "processes.index")?;
        let offsets = table.u32_array(4 + 4 * u64::from(count), count, "processes.offset")?;
        let mut processes = Self { entries: Vec::with_capacity(offsets.len()), ..Self::default() };
        let mut budget = table.len();
        for at in offsets {
            processes.read(table, at.into(), is_64bit, &mut budget, warnings)?;
        }
        processes.modules.shrink_to_fit();
        processes.check_strings(table, strings, warnings);
        processes.keys = Keys::new(&keys, table, warnings);
        Ok(processes)
    }

    fn read(
        &mut self,
        table: Table<'_>,
        at: u64,
        is_64bit: bool,
        budget: &mut u64,
        warnings: &mut Warnings,
    ) -> Result<()> {
        let size = ProcessRecord::size(is_64bit);
        let record: ProcessRecord = table.record(at, size, "processes.record", (is_64bit,))?;
        let first_module = self.modules.len();
        let start = at + size as u64;
        let size = ModuleRecord::size(is_64bit);
        let all = u64::from(record.module_count) * size as u64;
        table.check(start, all, "processes.modules")?;
        // The same bytes may not count as modules of many processes: see the strings table.
        match budget.checked_sub(all) {
            Some(rest) => {
                *budget = rest;
                self.modules.reserve(record.module_count as usize);
                for number in 0..u64::from(record.module_count) {
                    let at = start + number * size as u64;
                    self.modules.push(table.record(at, size, "modules.record", (is_64bit,))?);
                }
            }
            None => {
                warnings.add(WarningKind::OverlappingModules, table.offset + start, "processes.modules");
            }
        }
        self.entries.push(Entry { record, first_module, module_count: self.modules.len() - first_module });
        Ok(())
    }

    fn check_strings(&self, table: Table<'_>, strings: &Strings, warnings: &mut Warnings) {
        let processes = self.entries.iter().flat_map(|entry| {
            let r = &entry.record;
            [r.integrity, r.user, r.name, r.image_path, r.command_line, r.company, r.version, r.description]
        });
        let modules = self.modules.iter().flat_map(|r| [r.path, r.version, r.company, r.description]);
        for _ in processes.chain(modules).filter(|&number| strings.text(number).is_none()) {
            warnings.add(WarningKind::NoSuchString, table.offset, "processes.string");
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(crate) fn position(&self, key: u32) -> Option<usize> {
        self.keys.position(key)
    }

    fn modules_of(&self, entry: &Entry) -> &[ModuleRecord] {
        self.modules.get(entry.first_module..entry.first_module + entry.module_count).unwrap_or_default()
    }

    pub(crate) fn module_at(&self, strings: &Strings, key: u32, address: u64, time: FileTime) -> Option<&ModuleRecord> {
        let ranges = self.ranges.get_or_init(|| self.sorted_ranges());
        let own = self.position(key).and_then(|position| self.entries.get(position));
        let is_system = |entry: &Entry| strings.text(entry.record.image_path) == Some("System");
        let system = || *self.system.get_or_init(|| self.entries.iter().position(is_system));
        let found = own.and_then(|entry| self.find(ranges, entry, address, time));
        let found = found.or_else(|| self.find(ranges, self.entries.get(system()?)?, address, time))?;
        strings.text(found.path).filter(|path| !path.is_empty()).map(|_| found)
    }

    fn find(&self, ranges: &[ModuleRange], entry: &Entry, address: u64, time: FileTime) -> Option<&ModuleRecord> {
        let ranges = ranges.get(entry.first_module..entry.first_module + entry.module_count)?;
        let below = ranges.get(..ranges.partition_point(|range| range.base <= address))?;
        let covering = below.iter().rev().take_while(|range| range.greatest_end > address);
        let loaded = covering.filter(|range| range.end > address && range.load_time <= time);
        self.modules.get(loaded.map(|range| range.module).max()?)
    }

    /// The modules of each process by ascending base, in the places that they have in `modules`.
    fn sorted_ranges(&self) -> Vec<ModuleRange> {
        let mut ranges: Vec<_> = self.modules.iter().enumerate().map(|(i, m)| ModuleRange::new(i, m)).collect();
        for entry in &self.entries {
            let of_process = entry.first_module..entry.first_module + entry.module_count;
            let Some(ranges) = ranges.get_mut(of_process) else { continue };
            ranges.sort_by_key(|range| range.base);
            let mut greatest_end = 0;
            for range in ranges {
                greatest_end = range.end.max(greatest_end);
                range.greatest_end = greatest_end;
            }
        }
        ranges
    }
}

/// The addresses of a module, for the search.
#[derive(Clone, Copy, Debug)]
struct ModuleRange {
    base: u64,
    end: u64,
    /// Greatest end of this and all ranges before it: where the search may stop.
    greatest_end: u64,
    load_time: FileTime,
    module: usize,
}

impl ModuleRange {
    fn new(module: usize, record: &ModuleRecord) -> Self {
        let end = record.base.saturating_add(record.size.into());
        Self { base: record.base, end, greatest_end: end, load_time: record.load_time(), module }
    }
}

/// From the key of a process to its position in the table.
///
/// Keys count the processes of a Windows session, so those of a capture lie close together: an array serves, unless a
/// log is made to defeat it.
#[derive(Debug)]
enum Keys {
    /// Position + 1 for each key from `first` on; 0 where there is none.
    Dense { first: u32, positions: Vec<u32> },
    /// Ascending keys with their positions.
    Sparse(Vec<(u32, u32)>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Sparse(Vec::new())
    }
}

impl Keys {
    fn new(keys: &[u32], table: Table<'_>, warnings: &mut Warnings) -> Self {
        if !keys.is_sorted() {
            warnings.add(WarningKind::UnsortedProcesses, table.offset + 4, "processes.index");
        }
        let mut sorted: Vec<(u32, u32)> = keys.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        let all = sorted.len();
        sorted.dedup_by_key(|(key, _)| *key);
        if sorted.len() < all {
            warnings.add(WarningKind::DuplicateProcess, table.offset + 4, "processes.index");
        }
        let (first, last) = (sorted.first().map_or(0, |first| first.0), sorted.last().map_or(0, |last| last.0));
        let span = (last - first) as usize;
        if sorted.is_empty() || span > 4096 + 8 * sorted.len() {
            return Self::Sparse(sorted);
        }
        let mut positions = vec![0; span + 1];
        for (key, position) in sorted {
            if let Some(slot) = positions.get_mut((key - first) as usize) {
                *slot = position + 1;
            }
        }
        Self::Dense { first, positions }
    }

    #[inline]
    fn position(&self, key: u32) -> Option<usize> {
        match self {
            Self::Dense { first, positions } => {
                let slot = positions.get(key.wrapping_sub(*first) as usize)?;
                slot.checked_sub(1).map(|position| position as usize)
            }
            Self::Sparse(sorted) => {
                let found = sorted.binary_search_by_key(&key, |(key, _)| *key).ok()?;
                sorted.get(found).map(|&(_, position)| position as usize)
            }
        }
    }
}
