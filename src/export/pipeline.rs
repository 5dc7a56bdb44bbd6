//! Exports in several threads: chunks of events become bytes side by side and are written in their order.
//!
//! Thread number `n` of `t` makes the chunks `n`, `n + t`, `n + 2t` and so on, and hands each on through a channel of
//! its own; who writes takes from the channels in turn. So the order needs no sorting, and as a channel holds a few
//! parts only, a fast thread waits for the writer: memory does not grow with the log.

use std::io::Write;
use std::num::NonZero;
use std::ops::Range;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use super::{BUFFER, Format, Summary};
use crate::event::Event;
use crate::log::LogsReader;
use crate::{Error, Result};

/// Events that several threads can read by their places.
pub trait Source: Sync {
    /// Number of events, unreadable ones included.
    fn event_count(&self) -> usize;

    /// Calls `visit` for the events in these places, in order, until it returns `false`.
    fn visit(&self, places: Range<usize>, visit: &mut dyn FnMut(Result<Event<'_>>) -> bool);
}

impl<D: AsRef<[u8]> + Sync> Source for LogsReader<D> {
    fn event_count(&self) -> usize {
        self.len()
    }

    fn visit(&self, places: Range<usize>, visit: &mut dyn FnMut(Result<Event<'_>>) -> bool) {
        let _ = self.events_in(places).all(visit);
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn event_count(&self) -> usize {
        (**self).event_count()
    }

    fn visit(&self, places: Range<usize>, visit: &mut dyn FnMut(Result<Event<'_>>) -> bool) {
        (**self).visit(places, visit);
    }
}

/// Several logs, one after the other.
impl<S: Source> Source for [S] {
    fn event_count(&self) -> usize {
        self.iter().map(Source::event_count).sum()
    }

    fn visit(&self, places: Range<usize>, visit: &mut dyn FnMut(Result<Event<'_>>) -> bool) {
        let (mut first, mut goes_on) = (0, true);
        for source in self {
            let end = first + source.event_count();
            let part = places.start.clamp(first, end) - first..places.end.clamp(first, end) - first;
            if goes_on && !part.is_empty() {
                source.visit(part, &mut |event| {
                    goes_on = visit(event);
                    goes_on
                });
            }
            first = end;
        }
    }
}

/// What decides whether an event is written.
type Filter<'p> = &'p (dyn Fn(Event<'_>) -> bool + Sync);

/// An export in several threads. The result is the same, byte for byte, whatever their number.
///
/// Memory is bounded: by default, less than 32 MiB in all are made and not yet written, unless a single event takes
/// more.
///
/// ```
/// use procmon_parser::export::{Pipeline, csv::Csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let is_failure = |event: procmon_parser::Event<'_>| event.status().is_error();
/// let mut out = Vec::new();
/// let summary = Pipeline::new()
///     .filter(&is_failure)
///     .run(&mut out, &log, Csv::new(Column::PROCMON_ORDER, Style::new()))
///     .unwrap();
/// assert!(summary.rows > 0 && summary.rows < log.len() as u64);
/// ```
pub struct Pipeline<'p> {
    threads: NonZero<usize>,
    chunk: NonZero<usize>,
    filter: Option<Filter<'p>>,
    progress: Option<&'p mut dyn FnMut(u64)>,
}

impl std::fmt::Debug for Pipeline<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("threads", &self.threads)
            .field("chunk", &self.chunk)
            .field("has_filter", &self.filter.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for Pipeline<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// Events of a chunk: a few hundred kilobytes of most formats.
const CHUNK: NonZero<usize> = NonZero::new(256).unwrap();
/// Parts that a thread may be ahead of the writer.
const AHEAD: usize = 4;
/// Size of all parts that are made and not yet written.
const IN_FLIGHT: usize = 32 << 20;

impl<'p> Pipeline<'p> {
    /// All events, with as many threads as the computer runs at a time.
    #[must_use]
    pub fn new() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self { threads, chunk: CHUNK, filter: None, progress: None }
    }

    /// Number of threads that make bytes of events. With 1, no thread is started.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Number of events that a thread takes at a time.
    #[must_use]
    pub fn chunk(mut self, events: NonZero<usize>) -> Self {
        self.chunk = events;
        self
    }

    /// Writes only the events for which `filter` is true. Events that cannot be read are written nevertheless: what
    /// they were nobody knows.
    #[must_use]
    pub fn filter(mut self, filter: Filter<'p>) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Calls `progress` with the number of events, written or not, that are done since the last call.
    #[must_use]
    pub fn progress(mut self, progress: &'p mut dyn FnMut(u64)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Writes header, events and footer.
    ///
    /// # Errors
    /// If writing to `out` fails, or reading the events does: [`Error::is_io`].
    ///
    /// # Panics
    /// If `source` or `format` does.
    pub fn run<S: Source + ?Sized, F: Format>(mut self, mut out: impl Write, source: &S, format: F) -> Result<Summary> {
        let mut bytes = Vec::with_capacity(BUFFER);
        format.header(&mut bytes);
        out.write_all(&bytes)?;
        let chunks = source.event_count().div_ceil(self.chunk.get());
        let summary = match self.threads.get().min(chunks) {
            0 | 1 => self.in_this_thread(&mut out, source, format.clone())?,
            threads => self.in_threads(threads, &mut out, source, &format)?,
        };
        bytes.clear();
        format.footer(&mut bytes);
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(summary)
    }

    fn in_this_thread<S: Source + ?Sized, F: Format>(
        &mut self,
        out: &mut impl Write,
        source: &S,
        mut format: F,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        let (filter, progress) = (self.filter, &mut self.progress);
        let mut part = Part::default();
        let mut end = Ok(());
        source.visit(0..source.event_count(), &mut |event| {
            part.add(event, filter, &mut format);
            if part.bytes.len() >= BUFFER || part.events >= u64::from(u16::MAX) || part.error.is_some() {
                end = part.write(out, &mut summary, progress);
            }
            end.is_ok()
        });
        end?;
        part.write(out, &mut summary, progress)?;
        Ok(summary)
    }

    fn in_threads<S: Source + ?Sized, F: Format>(
        &mut self,
        threads: usize,
        out: &mut impl Write,
        source: &S,
        format: &F,
    ) -> Result<Summary> {
        let part_size = (IN_FLIGHT / (threads * (AHEAD + 2))).clamp(BUFFER, 1 << 20);
        let mut summary = Summary::default();
        thread::scope(|scope| {
            let mut lanes = Vec::with_capacity(threads);
            for first in 0..threads {
                let (filled, parts) = sync_channel(AHEAD);
                let (written, empty) = channel();
                let places = Places { first, step: threads, chunk: self.chunk.get(), count: source.event_count() };
                let worker = Worker { places, part_size, filter: self.filter, filled, empty };
                let format = format.clone();
                thread::Builder::new().spawn_scoped(scope, move || worker.run(source, format))?;
                lanes.push(Lane { parts, written });
            }
            let chunks = source.event_count().div_ceil(self.chunk.get());
            for lane in lanes.iter().cycle().take(chunks) {
                // A thread that is gone before its chunk is done has panicked, which the scope passes on.
                while let Ok(mut part) = lane.parts.recv() {
                    part.write(out, &mut summary, &mut self.progress)?;
                    let is_last = part.is_last;
                    let _ = lane.written.send(part.bytes);
                    if is_last {
                        break;
                    }
                }
            }
            Ok(())
        })
        .map(|()| summary)
    }
}

/// What a thread and the writer exchange.
struct Lane {
    parts: Receiver<Part>,
    /// Buffers to be used again.
    written: Sender<Vec<u8>>,
}

/// A chunk, or what was done of it when it got too large.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    /// Events done, written or not.
    events: u64,
    summary: Summary,
    /// What ends the export.
    error: Option<Error>,
    is_last: bool,
}

impl Part {
    fn add<F: Format>(&mut self, event: Result<Event<'_>>, filter: Option<Filter<'_>>, format: &mut F) {
        self.events += 1;
        if let (Ok(event), Some(filter)) = (&event, filter)
            && !filter(*event)
        {
            return;
        }
        self.error = self.summary.add(event, format, &mut self.bytes).err();
    }

    /// Writes the part and empties it.
    fn write(
        &mut self,
        out: &mut impl Write,
        summary: &mut Summary,
        progress: &mut Option<&mut dyn FnMut(u64)>,
    ) -> Result<()> {
        out.write_all(&self.bytes)?;
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.bytes.clear();
        summary.append(std::mem::take(&mut self.summary));
        let events = std::mem::take(&mut self.events);
        if let Some(progress) = progress {
            progress(events);
        }
        Ok(())
    }
}

/// The chunks of a thread.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    step: usize,
    chunk: usize,
    count: usize,
}

impl Places {
    fn chunks(self) -> impl Iterator<Item = Range<usize>> {
        let starts = (self.first..self.count.div_ceil(self.chunk)).step_by(self.step);
        starts.map(move |number| number * self.chunk..((number + 1) * self.chunk).min(self.count))
    }
}

struct Worker<'p> {
    places: Places,
    part_size: usize,
    filter: Option<Filter<'p>>,
    filled: SyncSender<Part>,
    empty: Receiver<Vec<u8>>,
}

impl Worker<'_> {
    fn run<S: Source + ?Sized, F: Format>(self, source: &S, mut format: F) {
        for places in self.places.chunks() {
            let mut part = self.new_part();
            let mut is_wanted = true;
            source.visit(places, &mut |event| {
                part.add(event, self.filter, &mut format);
                if part.bytes.len() >= self.part_size {
                    let full = std::mem::replace(&mut part, self.new_part());
                    is_wanted = self.filled.send(full).is_ok();
                }
                is_wanted && part.error.is_none()
            });
            part.is_last = true;
            // Nobody listens any more where writing has failed.
            if !is_wanted || self.filled.send(part).is_err() {
                return;
            }
        }
    }

    fn new_part(&self) -> Part {
        Part { bytes: self.empty.try_recv().unwrap_or_default(), ..Part::default() }
    }
}
