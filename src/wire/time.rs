//! Points in time and time spans.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc};

use super::UtcOffset;
use super::ascii::Ascii;
use crate::error::{Error, Result};

const TICKS_PER_SECOND: u64 = Ticks::SECOND.0;
const SECONDS_PER_DAY: u64 = 86_400;

/// A point in time, as the number of ticks of 100 ns since 1601-01-01 00:00:00 UTC. All times in logs are in UTC.
///
/// `Display` writes ISO 8601 with seven decimals, and `FromStr` parses it. `From` and `TryFrom` convert from and to
/// [`SystemTime`] and chrono's [`DateTime`]. [`after`](Self::after) and [`since`](Self::since) replace the operators
/// `+` and `-`: like Procmon, they wrap on overflow.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use procmon_parser::FileTime;
///
/// let time = FileTime(132_000_000_000_000_001);
/// assert_eq!(time.to_string(), "2019-04-17T18:40:00.0000001Z");
/// assert_eq!("2019-04-17T20:40:00.0000001+02:00".parse::<FileTime>()?, time);
/// assert_eq!(DateTime::<Utc>::try_from(time)?.timestamp(), 1_555_526_400);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct FileTime(pub u64);

/// A span of time in ticks of 100 ns.
///
/// ```
/// use std::time::Duration;
///
/// use procmon_parser::Ticks;
///
/// let span = Ticks::from(Duration::from_millis(1500));
/// assert_eq!((span.as_secs_f64(), span.to_string()), (1.5, "1.5000000".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[repr(transparent)]
pub struct Ticks(pub u64);

impl FileTime {
    /// 1970-01-01 00:00:00 UTC.
    pub const UNIX_EPOCH: Self = Self(116_444_736_000_000_000);

    /// The latest time that Windows accepts, in the year 30828. Later times have bit 63 set. They can be printed, but
    /// converting them to other types fails.
    pub const MAX: Self = Self(u64::MAX >> 1);

    /// Returns the time `span` later. Like Procmon, wraps on overflow.
    #[must_use]
    pub fn after(self, span: Ticks) -> Self {
        Self(self.0.wrapping_add(span.0))
    }

    /// Returns the span since an earlier time. Like Procmon, wraps on overflow.
    #[must_use]
    pub fn since(self, earlier: Self) -> Ticks {
        Ticks(self.0.wrapping_sub(earlier.0))
    }

    /// Returns true if Windows accepts the time.
    pub(crate) fn is_valid(self) -> bool {
        self <= Self::MAX
    }

    /// Returns the local time at an offset from UTC; `None` if it is not [valid](Self::is_valid).
    #[inline]
    pub(crate) fn local(self, offset: UtcOffset) -> Option<Self> {
        let ticks = i64::from(offset.seconds()) * TICKS_PER_SECOND.cast_signed();
        Some(Self(self.0.wrapping_add_signed(ticks))).filter(|local| local.is_valid())
    }

    /// Returns the date in the Gregorian calendar.
    pub(crate) fn date(self) -> NaiveDate {
        /// The number that chrono gives to 1601-01-01. It counts days from 0001-01-01, which is day 1.
        const FIRST_DAY: u64 = 584_389;
        let day = i32::try_from(self.0 / TICKS_PER_SECOND / SECONDS_PER_DAY + FIRST_DAY).ok();
        // The latest 64-bit time is in the year 60056, which chrono supports, so the default is never returned.
        day.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default()
    }

    /// Returns the number of whole seconds since midnight.
    #[inline]
    pub(crate) fn second_of_day(self) -> u64 {
        self.0 / TICKS_PER_SECOND % SECONDS_PER_DAY
    }

    /// Returns the number of ticks since the last whole second.
    #[inline]
    pub(crate) fn tick_of_second(self) -> u64 {
        self.0 % TICKS_PER_SECOND
    }

    /// Formats the time as `2020-07-12T01:18:20.5034798Z`, with a `+` before a year of five digits.
    pub(crate) fn iso8601(self) -> Ascii {
        let (date, second) = (self.date(), self.second_of_day());
        let mut text = Ascii::new();
        let mut push = |after: u8, number: u64, digits: usize| {
            text.push_front(after);
            text.push_digits(number, digits);
        };
        let year = u64::from(date.year().unsigned_abs());
        push(b'Z', self.tick_of_second(), 7);
        push(b'.', second % 60, 2);
        push(b':', second / 60 % 60, 2);
        push(b':', second / 3600, 2);
        push(b'T', date.day().into(), 2);
        push(b'-', date.month().into(), 2);
        push(b'-', year, if year > 9999 { 5 } else { 4 });
        if year > 9999 {
            text.push_front(b'+');
        }
        text
    }

    /// Converts a time since the Unix epoch; `None` if it is before 1601 or does not fit in 64 bits.
    fn from_unix(seconds: i64, nanos: u32) -> Option<Self> {
        const UNIX_EPOCH_SECONDS: i64 = (FileTime::UNIX_EPOCH.0 / TICKS_PER_SECOND).cast_signed();
        let seconds = u64::try_from(seconds.checked_add(UNIX_EPOCH_SECONDS)?).ok()?;
        seconds.checked_mul(TICKS_PER_SECOND)?.checked_add(u64::from(nanos / 100)).map(Self)
    }

    /// Returns the seconds since the Unix epoch and the nanoseconds. Fails if Windows does not accept the time.
    fn to_unix(self) -> Result<(i64, u32)> {
        if !self.is_valid() {
            return Err(Error::too_large("time", self.0, Self::MAX.0));
        }
        let since_epoch = self.0.cast_signed() - Self::UNIX_EPOCH.0.cast_signed();
        let ticks = since_epoch.rem_euclid(TICKS_PER_SECOND.cast_signed());
        let seconds = since_epoch.div_euclid(TICKS_PER_SECOND.cast_signed());
        Ok((seconds, u32::try_from(ticks * 100).unwrap_or_default()))
    }
}

impl fmt::Display for FileTime {
    /// Writes ISO 8601 in UTC, such as `2020-07-12T01:18:20.5034798Z`. A year of five digits has a `+` before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.iso8601().as_str())
    }
}

impl FromStr for FileTime {
    type Err = Error;

    /// Parses ISO 8601 with a UTC offset, truncated to 100 ns. Fails for a time before 1601.
    fn from_str(text: &str) -> Result<Self> {
        let parsed: Option<DateTime<FixedOffset>> = text.parse().ok();
        let time = parsed.and_then(|time| Self::from_unix(time.timestamp(), time.timestamp_subsec_nanos()));
        time.ok_or_else(|| Error::invalid_text("a time such as 2020-07-12T01:18:20.5034798Z", text))
    }
}

impl From<DateTime<Utc>> for FileTime {
    /// Truncates to 100 ns. A time before 1601 becomes 0; a time that does not fit in 64 bits becomes `u64::MAX`.
    fn from(time: DateTime<Utc>) -> Self {
        let outside = if time < DateTime::UNIX_EPOCH { Self(0) } else { Self(u64::MAX) };
        Self::from_unix(time.timestamp(), time.timestamp_subsec_nanos()).unwrap_or(outside)
    }
}

impl TryFrom<FileTime> for DateTime<Utc> {
    type Error = Error;

    /// Fails for a time after [`FileTime::MAX`].
    fn try_from(time: FileTime) -> Result<Self> {
        let (seconds, nanos) = time.to_unix()?;
        Self::from_timestamp(seconds, nanos).ok_or_else(|| Error::too_large("time", time.0, FileTime::MAX.0))
    }
}

impl From<SystemTime> for FileTime {
    /// Truncates to 100 ns. A time before 1601 becomes 0; a time that does not fit in 64 bits becomes `u64::MAX`.
    fn from(time: SystemTime) -> Self {
        let epoch = Self::UNIX_EPOCH;
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self(epoch.0.saturating_add(Ticks::from(after).0)),
            // Rounding the distance up truncates the time, which is before the epoch.
            Err(error) => {
                let before = error.duration().saturating_add(Duration::from_nanos(99));
                Self(epoch.0.saturating_sub(Ticks::from(before).0))
            }
        }
    }
}

impl TryFrom<FileTime> for SystemTime {
    type Error = Error;

    /// Fails for a time after [`FileTime::MAX`], or one that `SystemTime` cannot represent.
    fn try_from(time: FileTime) -> Result<Self> {
        let (seconds, nanos) = time.to_unix()?;
        let distance = Duration::from_secs(seconds.unsigned_abs());
        let whole =
            if seconds < 0 { Self::UNIX_EPOCH.checked_sub(distance) } else { Self::UNIX_EPOCH.checked_add(distance) };
        let time_of_system = whole.and_then(|time| time.checked_add(Duration::from_nanos(nanos.into())));
        time_of_system.ok_or_else(|| Error::too_large("time", time.0, FileTime::MAX.0))
    }
}

impl Ticks {
    /// One second.
    pub const SECOND: Self = Self(10_000_000);

    /// Returns the span in seconds, rounded to the nearest `f64`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / TICKS_PER_SECOND as f64
    }
}

impl fmt::Display for Ticks {
    /// Writes the seconds with seven decimals, such as `0.0000123`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Ascii::new();
        text.push_digits(self.0 % TICKS_PER_SECOND, 7);
        text.push_front(b'.');
        text.push_decimal(self.0 / TICKS_PER_SECOND);
        f.pad(text.as_str())
    }
}

impl FromStr for Ticks {
    type Err = Error;

    /// Parses a number with a unit, such as `250ms` or `1.5 s`. The units are `us`, `ms`, `s`, `min` and `h`; a number
    /// without a unit is in seconds. Truncates to 100 ns.
    ///
    /// ```
    /// use procmon_parser::Ticks;
    ///
    /// assert_eq!("250ms".parse::<Ticks>()?, Ticks(2_500_000));
    /// assert_eq!("1.5 h".parse::<Ticks>()?, Ticks(54_000_000_000));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    fn from_str(text: &str) -> Result<Self> {
        parse_span(text).ok_or_else(|| Error::invalid_text("a span of time such as 250ms", text))
    }
}

fn parse_span(text: &str) -> Option<Ticks> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at)?;
    let ticks_of_unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "us" | "\u{b5}s" => 10,
        "ms" => 10_000,
        "" | "s" | "sec" => TICKS_PER_SECOND,
        "m" | "min" => 60 * TICKS_PER_SECOND,
        "h" => 3600 * TICKS_PER_SECOND,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction.parse::<u64>().ok()?.checked_mul(ticks_of_unit)? / scale;
    let ticks = whole.parse::<u64>().ok()?.checked_mul(ticks_of_unit)?.checked_add(part)?;
    i64::try_from(ticks).ok().map(|_| Ticks(ticks))
}

impl From<Duration> for Ticks {
    /// Truncates to 100 ns. A span that does not fit in 64 bits becomes `u64::MAX`.
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX))
    }
}

impl From<Ticks> for Duration {
    fn from(span: Ticks) -> Self {
        let nanos = u32::try_from(span.0 % TICKS_PER_SECOND * 100).unwrap_or_default();
        Self::new(span.0 / TICKS_PER_SECOND, nanos)
    }
}

impl From<Ticks> for TimeDelta {
    fn from(span: Ticks) -> Self {
        // The largest number of ticks is far below the limit of `TimeDelta`.
        Self::from_std(span.into()).unwrap_or(Self::MAX)
    }
}

impl TryFrom<TimeDelta> for Ticks {
    type Error = Error;

    /// Truncates to 100 ns. Fails for a negative span.
    fn try_from(span: TimeDelta) -> Result<Self> {
        let positive =
            span.to_std().map_err(|_| Error::invalid_text("a time span that is not negative", &span.to_string()))?;
        Ok(positive.into())
    }
}

macro_rules! from_number {
    ($($Name:ident),*) => { $(
        impl From<u64> for $Name {
            fn from(ticks: u64) -> Self {
                Self(ticks)
            }
        }

        impl From<$Name> for u64 {
            fn from(value: $Name) -> Self {
                value.0
            }
        }
    )* };
}
from_number!(FileTime, Ticks);

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use chrono::{DateTime, TimeDelta, Utc};
    use proptest::prelude::*;

    use super::{FileTime, Ticks};

    #[test]
    fn the_limits_of_the_range_are_printed() {
        let texts = [FileTime(0), FileTime::UNIX_EPOCH, FileTime::MAX, FileTime(u64::MAX)].map(|time| time.to_string());
        let expected = [
            "1601-01-01T00:00:00.0000000Z",
            "1970-01-01T00:00:00.0000000Z",
            "+30828-09-14T02:48:05.4775807Z",
            "+60056-05-28T05:36:10.9551615Z",
        ];
        assert_eq!(texts, expected);
        assert!(
            ["1600-12-31T23:59:59Z", "+60056-05-28T05:36:11Z", "2020-07-12", ""]
                .map(str::parse::<FileTime>)
                .iter()
                .all(Result::is_err)
        );
        assert!(
            DateTime::<Utc>::try_from(FileTime(1 << 63)).is_err() && SystemTime::try_from(FileTime(1 << 63)).is_err()
        );
    }

    #[test]
    fn times_outside_the_range_saturate() {
        assert_eq!(
            [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC].map(FileTime::from),
            [FileTime(0), FileTime(u64::MAX)]
        );
        let early = SystemTime::UNIX_EPOCH - Duration::from_secs(1 << 35);
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 45);
        assert_eq!([early, late].map(FileTime::from), [FileTime(0), FileTime(u64::MAX)]);
        assert!(Ticks::try_from(TimeDelta::seconds(-1)).is_err());
        assert_eq!(Ticks::from(Duration::MAX), Ticks(u64::MAX));
    }

    #[test]
    fn all_conversions_truncate_to_ticks() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_nanos(150);
        let same = DateTime::<Utc>::UNIX_EPOCH - TimeDelta::nanoseconds(150);
        assert_eq!(FileTime::from(before), FileTime::from(same));
        assert_eq!(FileTime::from(same), FileTime(FileTime::UNIX_EPOCH.0 - 2));
    }

    proptest! {
        #[test]
        fn conversions_round_trip(ticks in any::<u64>()) {
            let (time, span) = (FileTime(ticks), Ticks(ticks));
            prop_assert_eq!(time.to_string().parse::<FileTime>().unwrap(), time);
            prop_assert_eq!(Ticks::from(Duration::from(span)), span);
            prop_assert_eq!(Ticks::try_from(TimeDelta::from(span)).unwrap(), span);
            let valid = FileTime(ticks >> 1);
            prop_assert_eq!(FileTime::from(DateTime::<Utc>::try_from(valid).unwrap()), valid);
            prop_assert_eq!(FileTime::from(SystemTime::try_from(valid).unwrap()), valid);
        }
    }

    #[test]
    fn spans_have_units() {
        for (text, ticks) in [
            ("250ms", 2_500_000),
            ("1.5s", 15_000_000),
            ("2", 20_000_000),
            ("0.0000001", 1),
            ("90us", 900),
            ("1.5h", 54_000_000_000),
        ] {
            assert_eq!(text.parse::<Ticks>().unwrap(), Ticks(ticks), "{text}");
        }
        for text in ["", "s", "1 parsec", "-1s", "1.2.3", "99999999999999999999"] {
            assert!(text.parse::<Ticks>().is_err(), "{text}");
        }
    }
}
