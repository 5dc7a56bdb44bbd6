//! Replays the stored fuzzing inputs through the functions that the fuzz targets call.
//!
//! `fuzz/corpus/` has a folder of inputs for each target, `fuzz/regressions/` has inputs that once failed.
//! `docs/TESTING.md` describes how to fuzz.

#[path = "../../fuzz/bodies.rs"]
mod bodies;
#[path = "../../fuzz/mutator.rs"]
mod mutator;

use std::path::Path;
use std::{env, fs};

use procmon_parser::LogsReader;

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
    // Inputs that a run of the fuzzer found, for scripts/coverage.sh.
    if let Ok(folder) = env::var("FUZZ_INPUTS") {
        replay(&format!("{folder}/{name}"), target);
    }
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
fn analysis_accepts_the_stored_inputs() {
    replay_all("open", bodies::analysis);
}

#[test]
fn export_accepts_the_stored_inputs() {
    replay_all("open", bodies::export);
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
    let of_logs = [bodies::open, bodies::salvage, bodies::write, bodies::analysis, bodies::export];
    for target in of_logs.into_iter().chain([bodies::event, bodies::roundtrip]) {
        assert!(replay("fixtures/segments", target) > 0);
        for name in ["sample64", "sample32", "version7", "empty", "damaged", "unclosed"] {
            target(&fs::read(format!("fixtures/{name}.pml")).unwrap());
        }
    }
}

/// The size limit of mutated inputs in bytes.
const MAX: usize = 1 << 16;

/// Returns the bytes of a fixture.
fn fixture(name: &str) -> Vec<u8> {
    fs::read(format!("fixtures/{name}.pml")).unwrap()
}

#[test]
fn mutated_logs_keep_their_structure() {
    for name in ["sample64", "sample32", "version7"] {
        let log = fixture(name);
        let mutated: Vec<_> = (0..400).filter_map(|seed| mutator::mutate_log(&log, MAX, seed)).collect();
        let opened = mutated.iter().filter_map(|log| LogsReader::new(log).ok());
        let events: usize = opened.clone().map(|log| log.events().flatten().count()).sum();
        let whole = LogsReader::new(&log).unwrap().len();
        assert!(mutated.len() > 350 && mutated.iter().all(|log| log.len() <= MAX), "{name}: {}", mutated.len());
        assert!(opened.count() * 4 > mutated.len() * 3 && events * 4 > whole * mutated.len() * 2, "{name}: {events}");
    }
}

#[test]
fn targets_accept_mutated_logs() {
    for name in ["sample64", "sample32", "version7", "empty"] {
        let mut log = fixture(name);
        for seed in 0..60 {
            let Some(mutated) = mutator::mutate_log(&log, MAX, seed) else { continue };
            for target in [bodies::open, bodies::salvage, bodies::write, bodies::analysis, bodies::export] {
                target(&mutated);
            }
            // Mutations accumulate, as they do in a fuzzer.
            log = mutated;
        }
    }
}

#[test]
fn targets_accept_mutated_events() {
    for entry in fs::read_dir("fuzz/corpus/event").unwrap() {
        let path = entry.unwrap().path();
        let mut input = fs::read(&path).unwrap();
        for seed in 0..20 {
            println!("{} {seed}", path.display()); // the test harness shows it if the test fails
            let Some(mutated) = mutator::mutate_event(&input, MAX, seed) else { continue };
            bodies::event(&mutated);
            bodies::roundtrip(&mutated);
            input = mutated;
        }
    }
}
