//! The logs that laws are checked with: those of `fixtures/` and, if present, those of the comparison data.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use procmon_parser::LogsReader;

use crate::data;
use crate::suite::{SLOW, Suite, lacks_data};

/// The folder of the crafted logs in the repository, each with Procmon's export. The other crafted logs are in the
/// comparison data.
pub(crate) const CONFORMANCE: &str = "fixtures/conformance";

/// A log. It is read when a test first needs it, and all tests share it.
pub(crate) struct Log {
    /// The name, for example `sample64`, `conformance/fs_1` or `corpus/win10-64-mixed`.
    pub(crate) name: String,
    paths: Vec<PathBuf>,
    files: OnceLock<Vec<Vec<u8>>>,
    reader: OnceLock<LogsReader>,
}

impl Log {
    fn new(name: String, paths: Vec<PathBuf>) -> Self {
        Self { name, paths, files: OnceLock::new(), reader: OnceLock::new() }
    }

    /// Returns the bytes of the files of the log.
    pub(crate) fn files(&self) -> &[Vec<u8>] {
        let is_zipped = |path: &Path| path.extension().is_some_and(|extension| extension == "gz");
        let read = |path: &PathBuf| if is_zipped(path) { data::unzip(path) } else { fs::read(path).unwrap() };
        self.files.get_or_init(|| self.paths.iter().map(read).collect())
    }

    pub(crate) fn reader(&self) -> &LogsReader {
        self.reader.get_or_init(|| LogsReader::from_segments(self.files().to_vec()).unwrap())
    }
}

/// Returns true if the log was captured on a real computer. These are the long logs.
pub(crate) fn is_captured(name: &str) -> bool {
    name.starts_with("corpus/")
}

/// Returns all available logs that can be opened.
pub(crate) fn all() -> &'static [Log] {
    static LOGS: LazyLock<Vec<Log>> = LazyLock::new(|| {
        let mut logs: Vec<Log> = ["sample64", "sample32", "version7", "empty", "damaged"]
            .map(|name| Log::new(name.to_owned(), vec![format!("fixtures/{name}.pml").into()]))
            .into();
        let segments = ["capture", "capture-1", "capture-2"].map(|name| format!("fixtures/segments/{name}.pml").into());
        logs.push(Log::new("segments".to_owned(), segments.into()));
        logs.extend(zipped("conformance", Path::new(CONFORMANCE)));
        for folder in ["corpus", "conformance"] {
            let found = data::folder().map(|data| zipped(folder, &data.join(folder))).unwrap_or_default();
            let is_new = |log: &Log| logs.iter().all(|known| known.name != log.name);
            let new: Vec<_> = found.into_iter().filter(is_new).collect();
            logs.extend(new);
        }
        logs
    });
    &LOGS
}

/// Returns the gzip-compressed logs of a folder, named `prefix/NAME`.
fn zipped(prefix: &str, folder: &Path) -> Vec<Log> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let log = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.strip_suffix(".pml.gz")?.to_owned();
        Some(Log::new(format!("{prefix}/{name}"), vec![path]))
    };
    let mut logs: Vec<_> = paths.filter_map(log).collect();
    logs.sort_by(|a, b| a.name.cmp(&b.name));
    logs
}

/// Returns all logs with their names.
pub(crate) fn readers() -> impl Iterator<Item = (&'static str, &'static LogsReader)> {
    all().iter().map(|log| (log.name.as_str(), log.reader()))
}

/// Returns a log of `corpus/` or `conformance/`.
pub(crate) fn named(name: &str) -> &'static LogsReader {
    all().iter().find(|log| log.name == name).unwrap_or_else(|| panic!("log {name} not found")).reader()
}

impl Suite {
    /// Adds a law: one test for each log, which gets the name and the log.
    pub(crate) fn each_log(&mut self, name: &str, law: fn(&str, &LogsReader)) {
        self.each(name, None, |log| Box::new(move || law(&log.name, log.reader())));
    }

    /// Adds a law that gets the name and the bytes of the files of each log.
    pub(crate) fn files_of_each_log(&mut self, name: &str, law: fn(&str, &[Vec<u8>])) {
        self.each(name, None, |log| Box::new(move || law(&log.name, log.files())));
    }

    /// Adds a slow law; see [`each_log`](Self::each_log).
    pub(crate) fn slow_each_log(&mut self, name: &str, law: fn(&str, &LogsReader)) {
        self.each(name, Some(SLOW), |log| Box::new(move || law(&log.name, log.reader())));
    }

    /// Adds a slow law; see [`files_of_each_log`](Self::files_of_each_log).
    pub(crate) fn slow_files_of_each_log(&mut self, name: &str, law: fn(&str, &[Vec<u8>])) {
        self.each(name, Some(SLOW), |log| Box::new(move || law(&log.name, log.files())));
    }

    fn each(&mut self, name: &str, ignored: Option<&str>, test: impl Fn(&'static Log) -> Box<dyn FnOnce() + Send>) {
        for log in all() {
            self.add(&format!("{name}::{}", log.name), ignored, test(log));
        }
        if data::folder().is_none() {
            // Represents the tests of the missing logs in the output.
            self.add(&format!("{name}::comparison_data"), lacks_data(), || _ = data::required_folder());
        }
    }
}
