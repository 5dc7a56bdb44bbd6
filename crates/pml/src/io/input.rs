//! Opening logs: mapped into memory, so that only what is looked at is read; or as streams, so that memory holds
//! their tables only.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;
use procmon_parser::export::Source;
use procmon_parser::{Error, Event, Index, LogsReader, LogsStream, OpenOptions, Window, segment_paths};

use crate::args::input::InputArgs;
use crate::error::Failure;

/// A log and its files.
#[derive(Debug)]
pub(crate) struct Input<L = LogsReader<Bytes>> {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) log: L,
    pub(crate) pages: Pages,
}

/// What has the tables of its files.
pub(crate) trait Tables {
    /// The tables of each file, in order.
    fn indexes(&self) -> Box<dyn Iterator<Item = &Index> + '_>;
}

impl Tables for LogsReader<Bytes> {
    fn indexes(&self) -> Box<dyn Iterator<Item = &Index> + '_> {
        Box::new(self.indexes())
    }
}

/// The tables of all logs.
pub(crate) fn indexes<L: Tables>(inputs: &[Input<L>]) -> impl Iterator<Item = &Index> {
    inputs.iter().flat_map(|input| input.log.indexes())
}

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Bytes {
    Mapped(Arc<Mmap>),
    /// Of what cannot be mapped: a pipe, an empty file.
    Read(Vec<u8>),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Read(bytes) => bytes,
        }
    }
}

impl Bytes {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_file() && metadata.len() > 0 {
            // SAFETY: nothing but reading. If somebody changes the file meanwhile, what is read changes, which a parser
            // of hostile bytes takes; if somebody shortens it, the system ends the program, which loses no data.
            return unsafe { Mmap::map(&file) }.map(|map| Self::Mapped(Arc::new(map)));
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut &file, &mut bytes)?;
        Ok(Self::Read(bytes))
    }
}

/// Pages of mapped files: they stay in memory once they were looked at, until they are given back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pages(Vec<Arc<Mmap>>);

impl Pages {
    fn add(&mut self, bytes: &Bytes) {
        if let Bytes::Mapped(map) = bytes {
            self.0.push(Arc::clone(map));
        }
    }

    /// Gives the memory back. What is looked at once more is read once more.
    fn release(&self) {
        #[cfg(unix)]
        for map in &self.0 {
            // SAFETY: nobody writes to the map, so what is read again is what was read before, as far as the file stays.
            let _ = unsafe { map.unchecked_advise(memmap2::UncheckedAdvice::DontNeed) };
        }
    }
}

/// Keeps the memory small in which events are passed one after the other.
#[derive(Debug)]
pub(crate) struct Passing<'p> {
    pages: Vec<&'p Pages>,
    bytes: usize,
}

impl<'p> Passing<'p> {
    pub(crate) fn new(inputs: &'p [Input]) -> Self {
        Self { pages: inputs.iter().map(|input| &input.pages).collect(), bytes: 0 }
    }

    /// An event is passed.
    #[inline]
    pub(crate) fn event(&mut self, event: Event<'_>) {
        /// Pages are given back when events of this size were passed.
        const BYTES: usize = 16 << 20;
        self.bytes += event.bytes().len();
        if self.bytes > BYTES {
            self.bytes = 0;
            self.pages.iter().for_each(|pages| pages.release());
        }
    }
}

/// Opens what is left of a log.
pub(crate) fn open_damaged(path: &Path, single_file: bool) -> Result<Input, Failure> {
    let paths = if single_file { vec![path.to_owned()] } else { segment_paths(path)? };
    let (log, pages) = map(path, &OpenOptions::new().single_file(single_file).salvage(true))?;
    Ok(Input { paths, log, pages })
}

/// A log that is read from its beginning to its end.
#[derive(Debug)]
pub(crate) enum Stream {
    Files(LogsStream),
    /// What cannot be read at any place, a pipe, is read first.
    Memory(LogsReader<Bytes>),
}

impl Stream {
    fn open(path: &Path, paths: &[PathBuf], options: &OpenOptions) -> procmon_parser::Result<Self> {
        // What is not there is an error of the stream.
        match paths.iter().all(|path| fs::metadata(path).map_or(true, |metadata| metadata.is_file())) {
            true => options.open_stream(path).map(Self::Files),
            false => options.open_with(path, Bytes::open).map(Self::Memory),
        }
    }

    /// Calls `work` with every event, in the order of the log.
    pub(crate) fn for_each(&self, work: impl FnMut(procmon_parser::Result<Event<'_>>)) -> procmon_parser::Result<()> {
        match self {
            Self::Files(log) => log.for_each(work),
            Self::Memory(log) => {
                log.events().for_each(work);
                Ok(())
            }
        }
    }
}

impl Tables for Stream {
    fn indexes(&self) -> Box<dyn Iterator<Item = &Index> + '_> {
        match self {
            Self::Files(log) => Box::new(log.indexes()),
            Self::Memory(log) => Box::new(log.indexes()),
        }
    }
}

/// A batch of events of a [`Stream`].
pub(crate) enum Batch {
    Window(Window),
    Range(<LogsReader as Source>::Batch),
}

impl Source for Input<Stream> {
    type Batch = Batch;

    fn event_count(&self) -> usize {
        match &self.log {
            Stream::Files(log) => log.event_count(),
            Stream::Memory(log) => log.event_count(),
        }
    }

    fn batch(&self, events: usize) -> Batch {
        match &self.log {
            Stream::Files(log) => Batch::Window(log.batch(events)),
            Stream::Memory(log) => Batch::Range(log.batch(events)),
        }
    }

    fn read(&self, from: usize, batch: &mut Batch) -> procmon_parser::Result<usize> {
        match (&self.log, batch) {
            (Stream::Files(log), Batch::Window(window)) => Source::read(log, from, window),
            (Stream::Memory(log), Batch::Range(range)) => log.read(from, range),
            _ => Ok(from),
        }
    }

    fn visit(&self, batch: &Batch, visit: &mut dyn FnMut(Result<Event<'_>, Error>) -> bool) {
        match (&self.log, batch) {
            (Stream::Files(log), Batch::Window(window)) => log.visit(window, visit),
            (Stream::Memory(log), Batch::Range(range)) => log.visit(range, visit),
            _ => {}
        }
    }
}

/// Opens the files of a log, mapped into memory.
fn map(path: &Path, options: &OpenOptions) -> procmon_parser::Result<(LogsReader<Bytes>, Pages)> {
    let mut pages = Pages::default();
    let log = options.open_with(path, |path| Bytes::open(path).inspect(|bytes| pages.add(bytes)))?;
    Ok((log, pages))
}

/// Opens the logs of a command line, mapped into memory.
pub(crate) fn open(args: &InputArgs) -> Result<Vec<Input>, Failure> {
    open_with(args, |path, _, options| map(path, options))
}

/// Opens the logs of a command line as streams.
pub(crate) fn open_streams(args: &InputArgs) -> Result<Vec<Input<Stream>>, Failure> {
    open_with(args, |path, paths, options| Ok((Stream::open(path, paths, options)?, Pages::default())))
}

/// A capture of several files is one log, however many of them are named.
fn open_with<L>(
    args: &InputArgs,
    open: impl Fn(&Path, &[PathBuf], &OpenOptions) -> procmon_parser::Result<(L, Pages)>,
) -> Result<Vec<Input<L>>, Failure> {
    let options = OpenOptions::new().single_file(args.single_file);
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in &args.logs {
        let paths = if args.single_file { vec![path.clone()] } else { segment_paths(path)? };
        let identity = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if !seen.insert(paths.iter().map(identity).collect::<Vec<_>>()) {
            continue;
        }
        let (log, pages) = open(path, &paths, &options)?;
        inputs.push(Input { paths, log, pages });
    }
    Ok(inputs)
}
