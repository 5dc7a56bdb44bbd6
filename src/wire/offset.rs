//! Offsets of local time from UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, Offset, Utc};

use crate::error::{Error, Result};

/// An offset of local time from UTC, of less than 24 hours.
///
/// ```
/// use procmon_parser::UtcOffset;
///
/// let offset: UtcOffset = "+05:30".parse()?;
/// assert_eq!(offset.seconds(), 19_800);
/// assert_eq!(offset.to_string(), "+05:30");
/// assert_eq!("utc".parse::<UtcOffset>()?, UtcOffset::UTC);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcOffset {
    seconds: i32,
}

impl UtcOffset {
    /// An offset of zero.
    pub const UTC: Self = Self { seconds: 0 };

    const SECONDS_PER_DAY: i32 = 86_400;

    /// Creates an offset from a number of seconds, positive east of Greenwich; `None` for 24 hours or more.
    #[must_use]
    pub const fn from_seconds(seconds: i32) -> Option<Self> {
        if -Self::SECONDS_PER_DAY < seconds && seconds < Self::SECONDS_PER_DAY { Some(Self { seconds }) } else { None }
    }

    /// Returns the offset in seconds, positive east of Greenwich.
    #[must_use]
    pub const fn seconds(self) -> i32 {
        self.seconds
    }

    /// Returns the number of ticks of 100 ns to add to UTC for local time.
    pub(crate) const fn ticks(self) -> i64 {
        self.seconds as i64 * 10_000_000
    }
}

impl fmt::Display for UtcOffset {
    /// Writes `UTC` for zero, else hours and minutes such as `+02:00`. Adds the seconds if they are not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds == 0 {
            return f.pad("UTC");
        }
        let sign = if self.seconds < 0 { '-' } else { '+' };
        let seconds = self.seconds.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds.is_multiple_of(60) { Ok(()) } else { write!(f, ":{:02}", seconds % 60) }
    }
}

impl FromStr for UtcOffset {
    type Err = Error;

    /// Parses `UTC`, `Z`, or an offset such as `+02:00`, `-0330` or `+01`: a sign, then hours, minutes and seconds of
    /// two digits each, with or without colons. Minutes and seconds are optional.
    fn from_str(text: &str) -> Result<Self> {
        let is_utc = text.eq_ignore_ascii_case("UTC") || text.eq_ignore_ascii_case("Z");
        let parsed = if is_utc { Some(Self::UTC) } else { parse(text) };
        parsed.ok_or_else(|| Error::invalid_text("a UTC offset such as +02:00", text))
    }
}

fn parse(text: &str) -> Option<UtcOffset> {
    let (sign, mut rest) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let has_colons = rest.contains(':');
    let mut seconds = 0;
    for (place, limit) in [24, 60, 60].into_iter().enumerate() {
        if place > 0 && rest.is_empty() {
            seconds *= 60;
            continue;
        }
        if place > 0 && has_colons {
            rest = rest.strip_prefix(':')?;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let number: i32 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
        seconds = seconds * 60 + Some(number).filter(|&number| number < limit)?;
        rest = after;
    }
    if rest.is_empty() { UtcOffset::from_seconds(sign * seconds) } else { None }
}

impl From<FixedOffset> for UtcOffset {
    fn from(offset: FixedOffset) -> Self {
        // The offsets of chrono have the same range.
        Self { seconds: offset.local_minus_utc() }
    }
}

impl From<UtcOffset> for FixedOffset {
    fn from(offset: UtcOffset) -> Self {
        Self::east_opt(offset.seconds).unwrap_or(Utc.fix())
    }
}

#[cfg(test)]
mod tests {
    use chrono::FixedOffset;

    use super::UtcOffset;

    #[test]
    fn printed_offsets_can_be_parsed() {
        for seconds in -86_399..86_400 {
            let offset = UtcOffset::from_seconds(seconds).unwrap();
            assert_eq!(offset.to_string().parse::<UtcOffset>().unwrap(), offset);
            assert_eq!(UtcOffset::from(FixedOffset::from(offset)), offset);
        }
        assert_eq!([-86_400, 86_400, i32::MIN, i32::MAX].map(UtcOffset::from_seconds), [None; 4]);
    }

    #[test]
    fn offsets_have_several_forms() {
        let seconds = |text: &str| text.parse().ok().map(UtcOffset::seconds);
        assert_eq!(["z", "Utc", "+00:00", "-00"].map(seconds), [Some(0); 4]);
        assert_eq!(["+0530", "+05:30", "+05:30:00", "+053000"].map(seconds), [Some(19_800); 4]);
        assert_eq!(["-01", "-01:00", "-0100"].map(seconds), [Some(-3600); 3]);
        let wrong = ["", "+", "+5", "+24", "+05:60", "+5:30", "05:30", "+05:", "+0530:", "+05:3000", "++5", "+0\u{e9}"];
        assert!(wrong.into_iter().all(|text| seconds(text).is_none()));
    }
}
