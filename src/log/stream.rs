//! Reading logs in bounded memory: the tables, and a window of events at a time.

use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::seek::{Seeking, read_at};
use super::window::{Layout, Window, WindowEvents};
use super::{OpenOptions, ordinals_of_segments, segment_at};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;
use crate::wire::OffsetEntry;

/// An open log of which memory holds the tables only: the files of one capture, one after the other.
///
/// Events are read by windows. Every thread can have a window of its own: the files are locked only while bytes are
/// read. What comes out is what [`LogsReader`](crate::LogsReader) gives, for logs of any size; where the log fits into
/// memory or can be mapped, that is simpler and allows to go to and fro.
///
/// ```
/// use procmon_parser::{LogsStream, Window};
///
/// let log = LogsStream::open("fixtures/sample64.pml").unwrap();
/// let mut window = Window::new(1 << 16);
/// let (mut next, mut failed) = (0, 0);
/// while log.read(next, &mut window).unwrap() > 0 {
///     failed += window.events(&log).flatten().filter(|event| event.status().is_error()).count();
///     next = window.ordinals().end;
/// }
/// println!("{failed} of {} operations failed", log.len());
/// # assert_eq!(next, log.len());
/// ```
#[derive(Debug)]
pub struct LogsStream<R = File> {
    segments: Vec<Segment<R>>,
    len: usize,
}

/// One file of a capture.
#[derive(Debug)]
struct Segment<R> {
    reader: Mutex<R>,
    /// Size of the file in bytes.
    size: u64,
    index: Index,
    /// For errors; unknown if the caller gave a reader.
    path: Option<PathBuf>,
    /// Ordinal of its first event in the whole log.
    first: usize,
}

impl LogsStream {
    /// Opens a log; if it is one of several files of a capture, all of them, in the order in which Procmon joins them.
    ///
    /// # Errors
    /// As [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open_stream(path)
    }

    pub(super) fn open_files(paths: &[PathBuf]) -> Result<Self> {
        let open = |path: &PathBuf| {
            let segment = File::open(path).map_err(Error::from).and_then(Segment::new);
            let segment = segment.map_err(|error| error.in_file(path))?;
            Ok(Segment { path: Some(path.clone()), ..segment })
        };
        Self::join(paths.iter().map(open).collect::<Result<_>>()?)
    }
}

impl<R: Read + Seek> Segment<R> {
    fn new(mut reader: R) -> Result<Self> {
        let source = Seeking::new(&mut reader)?;
        let (index, size) = (Index::parse(&source)?, source.size());
        Ok(Self { reader: Mutex::new(reader), size, index, path: None, first: 0 })
    }

    /// Reads events from the one with a number within this file on.
    fn read(&self, number: usize, window: &mut Window) -> Result<()> {
        // A thread that panicked in the middle of a read has left the reader at another place, no more.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let (header, left) = (self.index.header(), self.index.event_count() as usize - number);
        let count = left.min(window.capacity());
        let entry = header.event_offsets_offset + number as u64 * OffsetEntry::SIZE as u64;
        window.offsets.clear();
        read_at(&mut *reader, entry, count * OffsetEntry::SIZE, &mut window.offsets)?;
        window.fill(&mut *reader, self.layout())
    }

    fn layout(&self) -> Layout {
        let header = self.index.header();
        Layout {
            start: header.events_offset,
            end: header.event_offsets_offset,
            size: self.size,
            width: self.index.pointer_width(),
        }
    }
}

impl<R> Segment<R> {
    fn name(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

impl<R: Read + Seek> LogsStream<R> {
    /// Opens one log.
    ///
    /// ```
    /// use procmon_parser::LogsStream;
    ///
    /// let bytes = std::fs::read("fixtures/sample64.pml").unwrap();
    /// let log = LogsStream::new(std::io::Cursor::new(bytes)).unwrap();
    /// assert!(!log.is_empty());
    /// ```
    ///
    /// # Errors
    /// If reading fails, or as [`LogsReader::new`](crate::LogsReader::new).
    pub fn new(reader: R) -> Result<Self> {
        Self::join(vec![Segment::new(reader)?])
    }

    /// Opens the files of one capture as one log, in the order given; see [`segment_paths`](crate::segment_paths).
    ///
    /// # Errors
    /// As [`new`](Self::new), for the first file that fails; and if there is no file.
    pub fn from_segments(readers: impl IntoIterator<Item = R>) -> Result<Self> {
        Self::join(readers.into_iter().map(Segment::new).collect::<Result<_>>()?)
    }

    fn join(mut segments: Vec<Segment<R>>) -> Result<Self> {
        let firsts = segments.iter_mut().map(|segment| (&mut segment.first, segment.index.event_count()));
        let len = ordinals_of_segments(firsts)?;
        let mut log = Self { segments, len };
        let mut window = Window::new(0);
        log.read(0, &mut window)?;
        let origin = window.events(&log).next().and_then(Result::ok).map(Event::time).unwrap_or_default();
        log.segments.iter_mut().for_each(|segment| segment.index.set_origin(origin));
        Ok(log)
    }

    /// Reads events into a window in place of what it held: those from an ordinal on, as many as fit, at least one.
    /// Gives their number; 0 at the end of the log. A window holds events of one file.
    ///
    /// Events can lie in any order and their extra blocks anywhere; such a log takes more time, not more memory.
    ///
    /// # Errors
    /// If reading fails. An event that cannot be read is an `Err` of [`Window::events`].
    pub fn read(&self, from: usize, window: &mut Window) -> Result<usize> {
        window.clear(from);
        if let Some((number, segment)) = segment_at(&self.segments, from, |segment| segment.first)
            && from < self.len
        {
            window.segment = number;
            segment.read(from - segment.first, window).map_err(|error| {
                window.clear(from);
                segment.name(error)
            })?;
        }
        Ok(window.len())
    }

    /// Calls `work` with every event, in the order of the log.
    ///
    /// ```
    /// let log = procmon_parser::LogsStream::open("fixtures/sample64.pml").unwrap();
    /// let mut threads = std::collections::BTreeSet::new();
    /// log.for_each(|event| threads.extend(event.map(|event| event.thread_id()))).unwrap();
    /// assert!(threads.len() > 1);
    /// ```
    ///
    /// # Errors
    /// If reading fails. An event that cannot be read comes as an `Err`; the next ones follow.
    pub fn for_each(&self, mut work: impl FnMut(Result<Event<'_>>)) -> Result<()> {
        self.try_for_each(|event| {
            work(event);
            Ok(())
        })
    }

    /// Calls `work` with every event, in the order of the log, until it fails.
    ///
    /// # Errors
    /// Those of `work`, and as [`for_each`](Self::for_each).
    pub fn try_for_each<E: From<Error>>(
        &self,
        mut work: impl FnMut(Result<Event<'_>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut window = Window::default();
        let mut next = 0;
        while self.read(next, &mut window)? > 0 {
            window.events(self).try_for_each(&mut work)?;
            next = window.ordinals().end;
        }
        Ok(())
    }
}

impl<R> LogsStream<R> {
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

    /// Number of events, unreadable ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The readers of the files, in order.
    ///
    /// # Panics
    /// Never: a reader whose thread panicked is given back as well.
    pub fn into_readers(self) -> impl ExactSizeIterator<Item = R> {
        self.segments.into_iter().map(|segment| segment.reader.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Window {
    /// The events that were read into the window from this log.
    ///
    /// ```
    /// # use procmon_parser::{LogsStream, Window};
    /// let log = LogsStream::open("fixtures/damaged.pml").unwrap();
    /// let mut window = Window::default();
    /// log.read(0, &mut window).unwrap();
    /// assert!(window.events(&log).any(|event| event.is_err()));
    /// ```
    #[must_use]
    pub fn events<'a, R>(&'a self, log: &'a LogsStream<R>) -> WindowEvents<'a> {
        let segment = log.segments.get(self.segment).or(log.segments.first());
        // `join` refuses a log of no files.
        let segment = segment.map(|segment| (&segment.index, segment.path.as_deref()));
        WindowEvents::new(self, segment)
    }
}
