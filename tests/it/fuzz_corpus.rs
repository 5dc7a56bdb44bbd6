//! Replays the stored fuzzing inputs through the functions that the fuzz targets call.
//!
//! `fuzz/corpus/` has a folder of inputs for each target, `fuzz/regressions/` has inputs that once failed.
//! `docs/TESTING.md` describes how to fuzz.

#[path = "../../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::Path;

/// Calls a target with each input of a folder and returns the number of inputs.
fn replay(folder: &str, target: fn(&[u8])) -> usize {
    let mut inputs = 0;
    if !Path::new(folder).is_dir() {
        return 0;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display()); // the test harness shows it if the test fails
        target(&fs::read(&path).unwrap());
        inputs += 1;
    }
    inputs
}

/// Replays the corpus of a target and all regressions: an input that failed with one target may fail with others.
fn replay_all(name: &str, target: fn(&[u8])) {
    assert!(replay(&format!("fuzz/corpus/{name}"), target) > 0, "fuzz/corpus/{name} has no inputs");
    replay("fuzz/regressions", target);
}

#[test]
fn open_accepts_the_stored_inputs() {
    replay_all("open", bodies::open);
}

#[test]
fn event_accepts_the_stored_inputs() {
    replay_all("event", bodies::event);
}

#[test]
fn salvage_accepts_the_stored_inputs() {
    replay_all("salvage", bodies::salvage);
}

#[test]
fn write_accepts_the_stored_inputs() {
    replay_all("open", bodies::write);
}

#[test]
fn roundtrip_accepts_the_stored_inputs() {
    replay_all("event", bodies::roundtrip);
}

#[test]
fn pmc_accepts_the_stored_inputs() {
    replay_all("pmc", bodies::pmc);
}

#[test]
fn filter_accepts_the_stored_inputs() {
    replay_all("filter", bodies::filter);
}

#[test]
fn all_targets_accept_the_fixtures() {
    for target in [bodies::open, bodies::event, bodies::salvage, bodies::write, bodies::roundtrip] {
        assert!(replay("fixtures/segments", target) > 0);
        for name in ["sample64", "sample32", "version7", "empty", "damaged", "unclosed"] {
            target(&fs::read(format!("fixtures/{name}.pml")).unwrap());
        }
    }
}
