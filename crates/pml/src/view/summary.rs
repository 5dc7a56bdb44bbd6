//! Summaries of logs.

use std::num::NonZero;
use std::thread;

use procmon_parser::Log;
use procmon_parser::log::Overlaps;
use procmon_parser::summary::Summary;

use crate::error::Failure;
use crate::io::input::Input;
use crate::io::progress::Progress;

/// Summarizes the events of a log, with a thread for each logical processor. Returns the summary, and the check for
/// overlaps.
pub(crate) fn summarize(input: &Input, progress: &Progress) -> Result<(Summary, Overlaps), Failure> {
    let log = &input.log;
    let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let new = || ((Summary::with_indexes(log.indexes()), Overlaps::new()), progress.counter());
    let parts = log.par_fold(processors, new, |((summary, overlaps), progress), event| {
        progress.tick();
        match event {
            Ok(event) => {
                overlaps.add(event);
                summary.add(event);
            }
            Err(error) => summary.add_unreadable(error),
        }
    })?;
    let (mut whole, mut overlaps) = new().0;
    for ((part, of_part), _) in parts {
        whole.merge(part);
        overlaps.merge(of_part);
    }
    Ok((whole, overlaps))
}
