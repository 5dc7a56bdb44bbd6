//! Times as the regional settings of en-US have them.

use std::fmt;

use chrono::{Datelike, FixedOffset, NaiveDate};

use super::cell::Cell;
use super::number::{self, Ascii};
use crate::wire::{FileTime, Ticks};

const TICKS_PER_SECOND: u64 = 10_000_000;
const SECONDS_PER_DAY: u64 = 86_400;
/// Days from 0001-01-01, which chrono calls day 1, to 1601-01-01.
const FIRST_DAY: u64 = 584_389;

/// A time shifted into a zone; `None` if Windows could not convert it.
fn local(time: FileTime, offset: FixedOffset) -> Option<u64> {
    let ticks = i64::from(offset.local_minus_utc()) * TICKS_PER_SECOND.cast_signed();
    let local = time.0.wrapping_add_signed(ticks);
    (local >> 63 == 0).then_some(local)
}

/// Puts `h:mm:ss` before what is there.
#[inline]
fn push_clock(text: &mut Ascii, second_of_day: u64) {
    let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
    text.push_digits(second, 2);
    text.push_front(b':');
    text.push_digits(minute, 2);
    text.push_front(b':');
    text.push_decimal(if hour % 12 == 0 { 12 } else { hour % 12 });
}

/// Puts ` AM` or ` PM` before what is there.
#[inline]
fn push_half(text: &mut Ascii, second_of_day: u64) {
    text.push_front(b'M');
    text.push_front(if second_of_day < SECONDS_PER_DAY / 2 { b'A' } else { b'P' });
    text.push_front(b' ');
}

/// `1:18:20.5034798 AM`.
pub(super) fn time_of_day<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: FixedOffset,
) -> fmt::Result {
    let Some(local) = local(time, offset) else { return number::decimal(cell, time.0.cast_signed()) };
    let second_of_day = local / TICKS_PER_SECOND % SECONDS_PER_DAY;
    let mut text = Ascii::new();
    push_half(&mut text, second_of_day);
    text.push_digits(time.0 % TICKS_PER_SECOND, 7);
    text.push_front(b'.');
    push_clock(&mut text, second_of_day);
    cell.literal(text.as_str())
}

/// `7/12/2020 1:18:20 AM`.
pub(super) fn date_and_time<W: fmt::Write + ?Sized>(
    cell: &mut Cell<'_, W>,
    time: FileTime,
    offset: FixedOffset,
) -> fmt::Result {
    let Some(local) = local(time, offset) else { return number::decimal(cell, time.0.cast_signed()) };
    let seconds = local / TICKS_PER_SECOND;
    let second_of_day = seconds % SECONDS_PER_DAY;
    let day = i32::try_from(seconds / SECONDS_PER_DAY + FIRST_DAY).ok();
    let date = day.and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default();
    let mut text = Ascii::new();
    push_half(&mut text, second_of_day);
    push_clock(&mut text, second_of_day);
    text.push_front(b' ');
    text.push_decimal(date.year().unsigned_abs().into());
    text.push_front(b'/');
    text.push_decimal(date.day().into());
    text.push_front(b'/');
    text.push_decimal(date.month().into());
    cell.literal(text.as_str())
}

/// `00:00:09.7282369`, with as many digits of hours as it takes.
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

/// Spans up to this many ticks come out of a division of doubles as they come out of one of integers.
const EXACT: u64 = 1 << 50;

/// `0.0000123`: seconds, as Procmon gets them from a division of doubles.
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

/// As [`seconds`], of a span that Procmon takes for a signed number.
pub(super) fn signed_seconds<W: fmt::Write + ?Sized>(cell: &mut Cell<'_, W>, span: Ticks) -> fmt::Result {
    let ticks = span.0.cast_signed();
    if ticks < 0 {
        cell.literal("-")?;
    }
    seconds(cell, Ticks(ticks.unsigned_abs()))
}
