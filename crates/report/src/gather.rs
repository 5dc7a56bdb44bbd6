//! Sums of all selected events, computed in one pass.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use procmon_parser::analysis::Analysis;
use procmon_parser::code::NtStatus;
use procmon_parser::{Column, Event, Style};

use crate::buckets::Buckets;
use crate::data::Kind;
use crate::directory::Directory;
use crate::findings::Findings;
use crate::names::{CLASSES, class_number, kind, limited, write_limited};
use crate::rules::Compiled;

/// The maximum number of results with a row of their own.
const RESULTS: usize = 2000;
/// The number of slowest calls.
pub(crate) const SLOWEST: usize = 100;
/// The maximum length of a name of an operation, in bytes.
const NAME: usize = 100;
/// The maximum length of a path, in bytes.
const PATH: usize = 2048;

/// The sums of some events.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) events: u64,
    pub(crate) failed: u64,
    pub(crate) duration: u64,
    pub(crate) longest: u64,
    pub(crate) processes: HashSet<usize>,
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
        self.processes.extend(&other.processes);
    }
}

/// The sums of an operation.
#[derive(Debug)]
pub(crate) struct OperationSums {
    pub(crate) kind: Kind,
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

/// The events of a file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FileSums {
    pub(crate) events: u64,
    pub(crate) span: Option<(u64, u64)>,
}

impl FileSums {
    fn add(&mut self, events: u64, (start, end): (u64, u64)) {
        let (first, last) = self.span.unwrap_or((start, end));
        self.events += events;
        self.span = Some((first.min(start), last.max(end)));
    }
}

/// One of the slowest calls.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slow {
    pub(crate) duration: u64,
    /// The number of the event; smaller ones are preferred.
    pub(crate) number: Reverse<u32>,
    pub(crate) time: u64,
    pub(crate) process: usize,
    pub(crate) operation: String,
    pub(crate) path: String,
    pub(crate) status: u32,
}

/// The accumulator of all sums.
#[derive(Debug)]
pub(crate) struct Gather<'a> {
    directory: &'a Directory,
    style: &'a Style,
    /// The file of the latest event.
    file: usize,
    pub(crate) files: Vec<FileSums>,
    pub(crate) operations: Operations,
    /// By status. Those with the smallest codes are kept.
    pub(crate) results: BTreeMap<u32, Sums>,
    pub(crate) other_results: Sums,
    pub(crate) processes: Vec<ProcessSums>,
    pub(crate) buckets: Buckets,
    pub(crate) findings: Findings<'a>,
    pub(crate) slowest: BinaryHeap<Reverse<Slow>>,
    name: String,
}

/// The sums of operations by class and name.
#[derive(Debug, Default)]
pub(crate) struct Operations(pub(crate) [HashMap<String, OperationSums>; CLASSES.len()]);

impl<'a> Gather<'a> {
    pub(crate) fn new(directory: &'a Directory, rules: &'a [Compiled], style: &'a Style) -> Self {
        Self {
            directory,
            style,
            file: 0,
            files: vec![FileSums::default(); directory.files()],
            operations: Operations::default(),
            results: BTreeMap::new(),
            other_results: Sums::default(),
            processes: vec![ProcessSums::default(); directory.entries()],
            buckets: Buckets::default(),
            findings: Findings::new(rules),
            slowest: BinaryHeap::new(),
            name: String::new(),
        }
    }

    fn add_operation(&mut self, event: Event<'_>, class: usize, process: usize, duration: u64) {
        write_operation(&mut self.name, event, self.style);
        let failed = event.status().is_error();
        let Some(operations) = self.operations.0.get_mut(class) else { return };
        if let Some(known) = operations.get_mut(&self.name) {
            return known.sums.add(process, duration, failed);
        }
        let mut sums = Sums::default();
        sums.add(process, duration, failed);
        let kind = kind(event.operation(), &self.name);
        operations.insert(self.name.clone(), OperationSums { kind, sums });
    }

    fn add_result(&mut self, status: NtStatus, process: usize, duration: u64) {
        if !self.results.contains_key(&status.0) {
            if self.results.len() >= RESULTS && self.results.last_key_value().is_some_and(|(last, _)| *last < status.0)
            {
                return self.other_results.add(process, duration, status.is_error());
            }
            self.results.insert(status.0, Sums::default());
        }
        if let Some(sums) = self.results.get_mut(&status.0) {
            sums.add(process, duration, status.is_error());
        }
        self.trim_results();
    }

    fn trim_results(&mut self) {
        while self.results.len() > RESULTS {
            if let Some((_, sums)) = self.results.pop_last() {
                self.other_results.merge(&sums);
            }
        }
    }

    fn add_slow(&mut self, event: Event<'_>, process: usize, duration: u64) {
        let number = Reverse(event.ordinal());
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
            status: event.status().0,
        }));
        if self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }
}

/// Writes the name of an operation to a buffer.
pub(crate) fn write_operation(buffer: &mut String, event: Event<'_>, style: &Style) {
    if event.operation_name().is_empty() || event.operation_name().starts_with("<Unknown") {
        buffer.replace_range(.., "<Unknown>");
        return;
    }
    write_limited(buffer, NAME, event.text_in(Column::OPERATION, style));
}

/// Returns the name of a result, as in Procmon's Result column.
pub(crate) fn result_name(status: u32) -> String {
    if NtStatus(status) == NtStatus::PENDING { String::new() } else { NtStatus(status).to_string() }
}

impl Analysis for Gather<'_> {
    fn add(&mut self, event: &Event<'_>) {
        let event = *event;
        self.file = self.directory.file(event, self.file);
        let process = self.directory.of_event(self.file, event);
        let class = class_number(event.class());
        let duration = event.duration().map_or(0, |duration| duration.0);
        let time = event.time().0;
        if let Some(file) = self.files.get_mut(self.file) {
            file.add(1, (time, time));
        }
        if let Some(sums) = self.processes.get_mut(process) {
            sums.by_class[class] += 1;
            sums.failed += u64::from(event.status().is_error());
            sums.duration = sums.duration.saturating_add(duration);
            sums.longest = sums.longest.max(duration);
        }
        self.add_operation(event, class, process, duration);
        self.add_result(event.status(), process, duration);
        self.buckets.add(time, process, class);
        self.add_slow(event, process, duration);
        self.findings.add(event, process, self.style);
    }

    fn merge(&mut self, later: Self) {
        for (sums, later) in self.files.iter_mut().zip(later.files) {
            if let Some(span) = later.span {
                sums.add(later.events, span);
            }
        }
        for (operations, later) in self.operations.0.iter_mut().zip(later.operations.0) {
            for (name, later) in later {
                match operations.get_mut(&name) {
                    Some(known) => known.sums.merge(&later.sums),
                    None => {
                        operations.insert(name, later);
                    }
                }
            }
        }
        for (status, sums) in later.results {
            self.results.entry(status).or_default().merge(&sums);
        }
        self.other_results.merge(&later.other_results);
        self.trim_results();
        for (sums, later) in self.processes.iter_mut().zip(&later.processes) {
            sums.merge(later);
        }
        self.buckets.merge(later.buckets);
        self.findings.merge(later.findings);
        self.slowest.extend(later.slowest);
        while self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }
}
