//! Groups of events that match the rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use procmon_parser::{Column, Event, Style};

use crate::data::{Finding, RuleFindings};
use crate::names::{file_name, remote, write_limited};
use crate::rules::{Compiled, Group};

/// The maximum number of findings of a rule that a report contains.
const FINDINGS: usize = 100;
/// The maximum number of event numbers of a finding.
const EVENTS: usize = 20;
/// The maximum number of groups that are kept for a rule.
const GROUPS: usize = 10_000;
/// The maximum length of the text of a group, in bytes.
const TEXT: usize = 512;

/// The text of a group in lower case, and the process if it matters.
type Key = (String, Option<usize>);

/// The groups of events of a rule. If there are too many, those with the first texts in alphabetical order are kept, so
/// that the result does not depend on the division of the log.
#[derive(Debug, Default)]
struct Groups(BTreeMap<Key, Events>);

/// The events of a group.
#[derive(Debug)]
struct Events {
    /// The path of the first event.
    text: String,
    process: usize,
    count: u64,
    /// The numbers of the first events.
    first: Vec<u32>,
    /// The number and the path of the last event.
    last: (u32, String),
}

impl Groups {
    fn add(&mut self, key: &Key, text: &str, process: usize, number: u32) {
        if let Some(events) = self.0.get_mut(key) {
            events.add(text, number);
            return;
        }
        let is_beyond = |(last, _): (&Key, _)| last < key;
        if self.0.len() >= GROUPS && self.0.last_key_value().is_some_and(is_beyond) {
            return;
        }
        let (text, last) = (text.to_owned(), (number, text.to_owned()));
        self.0.insert(key.clone(), Events { text, process, count: 1, first: vec![number], last });
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.len() > GROUPS {
            self.0.pop_last();
        }
    }

    fn merge(&mut self, later: Self) {
        for (key, events) in later.0 {
            match self.0.get_mut(&key) {
                Some(known) => known.merge(events),
                None => {
                    self.0.insert(key, events);
                }
            }
        }
        self.trim();
    }
}

impl Events {
    fn add(&mut self, text: &str, number: u32) {
        self.count += 1;
        if self.first.len() < EVENTS {
            self.first.push(number);
        }
        self.last.0 = number;
        if self.last.1 != text {
            text.clone_into(&mut self.last.1);
        }
    }

    fn merge(&mut self, later: Self) {
        self.count += later.count;
        let room = EVENTS - self.first.len();
        self.first.extend(later.first.into_iter().take(room));
        self.last = later.last;
    }

    fn finding(self) -> Finding {
        let events = self.first.into_iter().map(u64::from).collect();
        Finding { text: self.text, process: Some(self.process), events, count: self.count }
    }
}

/// The groups that the rules found so far.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    rules: &'a [Compiled],
    /// For each rule, the events of its query and those of its condition.
    groups: Vec<[Groups; 2]>,
    path: String,
    key: Key,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(rules: &'a [Compiled]) -> Self {
        let groups = rules.iter().map(|_| Default::default()).collect();
        Self { rules, groups, path: String::new(), key: Key::default() }
    }

    /// Adds an event of a process. The text of findings is in `style`.
    pub(crate) fn add(&mut self, event: Event<'_>, process: usize, style: &Style) {
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
                write_limited(path, TEXT, event.text_in(Column::PATH, style));
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
            // The path of an event shows where a file of a name is.
            let shown = if compiled.rule.group == Group::Name { path.as_str() } else { text };
            target.add(key, shown, process, event.ordinal());
        }
    }

    pub(crate) fn merge(&mut self, later: Self) {
        for (groups, later) in self.groups.iter_mut().zip(later.groups) {
            for (groups, later) in groups.iter_mut().zip(later) {
                groups.merge(later);
            }
        }
    }

    /// Returns the findings of each rule, those with the most events first.
    pub(crate) fn finish(self) -> Vec<RuleFindings> {
        let rules = self.rules.iter().zip(self.groups);
        rules
            .map(|(Compiled { rule, then, .. }, [found, later])| {
                let mut findings = match then {
                    Some(_) => joined(found, &later),
                    None => found.0.into_values().map(Events::finding).collect(),
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
                }
            })
            .collect()
    }
}

/// Returns the groups after which an event of the condition has the same key.
fn joined(found: Groups, later: &Groups) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, events) in found.0 {
        let Some(then) = later.0.get(&key) else { continue };
        let (number, path) = &then.last;
        if events.first.first().is_none_or(|first| first > number) {
            continue;
        }
        let is_same = path.eq_ignore_ascii_case(&events.text);
        let mut finding = events.finding();
        if !is_same {
            finding.text = format!("{}, then {path}", finding.text);
        }
        finding.count += 1;
        finding.events.push((*number).into());
        finding.events.sort_unstable();
        finding.events.dedup();
        findings.push(finding);
    }
    findings
}
