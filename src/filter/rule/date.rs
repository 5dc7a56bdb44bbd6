//! Parses dates and times that are typed into Procmon, by the rules of OLE Automation for en-US.
//!
//! Those rules (`VarDateFromStr`) accept more than the formats that Windows writes: date and time in any order, names
//! of months, missing parts, and other orders of day, month and year if the order month, day, year is not a valid date.
//! The number of a rule, which Procmon compares, depends on them (docs/PMC-FORMAT.md, "The number of a rule").

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The date of a time that is typed without a date: day 0 of the OLE Automation `DATE`.
pub(in crate::filter) const OF_TIMES: NaiveDate = match NaiveDate::from_ymd_opt(1899, 12, 30) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A number in a date or time, or the name of a month.
#[derive(Clone, Copy, Default)]
struct Field {
    value: u32,
    is_month: bool,
    /// True if a colon or point joins the field to the next one.
    is_joined: bool,
    /// True if `PM` follows the field, false if `AM` does, `None` if neither does.
    is_pm: Option<bool>,
}

/// Parses a date, a time, or both in any order. A time alone is on 1899-12-30; a date without a year is in `year`.
pub(in crate::filter) fn parse(text: &str, year: i32) -> Option<NaiveDateTime> {
    let fields = fields(text)?;
    let is_time = |field: &Field| field.is_joined || field.is_pm.is_some();
    // The time consists of the fields that colons join, before or after the date.
    let start = fields.iter().position(is_time).unwrap_or(fields.len());
    let len = fields.get(start..)?.iter().position(|field| !field.is_joined).map_or(0, |last| last + 1);
    let (before, rest) = fields.split_at_checked(start)?;
    let (time, after) = rest.split_at_checked(len)?;
    let date = match (before, after) {
        ([], []) => OF_TIMES,
        (date, []) | ([], date) if !date.iter().any(is_time) => make_date(date, year)?,
        _ => return None,
    };
    Some(date.and_time(make_time(time)?))
}

fn fields(text: &str) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    let mut separators = 0;
    let mut rest = text.trim();
    while let Some(character) = rest.chars().next() {
        let kind: fn(char) -> bool = match character {
            '0'..='9' => |c| c.is_ascii_digit(),
            'A'..='Z' | 'a'..='z' => |c| c.is_ascii_alphabetic(),
            _ => |_| false,
        };
        let len = rest.find(|c| !kind(c)).unwrap_or(rest.len()).max(character.len_utf8());
        let (word, after) = rest.split_at_checked(len)?;
        rest = after;
        match character {
            '0'..='9' => fields.push(Field { value: word.parse().ok()?, ..Field::default() }),
            'A'..='Z' | 'a'..='z' => push_word(&mut fields, word)?,
            ':' | '.' if !rest.is_empty() => fields.last_mut()?.is_joined = true,
            '/' | '-' if !rest.is_empty() && !fields.is_empty() && separators < 2 => separators += 1,
            ',' if !rest.is_empty() => {}
            _ if character.is_whitespace() => {}
            _ => return None,
        }
    }
    Some(fields)
}

/// Adds a month, given by its name or the first three letters, or marks the last field with `AM` or `PM` (or `A` or
/// `P`).
fn push_word(fields: &mut Vec<Field>, word: &str) -> Option<()> {
    let is = |name: &str| word.eq_ignore_ascii_case(name);
    if let Some((value, _)) = (1..).zip(MONTHS).find(|(_, name)| is(name) || name.get(..3).is_some_and(is)) {
        fields.push(Field { value, is_month: true, ..Field::default() });
        return Some(());
    }
    let is_pm = if is("PM") || is("P") { Some(true) } else { (is("AM") || is("A")).then_some(false) };
    let is_first = fields.iter().all(|field| field.is_pm.is_none());
    fields.last_mut().filter(|_| is_first)?.is_pm = Some(is_pm?);
    Some(())
}

fn make_time(fields: &[Field]) -> Option<NaiveTime> {
    let value = |at: usize| fields.get(at).map_or(0, |field| field.value);
    let hour = match (value(0), fields.iter().find_map(|field| field.is_pm)) {
        (hour @ 0..12, Some(true)) => hour + 12,
        (12, Some(false)) => 0,
        (hour, _) => hour,
    };
    NaiveTime::from_hms_opt(hour, value(1), value(2)).filter(|_| fields.len() <= 3)
}

/// Creates a date from its fields. Like OLE Automation, this tries the order of en-US, which has the month first, and
/// then other orders, until the fields are a valid date.
fn make_date(fields: &[Field], this_year: i32) -> Option<NaiveDate> {
    let day = |year: i32, month: &Field, day: u32| {
        let misplaced = fields.iter().any(|field| field.is_month) && !month.is_month;
        NaiveDate::from_ymd_opt(year, month.value, day).filter(|_| !misplaced)
    };
    match fields {
        [a, b] => day(this_year, a, b.value)
            .or_else(|| day(this_year, b, a.value))
            .or_else(|| day(full_year(b.value)?, a, 1))
            .or_else(|| day(full_year(a.value)?, b, 1)),
        [a, b, c] => day(full_year(c.value)?, a, b.value)
            .or_else(|| day(full_year(a.value)?, b, c.value))
            .or_else(|| day(full_year(a.value)?, c, b.value))
            .or_else(|| day(full_year(c.value)?, b, a.value)),
        _ => None,
    }
}

/// Completes a year of two digits to one from 1930 to 2029, as OLE Automation does.
fn full_year(year: u32) -> Option<i32> {
    let full = match year {
        0..30 => year + 2000,
        30..100 => year + 1900,
        _ => year,
    };
    i32::try_from(full).ok().filter(|year| *year <= 9999)
}
