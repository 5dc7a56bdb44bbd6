//! Points and spans of time as numbers.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};

/// Seconds from 1601-01-01 to 1970-01-01.
const UNIX_EPOCH_SECONDS: i64 = 11_644_473_600;
/// Ticks of 100 nanoseconds in a second.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A point in time as Windows counts it: ticks of 100 ns since 1601-01-01 00:00:00 UTC. Logs hold UTC only.
///
/// ```
/// use procmon_parser::FileTime;
///
/// let time = FileTime(132_000_000_000_000_000);
/// assert_eq!(time.to_datetime().unwrap().to_rfc3339(), "2019-04-17T18:40:00+00:00");
/// assert_eq!(FileTime::from(time.to_datetime().unwrap()), time);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct FileTime(pub u64);

/// A span of time in ticks of 100 ns.
///
/// ```
/// use procmon_parser::Ticks;
///
/// assert_eq!(Ticks(15_000_000).as_secs_f64(), 1.5);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[repr(transparent)]
pub struct Ticks(pub u64);

impl FileTime {
    /// The calendar form; `None` where bit 63 is set, which is no time for Windows either.
    #[must_use]
    pub fn to_datetime(self) -> Option<DateTime<Utc>> {
        let (seconds, ticks) = (self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND);
        let seconds = i64::try_from(seconds).ok().filter(|_| self.0 >> 63 == 0)? - UNIX_EPOCH_SECONDS;
        DateTime::from_timestamp(seconds, u32::try_from(ticks * 100).ok()?)
    }

    /// The time as text of ISO 8601 with all its digits, `2020-07-12T01:18:20.5034798Z`; `None` where
    /// [`to_datetime`](Self::to_datetime) is.
    ///
    /// ```
    /// use procmon_parser::FileTime;
    ///
    /// let text = FileTime(132_000_000_000_000_001).iso8601().unwrap();
    /// assert_eq!(text.as_str(), "2019-04-17T18:40:00.0000001Z");
    /// ```
    #[must_use]
    pub fn iso8601(self) -> Option<Iso8601> {
        const SECONDS_PER_DAY: u64 = 86_400;
        /// Days from 0001-01-01, which chrono calls day 1, to 1601-01-01.
        const FIRST_DAY: u64 = 584_389;
        let (seconds, ticks) = (self.0 / TICKS_PER_SECOND, self.0 % TICKS_PER_SECOND);
        let day = i32::try_from(seconds / SECONDS_PER_DAY + FIRST_DAY).ok().filter(|_| self.0 >> 63 == 0)?;
        let date = NaiveDate::from_num_days_from_ce_opt(day)?;
        let second = seconds % SECONDS_PER_DAY;
        let mut text = Iso8601 { bytes: [0; 30], start: 30 };
        let year = u64::from(date.year().unsigned_abs());
        text.push('Z', ticks, 7);
        text.push('.', second % 60, 2);
        text.push(':', second / 60 % 60, 2);
        text.push(':', second / 3600, 2);
        text.push('T', date.day().into(), 2);
        text.push('-', date.month().into(), 2);
        text.push('-', year, if year > 9999 { 5 } else { 4 });
        if year > 9999 {
            text.push('+', 0, 0); // ISO 8601 wants a sign where a year has more than four digits
        }
        Some(text)
    }

    /// The time `span` later, modulo 2^64 as Procmon computes it.
    #[must_use]
    pub fn after(self, span: Ticks) -> Self {
        Self(self.0.wrapping_add(span.0))
    }

    /// The span since an earlier time, modulo 2^64 as Procmon computes it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Ticks {
        Ticks(self.0.wrapping_sub(earlier.0))
    }
}

/// The text of [`FileTime::iso8601`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iso8601 {
    bytes: [u8; 30],
    start: usize,
}

impl Iso8601 {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.bytes.get(self.start..).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// Puts the lowest digits of a number and a character behind it before what is there.
    fn push(&mut self, behind: char, mut number: u64, digits: usize) {
        self.push_byte(behind as u8);
        for _ in 0..digits {
            self.push_byte(b'0' + (number % 10) as u8);
            number /= 10;
        }
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(start) = self.start.checked_sub(1)
            && let Some(slot) = self.bytes.get_mut(start)
        {
            *slot = byte;
            self.start = start;
        }
    }
}

impl std::fmt::Display for Iso8601 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<DateTime<Utc>> for FileTime {
    /// Times before 1601 become 0, those that 64 bits do not hold the greatest; what is finer than 100 ns is cut.
    fn from(time: DateTime<Utc>) -> Self {
        let seconds = u64::try_from(time.timestamp() + UNIX_EPOCH_SECONDS).unwrap_or(0);
        let ticks = seconds.saturating_mul(TICKS_PER_SECOND);
        Self(ticks.saturating_add(u64::from(time.timestamp_subsec_nanos() / 100)))
    }
}

impl From<std::time::Duration> for Ticks {
    /// Spans that 64 bits do not hold become the greatest; what is finer than 100 ns is cut.
    fn from(span: std::time::Duration) -> Self {
        Self(u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX))
    }
}

impl Ticks {
    /// Seconds, as near as a double gets.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "Procmon computes with doubles as well")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / TICKS_PER_SECOND as f64
    }

    /// The span for chrono; `None` beyond 2^63 ticks.
    #[must_use]
    pub fn to_delta(self) -> Option<TimeDelta> {
        let ticks = i64::try_from(self.0).ok()?;
        let (seconds, rest) = (ticks / TICKS_PER_SECOND.cast_signed(), ticks % TICKS_PER_SECOND.cast_signed());
        TimeDelta::new(seconds, u32::try_from(rest * 100).ok()?)
    }
}
