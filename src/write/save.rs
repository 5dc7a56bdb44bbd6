//! Saving parts of logs, and merging logs.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{Seek, Write};
use std::iter::{Peekable, Skip, Take};

use super::{LogsWriter, WriterOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::index::Index;
use crate::log::{BATCH, Log, Overlaps};
use crate::redact::Redactor;
use crate::text::Compat;
use crate::wire::FileTime;

/// The result of saving or merging logs.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// The number of events written.
    pub events: u64,
    /// The number of events that could not be read and were left out.
    pub unreadable: u64,
    /// The error of the first event that could not be read.
    pub first_error: Option<Error>,
    /// The number of events that were left out because they share bytes with an earlier event of their file. Therefore
    /// a copy has no more bytes of events than the log, even if the log lists an event any number of times.
    pub overlapping: u64,
    /// The error of the first event that shares bytes with an earlier one. It has the offsets of both.
    pub first_overlap: Option<Error>,
    /// The number of events in which names were replaced.
    pub redacted: u64,
    /// The number of names that were replaced by the same number of characters, because the layout of the bytes around
    /// them is unknown.
    pub blanked: u64,
    /// The number of names of hosts and ports that were not written, because an earlier log has another name for the
    /// same host or port. The Path of network events shows the earlier name.
    pub differing_names: u64,
}

/// Decides which events can be copied, and counts the others.
struct Copyable {
    summary: Summary,
    /// The check of each log. The same log can be merged with itself.
    overlaps: Vec<Overlaps>,
}

impl Copyable {
    fn new(logs: usize) -> Self {
        Self { summary: Summary::default(), overlaps: vec![Overlaps::new(); logs] }
    }

    /// Returns an event of the log with a number, with its [record](Event::in_one_piece), unless it could not be read or
    /// shares bytes with an earlier one.
    #[inline]
    fn event<'e>(&mut self, log: usize, event: Result<Event<'e>>) -> Option<(Event<'e>, Option<&'e [u8]>)> {
        match event {
            Ok(event) => {
                let record = event.in_one_piece();
                (!self.overlaps.get_mut(log)?.add_with(event, record)).then_some((event, record))
            }
            Err(error) => {
                self.note(error);
                None
            }
        }
    }

    #[cold]
    fn note(&mut self, error: Error) {
        self.summary.unreadable += 1;
        self.summary.first_error.get_or_insert(error);
    }

    /// Finishes the written log and returns the summary. `logs` are the logs that were read.
    fn finish<'l, W: Write + Seek, L: Log + ?Sized + 'l>(
        self,
        writer: LogsWriter<W>,
        logs: impl IntoIterator<Item = &'l L>,
    ) -> Result<Summary> {
        let mut summary = self.summary;
        for (overlaps, log) in self.overlaps.iter().zip(logs) {
            let (count, first) = overlaps.losses(log)?;
            summary.overlapping += count;
            summary.first_overlap = summary.first_overlap.or(first);
        }
        summary.events = writer.len() as u64;
        summary.differing_names = writer.names.differing();
        if let Some(redactor) = writer.redactor() {
            (summary.redacted, summary.blanked) = (redactor.rewritten_events(), redactor.blanked_names());
        }
        writer.finish()?;
        Ok(summary)
    }
}

/// Writes the events of a log for which `keep` returns true, in the order of the log. Procmon does so when it saves the
/// events that pass its filter, but always keeps profiling events; see [`SaveOptions::compat`].
///
/// Events keep the contents of all columns except Relative Time, which counts from the first event that was written.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::{LogsReader, LogsStream, write};
///
/// let log = LogsStream::open("fixtures/sample64.pml")?;
/// let mut part = Cursor::new(Vec::new());
/// let summary = write::save(&mut part, &log, |event| event.process().is_some_and(|p| p.name() == "updater.exe"))?;
/// assert_eq!(LogsReader::new(part.into_inner())?.len() as u64, summary.events);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Errors
/// If writing to the target fails, if reading the log fails (see [`Log::read_batch`]), or if the files of a capture
/// have different pointer widths. An event that cannot be read, or that shares bytes with an earlier one, is counted
/// and left out.
pub fn save(out: impl Write + Seek, log: &(impl Log + ?Sized), keep: impl FnMut(Event<'_>) -> bool) -> Result<Summary> {
    SaveOptions::new().save(out, log, keep)
}

/// Merges several logs into one: writes the events for which `keep` returns true, in the order of time. Events with the
/// same time are ordered by log, and within a log keep their order.
///
/// The header is that of the first log. If logs have different names for a host or port, the name in the earlier log is
/// written; [`Summary::differing_names`] counts the others. Processes of different logs that agree in all columns are
/// written as one, with the modules of all. If different processes have the same key, all but the first get new keys,
/// which are also written to their events and to the details that refer to them.
///
/// The logs are read twice: once to find the order, once to copy. They need not be sorted by time, but each point where
/// time goes back takes 40 bytes of memory. Logs that Procmon wrote have no such points.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::{LogsReader, write};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let half = |half| {
///     let mut part = Cursor::new(Vec::new());
///     write::save(&mut part, &log, |event| event.ordinal() % 2 == half)?;
///     LogsReader::new(part.into_inner())
/// };
/// let halves = [half(0)?, half(1)?];
/// let mut whole = Cursor::new(Vec::new());
/// let summary = write::merge(&mut whole, &halves, |_| true)?;
/// assert_eq!(summary.events as usize, log.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Errors
/// If `logs` is empty, if writing to the target fails, if reading a log fails (see [`Log::read_batch`]), if some logs
/// are 32-bit and others 64-bit, or if the result would have more than 2^32 - 1 events. An event that cannot be read,
/// or that shares bytes with an earlier one, is counted and left out.
pub fn merge<L: Log>(out: impl Write + Seek, logs: &[L], keep: impl FnMut(Event<'_>) -> bool) -> Result<Summary> {
    SaveOptions::new().merge(out, logs, keep)
}

/// Options for [`save`] and [`merge`].
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::write::SaveOptions;
/// use procmon_parser::{LogsReader, Redactor};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut redactor = Redactor::new();
/// redactor.replace_people(&log)?;
/// let mut redacted = Cursor::new(Vec::new());
/// SaveOptions::new().redact(&redactor).save(&mut redacted, &log, |_| true)?;
/// redactor.verify(&LogsReader::new(redacted.into_inner())?)?;
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SaveOptions<'s> {
    redactor: Option<&'s Redactor>,
    compat: Compat,
}

impl<'s> SaveOptions<'s> {
    /// Returns the default options, those of the functions [`save`] and [`merge`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces names in everything that is written. [`Redactor::verify`] checks that none is left.
    #[must_use]
    pub fn redact(mut self, redactor: &'s Redactor) -> Self {
        self.redactor = Some(redactor);
        self
    }

    /// Writes the log as a version of Procmon saves it, byte for byte except for fillers. The default is
    /// [`Compat::Complete`], which writes what Procmon writes if Procmon saved the source too, and loses nothing of
    /// other logs. All known versions of Procmon save in the same way. They differ from the default as follows:
    ///
    /// - Modules are sorted by base address, and modules with the same base from newest to oldest.
    /// - Strings end at their first NUL.
    /// - Equal icons are written once, and the icon with the number 0 is one like any other.
    /// - In the header, everything after the NUL of computer name and Windows folder is set to zero, as are fields
    ///   without a meaning, and the version of Windows in a log of format version 4.
    /// - A log without a System process gets a record of zeros with the key 0, even if another process has this key.
    /// - A process is written under the key in its record, even if it was found by another key in the table.
    /// - The files of a capture are joined without comparing their processes: of several processes with the same key,
    ///   the one with the first event is the process of all. The System process comes from the last file, and hosts and
    ///   ports come from the last file that has any. (Different captures, which Procmon cannot join, are still
    ///   [merged](Self::merge) as by default.)
    ///
    /// Procmon also saves all profiling events, whatever its filter shows. This is a decision of the caller, who passes
    /// `keep`; [`Compat::saves_hidden`] makes it:
    ///
    /// ```
    /// use std::io::Cursor;
    ///
    /// use procmon_parser::write::SaveOptions;
    /// use procmon_parser::{Compat, Filter, LogsReader, Rule};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let compat = Compat::Procmon3_94;
    /// let filter = Filter::from(["Operation is RegOpenKey then Include".parse::<Rule>()?]);
    /// let shown = filter.compile(log.indexes());
    /// let mut saved = Cursor::new(Vec::new());
    /// let options = SaveOptions::new().compat(compat);
    /// options.save(&mut saved, &log, |event| compat.saves_hidden(event) || shown.matches(event))?;
    /// # assert!(LogsReader::new(saved.into_inner())?.len() < log.len());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = compat;
        self
    }

    /// Writes a part of a log, as the function [`save`] does.
    ///
    /// # Errors
    /// Same as [`save`].
    pub fn save<L: Log + ?Sized>(
        self,
        out: impl Write + Seek,
        log: &L,
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, log.indexes())?;
        let mut copyable = Copyable::new(1);
        let mut batch = log.new_batch(BATCH);
        let mut next = 0;
        loop {
            let end = log.read_batch(next, &mut batch)?;
            if end == next {
                return copyable.finish(writer, [log]);
            }
            next = end;
            let events = log.batch_events(&batch).filter_map(|event| copyable.event(0, event));
            writer.copy_records(events.filter(|(event, _)| keep(*event)))?;
        }
    }

    /// Merges logs, as the function [`merge`] does.
    ///
    /// # Errors
    /// Same as [`merge`].
    pub fn merge<L: Log>(
        self,
        out: impl Write + Seek,
        logs: &[L],
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, logs.indexes())?;
        let mut merge = Merge::new(logs)?;
        while merge.copy_round(&mut writer, &mut keep)? {}
        merge.copyable.finish(writer, logs)
    }

    /// Starts a log with the tables of all logs, so that processes of earlier logs keep their keys.
    fn begin<'i, W: Write + Seek>(&self, out: W, indexes: impl Iterator<Item = &'i Index>) -> Result<LogsWriter<W>> {
        let mut indexes = indexes.peekable();
        let first = indexes.peek().ok_or_else(|| Error::new(ErrorKind::MissingInput))?;
        let options = WriterOptions { redactor: self.redactor.cloned(), compat: self.compat };
        let mut writer = options.create_for_copy(out, first)?;
        for index in indexes {
            writer.add_source(index)?;
        }
        Ok(writer)
    }
}

/// Consecutive events of one log in which time does not go back.
struct Run {
    /// The number of the log.
    log: usize,
    /// The ordinal of the next event.
    next: usize,
    /// The ordinal after the last event.
    end: usize,
}

/// A batch that contains events of a run. It can also contain later events of the log, which belong to other runs.
struct Loaded<B> {
    /// The number of the run.
    run: usize,
    batch: B,
    /// The ordinal of the first event in the batch.
    start: usize,
    /// The ordinal after the last event in the batch.
    end: usize,
}

/// A k-way merge of logs by time.
///
/// Each log is split into runs in which time does not go back: one run for a log that is sorted by time, as those of
/// Procmon are. A heap holds the time of the next event of each run. Events are copied in [rounds](Round), which end
/// when a batch has to be read.
struct Merge<'l, L: Log> {
    logs: &'l [L],
    /// Ordered by log and position. The number of a run decides between events with the same time.
    runs: Vec<Run>,
    /// For each run with events left, its number and a time that is not after its next event.
    next: BinaryHeap<Reverse<(FileTime, usize)>>,
    /// The batches: one for each run, up to [`MAX_BATCHES`](Self::MAX_BATCHES).
    loaded: Vec<Option<Loaded<L::Batch>>>,
    copyable: Copyable,
}

impl<'l, L: Log> Merge<'l, L> {
    /// The greatest number of batches in memory. More runs than this share batches.
    const MAX_BATCHES: usize = 64;

    fn new(logs: &'l [L]) -> Result<Self> {
        let copyable = Copyable::new(logs.len());
        let mut merge = Self { logs, runs: Vec::new(), next: BinaryHeap::new(), loaded: Vec::new(), copyable };
        for (number, log) in logs.iter().enumerate() {
            merge.find_runs(number, log)?;
        }
        merge.loaded.resize_with(merge.runs.len().min(Self::MAX_BATCHES), || None);
        Ok(merge)
    }

    /// Splits a log into runs. An event that cannot be read has no time and stays in the current run.
    fn find_runs(&mut self, number: usize, log: &L) -> Result<()> {
        let (mut start, mut ordinal) = (0, 0);
        let (mut first, mut latest) = (FileTime(0), None);
        log.for_each(|event| {
            if let Ok(event) = event {
                let time = event.time();
                if latest.is_some_and(|latest| time < latest) {
                    self.add_run(Run { log: number, next: start, end: ordinal }, first);
                    (start, first) = (ordinal, time);
                } else if latest.is_none() {
                    first = time;
                }
                latest = Some(time);
            }
            ordinal += 1;
        })?;
        self.add_run(Run { log: number, next: start, end: ordinal }, first);
        Ok(())
    }

    /// Adds a run, unless it is empty, as in a log without events.
    fn add_run(&mut self, run: Run, first: FileTime) {
        if run.next < run.end {
            self.next.push(Reverse((first, self.runs.len())));
            self.runs.push(run);
        }
    }

    /// Copies events in order until the next one is not in a batch, and reads the first batch that is missing. Returns
    /// false if no events are left.
    fn copy_round<W: Write + Seek>(
        &mut self,
        writer: &mut LogsWriter<W>,
        keep: &mut impl FnMut(Event<'_>) -> bool,
    ) -> Result<bool> {
        let Some(&Reverse((_, number))) = self.next.peek() else { return Ok(false) };
        self.load(number)?;
        let Self { logs, runs, next, loaded, copyable } = self;
        let round = Round { logs, runs, next, loaded, copyable, keep, sources: Vec::new() };
        writer.copy_records(round)?;
        Ok(true)
    }

    /// Reads a batch that contains the next event of a run, if it is not in memory.
    fn load(&mut self, number: usize) -> Result<()> {
        // The number of runs is up to the input: in a hostile log each event can be a run. More than `MAX_BATCHES` runs
        // share batches, so a batch is often replaced before all of its events were used. Smaller ones waste less.
        let events = (Self::MAX_BATCHES * BATCH / self.runs.len()).clamp(1, BATCH);
        let slot = number % self.loaded.len();
        let (Some(run), Some(slot)) = (self.runs.get(number), self.loaded.get_mut(slot)) else { return Ok(()) };
        let Some(log) = self.logs.get(run.log) else { return Ok(()) };
        let loaded = slot.get_or_insert_with(|| Loaded { run: number, batch: log.new_batch(events), start: 0, end: 0 });
        if !loaded.has_next(number, run) {
            loaded.run = number;
            (loaded.start, loaded.end) = (run.next, log.read_batch(run.next, &mut loaded.batch)?);
            if loaded.end == run.next {
                return Err(Error::truncated(0, "event_count", run.end as u64, run.next as u64));
            }
        }
        Ok(())
    }
}

impl<B> Loaded<B> {
    /// Returns true if the batch contains the next event of a run.
    fn has_next(&self, number: usize, run: &Run) -> bool {
        self.run == number && (self.start..self.end).contains(&run.next)
    }

    /// Returns the remaining events of a run, which the batch must contain.
    fn source<'m, L: Log<Batch = B>>(&'m self, log: &'m L, run: &Run) -> Source<'m, L> {
        let events = log.batch_events(&self.batch).skip(run.next - self.start);
        Source { run: self.run, events: events.take(run.end.min(self.end) - run.next).peekable() }
    }
}

/// The remaining events of a run in its batch.
struct Source<'m, L: Log + 'm> {
    /// The number of the run.
    run: usize,
    events: Peekable<Take<Skip<L::BatchEvents<'m>>>>,
}

/// Iterates over the copyable events of all runs in order, as long as their batches are in memory.
struct Round<'m, L: Log, K> {
    logs: &'m [L],
    runs: &'m mut [Run],
    next: &'m mut BinaryHeap<Reverse<(FileTime, usize)>>,
    loaded: &'m [Option<Loaded<L::Batch>>],
    copyable: &'m mut Copyable,
    keep: K,
    /// For each batch, its events, once they are used.
    sources: Vec<Option<Source<'m, L>>>,
}

impl<'m, L: Log, K: FnMut(Event<'_>) -> bool> Iterator for Round<'m, L, K> {
    type Item = (Event<'m>, Option<&'m [u8]>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut first = self.next.peek_mut()?;
            let Reverse((time, number)) = *first;
            let run = self.runs.get_mut(number)?;
            let slot = number % self.loaded.len();
            if !matches!(self.sources.get(slot), Some(Some(source)) if source.run == number) {
                let loaded = self.loaded.get(slot)?.as_ref().filter(|loaded| loaded.has_next(number, run))?;
                self.sources.resize_with(self.sources.len().max(slot + 1), || None);
                *self.sources.get_mut(slot)? = Some(loaded.source(self.logs.get(run.log)?, run));
            }
            let events = &mut self.sources.get_mut(slot)?.as_mut()?.events;
            let event = match events.peek() {
                Some(Ok(event)) if event.time() != time => {
                    first.0.0 = event.time();
                    continue;
                }
                Some(_) => events.next()?,
                None if run.next == run.end => {
                    PeekMut::pop(first);
                    continue;
                }
                None => return None,
            };
            run.next += 1;
            // The time of an event in the next batch is not known yet. It is at least the current time.
            if let Some(Ok(following)) = events.peek() {
                first.0.0 = following.time();
            }
            drop(first);
            if let Some(copied) = self.copyable.event(run.log, event).filter(|(event, _)| (self.keep)(*event)) {
                return Some(copied);
            }
        }
    }
}
