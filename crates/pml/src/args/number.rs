//! Parsers of numbers, whose messages state the accepted range.

use std::num::NonZero;

/// Parses a number of 32 bits.
pub(crate) fn parse_u32(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u32::MAX))
}

/// Parses a number that is at least 1.
pub(crate) fn parse_nonzero(text: &str) -> Result<NonZero<usize>, String> {
    text.parse().map_err(|_| "expected a whole number, at least 1".to_owned())
}
