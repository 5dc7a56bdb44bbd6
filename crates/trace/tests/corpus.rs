//! Checks the traces of the logs of the comparison data.
//!
//! Without the data the tests are ignored; see `docs/TESTING.md`. The crafted logs of the repository are always
//! checked.

mod support;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Trial};
use procmon_parser::LogsReader;

fn logs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut logs: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(".pml.gz")).collect();
    logs.sort();
    logs
}

fn check(path: &Path) {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    match LogsReader::new(bytes) {
        Ok(log) => support::check_all(&log, &name),
        Err(error) => assert!(matches!(error.kind(), procmon_parser::ErrorKind::UnclosedLog), "{name}: {error}"),
    }
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = std::env::var_os("PROCMON_DATA").map_or_else(|| root.join("../shared"), PathBuf::from);
    let mut trials = Vec::new();
    for folder in ["conformance", "quirks"] {
        for path in logs(&root.join("fixtures").join(folder)) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            trials.push(Trial::test(name, move || {
                check(&path);
                Ok(())
            }));
        }
    }
    for folder in ["corpus", "conformance"] {
        let paths = logs(&data.join(folder));
        let is_missing = paths.is_empty();
        let all = move || {
            for path in &paths {
                check(path);
            }
            Ok(())
        };
        trials.push(Trial::test(format!("data_{folder}"), all).with_ignored_flag(is_missing));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
