//! The processed profile of Firefox Profiler.

use std::collections::HashMap;
use std::fmt;
use std::io;

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CounterHandle, CpuDelta, Frame, FrameFlags, FrameInfo, MarkerFieldFlags,
    MarkerFieldFormat, MarkerLocations, MarkerTiming, ProcessHandle, Profile, ReferenceTimestamp, SamplingInterval,
    StackHandle, StaticSchemaMarker, StaticSchemaMarkerField, StringHandle, ThreadHandle, Timestamp,
};
use procmon_parser::code::EventClass;
use procmon_parser::detail::ProcessProfiling;
use procmon_parser::{Column, Event, FileTime, Log, Result, Style};

use crate::clock::{Clock, Span};
use crate::directory::Directory;
use crate::frames::{frames, write_frame};
use crate::kind::Kind;
use crate::summary::Summary;
use crate::texts::{process_name, write_operation};

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

/// A builder of a profile.
pub(crate) struct Firefox<'a> {
    profile: Profile,
    style: &'a Style,
    clock: Clock,
    directory: Directory,
    /// The categories in the order of [`CLASSES`].
    categories: Vec<CategoryHandle>,
    processes: HashMap<usize, ProcessHandle>,
    threads: HashMap<(usize, u32), Thread>,
    /// The latest stack of each thread, outermost frame first. Most frames of its next stack are the same.
    stacks: Vec<Vec<(Place, StackHandle)>>,
    counters: HashMap<usize, Counters>,
    /// The names of the frames.
    labels: HashMap<Place, StringHandle>,
    text: String,
}

/// A thread, and its number in the order of the first events.
#[derive(Clone, Copy)]
struct Thread {
    handle: ThreadHandle,
    number: usize,
}

/// The identity of a frame: its address, the base of its module, and the address of the path in memory.
type Place = (u64, u64, usize);

/// The counters of a process, with their latest values.
struct Counters {
    cpu: Counter,
    private_bytes: Counter,
    working_set: Counter,
}

struct Counter {
    handle: CounterHandle,
    value: u64,
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

impl<'a> Firefox<'a> {
    pub(crate) fn new<L: Log + ?Sized>(log: &L, title: &str, style: &'a Style) -> Self {
        let clock = Clock::new(log);
        let start = reference(clock.origin().unwrap_or(FileTime::UNIX_EPOCH));
        let mut profile = Profile::new(title, start, SamplingInterval::from_millis(INTERVAL));
        if let Some(index) = log.indexes().next() {
            profile.set_os_name(&index.system().os_name());
        }
        // Otherwise, the viewer asks a server for symbols.
        profile.set_symbolicated(true);
        let categories =
            CLASSES.map(|(class, color)| profile.add_category(class.name().unwrap_or_default(), color)).to_vec();
        Self {
            profile,
            style,
            clock,
            directory: Directory::new(log),
            categories,
            processes: HashMap::new(),
            threads: HashMap::new(),
            stacks: Vec::new(),
            counters: HashMap::new(),
            labels: HashMap::new(),
            text: String::new(),
        }
    }

    /// Adds an event.
    pub(crate) fn add(&mut self, event: Event<'_>, summary: &mut Summary) {
        let number = self.directory.number(event);
        let Span { start, end } = self.clock.span(event);
        let thread = self.thread(event, number, start);
        let timing = match (Kind::of(event), end) {
            (Kind::Process(sample), _) => {
                summary.counters += 3;
                return self.count(number, start, sample);
            }
            (Kind::Thread(sample), _) => {
                summary.samples += 1;
                let cpu = sample.user_time.0.saturating_add(sample.kernel_time.0);
                let (stack, cpu) = (self.stack(event, thread), CpuDelta::from_nanos(cpu.saturating_mul(100)));
                return self.profile.add_sample(thread.handle, timestamp(start), stack, cpu, 1);
            }
            (Kind::Instant(_), _) => {
                summary.instants += 1;
                MarkerTiming::Instant(timestamp(start))
            }
            (Kind::Slice, end) => {
                summary.slices += 1;
                match end {
                    Some(end) => MarkerTiming::Interval(timestamp(start), timestamp(end)),
                    None => MarkerTiming::IntervalStart(timestamp(start)),
                }
            }
        };
        self.mark(event, thread, timing);
    }

    /// Writes the profile.
    pub(crate) fn finish(self, mut out: impl io::Write) -> Result<()> {
        serde_json::to_writer(&mut out, &self.profile).map_err(io::Error::from)?;
        Ok(out.flush()?)
    }

    fn mark(&mut self, event: Event<'_>, thread: Thread, timing: MarkerTiming) {
        let style = self.style;
        let name = self.intern(|out| write_operation(out, event, style));
        let texts = [Column::PATH, Column::RESULT, Column::DETAIL]
            .map(|column| self.intern(|out| event.text_in(column, style).write_to(out)));
        let class = CLASSES.iter().position(|(class, _)| *class == event.class());
        let category = class.and_then(|class| self.categories.get(class)).copied().unwrap_or(CategoryHandle::OTHER);
        let marker = Marker { name, category, texts, ordinal: event.ordinal() };
        let marker = self.profile.add_marker(thread.handle, timing, marker);
        let stack = self.stack(event, thread);
        self.profile.set_marker_stack(thread.handle, marker, stack);
    }

    /// Returns the handle of a text, which `write` writes.
    fn intern(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) -> StringHandle {
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write(&mut self.text);
        self.profile.intern_string(&self.text)
    }

    fn stack(&mut self, event: Event<'_>, thread: Thread) -> Option<StackHandle> {
        let mut stack = std::mem::take(self.stacks.get_mut(thread.number)?);
        let (mut depth, mut is_same) = (0, true);
        for frame in frames(event).rev() {
            let place = place(frame);
            is_same = is_same && stack.get(depth).is_some_and(|(known, _)| *known == place);
            if !is_same {
                stack.truncate(depth);
                let above = stack.last().map(|(_, above)| *above);
                let category_pair = CategoryHandle::OTHER.into();
                let label = Frame::Label(self.label(frame, place));
                let info = FrameInfo { frame: label, category_pair, flags: FrameFlags::empty() };
                let frame = self.profile.intern_frame(thread.handle, info);
                stack.push((place, self.profile.intern_stack(thread.handle, above, frame)));
            }
            depth += 1;
        }
        stack.truncate(depth);
        let handle = stack.last().map(|(_, handle)| *handle);
        if let Some(latest) = self.stacks.get_mut(thread.number) {
            *latest = stack;
        }
        handle
    }

    /// Returns the handle of the name of a frame.
    fn label(&mut self, frame: procmon_parser::Frame<'_>, place: Place) -> StringHandle {
        if let Some(&label) = self.labels.get(&place) {
            return label;
        }
        let label = self.intern(|out| write_frame(out, frame));
        self.labels.insert(place, label);
        label
    }

    /// Returns the thread of an event, which is added at its first event.
    fn thread(&mut self, event: Event<'_>, number: usize, start: u64) -> Thread {
        let tid = event.thread_id();
        if let Some(&thread) = self.threads.get(&(number, tid)) {
            return thread;
        }
        let is_first = !self.processes.contains_key(&number);
        let process = self.process(event, number, start);
        let handle = self.profile.add_thread(process, tid, timestamp(start), is_first);
        self.profile.set_thread_show_markers_in_timeline(handle, true);
        if !is_first {
            self.profile.set_thread_name(handle, &format!("Thread {tid}"));
        }
        let thread = Thread { handle, number: self.stacks.len() };
        self.stacks.push(Vec::new());
        self.threads.insert((number, tid), thread);
        thread
    }

    /// Returns the process of an event, which is added at its first event.
    fn process(&mut self, event: Event<'_>, number: usize, start: u64) -> ProcessHandle {
        if let Some(&process) = self.processes.get(&number) {
            return process;
        }
        let (of, id) = (event.process(), self.directory.id(number));
        let since = of.map(|process| process.start_time()).filter(|time| time.0 != 0);
        let since = since.map_or(start, |time| self.clock.ticks(time));
        let process = self.profile.add_process(&process_name(of, id), id.pid, timestamp(since));
        if let Some(end) = of.and_then(|process| process.end_time()) {
            self.profile.set_process_end_time(process, timestamp(self.clock.ticks(end)));
        }
        self.processes.insert(number, process);
        process
    }

    /// Adds a sample to the counters of a process, which has a thread.
    fn count(&mut self, number: usize, time: u64, sample: ProcessProfiling) {
        let Some(&process) = self.processes.get(&number) else { return };
        let profile = &mut self.profile;
        let mut new = |name, category, description| Counter {
            handle: profile.add_counter(process, name, category, description),
            value: 0,
        };
        let counters = self.counters.entry(number).or_insert_with(|| Counters {
            cpu: new("processCPU", "CPU", "CPU time in microseconds"),
            private_bytes: new("Private Bytes", "Memory", "Size of the private memory"),
            working_set: new("Working Set", "Memory", "Size of the working set"),
        });
        let cpu = sample.user_time.0.saturating_add(sample.kernel_time.0) / 10;
        for (counter, value) in [
            (&mut counters.cpu, cpu),
            (&mut counters.private_bytes, sample.private_bytes),
            (&mut counters.working_set, sample.working_set),
        ] {
            let delta = difference(value, std::mem::replace(&mut counter.value, value));
            self.profile.add_counter_sample(counter.handle, timestamp(time), delta, 1);
        }
    }
}

fn place(frame: procmon_parser::Frame<'_>) -> Place {
    let module = frame.module.map_or((0, 0), |module| (module.base(), module.path().as_ptr() as usize));
    (frame.address, module.0, module.1)
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
