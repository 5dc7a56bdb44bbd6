//! Finds the exclude rule that hides all events that a rule matches, in time linear in the size of the rules.
//!
//! Prefixes, suffixes and parts of values are found in tries, written here because the crate aho-corasick can only
//! enumerate overlapping matches. That crate is several times faster on usual lists, but takes cubic time for values
//! that contain each other (`a`, `aa`, `aaa`, ...): it took 330 s for 4,000 of them, and these tries take 0.04 s. A
//! list of rules may come from an untrusted file.

use std::collections::HashMap;

use crate::code::{Action, Column, Relation};
use crate::filter::Rule;
use crate::filter::matcher::folded;

/// A column, a relation and a value. Rules with equal criteria match the same events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Criterion {
    column: Column,
    relation: Relation,
    value: Value,
}

/// The part of a value that Procmon compares.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Value {
    Number(i64),
    Text(Vec<u16>),
}

impl Criterion {
    pub(super) fn of(rule: &Rule) -> Self {
        let (column, relation) = (rule.column(), rule.relation());
        let value = if rule.compares_number() {
            Value::Number(rule.number())
        } else {
            Value::Text(folded(rule.value_units()).collect())
        };
        Self { column, relation, value }
    }
}

/// The exclude rules of a list.
#[derive(Debug, Default)]
pub(super) struct Excludes {
    /// The position of the first exclude rule with each criterion.
    same: HashMap<Criterion, usize>,
    columns: HashMap<Column, OfColumn>,
}

/// The exclude rules on a column that may hide all events of a rule with a different criterion.
#[derive(Debug, Default)]
struct OfColumn {
    /// The widest bound, with the position of its rule.
    less_than: Option<(i64, usize)>,
    more_than: Option<(i64, usize)>,
    /// Up to two different values. Two are enough: every value differs from at least one of them.
    is_not: Vec<(Value, usize)>,
    /// The longest value, which the fewest strings contain.
    excludes: Option<(Vec<u16>, usize)>,
    begins: Trie,
    ends: Trie,
    contains: Trie,
}

impl Excludes {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut excludes = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            if rule.action() == Action::EXCLUDE && rule.can_match() {
                let criterion = Criterion::of(rule);
                excludes.columns.entry(criterion.column).or_default().add(&criterion, at);
                excludes.same.entry(criterion).or_insert(at);
            }
        }
        for column in excludes.columns.values_mut() {
            column.contains.link();
        }
        excludes
    }

    /// Returns the position of the first exclude rule that hides all events that match a criterion, other than the rule
    /// at `at` itself.
    pub(super) fn covering(&self, criterion: &Criterion, at: usize) -> Option<usize> {
        let same = self.same.get(criterion).copied();
        let wider = self.columns.get(&criterion.column).and_then(|column| column.covering(criterion, at));
        same.filter(|&by| by != at).into_iter().chain(wider).min()
    }
}

impl OfColumn {
    fn add(&mut self, criterion: &Criterion, at: usize) {
        match (criterion.relation, &criterion.value) {
            (Relation::LESS_THAN, Value::Number(number)) if self.less_than.is_none_or(|(max, _)| *number > max) => {
                self.less_than = Some((*number, at));
            }
            (Relation::MORE_THAN, Value::Number(number)) if self.more_than.is_none_or(|(min, _)| *number < min) => {
                self.more_than = Some((*number, at));
            }
            (Relation::IS_NOT, value) if self.is_not.len() < 2 && self.is_not.iter().all(|(not, _)| not != value) => {
                self.is_not.push((value.clone(), at));
            }
            (Relation::EXCLUDES, Value::Text(text))
                if self.excludes.as_ref().is_none_or(|(longest, _)| text.len() > longest.len()) =>
            {
                self.excludes = Some((text.clone(), at));
            }
            (Relation::BEGINS_WITH, Value::Text(text)) => self.begins.insert(text.iter(), at),
            (Relation::ENDS_WITH, Value::Text(text)) => self.ends.insert(text.iter().rev(), at),
            (Relation::CONTAINS, Value::Text(text)) => self.contains.insert(text.iter(), at),
            _ => {}
        }
    }

    fn covering(&self, criterion: &Criterion, at: usize) -> Option<usize> {
        let relation = criterion.relation;
        match &criterion.value {
            Value::Number(number) => {
                let is = i64::from(relation == Relation::IS);
                let less = self.less_than.filter(|(max, _)| {
                    matches!(relation, Relation::IS | Relation::LESS_THAN) && number.saturating_add(is) <= *max
                });
                let more = self.more_than.filter(|(min, _)| {
                    matches!(relation, Relation::IS | Relation::MORE_THAN) && number.saturating_sub(is) >= *min
                });
                let bounds = less.into_iter().chain(more).map(|(_, by)| by).filter(|&by| by != at);
                bounds.chain(self.not(criterion)).min()
            }
            Value::Text(text) => {
                let is = relation == Relation::IS;
                let begins = is || relation == Relation::BEGINS_WITH;
                let ends = is || relation == Relation::ENDS_WITH;
                let contains = begins || ends || relation == Relation::CONTAINS;
                let begins = begins.then(|| self.begins.first_prefix(text.iter(), at)).flatten();
                let ends = ends.then(|| self.ends.first_prefix(text.iter().rev(), at)).flatten();
                let contains = contains.then(|| self.contains.first_part(text, at)).flatten();
                let lacks = self.excludes.as_ref().filter(|(part, _)| is && !is_part(part, text)).map(|(_, by)| *by);
                [begins, ends, contains, lacks, self.not(criterion)].into_iter().flatten().min()
            }
        }
    }

    fn not(&self, criterion: &Criterion) -> Option<usize> {
        let others =
            self.is_not.iter().filter(|(not, _)| criterion.relation == Relation::IS && *not != criterion.value);
        others.map(|(_, by)| *by).min()
    }
}

fn is_part(part: &[u16], text: &[u16]) -> bool {
    let bytes = |units: &[u16]| units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>();
    let (part, text) = (bytes(part), bytes(text));
    memchr::memmem::find_iter(&text, &part).any(|at| at % 2 == 0)
}

/// A trie of strings of code units. Each string has the position of the first rule with it.
#[derive(Debug)]
struct Trie {
    nodes: Vec<Node>,
    next: HashMap<(u32, u16), u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Node {
    parent: u32,
    unit: u16,
    depth: u32,
    /// The node of the longest proper suffix of this node's string.
    shorter: u32,
    /// The first rule with this string.
    own: Option<usize>,
    /// The first rule whose string is a proper suffix of this one.
    inner: Option<usize>,
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], next: HashMap::new() }
    }
}

impl Trie {
    const ROOT: u32 = 0;

    fn node(&self, at: u32) -> Node {
        self.nodes.get(at as usize).copied().unwrap_or_default()
    }

    fn insert<'u>(&mut self, text: impl Iterator<Item = &'u u16>, at: usize) {
        let mut parent = Self::ROOT;
        for (depth, &unit) in (1..).zip(text) {
            // 2^32 nodes would take more memory than any list of rules.
            let Ok(new) = u32::try_from(self.nodes.len()) else { return };
            let node = *self.next.entry((parent, unit)).or_insert(new);
            if node == new {
                self.nodes.push(Node { parent, unit, depth, ..Node::default() });
            }
            parent = node;
        }
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            node.own.get_or_insert(at);
        }
    }

    /// Sets the suffix links of all nodes, as in an Aho-Corasick automaton.
    fn link(&mut self) {
        let mut order: Vec<u32> = (1..).take(self.nodes.len() - 1).collect();
        order.sort_by_key(|&at| self.node(at).depth);
        for at in order {
            let Node { parent, unit, .. } = self.node(at);
            let shorter = if parent == Self::ROOT { Self::ROOT } else { self.step(self.node(parent).shorter, unit) };
            let ends_with = self.node(shorter);
            if let Some(node) = self.nodes.get_mut(at as usize) {
                node.shorter = shorter;
                node.inner = ends_with.own.into_iter().chain(ends_with.inner).min();
            }
        }
    }

    /// Follows one unit from a node; returns the node of the longest suffix that is in the trie.
    fn step(&self, mut at: u32, unit: u16) -> u32 {
        loop {
            match self.next.get(&(at, unit)) {
                Some(&next) => return next,
                None if at == Self::ROOT => return at,
                None => at = self.node(at).shorter,
            }
        }
    }

    /// Returns the first rule, other than `rule`, whose string is a prefix of `text`.
    fn first_prefix<'u>(&self, text: impl Iterator<Item = &'u u16>, rule: usize) -> Option<usize> {
        let mut at = Some(Self::ROOT);
        let nodes = text.map(Some).chain([None]).map_while(|unit| {
            let node = self.node(at?);
            at = unit.and_then(|unit| self.next.get(&(at?, *unit)).copied());
            Some(node.own)
        });
        nodes.flatten().filter(|&by| by != rule).min()
    }

    /// Returns the first rule, other than `rule`, whose string is part of `text`. The trie must be linked.
    fn first_part(&self, text: &[u16], rule: usize) -> Option<usize> {
        let mut at = Self::ROOT;
        let mut found = self.node(at).own.filter(|&by| by != rule);
        for &unit in text {
            at = self.step(at, unit);
            let node = self.node(at);
            found = found.into_iter().chain(node.own.filter(|&by| by != rule)).chain(node.inner).min();
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Criterion, Excludes, Value};
    use crate::code::{Action, Column, Relation};
    use crate::filter::Rule;

    /// Returns true if all strings that match `inner` are known to match `outer`.
    fn is_within(inner: &Criterion, outer: &Criterion) -> bool {
        use Relation as R;
        let relations = (inner.relation, outer.relation);
        match (&inner.value, &outer.value) {
            _ if inner.column != outer.column => false,
            _ if inner == outer => true,
            (Value::Number(a), Value::Number(b)) => match relations {
                (R::IS, R::LESS_THAN) => a < b,
                (R::LESS_THAN, R::LESS_THAN) => a <= b,
                (R::IS, R::MORE_THAN) => a > b,
                (R::MORE_THAN, R::MORE_THAN) => a >= b,
                (R::IS, R::IS_NOT) => a != b,
                _ => false,
            },
            (Value::Text(a), Value::Text(b)) => {
                let is_part = b.is_empty() || a.windows(b.len()).any(|part| part == b);
                match relations {
                    (R::IS | R::BEGINS_WITH, R::BEGINS_WITH) => a.starts_with(b),
                    (R::IS | R::ENDS_WITH, R::ENDS_WITH) => a.ends_with(b),
                    (R::IS | R::BEGINS_WITH | R::ENDS_WITH | R::CONTAINS, R::CONTAINS) => is_part,
                    (R::IS, R::EXCLUDES) => !is_part,
                    (R::IS, R::IS_NOT) => a != b,
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn rule() -> impl Strategy<Value = Rule> {
        let column = prop::sample::select(vec![Column::PATH, Column::PID]);
        let relation = prop::sample::select(Relation::ALL.to_vec());
        let action = prop::sample::select(vec![Action::INCLUDE, Action::EXCLUDE]);
        (column, relation, "[aB]{0,4}|[0-4]", action, 0..4_i64).prop_map(|(column, relation, value, action, number)| {
            Rule::new(column, relation, &value, action).with_number(number)
        })
    }

    proptest! {
        #[test]
        fn the_result_covers_the_rule(rules in prop::collection::vec(rule(), 0..8)) {
            let excludes = Excludes::of(&rules);
            let criteria: Vec<_> = rules.iter().map(Criterion::of).collect();
            let lacking = |by: &&usize| criteria[**by].relation == Relation::EXCLUDES;
            for (at, criterion) in criteria.iter().enumerate() {
                let covering: Vec<_> = (0..rules.len())
                    .filter(|&by| rules[by].action() == Action::EXCLUDE && is_within(criterion, &criteria[by]))
                    .filter(|&by| by != at)
                    .collect();
                let twin = |by: &usize| rules[at].action() == Action::EXCLUDE && criteria[*by] == *criterion;
                match excludes.covering(criterion, at) {
                    Some(by) => prop_assert!(covering.contains(&by), "{at} by {by}"),
                    // Of several `excludes`, only the one with the longest value is considered.
                    None => prop_assert!(covering.iter().all(|by| twin(by) || lacking(&by)), "{at}"),
                }
            }
        }
    }
}
