//! Times in the formats of the regional settings English (United States).

use std::fmt;

use chrono::Datelike;

use super::cell::Cell;
use super::number;
use crate::wire::{Ascii, FileTime, Ticks, UtcOffset};

const TICKS_PER_SECOND: u64 = Ticks::SECOND.0;
const NOON: u64 = 12 * 3600;

/// Prepends `h:mm:ss`.
#[inline]
fn push_clock(text: &mut Ascii, second_of_day: u64) {
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    text.push_digits(second, 2);
    text.push_front(b':');
    text.push_digits(minute, 2);
    text.push_front(b':');
    text.push_decimal(if hour % 12 == 0 { 12 } else { hour % 12 });
}

/// Prepends ` AM` or ` PM`.
#[inline]
fn push_am_pm(text: &mut Ascii, second_of_day: u64) {
    text.push_front(b'M');
    text.push_front(if second_of_day < NOON { b'A' } else { b'P' });
    text.push_front(b' ');
}

/// Writes a local time of day, such as `1:18:20.5034798 AM`.
pub(super) fn time_of_day<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
) -> fmt::Result {
    let Some(local) = time.local(offset) else { return number::decimal(cell, time.0.cast_signed()) };
    let second_of_day = local.second_of_day();
    let mut text = Ascii::new();
    push_am_pm(&mut text, second_of_day);
    // Procmon takes the fraction from the UTC time. That differs from the fraction of the local time only if adding the
    // offset wraps around at 2^64 ticks, which is not a whole number of seconds (measured on Procmon 3.94).
    text.push_digits(time.0 % TICKS_PER_SECOND, 7);
    text.push_front(b'.');
    push_clock(&mut text, second_of_day);
    cell.literal(text.as_str())
}

/// Writes a local date and time, such as `7/12/2020 1:18:20 AM`.
pub(super) fn date_and_time<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: UtcOffset,
) -> fmt::Result {
    let Some(local) = time.local(offset) else { return number::decimal(cell, time.0.cast_signed()) };
    let (date, second_of_day) = (local.date(), local.second_of_day());
    let mut text = Ascii::new();
    push_am_pm(&mut text, second_of_day);
    push_clock(&mut text, second_of_day);
    text.push_front(b' ');
    text.push_decimal(date.year().unsigned_abs().into());
    text.push_front(b'/');
    text.push_decimal(date.day().into());
    text.push_front(b'/');
    text.push_decimal(date.month().into());
    cell.literal(text.as_str())
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
