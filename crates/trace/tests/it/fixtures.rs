//! The traces of the fixtures.

use procmon_parser::{LogsReader, LogsStream};
use procmon_trace::TraceWriter;

use crate::support::{check_all, written};
use crate::{open, path};

const FIXTURES: [&str; 7] = [
    "empty.pml",
    "sample32.pml",
    "sample64.pml",
    "version7.pml",
    "damaged.pml",
    "unclosed.pml",
    "segments/capture.pml",
];

#[test]
fn the_traces_have_the_events_of_the_fixtures() {
    for name in FIXTURES {
        check_all(&open(name), name);
    }
}

#[test]
fn a_damaged_log_is_traced_without_its_unreadable_events() {
    let log = LogsReader::open(path("damaged.pml")).unwrap();
    check_all(&log, "damaged");
    let (_, summary) = written(|out| TraceWriter::new().perfetto(out, &log));
    assert_eq!((summary.unreadable, summary.events), (8, 157));
    assert_eq!(summary.first_error.unwrap().place().and_then(|place| place.event), Some(10));
}

#[test]
fn readers_and_streams_give_the_same_traces() {
    for name in ["sample64.pml", "segments/capture.pml"] {
        let (reader, stream) = (open(name), LogsStream::open(path(name)).unwrap());
        let writer = TraceWriter::new().stacks(true);
        assert_eq!(written(|out| writer.perfetto(out, &reader)).0, written(|out| writer.perfetto(out, &stream)).0);
        assert_eq!(written(|out| writer.firefox(out, &reader)).0, written(|out| writer.firefox(out, &stream)).0);
        assert_eq!(written(|out| writer.speedscope(out, &reader)).0, written(|out| writer.speedscope(out, &stream)).0);
    }
}

#[test]
fn a_flame_graph_without_stacks_says_so() {
    let (graph, summary) = written(|out| TraceWriter::new().svg(out, &open("empty.pml")));
    assert!(graph.contains("Stacks of 0 events") && summary.samples == 0, "{graph}");
    let (profiles, _) = written(|out| TraceWriter::new().speedscope(out, &open("empty.pml")));
    assert!(profiles.contains("\"no events\""), "{profiles}");
    assert_eq!(written(|out| TraceWriter::new().folded(out, &open("empty.pml"))).0, "");
}
