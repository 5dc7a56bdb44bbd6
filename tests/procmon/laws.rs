//! Laws that hold for every event of every log, independently of Procmon's output.

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
        all_ways_to_open_a_log_give_the_same_events,
        process_start_shows_parameters_depending_on_the_version;
    each_log:
        an_event_consists_of_prefix_stack_and_detail,
        display_and_write_to_give_the_same_text,
        a_target_matches_the_path_column,
        complete_text_differs_from_procmon_only_for_known_reasons,
        iterators_give_the_same_events_from_both_ends_and_by_ordinal;
}

fn an_event_consists_of_prefix_stack_and_detail(name: &str, log: &LogsReader) {
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

fn display_and_write_to_give_the_same_text(name: &str, log: &LogsReader) {
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

/// Reads one byte at a time.
struct OneByteAtATime<R>(R);

impl<R: Read> Read for OneByteAtATime<R> {
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

fn all_ways_to_open_a_log_give_the_same_events() {
    for name in ["sample64", "sample32", "version7", "empty", "damaged"] {
        let path = format!("fixtures/{name}.pml");
        let bytes = std::fs::read(&path).unwrap();
        let expected = csv_of(&LogsReader::open(&path).unwrap());
        assert!(csv_of(&LogsReader::new(bytes.as_slice()).unwrap()) == expected, "{name}: from a slice");
        assert!(
            csv_of(&LogsReader::new(Arc::<[u8]>::from(bytes.as_slice())).unwrap()) == expected,
            "{name}: from an Arc"
        );
        let slow_reader = OneByteAtATime(bytes.as_slice());
        assert!(csv_of(&LogsReader::from_reader(slow_reader).unwrap()) == expected, "{name}: from single bytes");
        let file = std::fs::File::open(&path).unwrap();
        // SAFETY: no test modifies the fixtures.
        let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
        assert!(csv_of(&LogsReader::new(map).unwrap()) == expected, "{name}: from a memory map");
    }
}

fn iterators_give_the_same_events_from_both_ends_and_by_ordinal(name: &str, log: &LogsReader) {
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

/// Returns the path of a target as the Path column shows it, or `None` if the target is not a path.
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

fn a_target_matches_the_path_column(name: &str, log: &LogsReader) {
    for event in log.events().flatten() {
        let column = event.text(Column::PATH).to_string();
        match event.target() {
            None => assert_eq!(column, "", "{name}: {event:?}"),
            Some(target) => match path_of(target) {
                // The column appends the search pattern to the path of a directory listing.
                Some(path) => {
                    let [column, path] = [&column, &path].map(|text| text.trim_start_matches('\\'));
                    assert!(column.starts_with(path), "{name}: {event:?}: {path:?} {column:?}");
                }
                None => assert!(matches!(target, Target::Connection { .. }) || !column.contains('\\')),
            },
        }
    }
}

/// Returns true if removing characters from `whole` can give `part`.
fn is_subsequence_of(part: &str, whole: &str) -> bool {
    let mut whole = whole.chars();
    part.chars().all(|wanted| whole.any(|found| found == wanted))
}

/// Returns the limit of Procmon 3.94 that explains why its text is shorter than the complete text, or `None`.
fn reason_for_shorter_text(event: Event<'_>, procmon: &str, complete: &str) -> Option<&'static str> {
    let operation = event.operation_name();
    if operation == RegistryOperation::REPLACE_KEY.to_string() {
        // Procmon reads the new name from other bytes, so its text need not be part of the complete text.
        return Some("Procmon reads the new name at a wrong offset");
    }
    let items = |text: &str| text.matches(": ").count();
    let ends = |text: &str| text.ends_with([' ', '\\']) || [": ,", "\\,"].iter().any(|hole| text.contains(hole));
    let longer_than_detail = |part: &str| part.encode_utf16().count() > event.detail_bytes().len();
    let blanked = ends(procmon) || complete.split(", ").any(longer_than_detail);
    if !is_subsequence_of(procmon, complete) {
        None
    } else if complete.contains('␀') {
        Some("Procmon ends text at the first NUL")
    } else if procmon.encode_utf16().count() >= 4095 {
        Some("a cell has at most 4,095 code units")
    } else if procmon.is_empty() {
        Some("Procmon blanks the path")
    } else if operation == ProcessOperation::PROCESS_START.to_string() && event.index().format_version() < 8 {
        (procmon == complete.split(", ").next()?).then_some("Procmon omits the parameters before version 8")
    } else if complete.starts_with(procmon) && items(procmon) >= 7 {
        Some("Procmon shows at most 7 items")
    } else if blanked {
        Some("Procmon blanks a string or a value")
    } else if complete.starts_with(procmon) && operation.contains("Strea") {
        Some("Procmon omits the last streams of a list that fills the block")
    } else {
        None
    }
}

fn complete_text_differs_from_procmon_only_for_known_reasons(name: &str, log: &LogsReader) {
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
            if procmon == complete || reason_for_shorter_text(event, &procmon, &complete).is_some() {
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

/// Procmon 3.94 shows the parameters of a Process Start only from format version 8 on, although older logs have them.
fn process_start_shows_parameters_depending_on_the_version() {
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
