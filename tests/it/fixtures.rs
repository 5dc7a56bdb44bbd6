//! The logs in `fixtures/` are what `cargo run --example make_fixtures` makes: the library's writer lays them out. The
//! generator in `tests/support/synth` lays the same logs out by hand, without the library, and has to come to the same
//! bytes.

use std::fs;
use std::path::Path;

use crate::support::synth::{self, Log};
use crate::support::written::{self, without_fillers};
use procmon_parser::LogsReader;

#[test]
fn are_up_to_date() {
    for (name, bytes) in written::fixtures() {
        let stored = fs::read(Path::new("fixtures").join(&name)).unwrap_or_default();
        assert!(stored == bytes, "{name} is not what cargo run --example make_fixtures makes");
    }
}

#[test]
fn the_writer_lays_logs_out_as_they_are_laid_out_by_hand() {
    let sample = synth::sample(true);
    let empty = Log { events: Vec::new(), ..sample.clone() };
    let version7 = Log { version: 7, ..synth::sample(false) };
    let events = synth::large_events(10_000).collect();
    let large = Log { events, ..synth::large_tables() };
    let segments = synth::segments();
    for log in [sample, synth::sample(false), empty, version7, large].iter().chain(&segments) {
        let by_hand = without_fillers(log.bytes());
        assert!(written::bytes(log) == by_hand, "{} events, {} bytes", log.events.len(), by_hand.len());
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
