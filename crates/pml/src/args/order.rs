//! Keys to sort events by.

use std::str::FromStr;

use clap::builder::{PossibleValue, TypedValueParser};
use procmon_parser::Column;

use crate::args::columns::{self, CompletedText};

/// The column to sort events by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortKey(pub(crate) Column);

/// Short names of the most common keys.
const SHORT: [(&str, Column); 2] = [("time", Column::DATE_AND_TIME), ("duration", Column::DURATION)];

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let short = SHORT.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        short.map_or_else(|| columns::parse(text), |&(_, column)| Ok(column)).map(Self)
    }
}

/// Returns a parser of keys, whose names shells complete.
pub(crate) fn parser() -> impl TypedValueParser<Value = SortKey> {
    let short = SHORT.iter().map(|&(name, _)| PossibleValue::new(name));
    let columns = columns::hyphenated_names().filter(|name| name != "duration").map(PossibleValue::new);
    CompletedText::new(short.chain(columns)).try_map(|text: String| text.parse::<SortKey>())
}
