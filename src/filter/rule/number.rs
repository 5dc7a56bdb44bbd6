//! The number that Procmon computes from the typed value of a rule.

use chrono::{NaiveDate, NaiveTime};

use super::{Clock, column, date};
use crate::code::Column;

const TICKS_PER_SECOND: i64 = 10_000_000;
/// The number of digits of a fraction of a second that matter: a tick is 100 ns.
const FRACTION: usize = 7;

/// Returns the number of a value, according to the rules measured on Procmon 3.94 (docs/PMC-FORMAT.md, "The number of a
/// rule").
///
/// Text with a colon or slash may be a local date or time. Otherwise it is a hexadecimal number, a number of seconds
/// with a decimal point, or the decimal digits at its start. In a column of times or spans, these digits are whole
/// seconds.
pub(in crate::filter) fn typed(column: Column, text: &str, clock: Clock) -> i64 {
    instant(text, clock).unwrap_or_else(|| plain(text, column::holds_ticks(column)))
}

/// Returns true if the number of a value depends on the year in which it is typed.
pub(in crate::filter) fn needs_year(text: &str) -> bool {
    // 2000 is a leap year and 1999 is not, so `2/29` differs too.
    instant(text, Clock::in_year(1999)) != instant(text, Clock::in_year(2000))
}

/// Returns true if a value is a date or a time.
pub(in crate::filter) fn is_date(text: &str) -> bool {
    instant(text, Clock::in_year(1970)).is_some()
}

/// Parses a date, a time, or both; returns ticks since 1601 in UTC. A time alone is on 1899-12-30.
fn instant(text: &str, clock: Clock) -> Option<i64> {
    if !text.contains([':', '/']) {
        return None;
    }
    let (text, ticks) = take_fraction(text);
    let local = date::parse(&text, clock.year())? - NaiveDate::from_ymd_opt(1601, 1, 1)?.and_time(NaiveTime::MIN);
    let utc = local.num_seconds().checked_mul(TICKS_PER_SECOND)?.checked_sub(clock.ticks_from_utc())?;
    utc.checked_add(ticks).filter(|&number| number >= 0)
}

/// Removes a fraction from text: the first point that is followed by digits, and these digits. Returns the rest of the
/// text and the fraction in ticks.
pub(in crate::filter) fn take_fraction(text: &str) -> (String, i64) {
    let digits_after =
        |at: usize| text.get(at + 1..).unwrap_or_default().bytes().take_while(u8::is_ascii_digit).count();
    let point = text.match_indices('.').map(|(at, _)| (at, digits_after(at))).find(|&(_, digits)| digits > 0);
    let Some((at, digits)) = point else { return (text.to_owned(), 0) };
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    let (fraction, after) = after.split_at_checked(digits).unwrap_or_default();
    (format!("{before}{after}"), ticks_of(fraction))
}

/// Converts the digits after the point of a number of seconds to ticks.
fn ticks_of(fraction: &str) -> i64 {
    let digits = fraction.bytes().map(|digit| i64::from(digit.wrapping_sub(b'0'))).chain(std::iter::repeat(0));
    digits.take(FRACTION).fold(0, |ticks, digit| ticks * 10 + digit)
}

/// Parses a number that is not a date.
fn plain(text: &str, in_seconds: bool) -> i64 {
    let text = text.trim_start();
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = hexadecimal(text).unwrap_or_else(|| decimal(text, in_seconds));
    if negative { number.wrapping_neg() } else { number }
}

fn hexadecimal(text: &str) -> Option<i64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let (digits, _) = split_digits(digits, 16);
    Some(u64::from_str_radix(digits, 16).unwrap_or(if digits.is_empty() { 0 } else { u64::MAX }).cast_signed())
}

fn decimal(text: &str, in_seconds: bool) -> i64 {
    let (whole, rest) = split_digits(text, 10);
    let number = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(i64::MAX) };
    let (fraction, in_seconds) = match rest.strip_prefix('.') {
        Some(rest) => (split_digits(rest, 10).0, true),
        None => ("", in_seconds),
    };
    if in_seconds {
        // Procmon does not check for overflow: such a number became i64::MIN in its dialog.
        number.checked_mul(TICKS_PER_SECOND).and_then(|ticks| ticks.checked_add(ticks_of(fraction))).unwrap_or(i64::MIN)
    } else {
        number
    }
}

/// Returns the rest of a value after the number at its start, or the value without leading blanks if it does not start
/// with a number. The value must not be a date.
pub(in crate::filter) fn after(text: &str) -> &str {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let rest = match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        Some(digits) => split_digits(digits, 16).1,
        None => {
            let (_, rest) = split_digits(unsigned, 10);
            rest.strip_prefix('.').map_or(rest, |fraction| split_digits(fraction, 10).1)
        }
    };
    if rest.len() == unsigned.len() { text } else { rest }
}

fn split_digits(text: &str, radix: u32) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_digit(radix)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Clock, needs_year, typed};
    use crate::code::Column;
    use crate::wire::FileTime;

    /// Returns a clock that shows 2020-07-12 12:00 in UTC.
    fn clock(utc_offset: &str) -> Clock {
        Clock::new(FileTime(132_390_288_000_000_000), utc_offset.parse().unwrap())
    }

    fn number(column: Column, text: &str) -> i64 {
        typed(column, text, clock("+00:00"))
    }

    #[test]
    fn numbers_without_a_date() {
        let cases = [
            ("1338", 1338),
            ("010", 10),
            ("12abc", 12),
            ("1e3", 1),
            ("1,234", 1),
            ("", 0),
            ("python", 0),
            ("64-bit", 64),
            ("-5", -5),
            ("  +7", 7),
            ("99999999999999999999", i64::MAX),
            ("0x1F", 31),
            ("0xFFFFFFFFFFFFFFFF", -1),
            ("12.", 120_000_000),
            (".5", 5_000_000),
            ("-1.5", -15_000_000),
            ("1.5.7", 15_000_000),
            ("0.00023459", 2345),
            ("127.0.0.1:5357 -", 1_270_000_000),
            ("255.250:1900", 2_552_500_000),
            ("10.0.0.1:80", 100_000_000),
            ("25:00", 25),
            ("17:60", 17),
            ("12:30x", 12),
            ("2019-04-17", 2019),
            (r"C:\Windows", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(number(Column::PATH, text), expected, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_seconds_in_columns_of_time() {
        assert_eq!(number(Column::DURATION, "1"), 10_000_000);
        assert_eq!(number(Column::DURATION, "1.5"), 15_000_000);
        assert_eq!(number(Column::DURATION, "0x10"), 16);
        assert_eq!(number(Column::TIME_OF_DAY, "999999999999999"), i64::MIN);
    }

    #[test]
    fn dates() {
        const TIME: i64 = 132_000_000_000_000_000; // 2019-04-17 18:40:00
        for text in ["4/17/2019 6:40 PM", "2019-04-17 18:40:00", "6:40 : 00 PM 4/17/2019", "17 April 2019, 6:40p"] {
            assert_eq!(number(Column::DATE_AND_TIME, text), TIME, "{text}");
        }
        assert_eq!(number(Column::PATH, "4/17/2019 6:40:00.1234567 PM"), TIME + 1_234_567);
        let local = typed(Column::DATE_AND_TIME, "4/18/2019 12:10 AM", clock("+05:30"));
        assert_eq!(local, TIME);
        assert_eq!(number(Column::TIME_OF_DAY, "0:00"), 94_353_120_000_000_000); // 1899-12-30
        assert_eq!(number(Column::DATE_AND_TIME, "7/12"), number(Column::DATE_AND_TIME, "7/12/2020"));
        assert!(needs_year("7/12 1:00") && !needs_year("7/12/2020") && !needs_year("1:00") && !needs_year("a/b"));
    }
}
