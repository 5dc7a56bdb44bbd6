//! Logs that are read window by window, with only the tables in memory.

use std::fs::File;

use super::Log;
use super::read_at::ReadAt;
use super::salvage::SalvageReport;
use super::segments::{Segment, Segments};
use super::window::{Entries, Window, WindowEvents};
use crate::error::Result;
use crate::event::Event;
use crate::index::Index;
use crate::wire::{FileTime, OffsetEntry};

/// An open log that keeps only its tables in memory: the files of one capture in order.
///
/// Events are read into [windows](Window); each thread can have its own. Memory use depends on the tables and the
/// windows, not on the size of the log. Events are the same as those of a [`LogsReader`](crate::LogsReader), but borrow
/// from their window.
///
/// [`Log::for_each`] and all functions that take a [`Log`] manage windows themselves:
///
/// ```
/// use procmon_parser::{Log, LogsStream};
///
/// let log = LogsStream::open("fixtures/sample64.pml")?;
/// let mut failed = 0;
/// log.for_each(|event| failed += usize::from(event.is_ok_and(|event| event.status().is_error())))?;
/// println!("{failed} of {} operations failed", log.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// Windows can also be managed by hand:
///
/// ```
/// use procmon_parser::{LogsStream, Window};
///
/// let log = LogsStream::open("fixtures/sample64.pml")?;
/// let mut window = Window::new(1 << 16);
/// let (mut next, mut failed) = (0, 0);
/// while log.read(next, &mut window)? > 0 {
///     failed += window.events(&log).flatten().filter(|event| event.status().is_error()).count();
///     next = window.ordinals().end;
/// }
/// # assert_eq!(next, log.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct LogsStream<R = File> {
    segments: Segments<R>,
}

impl<R: ReadAt> Segment<R> {
    /// Reads events into a window, starting with the event that has the given number within this file.
    fn read(&self, number: usize, window: &mut Window) -> Result<()> {
        let count = self.index.event_count() as usize;
        let count = window.capacity(&self.index, count).min(count - number);
        let start = number * OffsetEntry::SIZE;
        let entries = match &self.salvage {
            Some(salvage) => Entries::Salvaged(salvage.offsets.get(start..).unwrap_or_default()),
            None => Entries::InFile(self.index.events().end + start as u64),
        };
        window.fill(&self.data, &self.index, entries, count)
    }
}

impl<R: ReadAt> LogsStream<R> {
    pub(super) fn join(segments: Vec<Segment<R>>) -> Result<Self> {
        let mut log = Self { segments: Segments::join(segments)? };
        let mut window = Window::new(0);
        let origin = log.time_of(0, &mut window)?.unwrap_or_default();
        let mut times = Vec::new();
        for ends in log.segments.ends() {
            let Some([first, last]) = ends else {
                times.push(None);
                continue;
            };
            let first = log.time_of(first, &mut window)?;
            let last = log.time_of(last, &mut window)?;
            times.push(first.zip(last).map(|(first, last)| [first, last]));
        }
        log.segments.set_origin(origin);
        log.segments.check_relations(&times);
        Ok(log)
    }

    /// Reads the time of an event; `None` if the event cannot be read or does not exist.
    fn time_of(&self, ordinal: usize, window: &mut Window) -> Result<Option<FileTime>> {
        self.read(ordinal, window)?;
        Ok(window.events(self).next().and_then(Result::ok).map(Event::time))
    }

    /// Replaces the contents of a window with the events from ordinal `from` on: about as many as fit, but at least
    /// one. Returns their number, which is 0 at the end of the log. A window holds events of one file only.
    ///
    /// A log whose events are stored out of order, or whose extra blocks are stored elsewhere, takes more time to read
    /// but not more memory.
    ///
    /// # Errors
    /// If reading fails, or if a file has become shorter since it was opened. An event that cannot be read does not
    /// fail the call; it is an `Err` item of [`Window::events`].
    pub fn read(&self, from: usize, window: &mut Window) -> Result<usize> {
        window.clear(from);
        if let Some(number) = self.segments.number_of(from).filter(|_| from < self.len())
            && let Some(segment) = self.segments.get(number)
        {
            window.segment = number;
            segment.read(from - segment.first, window).map_err(|error| {
                window.clear(from);
                segment.locate(error)
            })?;
        }
        Ok(window.len())
    }
}

impl<R> LogsStream<R> {
    /// Returns the tables of the first file. In a capture of several files, each file has its own tables; see
    /// [`indexes`](Self::indexes). [`Event::index`] returns the tables of the event's file.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.segments.first_index()
    }

    /// Returns the tables of each file, in order.
    pub fn indexes(&self) -> impl ExactSizeIterator<Item = &Index> {
        self.segments.indexes()
    }

    /// Returns the reports on the files that had to be [salvaged](crate::OpenOptions::salvage), in order.
    pub fn salvaged(&self) -> impl Iterator<Item = &SalvageReport> {
        self.segments.salvaged()
    }

    /// Returns the number of events, unreadable ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.event_count()
    }

    /// Returns true if there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the readers of the files, in order.
    pub fn into_readers(self) -> impl ExactSizeIterator<Item = R> {
        self.segments.into_list().into_iter().map(|segment| segment.data)
    }
}

impl<R: ReadAt> Log for LogsStream<R> {
    type Batch = Window;
    type BatchEvents<'a>
        = WindowEvents<'a>
    where
        Self: 'a;

    fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.indexes()
    }

    fn event_count(&self) -> usize {
        self.len()
    }

    fn has_ascending_ordinals(&self) -> bool {
        true
    }

    fn new_batch(&self, events: usize) -> Window {
        /// The typical size of an event with its stack, in bytes.
        const EVENT: usize = 512;
        Window::new(events.saturating_mul(EVENT))
    }

    fn read_batch(&self, from: usize, window: &mut Window) -> Result<usize> {
        self.read(from, window)?;
        Ok(window.ordinals().end)
    }

    fn batch_events<'a>(&'a self, window: &'a Window) -> WindowEvents<'a> {
        window.events(self)
    }
}

impl Window {
    /// Returns an iterator over the events that were read into the window from this log.
    ///
    /// ```
    /// # use procmon_parser::{LogsStream, Window};
    /// let log = LogsStream::open("fixtures/damaged.pml")?;
    /// let mut window = Window::default();
    /// log.read(0, &mut window)?;
    /// assert!(window.events(&log).any(|event| event.is_err()));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn events<'a, R>(&'a self, log: &'a LogsStream<R>) -> WindowEvents<'a> {
        let segment = log.segments.get(self.segment);
        WindowEvents::new(self, segment.map(|segment| (&segment.index, segment.path.as_deref())))
    }
}
