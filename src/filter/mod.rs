//! Filters, which decide which events Procmon shows.
//!
//! | Module | Contents |
//! |---|---|
//! | `rule` | [`Rule`], its builders, its sentence, the number that Procmon stores with a value |
//! | `matcher` | [`Matcher`], a compiled filter or query, which tests events |
//! | `query` | [`Query`], a language in addition to Procmon's rules |
//! | `lint` | [`Lint`], a misleading or ineffective rule, found by [`Filter::lint`] and [`Query::lint`] |

mod lint;
mod list;
mod matcher;
mod query;
mod rule;
mod similar;

pub use lint::{Lint, LintKind};
pub use matcher::Matcher;
pub use query::Query;
pub use rule::{BoolColumn, Clock, Condition, LuidColumn, NumberColumn, Rule, TextColumn, TicksColumn, TimeColumn};
pub use similar::most_similar;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use crate::code::{Action, Column, Relation};

/// An ordered list of rules, as in the filter dialog of Procmon, in a configuration, or in a saved filter.
///
/// The order matters. Procmon combines adjacent rules of the same column and action into groups. At least one rule of
/// an including group must match, and no rule of an excluding group may match; an event is shown if all groups agree.
/// Collecting and extending keep the order of the rules. [`add`](Self::add) puts a rule into its group, and
/// [`sort`](Self::sort) restores the order in which the dialog stores rules.
///
/// ```
/// use procmon_parser::{Filter, Rule};
///
/// let mut filter = Filter::from([Rule::pid().is(1336).include(), Rule::path().contains("python").exclude()]);
/// filter.add(Rule::pid().is(4).include());
/// assert_eq!(filter.rules()[1].to_string(), "PID is 4 then Include");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct Filter {
    rules: Vec<Rule>,
}

/// The group of a rule. Groups sort as in the filter dialog: includes first, then by the id of the column.
type Group = (Reverse<Action>, Column);

fn group(rule: &Rule) -> Group {
    (Reverse(rule.action()), rule.column())
}

impl Filter {
    /// Creates a filter without rules, which shows all events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the 23 rules that Procmon starts with. They hide Procmon itself and related tools, the process System,
    /// the metadata files of NTFS, raw requests and profiling.
    ///
    /// ```
    /// assert_eq!(procmon_parser::Filter::procmon_default().len(), 23);
    /// ```
    #[must_use]
    pub fn procmon_default() -> Self {
        const RULES: [(Column, Relation, &[&str]); 6] = [
            (
                Column::PROCESS_NAME,
                Relation::IS,
                &["Procmon.exe", "Procexp.exe", "Autoruns.exe", "Procmon64.exe", "Procexp64.exe", "System"],
            ),
            (Column::OPERATION, Relation::BEGINS_WITH, &["IRP_MJ_", "FASTIO_"]),
            (Column::RESULT, Relation::BEGINS_WITH, &["FAST IO"]),
            (
                Column::PATH,
                Relation::ENDS_WITH,
                &[
                    "pagefile.sys",
                    "$Mft",
                    "$MftMirr",
                    "$LogFile",
                    "$Volume",
                    "$AttrDef",
                    "$Root",
                    "$Bitmap",
                    "$Boot",
                    "$BadClus",
                    "$Secure",
                    "$UpCase",
                ],
            ),
            (Column::PATH, Relation::CONTAINS, &["$Extend"]),
            (Column::EVENT_CLASS, Relation::IS, &["Profiling"]),
        ];
        let rules = RULES.iter().flat_map(|&(column, relation, values)| {
            values.iter().map(move |value| Rule::new(column, relation, value, Action::EXCLUDE))
        });
        rules.collect()
    }

    /// Returns the rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns an iterator over the rules, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Rule> {
        self.rules.iter()
    }

    /// Returns the number of rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Returns true if the filter has no rules, and so shows all events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Adds a rule after the last one of its column and action, or else where the filter dialog would put it: includes
    /// first, then by the id of the column. A rule that is already present is not added again.
    ///
    /// Returns true if the rule was added.
    pub fn add(&mut self, rule: Rule) -> bool {
        let before = self.len();
        self.add_all([rule]);
        self.len() > before
    }

    /// Adds rules, each as [`add`](Self::add) does.
    pub fn add_all(&mut self, rules: impl IntoIterator<Item = Rule>) {
        let mut groups = BTreeMap::<Group, Vec<Rule>>::new();
        let mut added = HashSet::new();
        let known: HashSet<&Rule> = self.rules.iter().collect();
        for rule in rules {
            if !known.contains(&rule) && added.insert(rule.clone()) {
                groups.entry(group(&rule)).or_default().push(rule);
            }
        }
        groups.into_iter().for_each(|(group, rules)| self.insert(group, rules));
    }

    fn insert(&mut self, place: Group, rules: Vec<Rule>) {
        let at = match self.rules.iter().rposition(|present| group(present) == place) {
            Some(last) => last + 1,
            None => self.rules.iter().position(|present| group(present) > place).unwrap_or(self.len()),
        };
        self.rules.splice(at..at, rules);
    }

    /// Removes all rules that equal this one; returns their number.
    pub fn remove(&mut self, rule: &Rule) -> usize {
        let before = self.len();
        self.rules.retain(|present| present != rule);
        before - self.len()
    }

    /// Sorts the rules in the order in which the filter dialog of Procmon stores them: includes first, then by the id
    /// of the column; rules of one column and action keep their order.
    ///
    /// This may join groups that other rules separated, and so may change which events the filter shows.
    pub fn sort(&mut self) {
        self.rules.sort_by_key(group);
    }
}

impl FromIterator<Rule> for Filter {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Self { rules: rules.into_iter().collect() }
    }
}

impl From<Vec<Rule>> for Filter {
    fn from(rules: Vec<Rule>) -> Self {
        Self { rules }
    }
}

impl<const N: usize> From<[Rule; N]> for Filter {
    fn from(rules: [Rule; N]) -> Self {
        Self { rules: rules.into() }
    }
}

impl Extend<Rule> for Filter {
    /// Appends rules in their order. To put each rule into its group, use [`Filter::add_all`].
    fn extend<I: IntoIterator<Item = Rule>>(&mut self, rules: I) {
        self.rules.extend(rules);
    }
}

impl IntoIterator for Filter {
    type Item = Rule;
    type IntoIter = std::vec::IntoIter<Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.rules.into_iter()
    }
}

impl<'a> IntoIterator for &'a Filter {
    type Item = &'a Rule;
    type IntoIter = std::slice::Iter<'a, Rule>;

    fn into_iter(self) -> Self::IntoIter {
        self.rules.iter()
    }
}
