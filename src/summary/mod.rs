//! Statistics of a log: the calls of each process, with their number, results, durations and bytes.
//!
//! A [`Summary`] is computed in one pass over the events. Several threads can each summarize a part of the log; the
//! parts are then [merged](Summary::merge). The memory used depends on the number of processes, operations, results and
//! endpoints, not on the number of events. To bound it for crafted logs too, the numbers of results and endpoints are
//! limited; those beyond the limit are counted together. The result does not depend on how the log was divided.

mod bounded;
mod operation;
mod process;

pub(crate) use operation::transferred;
pub use operation::{ClassSummary, OperationSummary, bytes};
pub use process::{EndpointSummary, ProcessSummary, Traffic};

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::{Index, SystemInfo};
use crate::log::Log;
use crate::wire::{FileTime, Ticks};

use operation::Operations;
use process::{Paths, ProcessIdentity, ProcessTally};

/// Counts of the events of a log, by process, operation, result and network endpoint.
///
/// ```
/// use procmon_parser::{LogsReader, summary::Summary};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let summary: Summary = log.events().collect();
/// for process in summary.processes() {
///     println!("{} {}: {} events", process.pid(), process.name(), process.events());
///     for operation in process.operations() {
///         println!("  {} {}", operation.name(), operation.events());
///     }
/// }
/// # assert_eq!(summary.events(), log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// A process is identified by its key in the process table, PID, start time and image path. The key alone is not
/// enough: two files of a capture can use the same key for different processes. A process that is in the tables of
/// several files is counted as one. Events whose process is not in the table are counted together.
#[derive(Debug)]
pub struct Summary {
    events: u64,
    unreadable: u64,
    first_error: Option<Error>,
    operations: Operations,
    files: Vec<File>,
    /// The counts by process. The first entry is for events without a process.
    processes: Vec<ProcessTally>,
    slots: HashMap<ProcessIdentity, usize>,
    /// The image paths of the processes.
    paths: Paths,
}

/// The times of the earliest and the latest event.
type Span = (FileTime, FileTime);

/// Returns the shortest span that contains both spans.
fn union(one: Option<Span>, other: Option<Span>) -> Option<Span> {
    match (one, other) {
        (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
        (one, other) => one.or(other),
    }
}

/// A file of the capture.
#[derive(Debug)]
struct File {
    index: Index,
    /// The times of the earliest and the latest event.
    span: Option<Span>,
    /// The index in `Summary::processes` of each process, by its position in the process table.
    slots: Vec<usize>,
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

impl Summary {
    /// Creates an empty summary.
    #[must_use]
    pub fn new() -> Self {
        Self {
            events: 0,
            unreadable: 0,
            first_error: None,
            operations: Operations::default(),
            files: Vec::new(),
            processes: vec![ProcessTally::default()],
            slots: HashMap::new(),
            paths: Paths::default(),
        }
    }

    /// Returns the summary of all events of a log.
    ///
    /// ```
    /// use procmon_parser::{LogsStream, summary::Summary};
    ///
    /// let log = LogsStream::open("fixtures/sample64.pml")?;
    /// assert_eq!(Summary::of(&log)?.events(), log.len() as u64);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Log::read_batch`]. An unreadable event is not an error: it is counted.
    pub fn of(log: &(impl Log + ?Sized)) -> Result<Self> {
        let mut summary = Self::with_indexes(log.indexes());
        log.for_each(|event| summary.extend([event]))?;
        Ok(summary)
    }

    /// Creates an empty summary of files. It lists all of their processes, including those without events.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, summary::Summary};
    ///
    /// let log = LogsReader::open("fixtures/empty.pml")?;
    /// let summary = Summary::with_indexes(log.indexes());
    /// assert!(summary.system().is_some());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn with_indexes<'i>(indexes: impl IntoIterator<Item = &'i Index>) -> Self {
        let mut summary = Self::new();
        for index in indexes {
            summary.file(index);
        }
        summary
    }

    /// Counts an event. Allocates memory only for a new process, operation, result or endpoint.
    #[inline]
    pub fn add(&mut self, event: Event<'_>) {
        self.events += 1;
        let number = self.operations.number(&event);
        let slot = self.slot(&event);
        if let Some(process) = self.processes.get_mut(slot) {
            process.add(&event, number);
        }
    }

    /// Counts an unreadable event.
    pub fn add_unreadable(&mut self, error: Error) {
        self.unreadable += 1;
        self.first_error.get_or_insert(error);
    }

    /// Adds the summary of another part of the same log. The result is the same as that of one pass over both parts.
    ///
    /// Merge the parts in their order in the log: if the files of a capture describe a process differently, the last
    /// one takes precedence.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, summary::Summary};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
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
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.unreadable += other.unreadable;
        self.first_error = self.first_error.take().or(other.first_error);
        for file in &other.files {
            let known = self.file(&file.index);
            if let Some(known) = self.files.get_mut(known) {
                known.span = union(known.span, file.span);
            }
        }
        let numbers = self.operations.merge(&other.operations);
        let paths = self.paths.merge(other.paths);
        // Slot 0 is for events without a process.
        let mut slots = vec![0; other.processes.len()];
        for (identity, slot) in other.slots {
            if let Some(place) = slots.get_mut(slot) {
                let identity = identity.renumbered(&paths);
                *place = identity.and_then(|identity| self.slots.get(&identity)).copied().unwrap_or(0);
            }
        }
        for (slot, tally) in slots.into_iter().zip(other.processes) {
            if let Some(process) = self.processes.get_mut(slot) {
                process.merge(tally, &numbers);
            }
        }
    }

    /// Returns the index of a file in `files`. Adds the file and its processes if it is new.
    fn file(&mut self, index: &Index) -> usize {
        if let Some(known) = self.files.iter().position(|file| file.index.ptr_eq(index)) {
            return known;
        }
        let file = self.files.len();
        let mut slots = Vec::with_capacity(index.processes().len());
        let mut path_number = self.paths.numbers();
        for process in index.processes() {
            let identity = ProcessIdentity::new(process, path_number(process));
            let slot = *self.slots.entry(identity).or_insert(self.processes.len());
            if slot == self.processes.len() {
                self.processes.push(ProcessTally::default());
            }
            if let Some(tally) = self.processes.get_mut(slot) {
                tally.add_place(file, process.table_index());
            }
            slots.push(slot);
        }
        self.files.push(File { index: index.clone(), span: None, slots });
        file
    }

    /// Extends the span of the event's file to the time of the event. Returns the index in `processes` of the event's
    /// process.
    #[inline]
    fn slot(&mut self, event: &Event<'_>) -> usize {
        let index = event.index();
        // Events are added file by file, so the file is nearly always the last one.
        let file = match self.files.last() {
            Some(last) if last.index.ptr_eq(index) => self.files.last_mut(),
            _ => {
                let position = self.file(index);
                self.files.get_mut(position)
            }
        };
        let Some(file) = file else { return 0 };
        let time = event.time();
        file.span = union(file.span, Some((time, time)));
        let position = index.process_position(event.process_key());
        position.and_then(|position| file.slots.get(position)).copied().unwrap_or(0)
    }
}

impl Summary {
    /// Returns the number of events, without the unreadable ones.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns the number of unreadable events.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Returns the error of the first unreadable event.
    #[must_use]
    pub fn first_error(&self) -> Option<&Error> {
        self.first_error.as_ref()
    }

    /// Returns the description of the computer in the first file; `None` for a summary without files.
    #[must_use]
    pub fn system(&self) -> Option<&SystemInfo> {
        self.files.first().map(|file| file.index.system())
    }

    /// Returns the start time of the earliest event, in UTC; `None` without events.
    #[must_use]
    pub fn first_time(&self) -> Option<FileTime> {
        self.whole_span().map(|(first, _)| first)
    }

    /// Returns the start time of the latest event, in UTC; `None` without events.
    #[must_use]
    pub fn last_time(&self) -> Option<FileTime> {
        self.whole_span().map(|(_, last)| last)
    }

    /// Returns the time between the [first](Self::first_time) and the [last](Self::last_time) event; 0 without events.
    #[must_use]
    pub fn span(&self) -> Ticks {
        self.whole_span().map_or(Ticks(0), |(first, last)| last.since(first))
    }

    fn whole_span(&self) -> Option<Span> {
        self.files.iter().fold(None, |whole, file| union(whole, file.span))
    }

    /// Returns the start times of the earliest and the latest event of a file, in UTC; `None` without events.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, summary::Summary};
    ///
    /// let log = LogsReader::open("fixtures/segments/capture.pml")?;
    /// let summary = Summary::of(&log)?;
    /// for index in log.indexes() {
    ///     let (first, last) = summary.span_of(index).unwrap();
    ///     println!("{first} to {last}");
    /// }
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn span_of(&self, index: &Index) -> Option<(FileTime, FileTime)> {
        self.files.iter().find(|file| file.index.ptr_eq(index))?.span
    }

    /// Returns the counts of the operations of all processes, by event class.
    #[must_use]
    pub fn classes(&self) -> Vec<ClassSummary> {
        ClassSummary::of(self.processes.iter().flat_map(|process| process.operations(&self.operations)))
    }

    /// Returns the counts of the processes of all files, by PID, then by start time. If there are
    /// [events without a process](ProcessSummary::process), their counts come last.
    #[must_use]
    pub fn processes(&self) -> Vec<ProcessSummary<'_>> {
        let has_unattributed = self.processes.first().is_some_and(|unattributed| unattributed.events() > 0);
        let processes = self.processes.iter().skip(usize::from(!has_unattributed));
        let mut processes: Vec<_> = processes.map(|tally| ProcessSummary::new(self, tally)).collect();
        processes.sort_by_key(ProcessSummary::order);
        processes
    }

    /// Returns the indexes of the files.
    fn indexes(&self) -> impl DoubleEndedIterator<Item = &Index> {
        self.files.iter().map(|file| &file.index)
    }

    fn index(&self, file: usize) -> Option<&Index> {
        self.files.get(file).map(|file| &file.index)
    }
}

impl<'a> Extend<Event<'a>> for Summary {
    fn extend<I: IntoIterator<Item = Event<'a>>>(&mut self, events: I) {
        events.into_iter().for_each(|event| self.add(event));
    }
}

/// Counts events; unreadable ones are counted separately.
impl<'a> Extend<Result<Event<'a>>> for Summary {
    fn extend<I: IntoIterator<Item = Result<Event<'a>>>>(&mut self, events: I) {
        events.into_iter().for_each(|event| match event {
            Ok(event) => self.add(event),
            Err(error) => self.add_unreadable(error),
        });
    }
}

impl<'a> FromIterator<Event<'a>> for Summary {
    fn from_iter<I: IntoIterator<Item = Event<'a>>>(events: I) -> Self {
        let mut summary = Self::new();
        summary.extend(events);
        summary
    }
}

impl<'a> FromIterator<Result<Event<'a>>> for Summary {
    fn from_iter<I: IntoIterator<Item = Result<Event<'a>>>>(events: I) -> Self {
        let mut summary = Self::new();
        summary.extend(events);
        summary
    }
}
