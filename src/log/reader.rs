//! Logs whose bytes are in memory.

use std::io::Read;
use std::ops::{Bound, Range, RangeBounds};
use std::path::Path;

use super::segments::{Segment, Segments};
use super::{Events, Log, OpenOptions, SalvageReport};
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

impl LogsReader {
    /// Reads a log into memory and opens it. If it is one of several files of a capture, opens all of them, in the
    /// order in which Procmon joins them.
    ///
    /// Memory use is the size of the files. [`LogsStream::open`](crate::LogsStream::open) needs less.
    ///
    /// # Errors
    /// Same as [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open(path)
    }

    /// Reads a log from anything that can be read, such as a pipe, and opens it. The tables are at the end of a log, so
    /// all of it is read first.
    ///
    /// ```
    /// let file = std::fs::File::open("fixtures/sample64.pml")?;
    /// let log = procmon_parser::LogsReader::from_reader(file)?;
    /// assert!(!log.is_empty());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading fails, or as [`LogsReader::new`].
    pub fn from_reader(mut input: impl Read) -> Result<Self> {
        let mut data = Vec::new();
        input.read_to_end(&mut data)?;
        Self::new(data)
    }
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
    /// Opens one log.
    ///
    /// # Errors
    /// If the data is not a PML log, has an unsupported version (4 to 9 are supported), was not closed, or has a header
    /// or tables with offsets outside the data. Events are not checked.
    pub fn new(data: D) -> Result<Self> {
        OpenOptions::new().open_bytes(data)
    }

    /// Opens the files of one capture as one log, in the order given; see [`segment_paths`](crate::segment_paths).
    ///
    /// ```
    /// use procmon_parser::{LogsReader, segment_paths};
    ///
    /// let files = segment_paths("fixtures/segments/capture.pml")?.into_iter().map(std::fs::read);
    /// let log = LogsReader::from_segments(files.collect::<Result<Vec<_>, _>>()?)?;
    /// assert_eq!(log.indexes().count(), 3);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are no files, or as [`LogsReader::new`] for the first file that fails.
    pub fn from_segments(files: impl IntoIterator<Item = D>) -> Result<Self> {
        let options = OpenOptions::new();
        Self::join(files.into_iter().map(|data| options.segment(data)).collect::<Result<_>>()?)
    }

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

    /// Returns the tables of the first file. A capture of several files has tables in each, see
    /// [`indexes`](Self::indexes); [`Event::index`] returns those of the event's file.
    #[must_use]
    pub fn index(&self) -> &Index {
        self.segments.first_index()
    }

    /// Returns the tables of each file, in order.
    pub fn indexes(&self) -> impl ExactSizeIterator<Item = &Index> {
        self.segments.indexes()
    }

    /// Returns the reports on the files that had to be [salvaged](OpenOptions::salvage), in order.
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

    /// Returns an iterator over the events in a range of ordinals, which is clamped to the end of the log.
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

    /// Returns the data and the index of each file.
    #[must_use]
    pub fn into_parts(self) -> Vec<(D, Index)> {
        self.segments.into_list().into_iter().map(|segment| (segment.data, segment.index)).collect()
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
