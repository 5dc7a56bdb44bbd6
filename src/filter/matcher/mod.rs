//! Compiled filters and queries, which test events.

mod addresses;
mod grams;
mod needle;
mod numbers;
mod operations;
mod path;
mod plan;
mod run;
mod set;
mod statuses;

pub(super) use needle::{Needle, folded};

use std::cmp::Ordering;
use std::ops::Not;
use std::sync::Arc;

use super::{Filter, Rule};
use crate::code::{Action, Column, Relation};
use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::{Compat, Style};
use crate::wire::{FileTime, Ticks, UtcOffset};

use addresses::Addresses;
use needle::Haystack;
use plan::Plan;

/// A compiled [`Filter`] or [`Query`](super::Query), which tests the events of logs.
///
/// It is a shared pointer, so clones are cheap and threads can share it. Rules on columns of the process are evaluated
/// once per process, when it is compiled. It also tests events of other logs correctly, but more slowly.
///
/// Matchers are combined by [`all`](Self::all), [`any`](Self::any) and `!`:
///
/// ```
/// use procmon_parser::filter::{Matcher, Query};
/// use procmon_parser::{Filter, LogsReader};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let filter = Filter::procmon_default().compile(log.indexes());
/// let query = "Duration more than 1ms".parse::<Query>()?.compile(log.indexes());
/// let slow = Matcher::all([filter, !query]);
/// assert!(log.events().flatten().any(|event| slow.matches(event)));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matcher(Arc<Test>);

#[derive(Debug)]
enum Test {
    All(Vec<Matcher>),
    Any(Vec<Matcher>),
    Not(Matcher),
    Rules(Plan),
    /// Compares the time of day in local time.
    TimeOfDay(Relation, Ticks, UtcOffset),
    /// Compares the creation time of the process, as Process Start or High Resolution Process Start shows it.
    ProcessStart(Column, Relation, FileTime),
    /// Compares the session of the process, as a signed number.
    Session(Relation, i32),
    /// Matches if Duration, Completion Time or a column of the start of the process has a value.
    HasValue(Column),
    /// Compares the text that a column shows, where Procmon's rules compare otherwise.
    Text(Column, Needle, Style),
    #[cfg(feature = "regex")]
    Regex(Column, regex::Regex, Style, Addresses),
}

impl Filter {
    /// Compiles the filter for the events of one or several files, as Procmon 3.94 evaluates it in normal mode, in
    /// UTC: rules compare the text that Procmon shows, without the limits of its exports.
    ///
    /// For the filter of a configuration, use [`compile_with`](Self::compile_with) and
    /// [`Configuration::style`](crate::Configuration::style).
    ///
    /// ```
    /// use procmon_parser::{Filter, LogsReader, Rule};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let matcher = Filter::from([Rule::path().ends_with(".dll").include()]).compile(log.indexes());
    /// assert!(log.events().flatten().filter(|event| matcher.matches(*event)).count() > 0);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn compile<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>) -> Matcher {
        self.compile_with(indexes, &Style::new().compat(Compat::Procmon3_94))
    }

    /// Compiles the filter for text of another style: of another version of Procmon, in advanced mode, with numbers
    /// instead of host names, or in another time zone.
    ///
    /// In the style [`Compat::Complete`], rules on Path compare network events with two texts: one with the names of
    /// hosts and ports, and one with numbers, whichever the style shows. One match is enough; `is not` and `excludes`
    /// must hold for both. Versions of Procmon compare only the text that they show.
    ///
    /// ```
    /// use procmon_parser::{Filter, LogsReader, Rule, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let shown = |value: &str| {
    ///     let filter = Filter::from([Rule::path().ends_with(value).include()]);
    ///     let matcher = filter.compile_with(log.indexes(), &Style::new());
    ///     log.events().flatten().filter(|event| matcher.matches(*event)).count()
    /// };
    /// assert!(shown(":https") > 0);
    /// assert_eq!(shown(":https"), shown(":443"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn compile_with<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>, style: &Style) -> Matcher {
        let addresses = (!style.is_procmon()).then(|| Addresses::new(style));
        Matcher::new(Test::Rules(Plan::new(self.rules(), indexes, style, addresses.as_ref())))
    }
}

impl Matcher {
    fn new(test: Test) -> Self {
        Self(Arc::new(test))
    }

    /// Combines matchers: matches the events that all of them match, and every event if there are none.
    #[must_use]
    pub fn all(matchers: impl IntoIterator<Item = Self>) -> Self {
        Self::combined(matchers, Test::All)
    }

    /// Combines matchers: matches the events that at least one of them matches, and no event if there are none.
    #[must_use]
    pub fn any(matchers: impl IntoIterator<Item = Self>) -> Self {
        Self::combined(matchers, Test::Any)
    }

    fn combined(matchers: impl IntoIterator<Item = Self>, combine: fn(Vec<Self>) -> Test) -> Self {
        let mut matchers: Vec<_> = matchers.into_iter().collect();
        match matchers.pop() {
            Some(only) if matchers.is_empty() => only,
            last => Self::new(combine(matchers.into_iter().chain(last).collect())),
        }
    }

    /// Matches the events that at least one of the rules matches. The rules must be on the same column; their actions
    /// are ignored. Rules on Path compare both names and numbers of addresses.
    pub(super) fn of_rules<'i>(
        rules: impl IntoIterator<Item = Rule>,
        indexes: impl IntoIterator<Item = &'i Index>,
        style: &Style,
    ) -> Self {
        Self::new(Test::Rules(Self::plan(rules, indexes, style)))
    }

    /// Compiles several lists of rules like [`of_rules`](Self::of_rules). An event that a list matches is matched by one
    /// of the returned matchers. There can be fewer matchers than lists.
    pub(super) fn of_rule_lists(
        lists: impl IntoIterator<Item = Vec<Rule>>,
        indexes: &[&Index],
        style: &Style,
    ) -> impl Iterator<Item = Self> {
        let plan = |rules| Self::plan(rules, indexes.iter().copied(), style);
        Plan::combine_processes(lists.into_iter().map(plan)).map(|plan| Self::new(Test::Rules(plan)))
    }

    fn plan<'i>(
        rules: impl IntoIterator<Item = Rule>,
        indexes: impl IntoIterator<Item = &'i Index>,
        style: &Style,
    ) -> Plan {
        let rules: Vec<_> = rules.into_iter().map(|rule| rule.with_action(Action::INCLUDE)).collect();
        Plan::new(&rules, indexes, style, Some(&Addresses::new(style)))
    }

    /// Compares the local time of day, in ticks since midnight, by `is`, `is not`, `less than` or `more than`.
    pub(super) fn of_time_of_day(relation: Relation, time: Ticks, utc_offset: UtcOffset) -> Self {
        Self::new(Test::TimeOfDay(relation, time, utc_offset))
    }

    /// Compares the creation time of the process by one of these relations. If `time` has no fraction of a second, Process
    /// Start, which shows none, is compared without it. An event without a process does not match.
    pub(super) fn of_process_start(column: Column, relation: Relation, time: FileTime) -> Self {
        Self::new(Test::ProcessStart(column, relation, time))
    }

    /// Compares the session of the process, as a signed number, by one of these relations.
    pub(super) fn of_session(relation: Relation, session: i32) -> Self {
        Self::new(Test::Session(relation, session))
    }

    /// Matches the events for which Duration, Completion Time or Process Start has a value.
    pub(super) fn of_value(column: Column) -> Self {
        Self::new(Test::HasValue(column))
    }

    /// Compares the text that a column shows in a style. Matches nothing if the relation is unknown.
    pub(super) fn of_text(column: Column, relation: Relation, value: &str, style: &Style) -> Self {
        let units: Vec<u16> = value.encode_utf16().collect();
        let needle = Needle::new(relation, &units);
        Self::any(needle.map(|needle| Self::new(Test::Text(column, needle, style.clone()))))
    }

    /// Matches the text that a column shows in a style against a regular expression.
    #[cfg(feature = "regex")]
    pub(super) fn of_regex(column: Column, regex: regex::Regex, style: &Style) -> Self {
        Self::new(Test::Regex(column, regex, style.clone(), Addresses::new(style)))
    }

    /// Returns true if the event is shown. Does not allocate, except for the first long string of each thread.
    #[inline]
    #[must_use]
    pub fn matches(&self, event: Event<'_>) -> bool {
        match &*self.0 {
            Test::Rules(plan) => plan.shows(event),
            test => test.matches(event),
        }
    }
}

impl Not for Matcher {
    type Output = Self;

    /// Matches the events that this matcher does not match.
    fn not(self) -> Self {
        Self::new(Test::Not(self))
    }
}

impl Test {
    fn matches(&self, event: Event<'_>) -> bool {
        match self {
            Self::All(matchers) => matchers.iter().all(|matcher| matcher.matches(event)),
            Self::Any(matchers) => matchers.iter().any(|matcher| matcher.matches(event)),
            Self::Not(matcher) => !matcher.matches(event),
            Self::Rules(plan) => plan.shows(event),
            Self::TimeOfDay(relation, time, utc_offset) => {
                holds(*relation, local_time_of_day(event, *utc_offset).cmp(&time.0.cast_signed()))
            }
            Self::ProcessStart(column, relation, time) => {
                event.process().is_some_and(|process| holds(*relation, start_of(process, *column, *time).cmp(time)))
            }
            Self::Session(relation, session) => {
                let shown = event.process().map_or(0, |process| process.session().cast_signed());
                holds(*relation, shown.cmp(session))
            }
            Self::HasValue(Column::PROCESS_START | Column::HIGH_RESOLUTION_PROCESS_START) => event.process().is_some(),
            Self::HasValue(_) => event.duration().is_some(),
            Self::Text(column, needle, style) => {
                let write = |out: &mut String| event.text_in(*column, style).write_exact(out);
                Haystack::with(write, |text| needle.matches(text))
            }
            #[cfg(feature = "regex")]
            Self::Regex(column, regex, style, addresses) => {
                let matches = |style: &Style| {
                    let write = |out: &mut String| event.text_in(*column, style).write_whole(out);
                    Haystack::with_text(write, |text| regex.is_match(text))
                };
                match addresses.styles(&event, *column) {
                    Some(styles) => styles.into_iter().any(matches),
                    None => matches(style),
                }
            }
        }
    }
}

/// Returns true if `is`, `is not`, `less than` or `more than` holds for two values in this order.
fn holds(relation: Relation, order: Ordering) -> bool {
    match relation {
        Relation::IS => order.is_eq(),
        Relation::IS_NOT => order.is_ne(),
        Relation::LESS_THAN => order.is_lt(),
        _ => order.is_gt(),
    }
}

/// Returns the creation time of a process as a column shows it: Process Start without the fraction of a second, unless
/// the `time` to compare has one.
fn start_of(process: Process<'_>, column: Column, time: FileTime) -> FileTime {
    let start = process.start_time().0;
    let is_whole = column == Column::PROCESS_START && time.0.is_multiple_of(Ticks::SECOND.0);
    FileTime(if is_whole { start - start % Ticks::SECOND.0 } else { start })
}

/// Returns the local time of day at which an event began, in ticks since midnight.
fn local_time_of_day(event: Event<'_>, utc_offset: UtcOffset) -> i64 {
    const TICKS_PER_DAY: i64 = 864_000_000_000;
    let local = event.time().0.wrapping_add_signed(utc_offset.ticks());
    local.cast_signed().rem_euclid(TICKS_PER_DAY)
}
