//! Reading logs: one file, or the files of one capture.

mod iter;
#[cfg(feature = "rayon")]
mod parallel;
mod salvage;
mod seek;
mod segments;
mod stream;
mod window;

pub use iter::Events;
#[cfg(feature = "rayon")]
pub use parallel::ParEvents;
pub use salvage::{Fate, Salvaged};
pub use segments::segment_paths;
pub use stream::LogsStream;
pub use window::{Window, WindowEvents};

use std::fs;
use std::io::{self, Read};
use std::ops::{Bound, RangeBounds};
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::index::Index;
use crate::wire::OffsetEntry;
use salvage::{Salvage, State};

/// An open log: the files of one capture, one after the other, each with its own tables.
///
/// The bytes are whatever the caller has: `Vec<u8>`, `&[u8]`, `Arc<[u8]>`, a memory map. Header and tables are read
/// when the log is opened, events when they are asked for.
///
/// ```
/// use procmon_parser::LogsReader;
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let failed = log.events().flatten().filter(|event| event.status().is_error()).count();
/// println!("{failed} of {} operations failed", log.len());
/// ```
#[derive(Debug)]
pub struct LogsReader<D = Vec<u8>> {
    segments: Vec<Segment<D>>,
    len: usize,
}

/// One file of a capture.
#[derive(Debug)]
struct Segment<D> {
    data: D,
    index: Index,
    /// For errors; unknown if the caller gave bytes.
    path: Option<PathBuf>,
    /// Ordinal of its first event in the whole log.
    first: usize,
    /// The offsets of the events and what was lost, if the file had to be salvaged.
    salvage: Option<Box<(Vec<u8>, Salvaged)>>,
}

/// How to open a log by name.
///
/// ```
/// use procmon_parser::OpenOptions;
///
/// let whole = OpenOptions::new().open("fixtures/segments/capture.pml").unwrap();
/// let part = OpenOptions::new().single_file(true).open("fixtures/segments/capture.pml").unwrap();
/// assert!(part.len() < whole.len());
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    single_file: bool,
    salvage: bool,
}

impl OpenOptions {
    /// The defaults: all files of a capture.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the named file alone, even if others beside it belong to the same capture.
    #[must_use]
    pub fn single_file(mut self, single_file: bool) -> Self {
        self.single_file = single_file;
        self
    }

    /// Opens what is left of damaged files: of captures that crashed or still run, of files cut short, of files with
    /// ruined tables. What is lost is told by [`LogsReader::salvaged`].
    ///
    /// A file that is sound is opened as it is, but all of its events are looked at. Of a damaged one the records are
    /// found one behind the other; processes whose table is lost are rebuilt from the events of their creation, start,
    /// exit, and of the images that were mapped into them. Time is linear in the size of the file.
    /// [`open_stream`](Self::open_stream) does not salvage.
    ///
    /// ```
    /// use procmon_parser::OpenOptions;
    ///
    /// assert!(OpenOptions::new().open("fixtures/unclosed.pml").is_err());
    /// let log = OpenOptions::new().salvage(true).open("fixtures/unclosed.pml").unwrap();
    /// assert!(log.len() > 0);
    /// log.salvaged().for_each(|lost| println!("{lost}"));
    /// ```
    #[must_use]
    pub fn salvage(mut self, salvage: bool) -> Self {
        self.salvage = salvage;
        self
    }

    /// Opens the bytes of one file.
    ///
    /// ```
    /// use procmon_parser::OpenOptions;
    ///
    /// let bytes = std::fs::read("fixtures/sample64.pml").unwrap();
    /// let log = OpenOptions::new().salvage(true).read(&bytes[..20_000]).unwrap();
    /// assert!(log.len() > 0);
    /// ```
    ///
    /// # Errors
    /// As [`LogsReader::new`]; with [`salvage`](Self::salvage) only if there is no event to be found.
    pub fn read<D: AsRef<[u8]>>(&self, data: D) -> Result<LogsReader<D>> {
        LogsReader::join(vec![Segment::read(data, self.salvage)?])
    }

    /// Reads the files into memory and opens them.
    ///
    /// # Errors
    /// If a file cannot be read, or is no log that can be opened: see [`LogsReader::new`]. One bad file of a capture
    /// fails all of it; the error names the file.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<LogsReader> {
        self.open_with(path, |path| fs::read(path))
    }

    /// Opens the files without reading more than their tables.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_stream(&self, path: impl AsRef<Path>) -> Result<LogsStream> {
        LogsStream::open_files(&self.paths(path.as_ref())?)
    }

    fn paths(&self, path: &Path) -> Result<Vec<PathBuf>> {
        if self.single_file { Ok(vec![path.to_owned()]) } else { segment_paths(path) }
    }

    /// Opens the files whose bytes `read` provides: from a memory map, an archive, a cache.
    ///
    /// ```
    /// # struct Map; impl Map { fn of(path: &std::path::Path) -> std::io::Result<Vec<u8>> { std::fs::read(path) } }
    /// use procmon_parser::OpenOptions;
    ///
    /// let log = OpenOptions::new().open_with("fixtures/segments/capture.pml", Map::of).unwrap();
    /// assert_eq!(log.indexes().count(), 3);
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with<D: AsRef<[u8]>>(
        &self,
        path: impl AsRef<Path>,
        mut read: impl FnMut(&Path) -> io::Result<D>,
    ) -> Result<LogsReader<D>> {
        let paths = self.paths(path.as_ref())?;
        let mut segments = Vec::with_capacity(paths.len());
        for path in &paths {
            let data = read(path).map_err(|error| Error::from(error).in_file(path))?;
            segments.push(Segment::open(path, data, self.salvage)?);
        }
        LogsReader::join(segments)
    }
}

impl LogsReader {
    /// Reads a log into memory and opens it; if it is one of several files of a capture, all of them, in the order in
    /// which Procmon joins them.
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open(path)
    }

    /// Reads a log from anything that can be read. The tables are at the end of a log, so all of it is read first.
    ///
    /// ```
    /// let file = std::fs::File::open("fixtures/sample64.pml").unwrap();
    /// let log = procmon_parser::LogsReader::from_reader(file).unwrap();
    /// assert!(!log.is_empty());
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

/// Gives each file the ordinal of its first event, by the numbers of their events, and the sum of those.
fn ordinals_of_segments<'a>(segments: impl Iterator<Item = (&'a mut usize, u32)>) -> Result<usize> {
    let mut len: Option<usize> = None;
    for (first, count) in segments {
        *first = len.unwrap_or(0);
        len = Some(*first + count as usize);
    }
    let len = len.ok_or_else(|| Error::new(ErrorKind::MissingInput))?;
    if let Err(_too_many) = u32::try_from(len) {
        let expected = "at most 4,294,967,295 events in all files together";
        return Err(Error::bad_value(0x234, "header.event_count", len as u64, expected));
    }
    Ok(len)
}

/// The file that has an event, and its number.
#[inline]
fn segment_at<S>(segments: &[S], ordinal: usize, first: impl Fn(&S) -> usize) -> Option<(usize, &S)> {
    match segments {
        [only] => Some((0, only)),
        several => {
            let number = several.partition_point(|segment| first(segment) <= ordinal).wrapping_sub(1);
            several.get(number).map(|segment| (number, segment))
        }
    }
}

impl<D: AsRef<[u8]>> Segment<D> {
    fn new(data: D) -> Result<Self> {
        let index = Index::parse(&data.as_ref())?;
        Ok(Self { data, index, path: None, first: 0, salvage: None })
    }

    fn read(data: D, salvages: bool) -> Result<Self> {
        if !salvages {
            return Self::new(data);
        }
        let state = match Index::parse(&data.as_ref()) {
            Ok(index) => salvage::look_at(index, data.as_ref()),
            Err(_) => salvage::salvage(data.as_ref()),
        };
        match state {
            State::Sound(index) => Ok(Self { data, index, path: None, first: 0, salvage: None }),
            State::Damaged(Salvage { index, offsets, salvaged }) => {
                Ok(Self { data, index, path: None, first: 0, salvage: Some(Box::new((offsets, salvaged))) })
            }
            State::Hopeless => Self::new(data),
        }
    }

    fn open(path: &Path, data: D, salvages: bool) -> Result<Self> {
        let mut segment = Self::read(data, salvages).map_err(|error| error.in_file(path))?;
        segment.path = Some(path.to_owned());
        if let Some(salvage) = &mut segment.salvage {
            salvage.1.path = segment.path.clone();
        }
        Ok(segment)
    }

    /// Where the event with a number within this file is.
    #[inline]
    fn offset(&self, number: usize) -> u64 {
        let array = match &self.salvage {
            Some(salvage) => &salvage.0,
            None => {
                let start = usize::try_from(self.index.header().event_offsets_offset).ok();
                // The array was checked against the file when it was opened.
                start.and_then(|start| self.data.as_ref().get(start..)).unwrap_or_default()
            }
        };
        OffsetEntry::read(array, number).unwrap_or_default()
    }

    /// The event with a number within this file.
    #[inline]
    fn event(&self, number: usize, ordinal: usize) -> Result<Event<'_>> {
        self.event_at(self.offset(number), ordinal)
    }

    /// The event at an offset.
    #[inline]
    fn event_at(&self, offset: u64, ordinal: usize) -> Result<Event<'_>> {
        let data = self.data.as_ref();
        let end = self.index.header().event_offsets_offset;
        #[expect(clippy::cast_possible_truncation, reason = "`join` has seen that ordinals fit")]
        let event = Event::new(&self.index, data, offset, end, ordinal as u32);
        event.map_err(|error| self.name(error))
    }

    /// Says which file the error is in.
    #[cold]
    fn name(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

impl<D: AsRef<[u8]>> LogsReader<D> {
    /// Opens one log.
    ///
    /// # Errors
    /// If the bytes are no log, one of another version than 4 to 9, one that was not closed, or one whose header or
    /// tables point outside of it. Events are not looked at.
    pub fn new(data: D) -> Result<Self> {
        Self::join(vec![Segment::new(data)?])
    }

    /// Opens the files of one capture as one log, in the order given; see [`segment_paths`].
    ///
    /// ```
    /// use procmon_parser::{LogsReader, segment_paths};
    ///
    /// let files = segment_paths("fixtures/segments/capture.pml").unwrap().into_iter().map(std::fs::read);
    /// let log = LogsReader::from_segments(files.collect::<Result<Vec<_>, _>>().unwrap()).unwrap();
    /// assert_eq!(log.indexes().count(), 3);
    /// ```
    ///
    /// # Errors
    /// As [`LogsReader::new`], for the first file that fails; and if there is no file.
    pub fn from_segments(files: impl IntoIterator<Item = D>) -> Result<Self> {
        Self::join(files.into_iter().map(Segment::new).collect::<Result<_>>()?)
    }

    fn join(mut segments: Vec<Segment<D>>) -> Result<Self> {
        let firsts = segments.iter_mut().map(|segment| (&mut segment.first, segment.index.event_count()));
        let len = ordinals_of_segments(firsts)?;
        let mut log = Self { segments, len };
        let origin = log.event(0).map(Event::time).unwrap_or_default();
        log.segments.iter_mut().for_each(|segment| segment.index.set_origin(origin));
        Ok(log)
    }

    /// The tables of the first file. A capture of several files has several, see [`indexes`](Self::indexes); each
    /// event knows its own.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "`join` refuses a log of no files")]
    pub fn index(&self) -> &Index {
        &self.segments[0].index
    }

    /// The tables of each file, in order.
    pub fn indexes(&self) -> impl ExactSizeIterator<Item = &Index> {
        self.segments.iter().map(|segment| &segment.index)
    }

    /// What was lost, for each file that had to be [salvaged](OpenOptions::salvage).
    pub fn salvaged(&self) -> impl Iterator<Item = &Salvaged> {
        self.segments.iter().filter_map(|segment| segment.salvage.as_ref()).map(|salvage| &salvage.1)
    }

    /// Number of events, unreadable ones included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no events.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The event with an ordinal, from 0; takes the same time for each.
    ///
    /// # Errors
    /// If there is no such event, or if it cannot be read: its offset points nowhere, or its parts do not fit in the
    /// file. Procmon shows such an event as a row of empty cells.
    #[inline]
    pub fn event(&self, ordinal: usize) -> Result<Event<'_>> {
        match self.segment_of(ordinal).filter(|_| ordinal < self.len) {
            Some(segment) => segment.event(ordinal - segment.first, ordinal),
            None => Err(self.no_such_event(ordinal)),
        }
    }

    /// The file that has an event.
    #[inline]
    fn segment_of(&self, ordinal: usize) -> Option<&Segment<D>> {
        segment_at(&self.segments, ordinal, |segment| segment.first).map(|(_, segment)| segment)
    }

    #[cold]
    fn no_such_event(&self, ordinal: usize) -> Error {
        Error::new(ErrorKind::EventOutOfRange { ordinal: ordinal as u64, len: self.len as u64 })
    }

    /// All events, in the order of the log. An event that cannot be read is an `Err`; the next ones follow.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/damaged.pml").unwrap();
    /// let unreadable = log.events().filter(Result::is_err).count();
    /// assert!(unreadable > 0 && unreadable < log.len());
    /// ```
    #[must_use]
    pub fn events(&self) -> Events<'_, D> {
        Events::new(self, 0..self.len)
    }

    /// The events with ordinals of a range; what lies behind the end of the log is left out.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml").unwrap();
    /// let page: Vec<_> = log.events_in(10..20).collect();
    /// assert_eq!(page.len(), 10);
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
            Bound::Unbounded => self.len,
        };
        let end = end.min(self.len);
        Events::new(self, start.min(end)..end)
    }

    /// Gives back the bytes of each file with its tables.
    #[must_use]
    pub fn into_parts(self) -> Vec<(D, Index)> {
        self.segments.into_iter().map(|segment| (segment.data, segment.index)).collect()
    }
}
