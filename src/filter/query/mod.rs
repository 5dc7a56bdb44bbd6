//! Queries, conditions that go beyond the rules of Procmon.

mod parse;
pub(super) mod value;

use crate::code::{Action, Column, Relation};
use crate::index::Index;
use crate::text::Style;
use crate::wire::Ticks;

use super::rule::column;
use super::{Matcher, Rule};
use value::Instant;

/// A condition on events: comparisons with `and`, `or`, `not` and parentheses.
///
/// Procmon has no queries, and a configuration cannot store one. Unlike a rule of Procmon, a query always
/// compares the value that it shows.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::filter::Query;
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let query: Query = "Path ends with .dll and not (Result is SUCCESS or Duration more than 250ms)".parse()?;
/// let matcher = query.compile(log.indexes());
/// assert!(log.events().flatten().filter(|event| matcher.matches(*event)).count() > 0);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// A comparison consists of a column, a relation and a value. Columns and relations have Procmon's names. A value with
/// blanks or a closing parenthesis must be in quotation marks, as in [the sentence of a rule](Rule#the-sentence). Values differ from those of a rule:
///
/// | Column | Value |
/// |---|---|
/// | PID, Parent PID, TID, Session | a decimal number, or a hexadecimal one (`0x538`) |
/// | Duration, Relative Time | a span: `250ms`, `1.5s`, `90us`, `2min`, `1h`; without a unit, seconds |
/// | Date & Time, Completion Time | a date, with a time or without: `2020-07-12T09:30:00`, `7/12/2020 9:30 AM`; in the time zone of the style, unless it has its own (`2020-07-12T09:30:00Z`) |
/// | Time of Day | `9:30 AM`, `09:30:00.5`, in the time zone of the style |
///
/// The relations `begins with`, `ends with`, `contains` and `excludes` compare the text that the column shows, even
/// if it is a number. The feature `regex` adds the relation `matches`, whose value is a regular expression that
/// ignores case unless it says otherwise (`(?-i)`).
#[derive(Clone, Debug)]
pub struct Query(Node);

#[derive(Clone, Debug)]
enum Node {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    /// A comparison, and its text.
    Is(Comparison, String),
}

#[derive(Clone, Debug)]
enum Comparison {
    /// Compares like a rule of Procmon.
    Rule(Rule),
    /// Compares a point in time.
    Time(Column, Relation, Instant),
    /// Compares the local time of day.
    TimeOfDay(Relation, Ticks),
    /// Compares the text that a column shows, where Procmon's rules compare otherwise.
    Text(Column, Relation, String),
    #[cfg(feature = "regex")]
    Regex(Column, regex::Regex),
}

impl Query {
    /// Compiles the query for the events of one or several files, for complete text in UTC.
    #[must_use]
    pub fn compile<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>) -> Matcher {
        self.compile_with(indexes, &Style::new())
    }

    /// Compiles the query for text of another style. Dates and times in the query are in the time zone of the style.
    #[must_use]
    pub fn compile_with<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> Matcher {
        let indexes: Vec<_> = indexes.into_iter().collect();
        self.0.compile(&indexes, style)
    }

    /// Returns the text of each comparison, in order.
    pub fn comparisons(&self) -> impl Iterator<Item = &str> {
        self.0.comparisons().into_iter().map(|(_, text)| text)
    }

    /// Returns each comparison as a rule, in order; `None` for those that compare otherwise.
    pub(super) fn rules(&self) -> impl Iterator<Item = Option<&Rule>> {
        self.0.comparisons().into_iter().map(|(comparison, _)| match comparison {
            Comparison::Rule(rule) => Some(rule),
            _ => None,
        })
    }
}

impl Node {
    fn comparisons(&self) -> Vec<(&Comparison, &str)> {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().flat_map(Self::comparisons).collect(),
            Self::Not(node) => node.comparisons(),
            Self::Is(comparison, text) => vec![(comparison, text)],
        }
    }

    fn compile(&self, indexes: &[&Index], style: &Style) -> Matcher {
        match self {
            Self::All(nodes) => Matcher::all(nodes.iter().map(|node| node.compile(indexes, style))),
            Self::Any(nodes) => Matcher::any(nodes.iter().map(|node| node.compile(indexes, style))),
            Self::Not(node) => !node.compile(indexes, style),
            Self::Is(comparison, _) => comparison.compile(indexes, style),
        }
    }
}

impl Comparison {
    /// Creates a comparison; `None` if the value does not have the type of the column.
    fn new(column: Column, relation: Relation, value: &str) -> Option<Self> {
        let text = || Self::Text(column, relation, value.to_owned());
        let rule = |number: i64| {
            let rule = Rule::without_number(column, relation, value.encode_utf16(), Action::INCLUDE);
            Self::Rule(rule.with_number(number))
        };
        Some(match column {
            // Procmon's rules on these two columns never match.
            Column::SEQUENCE | Column::PROCESS_START => text(),
            column if !column::is_number(column) => rule(0),
            _ if relation.is_textual() || relation.name().is_none() => text(),
            Column::DURATION | Column::RELATIVE_TIME => rule(value::span(value)?.0.cast_signed()),
            Column::TIME_OF_DAY => Self::TimeOfDay(relation, value::time_of_day(value)?),
            Column::DATE_AND_TIME | Column::COMPLETION_TIME => Self::Time(column, relation, value::instant(value)?),
            _ => rule(value::number(value)?.into()),
        })
    }

    fn compile(&self, indexes: &[&Index], style: &Style) -> Matcher {
        let rule = |rule: Rule| Matcher::of_rule(rule, indexes.iter().copied(), style);
        match self {
            Self::Rule(condition) => rule(condition.clone()),
            Self::Time(column, relation, time) => {
                let number = time.in_zone(style.zone()).0.cast_signed();
                rule(Rule::without_number(*column, *relation, [], Action::INCLUDE).with_number(number))
            }
            Self::TimeOfDay(relation, time) => Matcher::of_time_of_day(*relation, *time, style.zone()),
            Self::Text(column, relation, value) => Matcher::of_text(*column, *relation, value, style),
            #[cfg(feature = "regex")]
            Self::Regex(column, regex) => Matcher::of_regex(*column, regex.clone(), style),
        }
    }
}
