//! Parts of logs, and several logs in one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{Seek, Write};

use super::{LogsWriter, WriterOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::index::Index;
use crate::log::{BATCH, Log};
use crate::redact::Redactor;
use crate::wire::FileTime;

/// What was written, and what could not be read.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Summary {
    /// Number of events written.
    pub events: u64,
    /// Number of events that could not be read, and were left out.
    pub unreadable: u64,
    /// Why the first of them could not.
    pub first_error: Option<Error>,
    /// Number of events in which names were replaced.
    pub redacted: u64,
    /// Number of names that were replaced by as many characters, for want of knowledge of the bytes around them.
    pub blanked: u64,
    /// The number of names of hosts and ports that were not written, because an earlier log has another name for the
    /// same host or port. The Path of network events shows the earlier name.
    pub differing_names: u64,
}

impl Summary {
    fn note(&mut self, error: Error) {
        self.unreadable += 1;
        self.first_error.get_or_insert(error);
    }
}

/// Writes the events of a log that `keep` selects as a log of their own, in the order of the log, as Procmon saves the
/// events that its filter shows.
///
/// Events keep all their columns but Relative Time, which counts from the first event that is left.
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
/// If the target fails, if reading the log does (see [`Log::read_batch`]), or if the log is a capture of files of
/// different pointer widths. An event that cannot be read is not an error: it is counted and left out.
pub fn save(out: impl Write + Seek, log: &(impl Log + ?Sized), keep: impl FnMut(Event<'_>) -> bool) -> Result<Summary> {
    SaveOptions::new().save(out, log, keep)
}

/// Writes the events of several logs that `keep` selects as one log, in the order of time. Of events of one time those
/// of the earlier log come first, and those of one log keep their order.
///
/// The header is that of the first log. Of different names of a host or port, that of the earlier log is written:
/// [`Summary::differing_names`] counts the others. A process that looks the same in all columns in several logs is one, with the
/// modules of all; one whose key belongs to another process gets a new key, which its events and the details that refer
/// to it get as well.
///
/// The logs are read twice: once to find the order, once to copy. Logs need not be sorted by time, but each place in which
/// time goes back takes 40 bytes. In logs that Procmon wrote there is none.
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
/// If there is no log, if the target fails, if reading a log does (see [`Log::read_batch`]), if some logs are 32-bit and
/// others 64-bit, or if they have more events than a log can. An event that cannot be read is not an error: it is counted
/// and left out.
pub fn merge<L: Log>(out: impl Write + Seek, logs: &[L], keep: impl FnMut(Event<'_>) -> bool) -> Result<Summary> {
    SaveOptions::new().merge(out, logs, keep)
}

/// Options for saving logs, where [`save`] and [`merge`] are not enough.
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
}

impl<'s> SaveOptions<'s> {
    /// Returns the options of [`save`] and [`merge`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces names in all that is written. [`Redactor::verify`] checks that none is left.
    #[must_use]
    pub fn redact(mut self, redactor: &'s Redactor) -> Self {
        self.redactor = Some(redactor);
        self
    }

    /// Writes a part of a log, as the function [`save`] does.
    ///
    /// # Errors
    /// As [`save`].
    pub fn save<L: Log + ?Sized>(
        self,
        out: impl Write + Seek,
        log: &L,
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, log.indexes())?;
        let mut summary = Summary::default();
        let mut batch = log.new_batch(BATCH);
        let mut next = 0;
        loop {
            let end = log.read_batch(next, &mut batch)?;
            if end == next {
                return finish(writer, summary);
            }
            next = end;
            let readable = log.batch_events(&batch).filter_map(|event| event.map_err(|error| summary.note(error)).ok());
            writer.copy_events(readable.filter(|event| keep(*event)))?;
        }
    }

    /// Joins logs, as the function [`merge`] does.
    ///
    /// # Errors
    /// As [`merge`].
    pub fn merge<L: Log>(
        self,
        out: impl Write + Seek,
        logs: &[L],
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, logs.indexes())?;
        let mut merge = Merge::new(logs)?;
        while merge.copy_turn(&mut writer, &mut keep)? {}
        finish(writer, merge.summary)
    }

    /// Begins a log with the tables of all logs, so that processes of the earlier ones keep their keys.
    fn begin<'i, W: Write + Seek>(&self, out: W, indexes: impl Iterator<Item = &'i Index>) -> Result<LogsWriter<W>> {
        let mut indexes = indexes.peekable();
        let first = indexes.peek().ok_or_else(|| Error::new(ErrorKind::MissingInput))?;
        let options = WriterOptions { redactor: self.redactor.cloned() };
        let mut writer = options.create_for_copy(out, first)?;
        for index in indexes {
            writer.add_source(index)?;
        }
        Ok(writer)
    }
}

fn finish<W: Write + Seek>(writer: LogsWriter<W>, mut summary: Summary) -> Result<Summary> {
    summary.events = writer.len() as u64;
    summary.differing_names = writer.names.differing();
    if let Some(redactor) = writer.redactor() {
        (summary.redacted, summary.blanked) = (redactor.rewritten_events(), redactor.blanked_names());
    }
    writer.finish()?;
    Ok(summary)
}

/// Consecutive events of one log in which time does not go back.
struct Run {
    /// Number of the log.
    log: usize,
    /// Ordinal of the next event.
    next: usize,
    /// Ordinal after the last event.
    end: usize,
}

/// Events of a run that were read.
struct Loaded<B> {
    /// Number of the run.
    run: usize,
    batch: B,
    /// Ordinals of the events in the batch.
    start: usize,
    end: usize,
}

/// Takes the events of several logs in the order of time.
struct Merge<'l, L: Log> {
    logs: &'l [L],
    /// In the order in which their events of one time come.
    runs: Vec<Run>,
    /// The time of the next event of each run that is not at its end, and the number of the run.
    next: BinaryHeap<Reverse<(FileTime, usize)>>,
    /// A batch for each run, or a few that very many runs share.
    loaded: Vec<Option<Loaded<L::Batch>>>,
    summary: Summary,
}

impl<'l, L: Log> Merge<'l, L> {
    /// The greatest number of batches in memory.
    const MAX_BATCHES: usize = 64;

    fn new(logs: &'l [L]) -> Result<Self> {
        let mut merge =
            Self { logs, runs: Vec::new(), next: BinaryHeap::new(), loaded: Vec::new(), summary: Summary::default() };
        for (number, log) in logs.iter().enumerate() {
            merge.find_runs(number, log)?;
        }
        merge.loaded.resize_with(merge.runs.len().min(Self::MAX_BATCHES), || None);
        Ok(merge)
    }

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

    fn add_run(&mut self, run: Run, first: FileTime) {
        self.next.push(Reverse((first, self.runs.len())));
        self.runs.push(run);
    }

    /// Copies events of the run whose turn it is, until another one has an earlier event. Returns false after the last.
    fn copy_turn<W: Write + Seek>(
        &mut self,
        writer: &mut LogsWriter<W>,
        keep: &mut impl FnMut(Event<'_>) -> bool,
    ) -> Result<bool> {
        let Some(Reverse((_, number))) = self.next.pop() else { return Ok(false) };
        // Events of one time come in the order of their runs.
        let limit = self.next.peek().map(|&Reverse(key)| key);
        let is_due = |time| limit.is_none_or(|limit| (time, number) < limit);
        // Very many runs, which no honest log has, share the memory of a few.
        let batch = (Self::MAX_BATCHES * BATCH / self.runs.len()).clamp(1, BATCH);
        let summary = &mut self.summary;
        let slot = number % self.loaded.len();
        let (Some(run), Some(slot)) = (self.runs.get_mut(number), self.loaded.get_mut(slot)) else { return Ok(true) };
        let Some(log) = self.logs.get(run.log) else { return Ok(true) };
        let following = loop {
            if run.next >= run.end {
                break None;
            }
            let loaded = load(slot, log, number, run, batch)?;
            let events = log.batch_events(&loaded.batch).skip(run.next - loaded.start);
            let mut events = events.take(run.end.min(loaded.end) - run.next).peekable();
            let due = std::iter::from_fn(|| {
                loop {
                    let event = events.next_if(|event| event.as_ref().map_or(true, |event| is_due(event.time())))?;
                    run.next += 1;
                    match event {
                        Ok(event) if keep(event) => return Some(event),
                        Ok(_) => {}
                        Err(error) => summary.note(error),
                    }
                }
            });
            writer.copy_events(due)?;
            if let Some(Ok(event)) = events.peek() {
                break Some(event.time());
            }
        };
        if let Some(time) = following {
            self.next.push(Reverse((time, number)));
        }
        Ok(true)
    }
}

/// Returns the batch with the next event of a run, which is read if need be.
fn load<'s, L: Log>(
    slot: &'s mut Option<Loaded<L::Batch>>,
    log: &L,
    number: usize,
    run: &Run,
    events: usize,
) -> Result<&'s Loaded<L::Batch>> {
    let loaded = slot.get_or_insert_with(|| Loaded { run: number, batch: log.new_batch(events), start: 0, end: 0 });
    if loaded.run != number || !(loaded.start..loaded.end).contains(&run.next) {
        loaded.run = number;
        (loaded.start, loaded.end) = (run.next, log.read_batch(run.next, &mut loaded.batch)?);
        if loaded.end == run.next {
            return Err(Error::truncated(0, "event_count", run.end as u64, run.next as u64));
        }
    }
    Ok(loaded)
}
