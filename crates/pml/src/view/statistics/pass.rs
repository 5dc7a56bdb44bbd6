//! The pass over a log that collects its statistics.

use std::num::NonZero;
use std::thread;

use procmon_parser::analysis::{Analysis, ProcessActivity};
use procmon_parser::log::Overlaps;
use procmon_parser::summary::Summary;
use procmon_parser::{Event, FileTime, Log};

use crate::error::Failure;
use crate::io::input::Input;
use crate::io::progress::Progress;

/// The statistics of the selected events of a log.
pub(crate) struct Pass {
    pub(crate) summary: Summary,
    pub(super) activity: ProcessActivity,
    /// The check of all events of the log for overlaps.
    pub(crate) overlaps: Overlaps,
    /// The time of the earliest event of the log, selected or not.
    pub(super) start: Option<FileTime>,
}

impl Pass {
    fn new(input: &Input) -> Self {
        let summary = Summary::with_indexes(input.log.indexes());
        Self { summary, activity: ProcessActivity::new().max_buckets(0), overlaps: Overlaps::new(), start: None }
    }

    /// Reads a log, with a thread for each logical processor.
    pub(crate) fn read(
        input: &Input,
        matches: impl Fn(Event<'_>) -> bool + Sync,
        progress: &Progress,
    ) -> Result<Self, Failure> {
        let processors = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let new = || (Self::new(input), progress.counter());
        let parts = input.log.par_fold(processors, new, |(pass, progress), event| {
            progress.tick();
            match event {
                Ok(event) => pass.add(event, matches(event)),
                Err(error) => pass.summary.add_unreadable(error),
            }
        })?;
        let mut whole = Self::new(input);
        for (part, _) in parts {
            whole.summary.merge(part.summary);
            whole.activity.merge(part.activity);
            whole.overlaps.merge(part.overlaps);
            whole.start = earlier(whole.start, part.start);
        }
        Ok(whole)
    }

    #[inline]
    fn add(&mut self, event: Event<'_>, is_selected: bool) {
        self.start = earlier(self.start, Some(event.time()));
        self.overlaps.add(event);
        if is_selected {
            self.summary.add(event);
            self.activity.add(&event);
        }
    }
}

fn earlier(one: Option<FileTime>, other: Option<FileTime>) -> Option<FileTime> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
