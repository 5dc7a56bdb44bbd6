//! The time and time zone in which a rule is typed.

use std::time::SystemTime;

use chrono::{DateTime, Datelike, Utc};

use crate::wire::FileTime;
use crate::wire::UtcOffset;

/// The year and time zone of the computer on which a rule is typed.
///
/// The number of a date in the value depends on both; see [`Rule::typed_at`](crate::Rule::typed_at).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    year: i32,
    utc_offset: UtcOffset,
}

impl Clock {
    /// Creates a clock from the current time and the offset of local time from UTC.
    #[must_use]
    pub fn new(now: FileTime, utc_offset: UtcOffset) -> Self {
        let local = FileTime(now.0.saturating_add_signed(utc_offset.ticks()));
        let year = DateTime::<Utc>::try_from(local).map_or(i32::MAX, |time| time.year());
        Self { year, utc_offset }
    }

    /// Returns the clock of this computer, in UTC.
    #[must_use]
    pub fn utc_now() -> Self {
        Self::new(SystemTime::now().into(), UtcOffset::UTC)
    }

    /// Creates a clock in UTC in the given year.
    pub(in crate::filter) fn in_year(year: i32) -> Self {
        Self { year, utc_offset: UtcOffset::UTC }
    }

    pub(super) fn year(self) -> i32 {
        self.year
    }

    /// Returns the number of ticks to add to UTC to get local time.
    pub(super) fn ticks_from_utc(self) -> i64 {
        self.utc_offset.ticks()
    }
}
