//! The logs in `fixtures/` are what the generator in `tests/support` makes of them.
//!
//! After a change of the generator: `UPDATE_FIXTURES=1 cargo test --test fixtures`.

mod support;

use std::fs;
use std::path::Path;

use procmon_parser::LogsReader;
use support::synth::{self, Log};

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let sample = synth::sample(true);
    let fixture = |name: &str, bytes| (name.to_owned(), bytes);
    let mut fixtures = vec![
        fixture("sample64.pml", sample.bytes()),
        fixture("sample32.pml", synth::sample(false).bytes()),
        fixture("version7.pml", Log { version: 7, ..synth::sample(false) }.bytes()),
        fixture("empty.pml", Log { events: Vec::new(), ..sample.clone() }.bytes()),
        fixture("unclosed.pml", synth::unclosed(sample.bytes())),
        fixture("damaged.pml", synth::damaged()),
    ];
    let segments = synth::segments().into_iter().enumerate();
    fixtures.extend(segments.map(|(number, log)| {
        let suffix = if number == 0 { String::new() } else { format!("-{number}") };
        (format!("segments/capture{suffix}.pml"), log.bytes())
    }));
    fixtures
}

#[test]
fn are_up_to_date() {
    let update = std::env::var_os("UPDATE_FIXTURES").is_some();
    for (name, bytes) in fixtures() {
        let path = Path::new("fixtures").join(&name);
        if update {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        let stored = fs::read(&path).unwrap_or_default();
        assert!(stored == bytes, "{name} is not what the generator makes; UPDATE_FIXTURES=1 writes it");
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
