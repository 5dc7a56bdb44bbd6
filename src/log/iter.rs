//! Iterating over events.

use std::ops::Range;

use super::LogsReader;
use crate::Result;
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
}

impl<'a, D> Events<'a, D> {
    pub(super) fn new(log: &'a LogsReader<D>, ordinals: Range<usize>) -> Self {
        Self { log, ordinals }
    }
}

impl<D> Clone for Events<'_, D> {
    fn clone(&self) -> Self {
        Self { log: self.log, ordinals: self.ordinals.clone() }
    }
}

impl<'a, D: AsRef<[u8]>> Iterator for Events<'a, D> {
    type Item = Result<Event<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.ordinals.next().map(|ordinal| self.log.event(ordinal))
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
