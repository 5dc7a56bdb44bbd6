//! Queries: conditions that go beyond Procmon's rules.

mod parse;
mod value;

use std::borrow::Cow;

use crate::code::{Action, Column, Relation};
use crate::index::Index;
use crate::text::Style;
use crate::wire::Ticks;

use super::matcher::Needle;
use super::rule::column;
use super::{Matcher, Rule};
use value::Instant;

/// A condition on events: comparisons with `and`, `or`, `not` and parentheses.
///
/// Procmon has no queries, and a configuration cannot store one. Unlike a rule of Procmon, a query always compares the
/// value that the column shows.
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
/// # Grammar
///
/// ```text
/// query      = condition { "or" condition }
/// condition  = part { "and" part }
/// part       = "not" part | "(" query ")" | comparison
/// comparison = ( COLUMN | "any" ) ( RELATION value | RELATION "any of" list | "in" list )
/// list       = "(" item { "," item } ")" | "@" FILE
/// item       = value | "@" FILE
/// ```
///
/// `and` binds more closely than `or`. Columns and relations have Procmon's names; `any` is any column. Letter case is
/// ignored in names, keywords and values.
///
/// A value ends before `and`, `or`, a closing parenthesis without an opening one, or, in a list, a comma. It can be in
/// quotation marks, as in [the sentence of a rule](Rule#the-sentence): `Path is "C:\this and that"`. An empty value is
/// `""`.
///
/// `in` compares with several values: `PID in (4, 8)`. Other relations take several values after `any of`: `Path ends
/// with any of (.exe, .dll)`. One of the values must match; `is not` and `excludes` must hold for all of them. The
/// values can be the lines of a file: `Path contains any of @words.txt`. Only [`parse_with`](Self::parse_with) reads
/// files.
///
/// The values differ from those of a rule:
///
/// | Column | Value |
/// |---|---|
/// | PID, Parent PID, TID | a decimal number, or a hexadecimal one (`0x538`) |
/// | Session | the number that the column shows, which can be negative (`-1`), or a hexadecimal one |
/// | Duration, Relative Time | a span: `250ms`, `1.5s`, `90us`, `2min`, `1h`; without a unit, seconds |
/// | Date & Time, Completion Time, Process Start, High Resolution Process Start | a date with or without a time: `2020-07-12T09:30:00`, `7/12/2020 9:30 AM`; in the time zone of the style, unless it has its own (`2020-07-12T09:30:00Z`) |
/// | Time of Day | `9:30 AM`, `09:30:00.5`, in the time zone of the style |
///
/// Duration and Completion Time have no value if the log does not have the completion of the operation, and Process
/// Start has none if the process is unknown. Then `is not` and `excludes` match, and no other relation does. If the
/// value for Process Start has no fraction of a second, the fraction of the column is ignored. Process Start and High
/// Resolution Process Start are compared as dates under every [`Compat`](crate::Compat), even if that version of
/// Procmon lacks these columns.
///
/// The Path of a network event has two forms: one with the names of hosts and ports, and one with numbers (`Path
/// contains 91.198.174.`). Both are compared, whichever the style shows. One match is enough; `is not` and `excludes`
/// must hold for both.
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
    /// A comparison and its text in the query.
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
    /// Compares the creation time of the process, as Process Start or High Resolution Process Start shows it.
    ProcessStart(Column, Relation, Instant),
    /// Compares the signed number of the session.
    Session(Relation, i32),
    /// Compares a column that has no value for some events.
    OfValue(Column, Relation, Box<Self>),
    /// Compares the text that a column shows, where Procmon's rules compare something else.
    Text(Column, Relation, String),
    /// Holds if one of the comparisons holds.
    AnyOf(Vec<Self>),
    /// Holds if none of the comparisons holds.
    NoneOf(Vec<Self>),
    #[cfg(feature = "regex")]
    Regex(Column, regex::Regex),
}

impl Query {
    /// Compiles the query for the events of one or several files, for complete text in UTC.
    #[must_use]
    pub fn compile<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>) -> Matcher {
        self.compile_with(indexes, &Style::new())
    }

    /// Compiles the query for text of the given style. Dates and times in the query are in the time zone of the style.
    #[must_use]
    pub fn compile_with<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> Matcher {
        let indexes: Vec<_> = indexes.into_iter().collect();
        self.0.compile(&indexes, style)
    }

    /// Returns the text of each comparison, in order.
    pub fn comparisons(&self) -> impl Iterator<Item = &str> {
        self.0.comparisons().into_iter().map(|(_, text)| text)
    }

    /// Returns each comparison as a rule, in order; `None` for those that a rule cannot express.
    pub(super) fn rules(&self) -> impl Iterator<Item = Option<Cow<'_, Rule>>> {
        self.0.comparisons().into_iter().map(|(comparison, _)| comparison.rule())
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
        let comparison = Self::of_any(column, relation, value)?;
        Some(match column {
            Column::DURATION
            | Column::COMPLETION_TIME
            | Column::PROCESS_START
            | Column::HIGH_RESOLUTION_PROCESS_START => Self::OfValue(column, relation, Box::new(comparison)),
            _ => comparison,
        })
    }

    /// Creates a comparison that an event without a value may match.
    fn of_any(column: Column, relation: Relation, value: &str) -> Option<Self> {
        let text = || Self::Text(column, relation, value.to_owned());
        let rule = |number: i64| {
            let rule = Rule::without_number(column, relation, value.encode_utf16(), Action::INCLUDE);
            Self::Rule(rule.with_number(number))
        };
        let is_textual = relation.is_textual() || relation.name().is_none();
        Some(match column {
            // Procmon's rules on this column never match.
            Column::SEQUENCE => text(),
            // Procmon's rules never match a class without a name.
            Column::EVENT_CLASS if matches_empty(relation, value) => text(),
            column if !column::is_number(column) => rule(0),
            _ if is_textual => text(),
            Column::SESSION => Self::Session(relation, value::session(value)?),
            Column::DURATION | Column::RELATIVE_TIME => rule(value.parse::<Ticks>().ok()?.0.cast_signed()),
            Column::TIME_OF_DAY => Self::TimeOfDay(relation, value::time_of_day(value)?),
            Column::DATE_AND_TIME | Column::COMPLETION_TIME => Self::Time(column, relation, value::instant(value)?),
            Column::PROCESS_START | Column::HIGH_RESOLUTION_PROCESS_START => {
                Self::ProcessStart(column, relation, value::instant(value)?)
            }
            _ => rule(value::number(value)?.into()),
        })
    }

    /// Creates a comparison with the text of any column. `is not` and `excludes` must hold for all columns.
    fn any_column(relation: Relation, value: &str) -> Self {
        Self::alternatives(relation, |relation| {
            let columns = searched_columns().filter(|&column| may_show(column, value));
            let comparisons = columns.map(|column| match column::is_number(column) {
                true => Self::Text(column, relation, value.to_owned()),
                false => Self::Rule(Rule::new(column, relation, value, Action::INCLUDE)),
            });
            Some(comparisons.collect())
        })
        .unwrap_or(Self::AnyOf(Vec::new()))
    }

    /// Combines comparisons: one of them must hold. For `is not` and `excludes`, none with the opposite relation may
    /// hold.
    fn alternatives(relation: Relation, with: impl FnOnce(Relation) -> Option<Vec<Self>>) -> Option<Self> {
        match relation {
            Relation::IS_NOT => with(Relation::IS).map(Self::NoneOf),
            Relation::EXCLUDES => with(Relation::CONTAINS).map(Self::NoneOf),
            _ => with(relation).map(Self::AnyOf),
        }
    }

    /// Creates a comparison of the text of any column with a regular expression.
    #[cfg(feature = "regex")]
    fn any_regex(regex: &regex::Regex) -> Self {
        Self::AnyOf(searched_columns().map(|column| Self::Regex(column, regex.clone())).collect())
    }

    /// Returns false if it is certain that no event matches, because times never have such a text.
    fn may_match(&self, style: &Style) -> bool {
        match self {
            Self::Text(
                column,
                Relation::IS | Relation::CONTAINS | Relation::BEGINS_WITH | Relation::ENDS_WITH,
                value,
            ) => style.may_contain(*column, value),
            _ => true,
        }
    }

    /// Returns the rule that compares the same text or number; `None` if there is no such rule.
    fn rule(&self) -> Option<Cow<'_, Rule>> {
        match self {
            Self::Rule(rule) => Some(Cow::Borrowed(rule)),
            // A query can match the empty name of a class without a name; a rule cannot.
            Self::Text(Column::EVENT_CLASS, relation, value) if !value.is_empty() => {
                Some(Cow::Owned(Rule::new(Column::EVENT_CLASS, *relation, value, Action::INCLUDE)))
            }
            _ => None,
        }
    }

    fn compile(&self, indexes: &[&Index], style: &Style) -> Matcher {
        let rule = |rule: Rule| Matcher::of_rules([rule], indexes.iter().copied(), style);
        match self {
            Self::Rule(condition) => rule(condition.clone()),
            Self::Time(column, relation, time) => {
                let number = time.to_utc(style.zone()).0.cast_signed();
                rule(Rule::without_number(*column, *relation, [], Action::INCLUDE).with_number(number))
            }
            Self::TimeOfDay(relation, time) => Matcher::of_time_of_day(*relation, *time, style.zone()),
            Self::ProcessStart(column, relation, time) => {
                Matcher::of_process_start(*column, *relation, time.to_utc(style.zone()))
            }
            Self::Session(relation, session) => Matcher::of_session(*relation, *session),
            Self::OfValue(column, relation, comparison) => {
                let (has_value, matches) = (Matcher::of_value(*column), comparison.compile(indexes, style));
                match *relation {
                    Relation::IS_NOT | Relation::EXCLUDES => Matcher::any([!has_value, matches]),
                    _ => Matcher::all([has_value, matches]),
                }
            }
            Self::Text(column, relation, value) => Matcher::of_text(*column, *relation, value, style),
            Self::AnyOf(comparisons) => any_of(comparisons, indexes, style),
            Self::NoneOf(comparisons) => !any_of(comparisons, indexes, style),
            #[cfg(feature = "regex")]
            Self::Regex(column, regex) => Matcher::of_regex(*column, regex.clone(), style),
        }
    }
}

/// Compiles alternatives. Rules on the same column are compiled together, so that a long list is searched for in one pass.
fn any_of(comparisons: &[Comparison], indexes: &[&Index], style: &Style) -> Matcher {
    let mut rules: Vec<(Column, Vec<Rule>)> = Vec::new();
    let mut others = Vec::new();
    for comparison in comparisons.iter().filter(|comparison| comparison.may_match(style)) {
        let Comparison::Rule(rule) = comparison else {
            others.push(comparison.compile(indexes, style));
            continue;
        };
        match rules.last_mut() {
            Some((column, of_column)) if *column == rule.column() => of_column.push(rule.clone()),
            _ => rules.push((rule.column(), vec![rule.clone()])),
        }
    }
    let rules = rules.into_iter().map(|(_, rules)| rules);
    Matcher::any(Matcher::of_rule_lists(rules, indexes, style).chain(others))
}

/// Returns the columns that `any` stands for, the fastest first: columns of the process are tested once per process,
/// and columns whose text must be composed come last. Sequence is left out, because its text is the same for every
/// event.
fn searched_columns() -> impl Iterator<Item = Column> {
    let cost = |column: &Column| match *column {
        Column::PATH => 1,
        Column::DETAIL => 2,
        column if column::is_number(column) => 3,
        _ => 0,
    };
    let mut columns: Vec<_> = Column::ALL.iter().copied().filter(|&column| column != Column::SEQUENCE).collect();
    columns.sort_by_key(cost);
    columns.into_iter()
}

/// Returns false if the column shows numbers, and its text can never contain this value.
fn may_show(column: Column, value: &str) -> bool {
    let decimal = |c: char| c.is_ascii_digit() || c == '-';
    match column {
        Column::PID | Column::PARENT_PID | Column::TID | Column::SESSION => value.chars().all(decimal),
        _ => true,
    }
}

/// Returns true if a comparison matches the empty text.
fn matches_empty(relation: Relation, value: &str) -> bool {
    let units: Vec<u16> = value.encode_utf16().collect();
    Needle::new(relation, &units).is_some_and(|needle| needle.matches_text(""))
}
