//! Times and durations as text.

use std::fmt;

use indicatif::HumanCount;
use procmon_parser::{FileTime, Ticks};
use serde::{Serialize, Serializer};

/// Formats a time as ISO 8601 in UTC, exact to 100 ns. Returns `None` past [`FileTime::MAX`].
pub(crate) fn iso(time: FileTime) -> Option<String> {
    (time <= FileTime::MAX).then(|| time.to_string())
}

/// Formats a time like [`iso`]. Returns `None` for 0, which marks a time that the log does not have.
pub(crate) fn iso_if_known(time: FileTime) -> Option<String> {
    if time.0 == 0 { None } else { iso(time) }
}

/// Returns an [`iso`] time for text output: `2026-03-02 08:30:00.1234567`. The zone is omitted, because the output
/// names it once.
pub(crate) fn readable(iso: &str) -> String {
    iso.trim_end_matches('Z').replacen('T', " ", 1)
}

/// A duration in seconds. In JSON it is a number; as text it has seven decimals and commas between thousands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) Ticks);

impl Seconds {
    /// Returns the text without commas, for CSV.
    pub(crate) fn plain(self) -> String {
        format!("{}.{:07}", self.0.0 / 10_000_000, self.0.0 % 10_000_000)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:07}", HumanCount(self.0.0 / 10_000_000), self.0.0 % 10_000_000)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use procmon_parser::{FileTime, Ticks};

    use super::{Seconds, iso, readable};

    #[test]
    fn times_have_all_digits() {
        assert_eq!(Seconds(Ticks(74)).to_string(), "0.0000074");
        assert_eq!(Seconds(Ticks(123_450_000_001)).to_string(), "12,345.0000001");
        assert_eq!(Seconds(Ticks(123_450_000_001)).plain(), "12345.0000001");
        assert_eq!(iso(FileTime(132_389_902_907_752_429)).unwrap(), "2020-07-12T01:18:10.7752429Z");
        assert_eq!(iso(FileTime(u64::MAX)), None);
        assert_eq!(readable("2020-07-12T01:18:10.7752429Z"), "2020-07-12 01:18:10.7752429");
    }
}
