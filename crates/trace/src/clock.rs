//! Times of a trace.

use procmon_parser::{Event, FileTime, Log};

/// The latest time, in ticks. Its number of nanoseconds fits in 62 bits, even after it is rounded to a double.
const LATEST: u64 = (u64::MAX >> 2) / 100;

/// Converts times to ticks of 100 ns since the start of the log.
#[derive(Debug)]
pub(crate) struct Clock {
    origin: Option<FileTime>,
}

/// The time of an event, in ticks since the start of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    /// `None` if the log does not have the completion of the operation.
    pub(crate) end: Option<u64>,
}

impl Clock {
    /// Creates a clock that starts at the earliest of the first events of all files; if the log does not have their
    /// times, at the first event of the trace.
    pub(crate) fn new<L: Log + ?Sized>(log: &L) -> Self {
        let files = log.indexes().filter(|index| index.event_count() > 0);
        Self { origin: files.map(|index| index.origin()).filter(|origin| origin.0 != 0).min() }
    }

    /// Returns the time at which the trace starts; `None` for a log without events.
    pub(crate) fn origin(&self) -> Option<FileTime> {
        self.origin
    }

    /// Returns a time as ticks. Earlier times than the start become 0.
    pub(crate) fn ticks(&mut self, time: FileTime) -> u64 {
        let origin = *self.origin.get_or_insert(time);
        time.0.saturating_sub(origin.0).min(LATEST)
    }

    pub(crate) fn span(&mut self, event: Event<'_>) -> Span {
        let start = self.ticks(event.time());
        let end = event.duration().map(|duration| start.saturating_add(duration.0).min(LATEST));
        Span { start, end }
    }
}
