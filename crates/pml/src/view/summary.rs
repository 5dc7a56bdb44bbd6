//! Summaries of logs, made on all processors.

use std::num::NonZero;
use std::thread;

use procmon_parser::Event;
use procmon_parser::summary::Summary;

use crate::io::input::{Input, Passing};
use crate::io::progress::Progress;

/// Summarizes the events of a log that match, on all processors.
pub(crate) fn summarize<'a>(
    input: &'a Input,
    matches: impl Fn(Event<'_>) -> bool + Sync,
    progress: &Progress,
) -> Summary<'a> {
    /// The least number of events that is worth a thread.
    const PART: usize = 100_000;
    let log = &input.log;
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    let part = log.len().div_ceil(processors).max(PART);
    let matches = &matches;
    let summarize_part = |start: usize| {
        let mut summary = Summary::new();
        log.indexes().for_each(|index| summary.add_index(index));
        let mut pending = 0;
        let mut passing = Passing::new(std::slice::from_ref(input));
        let events = log.events_in(start..start.saturating_add(part)).inspect(|event| {
            event.iter().for_each(|event| passing.event(*event));
            pending += 1;
            if pending % 4096 == 0 {
                progress.add(4096);
            }
        });
        summary.extend(events.filter(|event| event.as_ref().map_or(true, |event| matches(*event))));
        summary
    };
    if log.len() <= part {
        return summarize_part(0);
    }
    thread::scope(|scope| {
        let parts: Vec<_> =
            (0..log.len()).step_by(part).map(|start| scope.spawn(move || summarize_part(start))).collect();
        let mut whole = Summary::new();
        for part in parts {
            match part.join() {
                Ok(part) => whole.merge(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        whole
    })
}
