//! Sums of all selected events, computed in one pass.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use foldhash::fast::RandomState;
use procmon_parser::analysis::Analysis;
use procmon_parser::code::{NtStatus, ProcessOperation};
use procmon_parser::detail::{Detail, ProcessDetail};
use procmon_parser::{Column, Event, Style, code};

use crate::bits::Bits;
use crate::buckets::Buckets;
use crate::data::Traits;
use crate::directory::Directory;
use crate::findings::Findings;
use crate::names::{CLASSES, class_number, limited, traits, write_limited};
use crate::rules::Compiled;
use crate::times::Era;

/// The maximum number of results with a row of their own.
const RESULTS: usize = 2000;
/// The number of slowest calls.
pub(crate) const SLOWEST: usize = 100;
/// The maximum length of the name of an operation or a result, in bytes.
const NAME: usize = 100;
/// The maximum length of a path, in bytes.
const PATH: usize = 2048;

/// The sums over a set of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) events: u64,
    pub(crate) failed: u64,
    pub(crate) duration: u64,
    pub(crate) longest: u64,
    pub(crate) processes: Bits,
}

impl Sums {
    fn add(&mut self, process: usize, duration: u64, failed: bool) {
        self.events += 1;
        self.failed += u64::from(failed);
        self.duration = self.duration.saturating_add(duration);
        self.longest = self.longest.max(duration);
        self.processes.insert(process);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.failed += other.failed;
        self.duration = self.duration.saturating_add(other.duration);
        self.longest = self.longest.max(other.longest);
        self.processes.merge(&other.processes);
    }
}

/// A value for each operation. For each class, the values are found by the traits of the operation and its name.
#[derive(Debug)]
pub(crate) struct ByOperation<T>(pub(crate) [BTreeMap<Traits, HashMap<String, T, RandomState>>; CLASSES.len()]);

impl<T> Default for ByOperation<T> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<T> ByOperation<T> {
    pub(crate) fn get(&self, class: usize, traits: Traits, name: &str) -> Option<&T> {
        self.0.get(class)?.get(&traits)?.get(name)
    }

    /// Returns the value of an operation. Calls `new` to create it if there is none.
    pub(crate) fn entry(
        &mut self,
        class: usize,
        traits: Traits,
        name: &str,
        new: impl FnOnce() -> T,
    ) -> Option<&mut T> {
        let values = self.0.get_mut(class)?.entry(traits).or_default();
        if !values.contains_key(name) {
            values.insert(name.to_owned(), new());
        }
        values.get_mut(name)
    }
}

/// The sums of a result.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResultSums {
    pub(crate) name: String,
    pub(crate) sums: Sums,
}

/// The sums of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProcessSums {
    pub(crate) by_class: [u64; CLASSES.len()],
    pub(crate) failed: u64,
    pub(crate) duration: u64,
    pub(crate) longest: u64,
}

impl ProcessSums {
    pub(crate) fn events(&self) -> u64 {
        self.by_class.iter().sum()
    }

    fn merge(&mut self, other: &Self) {
        for (sum, other) in self.by_class.iter_mut().zip(other.by_class) {
            *sum += other;
        }
        self.failed += other.failed;
        self.duration = self.duration.saturating_add(other.duration);
        self.longest = self.longest.max(other.longest);
    }
}

/// The number of selected events of a file, and the earliest and the latest of their plausible times.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileSums {
    pub(crate) events: u64,
    pub(crate) span: Option<(u64, u64)>,
}

impl FileSums {
    fn extend(&mut self, (start, end): (u64, u64)) {
        let (first, last) = self.span.unwrap_or((start, end));
        self.span = Some((first.min(start), last.max(end)));
    }
}

/// One of the slowest calls.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slow {
    pub(crate) duration: u64,
    /// The position of the event among the events of all logs. If durations are equal, the earlier event is kept.
    pub(crate) number: Reverse<u64>,
    pub(crate) time: u64,
    pub(crate) process: usize,
    pub(crate) operation: String,
    pub(crate) path: String,
    pub(crate) result: String,
}

/// The accumulator of all sums.
#[derive(Debug)]
pub(crate) struct Gather<'a> {
    directory: &'a Directory,
    style: &'a Style,
    era: Era,
    /// The index of the file of the latest event.
    file: usize,
    pub(crate) files: Vec<FileSums>,
    pub(crate) operations: ByOperation<Sums>,
    /// The sums by status. If there are too many, the smallest codes are kept, and the others are added to
    /// `other_results`.
    pub(crate) results: BTreeMap<u32, ResultSums>,
    pub(crate) other_results: Sums,
    pub(crate) processes: Vec<ProcessSums>,
    pub(crate) buckets: Buckets,
    pub(crate) findings: Findings<'a>,
    pub(crate) slowest: BinaryHeap<Reverse<Slow>>,
    /// The number of events whose times are not plausible.
    pub(crate) misplaced: u64,
    name: String,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(directory: &'a Directory, era: Era, rules: &'a [Compiled], style: &'a Style) -> Self {
        Self {
            directory,
            style,
            era,
            file: 0,
            files: vec![FileSums::default(); directory.files().len()],
            operations: ByOperation::default(),
            results: BTreeMap::new(),
            other_results: Sums::default(),
            processes: vec![ProcessSums::default(); directory.entries()],
            buckets: Buckets::default(),
            findings: Findings::new(rules),
            slowest: BinaryHeap::new(),
            misplaced: 0,
            name: String::new(),
        }
    }

    fn add_operation(&mut self, event: Event<'_>, class: usize, process: usize, duration: u64) {
        write_operation(&mut self.name, event, self.style);
        if let Some(sums) = self.operations.entry(class, traits(&event), &self.name, Sums::default) {
            sums.add(process, duration, event.status().is_error());
        }
    }

    fn add_result(&mut self, event: Event<'_>, process: usize, duration: u64) {
        let NtStatus(status) = event.status();
        let failed = event.status().is_error();
        if !self.results.contains_key(&status) {
            if self.results.len() >= RESULTS && self.results.last_key_value().is_some_and(|(last, _)| *last < status) {
                return self.other_results.add(process, duration, failed);
            }
            let name = result_name(event, self.style);
            self.results.insert(status, ResultSums { name, sums: Sums::default() });
        }
        if let Some(result) = self.results.get_mut(&status) {
            result.sums.add(process, duration, failed);
        }
        self.trim_results();
    }

    fn add_time(&mut self, event: Event<'_>, process: usize, class: usize) {
        let time = event.time().0;
        if !self.era.contains(time) {
            self.misplaced += 1;
            return;
        }
        if let Some(file) = self.files.get_mut(self.file) {
            file.extend((time, time));
        }
        self.buckets.add(time, process, class);
    }

    fn trim_results(&mut self) {
        while self.results.len() > RESULTS {
            if let Some((_, result)) = self.results.pop_last() {
                self.other_results.merge(&result.sums);
            }
        }
    }

    fn add_slow(&mut self, event: Event<'_>, process: usize, duration: u64) {
        let number = Reverse(self.directory.event_number(self.file, event));
        let is_faster = |slowest: &Reverse<Slow>| (slowest.0.duration, slowest.0.number) > (duration, number);
        if duration == 0 || (self.slowest.len() >= SLOWEST && self.slowest.peek().is_some_and(is_faster)) {
            return;
        }
        self.slowest.push(Reverse(Slow {
            duration,
            number,
            time: event.time().0,
            process,
            operation: self.name.clone(),
            path: limited(PATH, event.text_in(Column::PATH, self.style)),
            result: result_name(event, self.style),
        }));
        if self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }
}

/// The name of operations that Procmon does not know.
pub(crate) const UNKNOWN: &str = "<Unknown>";

/// Writes the name of an operation to a buffer.
pub(crate) fn write_operation(buffer: &mut String, event: Event<'_>, style: &Style) {
    if event.operation_name().is_empty() || event.operation_name().starts_with("<Unknown") {
        buffer.replace_range(.., UNKNOWN);
        return;
    }
    write_limited(buffer, NAME, event.text_in(Column::OPERATION, style));
}

/// Returns the name of the result of an event; empty if it did not complete within the log.
fn result_name(event: Event<'_>, style: &Style) -> String {
    limited(NAME, event.text_in(Column::RESULT, style))
}

impl Analysis for Gather<'_> {
    fn add(&mut self, event: &Event<'_>) {
        let event = *event;
        self.file = self.directory.file(event, self.file);
        let process = self.directory.process_index(self.file, event);
        let class = class_number(event.class());
        let duration = event.duration().map_or(0, |duration| duration.0);
        if let Some(file) = self.files.get_mut(self.file) {
            file.events += 1;
        }
        if let Some(sums) = self.processes.get_mut(process) {
            sums.by_class[class] += 1;
            sums.failed += u64::from(event.status().is_error());
            sums.duration = sums.duration.saturating_add(duration);
            sums.longest = sums.longest.max(duration);
        }
        self.add_operation(event, class, process, duration);
        self.add_result(event, process, duration);
        self.add_time(event, process, class);
        self.add_slow(event, process, duration);
        self.findings.add(event, process, self.directory.event_number(self.file, event), self.style);
    }

    fn merge(&mut self, later: Self) {
        for (sums, later) in self.files.iter_mut().zip(later.files) {
            sums.events += later.events;
            if let Some(span) = later.span {
                sums.extend(span);
            }
        }
        for (class, by_traits) in later.operations.0.into_iter().enumerate() {
            let operations =
                by_traits.into_iter().flat_map(|(traits, names)| names.into_iter().map(move |of| (traits, of)));
            for (traits, (name, later)) in operations {
                if let Some(sums) = self.operations.entry(class, traits, &name, Sums::default) {
                    sums.merge(&later);
                }
            }
        }
        for (status, later) in later.results {
            let known =
                self.results.entry(status).or_insert_with(|| ResultSums { name: later.name, sums: Sums::default() });
            known.sums.merge(&later.sums);
        }
        self.other_results.merge(&later.other_results);
        self.trim_results();
        for (sums, later) in self.processes.iter_mut().zip(&later.processes) {
            sums.merge(later);
        }
        self.buckets.merge(later.buckets);
        self.misplaced += later.misplaced;
        self.findings.merge(later.findings);
        self.slowest.extend(later.slowest);
        while self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }
}

/// Adds the events of a selection to an analysis, and notes facts of all readable events.
#[derive(Debug)]
pub(crate) struct Selecting<'a, A, M> {
    directory: &'a Directory,
    matches: &'a M,
    file: usize,
    /// The number of readable events of each file.
    pub(crate) readable: Vec<u64>,
    /// The exit status of each process that exited.
    pub(crate) exits: BTreeMap<usize, i32>,
    pub(crate) analysis: A,
}

impl<'a, A, M> Selecting<'a, A, M> {
    pub(crate) fn new(directory: &'a Directory, matches: &'a M, analysis: A) -> Self {
        let readable = vec![0; directory.files().len()];
        Self { directory, matches, file: 0, readable, exits: BTreeMap::new(), analysis }
    }

    fn add_exit(&mut self, event: Event<'_>) {
        if event.operation() != code::Operation::Process(ProcessOperation::PROCESS_EXIT) {
            return;
        }
        if let Ok(Detail::Process(ProcessDetail::Exit(exit))) = event.detail() {
            let process = self.directory.process_index(self.file, event);
            if process < self.directory.others() {
                self.exits.insert(process, exit.exit_code());
            }
        }
    }
}

impl<A: Analysis, M: Fn(&Event<'_>) -> bool + Sync> Analysis for Selecting<'_, A, M> {
    fn add(&mut self, event: &Event<'_>) {
        self.file = self.directory.file(*event, self.file);
        if let Some(readable) = self.readable.get_mut(self.file) {
            *readable += 1;
        }
        self.add_exit(*event);
        if (self.matches)(event) {
            self.analysis.add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        self.readable.iter_mut().zip(later.readable).for_each(|(sum, events)| *sum += events);
        self.exits.extend(later.exits);
        self.analysis.merge(later.analysis);
    }
}
