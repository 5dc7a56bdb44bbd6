//! The tables of a log, its files and processes, and the metadata of the schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::{ArrowPrimitiveType, Int32Type};
use arrow_array::{ArrayRef, DictionaryArray, Int32Array, PrimitiveArray};
use arrow_buffer::NullBuffer;
use procmon_parser::{Event, FileTime, Index, Log, Process};

use crate::error::Result;
use crate::schema::{EventColumn, SCHEMA_VERSION, Timestamps};
use crate::store::{Dictionary, Map};

/// Returns a time as a number since 1970, or `None` if the unit cannot express it.
pub(crate) fn timestamp(time: FileTime, timestamps: Timestamps) -> Option<i64> {
    let ticks = i128::from(time.0) - i128::from(FileTime::UNIX_EPOCH.0);
    i64::try_from(match timestamps {
        Timestamps::Nanoseconds => ticks * 100,
        Timestamps::Microseconds => ticks.div_euclid(10),
    })
    .ok()
}

/// Returns a text of a process.
type ProcessText = for<'p> fn(Process<'p>) -> &'p str;

/// The text columns of processes.
const PROCESS_TEXTS: [(EventColumn, ProcessText); 9] = [
    (EventColumn::ProcessName, |process| process.name()),
    (EventColumn::ImagePath, |process| process.image_path()),
    (EventColumn::CommandLine, |process| process.command_line()),
    (EventColumn::User, |process| process.user()),
    (EventColumn::Integrity, |process| process.integrity()),
    (EventColumn::Company, |process| process.company()),
    (EventColumn::Description, |process| process.description()),
    (EventColumn::Version, |process| process.version()),
    (EventColumn::Architecture, |process| architecture(process)),
];

/// Returns the position of a column in the text columns of processes.
pub(crate) fn process_text(column: EventColumn) -> Option<usize> {
    PROCESS_TEXTS.iter().position(|&(text, _)| text == column)
}

/// Returns true if the values of a column depend on the process alone, and [`Source::append_value`] has them.
pub(crate) fn is_of_process(column: EventColumn) -> bool {
    process_text(column).is_some()
        || matches!(
            column,
            EventColumn::Pid
                | EventColumn::ParentPid
                | EventColumn::Session
                | EventColumn::AuthenticationId
                | EventColumn::ProcessStart
        )
}

/// Returns the architecture of a process as Procmon prints it.
pub(crate) fn architecture(process: Process<'_>) -> &'static str {
    if process.is_64bit() { "64-bit" } else { "32-bit" }
}

/// The index that marks an unknown process.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// The files of a log, and the processes of all files. The texts of the processes are dictionary keys.
pub(crate) struct Source<'l> {
    files: Vec<File<'l>>,
    processes: Vec<Process<'l>>,
    /// The dictionary keys of each text column, by process index.
    keys: [Vec<i32>; PROCESS_TEXTS.len()],
    /// The dictionary values of each text column.
    values: Vec<ArrayRef>,
    logs: ArrayRef,
}

struct File<'l> {
    index: &'l Index,
    /// The index of its first process.
    first: usize,
    /// The dictionary key of the name of its log.
    log: i32,
}

impl<'l> Source<'l> {
    /// Reads the tables of a log. `names` are the names of its files; a missing one is empty.
    ///
    /// # Errors
    /// If the texts of a column have more than 2 GiB.
    pub(crate) fn new<L: Log + ?Sized>(log: &'l L, names: &[String]) -> Result<Self> {
        let (mut files, mut processes, mut logs) = (Vec::new(), Vec::new(), Dictionary::default());
        let mut keys = [const { Vec::new() }; PROCESS_TEXTS.len()];
        let mut dictionaries: [Dictionary; PROCESS_TEXTS.len()] = Default::default();
        for (file, index) in log.indexes().enumerate() {
            let log = logs.key(names.get(file).map_or("", String::as_str));
            files.push(File { index, first: processes.len(), log });
            for process in index.processes() {
                processes.push(process);
                for ((keys, dictionary), (_, text)) in keys.iter_mut().zip(&mut dictionaries).zip(PROCESS_TEXTS) {
                    keys.push(dictionary.key(text(process)));
                }
            }
        }
        let values = dictionaries.iter().map(Dictionary::array).collect::<Result<_>>()?;
        Ok(Self { files, processes, keys, values, logs: logs.array()? })
    }

    /// Returns the position of the file that an index belongs to. `last` is the position that was returned last; it is
    /// tried first.
    #[inline]
    pub(crate) fn file(&self, index: &Index, last: usize) -> usize {
        let is = |file: &File<'_>| file.index.ptr_eq(index);
        if self.files.get(last).is_some_and(is) { last } else { self.files.iter().position(is).unwrap_or(last) }
    }

    /// Returns the index of a process of a file.
    #[inline]
    pub(crate) fn process_index(&self, file: usize, process: Option<Process<'_>>) -> u32 {
        let index = process.zip(self.files.get(file)).map(|(process, file)| file.first + process.table_index());
        index.and_then(|index| u32::try_from(index).ok()).unwrap_or(UNKNOWN)
    }

    /// Returns the dictionary key of the name of a file's log.
    #[inline]
    pub(crate) fn log(&self, file: usize) -> i32 {
        self.files.get(file).map_or(0, |file| file.log)
    }

    /// Returns the names of the logs.
    pub(crate) fn logs(&self) -> &ArrayRef {
        &self.logs
    }

    fn nulls(rows: &[u32]) -> Option<NullBuffer> {
        rows.contains(&UNKNOWN).then(|| rows.iter().map(|&row| row != UNKNOWN).collect())
    }

    /// Appends the value of a process in a column as Parquet stores it. Returns false if the process has none.
    pub(crate) fn append_value(
        &self,
        column: EventColumn,
        timestamps: Timestamps,
        process: u32,
        bytes: &mut Vec<u8>,
    ) -> bool {
        let Some(&process) = self.processes.get(process as usize) else { return false };
        match column {
            EventColumn::Pid => bytes.extend_from_slice(&process.pid().to_le_bytes()),
            EventColumn::ParentPid => bytes.extend_from_slice(&process.parent_pid().to_le_bytes()),
            EventColumn::Session => bytes.extend_from_slice(&process.session().to_le_bytes()),
            EventColumn::AuthenticationId => bytes.extend_from_slice(&process.authentication_id().to_le_bytes()),
            EventColumn::ProcessStart => match timestamp(process.start_time(), timestamps) {
                Some(start) => bytes.extend_from_slice(&start.to_le_bytes()),
                None => return false,
            },
            _ => match PROCESS_TEXTS.iter().find(|&&(text, _)| text == column) {
                Some((_, text)) => bytes.extend_from_slice(text(process).as_bytes()),
                None => return false,
            },
        }
        true
    }

    /// Returns a text column of the processes of events.
    pub(crate) fn names(&self, column: usize, rows: &[u32]) -> Result<DictionaryArray<Int32Type>> {
        let keys = &self.keys[column];
        let keys: Vec<i32> = rows.iter().map(|&row| keys.get(row as usize).copied().unwrap_or_default()).collect();
        let keys = Int32Array::new(keys.into(), Self::nulls(rows));
        Ok(DictionaryArray::try_new(keys, Arc::clone(&self.values[column]))?)
    }

    /// Returns a column of numbers of the processes of events.
    pub(crate) fn numbers<P: ArrowPrimitiveType>(
        &self,
        rows: &[u32],
        value: impl Fn(Process<'_>) -> P::Native,
    ) -> PrimitiveArray<P> {
        let values: Vec<_> = rows
            .iter()
            .map(|&row| self.processes.get(row as usize).map_or_else(Default::default, |&process| value(process)))
            .collect();
        PrimitiveArray::new(values.into(), Self::nulls(rows))
    }

    /// Returns a column of values that not every process has.
    pub(crate) fn optional<T>(&self, rows: &[u32], value: impl Fn(Process<'_>) -> Option<T>) -> Vec<Option<T>> {
        rows.iter().map(|&row| self.processes.get(row as usize).and_then(|&process| value(process))).collect()
    }

    /// Collects the paths of all modules, and assigns a dictionary key to each stored string.
    ///
    /// # Errors
    /// If the paths have more than 2 GiB.
    pub(crate) fn modules(&self) -> Result<Modules> {
        let (mut paths, mut keys) = (Dictionary::default(), Map::default());
        for module in self.processes.iter().flat_map(|process| process.modules()) {
            let path = module.path();
            keys.entry((path.as_ptr() as usize, path.len())).or_insert_with(|| paths.key(path));
        }
        Ok(Modules { keys, paths: paths.array()? })
    }
}

/// The paths of all modules.
pub(crate) struct Modules {
    /// The keys by the address and length of the string, which lives as long as the log.
    keys: Map<(usize, usize), i32>,
    paths: ArrayRef,
}

impl Modules {
    #[inline]
    pub(crate) fn key(&self, path: &str) -> Option<i32> {
        self.keys.get(&(path.as_ptr() as usize, path.len())).copied()
    }

    pub(crate) fn paths(&self) -> &ArrayRef {
        &self.paths
    }
}

/// Returns the metadata of the schema of a log: version of the schema, computer, time span and version of the library.
pub(crate) fn metadata<L: Log + ?Sized>(log: &L, names: &[String], last: Option<FileTime>) -> HashMap<String, String> {
    let mut metadata = HashMap::new();
    let mut add = |key: &str, value: String| metadata.insert(format!("procmon.{key}"), value);
    add("schema_version", SCHEMA_VERSION.to_string());
    add("library", concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned());
    add("logs", unique(names.iter().cloned()));
    add("computer", unique(log.indexes().map(|index| index.system().computer_name.clone())));
    add("os", unique(log.indexes().map(|index| index.system().os_name())));
    add("format_version", unique(log.indexes().map(|index| index.format_version().to_string())));
    add("events", log.event_count().to_string());
    if log.event_count() > 0 {
        if let Some(first) = log.indexes().map(Index::origin).min() {
            add("first_time", first.to_string());
        }
        if let Some(last) = last {
            add("last_time", last.to_string());
        }
    }
    metadata
}

/// Joins different texts with a comma.
fn unique(texts: impl Iterator<Item = String>) -> String {
    let mut list = Vec::<String>::new();
    for text in texts {
        if !list.contains(&text) {
            list.push(text);
        }
    }
    list.join(", ")
}

/// Returns the time of the last readable event among the last few events of a log.
///
/// # Errors
/// If the events cannot be read from the disk.
pub(crate) fn last_time<L: Log + ?Sized>(log: &L) -> Result<Option<FileTime>> {
    const EVENTS: usize = 64;
    let end = log.event_count();
    let mut batch = log.new_batch(EVENTS);
    let (mut next, mut last) = (end.saturating_sub(EVENTS), None);
    while next < end {
        let after = log.read_batch(next, &mut batch)?;
        if after == next {
            break;
        }
        last = log.batch_events(&batch).flatten().last().map(Event::time).or(last);
        next = after;
    }
    Ok(last)
}
