//! The logs that laws are tried on: those of `fixtures/`, and those of the comparison data where it is present.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use procmon_parser::LogsReader;

use crate::data;
use crate::suite::{SLOW, Suite, lacks_data};

/// The crafted logs that are checked in, each with Procmon's export; the other crafted logs are in the comparison data.
pub(crate) const CONFORMANCE: &str = "fixtures/conformance";

/// A log, read when a test first needs it and shared by all tests.
pub(crate) struct Log {
    /// Such as `sample64`, `conformance/fs_1` or `corpus/win10-64-mixed`.
    pub(crate) name: String,
    paths: Vec<PathBuf>,
    files: OnceLock<Vec<Vec<u8>>>,
    reader: OnceLock<LogsReader>,
}

impl Log {
    fn new(name: String, paths: Vec<PathBuf>) -> Self {
        Self { name, paths, files: OnceLock::new(), reader: OnceLock::new() }
    }

    /// The bytes of the files of the log.
    pub(crate) fn files(&self) -> &[Vec<u8>] {
        let is_zipped = |path: &Path| path.extension().is_some_and(|extension| extension == "gz");
        let read = |path: &PathBuf| if is_zipped(path) { data::unzip(path) } else { fs::read(path).unwrap() };
        self.files.get_or_init(|| self.paths.iter().map(read).collect())
    }

    pub(crate) fn reader(&self) -> &LogsReader {
        self.reader.get_or_init(|| LogsReader::from_segments(self.files().to_vec()).unwrap())
    }
}

/// All logs that are there and can be opened.
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

/// The zipped logs of a folder, whose names start with `prefix`.
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

/// All logs, with their names.
pub(crate) fn readers() -> impl Iterator<Item = (&'static str, &'static LogsReader)> {
    all().iter().map(|log| (log.name.as_str(), log.reader()))
}

/// A log of `corpus/` or `conformance/`.
pub(crate) fn named(name: &str) -> &'static LogsReader {
    all().iter().find(|log| log.name == name).unwrap_or_else(|| panic!("there is no log {name}")).reader()
}

impl Suite {
    /// A law: one test for each log, which gets the name of the log.
    pub(crate) fn each_log(&mut self, name: &str, law: fn(&str, &LogsReader)) {
        self.each(name, None, |log| Box::new(move || law(&log.name, log.reader())));
    }

    /// A law about the bytes of the files of a log.
    pub(crate) fn each_logs_files(&mut self, name: &str, law: fn(&str, &[Vec<u8>])) {
        self.each(name, None, |log| Box::new(move || law(&log.name, log.files())));
    }

    /// As [`each_log`](Self::each_log), for laws that take long.
    pub(crate) fn slow_each_log(&mut self, name: &str, law: fn(&str, &LogsReader)) {
        self.each(name, Some(SLOW), |log| Box::new(move || law(&log.name, log.reader())));
    }

    /// As [`each_logs_files`](Self::each_logs_files), for laws that take long.
    pub(crate) fn slow_each_logs_files(&mut self, name: &str, law: fn(&str, &[Vec<u8>])) {
        self.each(name, Some(SLOW), |log| Box::new(move || law(&log.name, log.files())));
    }

    fn each(&mut self, name: &str, ignored: Option<&str>, test: impl Fn(&'static Log) -> Box<dyn FnOnce() + Send>) {
        for log in all() {
            self.add(&format!("{name}::{}", log.name), ignored, test(log));
        }
        if data::folder().is_none() {
            // Stands for the tests of the logs that are missing.
            self.add(&format!("{name}::comparison_data"), lacks_data(), || _ = data::required_folder());
        }
    }
}
