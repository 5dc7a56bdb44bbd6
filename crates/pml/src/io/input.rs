//! Opening logs. All commands read them window by window, so that memory holds the tables only.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use procmon_parser::{Index, LogsStream, OpenOptions, ReadAt, segment_paths};

use crate::args::input::InputArgs;
use crate::error::Failure;
use crate::term::warn;

/// A log and its files.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) log: LogsStream<Source>,
    /// The regular files of the log, as they were when they were opened.
    opened: Vec<Opened>,
}

/// The bytes of a file of a log.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(Arc<File>),
    /// The content of a pipe or a device, which can be read only once, from its start.
    Memory(Arc<[u8]>),
}

impl ReadAt for Source {
    fn size(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => file.size(),
            Self::Memory(bytes) => bytes.size(),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read_at(offset, buffer),
            Self::Memory(bytes) => bytes.read_at(offset, buffer),
        }
    }
}

/// A regular file as it was when it was opened.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    modified: Option<SystemTime>,
}

impl Opened {
    fn new(path: &Path, file: &Arc<File>, metadata: &Metadata) -> Self {
        let (path, file) = (path.to_owned(), Arc::clone(file));
        Self { path, file, size: metadata.len(), modified: metadata.modified().ok() }
    }

    fn is_changed(&self) -> io::Result<bool> {
        let metadata = self.file.metadata()?;
        Ok(metadata.len() != self.size || metadata.modified().ok() != self.modified)
    }
}

impl Input {
    fn open(path: &Path, paths: Vec<PathBuf>, options: &OpenOptions) -> Result<Self, Failure> {
        let mut opened = Vec::new();
        let log = options.open_stream_with(path, |path| {
            let mut file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_file() {
                let file = Arc::new(file);
                opened.push(Opened::new(path, &file, &metadata));
                return Ok(Source::File(file));
            }
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Source::Memory(bytes.into()))
        })?;
        Ok(Self { paths, log, opened })
    }

    /// Warns of files that are joined because of their names, but probably are not of one capture.
    fn report_unrelated(&self) {
        for (path, index) in self.paths.iter().zip(self.log.indexes()) {
            for warning in index.warnings().iter().filter(|warning| warning.kind.is_unrelated_file()) {
                warn(&format!("{}: {}; --single-file reads one file", path.display(), warning.kind));
            }
        }
    }

    /// Number of events, unreadable ones included.
    pub(crate) fn event_count(&self) -> u64 {
        self.log.len() as u64
    }

    /// Fails if a file was written to since it was opened: what was read of it may be of two logs.
    ///
    /// Files that had to be salvaged are not checked. Their captures may still run, and their outcome is never complete.
    pub(crate) fn check_unchanged(&self) -> Result<(), Failure> {
        let is_salvaged = |path| self.log.salvaged().any(|report| report.path.as_ref() == Some(path));
        for opened in self.opened.iter().filter(|opened| !is_salvaged(&opened.path)) {
            if opened.is_changed().map_err(|error| Failure::file(&opened.path, error))? {
                return Err(Failure::Changed(opened.path.display().to_string()));
            }
        }
        Ok(())
    }
}

/// Fails if a file of a log was written to since it was opened.
pub(crate) fn check_unchanged(inputs: &[Input]) -> Result<(), Failure> {
    inputs.iter().try_for_each(Input::check_unchanged)
}

/// The logs of several inputs.
pub(crate) fn logs(inputs: &[Input]) -> Vec<&LogsStream<Source>> {
    inputs.iter().map(|input| &input.log).collect()
}

/// The tables of all logs.
pub(crate) fn indexes(inputs: &[Input]) -> impl Iterator<Item = &Index> {
    inputs.iter().flat_map(|input| input.log.indexes())
}

/// Opens what is left of a log.
pub(crate) fn open_damaged(path: &Path, single_file: bool) -> Result<Input, Failure> {
    let paths = files(path, single_file)?;
    Input::open(path, paths, &OpenOptions::new().single_file(single_file).salvage(true))
}

/// Opens the logs of a command line. A capture of several files is one log, however many of its files are named.
pub(crate) fn open(args: &InputArgs) -> Result<Vec<Input>, Failure> {
    let options = OpenOptions::new().single_file(args.single_file);
    let mut seen = HashSet::new();
    let mut inputs = Vec::new();
    for path in &args.logs {
        let paths = files(path, args.single_file)?;
        let identity = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if seen.insert(paths.iter().map(identity).collect::<Vec<_>>()) {
            let input = Input::open(path, paths, &options)?;
            input.report_unrelated();
            inputs.push(input);
        }
    }
    Ok(inputs)
}

fn files(path: &Path, single_file: bool) -> Result<Vec<PathBuf>, Failure> {
    Ok(if single_file { vec![path.to_owned()] } else { segment_paths(path)? })
}
