//! Several logs as one, in the order of time.

use std::slice;

use super::Log;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;
use crate::wire::FileTime;

/// Several logs as one, with their events in the order of time.
///
/// Events with the same time are ordered by log, and within a log keep their order, as in
/// [`write::merge`](crate::write::merge). An event that cannot be read has the time of the event before it in its log.
/// The events are those of the logs: [`Event::ordinal`] begins at 0 in each of them, and Relative Time counts from the
/// first event of the log.
///
/// ```
/// use procmon_parser::export::{Pipeline, csv::Csv};
/// use procmon_parser::{Column, Log, LogsStream, MergedLogs, Style};
///
/// let logs = [LogsStream::open("fixtures/sample64.pml")?, LogsStream::open("fixtures/sample32.pml")?];
/// let merged = MergedLogs::new(&logs)?;
/// let mut times = Vec::new();
/// merged.for_each(|event| times.extend(event.map(|event| event.time())))?;
/// assert!(times.is_sorted() && times.len() == merged.event_count());
/// // All functions on whole logs accept merged logs.
/// let mut csv = Vec::new();
/// Pipeline::new().run(&mut csv, &merged, Csv::new(Column::PROCMON_ORDER, Style::new()))?;
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct MergedLogs<'l, L> {
    logs: &'l [L],
    turns: Vec<Turn>,
    event_count: usize,
}

/// Consecutive events of a log that follow each other in the order of time. The next turn begins after the last one.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// The position of the first event among the events of all logs.
    start: usize,
    /// The number of the log.
    log: u32,
    /// The position of the first event in its log.
    first: u32,
}

impl<'l, L: Log> MergedLogs<'l, L> {
    /// Reads the times of all events.
    ///
    /// This takes 16 bytes of memory for each event. The merged logs keep 16 bytes for each point at which an event is
    /// followed by an event of another log, or at which time goes back in a log.
    ///
    /// # Errors
    /// If reading a log fails, or if a log has more than 2^32 - 1 events, which a slice of logs can have.
    pub fn new(logs: &'l [L]) -> Result<Self> {
        let mut keys = Vec::with_capacity(logs.event_count());
        for (number, log) in (0..).zip(logs) {
            let count = log.event_count() as u64;
            if u32::try_from(count).is_err() {
                return Err(Error::too_large("event_count", count, u32::MAX.into()));
            }
            let (mut time, mut ordinals) = (FileTime::default(), 0..);
            log.try_for_each(|event| {
                match event {
                    Ok(event) => time = event.time(),
                    Err(error) if error.is_io() => return Err(error),
                    Err(_) => {}
                }
                keys.extend(ordinals.next().map(|ordinal| (time, number, ordinal)));
                Ok(())
            })?;
        }
        // No two keys are equal.
        keys.sort_unstable();
        Ok(Self { logs, turns: turns(&keys), event_count: keys.len() })
    }

    /// Returns an iterator over the numbers of the logs that the events belong to, from 0, in the order of the events.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, MergedLogs};
    ///
    /// let logs = [LogsReader::open("fixtures/sample64.pml")?, LogsReader::open("fixtures/sample32.pml")?];
    /// let merged = MergedLogs::new(&logs)?;
    /// // The first events of both logs have the same time.
    /// assert_eq!(merged.log_numbers().take(2).collect::<Vec<_>>(), [0, 1]);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn log_numbers(&self) -> impl Iterator<Item = usize> {
        let ends = self.turns.iter().skip(1).map(|turn| turn.start).chain([self.event_count]);
        let turns = self.turns.iter().zip(ends);
        turns.flat_map(|(turn, end)| std::iter::repeat_n(turn.log as usize, end - turn.start))
    }

    /// Returns the number of the turn that contains a position.
    fn turn_of(&self, position: usize) -> usize {
        self.turns.partition_point(|turn| turn.start <= position).saturating_sub(1)
    }
}

/// Returns the turns of sorted keys: time, number of the log, position in the log.
fn turns(keys: &[(FileTime, u32, u32)]) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut last = None;
    for (start, &(_, log, first)) in keys.iter().enumerate() {
        if last != first.checked_sub(1).map(|before| (log, before)) || last.is_none() {
            turns.push(Turn { start, log, first });
        }
        last = Some((log, first));
    }
    turns
}

/// A batch of merged events: a batch of each log.
#[derive(Clone, Debug)]
pub struct MergedBatch<B> {
    parts: Vec<Part<B>>,
    /// For each turn, the index of its log, and how many events of that log come next.
    turns: Vec<(u32, usize)>,
    /// The maximum number of events.
    events: usize,
}

/// The events of one log in a batch.
#[derive(Clone, Debug)]
struct Part<B> {
    batch: Option<B>,
    /// The position of the first event in its log.
    first: usize,
    /// The number of events.
    count: usize,
}

impl<L: Log> MergedLogs<'_, L> {
    /// Chooses the events of a batch. The batch ends when it is full, or before an event that does not directly follow
    /// the other events of its log in the batch.
    fn plan(&self, from: usize, batch: &mut MergedBatch<L::Batch>) {
        batch.turns.clear();
        batch.parts.iter_mut().for_each(|part| part.count = 0);
        let end = self.event_count.min(from.saturating_add(batch.events));
        let (first, mut position) = (self.turn_of(from), from);
        for (turn, number) in self.turns.iter().skip(first).zip(first..) {
            let Some(part) = batch.parts.get_mut(turn.log as usize).filter(|_| position < end) else { return };
            let until = self.turns.get(number + 1).map_or(end, |next| next.start.min(end));
            let ordinal = turn.first as usize + (position - turn.start);
            if part.count == 0 {
                part.first = ordinal;
            } else if part.first + part.count != ordinal {
                return;
            }
            part.count += until - position;
            batch.turns.push((turn.log, until - position));
            position = until;
        }
    }
}

impl<L: Log> Log for MergedLogs<'_, L> {
    type Batch = MergedBatch<L::Batch>;
    type BatchEvents<'a>
        = MergedEvents<'a, L::BatchEvents<'a>>
    where
        Self: 'a;

    fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.logs.indexes()
    }

    fn event_count(&self) -> usize {
        self.event_count
    }

    fn has_ascending_ordinals(&self) -> bool {
        self.turns.len() <= 1 && self.logs.iter().all(Log::has_ascending_ordinals)
    }

    fn new_batch(&self, events: usize) -> Self::Batch {
        let part = || Part { batch: None, first: 0, count: 0 };
        MergedBatch { parts: self.logs.iter().map(|_| part()).collect(), turns: Vec::new(), events: events.max(1) }
    }

    fn read_batch(&self, from: usize, batch: &mut Self::Batch) -> Result<usize> {
        /// The smallest number of events that is worth a call.
        const MIN: usize = 64;
        self.plan(from, batch);
        let room = batch.events.div_ceil(self.logs.len().max(1)).max(MIN.min(batch.events));
        for (part, log) in batch.parts.iter_mut().zip(self.logs).filter(|(part, _)| part.count > 0) {
            let events = part.batch.get_or_insert_with(|| log.new_batch(room));
            part.count = log.read_batch(part.first, events)? - part.first;
        }
        // A log may have given fewer events than planned.
        let MergedBatch { parts, turns, .. } = batch;
        let (mut end, mut is_complete) = (from, true);
        turns.retain_mut(|(log, count)| {
            let Some(part) = parts.get_mut(*log as usize).filter(|_| is_complete) else { return false };
            is_complete = *count <= part.count;
            *count = part.count.min(*count);
            part.count -= *count;
            end += *count;
            true
        });
        Ok(end)
    }

    fn batch_events<'a>(&'a self, batch: &'a Self::Batch) -> Self::BatchEvents<'a> {
        let events =
            |(log, part): (&'a L, &'a Part<L::Batch>)| part.batch.as_ref().map(|batch| log.batch_events(batch));
        let logs = self.logs.iter().zip(&batch.parts).map(events).collect();
        MergedEvents { logs, turns: batch.turns.iter(), turn: (0, 0) }
    }
}

/// An iterator over the events of a batch of merged logs.
#[derive(Clone, Debug)]
pub struct MergedEvents<'a, E> {
    /// The remaining events of each log; `None` for a log without events in the batch.
    logs: Vec<Option<E>>,
    turns: slice::Iter<'a, (u32, usize)>,
    /// The current turn: the index of its log, and how many of its events are left.
    turn: (u32, usize),
}

impl<'a, E: Iterator<Item = Result<Event<'a>>>> Iterator for MergedEvents<'a, E> {
    type Item = Result<Event<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while self.turn.1 == 0 {
            self.turn = *self.turns.next()?;
        }
        self.turn.1 -= 1;
        self.logs.get_mut(self.turn.0 as usize)?.as_mut()?.next()
    }
}
