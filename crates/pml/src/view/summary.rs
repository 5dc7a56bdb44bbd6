//! Summaries of logs.

use std::num::NonZero;
use std::thread;

use procmon_parser::summary::Summary;
use procmon_parser::{Event, Log};

use crate::error::Failure;
use crate::io::input::Input;
use crate::io::progress::Progress;

/// Summarizes the matching events of a log, with a thread for each logical processor.
pub(crate) fn summarize(
    input: &Input,
    matches: impl Fn(Event<'_>) -> bool + Sync,
    progress: &Progress,
) -> Result<Summary, Failure> {
    let log = &input.log;
    let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let new = || (Summary::with_indexes(log.indexes()), progress.counter());
    let parts = log.par_fold(processors, new, |(summary, progress), event| {
        progress.tick();
        match event {
            Ok(event) if matches(event) => summary.add(event),
            Ok(_) => {}
            Err(error) => summary.add_unreadable(error),
        }
    })?;
    let mut whole = Summary::with_indexes(log.indexes());
    parts.into_iter().for_each(|(part, _)| whole.merge(part));
    Ok(whole)
}
