//! What holds for every event of every log, whatever Procmon says.

use std::fmt::Write;
use std::io::{self, Read};
use std::sync::Arc;

use crate::support::synth;
use procmon_parser::code::{ProcessOperation, RegistryOperation};
use procmon_parser::detail::{ProcessDetail, Target};
use procmon_parser::{
    Column, Compat, Detail, Event, LogsReader, PmlStr, Style,
    export::{self, csv},
};

crate::tests! {
    plain:
        all_ways_to_open_a_log_read_the_same,
        parameters_of_a_process_start_are_shown_by_version;
    each_log:
        the_parts_of_an_event_are_its_bytes,
        display_is_what_is_written,
        a_target_is_what_the_path_column_shows,
        complete_text_is_that_of_procmon_where_it_neither_cuts_nor_blanks,
        events_come_from_both_ends_and_from_the_middle;
}

fn the_parts_of_an_event_are_its_bytes(name: &str, log: &LogsReader) {
    for event in log.events().flatten() {
        let (prefix, _) = event.bytes().split_at(0x34);
        let mut parts = prefix.to_vec();
        parts.extend_from_slice(event.stack().as_bytes());
        parts.extend_from_slice(event.detail_bytes());
        assert!(event.bytes().starts_with(&parts), "{name}: {event:?}");
        assert_eq!(event.stack().len(), usize::from(u16::from_le_bytes([prefix[0x28], prefix[0x29]])));
        assert_eq!(event.frames().len(), event.stack().len());
    }
}

fn display_is_what_is_written(name: &str, log: &LogsReader) {
    let style = Style::new().compat(Compat::Procmon3_94);
    let mut written = String::new();
    for event in log.events().flatten() {
        for &column in Column::ALL {
            written.clear();
            event.text_in(column, &style).write_to(&mut written).unwrap();
            assert_eq!(written, event.text_in(column, &style).to_string(), "{name}: {event:?}");
        }
    }
}

/// Gives one byte at a time.
struct Dripping<R>(R);

impl<R: Read> Read for Dripping<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

fn csv_of<D: AsRef<[u8]>>(log: &LogsReader<D>) -> Vec<u8> {
    let mut csv = Vec::new();
    export::write(&mut csv, log.events(), csv::Csv::new(Column::ALL, Style::new())).unwrap();
    csv
}

fn all_ways_to_open_a_log_read_the_same() {
    for name in ["sample64", "sample32", "version7", "empty", "damaged"] {
        let path = format!("fixtures/{name}.pml");
        let bytes = std::fs::read(&path).unwrap();
        let expected = csv_of(&LogsReader::open(&path).unwrap());
        assert!(csv_of(&LogsReader::new(bytes.as_slice()).unwrap()) == expected, "{name}: a slice");
        assert!(csv_of(&LogsReader::new(Arc::<[u8]>::from(bytes.as_slice())).unwrap()) == expected, "{name}: an Arc");
        let dripping = Dripping(bytes.as_slice());
        assert!(csv_of(&LogsReader::from_reader(dripping).unwrap()) == expected, "{name}: single bytes");
        let file = std::fs::File::open(&path).unwrap();
        // SAFETY: nobody changes the fixtures while the tests run.
        let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
        assert!(csv_of(&LogsReader::new(map).unwrap()) == expected, "{name}: a memory map");
    }
}

fn events_come_from_both_ends_and_from_the_middle(name: &str, log: &LogsReader) {
    let offset = |event: procmon_parser::Result<Event<'_>>| event.ok().map(|event| (event.ordinal(), event.offset()));
    let forward: Vec<_> = log.events().map(offset).collect();
    assert_eq!(forward.len(), log.len(), "{name}");
    let mut backward: Vec<_> = log.events().rev().map(offset).collect();
    backward.reverse();
    assert_eq!(forward, backward, "{name}");
    for ordinal in [0, 1, log.len() / 2, log.len().saturating_sub(1), log.len(), usize::MAX] {
        let expected = forward.get(ordinal).copied();
        assert_eq!(log.events().nth(ordinal).map(offset), expected, "{name}");
        assert_eq!(log.event(ordinal).ok().map(|event| event.ordinal()), expected.flatten().map(|(at, _)| at));
        let page: Vec<_> = log.events_in(ordinal..ordinal.saturating_add(3)).map(offset).collect();
        assert_eq!(page, forward.iter().copied().skip(ordinal).take(3).collect::<Vec<_>>(), "{name}");
    }
    assert_eq!(log.events().len(), log.len());
}

/// The path of a target as the Path column shows it; `None` for the targets that are no path.
fn path_of(target: Target<'_>) -> Option<String> {
    let shown = |text: PmlStr<'_>| text.trim_end_nul().to_string().replace('\0', "␀");
    Some(match target {
        Target::File(path) | Target::RegistryKey(path) => shown(path),
        Target::RegistryValue { key, name, .. } => format!("{key}\\{}", shown(name)).replace('\0', "␀"),
        Target::Process { image, .. } => image?.to_string().replace('\0', "␀"),
        Target::Module { path, .. } => path.to_string().replace('\0', "␀"),
        _ => return None,
    })
}

fn a_target_is_what_the_path_column_shows(name: &str, log: &LogsReader) {
    for event in log.events().flatten() {
        let column = event.text(Column::PATH).to_string();
        match event.target() {
            None => assert_eq!(column, "", "{name}: {event:?}"),
            Some(target) => match path_of(target) {
                // To the path of a listing, the column adds the pattern.
                Some(path) => {
                    let [column, path] = [&column, &path].map(|text| text.trim_start_matches('\\'));
                    assert!(column.starts_with(path), "{name}: {event:?}: {path:?} {column:?}");
                }
                None => assert!(matches!(target, Target::Connection { .. }) || !column.contains('\\')),
            },
        }
    }
}

/// Whether `part` is what is left of `whole` when characters are taken out of it.
fn is_rest_of(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|wanted| whole.any(|found| found == wanted))
}

/// Why Procmon 3.94 says less in a cell, by its limits, which show in the texts themselves; `None` if it should not.
fn reason_for_less(event: Event<'_>, procmon: &str, complete: &str) -> Option<&'static str> {
    let operation = event.operation_name();
    if operation == RegistryOperation::REPLACE_KEY.to_string() {
        // The one text of which nothing can be kept: the new name is made of other bytes.
        return Some("the new name is read from a wrong place");
    }
    let items = |text: &str| text.matches(": ").count();
    let ends = |text: &str| text.ends_with([' ', '\\']) || [": ,", "\\,"].iter().any(|hole| text.contains(hole));
    let longer_than_detail = |part: &str| part.encode_utf16().count() > event.detail_bytes().len();
    let blanked = ends(procmon) || complete.split(", ").any(longer_than_detail);
    if !is_rest_of(procmon, complete) {
        None
    } else if complete.contains('␀') {
        Some("a text ends at its first NUL")
    } else if procmon.encode_utf16().count() >= 4095 {
        Some("a cell has at most 4,095 units")
    } else if procmon.is_empty() {
        Some("a path is blanked")
    } else if operation == ProcessOperation::PROCESS_START.to_string() && event.index().format_version() < 8 {
        (procmon == complete.split(", ").next()?).then_some("the parameters are left out before version 8")
    } else if complete.starts_with(procmon) && items(procmon) >= 7 {
        Some("a detail has at most 7 items")
    } else if blanked {
        Some("a string or a value is blanked")
    } else if complete.starts_with(procmon) && operation.contains("Strea") {
        Some("a list of streams ends where its last entries have little room")
    } else {
        None
    }
}

fn complete_text_is_that_of_procmon_where_it_neither_cuts_nor_blanks(name: &str, log: &LogsReader) {
    let procmon_style = Style::new().compat(Compat::Procmon3_94);
    let (mut procmon, mut complete) = (String::new(), String::new());
    let mut unexplained = std::collections::BTreeMap::<String, (usize, String)>::new();
    for event in log.events().flatten() {
        for &column in Column::ALL {
            procmon.clear();
            complete.clear();
            write!(procmon, "{}", event.text_in(column, &procmon_style)).unwrap();
            write!(complete, "{}", event.text(column)).unwrap();
            let operation = event.operation_name();
            if procmon == complete || reason_for_less(event, &procmon, &complete).is_some() {
                continue;
            }
            let key = format!("{column} of {operation}");
            let example = format!("{name} event {}:\n  {procmon:.300?}\n  {complete:.300?}", event.ordinal());
            unexplained.entry(key).or_insert((0, example)).0 += 1;
        }
    }
    let mut report = String::new();
    for (key, (count, example)) in &unexplained {
        writeln!(report, "{count} {key}, {example}").unwrap();
    }
    assert!(unexplained.is_empty(), "{report}");
}

/// Procmon 3.94 shows the parameters of a Process Start from format version 8 on; they are there all the same.
fn parameters_of_a_process_start_are_shown_by_version() {
    let start = || synth::process::start(8, "consent.exe 8", r"C:\Windows\", &["OS=Windows_NT"]);
    let all = "Parent PID: 8, Command line: consent.exe 8, Current directory: C:\\Windows\\, \
               Environment: \r\n\tOS=Windows_NT";
    for version in 4..=9 {
        let log = synth::Log { version, events: vec![start()], ..synth::Log::new(true) }.bytes();
        let log = LogsReader::new(log).unwrap();
        let event = log.event(0).unwrap();
        assert_eq!(event.text(Column::DETAIL).to_string(), all, "version {version}");
        let Ok(Detail::Process(ProcessDetail::Start(start))) = event.detail() else { panic!("{event:?}") };
        assert_eq!(start.parameters.unwrap().command_line.to_string(), "consent.exe 8");
        let shown = event.text_in(Column::DETAIL, &Style::new().compat(Compat::Procmon3_94)).to_string();
        assert_eq!(shown, if version < 8 { "Parent PID: 8" } else { all }, "version {version}");
    }
}
