//! Points in time.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use procmon_parser::FileTime;

use crate::args::zone::UtcOffset;

/// A point in time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    /// A time with an offset.
    Absolute(DateTime<Utc>),
    /// A time without an offset, in the time zone of the command.
    Local(NaiveDateTime),
}

impl Moment {
    /// Returns the time, in the zone of the command unless it has its own offset.
    pub(crate) fn in_zone(self, offset: UtcOffset) -> FileTime {
        let time = match self {
            Self::Absolute(time) => time,
            Self::Local(time) => {
                let offset = TimeDelta::seconds(offset.0.seconds().into());
                time.checked_sub_signed(offset).unwrap_or(time).and_utc()
            }
        };
        time.into()
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Absolute(time.with_timezone(&Utc)));
        }
        let time = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .into_iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        let day = || text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0));
        let expected = "expected a time such as 2026-03-02T08:30:00 or 2026-03-02T09:30:00+01:00";
        time.or_else(day).map(Self::Local).ok_or_else(|| expected.to_owned())
    }
}
