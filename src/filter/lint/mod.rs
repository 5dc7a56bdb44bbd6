//! Finds misleading and ineffective rules.

mod known;
mod log;
mod path;
mod shadow;

use std::collections::HashMap;

use super::Filter;
use super::matcher::Needle;
use super::query::Query;
use super::rule::{Clock, Rule, build, column, number};
use crate::code::{Action, Column, Relation};
use crate::index::Index;
use crate::wire::Ticks;

use known::Suggestions;
use log::Processes;
use shadow::{Criterion, Excludes};

/// A misleading or ineffective rule, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The position of the rule in the filter, or of the comparison in the query, from 0.
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
    /// The column shows only certain names, and none of them is, begins with, ends with or contains the value.
    #[error("{column} has no such name{}", did_you_mean(.suggestion))]
    UnknownName {
        /// The column of the rule.
        column: Column,
        /// The most similar name.
        suggestion: Option<String>,
    },
    /// The column holds numbers, but the value has none.
    #[error("{column} is compared with a number, but the value has none, so Procmon compares 0")]
    NotANumber {
        /// The column of the rule.
        column: Column,
    },
    /// The column holds numbers, and the value continues after its number, for example with a unit.
    #[error("Procmon reads only the number at the start of the value, as {read}{}", did_you_mean(.suggestion))]
    PartlyRead {
        /// The number that Procmon reads, with its unit.
        read: String,
        /// The value that was probably meant.
        suggestion: Option<String>,
    },
    /// The value begins with the long name of a registry hive, but paths contain the short one.
    #[error("paths contain the short names of hives; did you mean {suggestion}?")]
    LongHiveName {
        /// The value with the short name.
        suggestion: String,
    },
    /// The value is a file path with slashes instead of backslashes.
    #[error("file paths contain backslashes; did you mean {suggestion}?")]
    Slashes {
        /// The value with backslashes.
        suggestion: String,
    },
    /// The value has an asterisk, which Procmon compares like any other character.
    #[error("an asterisk is an ordinary character, not a wildcard{}", did_you_mean(.suggestion))]
    Wildcard {
        /// The column, relation and value without the asterisk.
        suggestion: Option<String>,
    },
    /// No process of the log has the name or id.
    #[error("no process of the log has this {column}{}", did_you_mean(.suggestion))]
    NotInLog {
        /// The column of the rule.
        column: Column,
        /// The most similar name of a process.
        suggestion: Option<String>,
    },
    /// The column holds numbers, but the number of the rule is 0.
    #[error("Procmon compares the number of the rule, 0, instead of the number of its value, {typed}")]
    NoNumber {
        /// The number of the value.
        typed: i64,
    },
    /// The column holds numbers, and the number of the rule differs from that of its value.
    #[error("Procmon compares the number of the rule, {number}, instead of the number of its value, {typed}")]
    NumberDiffers {
        /// The number of the rule.
        number: i64,
        /// The number of the value.
        typed: i64,
    },
    /// The value is in seconds, but the number counts ticks.
    #[error("the number of the rule counts ticks of 100 ns, but its value is in seconds and has the number {typed}")]
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
    /// The filter has an earlier include rule on the same column, but not directly before this rule.
    #[error(
        "other rules separate it from rule {}: events must match both; if they were adjacent, one would be enough",
        .from + 1
    )]
    SplitRun {
        /// The position of the other rule, from 0.
        from: usize,
    },
}

impl LintKind {
    /// Returns true if the column and the value of the rule show that it matches no event or every event. Other kinds are
    /// about rules that are redundant because of other rules, or that may not do what they seem to.
    #[must_use]
    pub const fn is_futile(&self) -> bool {
        !matches!(
            self,
            Self::NumberDiffers { .. }
                | Self::TicksForSeconds { .. }
                | Self::Duplicate { .. }
                | Self::Shadowed { .. }
                | Self::SplitRun { .. }
        )
    }
}

/// Formats a suggestion as the end of a message.
fn did_you_mean(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map_or_else(String::new, |suggestion| format!("; did you mean {suggestion}?"))
}

impl std::fmt::Display for Lint {
    /// Formats the reason.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.kind.fmt(f)
    }
}

impl Filter {
    /// Finds misleading and ineffective rules, and returns them in order. With the indexes of a log, it also finds rules
    /// that include processes that the log does not have.
    ///
    /// Dates in values are read as UTC; a number that fits a different time zone is accepted.
    ///
    /// A rule is [shadowed](LintKind::Shadowed) by an exclude rule on the same column that compares the same value; a
    /// prefix, suffix or other part of the value; or a wider bound. The result names the first such rule, except that
    /// only the widest bound is considered, and of the rules with the relation `excludes` only the one with the longest
    /// value. A rule that several exclude rules hide only together is not found. The time is linear in the size of the
    /// rules.
    ///
    /// ```
    /// use procmon_parser::{Filter, Rule};
    ///
    /// let filter = Filter::from([Rule::pid().is(1336).include(), Rule::operation().is("CreatFile").include()]);
    /// let lints = filter.lint([]);
    /// assert_eq!(lints[0].rule, 1);
    /// assert_eq!(lints[0].to_string(), "Operation has no such name; did you mean CreateFile?");
    /// ```
    #[must_use]
    pub fn lint<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>) -> Vec<Lint> {
        lint(self.rules(), &Processes::of(indexes))
    }
}

impl Query {
    /// Finds [comparisons](Self::comparisons) whose value the column never has, and returns them in order. With the
    /// indexes of a log, it also finds comparisons with processes that the log does not have.
    ///
    /// ```
    /// use procmon_parser::filter::Query;
    ///
    /// let query: Query = "PID is 4 and not Result is SUCESS".parse()?;
    /// let lints = query.lint([]);
    /// assert_eq!(query.comparisons().nth(lints[0].rule), Some("Result is SUCESS"));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn lint<'i>(&self, indexes: impl IntoIterator<Item = &'i Index>) -> Vec<Lint> {
        let (processes, suggestions) = (Processes::of(indexes), Suggestions::default());
        let mut lints = Vec::new();
        for (at, rule) in self.rules().enumerate() {
            let Some(rule) = rule else { continue };
            let mut add = |kind| lints.push(Lint { rule: at, kind });
            // The numbers in a query are checked when the query is parsed.
            if let Some(needle) = Needle::new(rule.relation(), rule.value_units())
                && !column::is_number(rule.column())
            {
                check_text(&rule, &needle, &suggestions, &mut add);
            }
            processes.check(&rule, &suggestions, &mut add);
        }
        lints
    }
}

fn lint(rules: &[Rule], processes: &Processes) -> Vec<Lint> {
    let mut lints = Vec::new();
    let mut first_of = HashMap::new();
    let (excludes, suggestions) = (Excludes::of(rules), Suggestions::default());
    let mut last_include = HashMap::new();
    for (at, rule) in rules.iter().enumerate() {
        let mut add = |kind| lints.push(Lint { rule: at, kind });
        check_rule(rule, &suggestions, &mut add);
        if rule.action() == Action::INCLUDE {
            processes.check(rule, &suggestions, &mut add);
        }
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
fn check_rule(rule: &Rule, suggestions: &Suggestions, add: &mut impl FnMut(LintKind)) {
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
        check_text(rule, &needle, suggestions, add);
    } else if rule.relation().is_textual() {
        add(LintKind::TextOfNumber);
    } else {
        check_number(rule, add);
    }
}

/// Checks a rule that compares text.
fn check_text(rule: &Rule, needle: &Needle, suggestions: &Suggestions, add: &mut impl FnMut(LintKind)) {
    let column = rule.column();
    if let Some(names) = known::names(column) {
        return check_name(column, needle, &names, suggestions, add);
    }
    match needle.relation() {
        Relation::BEGINS_WITH | Relation::ENDS_WITH | Relation::CONTAINS if needle.value().is_empty() => {
            add(LintKind::AlwaysMatches);
        }
        Relation::EXCLUDES if needle.value().is_empty() => add(LintKind::NeverMatches),
        _ => path::check(rule, add),
    }
}

/// Checks a rule on a column that shows only these names.
fn check_name(
    column: Column,
    needle: &Needle,
    names: &[&'static str],
    suggestions: &Suggestions,
    add: &mut impl FnMut(LintKind),
) {
    let matches = names.iter().filter(|name| needle.matches_text(name)).count();
    let is_unknown = match needle.relation() {
        Relation::IS_NOT => matches == names.len(),
        Relation::IS | Relation::BEGINS_WITH | Relation::ENDS_WITH | Relation::CONTAINS => matches == 0,
        _ => false,
    };
    if is_unknown && !(column == Column::RESULT && known::is_part_of_a_code(needle.value())) {
        let value = String::from_utf8_lossy(needle.value());
        add(LintKind::UnknownName { column, suggestion: suggestions.most_similar(&value, names.iter().copied()) });
    } else if !is_unknown && matches == 0 {
        add(LintKind::NeverMatches);
    } else if !is_unknown && matches == names.len() {
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
    } else if !is_date && let Some(kind) = unread(column, &text, number) {
        return add(kind);
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

/// Returns a kind of lint if Procmon does not read the whole value of a rule on a column of numbers as a number.
fn unread(column: Column, text: &str, number: i64) -> Option<LintKind> {
    let rest = number::after(text);
    if rest.len() == text.trim_start().len() {
        return Some(LintKind::NotANumber { column });
    }
    if rest.trim().is_empty() {
        return None;
    }
    let seconds = |ticks: u64| build::seconds(Ticks(ticks));
    let read = match u64::try_from(number) {
        Ok(ticks) if column::holds_ticks(column) => format!("{} seconds", seconds(ticks)),
        _ => number.to_string(),
    };
    let is_span = matches!(column, Column::DURATION | Column::RELATIVE_TIME);
    let span = text.trim().parse::<Ticks>().ok().filter(|_| is_span);
    Some(LintKind::PartlyRead { read, suggestion: span.map(|span| seconds(span.0)) })
}

/// Returns true if two times may differ only by a time zone: by a multiple of 15 minutes, and by at most 14 hours.
fn is_zone_apart(a: i64, b: i64) -> bool {
    const QUARTER: i64 = 900 * 10_000_000;
    let apart = a.wrapping_sub(b);
    apart % QUARTER == 0 && apart.unsigned_abs() <= 14 * 4 * QUARTER.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::LintKind;
    use crate::code::Column;
    use crate::filter::{Filter, Query, Rule};

    /// Returns the kinds of lints with the positions of their rules.
    fn lints(rules: &[&str]) -> Vec<(usize, LintKind)> {
        let filter: Filter = rules.iter().map(|rule| rule.parse::<Rule>().unwrap()).collect();
        filter.lint([]).into_iter().map(|lint| (lint.rule, lint.kind)).collect()
    }

    fn unknown(column: Column, suggestion: Option<&str>) -> LintKind {
        LintKind::UnknownName { column, suggestion: suggestion.map(str::to_owned) }
    }

    fn partly(read: &str, suggestion: Option<&str>) -> LintKind {
        LintKind::PartlyRead { read: read.to_owned(), suggestion: suggestion.map(str::to_owned) }
    }

    fn hive(suggestion: &str) -> LintKind {
        LintKind::LongHiveName { suggestion: suggestion.to_owned() }
    }

    fn wildcard(suggestion: Option<&str>) -> LintKind {
        LintKind::Wildcard { suggestion: suggestion.map(str::to_owned) }
    }

    #[test]
    fn numbers_outside_of_the_range_of_a_column() {
        let kinds = |rule: &str| lints(&[rule]).into_iter().map(|(_, kind)| kind).collect::<Vec<_>>();
        assert_eq!(kinds("PID less than 4294967297 then Include"), [LintKind::AlwaysMatches]);
        assert_eq!(kinds("PID less than 4294967295 then Include"), []);
        assert_eq!(kinds("PID more than 4294967295 then Include"), [LintKind::NeverMatches]);
        assert_eq!(kinds("PID more than 4294967294 then Include"), []);
    }

    #[test]
    fn time_zones_differ_by_quarters_of_an_hour_up_to_fourteen_hours() {
        const MINUTE: i64 = 60 * 10_000_000;
        for (minutes, is_zone) in [(0, true), (345, true), (14 * 60, true), (20, false), (15 * 60, false)] {
            assert_eq!(super::is_zone_apart(0, minutes * MINUTE), is_zone, "{minutes}");
            assert_eq!(super::is_zone_apart(minutes * MINUTE, 0), is_zone, "{minutes}");
        }
    }

    #[test]
    fn comparisons_of_queries() {
        let lints = |query: &str| query.parse::<Query>().unwrap().lint([]);
        let query = r#"PID is 4 and not (Result is SUCESS or Path is "C:/x") or Operation is CreateFile"#;
        let kinds: Vec<_> = lints(query).into_iter().map(|lint| (lint.rule, lint.kind)).collect();
        let slashes = LintKind::Slashes { suggestion: r"C:\x".to_owned() };
        assert_eq!(kinds, [(1, unknown(Column::RESULT, Some("SUCCESS"))), (2, slashes)]);
        assert_eq!(query.parse::<Query>().unwrap().comparisons().nth(2), Some(r#"Path is "C:/x""#));
        assert_eq!(lints("Duration more than 250ms and PID contains 12 and Sequence is 5"), []);
        assert_eq!(lints("Process Start is 2020-07-12 and Session is -1 and Event Class is \"\""), []);
        let kinds: Vec<_> = lints("Event Class is not Disk").into_iter().map(|lint| lint.kind).collect();
        assert_eq!(kinds, [unknown(Column::EVENT_CLASS, None)]);
    }

    #[test]
    fn single_rules() {
        let cases = [
            ("0x9C7F is a then Include", LintKind::UnknownColumn),
            ("Path 0x8 a then Include", LintKind::UnknownRelation),
            ("Path is a then 0x2", LintKind::UnknownAction),
            ("Sequence is not 1 then Include", LintKind::NeverMatches),
            ("Event Class is Disk then Include", unknown(Column::EVENT_CLASS, None)),
            ("Event Class is Registri then Include", unknown(Column::EVENT_CLASS, Some("Registry"))),
            ("Operation is CreatFile then Include", unknown(Column::OPERATION, Some("CreateFile"))),
            ("Operation is SetValue then Include", unknown(Column::OPERATION, Some("RegSetValue"))),
            ("Operation begins with IRP_NOTHING_ then Exclude", unknown(Column::OPERATION, None)),
            ("Result is SUCESS then Include", unknown(Column::RESULT, Some("SUCCESS"))),
            ("Result is not sucess then Exclude", unknown(Column::RESULT, Some("SUCCESS"))),
            ("Category excludes \"\" then Exclude", LintKind::NeverMatches),
            ("PID is abc then Include", LintKind::NotANumber { column: Column::PID }),
            ("Duration more than soon then Include", LintKind::NotANumber { column: Column::DURATION }),
            ("Duration more than 250ms then Include", partly("250.0 seconds", Some("0.25"))),
            ("Relative Time less than 2 min then Include", partly("2.0 seconds", Some("120.0"))),
            ("PID is 1,234 then Include", partly("1", None)),
            (r"Path is HKEY_LOCAL_MACHINE\Software then Include", hive(r"HKLM\Software")),
            (r"Path begins with Computer\hkey_users then Include", hive("HKU")),
            ("Path is C:/Windows/x then Include", LintKind::Slashes { suggestion: r"C:\Windows\x".to_owned() }),
            ("Path contains *.exe then Include", wildcard(Some("Path ends with .exe"))),
            (r"Path is C:\Windows\* then Include", wildcard(Some(r"Path begins with C:\Windows\"))),
            ("Process Name is *python* then Include", wildcard(Some("Process Name contains python"))),
            ("Path is a*b then Include", wildcard(None)),
            (r"Path contains \temp* then Include", wildcard(Some(r"Path contains \temp"))),
            ("Path is C:/Temp* then Include", wildcard(Some(r"Path begins with C:\Temp"))),
            (r"Path is HKLM\Software* then Include", wildcard(Some(r"Path begins with HKLM\Software"))),
            ("Process Name is hk*.exe then Include", wildcard(None)),
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
            "Operation is IRP_MJ_CREATE then Exclude",
            "Operation contains File then Exclude",
            "Operation is SetAllInformationFile then Exclude",
            "Result is 0xC1234567 then Include",
            "Result is \"\" then Exclude",
            "PID is 0x10 then Include",
            "PID is \" 7 \" then Include",
            "Duration more than .5 then Include",
            r"Path begins with HKCR\* then Exclude",
            r"Path contains Classes\*\shell then Exclude",
            "Command Line contains *.exe then Exclude",
            "Path contains HKEY_LOCAL_MACHINES then Exclude",
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
        let mut filter: Filter = (0..65_535).map(rule).collect();
        assert_eq!(filter.lint([]), []);
        filter.extend([Rule::path().contains(r"\00100\APPDATA").exclude()]);
        let found: Vec<_> = filter.lint([]).into_iter().map(|lint| (lint.rule, lint.kind)).collect();
        assert_eq!(found, [(100, LintKind::Shadowed { by: 65_535 })]);
    }

    #[test]
    fn the_default_rules_have_no_lints() {
        assert_eq!(Filter::procmon_default().lint([]), []);
    }
}
