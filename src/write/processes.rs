//! The processes of a log that is being written, and the mapping of process keys from other logs.

use std::collections::{HashMap, HashSet};

use binrw::BinWrite;

use super::IconId;
use super::icons::{IconNumbering, Icons};
use super::info::{ModuleInfo, ProcessInfo, WideString};
use super::strings::{Numbering, Strings};
use super::table::{number, put};
use crate::detail::{Detail, ProcessDetail, process};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::index::{Index, Process};
use crate::redact::Redactor;
use crate::wire::layout::{ModuleRecord, ProcessRecord};
use crate::wire::{FileTime, PointerWidth, ProcessKey};

/// The module-storage field: Procmon writes 1 in the lowest byte; the others are filler (docs/PML-FORMAT.md, "Process
/// record").
const MODULES_MARKER: u64 = 1;

/// The pool of processes. Its records refer to strings and icons by their numbers in the pools.
#[derive(Debug)]
pub(super) struct Processes {
    /// True if the tables are written as Procmon writes them.
    like_procmon: bool,
    strings: Strings,
    icons: Icons,
    entries: Vec<Entry>,
    /// The holder of each key in the written log.
    keys: HashMap<u32, Holder>,
    /// The next free key: greater than all used keys except very large ones.
    next_key: u32,
    by_identity: HashMap<Identity, usize>,
    sources: Vec<Source>,
    /// The number of the source that was looked up last.
    last_source: usize,
    /// The entries in the order of their first event.
    seen: Vec<usize>,
    /// The System process of the first log that has one.
    system: Option<usize>,
    /// The process that is written under each key. Only used if the tables are written as Procmon writes them.
    written: HashMap<u32, usize>,
}

impl Processes {
    /// Creates an empty pool. If `like_procmon` is true, its tables will be those that Procmon writes.
    pub(super) fn new(like_procmon: bool) -> Self {
        Self {
            like_procmon,
            strings: Strings::new(like_procmon),
            icons: Icons::new(like_procmon),
            entries: Vec::new(),
            keys: HashMap::new(),
            next_key: 0,
            by_identity: HashMap::new(),
            sources: Vec::new(),
            last_source: 0,
            seen: Vec::new(),
            system: None,
            written: HashMap::new(),
        }
    }
}

/// A process of the pool.
#[derive(Debug)]
struct Entry {
    record: ProcessRecord,
    /// The key under which Procmon writes the process: the key in the record, which can differ from the key that finds
    /// the process.
    written_key: u32,
    modules: Vec<ModuleRecord>,
    /// True if the process is written: it was added, has an event, or is System.
    kept: bool,
    /// True if the process has an event.
    seen: bool,
    /// The source of the record; the parent key is a key of this source. `None` if the process was added by hand.
    origin: Option<usize>,
    /// The last source that contains the process.
    source: Option<usize>,
}

/// The holder of a process key.
#[derive(Clone, Copy, Debug)]
enum Holder {
    Process(usize),
    /// Events whose log has no process with this key.
    NoProcess,
}

/// The fields of a process that columns show. Processes of different logs that agree in all of them are the same
/// process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Identity {
    numbers: [u32; 5],
    authentication_id: u64,
    start_time: FileTime,
    strings: [u32; 8],
}

impl Identity {
    fn of(record: &ProcessRecord) -> Self {
        let r = record;
        Self {
            numbers: [r.pid, r.parent_pid, r.session, r.virtualized, r.is_64bit],
            authentication_id: r.authentication_id,
            start_time: r.start_time,
            strings: [r.integrity, r.user, r.name, r.image_path, r.command_line, r.company, r.version, r.description],
        }
    }
}

/// A log that events are copied from.
#[derive(Debug)]
struct Source {
    index: Index,
    /// By position in the process table.
    links: Vec<Link>,
    /// The number in the pool of each string, as far as it was needed.
    strings: Vec<Option<u32>>,
    /// Maps the keys of the source to those of the written log.
    keys: HashMap<u32, u32>,
    /// The process key of the last event, and its new key.
    last: Option<(u32, u32)>,
}

impl Source {
    fn new(index: &Index) -> Self {
        let strings = vec![None; index.string_count()];
        let links = vec![Link { entry: usize::MAX, imported: false, now: None }; index.processes().len()];
        Self { index: index.clone(), links, strings, keys: HashMap::new(), last: None }
    }

    /// Replaces the number of a string in the source with its number in the pool.
    fn intern(&mut self, index: &Index, pool: &mut Strings, number: &mut u32) {
        *number = match self.strings.get_mut(*number as usize) {
            Some(Some(pooled)) => *pooled,
            Some(none) => {
                let pooled = index.string(*number).map_or(0, |string| pool.import(string));
                *none.insert(pooled)
            }
            None => 0,
        };
    }
}

/// The connection of a process in a source to its entry in the pool.
#[derive(Clone, Copy, Debug)]
struct Link {
    entry: usize,
    /// True if the modules and icons were imported.
    imported: bool,
    /// The new key, once an event of the process was copied.
    now: Option<u32>,
}

/// Returns the string fields of a record, in the order in which Procmon numbers them (docs/PML-FORMAT.md, "Numbering of
/// strings and icons").
fn strings_of(record: &mut ProcessRecord) -> [&mut u32; 8] {
    let r = record;
    [
        &mut r.user,
        &mut r.name,
        &mut r.image_path,
        &mut r.command_line,
        &mut r.company,
        &mut r.version,
        &mut r.description,
        &mut r.integrity,
    ]
}

/// Like [`strings_of`], for a module.
fn strings_of_module(record: &mut ModuleRecord) -> [&mut u32; 4] {
    [&mut record.company, &mut record.description, &mut record.version, &mut record.path]
}

/// Returns the key by which Procmon sorts modules: ascending by base, and at the same base the newest first.
fn module_order(module: &ModuleRecord) -> (u64, std::cmp::Reverse<FileTime>) {
    (module.base, std::cmp::Reverse(module.load_time()))
}

/// Adding processes and modules by hand.
impl Processes {
    pub(super) fn add_icon(&mut self, dimension: u32, image: &[u8]) -> IconId {
        self.icons.add(dimension, image)
    }

    pub(super) fn add(&mut self, info: &ProcessInfo, width: PointerWidth) -> Result<ProcessKey> {
        for icon in [info.small_icon, info.large_icon] {
            if !self.icons.has(icon) {
                return Err(Error::new(ErrorKind::UnknownEntry { what: "icon", number: icon.0 }));
            }
        }
        let mut modules = info.modules.iter().map(|module| self.module(module, width)).collect::<Result<Vec<_>>>()?;
        modules.sort_by_key(module_order);
        let key = self.claim(info.key.0, Holder::Process(self.entries.len()));
        let mut string = |string: &WideString| self.strings.intern(string.units().iter().copied());
        let record = ProcessRecord {
            index: key,
            pid: info.pid,
            parent_pid: info.parent_pid,
            parent_index: info.parent_key.0,
            authentication_id: info.authentication_id,
            session: info.session,
            start_time: info.start_time,
            end_time: info.end_time.unwrap_or_default(),
            virtualized: info.virtualized,
            is_64bit: info.is_64bit.into(),
            integrity: string(&info.integrity),
            user: string(&info.user),
            name: string(&info.name),
            image_path: string(&info.image_path),
            command_line: string(&info.command_line),
            company: string(&info.company),
            version: string(&info.version),
            description: string(&info.description),
            small_icon: info.small_icon.0,
            large_icon: info.large_icon.0,
            modules_pointer: MODULES_MARKER,
            ..ProcessRecord::EMPTY
        };
        let entry = self.push(record, None, key);
        Ok(ProcessKey(self.keep(entry, modules)))
    }

    pub(super) fn add_module(&mut self, process: ProcessKey, module: &ModuleInfo, width: PointerWidth) -> Result<()> {
        let position = self.added(process)?;
        let module = self.module(module, width)?;
        if let Some(entry) = self.entries.get_mut(position) {
            let place = entry.modules.partition_point(|other| module_order(other) <= module_order(&module));
            entry.modules.insert(place, module);
        }
        Ok(())
    }

    fn module(&mut self, info: &ModuleInfo, width: PointerWidth) -> Result<ModuleRecord> {
        if !width.is_64bit() && info.base > u32::MAX.into() {
            return Err(Error::new(ErrorKind::AddressTooLarge { field: "modules.base", address: info.base }));
        }
        let mut string = |string: &WideString| self.strings.intern(string.units().iter().copied());
        let [low, high] = halves(info.load_time.0);
        Ok(ModuleRecord {
            load_time_low: low,
            load_time_high: high,
            base: info.base,
            size: info.size,
            path: string(&info.path),
            version: string(&info.version),
            company: string(&info.company),
            description: string(&info.description),
            time_date_stamp: info.time_date_stamp.unwrap_or_default(),
            size_of_image: info.size_of_image.unwrap_or_default(),
            ..ModuleRecord::default()
        })
    }

    /// Returns the entry of a process that was added. Fails if there is none.
    fn added(&self, process: ProcessKey) -> Result<usize> {
        match self.keys.get(&process.0) {
            Some(&Holder::Process(entry)) if self.entries.get(entry).is_some_and(|entry| entry.kept) => Ok(entry),
            _ => Err(Error::new(ErrorKind::UnknownEntry { what: "process", number: process.0 })),
        }
    }

    /// Notes a new event of a process of this log.
    pub(super) fn note(&mut self, process: ProcessKey) -> Result<()> {
        match self.added(process) {
            Ok(entry) => self.mark_seen(entry),
            Err(error) if process != ProcessKey::NONE => return Err(error),
            // Reserves the key, so that no process that is added later gets it.
            Err(_) => drop(self.keys.insert(process.0, Holder::NoProcess)),
        }
        Ok(())
    }
}

#[expect(clippy::cast_possible_truncation, reason = "splitting is the purpose")]
fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// The pool.
impl Processes {
    /// Adds an entry under the key of its record. Returns its position.
    fn push(&mut self, record: ProcessRecord, source: Option<usize>, written_key: u32) -> usize {
        let position = self.entries.len();
        self.by_identity.entry(Identity::of(&record)).or_insert(position);
        let (modules, origin) = (Vec::new(), source);
        self.entries.push(Entry { record, written_key, modules, kept: false, seen: false, origin, source });
        position
    }

    /// Marks an entry to be written, and adds modules to it. Returns its key.
    fn keep(&mut self, position: usize, modules: Vec<ModuleRecord>) -> u32 {
        let Some(entry) = self.entries.get_mut(position) else { return 0 };
        let is_first = *self.written.entry(entry.written_key).or_insert(position) == position;
        entry.kept |= is_first || !self.like_procmon;
        entry.merge_modules(modules);
        let (key, path) = (entry.record.index, entry.record.image_path);
        if self.system.is_none() && self.strings.is_system_path(path) {
            self.system = Some(position);
        }
        key
    }

    /// Notes that an entry has an event.
    fn mark_seen(&mut self, position: usize) {
        if let Some(entry) = self.entries.get_mut(position).filter(|entry| !entry.seen) {
            entry.seen = true;
            self.seen.push(position);
        }
    }

    /// Assigns a key to a holder and returns it: `wanted` if it is free, or else a new one.
    fn claim(&mut self, wanted: u32, holder: Holder) -> u32 {
        /// The driver numbers processes from low values upwards. Keys from here on are artificial, such as 0xFFFFFFFF
        /// for no process, and must not make the following keys wrap around.
        const FIRST_ARTIFICIAL: u32 = 0xF000_0000;
        let mut key = wanted;
        while self.keys.contains_key(&key) {
            key = self.next_key;
            self.next_key = self.next_key.wrapping_add(1);
        }
        if key < FIRST_ARTIFICIAL {
            self.next_key = self.next_key.max(key + 1);
        }
        self.keys.insert(key, holder);
        key
    }
}

impl Entry {
    /// Adds the modules that another log lists for the process, except those that the entry already has.
    fn merge_modules(&mut self, modules: Vec<ModuleRecord>) {
        if self.modules.is_empty() {
            self.modules = modules;
            return;
        }
        let known: HashSet<ModuleRecord> = self.modules.iter().map(without_filler).collect();
        let before = self.modules.len();
        self.modules.extend(modules.into_iter().filter(|module| !known.contains(&without_filler(module))));
        if self.modules.len() > before {
            self.modules.sort_by_key(module_order);
        }
    }
}

fn without_filler(module: &ModuleRecord) -> ModuleRecord {
    ModuleRecord { unknown_04: 0, ..module.clone() }
}

/// Importing processes from other logs.
impl Processes {
    /// Returns the number of a source, if it was added.
    #[inline]
    pub(super) fn source(&mut self, index: &Index) -> Option<usize> {
        let number = self.last_source;
        if self.sources.get(number).is_some_and(|source| source.index.ptr_eq(index)) {
            return Some(number);
        }
        self.other_source(index)
    }

    #[cold]
    fn other_source(&mut self, index: &Index) -> Option<usize> {
        self.last_source = self.sources.iter().position(|source| source.index.ptr_eq(index))?;
        Some(self.last_source)
    }

    /// Adds a source and finds or creates an entry for each of its processes. Except for System, an entry is written
    /// only if an event refers to it.
    #[cold]
    pub(super) fn add_source(&mut self, index: &Index) -> usize {
        let number = self.sources.len();
        let mut source = Source::new(index);
        self.strings.reserve(index.string_count());
        // A process has its key twice: in the index array, through which readers find it, and in its record. If they
        // differ, Procmon saves the process under the key of the record, and its events lose it. Here the index array
        // decides. Processes that no key of the array leads to come last, so that they only get free keys.
        let (found, others): (Vec<_>, Vec<_>) =
            index.processes().zip(index.process_keys()).partition(|(_, key)| key.is_some());
        for (process, key) in found.into_iter().chain(others) {
            let mut record = process.record().clone();
            record.index = key.unwrap_or(record.index);
            for string in strings_of(&mut record) {
                source.intern(index, &mut self.strings, string);
            }
            let entry = self.entry_for(record, number, process);
            if let (Some(key), Some(entry)) = (key, self.entries.get(entry)) {
                source.keys.insert(key, entry.record.index);
            }
            if let Some(link) = source.links.get_mut(process.table_index()) {
                link.entry = entry;
            }
        }
        self.sources.push(source);
        // If the tables are written as Procmon writes them, `place_system` selects the System process.
        let system = index.system_process().filter(|_| !self.like_procmon);
        if let Some(process) = system.filter(|process| self.is_system(number, *process)) {
            self.import(number, process);
        }
        number
    }

    /// Returns true if a process is the System process of the written log, or if this log has none yet.
    fn is_system(&self, source: usize, process: Process<'_>) -> bool {
        let link = self.sources.get(source).and_then(|source| source.links.get(process.table_index()));
        self.system.is_none() || link.is_some_and(|link| Some(link.entry) == self.system)
    }

    /// Finds or creates the entry of a process of a source, given its record with strings of the pool and the key that
    /// finds it.
    fn entry_for(&mut self, mut record: ProcessRecord, source: usize, process: Process<'_>) -> usize {
        let index = process.log_index();
        let identity = Identity::of(&record);
        let same_key = match self.keys.get(&record.index) {
            Some(&Holder::Process(entry)) => Some(entry),
            _ => None,
        };
        let alike = self.by_identity.get(&identity).copied();
        for position in [same_key, alike].into_iter().flatten() {
            if self.is_of_capture(position, index) {
                continue;
            }
            let Some(entry) = self.entries.get_mut(position) else { continue };
            // Processes of the same log stay separate, even if they agree in all columns.
            if entry.source != Some(source) && Identity::of(&entry.record) == identity {
                entry.source = Some(source);
                entry.record.end_time = entry.record.end_time.max(record.end_time);
                return position;
            }
        }
        // `import` sets the icons, together with the modules.
        (record.small_icon, record.large_icon) = (0, 0);
        let wanted = record.index;
        if !self.is_shared(wanted, index) {
            record.index = self.claim(wanted, Holder::Process(self.entries.len()));
        }
        let written_key = if record.index == wanted { process.key().0 } else { record.index };
        self.push(record, Some(source), written_key)
    }

    /// Returns true if an entry belongs to the same capture as a log. Only Procmon joins the files of a capture without
    /// comparing their processes.
    fn is_of_capture(&self, position: usize, index: &Index) -> bool {
        let entry = self.entries.get(position).filter(|_| self.like_procmon);
        let source = entry.and_then(|entry| self.sources.get(entry.source?));
        source.is_some_and(|source| source.index.is_of_same_capture(index))
    }

    /// Returns true if a key belongs to a process of a different file of the same capture as a log; see
    /// [`is_of_capture`](Self::is_of_capture).
    fn is_shared(&self, key: u32, index: &Index) -> bool {
        matches!(self.keys.get(&key), Some(&Holder::Process(position)) if self.is_of_capture(position, index))
    }

    /// Imports the modules and icons of a process, which is then written. Returns its new key.
    #[cold]
    pub(super) fn import(&mut self, source: usize, process: Process<'_>) -> u32 {
        let Some(from) = self.sources.get_mut(source) else { return process.key().0 };
        let Some(Link { entry: position, imported, .. }) = from.links.get_mut(process.table_index()) else {
            return process.key().0;
        };
        let position = *position;
        if std::mem::replace(imported, true) {
            return self.entries.get(position).map_or(0, |entry| entry.record.index);
        }
        let index = process.log_index();
        let mut modules = Vec::with_capacity(process.modules().len());
        for module in process.modules() {
            let mut record = module.record().clone();
            for string in strings_of_module(&mut record) {
                from.intern(index, &mut self.strings, string);
            }
            modules.push(record);
        }
        let icons = [process.record().small_icon, process.record().large_icon];
        let [small, large] = icons.map(|icon| self.icons.import(source, index, icon));
        if let Some(entry) = self.entries.get_mut(position)
            && entry.record.small_icon == 0
            && entry.record.large_icon == 0
        {
            (entry.record.small_icon, entry.record.large_icon) = (small, large);
        }
        self.keep(position, modules)
    }

    /// Notes a copied event. Returns the new key of its process.
    #[inline]
    pub(super) fn note_copy(&mut self, source: usize, event: Event<'_>) -> u32 {
        let key = event.process_key().0;
        match self.sources.get(source).and_then(|source| source.last) {
            Some((last, now)) if last == key => now,
            _ => self.note_other(source, event),
        }
    }

    /// Notes an event whose process is not that of the previous event.
    fn note_other(&mut self, source: usize, event: Event<'_>) -> u32 {
        let key = event.process_key().0;
        let position = event.index().process_position(event.process_key());
        let known =
            self.sources.get(source).zip(position).and_then(|(source, position)| source.links.get(position)?.now);
        let now = known.unwrap_or_else(|| self.note_first(source, event));
        if let Some(source) = self.sources.get_mut(source) {
            source.last = Some((key, now));
        }
        now
    }

    /// Notes the first event of a process, or an event without a process.
    #[cold]
    fn note_first(&mut self, source: usize, event: Event<'_>) -> u32 {
        let Some(process) = event.process() else { return self.claim_without_process(source, event.process_key().0) };
        let now = self.import(source, process);
        let link = self.sources.get_mut(source).and_then(|source| source.links.get_mut(process.table_index()));
        if let Some(link) = link {
            link.now = Some(now);
            let entry = link.entry;
            self.mark_seen(entry);
        }
        now
    }

    /// Returns the new key for events whose log has no process with this key: one that no process has.
    fn claim_without_process(&mut self, source: usize, key: u32) -> u32 {
        let Some(from) = self.sources.get(source) else { return key };
        if let Some(&now) = from.keys.get(&key) {
            return now;
        }
        if self.is_shared(key, &from.index) {
            return key;
        }
        let now = match self.keys.get(&key) {
            Some(Holder::NoProcess) => key,
            _ => self.claim(key, Holder::NoProcess),
        };
        if let Some(source) = self.sources.get_mut(source) {
            source.keys.insert(key, now);
        }
        now
    }

    /// Returns the new key of a process that another process or an event refers to by key and PID.
    pub(super) fn reference(&mut self, source: usize, key: u32, pid: u32) -> u32 {
        let Some(from) = self.sources.get(source) else { return key };
        if let Some(&now) = from.keys.get(&key) {
            return now;
        }
        if self.is_shared(key, &from.index) {
            return key;
        }
        match self.keys.get(&key) {
            // The source does not have the process. The key stays if it is free, or if another log has a process with
            // the same key and PID, which is then probably the same process.
            None | Some(Holder::NoProcess) => key,
            Some(&Holder::Process(entry)) if self.entries.get(entry).is_some_and(|entry| entry.record.pid == pid) => {
                key
            }
            Some(Holder::Process(_)) => self.claim_without_process(source, key),
        }
    }

    /// Replaces the keys in the detail of an event that describes a process. `copy` is the copied record.
    #[inline]
    pub(super) fn renumber_detail(&mut self, source: usize, event: Event<'_>, copy: &mut [u8]) {
        let (Ok(Detail::Process(ProcessDetail::Defined(created)))
        | Ok(Detail::Process(ProcessDetail::Create(created)))) = event.detail()
        else {
            return;
        };
        let process = self.reference(source, created.process_key.0, created.pid);
        let parent = self.reference(source, created.parent_key.0, created.parent_pid);
        let block = copy.get_mut(event.prefix_and_stack().len()..).unwrap_or_default();
        process::put_keys(block, process, parent);
    }
}

/// Encoding the tables.
impl Processes {
    /// Encodes the process, strings and icon tables. If `system_needed` is true and there is no System process, writes
    /// a record of zeros for it, as Procmon does when it saves.
    pub(super) fn tables(
        mut self,
        width: PointerWidth,
        system_needed: bool,
        redactor: Option<&Redactor>,
    ) -> Result<[Vec<u8>; 3]> {
        if self.like_procmon && system_needed {
            self.place_system();
        }
        self.resolve_parents();
        let walk = self.walk();
        let mut strings = Numbering::new(&self.strings);
        let mut icons = IconNumbering::new(&self.icons);
        for &position in &walk {
            let Some(entry) = self.entries.get_mut(position) else { continue };
            strings_of(&mut entry.record).into_iter().for_each(|string| strings.apply(string));
            let modules = entry.modules.iter_mut().flat_map(strings_of_module);
            modules.for_each(|string| strings.apply(string));
            icons.apply(&mut entry.record.small_icon);
            icons.apply(&mut entry.record.large_icon);
        }
        let is_taken = match self.keys.get(&0) {
            Some(Holder::NoProcess) => true,
            _ => self.entries.iter().any(|entry| entry.kept && entry.record.index == 0),
        };
        let mut kept: Vec<Entry> = self.entries.into_iter().filter(|entry| entry.kept).collect();
        // The record of zeros has key 0. If a process or events without a process have this key, the record is left
        // out, because it would become their process. Procmon writes it nevertheless.
        if system_needed && self.system.is_none() && (self.like_procmon || !is_taken) {
            kept.push(Entry::zero());
        }
        if self.like_procmon {
            // Procmon sorts modules after it has numbered their strings.
            for entry in &mut kept {
                entry.record.index = entry.written_key;
                entry.modules.sort_by_key(module_order);
            }
        }
        kept.sort_by_key(|entry| entry.record.index);
        Ok([process_table(&kept, width)?, strings.table(redactor)?, icons.table()?])
    }

    /// Selects the System process as Procmon does: the one in the last file of the capture, or else a record of zeros
    /// with the key 0. A different process with the same key is not written.
    fn place_system(&mut self) {
        let Some(first) = self.sources.first() else { return };
        let is_of_capture = |source: &Source| source.index.is_of_same_capture(&first.index);
        let last = self.sources.iter().rposition(is_of_capture).unwrap_or(0);
        let Some(index) = self.sources.get(last).map(|source| source.index.clone()) else { return };
        let system = index.system_process();
        let link = system.and_then(|process| self.sources.get(last)?.links.get(process.table_index()));
        self.system = link.map(|link| link.entry);
        let key = self.system.and_then(|position| self.entries.get(position)).map_or(0, |entry| entry.written_key);
        let other = self.written.remove(&key).filter(|other| Some(*other) != self.system);
        if let Some(other) = other.and_then(|other| self.entries.get_mut(other)) {
            other.kept = false;
        }
        if let Some(process) = system {
            self.import(last, process);
        }
        if let Some(system) = self.system.and_then(|position| self.entries.get_mut(position)) {
            system.kept = true;
        }
    }

    /// Replaces the parent keys of imported processes with those of the written log.
    fn resolve_parents(&mut self) {
        for position in 0..self.entries.len() {
            let Some(entry) = self.entries.get(position).filter(|entry| entry.kept) else { continue };
            let Some(origin) = entry.origin else { continue };
            let (key, pid) = (entry.record.parent_index, entry.record.parent_pid);
            let parent = self.reference(origin, key, pid);
            if let Some(entry) = self.entries.get_mut(position) {
                entry.record.parent_index = parent;
            }
        }
    }

    /// Returns the entries in the order in which Procmon numbers strings and icons: System, then processes in the order
    /// of their first event, then those without events.
    fn walk(&self) -> Vec<usize> {
        let mut walked = vec![false; self.entries.len()];
        let mut walk = Vec::new();
        let all = self.system.into_iter().chain(self.seen.iter().copied()).chain(0..self.entries.len());
        for position in all {
            let kept = self.entries.get(position).is_some_and(|entry| entry.kept);
            if let Some(walked) = walked.get_mut(position).filter(|walked| kept && !**walked) {
                *walked = true;
                walk.push(position);
            }
        }
        walk
    }
}

impl Entry {
    /// Returns the record of zeros that Procmon writes if there is no System process.
    fn zero() -> Self {
        let record = ProcessRecord { modules_pointer: MODULES_MARKER, ..ProcessRecord::EMPTY };
        Self { record, written_key: 0, modules: Vec::new(), kept: true, seen: false, origin: None, source: None }
    }
}

/// Encodes the process table: the number of processes, the key of each, the offset of each record, and the records.
fn process_table(entries: &[Entry], width: PointerWidth) -> Result<Vec<u8>> {
    const WHAT: &str = "processes";
    let mut table = std::io::Cursor::new(Vec::new());
    let mut head = number(WHAT, entries.len())?.to_le_bytes().to_vec();
    head.extend(entries.iter().flat_map(|entry| entry.record.index.to_le_bytes()));
    let offsets = head.len();
    head.resize(offsets + 4 * entries.len(), 0);
    let records = head.len();
    for (place, entry) in entries.iter().enumerate() {
        put(&mut head, offsets + 4 * place, number(WHAT, records + table.get_ref().len())?);
        let record = ProcessRecord { module_count: number("modules", entry.modules.len())?, ..entry.record.clone() };
        record.write_le_args(&mut table, (width,)).map_err(std::io::Error::other)?;
        for module in &entry.modules {
            module.write_le_args(&mut table, (width,)).map_err(std::io::Error::other)?;
        }
    }
    head.extend_from_slice(table.get_ref());
    number(WHAT, head.len())?;
    Ok(head)
}
