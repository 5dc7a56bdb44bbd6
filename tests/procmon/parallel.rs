//! Events in several threads: what one thread gets, in the same order.

use procmon_parser::LogsReader;
use rayon::prelude::*;

crate::tests! {
    each_log:
        all_events_come_in_order,
        a_part_of_the_events_is_the_same_part;
}

/// What tells one event from another, and one error from another.
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

fn a_part_of_the_events_is_the_same_part(name: &str, log: &LogsReader) {
    let expected: Vec<_> = log.events().skip(3).step_by(7).map(identity).collect();
    let events = log.par_events().with_max_len(5).skip(3).step_by(7);
    assert_eq!(events.map(identity).collect::<Vec<_>>(), expected, "{name}");
}
