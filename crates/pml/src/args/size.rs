//! Numbers of bytes.

use std::fmt;
use std::str::FromStr;

/// A number of bytes, written with a unit, such as `500M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

/// The units, each 1,024 times the one before it.
const UNITS: [&str; 5] = ["", "K", "M", "G", "T"];

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unit_at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(unit_at);
        let unit = unit.trim_start().to_ascii_uppercase();
        let unit = unit.strip_suffix("IB").or(unit.strip_suffix('B')).unwrap_or(&unit);
        let power = UNITS.iter().position(|known| *known == unit);
        let size = power.and_then(|power| number.parse::<u64>().ok()?.checked_mul(1 << (10 * power)));
        size.map(Self).ok_or_else(|| "expected a number of bytes with a unit, such as 500M or 2G".to_owned())
    }
}

impl fmt::Display for Size {
    /// Formats the number in the largest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |power: &usize| self.0.is_multiple_of(1 << (10 * power));
        let power = (0..UNITS.len()).rev().find(fits).filter(|_| self.0 > 0).unwrap_or(0);
        let unit = UNITS.get(power).copied().unwrap_or_default();
        write!(f, "{} {unit}B", self.0 >> (10 * power))
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_have_units() {
        for (text, bytes, shown) in [
            ("0", 0, "0 B"),
            ("1025", 1025, "1025 B"),
            ("500M", 500 << 20, "500 MB"),
            ("2 gib", 2 << 30, "2 GB"),
            ("1024kb", 1 << 20, "1 MB"),
            ("3T", 3 << 40, "3 TB"),
        ] {
            let size: Size = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, shown));
        }
        for text in ["", "M", "-1", "1.5G", "1P", "99999999T", "12 M B"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
