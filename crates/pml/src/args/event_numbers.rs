//! Numbers of events to show.

use std::ops::Range;
use std::str::FromStr;

use crate::args::ordinals::Ordinals;

/// One number, or a range of numbers.
#[derive(Clone, Debug)]
pub(crate) struct EventNumbers(pub(crate) Range<u64>);

impl FromStr for EventNumbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("..") {
            return text.parse().map(|Ordinals(range)| Self(range));
        }
        let number: u64 =
            text.trim().replace('_', "").parse().map_err(|_| format!("{text:?} is not an event number"))?;
        Ok(Self(number..number.saturating_add(1)))
    }
}
