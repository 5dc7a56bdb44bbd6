//! Points in time in the formats of a locale, and spans of time.

use std::fmt;

use super::cell::Cell;
use super::locale::LocalTime;
use super::number;
use crate::wire::{Ascii, FileTime, Ticks, UtcOffset};

const TICKS_PER_SECOND: u64 = Ticks::SECOND.0;

/// Writes a local time of day with decimals, such as `1:18:20.5034798 AM`.
pub(super) fn time_of_day<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
) -> fmt::Result {
    local_text(cell, time, offset, Parts { date: false, decimals: true })
}

/// Writes a local date and time, such as `7/12/2020 1:18:20 AM`.
pub(super) fn date_and_time<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
) -> fmt::Result {
    local_text(cell, time, offset, Parts { date: true, decimals: false })
}

/// Writes a local date and time with decimals, such as `7/12/2020 1:18:20.5034798 AM`.
pub(super) fn exact_date_and_time<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
) -> fmt::Result {
    local_text(cell, time, offset, Parts { date: true, decimals: true })
}

/// The parts of a local time that are printed with the time of day.
struct Parts {
    date: bool,
    decimals: bool,
}

/// Writes a local time, or the number of ticks if the time has no local time. Always inlined, for constant `parts`.
///
/// Procmon takes the decimals from the UTC time. They differ from those of the local time only if adding the offset
/// wraps around at 2^64 ticks, which is not a whole number of seconds (measured on Procmon 3.94).
#[inline(always)]
fn local_text<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
    parts: Parts,
) -> fmt::Result {
    let Some(local) = time.local(offset) else { return number::decimal(cell, time.0.cast_signed()) };
    let date = parts.date.then(|| local.date());
    let tick_of_second = parts.decimals.then(|| time.tick_of_second());
    let local = LocalTime { date, second_of_day: local.second_of_day(), tick_of_second };
    cell.locale().format_time(local, |text| cell.local_text(text))
}

/// Writes a span such as `00:00:09.7282369`, with two or more digits of hours.
pub(super) fn relative<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, span: Ticks) -> fmt::Result {
    let seconds = span.0 / TICKS_PER_SECOND;
    let hours = seconds / 3600;
    let mut text = Ascii::new();
    text.push_digits(span.0 % TICKS_PER_SECOND, 7);
    text.push_front(b'.');
    text.push_digits(seconds % 60, 2);
    text.push_front(b':');
    text.push_digits(seconds / 60 % 60, 2);
    text.push_front(b':');
    if hours < 100 {
        text.push_digits(hours, 2)
    } else {
        text.push_decimal(hours)
    }
    cell.literal(text.as_str())
}

/// Up to this many ticks, division in double precision gives the same seven decimals as integer division.
const EXACT: u64 = 1 << 50;

/// Writes a span in seconds, such as `0.0000123`. Procmon divides in double precision, which rounds the last digits of
/// very long spans.
pub(super) fn seconds<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, span: Ticks) -> fmt::Result {
    if span.0 > EXACT {
        return fmt::Write::write_fmt(cell, format_args!("{:.7}", span.as_secs_f64()));
    }
    let mut text = Ascii::new();
    text.push_digits(span.0 % TICKS_PER_SECOND, 7);
    text.push_front(b'.');
    text.push_decimal(span.0 / TICKS_PER_SECOND);
    cell.literal(text.as_str())
}

/// Like [`seconds`], for a span that Procmon treats as signed.
pub(super) fn signed_seconds<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, span: Ticks) -> fmt::Result {
    let ticks = span.0.cast_signed();
    if ticks < 0 {
        cell.literal("-")?;
    }
    seconds(cell, Ticks(ticks.unsigned_abs()))
}
