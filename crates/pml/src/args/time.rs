//! Points in time.

use std::ops::Range;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use procmon_parser::{FileTime, Ticks};

use crate::args::zone::UtcOffset;

/// A point in time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// A time with an offset.
    Absolute(DateTime<Utc>),
    /// A time without an offset, in the time zone of the command.
    Local(NaiveDateTime),
    /// A time after the first event.
    AfterStart(Ticks),
    /// A time before the last event.
    BeforeEnd(Ticks),
}

impl Moment {
    /// Returns true if the time depends on the events of the log.
    pub(crate) fn is_relative(self) -> bool {
        matches!(self, Self::AfterStart(_) | Self::BeforeEnd(_))
    }

    /// Returns the time, in the zone of the command unless it has an offset of its own. `ends` are the times of the
    /// first and the last event.
    pub(crate) fn resolve(self, offset: UtcOffset, ends: &Range<FileTime>) -> FileTime {
        match self {
            Self::Absolute(time) => time.into(),
            Self::Local(time) => {
                let offset = TimeDelta::seconds(offset.0.seconds().into());
                time.checked_sub_signed(offset).unwrap_or(time).and_utc().into()
            }
            Self::AfterStart(span) => FileTime(ends.start.0.saturating_add(span.0)),
            Self::BeforeEnd(span) => FileTime(ends.end.0.saturating_sub(span.0)),
        }
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = |_| "expected a span of time such as +1.5s, -250ms or +2min".to_owned();
        if let Some(span) = text.strip_prefix('+') {
            return span.parse().map(Self::AfterStart).map_err(wrong);
        }
        if let Some(span) = text.strip_prefix('-') {
            return span.parse().map(Self::BeforeEnd).map_err(wrong);
        }
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Absolute(time.with_timezone(&Utc)));
        }
        let time = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .into_iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        let day = || text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        let expected = "expected a time such as 2026-03-02T08:30:00 or 2026-03-02T09:30:00+01:00, or a span such as \
                        +1.5s (after the first event) or -10s (before the last event)";
        time.or_else(day).map(Self::Local).ok_or_else(|| expected.to_owned())
    }
}
