//! The configuration of a capture.

use std::env;
use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Rule};

use crate::error::Failure;

/// The names of the processes of Procmon.
const PROCMON: [&str; 3] = ["Procmon.exe", "Procmon64.exe", "Procmon64a.exe"];

/// Returns the configuration of a capture: that of a file, or else Procmon's default, with additional rules. Excludes
/// Procmon itself and this program, whose events would otherwise make up most of the log.
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
    // A ring buffer would lose the start of the capture.
    configuration.set_drop_filtered_events(!keep_everything).set_flight_recorder(false);
    Ok(configuration)
}

/// Writes a configuration to a new file.
pub(super) fn write(configuration: &Configuration, path: &Path) -> Result<(), Failure> {
    fs::write(path, configuration.to_bytes()).map_err(|error| Failure::file(path, error))
}
