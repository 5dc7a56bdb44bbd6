//! The offset of local time from UTC.

use chrono::{Offset as _, Utc};

/// The offset of local time from UTC.
pub(crate) type Offset = chrono::FixedOffset;

const TICKS_PER_SECOND: i64 = 10_000_000;

/// Returns the ticks to add to UTC to get local time.
pub(super) fn ticks(offset: Offset) -> i64 {
    i64::from(offset.local_minus_utc()) * TICKS_PER_SECOND
}

/// Returns UTC itself.
pub(super) fn utc() -> Offset {
    Utc.fix()
}
