//! Converts events to changes of a profile.

use procmon_parser::detail::ProcessProfiling;
use procmon_parser::{Column, Event, Log, Style};

use crate::changes::{Change, Changes};
use crate::clock::{Clock, Span};
use crate::directory::Directory;
use crate::kind::Kind;
use crate::map::Map;
use crate::slots::Slots;
use crate::summary::Summary;
use crate::texts::{process_name, write_operation};

/// Converts the events of a log to changes of a profile.
pub(crate) struct Recorder<'a> {
    style: &'a Style,
    clock: Clock,
    directory: Directory,
    /// The index in the profile of each process that was added, by its index in the directory.
    processes: Map<usize, usize>,
    /// The index in the profile of each thread that was added.
    threads: Map<(usize, u32), usize>,
    slots: Slots,
    pub(crate) changes: Changes,
}

impl<'a> Recorder<'a> {
    pub(crate) fn new<L: Log + ?Sized>(log: &L, style: &'a Style) -> Self {
        Self {
            style,
            clock: Clock::new(log),
            directory: Directory::new(log),
            processes: Map::default(),
            threads: Map::default(),
            slots: Slots::default(),
            changes: Changes::default(),
        }
    }

    /// Adds the changes for an event.
    pub(crate) fn add(&mut self, event: Event<'_>, summary: &mut Summary) {
        let index = self.directory.process_index(event);
        let span = self.clock.span(event);
        let thread = self.thread(event, index, span.start);
        match Kind::of(event) {
            Kind::Process(sample) => {
                summary.counters += 3;
                self.count(index, span.start, sample);
            }
            Kind::Thread(sample) => {
                summary.samples += 1;
                let cpu = sample.user_time.0.saturating_add(sample.kernel_time.0);
                let stack = self.slots.stack(event, thread, self.directory.file(), &mut self.changes);
                self.changes.push(Change::Sample { thread, time: span.start, cpu, stack });
            }
            Kind::Instant(_) => {
                summary.instants += 1;
                self.mark(event, thread, span, true);
            }
            Kind::Slice => {
                summary.slices += 1;
                self.mark(event, thread, span, false);
            }
        }
    }

    fn mark(&mut self, event: Event<'_>, thread: usize, span: Span, is_instant: bool) {
        let Self { style, changes, .. } = self;
        let name = changes.text(|out| write_operation(out, event, style));
        let [path, result, detail] = [Column::PATH, Column::RESULT, Column::DETAIL]
            .map(|column| changes.text(|out| event.text_in(column, style).write_to(out)));
        let (class, ends, ordinal) = (event.class(), [name, path, result, detail], event.ordinal());
        changes.push(Change::Marker { thread, span, is_instant, class, ends, ordinal });
        let stack = self.slots.stack(event, thread, self.directory.file(), changes);
        changes.push(Change::MarkerStack { stack });
    }

    /// Returns the index of the thread of an event. Adds the thread if this is its first event.
    fn thread(&mut self, event: Event<'_>, index: usize, start: u64) -> usize {
        let tid = event.thread_id();
        if let Some(&thread) = self.threads.get(&(index, tid)) {
            return thread;
        }
        let is_first = !self.processes.contains_key(&index);
        let process = self.process(event, index, start);
        self.changes.push(Change::Thread { process, tid, start, is_first });
        let thread = self.threads.len();
        self.threads.insert((index, tid), thread);
        thread
    }

    /// Returns the index of the process of an event. Adds the process if this is its first event.
    fn process(&mut self, event: Event<'_>, index: usize, start: u64) -> usize {
        if let Some(&process) = self.processes.get(&index) {
            return process;
        }
        let (of, id) = (event.process(), self.directory.id(index));
        let since = of.map(|process| process.start_time()).filter(|time| time.0 != 0);
        let start = since.map_or(start, |time| self.clock.ticks(time));
        let end = of.and_then(|process| process.end_time()).map(|time| self.clock.ticks(time));
        let name_end = self.changes.text(|out| {
            out.push_str(&process_name(of, id));
            Ok(())
        });
        self.changes.push(Change::Process { name_end, pid: id.pid, start, end });
        let process = self.processes.len();
        self.processes.insert(index, process);
        process
    }

    /// Adds a sample of a process, which must have a thread.
    fn count(&mut self, index: usize, time: u64, sample: ProcessProfiling) {
        let Some(&process) = self.processes.get(&index) else { return };
        let cpu = sample.user_time.0.saturating_add(sample.kernel_time.0) / 10;
        let values = [cpu, sample.private_bytes, sample.working_set];
        self.changes.push(Change::Counters { process, time, values });
    }
}
