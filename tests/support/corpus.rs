//! A check of all crafted and real logs, for the test programs of the other packages. The program has the modules `data`
//! and `suite` of `tests/procmon`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use procmon_parser::{ErrorKind, LogsReader};

use crate::data;
use crate::suite::{Suite, lacks_data};

/// Checks a log, whose file has a name.
type Check = fn(&LogsReader, &str);

/// Runs a check of each log in folders of `fixtures/`, and of all logs of the comparison data.
pub(crate) fn run(fixtures: &[&str], check: Check) -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let mut suite = Suite::default();
    for path in fixtures.iter().flat_map(|folder| logs(&root.join(folder))) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        suite.add(&name, None, move || check_file(&path, check));
    }
    for folder in ["corpus", "conformance"] {
        let all = move || {
            let paths = logs(&data::required_folder().join(folder));
            assert!(!paths.is_empty(), "{folder} has no logs");
            paths.iter().for_each(|path| check_file(path, check));
        };
        suite.add(&format!("data_{folder}"), lacks_data(), all);
    }
    suite.run()
}

/// Returns the compressed logs of a folder, by name.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".pml.gz")).collect();
    logs.sort();
    logs
}

fn check_file(path: &Path, check: Check) {
    let name = path.file_name().unwrap().to_string_lossy();
    match LogsReader::new(data::unzip(path)) {
        Ok(log) => check(&log, &name),
        Err(error) => assert!(matches!(error.kind(), ErrorKind::UnclosedLog), "{name}: {error}"),
    }
}
