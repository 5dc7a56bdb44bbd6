//! Iterating over events.

use std::hint::black_box;
use std::ops::Range;

use super::reader::LogsReader;
use crate::error::Result;
use crate::event::Event;

/// Iterator over the events of a log, from either end; skipping takes no time.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml").unwrap();
/// let last = log.events().next_back().unwrap().unwrap();
/// assert_eq!(last.ordinal() as usize, log.len() - 1);
/// let tenth = log.events().nth(9).unwrap().unwrap();
/// assert_eq!(tenth.ordinal(), 9);
/// ```
#[derive(Debug)]
pub struct Events<'a, D = Vec<u8>> {
    log: &'a LogsReader<D>,
    ordinals: Range<usize>,
    ahead: Ahead,
}

impl<'a, D> Events<'a, D> {
    pub(super) fn new(log: &'a LogsReader<D>, ordinals: Range<usize>) -> Self {
        Self { log, ordinals, ahead: Ahead::default() }
    }
}

impl<D> Clone for Events<'_, D> {
    fn clone(&self) -> Self {
        Self { log: self.log, ordinals: self.ordinals.clone(), ahead: self.ahead }
    }
}

/// Up to where the lines of a file were brought into the cache, ahead of the events that are asked for.
///
/// Processors foresee reads in order, not the jumps from event to event. So a byte of each line is read in order, a few
/// events ahead: of a log that fits in no cache, events come three times as fast (see `docs/PERFORMANCE.md`).
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    end: usize,
}

impl Ahead {
    const DISTANCE: usize = 2048;
    /// Read at a time: about as much as an event has, so that the reads pass while the event before is worked on.
    const STEP: usize = 512;
    const LINE: usize = 64;

    /// The next lines, if those behind the start of an event were not read yet.
    #[inline]
    fn reach(&mut self, data: &[u8], offset: u64) {
        let Ok(start) = usize::try_from(offset) else { return };
        if start < data.len() && start + Self::DISTANCE > self.end {
            self.step(data, start);
        }
    }

    #[inline(never)]
    fn step(&mut self, data: &[u8], start: usize) {
        let from = start.max(self.end);
        if let Some(lines) = data.get(from..).and_then(|rest| rest.first_chunk::<{ Self::STEP }>()) {
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
            self.ahead = Ahead::default();
        }
        self.ahead.reach(segment.data.as_ref(), offset);
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
