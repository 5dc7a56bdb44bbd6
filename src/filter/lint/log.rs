//! Finds rules on processes that a log does not have.

use std::collections::BTreeSet;

use super::LintKind;
use super::known::Suggestions;
use crate::code::{Column, Relation};
use crate::filter::Rule;
use crate::filter::matcher::Needle;
use crate::index::Index;

/// The processes of a log.
#[derive(Debug, Default)]
pub(super) struct Processes {
    names: BTreeSet<String>,
    pids: BTreeSet<i64>,
}

impl Processes {
    /// Collects the processes of logs with these indexes.
    pub(super) fn of<'i>(indexes: impl IntoIterator<Item = &'i Index>) -> Self {
        let mut processes = Self::default();
        for process in indexes.into_iter().flat_map(Index::processes) {
            processes.names.insert(process.name().to_string());
            processes.pids.insert(process.pid().into());
        }
        processes
    }

    /// Checks that a rule on the name or id of a process matches a process. Without a log, the rule is not checked.
    pub(super) fn check(&self, rule: &Rule, suggestions: &Suggestions, add: &mut impl FnMut(LintKind)) {
        let column = rule.column();
        let is = rule.relation() == Relation::IS;
        let is_missing = match column {
            Column::PID => is && !self.pids.is_empty() && !self.pids.contains(&rule.number()),
            Column::PROCESS_NAME => !self.names.is_empty() && self.lacks_name(rule),
            _ => false,
        };
        if is_missing {
            let names = self.names.iter().map(String::as_str).filter(|_| column == Column::PROCESS_NAME);
            add(LintKind::NotInLog { column, suggestion: suggestions.most_similar(&rule.value(), names) });
        }
    }

    /// Returns true if the rule matches none of the names of the processes.
    fn lacks_name(&self, rule: &Rule) -> bool {
        let is_part =
            matches!(rule.relation(), Relation::IS | Relation::BEGINS_WITH | Relation::ENDS_WITH | Relation::CONTAINS);
        let needle = Needle::new(rule.relation(), rule.value_units()).filter(|_| is_part);
        needle.is_some_and(|needle| !self.names.iter().any(|name| needle.matches_text(name)))
    }
}
