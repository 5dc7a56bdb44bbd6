//! Rules as sentences, and back.

use std::fmt::{self, Write};
use std::str::FromStr;

use chrono::{DateTime, FixedOffset};

use super::number;
use super::rule::{Rule, utc_now};
use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};

const THEN: &str = " then ";
const WITH_NUMBER: &str = " with number ";

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.column(), self.relation())?;
        write_value(f, self)?;
        // A date without a year has another number each year.
        if self.number() != self.typed_number(utc_now()) || number::needs_year(&self.value()) {
            write!(f, "{WITH_NUMBER}{}", self.number())?;
        }
        write!(f, "{THEN}{}", self.action())
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, rule: &Rule) -> fmt::Result {
    match String::from_utf16(rule.value_units()) {
        Ok(value) if is_bare(rule.relation(), &value) => f.write_str(&value),
        _ => write_quoted(f, rule.value_units()),
    }
}

/// Whether a value can stand without quotation marks, and be understood.
fn is_bare(relation: Relation, value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    !value.is_empty()
        && value.trim() == value
        && !value.starts_with('"')
        && !value.chars().any(is_invisible)
        && !lower.contains(THEN.trim_end())
        && !lower.contains(WITH_NUMBER.trim_end())
        && !(relation == Relation::IS && split_word(value, "not").is_some())
}

/// Whether a character leaves no trace on the screen, or changes how others are shown.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}' | '\u{61C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

fn write_quoted(f: &mut fmt::Formatter<'_>, units: &[u16]) -> fmt::Result {
    f.write_char('"')?;
    let is_escape = |rest: &[u16]| rest.iter().copied().take(2).eq("U+".encode_utf16());
    let mut at = 0;
    for decoded in char::decode_utf16(units.iter().copied()) {
        at += decoded.as_ref().map_or(1, |character| character.len_utf16());
        match decoded {
            Ok('"') => f.write_str("\"\"")?,
            Ok('<') if is_escape(units.get(at..).unwrap_or_default()) => f.write_str("<U+003C>")?,
            Ok(character) if is_invisible(character) => write!(f, "<U+{:04X}>", u32::from(character))?,
            Ok(character) => f.write_char(character)?,
            Err(half) => write!(f, "<U+{:04X}>", half.unpaired_surrogate())?,
        }
    }
    f.write_char('"')
}

impl FromStr for Rule {
    type Err = Error;

    /// Parses the sentence; a date in the value is one of UTC, and without a year one of this year.
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_at(text, utc_now())
    }
}

impl Rule {
    /// Parses a sentence as it is typed when the clock of the computer says `now`, see [`Rule::typed_at`].
    ///
    /// # Errors
    /// If the text is no such sentence; the error says what is missing.
    pub fn parse_at(text: &str, now: DateTime<FixedOffset>) -> Result<Self> {
        let bad = |expected| Error::bad_rule(text, expected);
        let (column, rest) = split_column(text.trim())
            .ok_or_else(|| bad("it has to begin with a column, as in `Process Name is ...`"))?;
        let (relation, rest) =
            split_relation(rest).ok_or_else(|| bad("a relation has to follow the column, as `is` or `begins with`"))?;
        let (rest, action) =
            split_action(rest).ok_or_else(|| bad("it has to end with `then Include` or `then Exclude`"))?;
        let (value, number) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (value, rest) = unquote(quoted).ok_or_else(|| bad("a quotation mark has to end the value"))?;
                let number = split_number(rest).filter(|(before, _)| before.is_empty()).map(|(_, number)| number);
                if number.is_none() && !rest.trim().is_empty() {
                    return Err(bad("only `with number` and a number can stand between a quoted value and `then`"));
                }
                (value, number)
            }
            None => {
                let (value, number) = split_number(rest).map_or((rest, None), |(value, number)| (value, Some(number)));
                if value.is_empty() {
                    return Err(bad("a value has to follow the relation; one without characters is `\"\"`"));
                }
                (value.encode_utf16().collect(), number)
            }
        };
        let number = number.unwrap_or_else(|| number::typed(column, &String::from_utf16_lossy(&value), now));
        Ok(Self::from_units(column, relation, value.into(), action, number))
    }
}

pub(super) fn split_column(text: &str) -> Option<(Column, &str)> {
    let named = split_name(text, Column::ALL, |column| column.name());
    named.or_else(|| split_hex(text).map(|(code, rest)| (Column(code), rest)))
}

pub(super) fn split_relation(text: &str) -> Option<(Relation, &str)> {
    let named = split_name(text, Relation::ALL, |relation| relation.name());
    named.or_else(|| split_hex(text).map(|(code, rest)| (Relation(code), rest)))
}

/// What stands before the last `then`, and the action behind it.
fn split_action(text: &str) -> Option<(&str, Action)> {
    let at = text.to_ascii_lowercase().rfind(THEN)?;
    let (before, then) = text.split_at_checked(at)?;
    let name = then.get(THEN.len()..)?.trim();
    let unnamed = || split_hex(name).and_then(|(code, _)| u8::try_from(code).ok()).map(Action);
    Some((before.trim(), name.parse().ok().or_else(unnamed)?))
}

/// What stands before `with number`, and the number behind it.
fn split_number(text: &str) -> Option<(&str, i64)> {
    let at = text.to_ascii_lowercase().rfind(WITH_NUMBER)?;
    let (before, with) = text.split_at_checked(at)?;
    Some((before.trim(), with.get(WITH_NUMBER.len()..)?.trim().parse().ok()?))
}

/// The longest of the names that the text begins with, as a word, and what follows it.
fn split_name<'t, C: Copy>(text: &'t str, codes: &[C], name: fn(C) -> Option<&'static str>) -> Option<(C, &'t str)> {
    let found = codes.iter().filter_map(|&code| Some((code, split_word(text, name(code)?)?)));
    found.min_by_key(|(_, rest)| rest.len())
}

/// What follows a word that the text begins with.
pub(super) fn split_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    let whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (whole && start.eq_ignore_ascii_case(word)).then(|| rest.trim_start())
}

/// The hexadecimal number that the text begins with, as `0x9C40`.
fn split_hex(text: &str) -> Option<(u32, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest.trim_start()))
}

/// Takes a value out of its quotation marks, of which the first is gone; and what follows.
pub(super) fn unquote(quoted: &str) -> Option<(Vec<u16>, &str)> {
    let mut units = Vec::new();
    let mut rest = quoted;
    loop {
        let end = rest.find(['"', '<'])?;
        let (plain, marked) = rest.split_at_checked(end)?;
        units.extend(plain.encode_utf16());
        if let Some(after) = marked.strip_prefix("\"\"") {
            units.push(u16::from(b'"'));
            rest = after;
        } else if let Some(after) = marked.strip_prefix('"') {
            return Some((units, after));
        } else if let Some((code, after)) = escape(marked) {
            push_code(&mut units, code);
            rest = after;
        } else {
            units.push(u16::from(b'<'));
            rest = marked.get(1..)?;
        }
    }
}

/// The number of `<U+000A>`, and what follows it.
fn escape(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.strip_prefix("<U+")?.split_once('>')?;
    let code = u32::from_str_radix(digits, 16).ok().filter(|&code| code <= u32::from(char::MAX))?;
    Some((code, rest))
}

/// Appends a character, or half of a surrogate pair.
fn push_code(units: &mut Vec<u16>, code: u32) {
    match (u16::try_from(code), char::from_u32(code)) {
        (Ok(unit), _) => units.push(unit),
        (Err(_), Some(character)) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
        (Err(_), None) => {}
    }
}
