//! Opens logs. All commands read events in windows, so only the tables stay in memory.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use procmon_parser::export::LogNames;
use procmon_parser::{Error, ErrorKind, Index, LogsStream, OpenOptions, segment_paths};
use walkdir::WalkDir;

use crate::args::input::InputArgs;
use crate::error::{Failure, Outcome};
use crate::io::compress::Compression;
use crate::io::source::Source;
use crate::term::{self, warn};

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

/// A regular file, with its size and modification time when it was opened.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    file: Arc<File>,
    size: u64,
    modified: Option<SystemTime>,
}

impl Opened {
    fn new(path: &Path, file: &Arc<File>) -> io::Result<Self> {
        let (path, file, metadata) = (path.to_owned(), Arc::clone(file), file.metadata()?);
        Ok(Self { path, file, size: metadata.len(), modified: metadata.modified().ok() })
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
            let source = Source::open(path)?;
            if let Some(file) = source.regular_file() {
                opened.push(Opened::new(path, file)?);
            }
            Ok(source)
        })?;
        let capture = segment_paths(path).unwrap_or_else(|_| paths.clone());
        Ok(Self { paths, capture, log, opened })
    }

    /// Warns of files that were joined by name but are probably not from one capture.
    fn report_unrelated(&self) {
        for (path, index) in self.paths.iter().zip(self.log.indexes()) {
            for warning in index.warnings().iter().filter(|warning| warning.kind.is_unrelated_file()) {
                warn(&format!("{}: {}; --single-file reads one file", path.display(), warning.kind));
            }
        }
    }

    /// Returns the name of the log: the path of its first file.
    pub(crate) fn name(&self) -> String {
        self.paths.first().map_or_else(String::new, |path| path.display().to_string())
    }

    /// Returns true if another log has the same files.
    pub(crate) fn has_files_of(&self, other: &Self) -> bool {
        let files = |input: &Self| input.paths.iter().map(|path| identity(path)).collect::<Vec<_>>();
        files(self) == files(other)
    }

    /// Returns the number of events, including unreadable ones.
    pub(crate) fn event_count(&self) -> u64 {
        self.log.len() as u64
    }

    /// Returns the size of a file when it was opened, in bytes; 0 if it is not a regular file.
    pub(crate) fn size(&self, path: &Path) -> u64 {
        self.opened.iter().find(|opened| opened.path == path).map_or(0, |opened| opened.size)
    }

    /// Fails if a file was written to since it was opened, because the events read may then be from different logs.
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

/// Returns the opened logs of several inputs.
pub(crate) fn logs(inputs: &[Input]) -> Vec<&LogsStream<Source>> {
    inputs.iter().map(|input| &input.log).collect()
}

/// Returns the names of the logs: the paths of their first files.
pub(crate) fn names(inputs: &[Input]) -> Vec<String> {
    inputs.iter().map(Input::name).collect()
}

/// Returns the names of the logs, for exports.
pub(crate) fn log_names(inputs: &[Input]) -> LogNames {
    let names = names(inputs);
    LogNames::new(inputs.iter().zip(&names).flat_map(|(input, name)| {
        input.log.indexes().zip(&input.paths).map(move |(index, path)| (index, path.as_path(), name.as_str()))
    }))
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
///
/// If some logs can be opened and others cannot, reports the failures; the outcome is then that the command is
/// incomplete. Fails if no log can be opened.
pub(crate) fn open(args: &InputArgs) -> Result<(Vec<Input>, Outcome), Failure> {
    let (inputs, failures) = open_each(args);
    report_failures(inputs, failures)
}

/// Returns the results that succeeded, and reports the failures. Fails with the last failure if nothing succeeded.
pub(crate) fn report_failures<T>(done: Vec<T>, mut failures: Vec<Failure>) -> Result<(Vec<T>, Outcome), Failure> {
    let last = if done.is_empty() { failures.pop() } else { None };
    failures.iter().for_each(|failure| term::error(&failure.message()));
    match last {
        Some(last) => Err(last),
        None if failures.is_empty() => Ok((done, Outcome::Done)),
        None => Ok((done, Outcome::Incomplete)),
    }
}

/// Opens the logs of a command line. Returns those that can be opened, and the failures of the others.
pub(crate) fn open_each(args: &InputArgs) -> (Vec<Input>, Vec<Failure>) {
    let (mut inputs, mut failures) = (Vec::new(), Vec::new());
    for found in find(args) {
        match found.and_then(|found| found.open()) {
            Ok(input) => inputs.push(input),
            Err(failure) => failures.push(failure),
        }
    }
    (inputs, failures)
}

/// A log that is not open yet.
#[derive(Debug)]
pub(crate) struct Found {
    path: PathBuf,
    paths: Vec<PathBuf>,
    single_file: bool,
}

impl Found {
    /// Opens the log.
    pub(crate) fn open(self) -> Result<Input, Failure> {
        let Self { path, paths, single_file } = self;
        let options = OpenOptions::new().single_file(single_file);
        let input = Input::open(&path, paths, &options).map_err(suggest_recovery)?;
        input.report_unrelated();
        Ok(input)
    }
}

/// Returns an iterator over the logs of a command line. The files of one capture are found once.
pub(crate) fn find(args: &InputArgs) -> impl Iterator<Item = Result<Found, Failure>> {
    let mut seen = HashSet::new();
    let paths = args.logs.iter().flat_map(|named| match logs_at(named) {
        Ok(paths) => paths.into_iter().map(Ok).collect(),
        Err(failure) => vec![Err(failure)],
    });
    paths.filter_map(move |path| path.and_then(|path| find_unseen(path, args.single_file, &mut seen)).transpose())
}

/// Finds the files of a log; returns `None` if they are already in `seen`.
fn find_unseen(path: PathBuf, single_file: bool, seen: &mut HashSet<Vec<PathBuf>>) -> Result<Option<Found>, Failure> {
    let single_file = single_file || is_stream(&path);
    let paths = files(&path, single_file)?;
    let is_new = seen.insert(paths.iter().map(|path| identity(path)).collect());
    Ok(is_new.then_some(Found { path, paths, single_file }))
}

/// Returns a path that is the same for all names of a file.
fn identity(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Returns true if a path is standard input or names a compressed file. Neither can be one of several files of a
/// capture.
fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-" || Compression::of(path).0 != Compression::None
}

/// Returns the logs that a path names: the file itself, or all logs in a folder and its subfolders, by name.
fn logs_at(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_log = |path: &Path| Compression::of(path).1.extension().is_some_and(|end| end.eq_ignore_ascii_case("pml"));
    let mut logs = Vec::new();
    for entry in WalkDir::new(path).sort_by_file_name() {
        let entry = entry.map_err(|error| Failure::file(path, error))?;
        if entry.file_type().is_file() && is_log(entry.path()) {
            logs.push(entry.into_path());
        }
    }
    if logs.is_empty() {
        let message = "the folder contains no .pml, .pml.gz or .pml.zst file";
        return Err(Failure::file(path, io::Error::new(io::ErrorKind::NotFound, message)));
    }
    Ok(logs)
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
