//! Parts of logs, and several logs in one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::io::{Seek, Write};
use std::ops::Range;

use super::{LogsWriter, WriterOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::log::LogsReader;
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
}

impl Summary {
    fn note(&mut self, error: Error) {
        self.unreadable += 1;
        self.first_error.get_or_insert(error);
    }
}

/// Writes the events of a log that `keep` wants as a log of their own, in the order in which they stand, as Procmon saves
/// the events that its filter shows.
///
/// Events keep all their columns but Relative Time, which counts from the first event that is left.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::{LogsReader, write};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut part = Cursor::new(Vec::new());
/// let summary = write::save(&mut part, &log, |event| event.process().is_some_and(|p| p.name() == "updater.exe")).unwrap();
/// assert_eq!(LogsReader::new(part.into_inner()).unwrap().len() as u64, summary.events);
/// ```
///
/// # Errors
/// If the target fails, or if the log is a capture of files of different widths of pointers. An event that cannot be read
/// is no error.
pub fn save<D: AsRef<[u8]>>(
    out: impl Write + Seek,
    log: &LogsReader<D>,
    keep: impl FnMut(Event<'_>) -> bool,
) -> Result<Summary> {
    SaveOptions::new().save(out, log, keep)
}

/// Writes the events of several logs that `keep` wants as one log, in the order of time. Of events of one time those of
/// the earlier log come first, and those of one log stay in their order.
///
/// The header is that of the first log. A process that looks the same in all columns in several logs is one, with the
/// modules of all; one whose key belongs to another gets a new key, which its events and the details that speak of it are
/// told.
///
/// Memory: logs need not be sorted by time, but each place in which time goes back takes 72 bytes. In logs that Procmon
/// wrote there is none.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::{LogsReader, write};
///
/// let [even, odd] = [0, 1].map(|half| {
///     let log = LogsReader::open("fixtures/sample64.pml").unwrap();
///     let mut part = Cursor::new(Vec::new());
///     write::save(&mut part, &log, |event| event.ordinal() % 2 == half).unwrap();
///     LogsReader::new(part.into_inner()).unwrap()
/// });
/// let mut whole = Cursor::new(Vec::new());
/// let summary = write::merge(&mut whole, &[&even, &odd], |_| true).unwrap();
/// assert_eq!(summary.events as usize, even.len() + odd.len());
/// ```
///
/// # Errors
/// If there is no log, if the target fails, if some logs are 32-bit and others 64-bit, or if they have more events than a
/// log can. An event that cannot be read is no error.
pub fn merge<D: AsRef<[u8]>>(
    out: impl Write + Seek,
    logs: &[&LogsReader<D>],
    keep: impl FnMut(Event<'_>) -> bool,
) -> Result<Summary> {
    SaveOptions::new().merge(out, logs, keep)
}

/// How logs are saved, where [`save`] and [`merge`] do not say enough.
///
/// ```
/// use std::io::Cursor;
///
/// use procmon_parser::write::SaveOptions;
/// use procmon_parser::{LogsReader, Redactor};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let mut redactor = Redactor::new();
/// redactor.replace_people(&log);
/// let mut redacted = Cursor::new(Vec::new());
/// SaveOptions::new().redact(&redactor).save(&mut redacted, &log, |_| true).unwrap();
/// redactor.verify(&LogsReader::new(redacted.into_inner()).unwrap()).unwrap();
/// ```
#[derive(Default)]
pub struct SaveOptions<'s> {
    redactor: Option<&'s Redactor>,
    ordering: Option<&'s mut dyn FnMut(Event<'_>)>,
}

impl std::fmt::Debug for SaveOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SaveOptions").field("redactor", &self.redactor).finish_non_exhaustive()
    }
}

impl<'s> SaveOptions<'s> {
    /// As [`save`] and [`merge`] do.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces names in all that is written. [`Redactor::verify`] sees that none is left.
    #[must_use]
    pub fn redact(mut self, redactor: &'s Redactor) -> Self {
        self.redactor = Some(redactor);
        self
    }

    /// Calls `ordering` with each event that [`merge`](Self::merge) looks at to find their order, before it writes the
    /// first: for a caller who maps logs and gives pages back, or who shows progress.
    #[must_use]
    pub fn ordering(mut self, ordering: &'s mut dyn FnMut(Event<'_>)) -> Self {
        self.ordering = Some(ordering);
        self
    }

    /// As the function [`save`].
    ///
    /// # Errors
    /// As [`save`].
    pub fn save<D: AsRef<[u8]>>(
        self,
        out: impl Write + Seek,
        log: &LogsReader<D>,
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, &[log])?;
        let mut summary = Summary::default();
        let readable = log.events().filter_map(|event| event.map_err(|error| summary.note(error)).ok());
        writer.copy_events(readable.filter(|event| keep(*event)))?;
        end(writer, summary)
    }

    /// As the function [`merge`].
    ///
    /// # Errors
    /// As [`merge`].
    pub fn merge<D: AsRef<[u8]>>(
        mut self,
        out: impl Write + Seek,
        logs: &[&LogsReader<D>],
        mut keep: impl FnMut(Event<'_>) -> bool,
    ) -> Result<Summary> {
        let mut writer = self.begin(out, logs)?;
        let mut merge = match self.ordering.take() {
            Some(ordering) => Merge::new(logs, ordering),
            None => Merge::new(logs, |_| {}),
        };
        writer.copy_events(std::iter::from_fn(|| merge.next()).filter(|event| keep(*event)))?;
        end(writer, merge.summary)
    }

    /// A log that knows the tables of all logs, so that processes of the earlier ones keep their keys.
    fn begin<W: Write + Seek, D: AsRef<[u8]>>(&self, out: W, logs: &[&LogsReader<D>]) -> Result<LogsWriter<W>> {
        let first = logs.first().ok_or_else(|| Error::new(ErrorKind::MissingInput))?;
        let options = WriterOptions { redactor: self.redactor.cloned() };
        let mut writer = options.create_for_copy(out, first.index())?;
        for index in logs.iter().flat_map(|log| log.indexes()) {
            writer.add_source(index)?;
        }
        Ok(writer)
    }
}

fn end<W: Write + Seek>(writer: LogsWriter<W>, mut summary: Summary) -> Result<Summary> {
    summary.events = writer.len() as u64;
    if let Some(redactor) = writer.redactor() {
        (summary.redacted, summary.blanked) = (redactor.rewritten_events(), redactor.blanked_names());
    }
    writer.finish()?;
    Ok(summary)
}

/// Events of one log in which time does not go back.
struct Run<'l> {
    log: u32,
    /// The next event, and the ordinals behind it.
    head: Option<Event<'l>>,
    rest: Range<u32>,
}

/// The events of several logs in the order of time.
struct Merge<'l, D> {
    logs: &'l [&'l LogsReader<D>],
    /// In the order in which their events of one time come.
    runs: Vec<Run<'l>>,
    /// The time of the next event of each run that has one.
    next: BinaryHeap<Reverse<(FileTime, u32)>>,
    summary: Summary,
}

impl<'l, D: AsRef<[u8]>> Merge<'l, D> {
    fn new(logs: &'l [&'l LogsReader<D>], mut ordering: impl FnMut(Event<'_>)) -> Self {
        let mut merge = Self { logs, runs: Vec::new(), next: BinaryHeap::new(), summary: Summary::default() };
        for (number, log) in (0..).zip(logs) {
            merge.find_runs(number, log, &mut ordering);
        }
        for number in (0..).take(merge.runs.len()) {
            if let (_, Some(time)) = merge.step(number) {
                merge.next.push(Reverse((time, number)));
            }
        }
        merge
    }

    fn find_runs(&mut self, log: u32, events: &LogsReader<D>, mut ordering: impl FnMut(Event<'_>)) {
        let mut start = 0;
        let mut latest = FileTime(0);
        for event in events.events().flatten() {
            ordering(event);
            if event.time() < latest {
                self.runs.push(Run { log, head: None, rest: start..event.ordinal() });
                start = event.ordinal();
            }
            latest = event.time();
        }
        let end = u32::try_from(events.len()).unwrap_or(u32::MAX);
        self.runs.push(Run { log, head: None, rest: start..end });
    }

    /// Takes the next event of a run, and tells the time of the one behind it. Events that cannot be read are counted.
    #[inline]
    fn step(&mut self, run: u32) -> (Option<Event<'l>>, Option<FileTime>) {
        let Some(run) = self.runs.get_mut(run as usize) else { return (None, None) };
        let taken = run.head.take();
        let log = self.logs.get(run.log as usize);
        while let Some((log, ordinal)) = log.zip(run.rest.next()) {
            match log.event(ordinal as usize) {
                Ok(event) => {
                    run.head = Some(event);
                    return (taken, Some(event.time()));
                }
                Err(error) => self.summary.note(error),
            }
        }
        (taken, None)
    }

    #[inline]
    fn next(&mut self) -> Option<Event<'l>> {
        let &Reverse((_, run)) = self.next.peek()?;
        let (event, following) = self.step(run);
        let mut top = self.next.peek_mut()?;
        match following {
            Some(time) => top.0.0 = time,
            None => drop(PeekMut::pop(top)),
        }
        event
    }
}
