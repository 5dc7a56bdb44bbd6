//! Tests of the crate on the fixtures of the repository.

#[path = "../support/mod.rs"]
mod support;

mod exports;
mod schema;
mod tables;

use std::path::{Path, PathBuf};

use procmon_parser::LogsReader;

/// Returns the path of a file of the repository.
fn repository(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)
}

/// Opens a fixture.
fn open(name: &str) -> LogsReader {
    LogsReader::open(repository("fixtures").join(name)).unwrap()
}
