//! Time zones.

use std::fmt;
use std::str::FromStr;

use chrono::{FixedOffset, Local, Offset, Utc};

/// The difference between printed times and UTC.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UtcOffset(pub(crate) FixedOffset);

impl Default for UtcOffset {
    fn default() -> Self {
        Self(Utc.fix())
    }
}

impl FromStr for UtcOffset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "utc" | "z" => Ok(Self::default()),
            "local" => Ok(Self(*Local::now().offset())),
            _ => text.parse().map(Self).map_err(|_| "expected +HH:MM, -HH:MM, UTC or local".to_owned()),
        }
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.local_minus_utc() == 0 { f.write_str("UTC") } else { self.0.fmt(f) }
    }
}
