//! Reading logs: one file, or the files of one capture.
//!
//! [`LogsReader`] holds the bytes of a log in memory; [`LogsStream`] reads them window by window. Both implement
//! [`Log`], the trait that functions on whole logs take.

mod iter;
mod merged;
mod open;
mod overlaps;
#[cfg(feature = "rayon")]
mod parallel;
mod read_at;
mod reader;
mod salvage;
mod segment_paths;
mod segments;
mod stream;
mod window;

pub use iter::{Events, OrdinalBatch};
pub use merged::{MergedBatch, MergedEvents, MergedLogs};
pub use open::OpenOptions;
pub use overlaps::Overlaps;
#[cfg(feature = "rayon")]
pub use parallel::ParEvents;
pub use read_at::ReadAt;
pub use reader::LogsReader;
pub use salvage::{SalvageReport, SectionState};
pub use segment_paths::segment_paths;
pub use stream::LogsStream;
pub use window::{Window, WindowEvents};

use std::num::NonZero;
use std::thread;

use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;

/// A log whose events can be read in batches.
///
/// Implemented by [`LogsReader`], by [`LogsStream`], by slices of either, which are read one log after another, and by
/// [`MergedLogs`], which have the events of several logs in the order of time.
///
/// Functions on whole logs take `&impl Log`: exports, [`Summary`](crate::summary::Summary),
/// [`save`](crate::write::save) and [`merge`](crate::write::merge), [`Redactor`](crate::Redactor). The trait is sealed.
///
/// ```
/// use procmon_parser::{Log, LogsReader, LogsStream};
///
/// fn failures(log: &impl Log) -> procmon_parser::Result<usize> {
///     let mut failures = 0;
///     log.for_each(|event| failures += usize::from(event.is_ok_and(|event| event.status().is_error())))?;
///     Ok(failures)
/// }
///
/// let path = "fixtures/sample64.pml";
/// assert_eq!(failures(&LogsReader::open(path)?)?, failures(&LogsStream::open(path)?)?);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
pub trait Log: sealed::Sealed {
    /// A buffer for consecutive events.
    type Batch: Send;
    /// An iterator over the events of a batch.
    type BatchEvents<'a>: Iterator<Item = Result<Event<'a>>>
    where
        Self: 'a;

    /// Returns the tables of each file, in order.
    fn indexes(&self) -> impl Iterator<Item = &Index>;

    /// Returns the number of events, unreadable ones included.
    fn event_count(&self) -> usize;

    /// Returns true if the ordinals of the events ascend. They do in one log, but not in several ones with events.
    fn has_ascending_ordinals(&self) -> bool;

    /// Returns an empty batch with room for about `events` events.
    fn new_batch(&self, events: usize) -> Self::Batch;

    /// Replaces the contents of a batch with the events from ordinal `from` on: at least one, unless the log ends
    /// there. Returns the ordinal after the last event read, which is `from` at the end of the log.
    ///
    /// # Errors
    /// If reading fails, or if a file has become shorter since it was opened. An event that cannot be read does not
    /// fail the call; it is an `Err` item of [`batch_events`](Self::batch_events).
    fn read_batch(&self, from: usize, batch: &mut Self::Batch) -> Result<usize>;

    /// Returns an iterator over the events of a batch that was read from this log.
    fn batch_events<'a>(&'a self, batch: &'a Self::Batch) -> Self::BatchEvents<'a>;

    /// Calls `work` with every event, in the order of the log. An event that cannot be read is passed as an `Err`, and
    /// the iteration continues.
    ///
    /// # Errors
    /// Same as [`read_batch`](Self::read_batch).
    fn for_each(&self, mut work: impl FnMut(Result<Event<'_>>)) -> Result<()> {
        self.try_for_each(|event| {
            work(event);
            Ok(())
        })
    }

    /// Calls `work` with every event, in the order of the log, until it returns an error.
    ///
    /// # Errors
    /// If `work` fails, or as [`read_batch`](Self::read_batch).
    fn try_for_each<E: From<Error>>(&self, work: impl FnMut(Result<Event<'_>>) -> Result<(), E>) -> Result<(), E> {
        try_for_each_in(self, 0, self.event_count(), work)
    }

    /// Calls `work` with every event, on several threads. Each thread takes a contiguous part of the log and its own
    /// accumulator, which `new` creates. Returns the accumulators in the order of the parts.
    ///
    /// ```
    /// use std::num::NonZero;
    ///
    /// use procmon_parser::{Log, LogsStream};
    ///
    /// let log = LogsStream::open("fixtures/sample64.pml")?;
    /// let threads = NonZero::new(2).unwrap_or(NonZero::<usize>::MIN);
    /// let failures = log.par_fold(threads, || 0, |failures, event| {
    ///     *failures += usize::from(event.is_ok_and(|event| event.status().is_error()));
    /// })?;
    /// assert!(failures.iter().sum::<usize>() > 0);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`read_batch`](Self::read_batch).
    ///
    /// # Panics
    /// If `new` or `work` panics.
    fn par_fold<T: Send>(
        &self,
        threads: NonZero<usize>,
        new: impl Fn() -> T + Sync,
        work: impl Fn(&mut T, Result<Event<'_>>) + Sync,
    ) -> Result<Vec<T>>
    where
        Self: Sync,
    {
        /// The smallest number of events that is worth a thread.
        const MIN_PART: usize = 50_000;
        let count = self.event_count();
        let part = count.div_ceil(threads.get()).max(MIN_PART);
        let fold = |start: usize| {
            let mut value = new();
            let end = count.min(start.saturating_add(part));
            try_for_each_in(self, start, end, |event| {
                work(&mut value, event);
                Ok::<_, Error>(())
            })?;
            Ok(value)
        };
        if count <= part {
            return Ok(vec![fold(0)?]);
        }
        thread::scope(|scope| {
            let fold = &fold;
            let parts: Vec<_> = (0..count).step_by(part).map(|start| scope.spawn(move || fold(start))).collect();
            parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        })
    }
}

/// The default number of events in a batch: about 1 MiB of most logs.
pub(crate) const BATCH: usize = 2048;

/// Calls `work` with the events whose ordinals are in `start..end`.
fn try_for_each_in<L: Log + ?Sized, E: From<Error>>(
    log: &L,
    start: usize,
    end: usize,
    mut work: impl FnMut(Result<Event<'_>>) -> Result<(), E>,
) -> Result<(), E> {
    let mut batch = log.new_batch(BATCH);
    let mut next = start;
    while next < end {
        let after = log.read_batch(next, &mut batch)?;
        if after == next {
            break;
        }
        log.batch_events(&batch).take(end - next).try_for_each(&mut work)?;
        next = after;
    }
    Ok(())
}

impl<L: Log + ?Sized> Log for &L {
    type Batch = L::Batch;
    type BatchEvents<'a>
        = L::BatchEvents<'a>
    where
        Self: 'a;

    fn indexes(&self) -> impl Iterator<Item = &Index> {
        (**self).indexes()
    }

    fn event_count(&self) -> usize {
        (**self).event_count()
    }

    fn has_ascending_ordinals(&self) -> bool {
        (**self).has_ascending_ordinals()
    }

    fn new_batch(&self, events: usize) -> Self::Batch {
        (**self).new_batch(events)
    }

    fn read_batch(&self, from: usize, batch: &mut Self::Batch) -> Result<usize> {
        (**self).read_batch(from, batch)
    }

    fn batch_events<'a>(&'a self, batch: &'a Self::Batch) -> Self::BatchEvents<'a> {
        (**self).batch_events(batch)
    }
}

/// A batch of events from one log of a slice.
#[derive(Clone, Debug)]
pub struct SliceBatch<B> {
    /// The number of the log in the slice.
    number: usize,
    batch: Option<B>,
    /// The number of events that the batch has room for.
    events: usize,
}

/// Reads several logs one after another. In each of them, [`Event::ordinal`] begins at 0.
impl<L: Log> Log for [L] {
    type Batch = SliceBatch<L::Batch>;
    type BatchEvents<'a>
        = std::iter::Flatten<std::option::IntoIter<L::BatchEvents<'a>>>
    where
        Self: 'a;

    fn indexes(&self) -> impl Iterator<Item = &Index> {
        self.iter().flat_map(Log::indexes)
    }

    fn event_count(&self) -> usize {
        self.iter().map(Log::event_count).sum()
    }

    fn has_ascending_ordinals(&self) -> bool {
        let mut logs = self.iter().filter(|log| log.event_count() > 0);
        logs.next().is_none_or(Log::has_ascending_ordinals) && logs.next().is_none()
    }

    fn new_batch(&self, events: usize) -> Self::Batch {
        SliceBatch { number: 0, batch: None, events }
    }

    fn read_batch(&self, from: usize, batch: &mut Self::Batch) -> Result<usize> {
        let mut first = 0;
        for (number, log) in self.iter().enumerate() {
            let count = log.event_count();
            if from - first < count {
                if batch.number != number {
                    *batch = SliceBatch { number, batch: None, events: batch.events };
                }
                let inner = batch.batch.get_or_insert_with(|| log.new_batch(batch.events));
                return log.read_batch(from - first, inner).map(|end| first + end);
            }
            first += count;
        }
        batch.batch = None;
        Ok(from)
    }

    fn batch_events<'a>(&'a self, batch: &'a Self::Batch) -> Self::BatchEvents<'a> {
        let log = self.get(batch.number).zip(batch.batch.as_ref());
        log.map(|(log, batch)| log.batch_events(batch)).into_iter().flatten()
    }
}

mod sealed {
    pub trait Sealed {}

    impl<D> Sealed for super::LogsReader<D> {}
    impl<R> Sealed for super::LogsStream<R> {}
    impl<L> Sealed for super::MergedLogs<'_, L> {}
    impl<L: Sealed + ?Sized> Sealed for &L {}
    impl<L: Sealed> Sealed for [L] {}
}
