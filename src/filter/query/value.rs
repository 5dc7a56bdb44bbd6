//! Parses the values of comparisons.

use chrono::{DateTime, Datelike, Timelike};

use crate::filter::rule::date;
use crate::filter::rule::number::take_fraction;
use crate::wire::UtcOffset;
use crate::wire::{FileTime, Ticks};

/// A point in time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instant {
    /// A local time, stored as if it were UTC.
    Local(FileTime),
    Utc(FileTime),
}

impl Instant {
    /// Converts the time to UTC. `utc_offset` is the offset of a local time.
    pub(super) fn to_utc(self, utc_offset: UtcOffset) -> FileTime {
        match self {
            Self::Utc(time) => time,
            Self::Local(local) => FileTime(local.0.saturating_add_signed(-utc_offset.ticks())),
        }
    }
}

/// Parses a decimal or hexadecimal number.
pub(super) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Parses a session id: a signed decimal number, as the column shows it, or a hexadecimal number of 32 bits.
pub(super) fn session(text: &str) -> Option<i32> {
    text.parse()
        .ok()
        .or_else(|| number(text).filter(|_| text.starts_with("0x") || text.starts_with("0X")).map(u32::cast_signed))
}

/// Parses a time of day; returns the ticks since midnight.
pub(super) fn time_of_day(text: &str) -> Option<Ticks> {
    let (text, ticks) = take_fraction(text);
    let time = date::parse(&text, 0).filter(|time| time.date() == date::OF_TIMES)?.time();
    Some(Ticks(u64::from(time.num_seconds_from_midnight()) * 10_000_000 + ticks.cast_unsigned()))
}

/// Parses a date, with or without a time. The date must have a year.
pub(super) fn instant(text: &str) -> Option<Instant> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(Instant::Utc(FileTime::from(instant.to_utc())));
    }
    let (text, ticks) = take_fraction(text);
    let spaced = match text.split_once('T') {
        Some((date, time)) if date.ends_with(|c: char| c.is_ascii_digit()) => format!("{date} {time}"),
        _ => text,
    };
    let local = date::parse(&spaced, 0)?;
    let has_date = local.date() != date::OF_TIMES && local.year() >= 1601;
    has_date.then(|| Instant::Local(FileTime::from(local.and_utc()).after(Ticks(ticks.cast_unsigned()))))
}

#[cfg(test)]
mod tests {
    use super::{instant, time_of_day};
    use crate::wire::Ticks;

    #[test]
    fn times_of_day() {
        assert_eq!(time_of_day("9:30 PM"), Some(Ticks(774_000_000_000)));
        assert_eq!(time_of_day("00:00:00.0000001"), Some(Ticks(1)));
        assert_eq!(time_of_day("4/17/2019 9:30"), None);
        assert_eq!(time_of_day("930"), None);
    }

    #[test]
    fn only_a_t_after_a_digit_separates_date_and_time() {
        assert!(instant("2019-10-17T9:30").is_some());
        assert!(instant("17 OCT 2019").is_some() && instant("17 OCTOBER 2019 9:30").is_some());
        assert!(instant("OCT").is_none());
    }
}
