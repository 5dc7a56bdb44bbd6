//! Options for opening a log.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::read_at::{Blocks, ReadAt};
use super::salvage;
use super::segments::Segment;
use super::{LogsReader, LogsStream, segment_paths};
use crate::error::Result;
use crate::index::Index;

/// Options for opening a log.
///
/// ```
/// use procmon_parser::OpenOptions;
///
/// let whole = OpenOptions::new().open("fixtures/segments/capture.pml")?;
/// let part = OpenOptions::new().single_file(true).open("fixtures/segments/capture.pml")?;
/// assert!(part.len() < whole.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    single_file: bool,
    salvage: bool,
}

impl OpenOptions {
    /// Returns the default options: all files of a capture are opened, and a damaged file is an error.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens only the named file, even if other files in its folder belong to the same capture.
    #[must_use]
    pub fn single_file(mut self, single_file: bool) -> Self {
        self.single_file = single_file;
        self
    }

    /// Opens damaged files and recovers their contents: captures that crashed or are still running, truncated files,
    /// files with corrupt tables. [`LogsReader::salvaged`] and [`LogsStream::salvaged`] report the losses.
    ///
    /// An intact file opens as without this option, after all of its events were checked. A damaged file is scanned
    /// from record to record. Processes that are missing from the process table are rebuilt from their Process Create,
    /// Process Start, Process Exit and Load Image events. A file with a header and no events opens as an empty log. The
    /// time is linear in the size of the file. Memory holds the tables and, while the file is examined, 8 bytes for
    /// each event.
    ///
    /// ```
    /// use procmon_parser::OpenOptions;
    ///
    /// assert!(OpenOptions::new().open("fixtures/unclosed.pml").is_err());
    /// let log = OpenOptions::new().salvage(true).open("fixtures/unclosed.pml")?;
    /// assert!(log.len() > 0);
    /// log.salvaged().for_each(|report| println!("{report}"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn salvage(mut self, salvage: bool) -> Self {
        self.salvage = salvage;
        self
    }

    /// Opens one file whose bytes are in memory.
    ///
    /// ```
    /// use procmon_parser::OpenOptions;
    ///
    /// let bytes = std::fs::read("fixtures/sample64.pml")?;
    /// let log = OpenOptions::new().salvage(true).open_bytes(&bytes[..20_000])?;
    /// assert!(log.len() > 0);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`LogsReader::new`]. With [`salvage`](Self::salvage), only if neither a header nor an event is found.
    pub fn open_bytes<D: AsRef<[u8]>>(&self, data: D) -> Result<LogsReader<D>> {
        LogsReader::join(vec![self.segment(data)?])
    }

    /// Reads the files of a capture into memory and opens them.
    ///
    /// # Errors
    /// If a file cannot be read or opened as a log; see [`LogsReader::new`]. One bad file fails the whole capture; the
    /// error names the file.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<LogsReader> {
        self.open_with(path, |path| fs::read(path))
    }

    /// Opens the files of a capture, whose bytes `read` provides from a memory map, an archive or a cache.
    ///
    /// ```
    /// # struct Map; impl Map { fn new(path: &std::path::Path) -> std::io::Result<Vec<u8>> { std::fs::read(path) } }
    /// use procmon_parser::OpenOptions;
    ///
    /// let log = OpenOptions::new().open_with("fixtures/segments/capture.pml", Map::new)?;
    /// assert_eq!(log.indexes().count(), 3);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`open`](Self::open).
    pub fn open_with<D: AsRef<[u8]>>(
        &self,
        path: impl AsRef<Path>,
        mut read: impl FnMut(&Path) -> io::Result<D>,
    ) -> Result<LogsReader<D>> {
        LogsReader::join(self.segments(path.as_ref(), |path| self.segment(read(path)?))?)
    }

    /// Opens the files of a capture and reads their tables. Events are read later, window by window.
    ///
    /// # Errors
    /// Same as [`open`](Self::open).
    pub fn open_stream(&self, path: impl AsRef<Path>) -> Result<LogsStream> {
        self.open_stream_with(path, |path| File::open(path))
    }

    /// Opens the files of a capture with `open`, and reads their tables.
    ///
    /// ```
    /// use procmon_parser::OpenOptions;
    ///
    /// let log = OpenOptions::new().open_stream_with("fixtures/segments/capture.pml", |path| std::fs::read(path))?;
    /// assert_eq!(log.indexes().count(), 3);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// Same as [`open`](Self::open).
    pub fn open_stream_with<R: ReadAt>(
        &self,
        path: impl AsRef<Path>,
        mut open: impl FnMut(&Path) -> io::Result<R>,
    ) -> Result<LogsStream<R>> {
        LogsStream::join(self.segments(path.as_ref(), |path| self.stream_segment(open(path)?))?)
    }

    fn segments<T>(&self, path: &Path, mut open: impl FnMut(&Path) -> Result<Segment<T>>) -> Result<Vec<Segment<T>>> {
        let paths = if self.single_file { vec![path.to_owned()] } else { segment_paths(path)? };
        let open = |path: PathBuf| match open(&path) {
            Ok(segment) => Ok(segment.with_path(path)),
            Err(error) => Err(error.in_file(&path)),
        };
        paths.into_iter().map(open).collect()
    }

    pub(super) fn segment<D: AsRef<[u8]>>(&self, data: D) -> Result<Segment<D>> {
        let (index, salvage) = match self.salvage {
            true => salvage::open(&data.as_ref())?,
            false => (Index::parse(&data.as_ref())?, None),
        };
        Ok(Segment::new(data, index, salvage))
    }

    pub(super) fn stream_segment<R: ReadAt>(&self, reader: R) -> Result<Segment<R>> {
        let (index, salvage) = match self.salvage {
            true => salvage::open(&reader)?,
            false => (Index::parse(&Blocks::new(&reader)?)?, None),
        };
        Ok(Segment::new(reader, index, salvage))
    }
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
}

impl LogsStream {
    /// Opens a log. If it is one of several files of a capture, opens all of them, in the order in which Procmon joins
    /// them.
    ///
    /// # Errors
    /// Same as [`OpenOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open_stream(path)
    }
}

impl<R: ReadAt> LogsStream<R> {
    /// Opens one log.
    ///
    /// ```
    /// use procmon_parser::LogsStream;
    ///
    /// let bytes = std::fs::read("fixtures/sample64.pml")?;
    /// let log = LogsStream::new(bytes)?;
    /// assert!(!log.is_empty());
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If reading fails, or as [`LogsReader::new`](crate::LogsReader::new).
    pub fn new(reader: R) -> Result<Self> {
        Self::from_segments([reader])
    }

    /// Opens the files of one capture as one log, in the order given; see [`segment_paths`](crate::segment_paths).
    ///
    /// # Errors
    /// If there are no files, or as [`new`](Self::new) for the first file that fails.
    pub fn from_segments(readers: impl IntoIterator<Item = R>) -> Result<Self> {
        let options = OpenOptions::new();
        Self::join(readers.into_iter().map(|reader| options.stream_segment(reader)).collect::<Result<_>>()?)
    }
}
