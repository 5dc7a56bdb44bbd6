//! Points in time.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use procmon_parser::FileTime;

/// A point in time. Text without an offset is in UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(pub(crate) FileTime);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc)).ok();
        let without = || {
            ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
                .into_iter()
                .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
                .map(|time| time.and_utc())
        };
        let day = || text.parse::<NaiveDate>().ok().and_then(|day| day.and_hms_opt(0, 0, 0)).map(|time| time.and_utc());
        let time = with_offset.or_else(without).or_else(day);
        let time = time.ok_or("expected a time such as 2026-03-02T08:30:00 (UTC) or 2026-03-02T09:30:00+01:00")?;
        Ok(Self(time.into()))
    }
}
