//! Redacted logs: all names are replaced, the other text is unchanged, and the lengths are correct.

use std::io::Cursor;
use std::ops::Range;

use crate::logs::is_captured;
use crate::suite::note;
use crate::support::synth;
use memchr::memmem;
use procmon_parser::code::{EventClass, RegistryType};
use procmon_parser::detail::{RegistryRequest, ValueData, ValueInformation};
use procmon_parser::{Column, Compat, Detail, Event, LogsReader, Style};
use procmon_parser::{Redactor, write::WriterOptions};

crate::tests! {
    each_log:
        names_of_people_are_replaced,
        frequent_words_are_replaced,
        short_names_that_also_occur_in_binary_data_are_removed;
}

/// Returns the redacted log and the number of names that were blanked.
fn redact(log: &LogsReader, redactor: &Redactor) -> (Vec<u8>, u64) {
    let options = WriterOptions::new().redact(redactor.clone());
    let mut writer = options.create_for_copy(Cursor::new(Vec::new()), log.index()).unwrap();
    for event in log.events().flatten() {
        writer.copy_event(event).unwrap();
    }
    let blanked = writer.redactor().unwrap().blanked_names();
    (writer.finish().unwrap().into_inner(), blanked)
}

/// The names of a test with their replacements; `true` if only whole words are replaced.
type Names = Vec<(String, String, bool)>;

fn redactor(names: &Names) -> Redactor {
    let mut redactor = Redactor::new();
    for (from, to, is_whole) in names {
        if *is_whole {
            redactor.replace_whole(from, to)
        } else {
            redactor.replace(from, to)
        };
    }
    redactor
}

/// Replaces lowercase names in text, independently of the library.
fn replaced(text: &str, names: &Names) -> String {
    let lower = text.to_ascii_lowercase();
    if names.iter().all(|(from, ..)| memmem::find(lower.as_bytes(), from.as_bytes()).is_none()) {
        return text.to_owned();
    }
    let (mut out, mut at) = (String::new(), 0);
    'text: while at < text.len() {
        for (from, to, is_whole) in names {
            let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let is_part = is_letter(text[..at].chars().next_back())
                || is_letter(text.get(at + from.len()..).and_then(|rest| rest.chars().next()));
            if lower[at..].starts_with(from) && !(*is_whole && is_part) {
                out += to;
                at += from.len();
                continue 'text;
            }
        }
        let next = text[at..].chars().next().unwrap();
        out.push(next);
        at += next.len_utf8();
    }
    out
}

fn text(event: Event<'_>, column: Column) -> String {
    event.text_in(column, &Style::new().compat(Compat::Complete)).to_string()
}

/// Returns true if the column shows sizes of data, which change if names in the data are replaced.
fn shows_sizes(event: Event<'_>, column: Column) -> bool {
    column == Column::DETAIL && event.class() == EventClass::REGISTRY
}

/// Returns true if a file contains the text outside of a range.
fn is_anywhere(file: &[u8], text: &str, except: Range<usize>) -> bool {
    let file = file.to_ascii_lowercase();
    let narrow = text.to_ascii_lowercase().into_bytes();
    let wide: Vec<u8> = narrow.iter().flat_map(|&byte| [byte, 0]).collect();
    [narrow, wide].iter().any(|text| memmem::find_iter(&file, text).any(|at| !except.contains(&at)))
}

fn check(name: &str, log: &LogsReader, names: &Names) {
    let redactor = redactor(names);
    let (bytes, blanked) = redact(log, &redactor);
    let redacted = LogsReader::new(bytes.as_slice()).unwrap();
    let icons = synth::section(&bytes, synth::header::ICONS)..synth::section(&bytes, synth::header::HOSTS);
    redactor.verify(&redacted).unwrap();
    // The names must not occur anywhere in the file. Short names can occur by chance, whole words in other words.
    let is_real = is_captured(name);
    let is_nowhere = |(from, _, is_whole): &&(String, String, bool)| from.len() >= 6 && (is_real || !is_whole);
    for (from, ..) in names.iter().filter(is_nowhere) {
        assert!(!is_anywhere(&bytes, from, icons.clone()), "{name}: {from}");
    }
    assert_eq!(redacted.len(), log.events().flatten().count(), "{name}");
    let names = names.iter().map(|(from, to, is_whole)| (from.to_ascii_lowercase(), to.clone(), *is_whole)).collect();
    let (mut changed, mut differing) = (0, 0);
    for (before, after) in log.events().flatten().zip(redacted.events().map(Result::unwrap)) {
        assert_data_keeps_its_end(before, after);
        for &column in Column::ALL {
            let (old, new) = (text(before, column), text(after, column));
            let expected = replaced(&old, &names);
            changed += usize::from(expected != old);
            if new == expected {
                continue;
            }
            assert_ne!(expected, old, "{name} event {} {column}: {new:?}", before.ordinal());
            assert_eq!(replaced(&new, &names), new, "{name} event {} {column}", before.ordinal());
            differing += 1;
            assert!(
                shows_sizes(before, column),
                "{name} event {} {column}:\n {old:?}\n {new:?}\n {expected:?}\n {:?}",
                before.ordinal(),
                after.detail()
            );
        }
    }
    note(format_args!("{name}: {changed} cells with names, {differing} with different sizes, {blanked} names blanked"));
}

/// Checks that redacting a value keeps the end of its data: complete data stays complete, and a list keeps its two
/// final NULs.
fn assert_data_keeps_its_end(before: Event<'_>, after: Event<'_>) {
    fn data<'a>(event: Event<'a>) -> Option<ValueData<'a>> {
        let Ok(Detail::Registry(registry)) = event.detail() else { return None };
        let of = |information| match information {
            Some(ValueInformation::Full { data, .. } | ValueInformation::Partial { data, .. }) => Some(data),
            _ => None,
        };
        match registry.request {
            RegistryRequest::SetValue(set) => Some(set.data),
            RegistryRequest::QueryValue(query) => of(query.result),
            RegistryRequest::EnumValue(query) => of(query.result),
            _ => None,
        }
    }
    let (Some(old), Some(new)) = (data(before), data(after)) else { return };
    assert_eq!(old.is_truncated(), new.is_truncated(), "{after:?}");
    if old.value_type == RegistryType::MULTI_SZ {
        assert_eq!(old.captured.ends_with(&[0; 4]), new.captured.ends_with(&[0; 4]), "{after:?}");
    }
}

fn names_of_people_are_replaced(name: &str, log: &LogsReader) {
    let mut found = Redactor::new();
    let names = found.replace_people(log).unwrap();
    note(format_args!("{name}: {names:?}"));
    let names = names.into_iter().map(|(from, to)| (from, to, true)).collect();
    check(name, log, &names);
}

fn frequent_words_are_replaced(name: &str, log: &LogsReader) {
    let word = |from: &str, to: &str| (from.to_owned(), to.to_owned(), false);
    let names = vec![word("currentversion", "a key of a longer name"), word("microsoft", "m"), word("run", "r")];
    check(name, log, &names);
}

fn short_names_that_also_occur_in_binary_data_are_removed(name: &str, log: &LogsReader) {
    let mut redactor = Redactor::new();
    redactor.replace("q", "-").replace("te", "--").replace_whole("ini", "txt");
    let (bytes, blanked) = redact(log, &redactor);
    let redacted = LogsReader::new(bytes).unwrap();
    redactor.verify(&redacted).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(redacted.len(), log.events().flatten().count(), "{name}");
    for (before, after) in log.events().flatten().zip(redacted.events().map(Result::unwrap)) {
        assert_eq!(before.detail().is_ok(), after.detail().is_ok(), "{name} {before:?}");
        assert!(!text(after, Column::PATH).to_lowercase().contains("te"), "{name} {after:?}");
    }
    note(format_args!("{name}: {blanked} names blanked"));
}
