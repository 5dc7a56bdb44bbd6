//! Patterns of dates and times of day, by the rules of Windows (`GetDateFormatEx`, `GetTimeFormatEx`).

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

use chrono::{Datelike, NaiveDate};

use crate::error::{Error, Result};
use crate::wire::FrontText;

/// The first second of the day that is in its second half.
pub(super) const NOON: u64 = 12 * 3600;

/// A compiled pattern of dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DatePattern(Cow<'static, [Part<DateField>]>);

/// A compiled pattern of times of day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TimePattern {
    parts: Cow<'static, [Part<TimeField>]>,
    /// The position in `parts` of the part after which the decimals of the second are printed. Procmon prints them
    /// after the last digit, even if that digit does not belong to the second.
    decimals_after: usize,
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<F> {
    Character(char),
    /// A number, with at least one digit or at least two.
    Number(F, Digits),
    /// The half of the day: its whole text, or only the first character.
    DayHalf(Digits),
}

/// The number of letters of a field in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Digits {
    One,
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateField {
    Day,
    Month,
    Year,
    YearOfCentury,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeField {
    Hour12,
    Hour24,
    Minute,
    Second,
}

impl DatePattern {
    /// `M/d/yyyy`.
    pub(super) const ENGLISH: Self = Self(Cow::Borrowed(&[
        Part::Number(DateField::Month, Digits::One),
        Part::Character('/'),
        Part::Number(DateField::Day, Digits::One),
        Part::Character('/'),
        Part::Number(DateField::Year, Digits::One),
    ]));

    pub(super) fn parse(pattern: &str) -> Result<Self> {
        let field = |letter, count| match (letter, count) {
            ('d', 1 | 2) => Some(Part::Number(DateField::Day, digits(count))),
            ('M', 1 | 2) => Some(Part::Number(DateField::Month, digits(count))),
            ('y', 1 | 2) => Some(Part::Number(DateField::YearOfCentury, digits(count))),
            ('y', _) => Some(Part::Number(DateField::Year, Digits::One)),
            _ => None,
        };
        parts(pattern, "dMyg", field).map(Self)
    }

    /// Returns the number of bytes of the longest date.
    pub(super) fn max_len(&self) -> usize {
        const YEAR: usize = 5;
        let len = |part: &Part<DateField>| match part {
            Part::Number(DateField::Year, _) => YEAR,
            other => other.max_len(0),
        };
        self.0.iter().map(len).sum()
    }

    /// Adds a date at the front.
    #[inline(always)]
    pub(super) fn push<const SIZE: usize>(&self, text: &mut FrontText<SIZE>, date: NaiveDate) {
        for part in self.0.iter().rev() {
            match *part {
                Part::Character(character) => push_character(text, character),
                Part::Number(field, digits) => push_number(text, date_number(date, field), digits),
                Part::DayHalf(_) => {}
            }
        }
    }
}

fn date_number(date: NaiveDate, field: DateField) -> u64 {
    let number = match field {
        DateField::Day => date.day(),
        DateField::Month => date.month(),
        DateField::Year => date.year().unsigned_abs(),
        DateField::YearOfCentury => date.year().unsigned_abs() % 100,
    };
    number.into()
}

impl TimePattern {
    /// `h:mm:ss tt`.
    pub(super) const ENGLISH: Self = Self {
        parts: Cow::Borrowed(&[
            Part::Number(TimeField::Hour12, Digits::One),
            Part::Character(':'),
            Part::Number(TimeField::Minute, Digits::Two),
            Part::Character(':'),
            Part::Number(TimeField::Second, Digits::Two),
            Part::Character(' '),
            Part::DayHalf(Digits::Two),
        ]),
        decimals_after: 4,
    };

    pub(super) fn parse(pattern: &str) -> Result<Self> {
        let field = |letter, count| {
            let number = |field| Some(Part::Number(field, digits(count)));
            match letter {
                'h' => number(TimeField::Hour12),
                'H' => number(TimeField::Hour24),
                'm' => number(TimeField::Minute),
                's' => number(TimeField::Second),
                _ => Some(Part::DayHalf(digits(count))),
            }
        };
        let parts = parts(pattern, "hHmst", field)?;
        let last_digit = parts.iter().rposition(Part::is_digit);
        let decimals_after = last_digit.unwrap_or(parts.len().saturating_sub(1));
        Ok(Self { parts, decimals_after })
    }

    /// Returns the number of bytes of the longest time without decimals, where `day_half` is the length of the longest
    /// text for a half of the day.
    pub(super) fn max_len(&self, day_half: usize) -> usize {
        self.parts.iter().map(|part| part.max_len(day_half)).sum()
    }

    /// Adds a time of day at the front. `push_decimals` adds the decimals of the second.
    #[inline(always)]
    pub(super) fn push<const SIZE: usize>(
        &self,
        text: &mut FrontText<SIZE>,
        second_of_day: u64,
        day_halves: &[Cow<'static, str>; 2],
        push_decimals: impl Fn(&mut FrontText<SIZE>),
    ) {
        let [am, pm] = day_halves;
        for (at, part) in self.parts.iter().enumerate().rev() {
            if at == self.decimals_after {
                push_decimals(text);
            }
            match *part {
                Part::Character(character) => push_character(text, character),
                Part::Number(field, digits) => push_number(text, time_number(second_of_day, field), digits),
                Part::DayHalf(digits) => {
                    let half = if second_of_day < NOON { am } else { pm };
                    match digits {
                        Digits::Two => text.push_str_front(half),
                        Digits::One => half.chars().take(1).for_each(|first| push_character(text, first)),
                    }
                }
            }
        }
    }
}

#[inline]
fn time_number(second_of_day: u64, field: TimeField) -> u64 {
    let hour = second_of_day / 3600;
    match field {
        TimeField::Hour12 if hour.is_multiple_of(12) => 12,
        TimeField::Hour12 => hour % 12,
        TimeField::Hour24 => hour,
        TimeField::Minute => second_of_day / 60 % 60,
        TimeField::Second => second_of_day % 60,
    }
}

impl<F> Part<F> {
    /// Returns true if the text ends with a digit.
    fn is_digit(&self) -> bool {
        match self {
            Self::Character(character) => character.is_ascii_digit(),
            Self::Number(..) => true,
            Self::DayHalf(_) => false,
        }
    }

    /// Returns the number of bytes of the longest text. A number has two digits.
    fn max_len(&self, day_half: usize) -> usize {
        match self {
            Self::Character(character) => character.len_utf8(),
            Self::Number(..) => 2,
            Self::DayHalf(_) => day_half,
        }
    }
}

#[inline]
fn push_number<const SIZE: usize>(text: &mut FrontText<SIZE>, number: u64, digits: Digits) {
    match digits {
        Digits::One => text.push_decimal(number),
        Digits::Two => text.push_digits(number, 2),
    }
}

#[inline]
fn push_character<const SIZE: usize>(text: &mut FrontText<SIZE>, character: char) {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => text.push_front(byte),
        _ => text.push_str_front(character.encode_utf8(&mut [0; 4])),
    }
}

fn digits(count: usize) -> Digits {
    if count == 1 { Digits::One } else { Digits::Two }
}

/// Cuts a pattern into parts. `field` returns the part for a run of one of the `letters`, given the letter and the
/// length of the run, or `None` if the run is not supported. Windows prints nothing for `g`, the era, in the Gregorian
/// calendar.
fn parts<F: Clone>(
    pattern: &str,
    letters: &str,
    field: impl Fn(char, usize) -> Option<Part<F>>,
) -> Result<Cow<'static, [Part<F>]>> {
    let invalid = || Error::invalid_text("a pattern of a date or time such as dd.MM.yyyy or HH:mm:ss", pattern);
    let mut parts = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\'' => quoted(&mut rest, &mut parts).ok_or_else(invalid)?,
            letter if letters.contains(letter) => {
                let mut count = 1;
                while rest.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                if letter != 'g' {
                    parts.push(field(letter, count).ok_or_else(invalid)?);
                }
            }
            control if control.is_control() => return Err(invalid()),
            other => parts.push(Part::Character(other)),
        }
    }
    Ok(Cow::Owned(parts))
}

/// Reads text up to the closing apostrophe; two apostrophes are one. Returns `None` if the closing one is missing.
fn quoted<F>(rest: &mut Peekable<Chars<'_>>, parts: &mut Vec<Part<F>>) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' if rest.next_if_eq(&'\'').is_none() => return Some(()),
            control if control.is_control() => return None,
            other => parts.push(Part::Character(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::LocalText;
    use super::{DatePattern, TimePattern};

    fn date(pattern: &str, year: i32) -> String {
        let mut text = LocalText::new();
        DatePattern::parse(pattern).unwrap().push(&mut text, NaiveDate::from_ymd_opt(year, 7, 5).unwrap());
        text.as_str().to_owned()
    }

    fn time(pattern: &str, second_of_day: u64) -> String {
        let mut text = LocalText::new();
        let halves = ["AM".into(), "PM".into()];
        TimePattern::parse(pattern).unwrap().push(&mut text, second_of_day, &halves, |text| text.push_str_front(".25"));
        text.as_str().to_owned()
    }

    #[test]
    fn dates() {
        assert_eq!(date("M/d/yyyy", 2020), "7/5/2020");
        assert_eq!(date("dd.MM.yyyy", 30827), "05.07.30827");
        assert_eq!(date("dd-MM-yy", 2009), "05-07-09");
        assert_eq!(date("y M d", 2009), "9 7 5");
        assert_eq!(date("d.M.yyyy 'г.'", 2020), "5.7.2020 г.");
        assert_eq!(date("yyyy'''yy''d'", 2020), "2020'yy'd");
        for pattern in ["ddd", "d MMM yyyy", "MMMM", "d 'of", "d\n"] {
            assert!(DatePattern::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(time("h:mm:ss tt", 0), "12:00:00.25 AM");
        assert_eq!(time("h:mm:ss tt", 12 * 3600 + 61), "12:01:01.25 PM");
        assert_eq!(time("tt hh:mm:ss", 13 * 3600), "PM 01:00:00.25");
        assert_eq!(time("H.mm.ss", 7 * 3600), "7.00.00.25");
        assert_eq!(time("HH'h'mm:ss t", 7 * 3600), "07h00:00.25 A");
        assert_eq!(time("HH'h'mm'm'ss's'", 7 * 3600), "07h00m00.25s");
        assert_eq!(time("ss' s 'HH:mm", 7 * 3600), "00 s 07:00.25");
    }
}
