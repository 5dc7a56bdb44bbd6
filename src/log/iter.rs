//! Iterating over the events of a log in memory.

use std::hint::black_box;
use std::ops::{Bound, Range, RangeBounds};

use super::Log;
use super::reader::LogsReader;
use crate::error::Result;
use crate::event::Event;
use crate::index::Index;

/// An iterator over the events of a log, from either end. Skipping events takes constant time.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let last = log.events().next_back().transpose()?;
/// assert_eq!(last.map(|event| event.ordinal() as usize), Some(log.len() - 1));
/// let tenth = log.events().nth(9).transpose()?;
/// assert_eq!(tenth.map(|event| event.ordinal()), Some(9));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct Events<'a, D = Vec<u8>> {
    log: &'a LogsReader<D>,
    ordinals: Range<usize>,
    ahead: ReadAhead,
}

impl<'a, D> Events<'a, D> {
    pub(super) fn new(log: &'a LogsReader<D>, ordinals: Range<usize>) -> Self {
        Self { log, ordinals, ahead: ReadAhead::default() }
    }
}

impl<D> Clone for Events<'_, D> {
    fn clone(&self) -> Self {
        Self { log: self.log, ordinals: self.ordinals.clone(), ahead: self.ahead }
    }
}

/// The progress of reading cache lines ahead of the events.
///
/// Events have different sizes and are found through the offset array, so the processor sees jumps that its prefetcher
/// cannot predict: each event costs a cache miss. Reading one byte of every line in ascending order turns the jumps
/// into a sequential read, which is prefetched. This triples the speed of iterating over a log that fits in no cache
/// (measured in `docs/PERFORMANCE.md`).
#[derive(Clone, Copy, Debug, Default)]
struct ReadAhead {
    /// The offset up to which lines were read, in bytes from the start of the file.
    end: usize,
}

impl ReadAhead {
    /// The number of bytes that are read ahead of the start of an event.
    const DISTANCE: usize = 2048;
    /// The number of bytes per read. About the size of an event, so that the caller's work on one event hides the
    /// latency of the read for a later one; 4 KiB at a time made decoding a quarter slower (`docs/PERFORMANCE.md`).
    const STEP: usize = 512;
    /// The size of a cache line of current processors, in bytes.
    const LINE: usize = 64;

    /// Reads the next lines unless they were read up to [`DISTANCE`](Self::DISTANCE) bytes after the start of an event.
    ///
    /// Only this check is inlined: most events need no read.
    #[inline]
    fn advance(&mut self, data: &[u8], offset: u64) {
        let Ok(start) = usize::try_from(offset) else { return };
        if start < data.len() && start + Self::DISTANCE > self.end {
            self.step(data, start);
        }
    }

    #[inline(never)]
    fn step(&mut self, data: &[u8], start: usize) {
        let from = start.max(self.end);
        if let Some(lines) = data.get(from..).and_then(|rest| rest.first_chunk::<{ Self::STEP }>()) {
            // Without `black_box`, the compiler removes reads whose result is not used.
            black_box(lines.iter().step_by(Self::LINE).fold(0, |sum, &byte| sum ^ byte));
        }
        self.end = from + Self::STEP;
    }
}

impl<'a, D: AsRef<[u8]>> Iterator for Events<'a, D> {
    type Item = Result<Event<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let ordinal = self.ordinals.next()?;
        let segment = self.log.segment_of(ordinal)?;
        let number = ordinal - segment.first;
        let offset = segment.offset(number);
        if number == 0 {
            self.ahead = ReadAhead::default(); // a new file, which has its own offsets
        }
        self.ahead.advance(segment.data.as_ref(), offset);
        Some(segment.event_at(offset, ordinal))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ordinals.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        self.ordinals.nth(n).map(|ordinal| self.log.event(ordinal))
    }

    #[inline]
    fn count(self) -> usize {
        self.ordinals.len()
    }

    #[inline]
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }
}

impl<D: AsRef<[u8]>> DoubleEndedIterator for Events<'_, D> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.ordinals.next_back().map(|ordinal| self.log.event(ordinal))
    }

    #[inline]
    fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
        self.ordinals.nth_back(n).map(|ordinal| self.log.event(ordinal))
    }
}

impl<D: AsRef<[u8]>> ExactSizeIterator for Events<'_, D> {}
impl<D: AsRef<[u8]>> std::iter::FusedIterator for Events<'_, D> {}

impl<'a, D: AsRef<[u8]>> IntoIterator for &'a LogsReader<D> {
    type Item = Result<Event<'a>>;
    type IntoIter = Events<'a, D>;

    fn into_iter(self) -> Events<'a, D> {
        self.events()
    }
}

impl<D: AsRef<[u8]>> LogsReader<D> {
    /// Returns an iterator over all events, in the order of the log. An event that cannot be read is an `Err` item; the
    /// iteration continues after it.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/damaged.pml")?;
    /// let unreadable = log.events().filter(Result::is_err).count();
    /// assert!(unreadable > 0 && unreadable < log.len());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn events(&self) -> Events<'_, D> {
        Events::new(self, 0..self.len())
    }

    /// Returns an iterator over the events in a range of ordinals. The range is clamped to the end of the log.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let page: Vec<_> = log.events_in(10..20).collect();
    /// assert_eq!(page.len(), 10);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn events_in(&self, ordinals: impl RangeBounds<usize>) -> Events<'_, D> {
        let start = match ordinals.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match ordinals.end_bound() {
            Bound::Included(&end) => end.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.len(),
        };
        let end = end.min(self.len());
        Events::new(self, start.min(end)..end)
    }
}

/// A batch of a [`LogsReader`]: only a range of ordinals, because the events are already in memory.
#[derive(Clone, Debug)]
pub struct OrdinalBatch {
    ordinals: Range<usize>,
    capacity: usize,
}

impl<D: AsRef<[u8]>> Log for LogsReader<D> {
    type Batch = OrdinalBatch;
    type BatchEvents<'a>
        = Events<'a, D>
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

    fn new_batch(&self, events: usize) -> OrdinalBatch {
        OrdinalBatch { ordinals: 0..0, capacity: events.max(1) }
    }

    fn read_batch(&self, from: usize, batch: &mut OrdinalBatch) -> Result<usize> {
        let end = self.len().min(from.saturating_add(batch.capacity)).max(from);
        batch.ordinals = from..end;
        Ok(end)
    }

    fn batch_events<'a>(&'a self, batch: &'a OrdinalBatch) -> Events<'a, D> {
        Events::new(self, batch.ordinals.clone())
    }
}
