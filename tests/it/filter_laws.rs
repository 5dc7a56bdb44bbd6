//! Properties of all rules and filters: rules are parsed back from their sentences, and matchers agree with a plain
//! evaluation of the text of the columns.

use std::cmp::Ordering;
use std::io::Cursor;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use procmon_parser::code::{Action, EventClass, Operation, ProcessOperation, Relation};
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::write::{LogsWriter, NewEvent, ProcessInfo};
use procmon_parser::{
    Column, Compat, Event, FileTime, Filter, LogsReader, PointerWidth, Rule, SavedFilter, Style, SystemInfo, Ticks,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Generates values: parts of sentences that a parser could misread, any text, and any code units.
fn any_value() -> impl Strategy<Value = Vec<u16>> {
    const WORDS: &[&str] = &[
        "",
        "not",
        "not a",
        "not\u{A0}",
        "a then b",
        " then Include",
        "x with number 5",
        "\"",
        "\"a\" b",
        " a ",
        "<U+0041>",
        "\0",
        "7/12",
    ];
    let tricky = vec(select(WORDS), 0..4).prop_map(|words| words.concat().encode_utf16().collect());
    let text = any::<String>().prop_map(|text| text.encode_utf16().collect());
    prop_oneof![tricky, text, vec(any::<u16>(), 0..20), vec(0xD700_u16..0xE100, 0..6)]
}

fn any_code<T: Copy + std::fmt::Debug + 'static>(
    named: &'static [T],
    unnamed: BoxedStrategy<T>,
) -> impl Strategy<Value = T> {
    prop_oneof![9 => select(named), 1 => unnamed]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let column = any_code(Column::ALL, any::<u32>().prop_map(Column).boxed());
    let relation = any_code(Relation::ALL, any::<u32>().prop_map(Relation).boxed());
    let action = any_code(Action::ALL, any::<u8>().prop_map(Action).boxed());
    (column, relation, action, any_value(), any::<Option<i64>>()).prop_map(
        |(column, relation, action, value, number)| {
            let rule = Rule::new(column, relation, &String::from_utf16_lossy(&value), action);
            let number = number.unwrap_or(rule.number());
            Rule::from_units(column, relation, &value, action).with_number(number)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_rule_is_parsed_back_from_its_sentence(rule in any_rule()) {
        let sentence = rule.to_string();
        prop_assert_eq!(&sentence.parse::<Rule>().unwrap(), &rule, "{}", sentence);
        prop_assert!(!sentence.chars().any(char::is_control), "{}", sentence);
    }

    #[test]
    fn the_parser_survives_any_text(text in any::<String>(), at in any::<Index>(), rule in any_rule()) {
        let _ = text.parse::<Rule>();
        let mut sentence: Vec<char> = rule.to_string().chars().collect();
        sentence.remove(at.index(sentence.len()));
        let _ = sentence.iter().collect::<String>().parse::<Rule>();
    }

    #[test]
    fn the_linter_survives_any_rules(rules in vec(any_rule(), 0..20)) {
        for lint in Filter::from(rules.clone()).lint([]) {
            prop_assert!(lint.rule < rules.len() && !lint.to_string().is_empty());
        }
    }
}

/// The format of dates in text: the offset from UTC, and a format of chrono.
#[derive(Clone, Copy)]
struct Dates {
    offset: FixedOffset,
    format: &'static str,
}

const ENGLISH: &str = "%-m/%-d/%Y %-I:%M:%S %p";
const GERMAN: &str = "%d.%m.%Y %H:%M:%S";

/// The values of an event that Procmon's rules compare with.
struct Row {
    texts: Vec<(Column, Vec<u16>)>,
    /// The paths of a network event with names and with numbers, if rules compare both.
    addresses: Option<[Vec<u16>; 2]>,
    numbers: Vec<(Column, i64)>,
    /// The columns whose rules match nothing.
    unmatched: &'static [Column],
}

fn folded(text: &[u16]) -> Vec<u16> {
    let until_nul = text.iter().take_while(|&&unit| unit != 0);
    until_nul.map(|&unit| if (0x41..=0x5A).contains(&unit) { unit + 0x20 } else { unit }).collect()
}

impl Row {
    fn new(event: Event<'_>, style: &Style, compat: Compat) -> Self {
        let texts = Column::ALL.iter().map(|&column| {
            let text: Vec<u16> = event.text_in(column, style).to_string().encode_utf16().collect();
            assert!(text.len() < 4095, "the text of {column} may be truncated");
            (column, text)
        });
        let path = |resolve: bool| {
            let style = style.clone().resolve_addresses(resolve);
            event.text_in(Column::PATH, &style).to_string().encode_utf16().collect()
        };
        let has_addresses = compat == Compat::Complete && event.class() == EventClass::NETWORK;
        let addresses = has_addresses.then(|| [true, false].map(path));
        let process = |of: fn(procmon_parser::Process<'_>) -> u32| i64::from(event.process().map_or(0, of));
        let process_start = event.process().map_or(0, |process| process.start_time().0 as i64);
        let start = event.time().0;
        let duration = event.duration().map_or(0, |span| span.0);
        let numbers = [
            (Column::PID, process(|process| process.pid())),
            (Column::PARENT_PID, process(|process| process.parent_pid())),
            (Column::SESSION, process(|process| process.session())),
            (Column::TID, event.thread_id().into()),
            (Column::DURATION, duration as i64),
            (Column::RELATIVE_TIME, start.wrapping_sub(event.index().origin().0) as i64),
            (Column::TIME_OF_DAY, (start % (24 * 3600 * 10_000_000)) as i64),
            (Column::DATE_AND_TIME, start as i64),
            (Column::COMPLETION_TIME, start.wrapping_add(duration) as i64),
            (Column::PROCESS_START, process_start),
            (Column::HIGH_RESOLUTION_PROCESS_START, process_start),
        ];
        let unmatched: &[Column] = if compat < Compat::Procmon4_01 {
            &[Column::SEQUENCE, Column::PROCESS_START, Column::HIGH_RESOLUTION_PROCESS_START]
        } else {
            &[Column::SEQUENCE]
        };
        Self { texts: texts.collect(), addresses, numbers: numbers.into(), unmatched }
    }

    /// Formats a number as a date in local time, or as the number itself if it is out of range.
    fn date(number: i64, dates: Dates) -> String {
        let local = i128::from(number) + i128::from(dates.offset.local_minus_utc()) * 10_000_000;
        if number < 0 || !(0..1 << 63).contains(&local) {
            return number.to_string();
        }
        let start: DateTime<FixedOffset> = "1601-01-01T00:00:00Z".parse().unwrap();
        let date = start + TimeDelta::seconds((local / 10_000_000) as i64);
        // chrono writes a `+` before a year of five digits.
        date.format(dates.format).to_string().replace('+', "")
    }

    fn is_matched(&self, rule: &Rule, dates: Dates) -> bool {
        let (column, relation) = (rule.column(), rule.relation());
        if self.unmatched.contains(&column) {
            return false;
        }
        let value = folded(rule.value_units());
        if let Some(texts) = self.addresses.as_ref().filter(|_| column == Column::PATH) {
            let mut each = texts.iter().map(|text| {
                let text = folded(text);
                Self::holds(relation, text.cmp(&value), &text, &value)
            });
            return match relation {
                Relation::IS_NOT | Relation::EXCLUDES => each.all(|matches| matches),
                _ => each.any(|matches| matches),
            };
        }
        if column == Column::EVENT_CLASS && self.texts.iter().any(|text| text.0 == column && text.1.is_empty()) {
            return false;
        }
        let text_of = |column| self.texts.iter().find(|text| text.0 == column).map(|text| folded(&text.1));
        let (order, text) = match self.numbers.iter().find(|number| number.0 == column) {
            Some(&(_, number)) => {
                let date: Vec<u16> = Self::date(number, dates).encode_utf16().collect();
                (number.cmp(&rule.number()), folded(&date))
            }
            None => match text_of(column) {
                Some(text) => (text.cmp(&value), text),
                None => return false,
            },
        };
        Self::holds(relation, order, &text, &value)
    }

    fn holds(relation: Relation, order: Ordering, text: &[u16], value: &[u16]) -> bool {
        let contains = || value.is_empty() || text.windows(value.len()).any(|window| window == value);
        match relation {
            Relation::IS => order == Ordering::Equal,
            Relation::IS_NOT => order != Ordering::Equal,
            Relation::LESS_THAN => order == Ordering::Less,
            Relation::MORE_THAN => order == Ordering::Greater,
            Relation::BEGINS_WITH => text.starts_with(value),
            Relation::ENDS_WITH => text.ends_with(value),
            Relation::CONTAINS => contains(),
            Relation::EXCLUDES => !contains(),
            _ => false,
        }
    }

    fn is_shown(&self, rules: &[Rule], dates: Dates) -> bool {
        let mut rest = rules;
        while let Some(first) = rest.first() {
            let len = rest
                .iter()
                .take_while(|rule| (rule.column(), rule.action()) == (first.column(), first.action()))
                .count();
            let (run, after_run) = rest.split_at(len);
            if u8::from(run.iter().any(|rule| self.is_matched(rule, dates))) != first.action().0 {
                return false;
            }
            rest = after_run;
        }
        true
    }
}

/// A way to derive a value from text in the log: two positions and the kind of change.
type Cut = (Index, Index, u8);

fn value_of(row: &Row, column: Column, (from, to, way): Cut) -> Vec<u16> {
    let mut text = match row.numbers.iter().find(|number| number.0 == column).filter(|_| way < 64) {
        Some((_, number)) => number.to_string().encode_utf16().collect(),
        None => row.texts.iter().find(|text| text.0 == column).map_or_else(|| vec![0x61], |text| text.1.clone()),
    };
    let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
    match way % 8 {
        0..3 => {}
        3 => text.truncate(from),
        4 => text = text.split_off(from),
        5 => text = text[from.min(to)..from.max(to)].to_vec(),
        6 => text.insert(from, 0x5A),
        _ => drop(text.splice(..from, [])),
    }
    if way & 8 != 0 {
        text = String::from_utf16_lossy(&text).to_uppercase().encode_utf16().collect();
    }
    text
}

/// Generates rules whose values are derived from rows of the log.
fn sampled_rules() -> impl Strategy<Value = Vec<(Index, Column, Relation, Action, Cut, i64)>> {
    let column = any_code(Column::ALL, Just(Column(40060)).boxed());
    let relation = any_code(Relation::ALL, Just(Relation(9)).boxed());
    let action = prop_oneof![60 => Just(Action::INCLUDE), 60 => Just(Action::EXCLUDE), 1 => Just(Action(2))];
    let cut = (any::<Index>(), any::<Index>(), any::<u8>());
    let rule = (any::<Index>(), column, relation, action, cut, -1_i64..=1);
    // Each rule is repeated up to three times; `make_rules` gives the copies different values and relations.
    vec((rule, 0_usize..3), 0..8)
        .prop_map(|rules| rules.into_iter().flat_map(|(rule, more)| vec![rule; more + 1]).collect())
}

/// Generates long runs of rules, each with the value of a different row.
fn many_sampled_rules() -> impl Strategy<Value = Vec<(Index, Column, Relation, Action, Cut, i64)>> {
    let lengths = prop_oneof![0..40_usize, 40..200_usize];
    vec((sampled_rules(), lengths), 1..4).prop_map(|groups| {
        let long = |(rules, length): (Vec<_>, usize)| rules.first().map(|rule| vec![*rule; length]).unwrap_or_default();
        groups.into_iter().flat_map(long).collect()
    })
}

fn make_rules(rows: &[Row], sampled: &[(Index, Column, Relation, Action, Cut, i64)]) -> Vec<Rule> {
    let make =
        |(at, &(row, column, relation, action, cut, step)): (usize, &(Index, Column, Relation, Action, Cut, i64))| {
            let row = &rows[(row.index(rows.len()) + at * 7) % rows.len()];
            let relation = Relation((relation.0 + at as u32) % 9);
            let value = String::from_utf16_lossy(&value_of(row, column, cut));
            let number = row.numbers.iter().find(|number| number.0 == column).map_or(0, |number| number.1);
            Rule::new(column, relation, &value, action).with_number(number.wrapping_add(step))
        };
    sampled.iter().enumerate().map(make).collect()
}

/// Returns the sample logs with their rows in a style whose version is `compat`.
fn samples(style: &Style, compat: Compat) -> Vec<(LogsReader, Vec<Row>)> {
    let open = |name| LogsReader::open(format!("fixtures/{name}.pml")).unwrap();
    let logs = ["sample64", "sample32", "version7", "segments/capture"].map(open);
    let rows = |log: &LogsReader| log.events().flatten().map(|event| Row::new(event, style, compat)).collect();
    logs.into_iter()
        .map(|log| {
            let rows = rows(&log);
            (log, rows)
        })
        .collect()
}

#[test]
fn matchers_agree_with_a_plain_evaluation() {
    compare_with_a_plain_evaluation(400, &sampled_rules());
}

#[test]
fn matchers_of_many_rules_agree_with_a_plain_evaluation() {
    compare_with_a_plain_evaluation(40, &many_sampled_rules());
}

fn compare_with_a_plain_evaluation(
    cases: u32,
    rules: &impl Strategy<Value = Vec<(Index, Column, Relation, Action, Cut, i64)>>,
) {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    for (offset, advanced, compat, locale, format) in [
        ("+00:00", false, Compat::Procmon3_94, "en-US", ENGLISH),
        ("-05:00", true, Compat::Procmon3_94, "en-US", ENGLISH),
        ("+05:30", false, Compat::Complete, "en-US", ENGLISH),
        ("+00:00", false, Compat::Procmon3_52, "en-US", ENGLISH),
        ("+02:00", false, Compat::Procmon4_01, "de-DE", GERMAN),
    ] {
        let offset: FixedOffset = offset.parse().unwrap();
        let style = Style::new().compat(compat).advanced_names(advanced).utc_offset(offset.into());
        let style = style.locale(locale.parse().unwrap());
        let dates = Dates { offset, format };
        let samples = samples(&style, compat);
        let result = runner.run(rules, |sampled| {
            for (log, rows) in &samples {
                let rules = make_rules(rows, &sampled);
                let matcher = Filter::from(rules.clone()).compile_with(log.indexes(), &style);
                let unprepared = Filter::from(rules.clone()).compile_with([], &style);
                for (event, row) in log.events().flatten().zip(rows) {
                    let shown = row.is_shown(&rules, dates);
                    prop_assert_eq!(matcher.matches(event), shown, "{:#?}\n{:?}", rules, event);
                    prop_assert_eq!(unprepared.matches(event), shown, "{:#?}\n{:?}", rules, event);
                }
            }
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// A list of indicators may have tens of thousands of lines, and an attacker may choose values that contain or begin with
/// each other.
#[test]
fn many_rules_are_compiled_and_evaluated_in_linear_time() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let usual = |at: usize| format!(r"C:\Users\{at:06}\AppData\Local\Temp\{at:06}.exe");
    let nested = |at: usize| "a".repeat(at / 32);
    for (count, value) in [(100_000, &usual as &dyn Fn(usize) -> String), (20_000, &nested)] {
        for relation in Relation::ALL.iter().copied() {
            let rule = |at| Rule::new(Column::PATH, relation, &value(at), Action::INCLUDE);
            let matcher = (0..count).map(rule).collect::<Filter>().compile(log.indexes());
            let shown = log.events().flatten().filter(|event| matcher.matches(*event)).count();
            assert!(shown <= log.len());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn concatenated_filters_show_what_both_show(a in sampled_rules(), b in sampled_rules()) {
        let style = Style::new().compat(Compat::Procmon3_94);
        for (log, rows) in samples(&style, Compat::Procmon3_94) {
            let [a, b] = [&a, &b].map(|rules| make_rules(&rows, rules));
            // Include rules of one column at the end of `a` and the start of `b` form one run: one match suffices.
            let meets = |a: &Rule, b: &Rule| a.column() == b.column() && (a.action(), b.action()) == (Action::INCLUDE, Action::INCLUDE);
            if a.last().zip(b.first()).is_some_and(|(a, b)| meets(a, b)) {
                continue;
            }
            let both: Filter = a.iter().chain(&b).cloned().collect();
            let [a, b, both] = [a.into(), b.into(), both].map(|filter: Filter| filter.compile(log.indexes()));
            for event in log.events().flatten() {
                prop_assert_eq!(both.matches(event), a.matches(event) && b.matches(event));
            }
        }
    }

    #[test]
    fn adding_and_sorting_keep_groups_together(mut rules in vec(any_rule(), 0..20)) {
        let group = |rule: &Rule| (rule.column(), rule.action());
        let runs = |filter: &Filter| filter.rules().chunk_by(|a, b| group(a) == group(b)).count();
        let groups = rules.iter().map(group).collect::<std::collections::BTreeSet<_>>().len();
        let mut seen = std::collections::HashSet::new();
        rules.retain(|rule| seen.insert(rule.clone()));
        let mut added = Filter::new();
        rules.iter().cloned().for_each(|rule| assert!(added.add(rule)));
        prop_assert_eq!(runs(&added), groups);
        let mut sorted = Filter::from(rules.clone());
        sorted.sort();
        prop_assert_eq!(&sorted, &added);
        // A rule that is present is not added again, and `add_all` gives the same result as `add`.
        prop_assert!(rules.iter().cloned().all(|rule| !added.add(rule)));
        let mut all = Filter::new();
        all.add_all(rules.iter().chain(&rules).cloned());
        prop_assert_eq!(&all, &added);
        // An unsorted filter keeps its order, and an added rule goes to the end of its group.
        if let Some((last, others)) = rules.split_last() {
            let mut filter: Filter = others.iter().rev().cloned().collect();
            let at = filter.iter().rposition(|rule| group(rule) == group(last));
            filter.add(last.clone());
            prop_assert!(filter.iter().filter(|rule| *rule != last).eq(others.iter().rev()));
            if let Some(at) = at {
                prop_assert_eq!(&filter.rules()[at + 1], last);
            }
        }
    }

    #[test]
    fn a_filter_is_stored_without_loss(rules in vec(any_rule(), 0..20)) {
        let saved = SavedFilter::new(rules);
        let parsed = SavedFilter::parse(&saved.to_bytes()).unwrap();
        prop_assert_eq!(&parsed.filter, &saved.filter);
        prop_assert_eq!(parsed.to_bytes(), saved.to_bytes());
    }
}

#[test]
fn combined_matchers_agree_with_their_parts() {
    let samples = samples(&Style::new().compat(Compat::Procmon3_94), Compat::Procmon3_94);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(50));
    let result = runner.run(&(sampled_rules(), sampled_rules()), |(a, b)| {
        for (log, rows) in &samples {
            let [a, b] = [&a, &b].map(|rules| Filter::from(make_rules(rows, rules)).compile(log.indexes()));
            let pair = || [a.clone(), b.clone()];
            let (all, any, not) = (Matcher::all(pair()), Matcher::any(pair()), !a.clone());
            for event in log.events().flatten() {
                prop_assert_eq!(all.matches(event), a.matches(event) && b.matches(event));
                prop_assert_eq!(any.matches(event), a.matches(event) || b.matches(event));
                prop_assert_eq!(not.matches(event), !a.matches(event));
                prop_assert!(Matcher::all([]).matches(event) && !Matcher::any([]).matches(event));
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// Returns the number of events of the sample that a query matches.
fn found(query: &str) -> usize {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let style = Style::new().utc_offset("+02:00".parse().unwrap());
    let matcher = query.parse::<Query>().unwrap_or_else(|error| panic!("{error}")).compile_with(log.indexes(), &style);
    log.events().flatten().filter(|event| matcher.matches(*event)).count()
}

#[test]
fn queries_find_the_expected_events() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let count = |test: &dyn Fn(Event<'_>) -> bool| log.events().flatten().filter(|event| test(*event)).count();
    let all = log.len();
    let dll = count(&|event| event.text(Column::PATH).to_string().to_ascii_lowercase().ends_with(".dll"));
    let success = count(&|event| event.status().0 == 0);
    assert!(dll > 0 && success > 0 && success < all);
    assert_eq!(found("Path ends with .DLL"), dll);
    assert_eq!(found("not Path ends with .dll"), all - dll);
    assert_eq!(found("Result is SUCCESS or not(Result is SUCCESS)"), all);
    assert_eq!(found("Path ends with .dll and Path ends with .dll or Result is \"SUCCESS\" and PID is 1"), dll);
    let pid = count(&|event| event.process().is_some_and(|process| process.pid().to_string().contains("51")));
    assert!(pid > 0);
    assert_eq!(found("PID contains 51"), pid);
    assert_eq!(found("PID is 0x1400"), count(&|event| event.process().is_some_and(|process| process.pid() == 5120)));
    let long = count(&|event| event.duration().unwrap_or_default().0 > 1000);
    assert_eq!(found("Duration more than 100us"), long);
    let first = log.event(0).unwrap().time();
    let utc = DateTime::<Utc>::try_from(first).unwrap();
    let after = count(&|event| event.time() > first);
    let local = utc.with_timezone(&FixedOffset::east_opt(7200).unwrap());
    assert_eq!(found(&format!("Date & Time more than {}", utc.format("%Y-%m-%dT%H:%M:%S%.9fZ"))), after);
    assert_eq!(found(&format!("Date & Time more than {}", local.format("%Y-%m-%dT%H:%M:%S%.9f"))), after);
    let late = count(&|event| event.process().is_some_and(|process| process.start_time() > first));
    assert_eq!(found(&format!("Process Start more than {}", utc.format("%Y-%m-%dT%H:%M:%S%.9fZ"))), late);
    assert_eq!(
        found("Process Start more than 1999-12-31"),
        found("High Resolution Process Start more than 1999-12-31")
    );
    assert!(found("Process Start more than 1999-12-31") > 0);
    assert_eq!(found(&format!("Time of Day more than \"{}\"", local.format("%I:%M:%S%.9f %p"))), after);
}

#[test]
fn queries_do_not_match_values_that_are_missing() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let count = |test: &dyn Fn(Event<'_>) -> bool| log.events().flatten().filter(|event| test(*event)).count();
    let pending = count(&|event| event.duration().is_none());
    let completed = log.len() - pending;
    assert!(pending > 0 && completed > 0);
    for (column, later, earlier) in [("Duration", "24h", "0"), ("Completion Time", "2100-01-01", "1990-01-01")] {
        assert_eq!(found(&format!("{column} less than {later}")), completed, "{column}");
        assert_eq!(found(&format!("{column} more than {later}")), 0, "{column}");
        assert_eq!(found(&format!("{column} is not {later}")), log.len(), "{column}");
        assert_eq!(found(&format!("{column} contains \"\"")), completed, "{column}");
        assert_eq!(found(&format!("{column} excludes \"\"")), pending, "{column}");
        assert_eq!(found(&format!("{column} less than {earlier}")), 0, "{column}");
    }
    assert_eq!(found("Duration is 0"), count(&|event| event.duration() == Some(Ticks(0))));
}

#[test]
fn queries_compare_process_start_as_a_date() {
    const SECOND: u64 = 10_000_000;
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let start = |event: Event<'_>| event.process().map(|process| process.start_time());
    let count =
        |test: &dyn Fn(FileTime) -> bool| log.events().flatten().filter_map(start).filter(|time| test(*time)).count();
    let latest = log.events().flatten().filter_map(start).max().unwrap();
    let utc = DateTime::<Utc>::try_from(latest).unwrap();
    let query = |relation: &str, format: &str| found(&format!("Process Start {relation} {}", utc.format(format)));
    let (seconds, exact) = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%.9fZ");
    let in_second = count(&|time| time.0 / SECOND == latest.0 / SECOND);
    assert!(in_second > 0);
    assert_eq!(query("is", seconds), in_second);
    assert_eq!(query("is not", seconds), log.len() - in_second);
    assert_eq!(query("less than", seconds), count(&|time| time.0 / SECOND < latest.0 / SECOND));
    assert_eq!(query("is", exact), count(&|time| time == latest));
    assert_eq!(query("more than", exact), 0);
    assert_eq!(found("Process Start more than 1700-01-01"), count(&|time| time.0 > 0));
}

/// Versions of Procmon before 4.01 do not have the columns, and their rules never match.
#[test]
fn queries_compare_process_starts_under_every_compat() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let starts = log.events().flatten().filter_map(|event| Some((event, event.process()?.start_time())));
    let (_, latest) = starts.max_by_key(|(_, time)| *time).unwrap();
    let latest = DateTime::<Utc>::try_from(latest).unwrap().format("%Y-%m-%dT%H:%M:%S%.9fZ");
    for compat in Compat::ALL {
        let style = Style::new().compat(compat);
        let found = |column: &str, rest: &str| {
            let query: Query = format!("{column} {rest}").parse().unwrap();
            let matcher = query.compile_with(log.indexes(), &style);
            log.events().flatten().filter(|event| matcher.matches(*event)).count()
        };
        for rest in ["more than 1999-12-31".to_owned(), format!("is {latest}"), format!("less than {latest}")] {
            let whole = found("Process Start", &rest);
            assert_eq!(found("High Resolution Process Start", &rest), whole, "{compat} {rest}");
            assert!(whole > 0, "{compat} {rest}");
        }
    }
}

/// Rules of complete text and queries find addresses by name and by number, rules of Procmon only as they are shown.
#[test]
fn addresses_are_found_by_name_and_by_number() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let complete = Style::new();
    let [procmon, numeric] =
        [true, false].map(|resolve| Style::new().compat(Compat::Procmon3_94).resolve_addresses(resolve));
    let count = |test: &dyn Fn(Event<'_>) -> bool| log.events().flatten().filter(|event| test(*event)).count();
    let network = |event: Event<'_>| event.class() == EventClass::NETWORK;
    let text = |event: Event<'_>, style: &Style| event.text_in(Column::PATH, style).to_string();
    let resolved =
        log.events().flatten().find(|event| network(*event) && text(*event, &procmon) != text(*event, &numeric));
    let resolved = resolved.expect("an address with a name");
    let [name, number] = [&procmon, &numeric].map(|style| text(resolved, style));
    let events = count(&|event| network(event) && text(event, &numeric) == number);
    for style in [&complete, &complete.clone().resolve_addresses(false), &procmon, &numeric] {
        for value in [&name, &number] {
            let filtered = |relation: Relation, more: usize| {
                let rule = Rule::new(Column::PATH, relation, value, Action::INCLUDE);
                // Many rules are compared differently from few.
                let others = (0..more).map(|at| Rule::path().contains(format!("no such path {at}")).include());
                let matcher = others.chain([rule]).collect::<Filter>().compile_with(log.indexes(), style);
                count(&|event| matcher.matches(event))
            };
            let shown = if text(resolved, style) == **value { events } else { 0 };
            let expected = if style == &procmon || style == &numeric { shown } else { events };
            for more in [0, 100] {
                assert_eq!(filtered(Relation::IS, more), expected);
                assert_eq!(filtered(Relation::CONTAINS, more), expected);
            }
            assert_eq!(filtered(Relation::IS_NOT, 0), log.len() - expected);
            assert_eq!(filtered(Relation::EXCLUDES, 0), log.len() - expected);
            let queried = |query: String| {
                let matcher = query.parse::<Query>().unwrap().compile_with(log.indexes(), style);
                count(&|event| matcher.matches(event))
            };
            assert_eq!(queried(format!("Path is \"{value}\"")), events);
            assert_eq!(queried(format!("Path excludes \"{value}\"")), log.len() - events);
            #[cfg(feature = "regex")]
            assert_eq!(queried(format!("Path matches \"^{}$\"", value.replace('.', "\\."))), events);
        }
    }
}

#[test]
fn queries_compare_sessions_as_they_are_shown() {
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    for session in [u32::MAX, 0, 1, 0x8000_0000] {
        let mut process = ProcessInfo::new(session, "a.exe");
        process.session = session;
        let key = writer.add_process(&process).unwrap();
        writer.write_event(&NewEvent::new(key, Operation::Process(ProcessOperation::THREAD_CREATE))).unwrap();
    }
    let log = LogsReader::new(writer.finish().unwrap().into_inner()).unwrap();
    let found = |query: &str| {
        let matcher = query.parse::<Query>().unwrap().compile(log.indexes());
        log.events().flatten().filter(|event| matcher.matches(*event)).map(|event| event.ordinal()).collect::<Vec<_>>()
    };
    assert_eq!(found("Session is -1"), [0]);
    assert_eq!(found("Session is 0xFFFFFFFF"), [0]);
    assert_eq!(found("Session less than 1"), [0, 1, 3]);
    assert_eq!(found("Session is not 1"), [0, 1, 3]);
    assert_eq!(found("Session more than -2"), [0, 1, 2]);
    assert_eq!(found("Session begins with -"), [0, 3]);
}

#[cfg(feature = "regex")]
#[test]
fn queries_support_regular_expressions() {
    assert_eq!(found(r"Path matches \.DLL$"), found("Path ends with .dll"));
    assert_eq!(found(r#"Path matches "(?-i)\.DLL$""#), 0);
    assert_eq!(found("Path matches ^$"), found("Path is \"\""));
    assert!("Path matches (".parse::<Query>().unwrap_err().to_string().contains("unclosed group"));
}
