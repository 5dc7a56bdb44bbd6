//! Processes and their modules.

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use super::addresses::{AddressSpace, AddressSpaces};
use super::strings::{Strings, TableString};
use super::table::Table;
use super::warnings::Warnings;
use super::{Icon, Index};
use crate::error::Result;
use crate::index::WarningKind;
use crate::wire::layout::{ModuleRecord, ProcessRecord};
use crate::wire::macros::serialize_by;
use crate::wire::{FileTime, PointerWidth, ProcessKey};

/// A process of the process table.
///
/// Two values are equal if they are the same entry of one table. Processes of different logs are never equal.
#[derive(Clone, Copy)]
pub struct Process<'a> {
    index: &'a Index,
    table_index: usize,
    entry: &'a Entry,
}

/// A module of a process: an image file that was loaded into it.
///
/// Two values are equal if they are the same entry of one table.
#[derive(Clone, Copy)]
pub struct Module<'a> {
    index: &'a Index,
    record: &'a ModuleRecord,
}

impl<'a> Process<'a> {
    pub(super) fn new(index: &'a Index, table_index: usize) -> Self {
        let entry = index.tables().processes.entries.get(table_index).unwrap_or(&NO_ENTRY);
        Self { index, table_index, entry }
    }

    /// Returns the record as stored, including unknown fields.
    pub(crate) fn record(self) -> &'a ProcessRecord {
        &self.entry.record
    }

    /// Returns the index of the log.
    pub(crate) fn log_index(self) -> &'a Index {
        self.index
    }

    /// Returns the position in the process table, from 0.
    #[must_use]
    pub fn table_index(self) -> usize {
        self.table_index
    }

    /// Returns the key of the process, by which events refer to it.
    #[must_use]
    pub fn key(self) -> ProcessKey {
        ProcessKey(self.record().index)
    }

    /// Returns the process id (PID).
    #[must_use]
    pub fn pid(self) -> u32 {
        self.record().pid
    }

    /// Returns the process id (PID) of the parent.
    #[must_use]
    pub fn parent_pid(self) -> u32 {
        self.record().parent_pid
    }

    /// Returns the key of the parent. The table need not have a process with this key.
    #[must_use]
    pub fn parent_key(self) -> ProcessKey {
        ProcessKey(self.record().parent_index)
    }

    /// Returns the parent; `None` if it is not in the table.
    #[must_use]
    pub fn parent(self) -> Option<Process<'a>> {
        self.index.process(self.parent_key())
    }

    /// Returns the name of the process.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.text(self.record().name)
    }

    /// Returns the path of the image file.
    #[must_use]
    pub fn image_path(self) -> &'a str {
        self.text(self.record().image_path)
    }

    /// Returns the command line, including embedded NULs.
    #[must_use]
    pub fn command_line(self) -> &'a str {
        self.text(self.record().command_line)
    }

    /// Returns the user, as `DOMAIN\name` or as the text of a SID.
    #[must_use]
    pub fn user(self) -> &'a str {
        self.text(self.record().user)
    }

    /// Returns the integrity level, such as `Medium`; empty on Windows XP, which has none.
    #[must_use]
    pub fn integrity(self) -> &'a str {
        self.text(self.record().integrity)
    }

    /// Returns the company name in the version information of the image file.
    #[must_use]
    pub fn company(self) -> &'a str {
        self.text(self.record().company)
    }

    /// Returns the file version in the version information of the image file.
    #[must_use]
    pub fn version(self) -> &'a str {
        self.text(self.record().version)
    }

    /// Returns the file description in the version information of the image file.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.text(self.record().description)
    }

    /// Returns the Remote Desktop Services (terminal services) session id.
    #[must_use]
    pub fn session(self) -> u32 {
        self.record().session
    }

    /// Returns the id (LUID) of the logon session.
    #[must_use]
    pub fn authentication_id(self) -> u64 {
        self.record().authentication_id
    }

    /// Returns the creation time of the process, in UTC.
    #[must_use]
    pub fn start_time(self) -> FileTime {
        self.record().start_time
    }

    /// Returns the exit time of the process, in UTC; `None` if it was still running when the log was closed.
    #[must_use]
    pub fn end_time(self) -> Option<FileTime> {
        Some(self.record().end_time).filter(|time| time.0 != 0)
    }

    /// Returns true if UAC virtualization is on; `None` if virtualization does not apply to the process.
    #[must_use]
    pub fn is_virtualized(self) -> Option<bool> {
        match self.record().virtualized {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    /// Returns true for a 64-bit process.
    #[must_use]
    pub fn is_64bit(self) -> bool {
        self.record().is_64bit != 0
    }

    /// Returns the 16-pixel icon; `None` if the process has none.
    #[must_use]
    pub fn small_icon(self) -> Option<Icon<'a>> {
        self.icon(self.record().small_icon)
    }

    /// Returns the 32-pixel icon; `None` if the process has none.
    #[must_use]
    pub fn large_icon(self) -> Option<Icon<'a>> {
        self.icon(self.record().large_icon)
    }

    /// Returns an iterator over the modules in stored order: by base address, and at the same address the latest first.
    /// The list is a history: it includes unloaded modules, so several modules can have the same base address.
    pub fn modules(self) -> impl ExactSizeIterator<Item = Module<'a>> + DoubleEndedIterator {
        let index = self.index;
        index.tables().processes.modules_of(self.entry).iter().map(move |record| Module { index, record })
    }

    /// Returns the string that a field of the record refers to.
    pub(crate) fn string(self, number: u32) -> Option<TableString<'a>> {
        self.index.tables().strings.string(number)
    }

    fn text(self, number: u32) -> &'a str {
        self.index.tables().strings.text(number).unwrap_or_default()
    }

    fn icon(self, number: u32) -> Option<Icon<'a>> {
        self.index.icon(number).filter(|_| number != 0)
    }
}

impl<'a> Module<'a> {
    pub(super) fn new(index: &'a Index, record: &'a ModuleRecord) -> Self {
        Self { index, record }
    }

    /// Returns the record as stored, including unknown fields.
    pub(crate) fn record(self) -> &'a ModuleRecord {
        self.record
    }

    /// Returns the position of the module in the list of all modules of its file.
    #[inline]
    #[must_use]
    pub fn table_index(self) -> usize {
        self.index.tables().processes.position_of(self.record)
    }

    /// Returns the base address: the address of the first byte.
    #[must_use]
    pub fn base(self) -> u64 {
        self.record.base
    }

    /// Returns the size in memory, in bytes.
    #[must_use]
    pub fn size(self) -> u32 {
        self.record.size
    }

    /// Returns the path of the image file.
    #[must_use]
    pub fn path(self) -> &'a str {
        self.text(self.record.path)
    }

    /// Returns the name of the image file: the path after its last `\`, or after its last `/` if it has no `\`.
    #[must_use]
    pub fn file_name(self) -> &'a str {
        file_name(self.path())
    }

    /// Returns the file version in the version information of the image file.
    #[must_use]
    pub fn version(self) -> &'a str {
        self.text(self.record.version)
    }

    /// Returns the company name in the version information of the image file.
    #[must_use]
    pub fn company(self) -> &'a str {
        self.text(self.record.company)
    }

    /// Returns the file description in the version information of the image file.
    #[must_use]
    pub fn description(self) -> &'a str {
        self.text(self.record.description)
    }

    /// Returns the load time of the module, in UTC.
    #[must_use]
    pub fn load_time(self) -> FileTime {
        self.record.load_time()
    }

    /// Returns the `TimeDateStamp` of the PE header: seconds since 1970, or a hash in reproducible builds; `None` if
    /// Procmon could not read it.
    #[must_use]
    pub fn time_date_stamp(self) -> Option<u32> {
        Some(self.record.time_date_stamp).filter(|&stamp| stamp != 0)
    }

    /// Returns the `SizeOfImage` of the PE header, in bytes; `None` if Procmon could not read it.
    #[must_use]
    pub fn size_of_image(self) -> Option<u32> {
        Some(self.record.size_of_image).filter(|&size| size != 0)
    }

    /// Returns the string that a field of the record refers to.
    pub(crate) fn string(self, number: u32) -> Option<TableString<'a>> {
        self.index.tables().strings.string(number)
    }

    fn text(self, number: u32) -> &'a str {
        self.index.tables().strings.text(number).unwrap_or_default()
    }
}

/// Returns the file name of a path, as Procmon 3.94 does: the path after its last `\`, or after its last `/` if it has
/// no `\`.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit_once('\\').or_else(|| path.rsplit_once('/')).map_or(path, |(_, name)| name)
}

serialize_by! {
    Process:
        key, pid, parent_key, parent_pid, name, image_path, command_line, user, integrity, company, version,
        description, session, authentication_id, start_time, end_time, is_virtualized, is_64bit,
}
serialize_by!(Module: base, size, path, version, company, description, load_time, time_date_stamp, size_of_image);

impl PartialEq for Process<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.table_index == other.table_index && self.index == other.index
    }
}

impl Eq for Process<'_> {}

impl Hash for Process<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.index, self.table_index).hash(state);
    }
}

impl PartialEq for Module<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.record, other.record)
    }
}

impl Eq for Module<'_> {}

impl Hash for Module<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.record, state);
    }
}

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

/// A process, and the range of its modules in the list of all modules.
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
    /// Created when the first frame is looked up: many programs never look one up.
    spaces: OnceLock<Spaces>,
}

impl Processes {
    pub(crate) fn parse(
        table: Table<'_>,
        width: PointerWidth,
        strings: &Strings,
        warnings: &mut Warnings,
    ) -> Result<Self> {
        let count = table.u32(0, "processes.count")?;
        let keys = table.u32_array(4, count, "processes.index")?;
        let offsets = table.u32_array(4 + 4 * u64::from(count), count, "processes.offset")?;
        let mut processes = Self { entries: Vec::with_capacity(offsets.len()), ..Self::default() };
        let mut budget = table.len();
        for at in offsets {
            processes.read(table, at.into(), width, &mut budget, warnings)?;
        }
        processes.modules.shrink_to_fit();
        processes.check_strings(table, strings, warnings);
        processes.keys = Keys::new(&keys, table.offset + 4, warnings);
        Ok(processes)
    }

    fn read(
        &mut self,
        table: Table<'_>,
        at: u64,
        width: PointerWidth,
        budget: &mut u64,
        warnings: &mut Warnings,
    ) -> Result<()> {
        let size = ProcessRecord::size(width);
        let record: ProcessRecord = table.record(at, size, "processes.record", (width,))?;
        let first_module = self.modules.len();
        let start = at + size as u64;
        let size = ModuleRecord::size(width);
        let all = u64::from(record.module_count) * size as u64;
        table.check(start, all, "processes.modules")?;
        // Without this limit, a small file whose module lists share their bytes could use a lot of memory.
        match budget.checked_sub(all) {
            Some(rest) => {
                *budget = rest;
                self.modules.reserve(record.module_count as usize);
                for number in 0..u64::from(record.module_count) {
                    let at = start + number * size as u64;
                    self.modules.push(table.record(at, size, "modules.record", (width,))?);
                }
            }
            None => {
                warnings.add(WarningKind::OverlappingModules, table.offset + start, "processes.modules");
            }
        }
        self.entries.push(Entry { record, first_module, module_count: self.modules.len() - first_module });
        Ok(())
    }

    /// Reads the records of a damaged table whose key equals the one in the table's array of keys. Returns the number
    /// of other records as well, or `None` if no record can be read.
    pub(crate) fn salvage(table: Table<'_>, width: PointerWidth, warnings: &mut Warnings) -> Option<(Self, u32)> {
        let count = table.u32(0, "processes.count").ok()?;
        let keys = table.u32_array(4, count, "processes.index").ok()?;
        let offsets = table.u32_array(4 + 4 * u64::from(count), count, "processes.offset").ok()?;
        let (mut processes, mut lost) = (Self::default(), 0);
        let mut budget = table.len();
        for (key, at) in keys.into_iter().zip(offsets) {
            let found: Result<ProcessRecord> =
                table.record(at.into(), ProcessRecord::size(width), "processes.record", (width,));
            let whole = found.is_ok_and(|record| record.index == key)
                && processes.read(table, at.into(), width, &mut budget, warnings).is_ok();
            lost += u32::from(!whole);
        }
        processes.find_keys(table.offset + 4, warnings);
        (!processes.entries.is_empty()).then_some((processes, lost))
    }

    /// Returns an iterator over the processes with their modules.
    pub(crate) fn records_mut(&mut self) -> impl Iterator<Item = (&mut ProcessRecord, &mut [ModuleRecord])> {
        let mut modules = self.modules.as_mut_slice();
        // The module lists are in the order of the entries, without gaps.
        self.entries.iter_mut().map(move |entry| {
            let (own, rest) = std::mem::take(&mut modules).split_at_mut_checked(entry.module_count).unwrap_or_default();
            modules = rest;
            (&mut entry.record, own)
        })
    }

    /// Adds a process. [`position`](Self::position) finds it only after [`sort`](Self::sort).
    pub(crate) fn add(&mut self, record: ProcessRecord, modules: impl IntoIterator<Item = ModuleRecord>) {
        let first_module = self.modules.len();
        self.modules.extend(modules);
        self.entries.push(Entry { record, first_module, module_count: self.modules.len() - first_module });
    }

    /// Sorts the processes by their keys.
    pub(crate) fn sort(&mut self, warnings: &mut Warnings) {
        self.entries.sort_by_key(|entry| entry.record.index);
        self.find_keys(0, warnings);
    }

    fn find_keys(&mut self, offset: u64, warnings: &mut Warnings) {
        let keys: Vec<_> = self.entries.iter().map(|entry| entry.record.index).collect();
        self.keys = Keys::new(&keys, offset, warnings);
    }

    fn check_strings(&self, table: Table<'_>, strings: &Strings, warnings: &mut Warnings) {
        let processes = self.entries.iter().flat_map(|entry| {
            let r = &entry.record;
            [r.integrity, r.user, r.name, r.image_path, r.command_line, r.company, r.version, r.description]
        });
        let modules = self.modules.iter().flat_map(|r| [r.path, r.version, r.company, r.description]);
        for _ in processes.chain(modules).filter(|&number| strings.text(number).is_none()) {
            warnings.add(WarningKind::MissingString, table.offset, "processes.string");
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(crate) fn position(&self, key: u32) -> Option<usize> {
        self.keys.position(key)
    }

    /// Returns, for each process in the order of the table, the key that finds it, or `None` if no key finds it.
    pub(crate) fn keys(&self) -> Vec<Option<u32>> {
        let mut keys = vec![None; self.len()];
        self.keys.for_each(|key, position| {
            if let Some(slot) = keys.get_mut(position) {
                *slot = Some(key);
            }
        });
        keys
    }

    /// Returns the position of a module in the list of all modules, to which it must belong.
    #[inline]
    fn position_of(&self, module: &ModuleRecord) -> usize {
        let distance = std::ptr::from_ref(module).addr().wrapping_sub(self.modules.as_ptr().addr());
        distance / size_of::<ModuleRecord>()
    }

    fn modules_of(&self, entry: &Entry) -> &[ModuleRecord] {
        self.modules.get(entry.first_module..entry.first_module + entry.module_count).unwrap_or_default()
    }

    /// Returns the address spaces in which the frames of a process are looked up.
    #[inline]
    pub(crate) fn frames_of<'a>(&'a self, strings: &'a Strings, width: PointerWidth, key: u32) -> FrameSpace<'a> {
        let spaces = self.spaces.get_or_init(|| self.address_spaces(strings, width));
        let space = |position: usize| {
            let modules = self.entries.get(position).map_or(&[][..], |entry| self.modules_of(entry));
            spaces.addresses.of(position, modules)
        };
        FrameSpace { strings, own: self.position(key).map(space), system: spaces.system.map(space) }
    }

    fn address_spaces(&self, strings: &Strings, width: PointerWidth) -> Spaces {
        let mut addresses = AddressSpaces::new(width);
        self.entries.iter().for_each(|entry| addresses.push(self.modules_of(entry)));
        Spaces { addresses, system: self.system(strings) }
    }

    /// Returns the position of the System process.
    pub(crate) fn system(&self, strings: &Strings) -> Option<usize> {
        let is_system = |entry: &Entry| strings.text(entry.record.image_path).is_some_and(is_system_path);
        self.entries.iter().position(is_system)
    }
}

/// Returns true if an image path is that of the System process. Procmon ignores its case and everything from its first
/// NUL on.
pub(crate) fn is_system_path(path: &str) -> bool {
    path.split('\0').next().is_some_and(|path| path.eq_ignore_ascii_case("System"))
}

/// The address spaces of all processes.
#[derive(Debug)]
struct Spaces {
    addresses: AddressSpaces,
    /// The position of the System process. Its modules are those of the kernel.
    system: Option<usize>,
}

/// The address spaces in which the frames of a process are looked up: its own, then that of the System process.
#[derive(Clone, Copy)]
pub(crate) struct FrameSpace<'a> {
    strings: &'a Strings,
    own: Option<AddressSpace<'a>>,
    system: Option<AddressSpace<'a>>,
}

impl<'a> FrameSpace<'a> {
    /// Returns the module that an address belonged to at a time; `None` if this module has no path, and for address 0.
    #[inline]
    pub(crate) fn module_at(&self, address: u64, time: FileTime) -> Option<&'a ModuleRecord> {
        let own = self.own.and_then(|own| own.find(address, time));
        let found = own.or_else(|| self.system?.find(address, time))?;
        (!self.strings.is_empty(found.path)).then_some(found)
    }

    /// Returns true if [`module_at`](Self::module_at) returns the same for some addresses at any later time.
    pub(crate) fn are_settled(&self, addresses: impl Iterator<Item = u64> + Clone, time: FileTime) -> bool {
        [self.own, self.system].into_iter().flatten().all(|space| space.are_settled(addresses.clone(), time))
    }
}

/// A map from the key of a process to its position in the table.
///
/// The driver numbers processes serially, so the keys of a capture are close together and the map is an array. In a
/// crafted log, they can be far apart; the map is then a sorted list.
#[derive(Debug)]
enum Keys {
    /// The position + 1 of each key from `first`; 0 for an unused key.
    Dense { first: u32, positions: Vec<u32> },
    /// The keys in ascending order, with their positions.
    Sparse(Vec<(u32, u32)>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Sparse(Vec::new())
    }
}

impl Keys {
    fn new(keys: &[u32], offset: u64, warnings: &mut Warnings) -> Self {
        if !keys.is_sorted() {
            warnings.add(WarningKind::UnsortedProcesses, offset, "processes.index");
        }
        let mut sorted: Vec<(u32, u32)> = keys.iter().copied().zip(0..).collect();
        sorted.sort_unstable();
        let all = sorted.len();
        sorted.dedup_by_key(|(key, _)| *key);
        if sorted.len() < all {
            warnings.add(WarningKind::DuplicateProcess, offset, "processes.index");
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

    fn for_each(&self, mut each: impl FnMut(u32, usize)) {
        match self {
            Self::Dense { first, positions } => {
                let found = (*first..=u32::MAX).zip(positions).filter(|(_, slot)| **slot != 0);
                found.for_each(|(key, slot)| each(key, *slot as usize - 1));
            }
            Self::Sparse(sorted) => sorted.iter().for_each(|&(key, position)| each(key, position as usize)),
        }
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
