//! Parallel iterators over events: they give the events of the sequential iterator in the same order.

use procmon_parser::LogsReader;
use rayon::prelude::*;

crate::tests! {
    each_log:
        all_events_come_in_order,
        skip_and_step_by_give_the_same_events;
}

/// Returns values that identify an event, or the message of an error.
fn identity(event: procmon_parser::Result<procmon_parser::Event<'_>>) -> Result<(u32, u64, usize), String> {
    event.map(|event| (event.ordinal(), event.offset(), event.bytes().len())).map_err(|error| error.to_string())
}

fn all_events_come_in_order(name: &str, log: &LogsReader) {
    let expected: Vec<_> = log.events().map(identity).collect();
    assert_eq!(log.par_events().len(), log.len());
    assert_eq!(log.par_events().map(identity).collect::<Vec<_>>(), expected, "{name}");
    let reversed: Vec<_> = log.par_events().rev().map(identity).collect();
    assert!(reversed.iter().rev().eq(&expected), "{name}");
}

fn skip_and_step_by_give_the_same_events(name: &str, log: &LogsReader) {
    let expected: Vec<_> = log.events().skip(3).step_by(7).map(identity).collect();
    let events = log.par_events().with_max_len(5).skip(3).step_by(7);
    assert_eq!(events.map(identity).collect::<Vec<_>>(), expected, "{name}");
}
