//! The files and processes of logs, numbered across the logs.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use procmon_parser::{Event, Index, Log, Process, ProcessKey};

use crate::data;
use crate::names::limited;
use crate::times::Clock;

/// The maximum number of processes with an entry of their own.
const MAX_PROCESSES: usize = 20_000;
/// The maximum length of a text of a process, in bytes.
const MAX_TEXT: usize = 4096;
/// The total size of texts, in bytes, after which the texts of further processes are cut to `MAX_SHORT_TEXT` bytes.
const FULL_TEXTS: usize = 8 << 20;
const MAX_SHORT_TEXT: usize = 64;

/// The processes of all logs. A process that is in several files of a log has only one index.
#[derive(Debug)]
pub(crate) struct Directory {
    files: Vec<File>,
    /// The position of the first event of each log among the events of all logs.
    first_events: Vec<u64>,
    /// For each process with an entry: the index of the last file that contains it, and its key in that file.
    processes: Vec<(usize, ProcessKey)>,
    /// The number of different processes, including those without an entry.
    total: usize,
}

#[derive(Debug)]
struct File {
    index: Index,
    log: usize,
    /// The position of the first event of the log among the events of all logs.
    first: u64,
    /// The index of the process of each key.
    process_indexes: HashMap<ProcessKey, usize, RandomState>,
}

impl Directory {
    pub(crate) fn new<L: Log>(logs: &[L]) -> Self {
        let mut known = HashMap::new();
        let mut directory = Self { files: Vec::new(), first_events: Vec::new(), processes: Vec::new(), total: 0 };
        let mut first = 0;
        for log in logs {
            directory.first_events.push(first);
            first += log.event_count() as u64;
        }
        let indexes = logs.iter().enumerate().flat_map(|(log, files)| files.indexes().map(move |index| (log, index)));
        for (file, (log, index)) in indexes.enumerate() {
            let mut process_indexes = HashMap::default();
            for process in index.processes() {
                let identity = (log, process.key(), process.pid(), process.start_time(), process.name());
                let process_index = *known.entry(identity).or_insert_with(|| {
                    directory.total += 1;
                    directory.total - 1
                });
                if process_index >= MAX_PROCESSES {
                    continue;
                }
                process_indexes.insert(process.key(), process_index);
                match directory.processes.get_mut(process_index) {
                    Some(described) => *described = (file, process.key()),
                    None => directory.processes.push((file, process.key())),
                }
            }
            let first = directory.first_events.get(log).copied().unwrap_or_default();
            directory.files.push(File { index: index.clone(), log, first, process_indexes });
        }
        directory
    }

    /// Returns the number of different processes, including those without an entry.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Returns the number of entries: one for each process, and one for events of other processes.
    pub(crate) fn entries(&self) -> usize {
        self.processes.len() + 1
    }

    /// Returns the index of the entry for events whose process is not in the process table or has no entry of its own.
    pub(crate) fn others(&self) -> usize {
        self.processes.len()
    }

    /// Returns the tables of the files, each with the index of its log.
    pub(crate) fn files(&self) -> impl ExactSizeIterator<Item = (usize, &Index)> {
        self.files.iter().map(|file| (file.log, &file.index))
    }

    /// Returns the position of the first event of each log among the events of all logs.
    pub(crate) fn first_events(&self) -> &[u64] {
        &self.first_events
    }

    /// Returns the number of an event of a file: its position in all logs.
    pub(crate) fn event_number(&self, file: usize, event: Event<'_>) -> u64 {
        self.files.get(file).map_or(0, |file| file.first) + u64::from(event.ordinal())
    }

    /// Returns the index of the file of an event. `last` is the index of the file of the previous event, which is tried
    /// first.
    pub(crate) fn file(&self, event: Event<'_>, last: usize) -> usize {
        let is_file = |file: &File| file.index.ptr_eq(event.index());
        if self.files.get(last).is_some_and(is_file) {
            return last;
        }
        self.files.iter().position(is_file).unwrap_or(last)
    }

    /// Returns the index of the entry for the process of an event.
    pub(crate) fn process_index(&self, file: usize, event: Event<'_>) -> usize {
        let index = self.files.get(file).and_then(|file| file.process_indexes.get(&event.process_key()));
        index.copied().unwrap_or(self.others())
    }

    /// Returns the index of the entry for a process; `None` if the process has no entry of its own.
    pub(crate) fn index_of(&self, process: Process<'_>) -> Option<usize> {
        let is_same = |other: Process<'_>| {
            (other.pid(), other.start_time(), other.name()) == (process.pid(), process.start_time(), process.name())
        };
        self.files.iter().rev().find_map(|file| {
            let index = *file.process_indexes.get(&process.key())?;
            file.index.process(process.key()).is_some_and(is_same).then_some(index)
        })
    }

    /// Returns, for each pair of a PID and an image path, the index of the first process that has them. The files of a
    /// log can have different paths for the same process.
    pub(crate) fn by_image(&self) -> HashMap<(u32, &str), usize> {
        let mut found = HashMap::new();
        for file in &self.files {
            for process in file.index.processes() {
                if let Some(&index) = file.process_indexes.get(&process.key()) {
                    found.entry((process.pid(), process.image_path())).or_insert(index);
                }
            }
        }
        found
    }

    /// Returns the description of each process, without sums.
    pub(crate) fn describe(&self, clock: Clock) -> Vec<data::Process> {
        let mut bytes = 0;
        let mut processes = Vec::with_capacity(self.processes.len());
        for (index, &(file, key)) in self.processes.iter().enumerate() {
            let Some(file) = self.files.get(file) else { continue };
            let Some(process) = file.index.process(key) else { continue };
            let limit = if bytes < FULL_TEXTS { MAX_TEXT } else { MAX_SHORT_TEXT };
            let described = describe(process, file, index, limit, clock);
            bytes += described.texts().map(|text| text.len()).sum::<usize>();
            processes.push(described);
        }
        processes
    }
}

/// Describes a process of a file. `limit` is the maximum length of its texts, in bytes.
fn describe(process: Process<'_>, file: &File, index: usize, limit: usize, clock: Clock) -> data::Process {
    let text = |text: &str| limited(limit, text);
    let parent = process.parent().and_then(|parent| file.process_indexes.get(&parent.key()).copied());
    data::Process {
        log: file.log,
        key: process.key().0,
        pid: process.pid(),
        parent: parent.filter(|&parent| parent != index),
        parent_pid: process.parent_pid(),
        name: text(process.name()),
        path: text(process.image_path()),
        command_line: text(process.command_line()),
        user: text(process.user()),
        integrity: text(process.integrity()),
        session: process.session(),
        bits: if process.is_64bit() { 64 } else { 32 },
        company: text(process.company()),
        description: text(process.description()),
        version: text(process.version()),
        start: clock.ticks(process.start_time()),
        end: process.end_time().and_then(|time| clock.ticks(time)),
        exit_status: String::new(),
        events: Vec::new(),
        duration: 0,
    }
}

/// Returns the entry for events whose process has no entry of its own.
pub(crate) fn other_processes() -> data::Process {
    let empty = String::new;
    data::Process {
        log: 0,
        key: u32::MAX,
        pid: 0,
        parent: None,
        parent_pid: 0,
        name: "(other processes)".to_owned(),
        path: empty(),
        command_line: empty(),
        user: empty(),
        integrity: empty(),
        session: 0,
        bits: 64,
        company: empty(),
        description: "Events whose process is not in the process table of its log, or has no entry on this page"
            .to_owned(),
        version: empty(),
        start: None,
        end: None,
        exit_status: empty(),
        events: Vec::new(),
        duration: 0,
    }
}
