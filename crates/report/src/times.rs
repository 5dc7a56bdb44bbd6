//! Detects times that are not plausible, and converts the others to times of the page.

use procmon_parser::{FileTime, Log, Result};

/// The largest distance of a plausible time from the middle of the log: 5 years. Times of the page are then below 2^52,
/// even if the first bucket of the timeline starts a third of the span before the first event. So the page represents
/// their differences exactly, even zigzag-encoded.
const REACH: u64 = 5 * 31_557_600 * 10_000_000;
/// The number of events whose times determine the middle of a log.
const SAMPLES: usize = 99;

/// The range of plausible times, around the times of most events. A damaged event can have any time, and must not
/// affect the charts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Era {
    middle: u64,
}

impl Era {
    /// Returns the era around the median time of a sample of events.
    pub(crate) fn of<L: Log + ?Sized>(log: &L) -> Result<Self> {
        let events = log.event_count();
        let samples = events.min(SAMPLES);
        let mut batch = log.new_batch(1);
        let mut times = Vec::with_capacity(samples);
        for sample in 0..samples {
            log.read_batch(sample * events / samples, &mut batch)?;
            times.extend(log.batch_events(&batch).flatten().take(1).map(|event| event.time().0));
        }
        let half = times.len() / 2;
        let middle = match times.is_empty() {
            false => *times.select_nth_unstable(half).1,
            true => log.indexes().next().map_or(0, |index| index.origin().0),
        };
        Ok(Self { middle })
    }

    /// Returns the median time of the events.
    pub(crate) fn middle(self) -> u64 {
        self.middle
    }

    pub(crate) fn contains(self, time: u64) -> bool {
        time.abs_diff(self.middle) <= REACH
    }

    /// Returns the clock of the page, which counts from `epoch`. The epoch must be a plausible time.
    pub(crate) fn clock(self, epoch: u64) -> Clock {
        Clock { era: self, epoch }
    }
}

/// Converts times of a log to times of the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    era: Era,
    epoch: u64,
}

impl Clock {
    /// Returns the FILETIME from which the page counts.
    pub(crate) fn epoch(self) -> u64 {
        self.epoch
    }

    /// Returns the time since the epoch, or `None` if it is not plausible.
    pub(crate) fn ticks(self, time: FileTime) -> Option<i64> {
        self.era.contains(time.0).then(|| time.0.wrapping_sub(self.epoch).cast_signed())
    }

    /// Returns the time since the epoch, or `None` if it is not plausible or before the epoch.
    pub(crate) fn since(self, time: FileTime) -> Option<u64> {
        u64::try_from(self.ticks(time)?).ok()
    }
}
