//! Queries on any column and on lists of values, compared with a search in the text of the columns.

use procmon_parser::filter::Query;
use procmon_parser::{Column, Event, LogsReader, Style};

crate::tests! {
    each_log:
        any_stands_for_each_column,
        lists_stand_for_alternatives;
}

/// Returns the ordinals of the events that a query matches.
fn matching(log: &LogsReader, query: &str) -> Vec<u32> {
    let matcher = query.parse::<Query>().unwrap_or_else(|error| panic!("{query}: {error}")).compile(log.indexes());
    log.events().flatten().filter(|event| matcher.matches(*event)).map(|event| event.ordinal()).collect()
}

/// Returns the texts of all columns of an event that queries search, in lower case. Network events have two paths.
fn texts(event: Event<'_>) -> Vec<String> {
    let columns = Column::ALL.iter().filter(|&&column| column != Column::SEQUENCE);
    let numbers = Style::new().resolve_addresses(false);
    let other_path = event.text_in(Column::PATH, &numbers).to_string();
    let shown = columns.map(|&column| event.text(column).to_string());
    shown.chain([other_path]).map(|text| text.to_ascii_lowercase()).collect()
}

fn any_stands_for_each_column(name: &str, log: &LogsReader) {
    const WORDS: [&str; 8] = ["svchost", "KERNEL32.dll", "read", "64-bit", "4", "name not found", "12:", "->"];
    let mut expected = WORDS.map(|_| [const { Vec::new() }; 3]);
    for event in log.events().flatten() {
        let texts = texts(event);
        for (word, [contains, begins, is]) in WORDS.iter().zip(&mut expected) {
            let word = &word.to_ascii_lowercase();
            let any = |test: &dyn Fn(&String) -> bool| texts.iter().any(test);
            contains.extend(any(&|text| text.contains(word)).then(|| event.ordinal()));
            begins.extend(any(&|text| text.starts_with(word)).then(|| event.ordinal()));
            is.extend(any(&|text| text == word).then(|| event.ordinal()));
        }
    }
    for (word, [contains, begins, is]) in WORDS.iter().zip(expected) {
        assert!(matching(log, &format!("any contains \"{word}\"")) == contains, "{name}: contains {word}");
        assert!(matching(log, &format!("any begins with \"{word}\"")) == begins, "{name}: begins with {word}");
        assert!(matching(log, &format!("any is \"{word}\"")) == is, "{name}: is {word}");
        assert!(matching(log, &format!("not any excludes \"{word}\"")) == contains, "{name}: excludes {word}");
    }
}

fn lists_stand_for_alternatives(name: &str, log: &LogsReader) {
    let some = |column: Column, step: usize| {
        let events = log.events().flatten().step_by(log.len() / step + 1);
        let mut values: Vec<String> = events.map(|event| event.text(column).to_string()).collect();
        values.retain(|value| !value.is_empty());
        values.sort();
        values.dedup();
        values
    };
    for (column, relation) in [
        (Column::PATH, "is"),
        (Column::PATH, "contains"),
        (Column::PROCESS_NAME, "begins with"),
        (Column::OPERATION, "is"),
        (Column::PID, "is"),
        (Column::TID, "ends with"),
        (Column::DETAIL, "contains"),
    ] {
        let quoted = |value: &String| format!("\"{}\"", value.replace('"', "\"\"").replace("<U+", "<U+003C>U+"));
        let values: Vec<_> = some(column, 12).iter().map(quoted).collect();
        if values.is_empty() {
            continue;
        }
        let each: Vec<_> = values.iter().map(|value| format!("{column} {relation} {value}")).collect();
        let each = matching(log, &each.join(" or "));
        let list = values.join(", ");
        assert!(matching(log, &format!("{column} {relation} any of ({list})")) == each, "{name}: {column} {relation}");
        if relation == "is" {
            assert!(matching(log, &format!("{column} in ({list})")) == each, "{name}: {column} in");
            let without = format!("not {column} is not any of ({list})");
            assert!(matching(log, &without) == each, "{name}: {column} is not");
        }
    }
}
