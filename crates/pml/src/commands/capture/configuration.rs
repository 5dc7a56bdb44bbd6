//! What Procmon is told to record.

use std::env;
use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Rule};

use crate::error::Failure;

/// The names that Procmon runs under.
const PROCMON: [&str; 3] = ["Procmon.exe", "Procmon64.exe", "Procmon64a.exe"];

/// A configuration for a capture: that of a file, else Procmon's default, with more rules. Procmon itself and this
/// program are left out: they would be most of a log.
pub(super) fn build(
    base: Option<&Path>,
    rules: &[Rule],
    keep_everything: bool,
    procmon: &Path,
) -> Result<Configuration, Failure> {
    let mut configuration = match base {
        Some(path) => Configuration::open(path)?,
        None => Configuration::procmon_default(),
    };
    let programs = [Some(procmon.to_owned()), env::current_exe().ok()];
    let names = programs.iter().flatten().filter_map(|path| path.file_name()?.to_str());
    let own = PROCMON.into_iter().chain(names).map(|name| Rule::process_name().is(name).exclude());
    configuration.add_filter_rules(own.chain(rules.iter().cloned()));
    // A ring would lose the beginning.
    configuration.set_drop_filtered_events(!keep_everything).set_flight_recorder(false);
    Ok(configuration)
}

/// Writes a configuration to a new file.
pub(super) fn write(configuration: &Configuration, path: &Path) -> Result<(), Failure> {
    fs::write(path, configuration.to_bytes()).map_err(|error| Failure::file(path, error))
}
