//! The logs that the benchmarks read.

#![allow(dead_code, unreachable_pub)] // each benchmark uses only a part of this module

#[path = "../../tests/procmon/data.rs"]
mod data;
#[path = "../../tests/support/mod.rs"]
mod support;

/// The default number of events in the generated log, 384 bytes each.
const GENERATED_EVENTS: usize = 100_000;

/// Returns the number of events to generate: `PROCMON_BENCH_EVENTS`, or 100,000.
pub fn generated_events() -> usize {
    match std::env::var("PROCMON_BENCH_EVENTS") {
        Ok(number) => number.parse().expect("PROCMON_BENCH_EVENTS must be a number of events"),
        Err(_) => GENERATED_EVENTS,
    }
}

/// Returns the names and bytes of a generated log and, if the comparison data is present (see `docs/TESTING.md`), of
/// three real logs.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let mut logs = vec![("generated".to_owned(), support::synth::large(generated_events()))];
    if let Some(folder) = data::folder() {
        for name in ["win10-64-mixed", "win10-64-filesystem", "win7-32-mixed"] {
            logs.push((name.to_owned(), data::unzip(&folder.join(format!("corpus/{name}.pml.gz")))));
        }
    }
    logs
}
