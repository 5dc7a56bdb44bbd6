//! Filters: which events Procmon shows.

mod build;
mod date;
mod lint;
mod matcher;
mod needle;
mod number;
mod operations;
mod path;
mod query;
mod rule;
mod run;
mod sentence;
mod shadow;
mod statuses;

pub use build::{Condition, On, Operand, Text};
pub use lint::{Lint, LintKind, lint};
pub use matcher::Matcher;
pub use query::{Query, QueryMatcher};
pub use rule::Rule;

use crate::code::{Action, Column, Relation};

/// An ordered list of rules, as the filter dialog of Procmon has it.
///
/// ```
/// use procmon_parser::{Filter, Rule};
///
/// let filter: Filter = [Rule::pid(1336).include(), Rule::path().contains("python").exclude()].into_iter().collect();
/// assert_eq!(filter.rules()[0].to_string(), "PID is 1336 then Include");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    rules: Vec<Rule>,
}

impl Filter {
    /// The filter that lets everything through.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The 23 rules that Procmon starts with: without Procmon itself and its kin, the process System, the files of
    /// NTFS, raw requests and profiling.
    ///
    /// ```
    /// assert_eq!(procmon_parser::Filter::procmon_default().rules().len(), 23);
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

    /// The rules, in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Adds a rule behind the last one of its column and action, or at the end if there is none.
    ///
    /// Includes of a column let an event through if one of them matches, but only as long as they are neighbours.
    ///
    /// ```
    /// use procmon_parser::{Filter, Rule};
    ///
    /// let mut filter: Filter = [Rule::pid(4).include(), Rule::path().is("a").include()].into_iter().collect();
    /// filter.insert(Rule::pid(8).include());
    /// assert_eq!(filter.rules()[1].to_string(), "PID is 8 then Include");
    /// ```
    pub fn insert(&mut self, rule: Rule) {
        let kin = |other: &Rule| (other.column(), other.action()) == (rule.column(), rule.action());
        let at = self.rules.iter().rposition(kin).map_or(self.rules.len(), |last| last + 1);
        self.rules.insert(at, rule);
    }

    /// Puts the rules in the order in which the filter dialog of Procmon stores them: includes first, then by the id
    /// of the column; those of one column stay in their order.
    ///
    /// This brings rules of one column and action together, which changes what a filter means that had them apart.
    pub fn sort(&mut self) {
        self.rules.sort_by_key(|rule| (std::cmp::Reverse(rule.action()), rule.column()));
    }

    /// Whether there are no rules.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
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

impl Extend<Rule> for Filter {
    /// Adds rules at the end, in their order.
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
