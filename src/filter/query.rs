//! Queries: conditions with a meaning of their own, beside the rules of Procmon.

use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, Timelike};

use super::needle::{Haystack, Needle};
use super::number::take_fraction;
use super::rule::Rule;
use super::sentence::{split_column, split_relation, split_word, unquote};
use super::{Filter, Matcher, date, run};
use crate::code::{Action, Column, Relation};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::index::Index;
use crate::text::Style;
use crate::wire::{FileTime, Ticks};

/// A condition on events: comparisons with `and`, `or`, `not` and parentheses. Not Procmon's: no configuration holds
/// one, and where a rule of Procmon does something else than it seems to say, a query does what it says.
///
/// ```
/// use procmon_parser::filter::Query;
/// use procmon_parser::{LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml").unwrap();
/// let query: Query = r#"Path ends with .dll and not (Result is SUCCESS or Duration more than 250ms)"#.parse().unwrap();
/// let matcher = query.compile(log.indexes(), &Style::new());
/// assert!(log.events().flatten().filter(|event| matcher.matches(*event)).count() > 0);
/// ```
///
/// A comparison is a column, a relation and a value, each in Procmon's words. A value with blanks or a closing
/// parenthesis stands in quotation marks, as in [the sentence of a rule](Rule#the-sentence). What differs from a rule:
///
/// | Column | Value |
/// |---|---|
/// | PID, Parent PID, TID, Session | a decimal number, or a hexadecimal one (`0x538`) |
/// | Duration, Relative Time | a span: `250ms`, `1.5s`, `90us`, `2min`, `1h`; without a unit, seconds |
/// | Date & Time, Completion Time | a date, with a time or without: `2020-07-12T09:30:00`, `7/12/2020 9:30 AM`; in the time zone of the style, unless it has its own (`2020-07-12T09:30:00Z`) |
/// | Time of Day | `9:30 AM`, `09:30:00.5`, in the time zone of the style |
///
/// The relations `begins with`, `ends with`, `contains` and `excludes` look at the text that the column shows, of
/// numbers too. With the feature `regex` there is one more, `matches`, whose value is a regular expression that ignores
/// case unless it says otherwise (`(?-i)`).
#[derive(Clone, Debug)]
pub struct Query(Node);

/// A query that is ready for the events of a log, as a [`Matcher`] is a filter.
#[derive(Clone, Debug)]
pub struct QueryMatcher {
    test: Arc<Test>,
    style: Style,
}

#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Is(Comparison),
}

#[derive(Clone, Debug)]
enum Comparison {
    /// What a rule says just so.
    Rule(Rule),
    /// A point in time; one without a zone is local.
    Time(Column, Relation, LocalOr),
    Clock(Relation, Ticks),
    /// The text of a column of numbers.
    Text(Column, Relation, String),
    #[cfg(feature = "regex")]
    Regex(Column, regex::Regex),
}

#[derive(Clone, Copy, Debug)]
enum LocalOr {
    Local(NaiveDateTime, Ticks),
    Instant(FileTime),
}

#[derive(Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Filter(Matcher),
    /// Time of day in local time.
    Clock(Relation, Ticks, FixedOffset),
    Text(Column, Needle),
    #[cfg(feature = "regex")]
    Regex(Column, regex::Regex),
}

/// Parentheses and negations within one another.
const MAX_DEPTH: usize = 64;

impl Query {
    /// Makes the query ready for the events of one or several files, as [`Filter::compile`] does a filter.
    #[must_use]
    pub fn compile<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> QueryMatcher {
        let indexes: Vec<_> = indexes.into_iter().collect();
        QueryMatcher { test: Arc::new(self.0.compile(&indexes, style)), style: style.clone() }
    }
}

impl QueryMatcher {
    /// Whether the query is true of an event.
    #[must_use]
    pub fn matches(&self, event: Event<'_>) -> bool {
        self.test.matches(event, &self.style)
    }
}

impl Node {
    fn compile(&self, indexes: &[&Index], style: &Style) -> Test {
        let all = |nodes: &[Self]| nodes.iter().map(|node| node.compile(indexes, style)).collect();
        let rule = |rule: Rule| Test::Filter(Filter::from(vec![rule]).compile(indexes.iter().copied(), style));
        match self {
            Self::All(nodes) => Test::All(all(nodes)),
            Self::Any(nodes) => Test::Any(all(nodes)),
            Self::Not(node) => Test::Not(Box::new(node.compile(indexes, style))),
            Self::Is(Comparison::Rule(condition)) => rule(condition.clone()),
            Self::Is(Comparison::Time(column, relation, time)) => {
                let number = time.in_zone(style.zone()).0.cast_signed();
                rule(Rule::from_units(*column, *relation, Box::default(), Action::INCLUDE, number))
            }
            Self::Is(Comparison::Clock(relation, time)) => Test::Clock(*relation, *time, style.zone()),
            Self::Is(Comparison::Text(column, relation, value)) => {
                let units: Vec<u16> = value.encode_utf16().collect();
                Needle::new(*relation, &units).map_or(Test::Any(Vec::new()), |needle| Test::Text(*column, needle))
            }
            #[cfg(feature = "regex")]
            Self::Is(Comparison::Regex(column, regex)) => Test::Regex(*column, regex.clone()),
        }
    }
}

impl LocalOr {
    fn in_zone(self, zone: FixedOffset) -> FileTime {
        match self {
            Self::Instant(time) => time,
            Self::Local(local, ticks) => match local.and_local_timezone(zone).single() {
                Some(time) => FileTime::from(time.to_utc()).after(ticks),
                None => FileTime::default(),
            },
        }
    }
}

impl Test {
    fn matches(&self, event: Event<'_>, style: &Style) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.matches(event, style)),
            Self::Any(tests) => tests.iter().any(|test| test.matches(event, style)),
            Self::Not(test) => !test.matches(event, style),
            Self::Filter(matcher) => matcher.matches(event),
            Self::Clock(relation, time, zone) => {
                const TICKS_PER_DAY: i64 = 864_000_000_000;
                let offset = i64::from(zone.local_minus_utc()) * 10_000_000;
                let local = event.time().0.wrapping_add_signed(offset).cast_signed().rem_euclid(TICKS_PER_DAY);
                let order = local.cmp(&time.0.cast_signed());
                match *relation {
                    Relation::IS => order.is_eq(),
                    Relation::IS_NOT => order.is_ne(),
                    Relation::LESS_THAN => order.is_lt(),
                    _ => order.is_gt(),
                }
            }
            Self::Text(column, needle) => {
                let write = |out: &mut String| event.text_in(*column, style).write_exact(out);
                Haystack::with(needle.is_wide(), write, |haystack| needle.matches(haystack))
            }
            #[cfg(feature = "regex")]
            Self::Regex(column, regex) => {
                let write = |out: &mut String| event.text_in(*column, style).write_whole(out);
                Haystack::with_text(write, |text| regex.is_match(text))
            }
        }
    }
}

impl FromStr for Query {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parser = Parser { text, rest: text.trim_start(), depth: 0 };
        let node = parser.any()?;
        if parser.rest.is_empty() { Ok(Self(node)) } else { Err(parser.bad("`and` or `or`, or the end of the query")) }
    }
}

/// Reads a query from left to right.
struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn bad(&self, expected: &'static str) -> Error {
        Error::bad_query(self.text, self.text.len() - self.rest.len(), expected)
    }

    fn word(&mut self, word: &str) -> bool {
        let rest = split_word(self.rest, word).or_else(|| {
            let (start, rest) = self.rest.split_at_checked(word.len())?;
            (start.eq_ignore_ascii_case(word) && rest.starts_with(['(', '"'])).then_some(rest)
        });
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn any(&mut self) -> Result<Node> {
        let mut nodes = vec![self.all()?];
        while self.word("or") {
            nodes.push(self.all()?);
        }
        Ok(one_or(nodes, Node::Any))
    }

    fn all(&mut self) -> Result<Node> {
        let mut nodes = vec![self.one()?];
        while self.word("and") {
            nodes.push(self.one()?);
        }
        Ok(one_or(nodes, Node::All))
    }

    fn one(&mut self) -> Result<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.bad("less deeply nested parentheses"));
        }
        let node = if self.word("not") {
            Node::Not(Box::new(self.one()?))
        } else if let Some(inside) = self.rest.strip_prefix('(') {
            self.rest = inside.trim_start();
            let node = self.any()?;
            self.rest = self.rest.strip_prefix(')').ok_or_else(|| self.bad("a closing parenthesis"))?.trim_start();
            node
        } else {
            Node::Is(self.comparison()?)
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Comparison> {
        let (column, rest) = split_column(self.rest).ok_or_else(|| self.bad("a column, as `Process Name`"))?;
        self.rest = rest;
        #[cfg(feature = "regex")]
        if self.word("matches") {
            let pattern = self.value()?;
            let regex = regex::RegexBuilder::new(&pattern).case_insensitive(true).build();
            return regex.map(|regex| Comparison::Regex(column, regex)).map_err(|error| self.bad_regex(error));
        }
        let (relation, rest) = split_relation(rest).ok_or_else(|| self.bad("a relation, as `is` or `begins with`"))?;
        self.rest = rest;
        let before = self.rest;
        let value = self.value()?;
        compare(column, relation, &value).ok_or_else(|| {
            self.rest = before;
            self.bad("a value that fits the column")
        })
    }

    #[cfg(feature = "regex")]
    fn bad_regex(&self, error: regex::Error) -> Error {
        Error::new(crate::error::ErrorKind::InvalidRegex { message: error.to_string() })
    }

    fn value(&mut self) -> Result<String> {
        let (value, rest) = match self.rest.strip_prefix('"') {
            Some(quoted) => {
                let (units, rest) = unquote(quoted).ok_or_else(|| self.bad("a quotation mark behind the value"))?;
                (String::from_utf16_lossy(&units), rest)
            }
            None => {
                let end = self.rest.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(self.rest.len());
                let (bare, rest) = self.rest.split_at_checked(end).unwrap_or_default();
                (bare.to_owned(), rest)
            }
        };
        if rest.len() == self.rest.len() {
            return Err(self.bad("a value; one without characters is `\"\"`"));
        }
        self.rest = rest.trim_start();
        Ok(value)
    }
}

fn one_or(mut nodes: Vec<Node>, several: fn(Vec<Node>) -> Node) -> Node {
    match nodes.pop() {
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            several(nodes)
        }
        None => several(nodes),
    }
}

/// `None` if the value is not of the kind of the column.
fn compare(column: Column, relation: Relation, value: &str) -> Option<Comparison> {
    let by_order = matches!(relation, Relation::IS | Relation::IS_NOT | Relation::LESS_THAN | Relation::MORE_THAN);
    let rule = |number: i64| {
        let value = value.encode_utf16().collect();
        Some(Comparison::Rule(Rule::from_units(column, relation, value, Action::INCLUDE, number)))
    };
    match column {
        // Procmon has no rules on these two.
        Column::SEQUENCE | Column::PROCESS_START => Some(Comparison::Text(column, relation, value.to_owned())),
        column if !run::is_number(column) => rule(0),
        _ if !by_order => Some(Comparison::Text(column, relation, value.to_owned())),
        Column::DURATION | Column::RELATIVE_TIME => rule(span(value)?.0.cast_signed()),
        Column::TIME_OF_DAY => clock(value).map(|time| Comparison::Clock(relation, time)),
        Column::DATE_AND_TIME | Column::COMPLETION_TIME => {
            time(value).map(|time| Comparison::Time(column, relation, time))
        }
        _ => rule(i64::from(number(value)?)),
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// `250ms`, `1.5 s`, or seconds without a unit.
fn span(text: &str) -> Option<Ticks> {
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(unit_at)?;
    let ticks_of_unit: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "us" | "\u{b5}s" => 10,
        "ms" => 10_000,
        "" | "s" | "sec" => 10_000_000,
        "m" | "min" => 600_000_000,
        "h" => 36_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction = fraction.get(..9).unwrap_or(fraction);
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part = fraction.parse::<u64>().ok()?.checked_mul(ticks_of_unit)? / scale;
    let ticks = whole.parse::<u64>().ok()?.checked_mul(ticks_of_unit)?.checked_add(part)?;
    i64::try_from(ticks).ok().map(|_| Ticks(ticks))
}

/// A time of day, as ticks since midnight.
fn clock(text: &str) -> Option<Ticks> {
    let (text, ticks) = take_fraction(text);
    let time = date::parse(&text, 0).filter(|time| time.date() == date::OF_TIMES)?.time();
    Some(Ticks(u64::from(time.num_seconds_from_midnight()) * 10_000_000 + ticks.cast_unsigned()))
}

/// A date with its year, and with a time or without.
fn time(text: &str) -> Option<LocalOr> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(LocalOr::Instant(FileTime::from(instant.to_utc())));
    }
    let (text, ticks) = take_fraction(text);
    let spaced = match text.split_once('T') {
        Some((date, time)) if date.ends_with(|c: char| c.is_ascii_digit()) => format!("{date} {time}"),
        _ => text,
    };
    let local = date::parse(&spaced, 0)?;
    let has_date = local.date() != date::OF_TIMES && local.year() >= 1601;
    has_date.then_some(LocalOr::Local(local, Ticks(ticks.cast_unsigned())))
}

#[cfg(test)]
mod tests {
    use super::{Query, clock, span};
    use crate::wire::Ticks;

    #[test]
    fn spans() {
        for (text, ticks) in [
            ("250ms", 2_500_000),
            ("1.5s", 15_000_000),
            ("2", 20_000_000),
            ("0.0000001", 1),
            ("90us", 900),
            ("1.5h", 54_000_000_000),
        ] {
            assert_eq!(span(text), Some(Ticks(ticks)), "{text}");
        }
        for text in ["", "s", "1 parsec", "-1s", "1.2.3", "99999999999999999999"] {
            assert_eq!(span(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day() {
        assert_eq!(clock("9:30 PM"), Some(Ticks(774_000_000_000)));
        assert_eq!(clock("00:00:00.0000001"), Some(Ticks(1)));
        assert_eq!(clock("4/17/2019 9:30"), None);
        assert_eq!(clock("930"), None);
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for text in [
            "",
            "Path",
            "Path is",
            "Path is a or",
            "Path is a b",
            "(Path is a",
            "Path is a)",
            "Path is \"a",
            "not",
            "PID is python",
            "Duration more than soon",
            "Date & Time less than 9:00",
            "Date & Time less than 4/17",
        ] {
            assert!(text.parse::<Query>().is_err(), "{text}");
        }
        let deep = "(".repeat(100_000);
        assert!(deep.parse::<Query>().is_err());
        assert!("not ".repeat(100_000).parse::<Query>().is_err());
        assert_eq!(
            "PID is 4 and Path was a".parse::<Query>().unwrap_err().to_string(),
            "\"PID is 4 and Path was a\" is not a query: expected a relation, as `is` or `begins with` at character 19"
        );
    }
}
