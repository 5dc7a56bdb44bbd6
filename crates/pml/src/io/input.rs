//! Opening logs. All commands read events in windows, so that only the tables stay in memory.

use std::collections::HashSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use procmon_parser::{Error, ErrorKind, Index, LogsStream, OpenOptions, ReadAt, segment_paths};

use crate::args::input::InputArgs;
use crate::error::Failure;
use crate::term::warn;

/// A log and its files.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) paths: Vec<PathBuf>,
    /// All files of the capture, including those that are not read.
    capture: Vec<PathBuf>,
    pub(crate) log: LogsStream<Source>,
    /// The regular files of the log, with the state in which they were opened.
    opened: Vec<Opened>,
}

/// The data of a file of a log.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    File(Arc<File>),
    /// The contents of a pipe or a device, which can only be read once and in order.
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

/// A regular file with the size and the time of change that it had when it was opened.
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
        let capture = segment_paths(path).unwrap_or_else(|_| paths.clone());
        Ok(Self { paths, capture, log, opened })
    }

    /// Warns of files that are joined because of their names, but are probably not from one capture.
    fn report_unrelated(&self) {
        for (path, index) in self.paths.iter().zip(self.log.indexes()) {
            for warning in index.warnings().iter().filter(|warning| warning.kind.is_unrelated_file()) {
                warn(&format!("{}: {}; --single-file reads one file", path.display(), warning.kind));
            }
        }
    }

    /// Returns the number of events, including unreadable ones.
    pub(crate) fn event_count(&self) -> u64 {
        self.log.len() as u64
    }

    /// Fails if a file was written to since it was opened, because the events read may then belong to two logs.
    ///
    /// Salvaged files are not checked: their captures may still be running, and the result is reported as incomplete
    /// anyway.
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

/// Returns the logs of several inputs.
pub(crate) fn logs(inputs: &[Input]) -> Vec<&LogsStream<Source>> {
    inputs.iter().map(|input| &input.log).collect()
}

/// Returns the tables of all logs.
pub(crate) fn indexes(inputs: &[Input]) -> impl Iterator<Item = &Index> {
    inputs.iter().flat_map(|input| input.log.indexes())
}

/// Returns all files of the captures. No output may overwrite them.
pub(crate) fn files_to_keep(inputs: &[Input]) -> impl Iterator<Item = &Path> {
    inputs.iter().flat_map(|input| input.paths.iter().chain(&input.capture)).map(PathBuf::as_path)
}

/// Opens a log; salvages one that was not closed or is damaged.
pub(crate) fn open_damaged(path: &Path, single_file: bool) -> Result<Input, Failure> {
    let paths = files(path, single_file)?;
    Input::open(path, paths, &OpenOptions::new().single_file(single_file).salvage(true))
}

/// Opens the logs of a command line. The files of one capture are one log, even if several of them are named.
pub(crate) fn open(args: &InputArgs) -> Result<Vec<Input>, Failure> {
    open_each(args).collect()
}

/// Opens the logs of a command line one by one. The files of one capture are one log, even if several of them are
/// named.
pub(crate) fn open_each(args: &InputArgs) -> impl Iterator<Item = Result<Input, Failure>> {
    let options = OpenOptions::new().single_file(args.single_file);
    let mut seen = HashSet::new();
    args.logs.iter().filter_map(move |path| {
        let paths = match files(path, args.single_file) {
            Ok(paths) => paths,
            Err(failure) => return Some(Err(failure)),
        };
        let identity = |path: &PathBuf| fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        if !seen.insert(paths.iter().map(identity).collect::<Vec<_>>()) {
            return None;
        }
        let input = Input::open(path, paths, &options).map_err(suggest_recovery);
        if let Ok(input) = &input {
            input.report_unrelated();
        }
        Some(input)
    })
}

/// Marks the failure to open a log that was not closed or is truncated, so that its message names `pml recover`. A file
/// that is too short for the header is not marked: it has no events.
fn suggest_recovery(failure: Failure) -> Failure {
    let is_damaged = |error: &Error| match error.kind() {
        ErrorKind::UnclosedLog | ErrorKind::InvalidValue { .. } => true,
        ErrorKind::Truncated { .. } => error.place().is_none_or(|place| place.offset > 0),
        _ => false,
    };
    match failure {
        Failure::Log(error) if is_damaged(&error) => Failure::Damaged(error),
        failure => failure,
    }
}

fn files(path: &Path, single_file: bool) -> Result<Vec<PathBuf>, Failure> {
    Ok(if single_file { vec![path.to_owned()] } else { segment_paths(path)? })
}
