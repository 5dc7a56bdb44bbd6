//! Logs whose bytes are in memory.

use super::salvage::SalvageReport;
use super::segments::{Segment, Segments};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::index::Index;
use crate::wire::OffsetEntry;

/// An open log whose bytes are in memory: the files of one capture in order, each with its own tables.
///
/// Any event can be read in constant time. Events borrow from the log and can be shared between threads. The bytes can
/// be of any type that implements `AsRef<[u8]>`: `Vec<u8>`, `&[u8]`, `Arc<[u8]>`, a memory map. For logs that do not
/// fit in memory, or that are read only once, use [`LogsStream`](crate::LogsStream).
///
/// ```
/// use procmon_parser::LogsReader;
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let failed = log.events().flatten().filter(|event| event.status().is_error()).count();
/// println!("{failed} of {} operations failed", log.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct LogsReader<D = Vec<u8>> {
    segments: Segments<D>,
}

impl<D: AsRef<[u8]>> Segment<D> {
    /// Returns the offset of an event in bytes, given its number within this file.
    #[inline]
    pub(super) fn offset(&self, number: usize) -> u64 {
        let array = match &self.salvage {
            Some(salvage) => &salvage.offsets,
            None => {
                let start = usize::try_from(self.index.events().end).ok();
                // The array was checked against the file when it was opened.
                start.and_then(|start| self.data.as_ref().get(start..)).unwrap_or_default()
            }
        };
        OffsetEntry::read(array, number).unwrap_or_default()
    }

    /// Returns the event at an offset.
    #[inline]
    pub(super) fn event_at(&self, offset: u64, ordinal: usize) -> Result<Event<'_>> {
        let tail = usize::try_from(offset).ok().and_then(|at| self.data.as_ref().get(at..)).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "`Segments::join` checked that ordinals fit")]
        let event = Event::new(&self.index, tail, offset, ordinal as u32);
        event.map_err(|error| self.locate(error))
    }
}

impl<D: AsRef<[u8]>> LogsReader<D> {
    pub(super) fn join(segments: Vec<Segment<D>>) -> Result<Self> {
        let mut log = Self { segments: Segments::join(segments)? };
        let time = |ordinal| log.event(ordinal).ok().map(Event::time);
        let origin = time(0).unwrap_or_default();
        let times = |[first, last]: [usize; 2]| Some([time(first)?, time(last)?]);
        let times: Vec<_> = log.segments.ends().into_iter().map(|ends| ends.and_then(times)).collect();
        log.segments.set_origin(origin);
        log.segments.check_relations(&times);
        Ok(log)
    }

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
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.event_count()
    }

    /// Returns true if there are no events.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the event with an ordinal, counted from 0, in constant time.
    ///
    /// # Errors
    /// If the ordinal is out of range, or if the event cannot be read: its offset is outside the events, or its parts
    /// do not fit in the file. Procmon shows such an event as a row of empty cells.
    #[inline]
    pub fn event(&self, ordinal: usize) -> Result<Event<'_>> {
        match self.segment_of(ordinal).filter(|_| ordinal < self.len()) {
            Some(segment) => segment.event_at(segment.offset(ordinal - segment.first), ordinal),
            None => Err(self.no_such_event(ordinal)),
        }
    }

    /// Returns the file that contains an event.
    #[inline]
    pub(super) fn segment_of(&self, ordinal: usize) -> Option<&Segment<D>> {
        self.segments.of_event(ordinal)
    }

    #[cold]
    fn no_such_event(&self, ordinal: usize) -> Error {
        Error::new(ErrorKind::EventOutOfRange { ordinal: ordinal as u64, len: self.len() as u64 })
    }

    /// Returns the data and the index of each file.
    #[must_use]
    pub fn into_parts(self) -> Vec<(D, Index)> {
        self.segments.into_list().into_iter().map(|segment| (segment.data, segment.index)).collect()
    }
}
