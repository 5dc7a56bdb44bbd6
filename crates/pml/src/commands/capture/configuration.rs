//! The configuration of a capture.

use std::env;
use std::fs;
use std::path::Path;

use procmon_parser::{Configuration, Rule};

use crate::error::Failure;

/// The names of the processes of Procmon.
pub(super) const PROCMON: [&str; 3] = ["Procmon.exe", "Procmon64.exe", "Procmon64a.exe"];

/// A buffer of fixed size that keeps the latest events.
#[derive(Clone, Copy, Debug)]
pub(super) struct RingBuffer {
    /// The size in MB; `None` for Procmon's default.
    pub(super) megabytes: Option<u32>,
    /// The length in minutes; `None` for Procmon's default.
    pub(super) minutes: Option<u32>,
}

impl RingBuffer {
    /// Returns the switches of Procmon.
    pub(super) fn switches(self) -> Vec<String> {
        let with = |switch: &str, value: Option<u32>| value.map(|value| [switch.to_owned(), value.to_string()]);
        let size = with("/RingBufferSize", self.megabytes).into_iter().flatten();
        let length = with("/RingBufferLen", self.minutes).into_iter().flatten();
        ["/RingBuffer".to_owned()].into_iter().chain(size).chain(length).collect()
    }
}

/// Returns the configuration of a capture: a file's configuration or Procmon's default, with additional rules. Excludes
/// Procmon and this program, whose events would otherwise fill most of the log.
pub(super) fn build(
    base: Option<&Path>,
    rules: &[Rule],
    keep_everything: bool,
    ring_buffer: Option<RingBuffer>,
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
    // A ring buffer loses the start of the capture, so it is off unless requested.
    configuration.set_drop_filtered_events(!keep_everything).set_flight_recorder(ring_buffer.is_some());
    if let Some(megabytes) = ring_buffer.and_then(|ring| ring.megabytes) {
        configuration.set_ring_buffer_size(megabytes);
    }
    if let Some(minutes) = ring_buffer.and_then(|ring| ring.minutes) {
        configuration.set_ring_buffer_minutes(minutes);
    }
    Ok(configuration)
}

/// Writes a configuration to a new file.
pub(super) fn write(configuration: &Configuration, path: &Path) -> Result<(), Failure> {
    fs::write(path, configuration.to_bytes()).map_err(|error| Failure::file(path, error))
}
