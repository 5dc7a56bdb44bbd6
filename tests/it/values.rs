//! Single values and their text: times, strings, errors, locales, rules and queries.

use std::error::Error as _;
use std::fmt;
use std::io;

use crate::support::synth::{self, Log};
use procmon_parser::analysis::{Analysis as _, CrossReference, ProcessActivity, is_timed};
use procmon_parser::code::{Action, Relation};
use procmon_parser::filter::Query;
use procmon_parser::{Column, Configuration, Error, FileTime, Filter, Locale, LogsReader, PmlStr, Rule, Style, Ticks};

#[test]
fn a_year_of_five_digits_has_a_sign() {
    // The last tick of the year 9999.
    const LAST: u64 = 2_650_467_743_999_999_999;
    assert_eq!(FileTime(LAST).to_string(), "9999-12-31T23:59:59.9999999Z");
    assert_eq!(FileTime(LAST + 1).to_string(), "+10000-01-01T00:00:00.0000000Z");
}

#[test]
fn ticks_are_printed_as_seconds() {
    assert_eq!(Ticks(12_345_678_901).to_string(), "1234.5678901");
    assert_eq!(Ticks(123).to_string(), "0.0000123");
    for ticks in [0, 1, 9_999_999, 10_000_000, 1 << 50] {
        assert_eq!(Ticks(ticks).to_string().parse::<Ticks>().unwrap(), Ticks(ticks));
    }
}

#[test]
fn strings_are_split_at_the_last_separator() {
    let mut buffer = Vec::new();
    let wide = PmlStr::encode_utf16(r"C:\Österreich\a.exe", &mut buffer);
    let (folder, file) = wide.rsplit_once(b'\\').unwrap();
    assert_eq!((folder.to_string(), file.to_string()), (r"C:\Österreich".to_owned(), "a.exe".to_owned()));
    assert!(file.rsplit_once(b'\\').is_none());
    let (before, after) = PmlStr::latin1(b"\\").rsplit_once(b'\\').unwrap();
    assert!(before.is_empty() && after.is_empty());
}

#[test]
fn an_error_has_the_source_of_its_cause() {
    #[derive(Debug)]
    struct Cause(io::Error);
    impl fmt::Display for Cause {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("reading failed")
        }
    }
    impl std::error::Error for Cause {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let error = Error::from(io::Error::other(Cause(io::Error::other("the disk is gone"))));
    assert_eq!(error.to_string(), "reading failed");
    assert_eq!(error.source().unwrap().to_string(), "the disk is gone");
    assert!(format!("{error:?}").contains("Cause"), "{error:?}");
}

#[test]
fn parts_of_a_locale_are_replaced() {
    let locale = |text: &str| text.parse::<Locale>().unwrap();
    assert_eq!(locale("en-US;pm=nachm."), Locale::default().day_halves("AM", "nachm.").unwrap());
    assert_eq!(locale("en-US;am=vorm."), Locale::default().day_halves("vorm.", "PM").unwrap());
    assert_eq!(locale("en-US;am=a;pm=b"), Locale::default().day_halves("a", "b").unwrap());
}

#[test]
fn only_unusual_characters_of_a_quoted_value_are_numbers() {
    let sentence = |value: &str| Rule::new(Column::PATH, Relation::IS, value, Action::INCLUDE).to_string();
    assert!(sentence("\"say\" \u{200B}é").contains("\"\"\"say\"\" <U+200B>é\""), "{}", sentence("\"say\" \u{200B}é"));
}

#[test]
fn queries_have_a_limited_depth() {
    let nested = |depth: usize| format!("{}pid is 4{}", "(".repeat(depth), ")".repeat(depth)).parse::<Query>();
    assert!(nested(63).is_ok());
    assert!(nested(64).unwrap_err().to_string().contains("64 levels"));
    assert!(nested(100_000).is_err());
}

/// Returns the number of events that rules show.
fn shown(log: &LogsReader, style: &Style, rules: Vec<Rule>) -> usize {
    let filter: Filter = rules.into_iter().collect();
    let matcher = filter.compile_with(log.indexes(), style);
    log.events().flatten().filter(|event| matcher.matches(*event)).count()
}

#[test]
fn many_values_of_contains_do_not_hide_other_relations() {
    let path = |path: &str| synth::registry::open_key(synth::Text::narrow(path), 1, Some(1));
    let events = vec![path("qkzjx"), path("a vwmpt b"), path("other")];
    let log = LogsReader::new(Log { events, ..Log::new(true) }.bytes()).unwrap();
    let rule = |relation, value: &str| Rule::new(Column::PATH, relation, value, Action::INCLUDE);
    // Different letters, so that each value has a part of its own.
    let mut rules: Vec<_> = (0..20_u8)
        .map(|n| String::from_utf8(vec![b'a' + n, b'b' + n, b'f' + n, b'a' + n, b'd' + n]).unwrap())
        .map(|value| rule(Relation::CONTAINS, &value))
        .collect();
    rules.push(rule(Relation::CONTAINS, "vwmpt"));
    assert_eq!(shown(&log, &Style::new(), rules.clone()), 1);
    rules.push(rule(Relation::IS, "qkzjx"));
    assert_eq!(shown(&log, &Style::new(), rules.clone()), 2);
    rules.push(rule(Relation::BEGINS_WITH, "oth"));
    assert_eq!(shown(&log, &Style::new(), rules), 3);
}

#[test]
fn a_rule_on_the_name_of_an_operation_shows_its_events() {
    let log = LogsReader::new(synth::sample(true).bytes()).unwrap();
    for is_advanced in [false, true] {
        let style = Style::new().advanced_names(is_advanced);
        let name = |event: procmon_parser::Event<'_>| event.text_in(Column::OPERATION, &style).to_string();
        let names: Vec<_> = log.events().flatten().map(name).collect();
        for name in &names {
            let rule = Rule::new(Column::OPERATION, Relation::IS, name, Action::INCLUDE);
            let count = names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count();
            assert_eq!(shown(&log, &style, vec![rule]), count, "{name}");
        }
    }
}

#[test]
fn columns_of_a_configuration_keep_their_widths() {
    let columns = [(Column::PATH, 300), (Column::PID, 40), (Column::DETAIL, 7)];
    let mut configuration = Configuration::default();
    configuration.set_columns_with_widths(&columns).unwrap();
    assert_eq!(configuration.columns_with_widths().collect::<Vec<_>>(), columns);
    assert!(configuration.set_columns_with_widths(&[(Column::PATH, 1); 65]).is_err());
}

#[test]
fn waiting_for_changes_of_a_folder_is_not_timed() {
    let events = vec![
        synth::file::notify_change_directory(true, r"C:\", 1),
        synth::file::close_file(true, r"C:\"),
        synth::registry::open_key("A", 1, Some(1)),
    ];
    let log = LogsReader::new(Log { events, ..Log::new(true) }.bytes()).unwrap();
    let timed: Vec<_> = log.events().map(|event| is_timed(&event.unwrap())).collect();
    assert_eq!(timed, [false, true, true]);
}

#[test]
fn cpu_time_is_that_of_the_exit_or_of_the_last_sample() {
    let exit = synth::process::exit(&synth::process::Usage { kernel_time: 30, user_time: 12, ..Default::default() });
    let samples = [synth::profiling::process(2, 3, 0, 0), synth::profiling::process(5, 6, 0, 0)];
    let cpu = |events: &[synth::Event]| {
        let process = synth::Process { index: 2, pid: 8, name: "a.exe".into(), ..Default::default() };
        let of_process = |event: &synth::Event| synth::Event { process_index: 2, ..event.clone() };
        let events = events.iter().map(of_process).collect();
        let log = LogsReader::new(Log { processes: vec![process], events, ..Log::new(true) }.bytes()).unwrap();
        let mut activity = ProcessActivity::new();
        log.events().flatten().for_each(|event| activity.add(&event));
        activity.rows().iter().find(|row| row.pid() == 8).unwrap().cpu()
    };
    let [first, second] = samples;
    assert_eq!(cpu(&[synth::registry::open_key("A", 1, Some(1))]), None);
    assert_eq!(cpu(&[first.clone(), second.clone()]), Some(Ticks(11)));
    assert_eq!(cpu(&[first, second, exit]), Some(Ticks(42)));
}

#[test]
fn a_table_keeps_its_first_rows() {
    let log = LogsReader::new(synth::sample(true).bytes()).unwrap();
    let mut paths = CrossReference::new(Style::new());
    log.events().flatten().for_each(|event| paths.add(&event));
    let all = paths.table();
    assert!(!all.rows.is_empty());
    for rows in [0, 1, all.rows.len(), usize::MAX] {
        let mut table = all.clone();
        let removed = table.truncate(rows);
        assert_eq!(table.rows, all.rows[..rows.min(all.rows.len())]);
        assert_eq!(removed + table.rows.len(), all.rows.len());
    }
}
