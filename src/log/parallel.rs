//! Iterating over events on several threads (feature `rayon`).

use std::ops::Range;

use rayon::iter::plumbing::{Consumer, Producer, ProducerCallback, UnindexedConsumer, bridge};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};

use super::{Events, LogsReader};
use crate::error::Result;
use crate::event::Event;

impl<D: AsRef<[u8]> + Sync> LogsReader<D> {
    /// Returns a parallel iterator over all events. Collecting it keeps the order of the log.
    ///
    /// ```
    /// use procmon_parser::LogsReader;
    /// use rayon::prelude::*;
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let failed = log.par_events().flatten().filter(|event| event.status().is_error()).count();
    /// assert_eq!(failed, log.events().flatten().filter(|event| event.status().is_error()).count());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn par_events(&self) -> ParEvents<'_, D> {
        ParEvents { log: self, ordinals: 0..self.len() }
    }
}

/// A parallel iterator over the events of a log.
#[derive(Debug)]
pub struct ParEvents<'a, D = Vec<u8>> {
    log: &'a LogsReader<D>,
    ordinals: Range<usize>,
}

impl<D> Clone for ParEvents<'_, D> {
    fn clone(&self) -> Self {
        Self { log: self.log, ordinals: self.ordinals.clone() }
    }
}

impl<'a, D: AsRef<[u8]> + Sync> ParallelIterator for ParEvents<'a, D> {
    type Item = Result<Event<'a>>;

    fn drive_unindexed<C: UnindexedConsumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.ordinals.len())
    }
}

impl<D: AsRef<[u8]> + Sync> IndexedParallelIterator for ParEvents<'_, D> {
    fn len(&self) -> usize {
        self.ordinals.len()
    }

    fn drive<C: Consumer<Self::Item>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<CB: ProducerCallback<Self::Item>>(self, callback: CB) -> CB::Output {
        callback.callback(Ordinals { log: self.log, ordinals: self.ordinals })
    }
}

/// A contiguous part of the events, which rayon can split further.
struct Ordinals<'a, D> {
    log: &'a LogsReader<D>,
    ordinals: Range<usize>,
}

impl<'a, D: AsRef<[u8]> + Sync> Producer for Ordinals<'a, D> {
    type Item = Result<Event<'a>>;
    type IntoIter = Events<'a, D>;

    fn into_iter(self) -> Events<'a, D> {
        Events::new(self.log, self.ordinals)
    }

    fn split_at(self, index: usize) -> (Self, Self) {
        let middle = self.ordinals.start + index;
        let (log, Range { start, end }) = (self.log, self.ordinals);
        (Self { log, ordinals: start..middle }, Self { log, ordinals: middle..end })
    }
}
