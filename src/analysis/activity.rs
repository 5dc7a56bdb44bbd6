//! The activity of processes: events, bytes, CPU time and memory, in total and over time.

use std::io;

use super::Analysis;
use super::csv::{DialogCsv, Grouped, Seconds};
use super::processes::Processes;
use super::size::ThreeDigits;
use crate::code::{EventClass, Operation, ProcessOperation, ProfilingOperation};
use crate::detail::{Detail, ProcessDetail, ProfilingDetail};
use crate::error::Result;
use crate::event::Event;
use crate::index::Process;
use crate::summary;
use crate::wire::{FileTime, Ticks};

/// The activity of each process: numbers of events by class, bytes, CPU time and memory, in total and over time.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, ProcessActivity};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut activity = ProcessActivity::new();
/// log.events().flatten().for_each(|event| activity.add(&event));
/// let mut rows = activity.rows();
/// rows.sort_by_key(|row| std::cmp::Reverse(row.counts.file_events));
/// for row in &rows {
///     println!("{:>6} {} read {}", row.pid(), row.name(), row.counts.bytes_read);
///     for bucket in row.buckets {
///         println!("       {} {}", bucket.start, bucket.counts.events());
///     }
/// }
/// # assert_eq!(rows.iter().map(|row| row.counts.events()).sum::<u64>(), log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Time
/// The time of the log is divided into buckets of equal width: 100 ms, doubled as often as needed to fit the events of
/// the log into the [maximum number of buckets](Self::max_buckets). The buckets depend only on the times of the events,
/// so all processes have the same ones.
///
/// # Memory
/// A process takes about 300 bytes, and about 120 bytes for each bucket in which it has events.
#[derive(Debug)]
pub struct ProcessActivity {
    processes: Processes,
    /// The tallies of the processes, by slot.
    tallies: Vec<Tally>,
    timeline: Timeline,
}

/// Numbers of events and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ActivityCounts {
    /// The number of events of the file-system class.
    pub file_events: u64,
    /// The number of events of the registry class.
    pub registry_events: u64,
    /// The number of events of the network class.
    pub network_events: u64,
    /// The number of events of the process class.
    pub process_events: u64,
    /// The number of events of the profiling class.
    pub profiling_events: u64,
    /// The number of events of other classes.
    pub other_events: u64,
    /// The number of bytes read from files and pipes.
    pub bytes_read: u64,
    /// The number of bytes written to files and pipes.
    pub bytes_written: u64,
    /// The number of bytes received from the network.
    pub bytes_received: u64,
    /// The number of bytes sent to the network, without retransmissions.
    pub bytes_sent: u64,
}

impl ActivityCounts {
    /// Returns the number of events of all classes.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.file_events
            + self.registry_events
            + self.network_events
            + self.process_events
            + self.profiling_events
            + self.other_events
    }

    /// Returns the counts of one event.
    fn of(event: &Event<'_>) -> Self {
        let mut counts = Self::default();
        let (into, out_of) = summary::bytes(event);
        match event.class() {
            EventClass::FILE_SYSTEM => counts.file_events = 1,
            EventClass::REGISTRY => counts.registry_events = 1,
            EventClass::NETWORK => {
                counts.network_events = 1;
                (counts.bytes_received, counts.bytes_sent) = (into, out_of);
                return counts;
            }
            EventClass::PROCESS => counts.process_events = 1,
            EventClass::PROFILING => counts.profiling_events = 1,
            _ => counts.other_events = 1,
        }
        (counts.bytes_read, counts.bytes_written) = (into, out_of);
        counts
    }

    fn add(&mut self, other: &Self) {
        self.file_events += other.file_events;
        self.registry_events += other.registry_events;
        self.network_events += other.network_events;
        self.process_events += other.process_events;
        self.profiling_events += other.profiling_events;
        self.other_events += other.other_events;
        self.bytes_read = self.bytes_read.saturating_add(other.bytes_read);
        self.bytes_written = self.bytes_written.saturating_add(other.bytes_written);
        self.bytes_received = self.bytes_received.saturating_add(other.bytes_received);
        self.bytes_sent = self.bytes_sent.saturating_add(other.bytes_sent);
    }
}

/// The activity of a process in a bucket of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ActivityBucket {
    /// The start of the bucket, in UTC. The end is [`bucket_width`](ProcessActivity::bucket_width) later.
    pub start: FileTime,
    /// The numbers of events and bytes.
    pub counts: ActivityCounts,
    /// The last sample of the process in this bucket, from a Process Profiling event; `None` if there is none.
    pub sample: Option<ActivitySample>,
}

/// The CPU time and memory of a process at a point in time, from a Process Profiling event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ActivitySample {
    /// The time of the sample, in UTC.
    pub time: FileTime,
    /// The CPU time since the start of the process, in user mode and in the kernel.
    pub cpu: Ticks,
    /// The size of the private memory, in bytes.
    pub private_bytes: u64,
    /// The size of the working set, in bytes.
    pub working_set: u64,
}

/// The CPU time and the peaks of a process in a Process Exit or Process Statistics event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Peaks {
    cpu: Ticks,
    private_bytes: u64,
    working_set: u64,
}

impl Peaks {
    /// Returns the maximum of each number.
    fn max(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            private_bytes: self.private_bytes.max(other.private_bytes),
            working_set: self.working_set.max(other.working_set),
        }
    }
}

/// The activity of a process.
#[derive(Clone, Debug, Default)]
struct Tally {
    counts: ActivityCounts,
    /// The CPU time of the last sample.
    sampled_cpu: Option<Ticks>,
    /// The maximum of each number over all samples.
    sampled: Peaks,
    /// The numbers of the last Process Exit or Process Statistics event; zeros if its detail cannot be decoded.
    exit: Option<Peaks>,
    /// The buckets with events, in ascending order of time.
    buckets: Vec<ActivityBucket>,
}

impl Tally {
    /// Records the CPU time and memory that an event contains. Returns a sample if it is a Process Profiling event.
    fn add_sample(&mut self, event: &Event<'_>) -> Option<ActivitySample> {
        match event.operation() {
            Operation::Profiling(ProfilingOperation::PROCESS_PROFILING) => {
                let Ok(Detail::Profiling(ProfilingDetail::Process(process))) = event.detail() else { return None };
                let cpu = Ticks(process.user_time.0.wrapping_add(process.kernel_time.0));
                let (private_bytes, working_set) = (process.private_bytes, process.working_set);
                self.sampled_cpu = Some(cpu);
                self.sampled = self.sampled.max(Peaks { cpu, private_bytes, working_set });
                Some(ActivitySample { time: event.time(), cpu, private_bytes, working_set })
            }
            Operation::Process(ProcessOperation::PROCESS_EXIT | ProcessOperation::PROCESS_STATISTICS) => {
                self.exit = Some(peaks(event));
                None
            }
            _ => None,
        }
    }

    /// Returns the bucket with a start time. Adds it if it is new.
    fn bucket(&mut self, start: FileTime) -> Option<&mut ActivityBucket> {
        let at = match self.buckets.last() {
            Some(last) if last.start == start => self.buckets.len() - 1,
            _ => self.buckets.partition_point(|bucket| bucket.start < start),
        };
        if self.buckets.get(at).is_none_or(|bucket| bucket.start != start) {
            self.buckets.insert(at, ActivityBucket { start, counts: ActivityCounts::default(), sample: None });
        }
        self.buckets.get_mut(at)
    }

    /// Merges the buckets that a larger width combines.
    fn widen(&mut self, width: u64) {
        for bucket in &mut self.buckets {
            bucket.start = start_of(bucket.start, width);
        }
        self.buckets.dedup_by(|later, kept| {
            let is_same = later.start == kept.start;
            if is_same {
                kept.add(&later.counts, later.sample);
            }
            is_same
        });
    }

    fn merge(&mut self, later: Self) {
        self.counts.add(&later.counts);
        self.sampled_cpu = later.sampled_cpu.or(self.sampled_cpu);
        self.sampled = self.sampled.max(later.sampled);
        self.exit = later.exit.or(self.exit);
        for bucket in later.buckets {
            if let Some(known) = self.bucket(bucket.start) {
                known.add(&bucket.counts, bucket.sample);
            }
        }
    }
}

/// Returns the CPU time and the peaks in a Process Exit or Process Statistics event.
fn peaks(event: &Event<'_>) -> Peaks {
    match event.detail() {
        Ok(Detail::Process(ProcessDetail::Exit(exit) | ProcessDetail::Statistics(exit))) => Peaks {
            cpu: Ticks(exit.user_time.0.wrapping_add(exit.kernel_time.0)),
            private_bytes: exit.peak_private_bytes,
            working_set: exit.peak_working_set,
        },
        _ => Peaks::default(),
    }
}

impl ActivityBucket {
    /// Adds counts, and replaces the sample of the bucket unless it is later than the new one.
    fn add(&mut self, counts: &ActivityCounts, sample: Option<ActivitySample>) {
        self.counts.add(counts);
        if sample.is_some_and(|new| self.sample.is_none_or(|known| known.time <= new.time)) {
            self.sample = sample;
        }
    }
}

/// The division of time into buckets.
#[derive(Clone, Copy, Debug)]
struct Timeline {
    max_buckets: usize,
    /// The width of a bucket, in ticks.
    width: u64,
    /// The times of the earliest and the latest event.
    span: Option<(FileTime, FileTime)>,
}

/// Returns the start of the bucket that contains a time. Buckets start at multiples of the width.
fn start_of(time: FileTime, width: u64) -> FileTime {
    FileTime(time.0 - time.0 % width)
}

impl Timeline {
    /// The smallest width: 100 ms.
    const WIDTH: u64 = Ticks::SECOND.0 / 10;

    /// Extends the span of the events by another span. Returns true if the buckets became wider.
    #[inline]
    fn extend(&mut self, (start, end): (FileTime, FileTime)) -> bool {
        let (first, last) = self.span.unwrap_or((start, end));
        let span = (first.min(start), last.max(end));
        if self.span == Some(span) {
            return false;
        }
        self.span = Some(span);
        let before = self.width;
        while self.buckets(span) > self.max_buckets as u64
            && let Some(width) = self.width.checked_mul(2)
        {
            self.width = width;
        }
        self.width != before
    }

    /// Returns the number of buckets that a span touches.
    fn buckets(&self, (first, last): (FileTime, FileTime)) -> u64 {
        last.0 / self.width - first.0 / self.width + 1
    }
}

/// The activity of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ActivityRow<'s> {
    /// The process, as described by the last file that lists it; `None` in the row of events whose process is not in
    /// the process table.
    pub process: Option<Process<'s>>,
    /// The exit time of the process, in UTC; `None` if it was still running when the capture ended.
    pub end_time: Option<FileTime>,
    /// The numbers of events and bytes.
    pub counts: ActivityCounts,
    /// The CPU time of the process at its last Process Profiling event, in user mode and in the kernel; `None` if it
    /// has no such event.
    pub sampled_cpu: Option<Ticks>,
    /// The CPU time of the process at its exit, or at the end of a boot log; `None` if the log does not have it.
    pub exit_cpu: Option<Ticks>,
    /// The peak size of the private memory, in bytes: the one recorded at the exit of the process or, without it, the
    /// largest size in Process Profiling events; 0 if the log has neither.
    pub peak_private_bytes: u64,
    /// The peak size of the working set, in bytes, from the same events.
    pub peak_working_set: u64,
    /// The activity over time, in ascending order. Buckets without events are omitted.
    pub buckets: &'s [ActivityBucket],
}

impl<'s> ActivityRow<'s> {
    fn new(activity: &'s ProcessActivity, slot: usize, tally: &'s Tally) -> Self {
        let exit = tally.exit.unwrap_or_default();
        let known = |exit: u64, sampled: u64| if exit == 0 { sampled } else { exit };
        Self {
            process: activity.processes.process(slot),
            end_time: activity.processes.end_time(slot),
            counts: tally.counts,
            sampled_cpu: tally.sampled_cpu,
            exit_cpu: tally.exit.map(|exit| exit.cpu),
            peak_private_bytes: known(exit.private_bytes, tally.sampled.private_bytes),
            peak_working_set: known(exit.working_set, tally.sampled.working_set),
            buckets: &tally.buckets,
        }
    }

    /// Returns the process id (PID); 0 without a process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.map_or(0, Process::pid)
    }

    /// Returns the name of the process; empty without a process.
    #[must_use]
    pub fn name(&self) -> &'s str {
        self.process.map_or("", Process::name)
    }

    /// Returns the CPU time of the process: at its exit, or else at its last Process Profiling event.
    #[must_use]
    pub fn cpu(&self) -> Option<Ticks> {
        self.exit_cpu.or(self.sampled_cpu)
    }
}

impl Default for ProcessActivity {
    fn default() -> Self {
        Self::new()
    }
}

impl ProcessActivity {
    /// The default limit on the number of buckets.
    pub const MAX_BUCKETS: usize = 1000;

    /// Creates an empty analysis.
    #[must_use]
    pub fn new() -> Self {
        Self {
            processes: Processes::default(),
            tallies: Vec::new(),
            timeline: Timeline { max_buckets: Self::MAX_BUCKETS, width: Timeline::WIDTH, span: None },
        }
    }

    /// Limits the number of buckets. The default is [`MAX_BUCKETS`](Self::MAX_BUCKETS); 0 disables buckets, and 1
    /// counts as 2.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, ProcessActivity};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut activity = ProcessActivity::new().max_buckets(10);
    /// log.events().flatten().for_each(|event| activity.add(&event));
    /// assert!(activity.rows().iter().all(|row| row.buckets.len() <= 10));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn max_buckets(mut self, buckets: usize) -> Self {
        self.timeline.max_buckets = if buckets == 1 { 2 } else { buckets };
        self
    }

    /// Returns the width of the buckets.
    #[must_use]
    pub fn bucket_width(&self) -> Ticks {
        Ticks(self.timeline.width)
    }

    /// Returns a row for each process that has events, sorted by process key, which is the order of creation. Events
    /// without a process are in the first row.
    #[must_use]
    pub fn rows(&self) -> Vec<ActivityRow<'_>> {
        let tallies = self.tallies.iter().enumerate().filter(|(_, tally)| tally.counts.events() > 0);
        let mut rows: Vec<_> = tallies.map(|(slot, tally)| ActivityRow::new(self, slot, tally)).collect();
        rows.sort_by_key(|row| row.process.map(Process::key)); // stable: equal keys stay in the order of the files
        rows
    }

    /// Writes the rows as Procmon's Process Activity Summary saves them: without PID 0, with event counts even in the
    /// columns for bytes, and with CPU times from Process Profiling events only.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, ProcessActivity};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut activity = ProcessActivity::new();
    /// log.events().flatten().for_each(|event| activity.add(&event));
    /// let mut csv = Vec::new();
    /// activity.write_procmon_csv(&mut csv)?;
    /// assert!(String::from_utf8_lossy(&csv).contains("\"updater.exe\",\"5120\","));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        const TITLES: [&str; 15] = [
            "Process Name",
            "PID",
            "CPU",
            "File Events",
            "File Events",
            "File I/O Bytes",
            "Registry Events",
            "Registry Events",
            "Network Events",
            "Network Events",
            "Network Bytes",
            "Commit Peak",
            "Private Bytes",
            "Working Set Peak",
            "Working Set",
        ];
        let mut csv = DialogCsv::new(out, &TITLES)?;
        for row in self.rows().iter().filter(|row| row.pid() != 0) {
            let ActivityCounts { file_events, registry_events, network_events, .. } = row.counts;
            csv.cell(row.name());
            csv.cell(row.pid());
            csv.cell(Seconds(row.sampled_cpu.unwrap_or_default()));
            for (columns, events) in [(3, file_events), (2, registry_events), (3, network_events)] {
                (0..columns).for_each(|_| csv.cell(Grouped(events)));
            }
            for peak in [row.peak_private_bytes, row.peak_working_set] {
                match peak {
                    0 => csv.cell("n/a"),
                    bytes => csv.cell(format_args!("{} MB", ThreeDigits { bytes, unit_shift: 20 })),
                }
                csv.cell(Grouped(peak));
            }
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }

    /// Extends the span of the events by another span, and widens the buckets if necessary.
    #[inline]
    fn extend(&mut self, span: (FileTime, FileTime)) {
        if self.timeline.extend(span) {
            self.widen();
        }
    }

    #[cold]
    fn widen(&mut self) {
        let width = self.timeline.width;
        self.tallies.iter_mut().for_each(|tally| tally.widen(width));
    }

    fn tally(&mut self, slot: usize) -> Option<&mut Tally> {
        if self.tallies.len() <= slot {
            self.tallies.resize(self.processes.len().max(slot + 1), Tally::default());
        }
        self.tallies.get_mut(slot)
    }
}

/// Merged parts must have the same limit on buckets.
impl Analysis for ProcessActivity {
    fn add(&mut self, event: &Event<'_>) {
        let slot = self.processes.place(event).slot;
        let has_buckets = self.timeline.max_buckets > 0;
        if has_buckets {
            self.extend((event.time(), event.time()));
        }
        let start = start_of(event.time(), self.timeline.width);
        let Some(tally) = self.tally(slot) else { return };
        let counts = ActivityCounts::of(event);
        tally.counts.add(&counts);
        let sample = tally.add_sample(event);
        if has_buckets && let Some(bucket) = tally.bucket(start) {
            bucket.add(&counts, sample);
        }
    }

    fn merge(&mut self, mut later: Self) {
        let merged = self.processes.merge(&later.processes);
        if let Some(span) = later.timeline.span {
            // The width for both spans is at least the width for the later one.
            self.extend(span);
            later.timeline = self.timeline;
            later.widen();
        }
        for (slot, tally) in merged.slots.into_iter().zip(later.tallies) {
            if let Some(known) = self.tally(slot) {
                known.merge(tally);
            }
        }
    }
}
