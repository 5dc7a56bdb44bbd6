//! The range of events to read: by time and by number.

use std::ops::Range;

use clap::Args;
use procmon_parser::{Event, FileTime, Log};

use crate::args::ordinals::Ordinals;
use crate::args::time::Moment;
use crate::args::zone::UtcOffset;
use crate::error::Failure;

/// The options for the range of events.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RangeArgs {
    /// Keep only the events that started at or after TIME.
    ///
    /// Examples: 2026-03-02T08:30:00.1234567, +1.5s (after the first event), -10s (before the last event). A time is in
    /// the zone of --utc-offset, which is UTC by default, unless it ends with an offset such as +01:00 or Z. With
    /// several logs, spans are relative to the earliest first event or the latest last event.
    #[arg(long, value_name = "TIME", help_heading = "Selection", allow_hyphen_values = true)]
    from: Option<Moment>,
    /// Keep only the events that started before TIME, given as in --from.
    // The alias is the name in commands whose --to is a format.
    #[arg(long, alias = "until", value_name = "TIME", help_heading = "Selection", allow_hyphen_values = true)]
    to: Option<Moment>,
    /// Keep only the events with numbers from A up to but excluding B.
    ///
    /// Numbers start at 0 in each log. A or B can be omitted. "save" numbers the events of several files in order of
    /// time.
    #[arg(long, value_name = "A..B", help_heading = "Selection")]
    events: Option<Ordinals>,
}

impl RangeArgs {
    /// Returns true if no option restricts the range.
    pub(crate) fn is_everything(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.events.is_none()
    }

    /// Returns the range for these logs. Reads their first and last events if a time depends on them.
    pub(crate) fn resolve<L: Log>(&self, logs: &[L], offset: UtcOffset) -> Result<EventRange, Failure> {
        let needs_ends = [self.from, self.to].into_iter().flatten().any(Moment::is_relative);
        let ends = if needs_ends { ends(logs)? } else { FileTime(0)..FileTime(0) };
        let [from, to] = [self.from, self.to].map(|moment| moment.map(|moment| moment.resolve(offset, &ends)));
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Failure::Usage("the time of --from is not before that of --to".to_owned()));
        }
        Ok(EventRange { from, to, numbers: self.events.as_ref().map(|Ordinals(numbers)| numbers.clone()) })
    }
}

/// Returns the times of the earliest first event and of the latest last event.
fn ends<L: Log>(logs: &[L]) -> Result<Range<FileTime>, Failure> {
    let mut ends: Option<Range<FileTime>> = None;
    for log in logs {
        let Some(last) = log.event_count().checked_sub(1) else { continue };
        for number in [0, last] {
            let mut batch = log.new_batch(1);
            log.read_batch(number, &mut batch)?;
            let Some(time) = log.batch_events(&batch).next().and_then(Result::ok).map(Event::time) else { continue };
            ends = Some(match ends {
                None => time..time,
                Some(Range { start, end }) => start.min(time)..end.max(time),
            });
        }
    }
    Ok(ends.unwrap_or_default())
}

/// A range of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventRange {
    from: Option<FileTime>,
    to: Option<FileTime>,
    numbers: Option<Range<u64>>,
}

impl EventRange {
    /// Returns true if the range contains an event that has this number.
    #[inline]
    pub(crate) fn contains(&self, event: Event<'_>, number: u64) -> bool {
        let time = event.time();
        self.numbers.as_ref().is_none_or(|numbers| numbers.contains(&number))
            && self.from.is_none_or(|from| time >= from)
            && self.to.is_none_or(|to| time < to)
    }

    /// Returns true if the range contains all events.
    pub(crate) fn is_everything(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.numbers.is_none()
    }
}
