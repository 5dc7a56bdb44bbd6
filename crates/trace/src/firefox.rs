//! The processed profile of Firefox Profiler.

use std::io;

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CounterHandle, CpuDelta, MarkerFieldFlags, MarkerFieldFormat, MarkerHandle,
    MarkerLocations, MarkerTiming, ProcessHandle, Profile, ReferenceTimestamp, SamplingInterval, StaticSchemaMarker,
    StaticSchemaMarkerField, StringHandle, ThreadHandle, Timestamp,
};
use procmon_parser::code::EventClass;
use procmon_parser::{FileTime, Log, Result};

use crate::calls::Calls;
use crate::changes::{Change, Changes, Rest};
use crate::clock::{Clock, Span};
use crate::map::Map;

/// The interval of Procmon's samples, in milliseconds, unless it is set to 100.
const INTERVAL: u64 = 1000;

/// The classes with their colors.
const CLASSES: [(EventClass, CategoryColor); 7] = [
    (EventClass::COMPLETION, CategoryColor::DarkGray),
    (EventClass::PROCESS, CategoryColor::Purple),
    (EventClass::FILE_SYSTEM, CategoryColor::Blue),
    (EventClass::REGISTRY, CategoryColor::Green),
    (EventClass::NETWORK, CategoryColor::Orange),
    (EventClass::PROFILING, CategoryColor::Yellow),
    (EventClass::IPC, CategoryColor::Brown),
];

/// A builder of a profile, to which changes are applied.
pub(crate) struct Firefox {
    profile: Profile,
    /// The categories in the order of [`CLASSES`].
    categories: Vec<CategoryHandle>,
    processes: Vec<ProcessHandle>,
    threads: Vec<ThreadHandle>,
    calls: Calls,
    /// The counters of the processes that have samples.
    counters: Map<usize, [Counter; 3]>,
    /// The latest marker, with its thread.
    marker: Option<(ThreadHandle, MarkerHandle)>,
    /// The latest name, path, result and detail.
    latest: [Latest; 4],
}

/// A counter of a process, with its latest value.
struct Counter {
    handle: CounterHandle,
    value: u64,
}

/// The latest text of a column. The next one is often the same.
#[derive(Default)]
struct Latest {
    text: String,
    handle: Option<StringHandle>,
}

impl Latest {
    /// Returns the handle of a text.
    fn intern(&mut self, profile: &mut Profile, text: &str) -> StringHandle {
        if let Some(handle) = self.handle.filter(|_| self.text == text) {
            return handle;
        }
        self.text.clear();
        self.text.push_str(text);
        *self.handle.insert(profile.intern_string(text))
    }
}

/// A marker of an event.
struct Marker {
    name: StringHandle,
    category: CategoryHandle,
    /// The path, the result and the detail.
    texts: [StringHandle; 3],
    ordinal: u32,
}

impl StaticSchemaMarker for Marker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "Procmon";
    const DESCRIPTION: Option<&'static str> = Some("An event of Process Monitor");
    const LOCATIONS: MarkerLocations =
        MarkerLocations::MARKER_CHART.union(MarkerLocations::MARKER_TABLE).union(MarkerLocations::TIMELINE_OVERVIEW);
    const CHART_LABEL: Option<&'static str> = Some("{marker.data.path}");
    const TABLE_LABEL: Option<&'static str> = Some("{marker.data.result} {marker.data.path}");
    const FIELDS: &'static [StaticSchemaMarkerField] = &[
        field("path", "Path", MarkerFieldFormat::String),
        field("result", "Result", MarkerFieldFormat::String),
        field("detail", "Detail", MarkerFieldFormat::String),
        field("event", "Event", MarkerFieldFormat::Integer),
    ];

    fn name(&self, _profile: &mut Profile) -> StringHandle {
        self.name
    }

    fn category(&self, _profile: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, field: u32) -> StringHandle {
        let [path, result, detail] = self.texts;
        match field {
            0 => path,
            1 => result,
            _ => detail,
        }
    }

    fn number_field_value(&self, _field: u32) -> f64 {
        self.ordinal.into()
    }
}

const fn field(key: &'static str, label: &'static str, format: MarkerFieldFormat) -> StaticSchemaMarkerField {
    StaticSchemaMarkerField { key, label, format, flags: MarkerFieldFlags::SEARCHABLE }
}

impl Firefox {
    pub(crate) fn new<L: Log + ?Sized>(log: &L, title: &str) -> Self {
        let start = reference(Clock::new(log).origin().unwrap_or(FileTime::UNIX_EPOCH));
        let mut profile = Profile::new(title, start, SamplingInterval::from_millis(INTERVAL));
        if let Some(index) = log.indexes().next() {
            profile.set_os_name(&index.system().os_name());
        }
        // Otherwise, the viewer requests symbols from a server.
        profile.set_symbolicated(true);
        let categories =
            CLASSES.map(|(class, color)| profile.add_category(class.name().unwrap_or_default(), color)).to_vec();
        let calls = Calls::new(&mut profile);
        Self {
            profile,
            categories,
            processes: Vec::new(),
            threads: Vec::new(),
            calls,
            counters: Map::default(),
            marker: None,
            latest: Default::default(),
        }
    }

    /// Writes the profile.
    pub(crate) fn finish(self, mut out: impl io::Write) -> Result<()> {
        serde_json::to_writer(&mut out, &self.profile).map_err(io::Error::from)?;
        Ok(out.flush()?)
    }

    pub(crate) fn apply(&mut self, changes: &Changes) {
        changes.for_each(|change, rest| {
            // The indexes in a change refer to earlier changes.
            let _: Option<()> = self.change(change, rest);
        });
    }

    /// Applies a change; returns `None` if an index in it does not refer to an earlier change.
    fn change(&mut self, change: Change, rest: &mut Rest<'_>) -> Option<()> {
        match change {
            Change::Process { name_end, pid, start, end } => {
                let process = self.profile.add_process(rest.text(name_end), pid, timestamp(start));
                if let Some(end) = end {
                    self.profile.set_process_end_time(process, timestamp(end));
                }
                self.processes.push(process);
            }
            Change::Thread { process, tid, start, is_first } => {
                let process = *self.processes.get(process)?;
                self.add_thread(process, tid, start, is_first);
            }
            Change::Module { name_end, base } => self.calls.add_module(&mut self.profile, base, rest.text(name_end)),
            Change::Stack { thread, same, end } => {
                self.calls.add_stack(&mut self.profile, thread, same, rest.places(end));
            }
            Change::Marker { thread, span, is_instant, class, ends, ordinal } => {
                let thread = *self.threads.get(thread)?;
                let marker = self.marker(class, ends, ordinal, rest);
                let marker = self.profile.add_marker(thread, timing(span, is_instant), marker);
                self.marker = Some((thread, marker));
            }
            Change::MarkerStack { stack } => {
                let (thread, marker) = self.marker?;
                self.profile.set_marker_stack(thread, marker, self.calls.stack(stack));
            }
            Change::Sample { thread, time, cpu, stack } => {
                let (thread, stack) = (*self.threads.get(thread)?, self.calls.stack(stack));
                let cpu = CpuDelta::from_nanos(cpu.saturating_mul(100));
                self.profile.add_sample(thread, timestamp(time), stack, cpu, 1);
            }
            Change::Counters { process, time, values } => {
                let handle = *self.processes.get(process)?;
                self.count(process, handle, time, values);
            }
        }
        Some(())
    }

    fn add_thread(&mut self, process: ProcessHandle, tid: u32, start: u64, is_first: bool) {
        let thread = self.profile.add_thread(process, tid, timestamp(start), is_first);
        self.profile.set_thread_show_markers_in_timeline(thread, true);
        if !is_first {
            self.profile.set_thread_name(thread, &format!("Thread {tid}"));
        }
        self.threads.push(thread);
        self.calls.add_thread(thread);
    }

    fn marker(&mut self, class: EventClass, ends: [usize; 4], ordinal: u32, rest: &mut Rest<'_>) -> Marker {
        let Self { profile, latest: [name, path, result, detail], .. } = self;
        let [name_end, path_end, result_end, detail_end] = ends;
        let name = name.intern(profile, rest.text(name_end));
        let texts = [(path, path_end), (result, result_end), (detail, detail_end)]
            .map(|(latest, end)| latest.intern(profile, rest.text(end)));
        let class = CLASSES.iter().position(|(known, _)| *known == class);
        let category = class.and_then(|class| self.categories.get(class)).copied().unwrap_or(CategoryHandle::OTHER);
        Marker { name, category, texts, ordinal }
    }

    /// Adds a sample to the counters of a process.
    fn count(&mut self, index: usize, process: ProcessHandle, time: u64, values: [u64; 3]) {
        let profile = &mut self.profile;
        let mut new = |name, category, description| Counter {
            handle: profile.add_counter(process, name, category, description),
            value: 0,
        };
        let counters = self.counters.entry(index).or_insert_with(|| {
            [
                new("processCPU", "CPU", "CPU time in microseconds"),
                new("Private Bytes", "Memory", "Size of the private memory"),
                new("Working Set", "Memory", "Size of the working set"),
            ]
        });
        for (counter, value) in counters.iter_mut().zip(values) {
            let delta = difference(value, std::mem::replace(&mut counter.value, value));
            self.profile.add_counter_sample(counter.handle, timestamp(time), delta, 1);
        }
    }
}

fn timing(Span { start, end }: Span, is_instant: bool) -> MarkerTiming {
    match end {
        _ if is_instant => MarkerTiming::Instant(timestamp(start)),
        Some(end) => MarkerTiming::Interval(timestamp(start), timestamp(end)),
        None => MarkerTiming::IntervalStart(timestamp(start)),
    }
}

fn timestamp(ticks: u64) -> Timestamp {
    Timestamp::from_nanos_since_reference(ticks.saturating_mul(100))
}

#[expect(clippy::cast_precision_loss, reason = "the format has doubles")]
fn difference(value: u64, before: u64) -> f64 {
    (i128::from(value) - i128::from(before)) as f64
}

#[expect(clippy::cast_precision_loss, reason = "the format has doubles")]
fn reference(time: FileTime) -> ReferenceTimestamp {
    let ticks = i128::from(time.0) - i128::from(FileTime::UNIX_EPOCH.0);
    ReferenceTimestamp::from_millis_since_unix_epoch(ticks as f64 / 10_000.0)
}
