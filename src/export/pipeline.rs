//! Exports in several threads: chunks of events become bytes side by side and are written in their order.
//!
//! The threads read batches of events in turn. Whoever reads one says so to the writer, in the order of the log, makes
//! its bytes, and hands them on in parts through a channel of its own. So the writer knows whose part is next, and as a
//! channel holds a few parts only, a fast thread waits for the writer: memory does not grow with the log.

use std::io::Write;
use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{BUFFER, ExportSummary as Summary, Format};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::log::Log;

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
    /// Unless the caller has said so, the length of the log decides.
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

/// Events of a chunk: a hundred kilobytes of most formats for a log of which each thread shall have many chunks, up to
/// a megabyte for a long one, so that threads seldom wait for one another.
const CHUNK: std::ops::RangeInclusive<usize> = 256..=2048;
/// Chunks for each thread, where that makes them neither too short nor too long.
const CHUNKS: usize = 64;
/// Parts that a thread may be ahead of the writer.
const AHEAD: usize = 4;
/// Size of all parts that are made and not yet written.
const IN_FLIGHT: usize = 32 << 20;

impl<'p> Pipeline<'p> {
    /// All events, with as many threads as the computer runs at a time.
    #[must_use]
    pub fn new() -> Self {
        let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self { threads, chunk: None, filter: None, progress: None }
    }

    /// Number of threads that make bytes of events. With 1, no thread is started.
    #[must_use]
    pub fn threads(mut self, threads: NonZero<usize>) -> Self {
        self.threads = threads;
        self
    }

    /// Number of events that a thread takes at a time; by default 256 to 2,048, by the length of the log.
    #[must_use]
    pub fn chunk(mut self, events: NonZero<usize>) -> Self {
        self.chunk = Some(events);
        self
    }

    fn chunk_of(&self, events: usize) -> usize {
        let fair = events / (self.threads.get().saturating_mul(CHUNKS));
        self.chunk.map_or(fair.clamp(*CHUNK.start(), *CHUNK.end()), NonZero::get)
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
    /// If `format` does.
    pub fn run<L: Log + Sync + ?Sized, F: Format>(
        mut self,
        mut out: impl Write,
        log: &L,
        format: F,
    ) -> Result<Summary> {
        let mut bytes = Vec::with_capacity(BUFFER);
        format.header(&mut bytes);
        out.write_all(&bytes)?;
        let summary = match self.threads.get().min(log.event_count()) {
            0 | 1 => self.in_this_thread(&mut out, log, format.clone())?,
            threads => self.in_threads(threads, &mut out, log, &format)?,
        };
        bytes.clear();
        format.footer(&mut bytes);
        out.write_all(&bytes)?;
        out.flush()?;
        Ok(summary)
    }

    fn in_this_thread<L: Log + Sync + ?Sized, F: Format>(
        &mut self,
        out: &mut impl Write,
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
        out: &mut impl Write,
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
                // Without a turn or a part, a thread has panicked, which the scope passes on.
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

/// What is left to read.
struct Queue {
    /// Place of the first event that nobody has read.
    next: usize,
    /// Tells the writer where a batch ends and which thread has it.
    order: Sender<(usize, usize)>,
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
            // Nobody listens any more where writing has failed.
            if !is_wanted || self.filled.send(part).is_err() {
                return;
            }
        }
    }

    /// Reads the next batch; gives `false` if there is none.
    fn take<L: Log + Sync + ?Sized>(&self, log: &L, batch: &mut L::Batch) -> Result<bool> {
        // A thread that panicked while it read has left the place where it was.
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.next >= log.event_count() {
            return Ok(false);
        }
        let read = log.read_batch(queue.next, batch);
        // Where reading fails the log is at its end.
        queue.next = *read.as_ref().ok().filter(|&&end| end > queue.next).unwrap_or(&usize::MAX);
        // Nobody listens any more where writing has failed.
        let _ = queue.order.send((queue.next, self.number));
        read.map(|_| true)
    }

    fn new_part(&self) -> Part {
        Part { bytes: self.empty.try_recv().unwrap_or_default(), ..Part::default() }
    }
}
