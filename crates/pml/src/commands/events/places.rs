//! The places of events in several logs, and a reader that reads an event again at its place.

use procmon_parser::{Error, Event, Log, LogsStream, Window};

use crate::error::Failure;
use crate::io::source::Source;

/// The place of an event. Places are ordered by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The position of the event among those of all logs, in the order in which they are read.
    pub(super) position: usize,
    log: u32,
    ordinal: u32,
}

impl Place {
    /// Creates the place of an event. `log` is the index of its log; the event itself knows its ordinal in that log.
    pub(super) fn new(position: usize, log: usize, event: Event<'_>) -> Self {
        Self { position, log: u32::try_from(log).unwrap_or(u32::MAX), ordinal: event.ordinal() }
    }

    /// Returns the index of the log.
    pub(super) fn log(self) -> usize {
        self.log as usize
    }
}

/// Reads single events.
pub(super) struct Reader<'l> {
    logs: &'l [&'l LogsStream<Source>],
    window: Window,
}

impl<'l> Reader<'l> {
    pub(super) fn new(logs: &'l [&'l LogsStream<Source>]) -> Self {
        /// The initial size of the window, in bytes. The window grows if an event is larger.
        const WINDOW: usize = 512;
        Self { logs, window: Window::new(WINDOW) }
    }

    /// Calls `work` with the event at a place; does nothing if it cannot be read.
    pub(super) fn read(
        &mut self,
        place: Place,
        work: impl FnOnce(Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.read_ordinal(place.log(), place.ordinal as usize, work)
    }

    /// Calls `work` with the event that has the given ordinal in a log; does nothing if the log does not have it
    /// or it cannot be read.
    pub(super) fn read_ordinal(
        &mut self,
        log: usize,
        ordinal: usize,
        work: impl FnOnce(Event<'_>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let Some(log) = self.logs.get(log) else { return Ok(()) };
        log.read_batch(ordinal, &mut self.window)?;
        match log.batch_events(&self.window).next() {
            Some(Ok(event)) => work(event),
            Some(Err(error)) if error.is_io() => Err(error.into()),
            Some(Err(_)) | None => Ok(()),
        }
    }
}

/// The reason to stop reading events.
pub(super) enum Stop {
    /// The requested number of events was found.
    Enough,
    Failed(Failure),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}
