//! Finds misleading and ineffective rules.

mod shadow;

use std::collections::HashMap;

use super::matcher::Needle;
use super::rule::{Clock, Rule, column, number};
use crate::code::{Action, Column, EventClass, Relation};

use shadow::{Criterion, Excludes};

/// A misleading or ineffective rule, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The position of the rule, from 0.
    pub rule: usize,
    /// The reason.
    pub kind: LintKind,
}

/// The kinds of [`Lint`]; `Display` explains the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LintKind {
    /// The column is unknown to Procmon.
    #[error("Procmon does not know the column: the rule matches nothing")]
    UnknownColumn,
    /// The relation is unknown to Procmon.
    #[error("Procmon does not know the relation: the rule matches nothing")]
    UnknownRelation,
    /// The action is unknown to Procmon.
    #[error("Procmon does not know the action: no event is shown")]
    UnknownAction,
    /// The column never has a value that the rule matches.
    #[error("the rule matches nothing: the column never has such a value")]
    NeverMatches,
    /// The rule matches all events.
    #[error("the rule matches every event")]
    AlwaysMatches,
    /// The column holds numbers, but the number of the rule is 0.
    #[error("Procmon compares the number of the rule, which is 0, instead of its value, whose number is {typed}")]
    NoNumber {
        /// The number of the value.
        typed: i64,
    },
    /// The column holds numbers, and the number of the rule differs from that of its value.
    #[error("Procmon compares the number of the rule, {number}, instead of its value, whose number is {typed}")]
    NumberDiffers {
        /// The number of the rule.
        number: i64,
        /// The number of the value.
        typed: i64,
    },
    /// The value is in seconds, but the number counts ticks.
    #[error("the number of the rule counts ticks of 100 ns, but its value is in seconds, whose number is {typed}")]
    TicksForSeconds {
        /// The number of the value.
        typed: i64,
    },
    /// The relation compares text, into which Procmon formats the number of the column.
    #[error(
        "Procmon formats the number as a date and compares that text, which for small numbers is `1/1/1601 12:00:00 \
         AM`; only in time zones west of Greenwich are small numbers decimal"
    )]
    TextOfNumber,
    /// The value is a time of day, but the column counts from midnight or from the start of the capture.
    #[error("Procmon reads the value as a time on a day in 1899; only seconds such as `3600.0` can match this column")]
    ClockTime,
    /// An earlier rule of the filter is the same.
    #[error("the rule is the same as rule {}", .of + 1)]
    Duplicate {
        /// The position of the other rule, from 0.
        of: usize,
    },
    /// An exclude rule hides all events that the rule matches.
    #[error("rule {} excludes all events that the rule matches", .by + 1)]
    Shadowed {
        /// The position of the other rule, from 0.
        by: usize,
    },
    /// The filter has an earlier include rule on the same column, which is not adjacent.
    #[error(
        "other rules separate it from rule {}: events must match both, whereas of adjacent rules one match is enough",
        .from + 1
    )]
    SplitRun {
        /// The position of the other rule, from 0.
        from: usize,
    },
}

impl std::fmt::Display for Lint {
    /// Formats the reason.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)
    }
}

/// Finds misleading and ineffective rules, and returns them in order.
///
/// Dates in values are read as UTC; a number that fits another time zone is accepted.
///
/// A rule is [shadowed](LintKind::Shadowed) by an exclude rule on the same column that compares the same value; a
/// prefix, suffix or other part of the value; or a wider bound. The result names the first such rule, except that only
/// the widest bound is considered, and of the rules with the relation `excludes` only the one with the longest value. A
/// rule that several exclude rules hide only together is not found. The time is linear in the size of the rules.
///
/// ```
/// use procmon_parser::{Rule, filter};
///
/// let rules = [Rule::pid().is(1336).include(), Rule::pid().is(99).include().with_number(0)];
/// let lints = filter::lint(&rules);
/// assert_eq!(lints[0].rule, 1);
/// println!("{}: {}", rules[lints[0].rule], lints[0]);
/// ```
#[must_use]
pub fn lint(rules: &[Rule]) -> Vec<Lint> {
    let mut lints = Vec::new();
    let mut first_of = HashMap::new();
    let excludes = Excludes::of(rules);
    let mut last_include = HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut add = |kind| lints.push(Lint { rule: at, kind });
        check_rule(rule, &mut add);
        let criterion = Criterion::of(rule);
        let covering = if rule.can_match() { excludes.covering(&criterion, at) } else { None };
        let of = *first_of.entry((rule.action(), criterion)).or_insert(at);
        if of != at {
            add(LintKind::Duplicate { of });
        } else if let Some(by) = covering {
            add(LintKind::Shadowed { by });
        }
        if rule.action() == Action::INCLUDE
            && let Some(from) = last_include.insert(rule.column(), at).filter(|from| from + 1 < at)
        {
            add(LintKind::SplitRun { from });
        }
    }
    lints
}

/// Checks a single rule.
fn check_rule(rule: &Rule, add: &mut impl FnMut(LintKind)) {
    if rule.action().name().is_none() {
        add(LintKind::UnknownAction);
    }
    if rule.column().name().is_none() {
        return add(LintKind::UnknownColumn);
    }
    let Some(needle) = Needle::new(rule.relation(), rule.value_units()) else {
        return add(LintKind::UnknownRelation);
    };
    if !rule.can_match() {
        add(LintKind::NeverMatches);
    } else if !column::is_number(rule.column()) {
        check_text(rule.column(), &needle, add);
    } else if rule.relation().is_textual() {
        add(LintKind::TextOfNumber);
    } else {
        check_number(rule, add);
    }
}

fn check_text(column: Column, needle: &Needle, add: &mut impl FnMut(LintKind)) {
    let value = needle.text().unwrap_or(b"?");
    let texts: Vec<&str> = match column {
        Column::EVENT_CLASS => EventClass::ALL.iter().filter_map(|class| class.name()).collect(),
        Column::CATEGORY => vec!["", "Read", "Write", "Read Metadata", "Write Metadata"],
        Column::VIRTUALIZED => vec!["True", "False", "n/a"],
        Column::ARCHITECTURE => vec!["64-bit", "32-bit"],
        _ => match needle.relation() {
            Relation::BEGINS_WITH | Relation::ENDS_WITH | Relation::CONTAINS if value.is_empty() => {
                return add(LintKind::AlwaysMatches);
            }
            Relation::EXCLUDES if value.is_empty() => return add(LintKind::NeverMatches),
            _ => return,
        },
    };
    let matches = texts.iter().filter(|text| needle.matches_text(text)).count();
    if matches == 0 {
        add(LintKind::NeverMatches);
    } else if matches == texts.len() {
        add(LintKind::AlwaysMatches);
    }
}

fn check_number(rule: &Rule, add: &mut impl FnMut(LintKind)) {
    let (column, number, text) = (rule.column(), rule.number(), rule.value());
    let clock = Clock::in_year(1970);
    let typed = number::typed(column, &text, clock);
    let is_date = number::is_date(&text);
    if matches!(column, Column::TIME_OF_DAY | Column::RELATIVE_TIME) && is_date && number == typed {
        return add(LintKind::ClockTime);
    }
    if number != typed && !(is_date && (number::needs_year(&text) || is_zone_apart(number, typed))) {
        add(if number::typed(Column::PID, &text, clock) == number {
            LintKind::TicksForSeconds { typed }
        } else if number == 0 {
            LintKind::NoNumber { typed }
        } else {
            LintKind::NumberDiffers { number, typed }
        });
    }
    let last = match column {
        Column::PID | Column::PARENT_PID | Column::TID | Column::SESSION => u32::MAX.into(),
        Column::TIME_OF_DAY => 864_000_000_000 - 1,
        _ => return,
    };
    let outside = !(0..=last).contains(&number);
    match rule.relation() {
        Relation::IS if outside => add(LintKind::NeverMatches),
        Relation::IS_NOT if outside => add(LintKind::AlwaysMatches),
        Relation::LESS_THAN if number <= 0 => add(LintKind::NeverMatches),
        Relation::LESS_THAN if number > last => add(LintKind::AlwaysMatches),
        Relation::MORE_THAN if number >= last => add(LintKind::NeverMatches),
        Relation::MORE_THAN if number < 0 => add(LintKind::AlwaysMatches),
        _ => {}
    }
}

/// Returns true if two times may differ by a time zone alone: by a multiple of 15 minutes, and by at most 14 hours.
fn is_zone_apart(a: i64, b: i64) -> bool {
    const QUARTER: i64 = 900 * 10_000_000;
    let apart = a.wrapping_sub(b);
    apart % QUARTER == 0 && apart.unsigned_abs() <= 14 * 4 * QUARTER.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::{LintKind, lint};
    use crate::filter::Rule;

    /// Returns the kinds of lints with the positions of their rules.
    fn lints(rules: &[&str]) -> Vec<(usize, LintKind)> {
        let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        lint(&rules).into_iter().map(|lint| (lint.rule, lint.kind)).collect()
    }

    #[test]
    fn single_rules() {
        let cases = [
            ("0x9C7F is a then Include", LintKind::UnknownColumn),
            ("Path 0x8 a then Include", LintKind::UnknownRelation),
            ("Path is a then 0x2", LintKind::UnknownAction),
            ("Sequence is not 1 then Include", LintKind::NeverMatches),
            ("Event Class is Disk then Include", LintKind::NeverMatches),
            ("Category excludes tape then Exclude", LintKind::AlwaysMatches),
            ("Path contains \"\" then Exclude", LintKind::AlwaysMatches),
            ("PID is 99 with number 0 then Include", LintKind::NoNumber { typed: 99 }),
            ("PID is 99 with number 12 then Include", LintKind::NumberDiffers { number: 12, typed: 99 }),
            ("PID is 4294967296 then Include", LintKind::NeverMatches),
            ("PID contains 12 then Include", LintKind::TextOfNumber),
            ("Duration more than 1 with number 1 then Include", LintKind::TicksForSeconds { typed: 10_000_000 }),
            ("Time of Day more than 6:40 PM then Include", LintKind::ClockTime),
        ];
        for (rule, kind) in cases {
            assert_eq!(lints(&[rule]).first(), Some(&(0, kind)), "{rule}");
        }
        for rule in [
            "PID is 99 then Include",
            "Path is \"\" then Exclude",
            "Duration more than 1 then Include",
            "Date & Time more than 4/17/2019 6:40 PM then Include",
            "Date & Time more than 4/17/2019 6:40 PM with number 131999964000000000 then Include", // at UTC+01:00
            "Category is \"\" then Exclude",
            "Process Start more than 1/1/2020 then Include",
            "Time of Day less than 3600.0 then Exclude",
        ] {
            assert_eq!(lints(&[rule]), [], "{rule}");
        }
    }

    #[test]
    fn combined_rules() {
        let duplicates = ["Path is a then Exclude", "Path is A then Exclude", "Path is a then Include"];
        assert_eq!(lints(&duplicates), [(1, LintKind::Duplicate { of: 0 }), (2, LintKind::Shadowed { by: 0 })]);
        let shadowed = [r"Path begins with C:\Windows\System32 then Exclude", r"Path contains windows then Exclude"];
        assert_eq!(lints(&shadowed), [(0, LintKind::Shadowed { by: 1 })]);
        assert_eq!(
            lints(&["PID is 7 then Include", "PID less than 8 then Exclude"]),
            [(0, LintKind::Shadowed { by: 1 })]
        );
        let split = ["Path is a then Include", "PID is 1 then Include", "Path is b then Include"];
        assert_eq!(lints(&split), [(2, LintKind::SplitRun { from: 0 })]);
        assert_eq!(lints(&["Path is a then Exclude", "PID is 1 then Include", "Path is b then Exclude"]), []);
    }

    /// Comparing every pair would take minutes for tens of thousands of rules, such as a list of indicators.
    #[test]
    fn many_rules_are_checked() {
        use crate::code::{Action, Column, Relation};
        let relations = [Relation::IS, Relation::BEGINS_WITH, Relation::ENDS_WITH, Relation::CONTAINS];
        let rule = |at: usize| {
            let relation = relations[at % relations.len()];
            Rule::new(Column::PATH, relation, &format!(r"C:\Users\{at:05}\AppData\{at:05}.exe"), Action::EXCLUDE)
        };
        let mut rules: Vec<Rule> = (0..65_535).map(rule).collect();
        assert_eq!(lint(&rules), []);
        rules.push(Rule::path().contains(r"\00100\APPDATA").exclude());
        let found: Vec<_> = lint(&rules).into_iter().map(|lint| (lint.rule, lint.kind)).collect();
        assert_eq!(found, [(100, LintKind::Shadowed { by: 65_535 })]);
    }

    #[test]
    fn the_default_rules_have_no_lints() {
        assert_eq!(lint(crate::filter::Filter::procmon_default().rules()), []);
    }
}
