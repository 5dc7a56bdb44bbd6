//! Formats rules as sentences, and parses them.

use std::fmt::{self, Write};
use std::str::FromStr;

use super::{Clock, Rule, number};
use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};

const THEN: &str = " then ";
const WITH_NUMBER: &str = " with number ";

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.column(), self.relation())?;
        write_value(f, self)?;
        // The number of a date without a year depends on the year in which it is parsed.
        if self.number() != self.typed_number(Clock::utc_now()) || number::needs_year(&self.value()) {
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

/// Returns true if a value can be written without quotation marks and parsed again.
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

/// Returns true if a character is invisible or changes how other characters are shown.
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
            Err(error) => write!(f, "<U+{:04X}>", error.unpaired_surrogate())?,
        }
    }
    f.write_char('"')
}

impl FromStr for Rule {
    type Err = Error;

    /// Parses a sentence. A date in the value is in UTC, and in the current year if it has no year.
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_at(text, Clock::utc_now())
    }
}

impl Rule {
    /// Parses a sentence that is typed at the time of `clock`; see [`Rule::typed_at`].
    ///
    /// # Errors
    /// If the text is not a [sentence](Rule#the-sentence). The error says what is missing.
    pub fn parse_at(text: &str, clock: Clock) -> Result<Self> {
        let bad = |expected| Error::bad_rule(text, expected);
        let (column, rest) =
            split_column(text.trim()).ok_or_else(|| bad("it must begin with a column, as in `Process Name is ...`"))?;
        let (relation, rest) = split_relation(rest)
            .ok_or_else(|| bad("a relation such as `is` or `begins with` must follow the column"))?;
        let (rest, action) =
            split_action(rest).ok_or_else(|| bad("it must end with `then Include` or `then Exclude`"))?;
        let (value, number) = parse_value(rest).map_err(bad)?;
        let rule = Self::without_number(column, relation, value, action);
        Ok(match number {
            Some(number) => rule.with_number(number),
            None => rule.typed_at(clock),
        })
    }
}

/// Parses a value and the optional number after it. The error is the reason why the text is invalid.
fn parse_value(text: &str) -> std::result::Result<(Vec<u16>, Option<i64>), &'static str> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, rest) = unquote(quoted).ok_or("the value has no closing quotation mark")?;
        return match split_number(rest) {
            Some(("", number)) => Ok((value, Some(number))),
            _ if rest.trim().is_empty() => Ok((value, None)),
            _ => Err("only `with number` and a number may follow a quoted value before `then`"),
        };
    }
    let (value, number) = split_number(text).map_or((text, None), |(value, number)| (value, Some(number)));
    if value.is_empty() {
        return Err("a value must follow the relation (an empty one is `\"\"`)");
    }
    Ok((value.encode_utf16().collect(), number))
}

pub(in crate::filter) fn split_column(text: &str) -> Option<(Column, &str)> {
    let named = split_name(text, Column::ALL, |column| column.name());
    named.or_else(|| split_hex(text).map(|(code, rest)| (Column(code), rest)))
}

pub(in crate::filter) fn split_relation(text: &str) -> Option<(Relation, &str)> {
    let named = split_name(text, Relation::ALL, |relation| relation.name());
    named.or_else(|| split_hex(text).map(|(code, rest)| (Relation(code), rest)))
}

/// Splits at the last `then`; returns the text before it and the action after it.
fn split_action(text: &str) -> Option<(&str, Action)> {
    let at = text.to_ascii_lowercase().rfind(THEN)?;
    let (before, then) = text.split_at_checked(at)?;
    let name = then.get(THEN.len()..)?.trim();
    let unnamed = || split_hex(name).and_then(|(code, _)| u8::try_from(code).ok()).map(Action);
    Some((before.trim(), name.parse().ok().or_else(unnamed)?))
}

/// Splits at the last `with number`; returns the text before it and the number after it.
fn split_number(text: &str) -> Option<(&str, i64)> {
    let at = text.to_ascii_lowercase().rfind(WITH_NUMBER)?;
    let (before, with) = text.split_at_checked(at)?;
    Some((before.trim(), with.get(WITH_NUMBER.len()..)?.trim().parse().ok()?))
}

/// Returns the code with the longest name at the start of the text, as a whole word, and the rest of the text.
fn split_name<'t, C: Copy>(text: &'t str, codes: &[C], name: fn(C) -> Option<&'static str>) -> Option<(C, &'t str)> {
    let found = codes.iter().filter_map(|&code| Some((code, split_word(text, name(code)?)?)));
    found.min_by_key(|(_, rest)| rest.len())
}

/// Returns the rest of `text` after a word at its start; `None` if it does not begin with the word.
pub(in crate::filter) fn split_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    let whole = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (whole && start.eq_ignore_ascii_case(word)).then(|| rest.trim_start())
}

/// Splits off a hexadecimal number such as `0x9C40` at the start of the text.
fn split_hex(text: &str) -> Option<(u32, &str)> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
    Some((u32::from_str_radix(digits, 16).ok()?, rest.trim_start()))
}

/// Parses a quoted value after its first quotation mark; returns its code units and the rest of the text.
pub(in crate::filter) fn unquote(quoted: &str) -> Option<(Vec<u16>, &str)> {
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

/// Splits off an escape such as `<U+000A>`; returns its number.
fn escape(text: &str) -> Option<(u32, &str)> {
    let (digits, rest) = text.strip_prefix("<U+")?.split_once('>')?;
    let code = u32::from_str_radix(digits, 16).ok().filter(|&code| code <= u32::from(char::MAX))?;
    Some((code, rest))
}

/// Appends a character or an unpaired surrogate.
fn push_code(units: &mut Vec<u16>, code: u32) {
    match (u16::try_from(code), char::from_u32(code)) {
        (Ok(unit), _) => units.push(unit),
        (Err(_), Some(character)) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
        (Err(_), None) => {}
    }
}
