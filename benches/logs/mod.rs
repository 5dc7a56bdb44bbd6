//! The logs that the benches read.

#![allow(dead_code, unreachable_pub)] // each bench uses a part of it

#[path = "../../tests/procmon/data.rs"]
mod data;
#[path = "../../tests/support/mod.rs"]
mod support;

/// Events of the generated log, 384 bytes each.
const GENERATED_EVENTS: usize = 100_000;

/// How many events are generated: `PROCMON_BENCH_EVENTS`, or 100,000. Real logs of today are longer than caches.
pub fn generated_events() -> usize {
    match std::env::var("PROCMON_BENCH_EVENTS") {
        Ok(number) => number.parse().expect("PROCMON_BENCH_EVENTS is a number of events"),
        Err(_) => GENERATED_EVENTS,
    }
}

/// A generated log, always, and the real ones of the comparison data where it is present (see `docs/TESTING.md`); by
/// their names.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let mut logs = vec![("generated".to_owned(), support::synth::large(generated_events()))];
    if let Some(folder) = data::folder() {
        for name in ["win10-64-mixed", "win10-64-filesystem", "win7-32-mixed"] {
            logs.push((name.to_owned(), data::unzip(&folder.join(format!("corpus/{name}.pml.gz")))));
        }
    }
    logs
}
