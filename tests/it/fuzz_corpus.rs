//! Replays what fuzzing has found worth keeping, through the very functions that the fuzz targets call.
//!
//! `fuzz/corpus/` has a folder of inputs for each target, `fuzz/regressions/` the inputs that once failed. How to fuzz
//! is in `docs/TESTING.md`.

#[path = "../../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::Path;

/// Calls a target with all inputs of a folder, gives their number.
fn replay(folder: &str, target: fn(&[u8])) -> usize {
    let mut inputs = 0;
    if !Path::new(folder).is_dir() {
        return 0;
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display()); // shown if it fails
        target(&fs::read(&path).unwrap());
        inputs += 1;
    }
    inputs
}

/// The corpus of a target, and all regressions: an input that broke one target is worth a try with all.
fn replay_all(name: &str, target: fn(&[u8])) {
    assert!(replay(&format!("fuzz/corpus/{name}"), target) > 0, "there is a corpus");
    replay("fuzz/regressions", target);
}

#[test]
fn open() {
    replay_all("open", bodies::open);
}

#[test]
fn event() {
    replay_all("event", bodies::event);
}

#[test]
fn salvage() {
    replay_all("salvage", bodies::salvage);
}

#[test]
fn write() {
    replay_all("open", bodies::write);
}

#[test]
fn roundtrip() {
    replay_all("event", bodies::roundtrip);
}

#[test]
fn pmc() {
    replay_all("pmc", bodies::pmc);
}

#[test]
fn filter() {
    replay_all("filter", bodies::filter);
}

#[test]
fn fixtures() {
    for target in [bodies::open, bodies::event, bodies::salvage, bodies::write, bodies::roundtrip] {
        assert!(replay("fixtures/segments", target) > 0);
        for name in ["sample64", "sample32", "version7", "empty", "damaged", "unclosed"] {
            target(&fs::read(format!("fixtures/{name}.pml")).unwrap());
        }
    }
}
