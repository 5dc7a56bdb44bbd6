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
    /// Returns the time in UTC.
    pub(super) fn in_zone(self, utc_offset: UtcOffset) -> FileTime {
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

/// Parses a session as the column shows it: a signed decimal number, or a hexadecimal one of 32 bits.
pub(super) fn session(text: &str) -> Option<i32> {
    text.parse()
        .ok()
        .or_else(|| number(text).filter(|_| text.starts_with("0x") || text.starts_with("0X")).map(u32::cast_signed))
}

/// Parses a span of time such as `250ms` or `1.5 s`; without a unit, seconds.
pub(in crate::filter) fn span(text: &str) -> Option<Ticks> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at)?;
    let ticks_of_unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "us" | "\u{b5}s" => 10,
        "ms" => 10_000,
        "" | "s" | "sec" => 10_000_000,
        "m" | "min" => 600_000_000,
        "h" => 36_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction.parse::<u64>().ok()?.checked_mul(ticks_of_unit)? / scale;
    let ticks = whole.parse::<u64>().ok()?.checked_mul(ticks_of_unit)?.checked_add(part)?;
    i64::try_from(ticks).ok().map(|_| Ticks(ticks))
}

/// Parses a time of day; returns the ticks since midnight.
pub(super) fn time_of_day(text: &str) -> Option<Ticks> {
    let (text, ticks) = take_fraction(text);
    let time = date::parse(&text, 0).filter(|time| time.date() == date::OF_TIMES)?.time();
    Some(Ticks(u64::from(time.num_seconds_from_midnight()) * 10_000_000 + ticks.cast_unsigned()))
}

/// Parses a date with its year, with or without a time.
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
    use super::{span, time_of_day};
    use crate::wire::Ticks;

    #[test]
    fn spans() {
        for (text, ticks) in [
            ("250ms", 2_500_000),
            ("1.5s", 15_000_000),
            ("2", 20_000_000),
            ("0.0000001", 1),
            ("90us", 900),
            ("1.5h", 54_000_000_000),
        ] {
            assert_eq!(span(text), Some(Ticks(ticks)), "{text}");
        }
        for text in ["", "s", "1 parsec", "-1s", "1.2.3", "99999999999999999999"] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!(time_of_day("9:30 PM"), Some(Ticks(774_000_000_000)));
        assert_eq!(time_of_day("00:00:00.0000001"), Some(Ticks(1)));
        assert_eq!(time_of_day("4/17/2019 9:30"), None);
        assert_eq!(time_of_day("930"), None);
    }
}
