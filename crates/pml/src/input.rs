//! Opening logs: mapped into memory, so that only what is looked at is read; or as streams, so that memory holds
//! their tables only.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use memmap2::Mmap;
use procmon_parser::export::Source;
use procmon_parser::{Error, Event, Index, LogsReader, LogsStream, OpenOptions, Window, segment_paths};

use crate::Failure;
use crate::cli::InputArgs;

/// A log and its files.
#[derive(Debug)]
pub(crate) struct Input<L = LogsReader<Bytes>> {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) log: L,
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
    Mapped(Mmap),
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
            return unsafe { Mmap::map(&file) }.map(Self::Mapped);
        }
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut &file, &mut bytes)?;
        Ok(Self::Read(bytes))
    }
}

/// Opens what is left of a log.
pub(crate) fn open_damaged(path: &Path, single_file: bool) -> Result<Input, Failure> {
    let paths = if single_file { vec![path.to_owned()] } else { segment_paths(path)? };
    let log = OpenOptions::new().single_file(single_file).salvage(true).open_with(path, Bytes::open)?;
    Ok(Input { paths, log })
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

    /// The tables of the first file.
    pub(crate) fn index(&self) -> &Index {
        match self {
            Self::Files(log) => log.index(),
            Self::Memory(log) => log.index(),
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

/// Opens the logs of a command line, mapped into memory.
pub(crate) fn open(args: &InputArgs) -> Result<Vec<Input>, Failure> {
    open_with(args, |path, _, options| options.open_with(path, Bytes::open))
}

/// Opens the logs of a command line as streams.
pub(crate) fn open_streams(args: &InputArgs) -> Result<Vec<Input<Stream>>, Failure> {
    open_with(args, Stream::open)
}

/// A capture of several files is one log, however many of them are named.
fn open_with<L>(
    args: &InputArgs,
    open: impl Fn(&Path, &[PathBuf], &OpenOptions) -> procmon_parser::Result<L>,
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
        let log = open(path, &paths, &options)?;
        inputs.push(Input { paths, log });
    }
    Ok(inputs)
}
