//! JSON of the Trace Event Format, as Perfetto reads it.
//!
//! The format: <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>. Each event is an
//! object in a line of its own. Readers sort events by time, and keep the order of events with the same time.

use std::fmt::Write;
use std::io;

use procmon_parser::detail::{ProcessProfiling, ThreadProfiling};
use procmon_parser::{Column, Event, Log, Result, Style};

use crate::clock::{Clock, Span};
use crate::directory::Directory;
use crate::frames::{frames, write_frame};
use crate::json::Json;
use crate::kind::{Kind, Scope};
use crate::nesting::Nesting;
use crate::summary::Summary;
use crate::texts::{cut, process_name, write_operation};

/// The maximum number of characters of a command line.
const COMMAND_LINE: usize = 4096;
/// The number of bytes that are written at once.
const BUFFER: usize = 1 << 16;

/// A writer of a trace.
pub(crate) struct Perfetto<'a, W: io::Write> {
    out: W,
    json: Json,
    style: &'a Style,
    has_stacks: bool,
    clock: Clock,
    directory: Directory,
    nesting: Nesting,
    processes: Vec<Known>,
    /// The number of asynchronous slices.
    asynchronous: u64,
    is_first: bool,
}

/// The state of a process in the trace.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    is_described: bool,
    /// The time and the CPU time of the latest sample, in ticks.
    sample: Option<(u64, u64)>,
}

/// The track of an event.
#[derive(Clone, Copy, Debug)]
struct Track {
    pid: u32,
    tid: u32,
}

impl<'a, W: io::Write> Perfetto<'a, W> {
    /// Writes the start of a trace.
    pub(crate) fn begin<L: Log + ?Sized>(out: W, log: &L, title: &str, style: &'a Style, has_stacks: bool) -> Self {
        let directory = Directory::new(log);
        let processes = vec![Known::default(); directory.len()];
        let clock = Clock::new(log);
        let mut json = Json::default();
        json.raw("{\"otherData\":{\"generator\":\"procmon-trace ");
        json.raw(env!("CARGO_PKG_VERSION"));
        json.raw("\",\"title\":");
        json.text(title);
        if let Some(origin) = clock.origin() {
            json.raw(",\"start\":");
            json.string(|out| write!(out, "{origin}"));
        }
        json.raw("},\n\"traceEvents\":[");
        let nesting = Nesting::default();
        Self { out, json, style, has_stacks, clock, directory, nesting, processes, asynchronous: 0, is_first: true }
    }

    /// Writes an event.
    pub(crate) fn add(&mut self, event: Event<'_>, summary: &mut Summary) -> Result<()> {
        let process = self.directory.process_index(event);
        let track = Track { pid: self.directory.id(process).pid, tid: event.thread_id() };
        self.describe(event, process, track);
        let span = self.clock.span(event);
        match Kind::of(event) {
            Kind::Slice => {
                summary.slices += 1;
                self.slice(event, process, track, span);
            }
            Kind::Instant(scope) => {
                summary.instants += 1;
                self.instant(event, track, span.start, scope);
            }
            Kind::Thread(sample) => summary.counters += self.thread(track, span.start, sample),
            Kind::Process(sample) => summary.counters += self.process(process, track, span.start, sample),
        }
        if self.json.text.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Writes the end of the trace.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.json.raw("\n]}\n");
        self.flush()?;
        Ok(self.out.flush()?)
    }

    fn flush(&mut self) -> Result<()> {
        self.out.write_all(self.json.text.as_bytes())?;
        self.json.text.clear();
        Ok(())
    }

    /// Begins an object: phase, and the process and thread that it belongs to.
    fn object(&mut self, phase: &str, track: Track) {
        self.json.raw(if self.is_first { "\n{\"ph\":\"" } else { ",\n{\"ph\":\"" });
        self.is_first = false;
        self.json.raw(phase);
        self.json.raw("\",\"pid\":");
        self.json.number(track.pid.into());
        self.json.raw(",\"tid\":");
        self.json.number(track.tid.into());
    }

    fn time(&mut self, ticks: u64) {
        self.json.raw(",\"ts\":");
        self.json.time(ticks);
    }

    /// Writes the name and the command line of a process before its first event.
    fn describe(&mut self, event: Event<'_>, index: usize, track: Track) {
        let Some(known) = self.processes.get_mut(index).filter(|known| !known.is_described) else { return };
        known.is_described = true;
        let (process, id) = (event.process(), self.directory.id(index));
        let command_line = process.map_or("", |process| process.command_line());
        for (name, key, text) in [
            ("process_name", "name", &*process_name(process, id)),
            ("process_labels", "labels", cut(command_line, COMMAND_LINE)),
        ] {
            if text.is_empty() {
                continue;
            }
            self.object("M", Track { tid: 0, ..track });
            self.json.raw(",\"name\":\"");
            self.json.raw(name);
            self.json.raw("\",\"args\":{\"");
            self.json.raw(key);
            self.json.raw("\":");
            self.json.text(text);
            self.json.raw("}}");
        }
    }

    fn slice(&mut self, event: Event<'_>, process: usize, track: Track, span: Span) {
        let Span { start, end } = span;
        match end {
            Some(end) if self.nesting.add((process, track.tid), start, end) => {
                self.object("X", track);
                self.time(start);
                self.json.raw(",\"dur\":");
                self.json.time(end - start);
                self.named(event);
                self.arguments(event);
            }
            _ => self.asynchronous(event, track, span),
        }
    }

    /// Writes a slice in a track of its own.
    fn asynchronous(&mut self, event: Event<'_>, track: Track, Span { start, end }: Span) {
        self.asynchronous += 1;
        self.object("b", track);
        self.id();
        self.time(start);
        self.named(event);
        self.arguments(event);
        if let Some(end) = end {
            self.object("e", track);
            self.id();
            self.time(end);
            self.named(event);
            self.json.raw("}");
        }
    }

    /// Writes the id of the latest asynchronous slice.
    fn id(&mut self) {
        self.json.raw(",\"id\":\"0x");
        // Writing to a string does not fail.
        let _ = write!(self.json.text, "{:x}", self.asynchronous);
        self.json.raw("\"");
    }

    fn instant(&mut self, event: Event<'_>, track: Track, time: u64, scope: Scope) {
        self.object("i", track);
        self.time(time);
        self.json.raw(if scope == Scope::Thread { ",\"s\":\"t\"" } else { ",\"s\":\"p\"" });
        self.named(event);
        self.arguments(event);
    }

    /// Writes the category and the name of an event.
    fn named(&mut self, event: Event<'_>) {
        let style = self.style;
        self.json.raw(",\"cat\":");
        self.json.string(|out| write!(out, "{}", event.class()));
        self.json.raw(",\"name\":");
        self.json.string(|out| write_operation(out, event, style));
    }

    /// Writes the arguments of an event, and the end of its object. Empty texts are left out.
    fn arguments(&mut self, event: Event<'_>) {
        self.json.raw(",\"args\":{\"event\":");
        self.json.number(event.ordinal().into());
        let style = self.style;
        for (key, column) in
            [(",\"path\":", Column::PATH), (",\"result\":", Column::RESULT), (",\"detail\":", Column::DETAIL)]
        {
            let before = self.json.text.len();
            self.json.raw(key);
            let empty = self.json.text.len() + 2;
            self.json.string(|out| event.text_in(column, style).write_to(out));
            if self.json.text.len() == empty {
                self.json.text.truncate(before);
            }
        }
        if self.has_stacks && frames(event).next().is_some() {
            self.json.raw(",\"stack\":");
            self.json.string(|out| {
                for (index, frame) in frames(event).enumerate() {
                    out.write_str(if index > 0 { "\n" } else { "" })?;
                    write_frame(out, frame)?;
                }
                Ok(())
            });
        }
        self.json.raw("}}");
    }

    /// Writes the counters of a sample of a thread. Returns their number.
    fn thread(&mut self, track: Track, time: u64, sample: ThreadProfiling) -> u64 {
        self.object("C", track);
        self.time(time);
        self.json.raw(",\"name\":\"Thread ");
        self.json.number(track.tid.into());
        self.json.raw("\",\"args\":{\"user ms\":");
        self.millis(sample.user_time.0);
        self.json.raw(",\"kernel ms\":");
        self.millis(sample.kernel_time.0);
        self.json.raw(",\"context switches\":");
        self.json.number(sample.context_switches.into());
        self.json.raw("}}");
        1
    }

    /// Writes the counters of a sample of a process. Returns their number.
    fn process(&mut self, index: usize, track: Track, time: u64, sample: ProcessProfiling) -> u64 {
        let track = Track { tid: 0, ..track };
        self.counter(track, time, "CPU time", "user ms");
        self.millis(sample.user_time.0);
        self.json.raw(",\"kernel ms\":");
        self.millis(sample.kernel_time.0);
        self.json.raw("}}");
        for (name, bytes) in [("Private Bytes", sample.private_bytes), ("Working Set", sample.working_set)] {
            self.counter(track, time, name, "bytes");
            self.json.number(bytes);
            self.json.raw("}}");
        }
        let cpu = sample.user_time.0.saturating_add(sample.kernel_time.0);
        let before = self.processes.get_mut(index).and_then(|known| known.sample.replace((time, cpu)));
        let Some((last, used)) = before.filter(|(last, _)| *last < time) else { return 3 };
        self.counter(track, time, "CPU", "percent of a processor");
        self.percent(cpu.saturating_sub(used), time - last);
        self.json.raw("}}");
        4
    }

    /// Writes the start of a counter, up to its first value.
    fn counter(&mut self, track: Track, time: u64, name: &str, key: &str) {
        self.object("C", track);
        self.time(time);
        self.json.raw(",\"name\":\"");
        self.json.raw(name);
        self.json.raw("\",\"args\":{\"");
        self.json.raw(key);
        self.json.raw("\":");
    }

    /// Writes a span in ticks as milliseconds.
    fn millis(&mut self, ticks: u64) {
        // Writing to a string does not fail.
        let _ = write!(self.json.text, "{}.{:04}", ticks / 10_000, ticks % 10_000);
    }

    fn percent(&mut self, part: u64, whole: u64) {
        let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
        let _ = write!(self.json.text, "{}.{:02}", hundredths / 100, hundredths % 100);
    }
}
