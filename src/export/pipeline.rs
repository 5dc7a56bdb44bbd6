//! Exports in several threads: chunks of events are formatted in parallel and written in the order of the log.
//!
//! The threads take turns reading batches of events. A thread that has read a batch announces it to the writer, formats
//! it, and sends the bytes in parts through its own channel. The announcements are in the order of the log, so the
//! writer knows from which thread to receive next. A channel holds only a few parts, so a fast thread waits for the
//! writer, and memory does not grow with the log.

use std::io::Write;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::sink::Sink;
use super::{BUFFER, ExportSummary as Summary, Format};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::log::Log;

/// A function that returns true if an event is to be written.
type Filter<'p> = &'p (dyn Fn(Event<'_>) -> bool + Sync);

/// An export in several threads. The output is the same, byte for byte, for any number of threads.
///
/// Memory is bounded: by default, less than 32 MiB of output is waiting to be written, unless a single event takes
/// more.
///
/// ```
/// use procmon_parser::export::{Pipeline, csv::Csv};
/// use procmon_parser::{Column, LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let is_failure = |event: procmon_parser::Event<'_>| event.status().is_error();
/// let mut out = Vec::new();
/// let summary = Pipeline::new()
///     .filter(&is_failure)
///     .run(&mut out, &log, Csv::new(Column::PROCMON_ORDER, Style::new()))?;
/// assert!(summary.rows > 0 && summary.rows < log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
pub struct Pipeline<'p> {
    threads: NonZero<usize>,
    /// The number of events per batch; `None` if it depends on the length of the log.
    chunk: Option<NonZero<usize>>,
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

/// The number of events per chunk. In most formats, this is 100 KB of output for a short log, so that each thread gets
/// many chunks, and up to 1 MB for a long one, so that threads rarely wait for each other.
const CHUNK: std::ops::RangeInclusive<usize> = 256..=2048;
/// The number of chunks per thread, as far as [`CHUNK`] allows it.
const CHUNKS: usize = 64;
/// The number of finished parts that a thread may have waiting for the writer.
const AHEAD: usize = 4;
/// The total size in bytes of all parts that are being formatted or waiting to be written.
const IN_FLIGHT: usize = 32 << 20;

impl<'p> Pipeline<'p> {
    /// Creates a pipeline that writes all events, with as many threads as the computer can run at a time.
    #[must_use]
    pub fn new() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self { threads, chunk: None, filter: None, progress: None }
    }

    /// Sets the number of threads that format events. With 1, no thread is started.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Sets the number of events that a thread takes at a time. The default is 256 to 2,048, depending on the length of
    /// the log.
    #[must_use]
    pub fn chunk(mut self, events: NonZero<usize>) -> Self {
        self.chunk = Some(events);
        self
    }

    fn chunk_of(&self, events: usize) -> usize {
        let fair = events / (self.threads.get().saturating_mul(CHUNKS));
        self.chunk.map_or(fair.clamp(*CHUNK.start(), *CHUNK.end()), NonZero::get)
    }

    /// Writes only the events for which `filter` returns true. An event that cannot be read is always written, because
    /// the filter cannot be applied to it.
    #[must_use]
    pub fn filter(mut self, filter: Filter<'p>) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Calls `progress` with the number of events processed since the last call, whether written or not.
    #[must_use]
    pub fn progress(mut self, progress: &'p mut dyn FnMut(u64)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Writes the header, the events and the footer of a format.
    ///
    /// # Errors
    /// If writing to `out` or reading an event fails with an I/O error ([`Error::is_io`]).
    ///
    /// # Panics
    /// If `format` or the filter panics.
    pub fn run<L: Log + Sync + ?Sized, F: Format>(mut self, out: impl Write, log: &L, format: F) -> Result<Summary> {
        let mut out = Sink::begin(out, &format)?;
        let summary = match self.threads.get().min(log.event_count()) {
            0 | 1 => self.in_this_thread(&mut out, log, format.clone())?,
            threads => self.in_threads(threads, &mut out, log, &format)?,
        };
        out.end(&format)?;
        Ok(summary)
    }

    fn in_this_thread<L: Log + Sync + ?Sized, F: Format>(
        &mut self,
        out: &mut Sink<impl Write>,
        log: &L,
        mut format: F,
    ) -> Result<Summary> {
        let mut summary = Summary::default();
        let mut part = Part::default();
        let mut batch = log.new_batch(self.chunk_of(log.event_count()));
        let mut next = 0;
        loop {
            let end = log.read_batch(next, &mut batch)?;
            if end == next {
                return Ok(summary);
            }
            next = end;
            for event in log.batch_events(&batch) {
                part.add(event, self.filter, &mut format);
                if part.bytes.len() >= BUFFER || part.error.is_some() {
                    part.write(out, &mut summary, &mut self.progress)?;
                }
            }
            part.write(out, &mut summary, &mut self.progress)?;
        }
    }

    fn in_threads<L: Log + Sync + ?Sized, F: Format>(
        &mut self,
        threads: usize,
        out: &mut Sink<impl Write>,
        log: &L,
        format: &F,
    ) -> Result<Summary> {
        let chunk = self.chunk_of(log.event_count());
        let part_size = (IN_FLIGHT / (threads * (AHEAD + 2))).clamp(BUFFER, 1 << 20);
        let mut summary = Summary::default();
        let (order, turns) = channel();
        let queue = Mutex::new(Queue { next: 0, order });
        thread::scope(|scope| {
            let mut lanes = Vec::with_capacity(threads);
            for number in 0..threads {
                let (filled, parts) = sync_channel(AHEAD);
                let (written, empty) = channel();
                let worker = Worker { number, part_size, filter: self.filter, queue: &queue, filled, empty };
                let (format, batch) = (format.clone(), log.new_batch(chunk));
                thread::Builder::new().spawn_scoped(scope, move || worker.run(log, batch, format))?;
                lanes.push(Lane { parts, written });
            }
            let mut next = 0;
            while next < log.event_count() {
                // If a channel is closed early, a thread has panicked; the scope propagates the panic.
                let Some(lane) = turns.recv().ok().and_then(|(end, number): (usize, usize)| {
                    next = end;
                    lanes.get(number)
                }) else {
                    break;
                };
                while let Ok(mut part) = lane.parts.recv() {
                    part.write(out, &mut summary, &mut self.progress)?;
                    let is_last = part.is_last;
                    let _ = lane.written.send(part.bytes);
                    if is_last {
                        break;
                    }
                }
            }
            Ok(summary)
        })
    }
}

/// The events that remain to be read.
struct Queue {
    /// The ordinal of the next event to read.
    next: usize,
    /// Sends the writer the ordinal at which a batch ends and the number of the thread that formats it.
    order: Sender<(usize, usize)>,
}

/// The writer's ends of a thread's channels.
struct Lane {
    parts: Receiver<Part>,
    /// Returns buffers for reuse.
    written: Sender<Vec<u8>>,
}

/// The output of a chunk, or of a part of it if the output is too large for one part.
#[derive(Default)]
struct Part {
    bytes: Vec<u8>,
    /// The number of events processed, whether written or not.
    events: u64,
    summary: Summary,
    /// The error that ends the export.
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
        out: &mut Sink<impl Write>,
        summary: &mut Summary,
        progress: &mut Option<&mut dyn FnMut(u64)>,
    ) -> Result<()> {
        out.write(&self.bytes)?;
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

struct Worker<'p> {
    number: usize,
    part_size: usize,
    filter: Option<Filter<'p>>,
    queue: &'p Mutex<Queue>,
    filled: SyncSender<Part>,
    empty: Receiver<Vec<u8>>,
}

impl Worker<'_> {
    fn run<L: Log + Sync + ?Sized, F: Format>(self, log: &L, mut batch: L::Batch, mut format: F) {
        loop {
            let mut part = self.new_part();
            let mut is_wanted = true;
            match self.take(log, &mut batch) {
                Ok(false) => return,
                Ok(true) => {
                    for event in log.batch_events(&batch) {
                        part.add(event, self.filter, &mut format);
                        if part.bytes.len() >= self.part_size {
                            let full = std::mem::replace(&mut part, self.new_part());
                            is_wanted = self.filled.send(full).is_ok();
                        }
                        if !is_wanted || part.error.is_some() {
                            break;
                        }
                    }
                }
                Err(error) => part.error = Some(error),
            }
            part.is_last = true;
            // The channel is closed if the writer has failed.
            if !is_wanted || self.filled.send(part).is_err() {
                return;
            }
        }
    }

    /// Reads the next batch; returns false if there is none.
    fn take<L: Log + Sync + ?Sized>(&self, log: &L, batch: &mut L::Batch) -> Result<bool> {
        // If a thread panicked while reading, `next` is unchanged, so the queue is still valid.
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.next >= log.event_count() {
            return Ok(false);
        }
        let read = log.read_batch(queue.next, batch);
        // A failed read ends the export: no thread reads any further.
        queue.next = *read.as_ref().ok().filter(|&&end| end > queue.next).unwrap_or(&usize::MAX);
        // The channel is closed if the writer has failed.
        let _ = queue.order.send((queue.next, self.number));
        read.map(|_| true)
    }

    fn new_part(&self) -> Part {
        Part { bytes: self.empty.try_recv().unwrap_or_default(), ..Part::default() }
    }
}
