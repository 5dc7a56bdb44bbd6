//! Time zones.

use std::fmt;
use std::str::FromStr;

use chrono::Local;

/// The difference between printed times and UTC.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct UtcOffset(pub(crate) procmon_parser::UtcOffset);

impl FromStr for UtcOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "local" => Ok(Self((*Local::now().offset()).into())),
            _ => text.parse().map(Self).map_err(|_| "expected an offset such as +02:00, UTC or local".to_owned()),
        }
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
