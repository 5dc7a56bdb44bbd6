//! What a log is about, in numbers: which process called what, how often, with what result and how many bytes.
//!
//! A [`Summary`] is made in one pass, and by parts that are [merged](Summary::merge), for as many threads as there are.
//! It takes memory by processes, operations, results and endpoints, not by events. So that this holds for hostile logs
//! too, the last two are limited, in the same way whatever the parts were, and what is beyond the limit is told as such.

mod bounded;
mod operation;
mod process;

pub use operation::{ClassSummary, OperationSummary};
pub use process::{EndpointSummary, ProcessSummary, Traffic};

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::{Index, SystemInfo};
use crate::wire::{FileTime, Ticks};

use operation::Operations;
use process::{Identity, ProcessTally};

/// Counts of the events of a log, by process, operation, result and network endpoint.
///
/// ```
/// use procmon_parser::{LogsReader, summary::Summary};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let summary: Summary = log.events().collect();
/// for process in summary.processes() {
///     println!("{} {}: {} events", process.pid(), process.name(), process.events());
///     for operation in process.operations() {
///         println!("  {} {}", operation.name(), operation.events());
///     }
/// }
/// # assert_eq!(summary.events(), log.len() as u64);
/// ```
///
/// Processes are told apart by their key in the process table, PID, start time and image path: two files of a capture
/// may have one key for two processes, and both know a process that lived on from one to the next. Events of processes
/// that the table does not have are counted together.
#[derive(Debug)]
pub struct Summary<'a> {
    events: u64,
    unreadable: u64,
    first_error: Option<Error>,
    span: Option<(FileTime, FileTime)>,
    operations: Operations,
    files: Vec<File<'a>>,
    /// The first one stands for all that no process table has.
    processes: Vec<ProcessTally<'a>>,
    slots: HashMap<Identity<'a>, usize>,
}

/// A file of the capture.
#[derive(Debug)]
struct File<'a> {
    index: &'a Index,
    /// From the position of a process in the table to its place among the processes of the summary.
    slots: Vec<usize>,
}

impl Default for Summary<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Summary<'a> {
    /// The summary of no events.
    #[must_use]
    pub fn new() -> Self {
        Self {
            events: 0,
            unreadable: 0,
            first_error: None,
            span: None,
            operations: Operations::default(),
            files: Vec::new(),
            processes: vec![ProcessTally::default()],
            slots: HashMap::new(),
        }
    }

    /// Makes the tables of a file known, so that its processes are told of even if they have no events. The first
    /// event of a file does the same.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, summary::Summary};
    ///
    /// let log = LogsReader::open("fixtures/empty.pml").unwrap();
    /// let mut summary = Summary::new();
    /// log.indexes().for_each(|index| summary.add_index(index));
    /// assert!(summary.system().is_some());
    /// ```
    pub fn add_index(&mut self, index: &'a Index) {
        self.file(index);
    }

    /// Counts an event. Allocates only for what was not seen before.
    #[inline]
    pub fn add(&mut self, event: Event<'a>) {
        self.events += 1;
        let time = event.time();
        self.span = Some(self.span.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
        let number = self.operations.number(&event);
        let slot = self.slot(&event);
        if let Some(process) = self.processes.get_mut(slot) {
            process.add(&event, number);
        }
    }

    /// Counts an event that could not be read.
    pub fn add_unreadable(&mut self, error: Error) {
        self.unreadable += 1;
        self.first_error.get_or_insert(error);
    }

    /// Adds another summary of the same log. What comes of it is the same as that of one pass over both parts; where
    /// files of a capture tell different things of a process, the later one counts, so merge parts in their order.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, summary::Summary};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let (first, second) = (log.events_in(..100), log.events_in(100..));
    /// let summary = std::thread::scope(|threads| {
    ///     let first = threads.spawn(|| first.collect::<Summary>());
    ///     let mut summary = Summary::new();
    ///     let second = second.collect();
    ///     summary.merge(first.join().unwrap());
    ///     summary.merge(second);
    ///     summary
    /// });
    /// assert_eq!(summary.events(), log.len() as u64);
    /// ```
    pub fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.unreadable += other.unreadable;
        self.first_error = self.first_error.take().or(other.first_error);
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (one, another) => one.or(another),
        };
        for file in other.files {
            self.file(file.index);
        }
        let numbers = self.operations.merge(&other.operations);
        for tally in other.processes {
            let slot = tally.identity().map_or(0, |identity| *self.slots.get(&identity).unwrap_or(&0));
            if let Some(process) = self.processes.get_mut(slot) {
                process.merge(tally, &numbers);
            }
        }
    }

    /// The place of a file among the files; its processes are made known first, if it is new.
    fn file(&mut self, index: &'a Index) -> usize {
        if let Some(known) = self.files.iter().position(|file| std::ptr::eq(file.index, index)) {
            return known;
        }
        let mut slots = Vec::with_capacity(index.processes().len());
        for process in index.processes() {
            let slot = *self.slots.entry(Identity::of(process)).or_insert(self.processes.len());
            match self.processes.get_mut(slot) {
                Some(tally) => tally.know(process),
                None => self.processes.push(ProcessTally::new(process)),
            }
            slots.push(slot);
        }
        self.files.push(File { index, slots });
        self.files.len() - 1
    }

    /// The place of the process of an event among the processes.
    #[inline]
    fn slot(&mut self, event: &Event<'a>) -> usize {
        let index = event.index();
        // Events come file after file: it is nearly always the last one.
        let file = match self.files.last() {
            Some(last) if std::ptr::eq(last.index, index) => self.files.last(),
            _ => {
                let position = self.file(index);
                self.files.get(position)
            }
        };
        let slot = file.zip(event.process()).and_then(|(file, process)| file.slots.get(process.table_index()));
        slot.copied().unwrap_or(0)
    }
}

impl<'a> Summary<'a> {
    /// Number of events that were counted, those that could not be read not among them.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Number of events that could not be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Why the first of them could not be read.
    #[must_use]
    pub fn first_error(&self) -> Option<&Error> {
        self.first_error.as_ref()
    }

    /// The computer that was watched, by the first file; `None` if no file is known.
    #[must_use]
    pub fn system(&self) -> Option<&'a SystemInfo> {
        self.files.first().map(|file| file.index.system())
    }

    /// When the earliest event began, UTC; `None` without events.
    #[must_use]
    pub fn first_time(&self) -> Option<FileTime> {
        self.span.map(|(first, _)| first)
    }

    /// When the latest event began, UTC; `None` without events.
    #[must_use]
    pub fn last_time(&self) -> Option<FileTime> {
        self.span.map(|(_, last)| last)
    }

    /// The time between the two.
    #[must_use]
    pub fn span(&self) -> Ticks {
        self.span.map_or(Ticks(0), |(first, last)| last.since(first))
    }

    /// The operations of all processes, by class.
    #[must_use]
    pub fn classes(&self) -> Vec<ClassSummary> {
        ClassSummary::of(self.processes.iter().flat_map(|process| process.operations(&self.operations)))
    }

    /// The processes of all files, by PID, then by start time; last the one that stands for
    /// [events without a process](ProcessSummary::process), if there are any.
    #[must_use]
    pub fn processes(&self) -> Vec<ProcessSummary<'_, 'a>> {
        let strays = self.processes.first().is_some_and(|strays| strays.events() > 0);
        let processes = self.processes.iter().skip(usize::from(!strays));
        let mut processes: Vec<_> = processes.map(|tally| ProcessSummary::new(self, tally)).collect();
        processes.sort_by_key(ProcessSummary::order);
        processes
    }

    /// The tables of the files.
    fn indexes(&self) -> impl DoubleEndedIterator<Item = &'a Index> {
        self.files.iter().map(|file| file.index)
    }
}

impl<'a> Extend<Event<'a>> for Summary<'a> {
    fn extend<I: IntoIterator<Item = Event<'a>>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.add(event));
    }
}

/// Takes the events of a log as they come; unreadable ones are counted as such.
impl<'a> Extend<Result<Event<'a>>> for Summary<'a> {
    fn extend<I: IntoIterator<Item = Result<Event<'a>>>>(&mut self, events: I) {
        events.into_iter().for_each(|event| match event {
            Ok(event) => self.add(event),
            Err(error) => self.add_unreadable(error),
        });
    }
}

impl<'a> FromIterator<Event<'a>> for Summary<'a> {
    fn from_iter<I: IntoIterator<Item = Event<'a>>>(events: I) -> Self {
        let mut summary = Self::new();
        summary.extend(events);
        summary
    }
}

impl<'a> FromIterator<Result<Event<'a>>> for Summary<'a> {
    fn from_iter<I: IntoIterator<Item = Result<Event<'a>>>>(events: I) -> Self {
        let mut summary = Self::new();
        summary.extend(events);
        summary
    }
}
