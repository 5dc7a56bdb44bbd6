//! Compares filters with Procmon: the events that it shows, and the number that it stores with the value of each rule.

use std::fs;
use std::path::{Path, PathBuf};

use crate::data::{self, unzip};
use crate::logs::{self, named};
use procmon_parser::code::{Action, Relation};
use procmon_parser::detail::Target;
use procmon_parser::filter::{Clock, Matcher};
use procmon_parser::{Column, Compat, Configuration, FileTime, Filter, LogsReader, Rule, SavedFilter, Style};

crate::tests! {
    plain:
        filters_compare_text_that_exports_truncate,
        filters_compare_unpaired_surrogates,
        filters_compare_details_with_their_line_breaks;
    with_data:
        filters_show_what_procmon_shows,
        many_rules_show_the_events_that_each_rule_shows,
        numbers_of_rules_are_those_that_procmon_stores;
}

/// Returns the filter and the highlight filter of a configuration, or the filter of an exported filter file.
pub(crate) fn filters(path: &Path) -> Vec<Filter> {
    if path.extension().unwrap().eq_ignore_ascii_case("pmf") {
        return vec![SavedFilter::open(path).unwrap().filter];
    }
    let configuration = Configuration::open(path).unwrap();
    vec![configuration.filter(), configuration.highlight_filter()]
}

/// Formats ordinals as ranges, for example `0-7,9`.
fn ranges(ordinals: &[u32]) -> String {
    let runs = ordinals.chunk_by(|a, b| a + 1 == *b);
    let text = |run: &[u32]| match run {
        [only] => only.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    runs.map(text).collect::<Vec<_>>().join(",")
}

fn filters_show_what_procmon_shows(data: &Path) {
    let folder = data.join("conformance/filter");
    let expected = String::from_utf8(unzip(&folder.join("expected.tsv.gz"))).unwrap();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for line in expected.lines().filter(|line| line.contains(".pmc")) {
        let [file, log, advanced, count, ordinals] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("expected.tsv: expected five fields: {line}");
        };
        let log = named(&format!("corpus/{log}"));
        let filter = &filters(&folder.join(file))[0];
        let style = Style::new().compat(Compat::Procmon3_94).advanced_names(advanced == "1");
        let matcher = filter.compile_with(log.indexes(), &style);
        let shown = log.events().flatten().filter(|event| matcher.matches(*event));
        let shown: Vec<_> = shown.map(|event| event.ordinal()).collect();
        if (shown.len().to_string(), ranges(&shown).as_str()) != (count.to_owned(), ordinals) {
            wrong.push(format!("{file}: shows {} events instead of {count}: {:#?}", shown.len(), filter.rules()));
        }
        compared += 1;
    }
    assert_eq!(compared, 120);
    assert!(wrong.is_empty(), "{} filters differ\n{}", wrong.len(), wrong.join("\n"));
}

/// Returns a part of `text`, which `seed` selects.
fn part(text: &str, seed: usize) -> String {
    let characters: Vec<char> = text.chars().take(300).collect();
    let length = (seed % 23 + 3).min(characters.len());
    let at = seed.wrapping_mul(31) % (characters.len() - length + 1);
    let at = [at, 0, characters.len() - length][seed % 3];
    let part: String = characters[at..at + length].iter().collect();
    if seed.is_multiple_of(5) { part.to_uppercase() } else { part }
}

/// Long lists of rules are compiled differently from single rules.
fn many_rules_show_the_events_that_each_rule_shows(_data: &Path) {
    const COLUMNS: [Column; 6] =
        [Column::PATH, Column::DETAIL, Column::PROCESS_NAME, Column::OPERATION, Column::RESULT, Column::TID];
    let mut shown = 0;
    for (name, log) in logs::readers() {
        let events: Vec<_> = log.events().flatten().collect();
        for (column, relation) in COLUMNS.iter().flat_map(|&column| Relation::ALL.iter().map(move |&of| (column, of))) {
            let step = (events.len() / 150).max(1);
            let texts = events.iter().step_by(step).map(|event| event.text(column).to_string());
            let rules = texts.enumerate().map(|(seed, text)| {
                let text = if seed % 4 == 3 { text } else { part(&text, seed) };
                Rule::new(column, relation, &text, Action::INCLUDE)
            });
            let rules: Vec<Rule> = rules.filter(|rule| !rule.value_units().is_empty()).collect();
            let alone = rules.iter().map(|rule| Filter::from([rule.clone()]).compile(log.indexes()));
            let alone = Matcher::any(alone);
            let together = Filter::from(rules.clone()).compile(log.indexes());
            let excluded = rules.iter().map(|rule| rule.clone().with_action(Action::EXCLUDE));
            let excluded = excluded.collect::<Filter>().compile(log.indexes());
            for &event in events.iter().step_by((events.len() / 400).max(1)) {
                let is_shown = alone.matches(event);
                assert_eq!(
                    together.matches(event),
                    is_shown || rules.is_empty(),
                    "{name}: {column} {relation} {event:?}"
                );
                assert_eq!(excluded.matches(event), !is_shown, "{name}: {column} {relation} {event:?}");
                shown += usize::from(is_shown);
            }
        }
    }
    assert!(shown > 1000, "{shown}");
}

/// Exports truncate cells to 4,095 code units and replace line feeds with `;`. Filters compare the unchanged text.
fn filters_compare_text_that_exports_truncate() {
    let style = Style::new().compat(Compat::Procmon3_94);
    let mut cut = 0;
    for (name, log) in logs::readers() {
        for event in log.events().flatten() {
            for column in [Column::PATH, Column::DETAIL, Column::COMMAND_LINE] {
                let text = event.text_in(column, &style).to_string();
                if text.encode_utf16().count() < 4095 {
                    continue;
                }
                let shown = |rule| Filter::from([rule]).compile(log.indexes()).matches(event);
                // U+FFFD in the text is an unpaired surrogate for rules.
                let start = text.split('\u{FFFD}').next().unwrap();
                assert!(shown(Rule::on(column).begins_with(start).include()), "{name}: {column} of {event:?}");
                // A complete detail can have more items than Procmon's. Paths and command lines are Procmon's without
                // truncation.
                let whole = event.text(column).to_string();
                let whole = whole.split('\u{2400}').next().unwrap();
                if column != Column::DETAIL && !whole.contains('\u{FFFD}') {
                    assert!(shown(Rule::on(column).is(whole).include()), "{name}: {column} of {event:?}");
                }
                if whole.encode_utf16().count() > 4095 {
                    assert!(!shown(Rule::on(column).is(text).include()), "{name}: {column} of {event:?}");
                    cut += 1;
                }
            }
        }
    }
    assert!(data::folder().is_none() || cut > 10, "{cut}");
}

/// Text has U+FFFD for an unpaired surrogate; rules compare the surrogate.
fn filters_compare_unpaired_surrogates() {
    let style = Style::new().compat(Compat::Procmon3_94);
    let mut with_surrogates = 0;
    for (name, log) in logs::readers() {
        for event in log.events().flatten() {
            let Some(Target::File(path) | Target::RegistryKey(path)) = event.target() else { continue };
            let units: Vec<u16> = path.units().take_while(|&unit| unit != 0).collect();
            let text = event.text_in(Column::PATH, &style).to_string();
            if String::from_utf16(&units).is_ok() || text != String::from_utf16_lossy(&units) {
                continue;
            }
            let shown = |value: &[u16]| {
                let rule = Rule::from_units(Column::PATH, Relation::IS, value, Action::INCLUDE);
                Filter::from([rule]).compile(log.indexes()).matches(event)
            };
            assert!(shown(&units), "{name}: {event:?}");
            assert!(!shown(&text.encode_utf16().collect::<Vec<_>>()), "{name}: {event:?}");
            with_surrogates += 1;
        }
    }
    assert!(data::folder().is_none() || with_surrogates > 10, "{with_surrogates}");
}

fn filters_compare_details_with_their_line_breaks() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let shown = |rule: Rule| {
        let matcher = Filter::from([rule]).compile(log.indexes());
        log.events().flatten().filter(|event| matcher.matches(*event)).count()
    };
    assert!(shown(Rule::detail().contains("Environment: \r\n\t").include()) > 0);
    assert_eq!(shown(Rule::detail().contains("Environment: ;").include()), 0);
}

/// Returns every configuration and exported filter that Procmon wrote.
fn real_files(data: &Path) -> Vec<PathBuf> {
    let folders = ["corpus/pmc", "oracle"].map(|folder| fs::read_dir(data.join(folder)).unwrap());
    let files = folders.into_iter().flatten().map(|file| file.unwrap().path());
    files
        .filter(|file| file.extension().is_some_and(|extension| ["pmc", "PMF"].iter().any(|known| extension == *known)))
        .collect()
}

fn numbers_of_rules_are_those_that_procmon_stores(data: &Path) {
    let clock = Clock::new(FileTime(134_116_992_000_000_000), "+00:00".parse().unwrap()); // 2026-01-01
    let mut compared = 0;
    for file in real_files(data) {
        for rule in filters(&file).iter().flat_map(Filter::iter) {
            assert_eq!(rule.typed_number(clock), rule.number(), "{}: {rule}", file.display());
            compared += 1;
        }
    }
    assert!(compared > 400, "{compared}");
}
