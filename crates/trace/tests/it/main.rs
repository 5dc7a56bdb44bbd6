//! Tests of the crate, on the fixtures of the repository and on logs that the tests generate.

#[path = "../support/mod.rs"]
mod support;

mod fixtures;
mod hostile;
mod made;
mod options;

use std::path::{Path, PathBuf};

use procmon_parser::{LogsReader, OpenOptions};

/// Returns the path of a fixture.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// Opens a fixture; salvages a damaged one.
fn open(name: &str) -> LogsReader {
    OpenOptions::new().salvage(true).open(path(name)).unwrap()
}
