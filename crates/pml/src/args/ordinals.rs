//! Ranges of event numbers.

use std::ops::Range;
use std::str::FromStr;

/// A range of event numbers: `A..B`, `A..` or `..B`.
#[derive(Clone, Debug)]
pub(crate) struct Ordinals(pub(crate) Range<u64>);

impl FromStr for Ordinals {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str, default| match text.trim() {
            "" => Ok(default),
            digits => digits.replace('_', "").parse().map_err(|_| format!("{digits:?} is not an event number")),
        };
        let (start, end) = text.split_once("..").ok_or("expected A..B, A.. or ..B, such as 100..200")?;
        let range = number(start, 0)?..number(end, u64::MAX)?;
        if range.start > range.end { Err("the range ends before it starts".to_owned()) } else { Ok(Self(range)) }
    }
}
