//! Groups of events that match the rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use procmon_parser::analysis::remote;
use procmon_parser::{Column, Event, Style};

use crate::data::{Finding, RuleFindings};
use crate::names::{file_name, limited, write_limited};
use crate::rules::{Compiled, Group};

/// The maximum number of findings of a rule that a report contains.
const FINDINGS: usize = 100;
/// The maximum number of events that a finding lists.
const EVENTS: usize = 20;
/// The maximum number of groups that are kept for a rule, and the maximum total size of their keys in bytes.
const GROUPS: usize = 10_000;
const KEY_BYTES: usize = 16 << 20;
/// The maximum length of the text by which events are grouped, in bytes.
const KEY: usize = 8192;
/// The maximum length of the text that is shown, in bytes.
const TEXT: usize = 512;

/// The text of a group in lower case, and its process if the rule distinguishes processes.
type Key = (String, Option<usize>);

/// The groups of events of a rule. If there are too many, the groups whose texts come first in alphabetical order are
/// kept, so that the result does not depend on how the log is divided among threads.
#[derive(Debug, Default)]
struct Groups {
    kept: BTreeMap<Key, Events>,
    /// The total size of the texts in the kept keys, in bytes.
    bytes: usize,
    /// The first key that was left out. All keys after it are left out too.
    bound: Option<Key>,
}

/// The events of a group.
#[derive(Debug)]
struct Events {
    /// The path of the first event.
    text: String,
    process: usize,
    count: u64,
    /// The positions of the first events among the events of all logs.
    first: Vec<u64>,
    /// The position and the path of the last event.
    last: (u64, String),
}

impl Groups {
    fn add(&mut self, key: &Key, text: &str, process: usize, number: u64) {
        if let Some(events) = self.kept.get_mut(key) {
            events.add(text, number);
        } else if self.bound.as_ref().is_none_or(|bound| key < bound) {
            let text = limited(TEXT, text);
            let last = (number, text.clone());
            self.insert(key.clone(), Events { text, process, count: 1, first: vec![number], last });
            self.trim();
        }
    }

    fn insert(&mut self, key: Key, events: Events) {
        self.bytes += key.0.len();
        self.kept.insert(key, events);
    }

    fn trim(&mut self) {
        while self.kept.len() > GROUPS || self.bytes > KEY_BYTES {
            self.leave_out_last();
        }
    }

    fn leave_out_last(&mut self) {
        if let Some((key, _)) = self.kept.pop_last() {
            self.bytes -= key.0.len();
            self.bound = Some(key);
        }
    }

    fn merge(&mut self, later: Self) {
        for (key, events) in later.kept {
            match self.kept.get_mut(&key) {
                Some(known) => known.merge(events),
                None => self.insert(key, events),
            }
        }
        if let Some(bound) = self.bound.take().into_iter().chain(later.bound).min() {
            while self.kept.last_key_value().is_some_and(|(last, _)| *last >= bound) {
                self.leave_out_last();
            }
            self.bound = Some(bound);
        }
        self.trim();
    }
}

impl Events {
    fn add(&mut self, text: &str, number: u64) {
        self.count += 1;
        if self.first.len() < EVENTS {
            self.first.push(number);
        }
        self.last.0 = number;
        if self.last.1 != text {
            write_limited(&mut self.last.1, TEXT, text);
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        let room = EVENTS - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
        self.last = later.last;
    }

    fn finding(self) -> Finding {
        Finding { text: self.text, process: Some(self.process), events: self.first, count: self.count }
    }
}

/// The groups that the rules found so far.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    rules: &'a [Compiled],
    /// For each rule: the groups of the events that match its query, and the groups of the later events that match its
    /// condition.
    groups: Vec<[Groups; 2]>,
    path: String,
    key: Key,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(rules: &'a [Compiled]) -> Self {
        let groups = rules.iter().map(|_| Default::default()).collect();
        Self { rules, groups, path: String::new(), key: Key::default() }
    }

    /// Adds an event. `process` is the index of its process, and `number` is its position among the events of all logs.
    /// The text of findings is in `style`.
    pub(crate) fn add(&mut self, event: Event<'_>, process: usize, number: u64, style: &Style) {
        let Self { rules, groups, path, key } = self;
        let mut has_path = false;
        for (compiled, [found, later]) in rules.iter().zip(groups) {
            let target = if compiled.matcher.matches(event) {
                found
            } else if compiled.then.as_ref().is_some_and(|then| then.matches(event)) {
                later
            } else {
                continue;
            };
            if !has_path {
                write_limited(path, KEY, event.text_in(Column::PATH, style));
                has_path = true;
            }
            let text = match compiled.rule.group {
                Group::Path => path.as_str(),
                Group::Name => file_name(path),
                Group::Remote => remote(path),
            };
            key.0.clear();
            key.0.extend(text.chars().flat_map(char::to_lowercase));
            key.1 = compiled.rule.by_process.then_some(process);
            // The path of an event shows where a file with this name is.
            let shown = if compiled.rule.group == Group::Name { path.as_str() } else { text };
            target.add(key, shown, process, number);
        }
    }

    pub(crate) fn merge(&mut self, later: Self) {
        for (groups, later) in self.groups.iter_mut().zip(later.groups) {
            for (groups, later) in groups.iter_mut().zip(later) {
                groups.merge(later);
            }
        }
    }

    /// Returns the findings of each rule. Findings with the most events come first.
    pub(crate) fn finish(self) -> Vec<RuleFindings> {
        let rules = self.rules.iter().zip(self.groups);
        rules
            .map(|(Compiled { rule, then, .. }, [found, later])| {
                let incomplete = found.bound.is_some() || later.bound.is_some();
                let mut findings = match then {
                    Some(_) => joined(rule.group, found, &later),
                    None => found.kept.into_values().map(Events::finding).collect(),
                };
                findings.sort_by_key(|finding: &Finding| Reverse(finding.count)); // stable: in order of the texts
                let left_out = findings.len().saturating_sub(FINDINGS);
                findings.truncate(FINDINGS);
                RuleFindings {
                    id: rule.id.clone(),
                    title: rule.title.clone(),
                    level: rule.level.name().to_owned(),
                    explanation: rule.explanation.clone(),
                    findings,
                    left_out,
                    incomplete,
                }
            })
            .collect()
    }
}

/// Returns findings for the groups that are followed by an event of the condition with the same key. For a rule about
/// names, that event must have a different path.
fn joined(group: Group, found: Groups, later: &Groups) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, events) in found.kept {
        let Some(then) = later.kept.get(&key) else { continue };
        let (number, path) = &then.last;
        let is_same = path.eq_ignore_ascii_case(&events.text);
        if events.first.first().is_none_or(|first| first > number) || (group == Group::Name && is_same) {
            continue;
        }
        let mut finding = events.finding();
        if !is_same {
            finding.text = format!("{}, then {path}", finding.text);
        }
        finding.count += 1;
        finding.events.push(*number);
        finding.events.sort_unstable();
        finding.events.dedup();
        findings.push(finding);
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{GROUPS, Groups, Key};

    fn key(number: usize) -> Key {
        (format!("{number:05}"), None)
    }

    /// Adds more keys than the limit, in parts and in an order that is not alphabetical.
    fn grouped(parts: usize) -> Groups {
        let total = GROUPS + 500;
        let mut groups: Vec<Groups> = (0..parts).map(|_| Groups::default()).collect();
        for at in 0..total {
            let number = at * 7919 % total;
            groups[at * parts / total].add(&key(number), "text", 0, at as u64);
        }
        let mut whole = Groups::default();
        groups.into_iter().for_each(|part| whole.merge(part));
        whole
    }

    #[test]
    fn the_first_groups_are_kept_in_any_division() {
        for parts in [1, 2, 5] {
            let groups = grouped(parts);
            assert_eq!(groups.kept.len(), GROUPS);
            assert!(groups.kept.keys().cloned().eq((0..GROUPS).map(key)), "{parts}");
            assert!(groups.bound.is_some());
        }
    }
}
