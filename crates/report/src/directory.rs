//! The processes of a log, numbered across its files.

use std::collections::HashMap;

use procmon_parser::{Event, FileTime, Index, Process, ProcessKey};

use crate::data;
use crate::names::limited;

/// The maximum number of processes with an entry of their own.
const LIMIT: usize = 20_000;
/// The maximum length of a text of a process, in bytes.
const TEXT: usize = 4096;

/// The processes of all files. A process that several files list has one number.
#[derive(Debug)]
pub(crate) struct Directory {
    files: Vec<File>,
    /// The file that describes a process last, and its key.
    processes: Vec<(usize, ProcessKey)>,
    /// The number of different processes, including those without an entry.
    total: usize,
}

#[derive(Debug)]
struct File {
    index: Index,
    numbers: HashMap<ProcessKey, usize>,
}

impl Directory {
    pub(crate) fn new<'i>(indexes: impl Iterator<Item = &'i Index>) -> Self {
        let mut known = HashMap::new();
        let mut directory = Self { files: Vec::new(), processes: Vec::new(), total: 0 };
        for (file, index) in indexes.enumerate() {
            let mut numbers = HashMap::new();
            for process in index.processes() {
                let identity = (process.key(), process.pid(), process.start_time(), process.name());
                let number = *known.entry(identity).or_insert_with(|| {
                    directory.total += 1;
                    directory.total - 1
                });
                if number >= LIMIT {
                    continue;
                }
                numbers.insert(process.key(), number);
                match directory.processes.get_mut(number) {
                    Some(described) => *described = (file, process.key()),
                    None => directory.processes.push((file, process.key())),
                }
            }
            directory.files.push(File { index: index.clone(), numbers });
        }
        directory
    }

    /// Returns the number of processes, without the entry for others.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Returns the number of entries: one for each process, and one for events of other processes.
    pub(crate) fn entries(&self) -> usize {
        self.processes.len() + 1
    }

    /// Returns the number of the entry for events whose process is not in the process table, or beyond the limit.
    pub(crate) fn others(&self) -> usize {
        self.processes.len()
    }

    /// Returns the number of files.
    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }

    /// Returns the number of the file of an event. `last` is that of the event before.
    pub(crate) fn file(&self, event: Event<'_>, last: usize) -> usize {
        let is_file = |file: &File| file.index.ptr_eq(event.index());
        if self.files.get(last).is_some_and(is_file) {
            return last;
        }
        self.files.iter().position(is_file).unwrap_or(last)
    }

    /// Returns the number of the process of an event of a file.
    pub(crate) fn of_event(&self, file: usize, event: Event<'_>) -> usize {
        self.number(file, event.process_key()).unwrap_or(self.others())
    }

    fn number(&self, file: usize, key: ProcessKey) -> Option<usize> {
        self.files.get(file)?.numbers.get(&key).copied()
    }

    /// Returns the number of a process of any of the files.
    pub(crate) fn of_process(&self, process: Process<'_>) -> Option<usize> {
        let is_same = |other: Process<'_>| {
            (other.pid(), other.start_time(), other.name()) == (process.pid(), process.start_time(), process.name())
        };
        self.files.iter().rev().find_map(|file| {
            let number = *file.numbers.get(&process.key())?;
            file.index.process(process.key()).is_some_and(is_same).then_some(number)
        })
    }

    /// Returns the first process with a PID and an image path.
    pub(crate) fn by_image(&self) -> HashMap<(u32, &str), usize> {
        let mut found = HashMap::new();
        for (number, process) in self.iter() {
            found.entry((process.pid(), process.image_path())).or_insert(number);
        }
        found
    }

    fn iter(&self) -> impl Iterator<Item = (usize, Process<'_>)> {
        self.processes
            .iter()
            .enumerate()
            .filter_map(|(number, &(file, key))| Some((number, self.files.get(file)?.index.process(key)?)))
    }

    /// Returns the description of each process, without sums. `ticks` converts a time.
    pub(crate) fn describe(&self, ticks: impl Fn(FileTime) -> Option<u64>) -> Vec<data::Process> {
        let text = |text: &str| limited(TEXT, text);
        let known = |time: FileTime| if time.0 == 0 { None } else { ticks(time) };
        let of = |(number, process): (usize, Process<'_>)| data::Process {
            key: process.key().0,
            pid: process.pid(),
            parent: process
                .parent()
                .and_then(|parent| self.number(self.processes.get(number)?.0, parent.key()))
                .filter(|&parent| parent != number),
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
            start: known(process.start_time()),
            end: process.end_time().and_then(known),
            exit_status: String::new(),
            events: Vec::new(),
            duration: 0,
        };
        self.iter().map(of).collect()
    }
}

/// Returns the entry for events whose process has no entry of its own.
pub(crate) fn other_processes() -> data::Process {
    let empty = String::new;
    data::Process {
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
        description: "Events whose process is not in the process table of the log".to_owned(),
        version: empty(),
        start: None,
        end: None,
        exit_status: empty(),
        events: Vec::new(),
        duration: 0,
    }
}
