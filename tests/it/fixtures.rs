//! The logs in `fixtures/`. `cargo run --example make_fixtures` generates them with the library's writer. The generator
//! in `tests/support/synth`, which does not use the library, must produce the same bytes.

use std::fs;
use std::path::Path;

use crate::support::synth::{self, Log};
use crate::support::written::{self, without_fillers};
use procmon_parser::LogsReader;

#[test]
fn the_fixtures_are_up_to_date() {
    for (name, bytes) in written::fixtures() {
        let stored = fs::read(Path::new("fixtures").join(&name)).unwrap_or_default();
        assert!(stored == bytes, "fixtures/{name} is out of date: run cargo run --example make_fixtures");
    }
}

#[test]
fn the_writer_and_the_generator_produce_the_same_bytes() {
    let sample = synth::sample(true);
    let empty = Log { events: Vec::new(), ..sample.clone() };
    let version7 = Log { version: 7, ..synth::sample(false) };
    let events = synth::large_events(10_000).collect();
    let large = Log { events, ..synth::large_tables() };
    let segments = synth::segments();
    for log in [sample, synth::sample(false), empty, version7, large].iter().chain(&segments) {
        let generated = without_fillers(log.bytes());
        assert!(written::bytes(log) == generated, "{} events, {} bytes", log.events.len(), generated.len());
    }
}

#[test]
fn every_event_of_the_samples_decodes() {
    for name in ["sample64", "sample32"] {
        let log = LogsReader::open(format!("fixtures/{name}.pml")).unwrap();
        assert_eq!(log.index().warnings(), [], "{name}");
        for event in log.events() {
            let event = event.unwrap();
            let detail = event.detail();
            assert!(detail.is_ok(), "{name}: {event:?}: {:?}", detail.err());
        }
    }
}
