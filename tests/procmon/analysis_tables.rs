//! Compares the tables of the analysis module with the files that Procmon's dialogs save, with sums computed from the
//! text of events, and with each other, and tests hostile logs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::io::Cursor;
use std::num::NonZero;
use std::path::Path;

use crate::data::unzip;
use crate::filter::filters;
use crate::logs::named;
use crate::support::alloc::count;
use crate::support::synth;
use procmon_parser::analysis::{
    Analysis, CrossReference, FileSummary, FileView, Limits, NetworkSummary, Occurrences, RegistrySummary, TableColumn,
    analyse,
};
use procmon_parser::code::{EventClass, FileOperation, NetworkOperation, Operation, RegistryOperation};
use procmon_parser::detail::{Detail, FileRequest};
use procmon_parser::{Column, Compat, Event, Log, LogsReader, LogsStream, Style};

crate::tests! {
    plain:
        each_folder_has_one_row,
        procmon_compares_a_folder_with_the_path_before,
        paths_beyond_the_limits_are_counted_together,
        memory_does_not_grow_beyond_the_limits,
        deep_paths_have_a_limited_number_of_rows,
        rows_are_sorted_and_cut;
    each_log:
        totals_are_the_sums_of_the_events,
        parts_give_the_tables_of_the_log,
        adding_known_texts_does_not_allocate;
    files_of_each_log:
        streams_and_threads_give_the_tables_of_the_log;
    with_data:
        dialogs_save_what_procmon_saves,
        crafted_logs_have_tables;
}

/// All analyses, with the columns whose texts are counted.
#[derive(Clone)]
struct All {
    file: FileSummary,
    registry: RegistrySummary,
    network: NetworkSummary,
    references: CrossReference,
    columns: Vec<Occurrences>,
}

impl All {
    fn new(style: &Style) -> Self {
        let columns = Column::ALL.iter().filter(|&&column| column != Column::DETAIL);
        Self {
            file: FileSummary::new(style.clone()),
            registry: RegistrySummary::new(style.clone()),
            network: NetworkSummary::new(style.clone()),
            references: CrossReference::new(style.clone()),
            columns: columns.map(|&column| Occurrences::new(column, style.clone())).collect(),
        }
    }

    fn of<'a>(events: impl Iterator<Item = procmon_parser::Result<Event<'a>>>, style: &Style) -> Self {
        let mut all = Self::new(style);
        events.flatten().for_each(|event| all.add(&event));
        all
    }

    /// Returns all tables and files.
    fn output(&self) -> Vec<String> {
        let mut output =
            vec![debug(self.file.by_path()), debug(self.file.by_folder()), debug(self.file.by_extension())];
        output.extend(VIEWS.map(|(_, view)| csv(|out| self.file.write_procmon_csv(view, out))));
        output.extend([debug(self.registry.table()), csv(|out| self.registry.write_procmon_csv(out))]);
        output.extend([debug(self.network.table()), csv(|out| self.network.write_procmon_csv(out))]);
        output.extend([debug(self.references.table()), csv(|out| self.references.write_procmon_csv(out))]);
        for column in &self.columns {
            output.extend([debug(column.table()), csv(|out| column.write_procmon_csv(out))]);
        }
        output
    }
}

impl Analysis for All {
    fn add(&mut self, event: &Event<'_>) {
        self.file.add(event);
        self.registry.add(event);
        self.network.add(event);
        self.references.add(event);
        self.columns.iter_mut().for_each(|column| column.add(event));
    }

    fn merge(&mut self, later: Self) {
        self.file.merge(later.file);
        self.registry.merge(later.registry);
        self.network.merge(later.network);
        self.references.merge(later.references);
        self.columns.iter_mut().zip(later.columns).for_each(|(column, later)| column.merge(later));
    }
}

const VIEWS: [(&str, FileView); 3] = [
    ("file-by-path", FileView::ByPath),
    ("file-by-folder", FileView::ByFolder),
    ("file-by-extension", FileView::ByExtension),
];

fn debug(table: impl Debug) -> String {
    format!("{table:?}")
}

fn csv(write: impl FnOnce(&mut Vec<u8>) -> procmon_parser::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn feed<'a, A: Analysis>(events: impl Iterator<Item = Event<'a>>, mut analysis: A) -> A {
    events.for_each(|event| analysis.add(&event));
    analysis
}

/// Returns the file that a dialog saves, or `None` if another module makes it.
fn dialog<'a>(name: &str, events: impl Iterator<Item = Event<'a>>, style: &Style) -> Option<String> {
    let style = style.clone();
    Some(match name {
        "registry" => csv(|out| feed(events, RegistrySummary::new(style)).write_procmon_csv(out)),
        "network" => csv(|out| feed(events, NetworkSummary::new(style)).write_procmon_csv(out)),
        "xref" => csv(|out| feed(events, CrossReference::new(style)).write_procmon_csv(out)),
        name => {
            if let Some((_, view)) = VIEWS.iter().find(|(known, _)| *known == name) {
                csv(|out| feed(events, FileSummary::new(style)).write_procmon_csv(*view, out))
            } else {
                let column = name.strip_prefix("count-")?.replace('-', " ").parse().unwrap();
                assert!(Occurrences::PROCMON_COLUMNS.contains(&column), "{name}");
                csv(|out| feed(events, Occurrences::new(column, style)).write_procmon_csv(out))
            }
        }
    })
}

/// Compares whole files. Procmon writes the rows of the file summary by path in an order of its own, so their lines are
/// compared as a multiset.
fn dialogs_save_what_procmon_saves(data: &Path) {
    let style = Style::new().compat(Compat::Procmon3_94);
    let (mut compared, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(data.join("conformance/tools")).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(".csv.gz") else { continue };
        let (log, kind) = name.split_once('.').unwrap();
        let (log, rules) = log.split_once('+').map_or((log, None), |(log, rules)| (log, Some(rules)));
        let folder = if data.join(format!("corpus/{log}.pml.gz")).exists() { "corpus" } else { "conformance" };
        if !data.join(format!("{folder}/{log}.pml.gz")).exists() {
            continue; // a log of stacks or trees
        }
        let log_of = named(&format!("{folder}/{log}"));
        let filter = rules.map(|rules| filters(&data.join(format!("conformance/filter/{log}-{rules}.pmc"))).remove(0));
        let matcher = filter.map(|filter| filter.compile_with(log_of.indexes(), &style));
        let events = log_of.events().flatten();
        let events = events.filter(|event| matcher.as_ref().is_none_or(|matcher| matcher.matches(*event)));
        let Some(ours) = dialog(kind, events, &style) else { continue };
        let procmon = String::from_utf8(unzip(&path)).unwrap();
        compared += 1;
        let is_same = if kind == "file-by-path" { lines(&ours) == lines(&procmon) } else { ours == procmon };
        if !is_same {
            let line = ours.split("\r\n").zip(procmon.split("\r\n")).find(|(ours, procmon)| ours != procmon);
            wrong.push(format!("{name}: {line:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {compared} files differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared >= 177, "{compared}");
}

fn lines(file: &str) -> Vec<&str> {
    let mut lines: Vec<_> = file.split("\r\n").collect();
    lines.sort_unstable();
    lines
}

/// Converts each character to lower case if that is a single character of the basic plane.
fn lower(text: &str) -> String {
    let of = |character: char| {
        let mut small = character.to_lowercase();
        match (small.next(), small.next()) {
            (Some(small), None) if small.len_utf16() == 1 && character.len_utf16() == 1 => small,
            _ => character,
        }
    };
    text.chars().map(of).collect()
}

/// Adds a number for each key.
fn sums<'a, K: Ord>(
    events: impl Iterator<Item = Event<'a>>,
    key: impl Fn(&Event<'a>) -> K,
    numbers: impl Fn(&Event<'a>) -> Vec<u64>,
) -> BTreeMap<K, Vec<u64>> {
    let mut sums = BTreeMap::<K, Vec<u64>>::new();
    for event in events {
        let numbers = numbers(&event);
        let sum = sums.entry(key(&event)).or_insert_with(|| vec![0; numbers.len()]);
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.wrapping_add(number));
    }
    sums
}

fn flag(condition: bool) -> u64 {
    condition.into()
}

/// The bytes of a read or write of a code: those in the Detail column, requested and transferred.
fn bytes(event: &Event<'_>, code: FileOperation) -> [u64; 3] {
    let Ok(Detail::File(file)) = event.detail() else { return [0; 3] };
    match file.request {
        FileRequest::Read(transfer) | FileRequest::Write(transfer) if event.operation() == Operation::File(code) => {
            let all = if event.status().0 == 0 { transfer.requested } else { 0 };
            let shown = transfer.transferred.unwrap_or(transfer.requested);
            [shown, transfer.requested, transfer.transferred.unwrap_or(all)].map(u64::from)
        }
        _ => [0; 3],
    }
}

/// The tables have the sums that the texts and values of single events give.
fn totals_are_the_sums_of_the_events(name: &str, log: &LogsReader) {
    let all = All::of(log.events(), &Style::new());
    let of_class = |class| log.events().flatten().filter(move |event| event.class() == class);
    let path = |event: &Event<'_>| lower(&event.text(Column::PATH).to_string());
    let time = |event: &Event<'_>| event.duration().map_or(0, |duration| duration.0);

    let expected = sums(of_class(EventClass::FILE_SYSTEM), path, |event| {
        use FileOperation as Op;
        let Operation::File(code) = event.operation() else { panic!("{event:?}") };
        let is = |codes: &[Op]| flag(codes.contains(&code));
        let (read, written) = (bytes(event, Op::READ), bytes(event, Op::WRITE));
        let waits = is(&[Op::DIRECTORY_CONTROL, Op::FILE_SYSTEM_CONTROL]) == 1;
        let kinds = [Op::CREATE, Op::CLEANUP, Op::CLOSE, Op::READ, Op::WRITE, Op::QUERY_SECURITY, Op::SET_SECURITY];
        let mut numbers =
            vec![if waits { 0 } else { time(event) }, 1, is(&[Op::CREATE]), is(&[Op::CLEANUP, Op::CLOSE])];
        numbers.extend([is(&[Op::READ]), is(&[Op::WRITE]), is(&[Op::QUERY_SECURITY]), is(&[Op::SET_SECURITY])]);
        numbers.extend([1 - is(&kinds), flag(event.status().is_error())]);
        numbers.extend(read.into_iter().chain(written));
        numbers
    });
    let table = all.file.by_path();
    let rows = table.rows.iter().map(|row| {
        let c = &row.counts;
        let kinds = [c.opens, c.closes, c.reads, c.writes, c.get_acl, c.set_acl, c.other, c.failed];
        let bytes = [c.read_bytes, c.read_requested, c.read_transferred];
        let written = [c.write_bytes, c.write_requested, c.write_transferred];
        let numbers = [c.time.0, c.events].into_iter().chain(kinds).chain(bytes).chain(written);
        (lower(&row.name), numbers.collect::<Vec<_>>())
    });
    assert_rows(name, rows, &expected);
    let events = of_class(EventClass::FILE_SYSTEM).count() as u64;
    assert_eq!((table.total.events, &table.others), (events, &None), "{name}");
    let extensions = all.file.by_extension();
    assert_eq!(extensions.rows.iter().map(|row| row.counts.events).sum::<u64>(), events, "{name}");
    let folders = all.file.by_folder();
    let roots = folders.rows.iter().filter(|row| row.depth == 0);
    assert_eq!(roots.map(|row| row.counts.events).sum::<u64>(), events, "{name}");
    assert_eq!(folders.total, table.total, "{name}");

    let expected = sums(of_class(EventClass::REGISTRY), path, |event| {
        use RegistryOperation as Op;
        let Operation::Registry(code) = event.operation() else { panic!("{event:?}") };
        let kinds: [&[Op]; 4] = [
            &[Op::OPEN_KEY, Op::CREATE_KEY],
            &[Op::CLOSE_KEY],
            &[Op::QUERY_VALUE, Op::ENUM_VALUE, Op::ENUM_KEY, Op::QUERY_MULTIPLE_VALUE_KEY],
            &[Op::SET_VALUE, Op::SET_INFO_KEY, Op::DELETE_KEY, Op::DELETE_VALUE, Op::RENAME_KEY],
        ];
        let kinds = kinds.map(|codes| flag(codes.contains(&code)));
        let other = 1 - kinds.iter().sum::<u64>();
        [time(event), 1].into_iter().chain(kinds).chain([other, flag(event.status().is_error())]).collect()
    });
    let table = all.registry.table();
    let rows = table.rows.iter().map(|row| {
        let c = &row.counts;
        (lower(&row.name), vec![c.time.0, c.events, c.opens, c.closes, c.reads, c.writes, c.other, c.failed])
    });
    assert_rows(name, rows, &expected);

    let remote = |event: &Event<'_>| lower(event.text(Column::PATH).to_string().split_once(" -> ").map_or("", |x| x.1));
    let expected = sums(of_class(EventClass::NETWORK), remote, |event| {
        use NetworkOperation as Op;
        let Operation::Network(_, code) = event.operation() else { panic!("{event:?}") };
        let length = match event.detail() {
            Ok(Detail::Network(network)) => network.length.into(),
            _ => 0,
        };
        let is = |codes: &[Op]| flag(codes.contains(&code));
        let (sends, receives) = (is(&[Op::SEND]), is(&[Op::RECEIVE]));
        let mut numbers = vec![time(event), 1, is(&[Op::ACCEPT, Op::CONNECT, Op::RECONNECT]), is(&[Op::DISCONNECT])];
        numbers.extend([sends, receives, sends * length, receives * length]);
        numbers.push(is(&[Op::UNKNOWN, Op::OTHER, Op::RETRANSMIT, Op::TCP_COPY]));
        numbers
    });
    let table = all.network.table();
    let rows = table.rows.iter().map(|row| {
        let c = &row.counts;
        let bytes = [c.send_bytes, c.receive_bytes, c.other];
        let kinds = [c.time.0, c.events, c.connects, c.disconnects, c.sends, c.receives];
        (lower(&row.name), kinds.into_iter().chain(bytes).collect())
    });
    assert_rows(name, rows, &expected);

    for column in &all.columns {
        let text = |event: &Event<'_>| lower(&event.text(column.column()).to_string());
        let expected = sums(log.events().flatten(), text, |_| vec![1]);
        let table = column.table();
        let rows = table.rows.iter().map(|row| (lower(&row.name), vec![row.counts.events]));
        assert_rows(&format!("{name}: {}", column.column()), rows, &expected);
        assert_eq!(table.total.events, log.events().flatten().count() as u64);
    }
    references_are_those_of_the_events(name, log, &all.references);
}

/// Compares rows with sums. Rows whose names differ in an unpaired surrogate alone are equal as text.
fn assert_rows(name: &str, rows: impl Iterator<Item = (String, Vec<u64>)>, expected: &BTreeMap<String, Vec<u64>>) {
    let mut ours = BTreeMap::<String, Vec<u64>>::new();
    for (text, numbers) in rows {
        assert!(!ours.contains_key(&text) || text.contains('\u{FFFD}'), "{name}: two rows {text:?}");
        let sum = ours.entry(text).or_insert_with(|| vec![0; numbers.len()]);
        sum.iter_mut().zip(numbers).for_each(|(sum, number)| *sum = sum.wrapping_add(number));
    }
    for (text, numbers) in expected {
        assert_eq!(ours.get(text), Some(numbers), "{name}: {text:?}");
    }
    assert_eq!(ours.len(), expected.len(), "{name}");
}

fn references_are_those_of_the_events(name: &str, log: &LogsReader, references: &CrossReference) {
    type Names = BTreeSet<(String, u32)>;
    let mut expected = BTreeMap::<String, (Names, Names)>::new();
    for event in log.events().flatten() {
        if !matches!(event.class(), EventClass::FILE_SYSTEM | EventClass::REGISTRY) {
            continue;
        }
        let category = event.text(Column::CATEGORY).to_string();
        let process =
            (event.text(Column::PROCESS_NAME).to_string(), event.process().map_or(0, |process| process.pid()));
        let path = lower(&event.text(Column::PATH).to_string());
        if path.contains('\u{FFFD}') {
            continue;
        }
        match category.as_str() {
            "Write" => expected.entry(path).or_default().0.insert(process),
            "Read" => expected.entry(path).or_default().1.insert(process),
            _ => continue,
        };
    }
    expected.retain(|_, (writers, readers)| !writers.is_empty() && writers.union(readers).count() > 1);
    let rows = references.table().rows;
    let names = |list: &[procmon_parser::analysis::Participant<'_>]| {
        list.iter().map(|process| (process.name.to_string(), process.pid)).collect::<Names>()
    };
    let rows = rows.iter().filter(|row| !row.path.contains('\u{FFFD}'));
    let ours: BTreeMap<_, _> = rows.map(|row| (lower(&row.path), (names(&row.writers), names(&row.readers)))).collect();
    assert_eq!(ours, expected, "{name}");
}

fn parts_give_the_tables_of_the_log(name: &str, log: &LogsReader) {
    for style in [Style::new(), Style::new().compat(Compat::Procmon3_94)] {
        let whole = All::of(log.events(), &style).output();
        for parts in [2, 8] {
            let size = log.len().div_ceil(parts).max(1);
            let mut merged = All::new(&style);
            for start in (0..log.len()).step_by(size) {
                merged.merge(All::of(log.events_in(start..(start + size).min(log.len())), &style));
            }
            assert!(merged.output() == whole, "{name}: {parts} parts");
        }
    }
}

fn streams_and_threads_give_the_tables_of_the_log(name: &str, files: &[Vec<u8>]) {
    let log = LogsReader::from_segments(files.iter().map(Vec::as_slice)).unwrap();
    let stream = LogsStream::from_segments(files.iter().map(|file| Cursor::new(file.as_slice()))).unwrap();
    let style = Style::new();
    let whole = All::of(log.events(), &style).output();
    let unreadable = log.event_count() - log.events().flatten().count();
    for threads in [1, 3] {
        let threads = NonZero::new(threads).unwrap();
        let new = || All::new(&style);
        let (ours, errors) = analyse(&log, threads, |_| true, new).unwrap();
        assert!(ours.output() == whole && errors.events == unreadable as u64, "{name}");
        let (ours, errors) = analyse(&stream, threads, |_| true, new).unwrap();
        assert!(ours.output() == whole && errors.events == unreadable as u64, "{name}");
    }
}

fn adding_known_texts_does_not_allocate(name: &str, log: &LogsReader) {
    // The texts of these columns are made for each event, and those of others for each new code.
    let mut all = All::new(&Style::new());
    let file = |event: &Event<'_>| event.index().clone();
    let events: Vec<_> = log.events().flatten().collect();
    events.iter().for_each(|event| all.add(event));
    let one_file = events.iter().all(|event| file(event) == file(&events[0]));
    let ((), counts) = count(|| events.iter().for_each(|event| all.add(event)));
    assert!(counts.allocations == 0 || !one_file, "{name}: {} allocations", counts.allocations);
}

/// Crafted logs that Procmon reads in an unusual way.
fn crafted_logs_have_tables(data: &Path) {
    let mut logs = 0;
    for folder in ["conformance/attack", "conformance/tools"] {
        for entry in fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_str().unwrap().ends_with(".pml.gz") {
                continue;
            }
            let Ok(log) = LogsReader::new(unzip(&path)) else { continue };
            parts_give_the_tables_of_the_log(path.to_str().unwrap(), &log);
            totals_are_the_sums_of_the_events(path.to_str().unwrap(), &log);
            logs += 1;
        }
    }
    assert!(logs > 10, "{logs}");
}

/// Returns a QuerySecurityFile of a path.
fn file_event(path: &str) -> synth::Event {
    let mut detail = vec![0; 0x44];
    let units: Vec<u8> = path.encode_utf16().flat_map(u16::to_le_bytes).collect();
    detail[0x40..0x42].copy_from_slice(&(path.encode_utf16().count() as u16).to_le_bytes());
    detail.extend(units);
    synth::Event { process_index: 1, ..synth::Event::new(3, 40, detail, None) }
}

fn log_of<'p>(paths: impl IntoIterator<Item = &'p str>) -> LogsReader {
    let events = paths.into_iter().map(file_event).collect();
    let processes = vec![synth::Process { index: 1, pid: 4, ..synth::Process::default() }];
    LogsReader::new(synth::Log { processes, events, ..synth::Log::new(true) }.bytes()).unwrap()
}

fn summary_of(log: &LogsReader, limits: Limits) -> FileSummary {
    feed(log.events().map(Result::unwrap), FileSummary::with_limits(Style::new(), limits))
}

fn each_folder_has_one_row() {
    let paths = [
        r"C:\Program Files\a.TXT",
        r"C:\Program Files (x86)\b.txt",
        r"C:\",
        r"c:\program files\c",
        r"C:\PROGRAM FILES",
        r"\\server\share\d.dll",
        r"C:",
    ];
    let log = log_of(paths);
    let summary = summary_of(&log, Limits::default());
    let folders = summary.by_folder();
    let rows: Vec<_> = folders.rows.iter().map(|row| (&*row.name, row.depth, row.counts.events)).collect();
    let expected = [
        (r"\\server", 0, 1),
        (r"\\server\share", 1, 1),
        (r"\\server\share\d.dll", 2, 1),
        ("C:", 0, 6),
        (r"C:\PROGRAM FILES", 1, 3),
        (r"C:\Program Files\a.TXT", 2, 1),
        (r"c:\program files\c", 2, 1),
        (r"C:\Program Files (x86)", 1, 1),
        (r"C:\Program Files (x86)\b.txt", 2, 1),
    ];
    assert_eq!(rows, expected);
    let extensions = summary.by_extension();
    let rows: Vec<_> = extensions.rows.iter().map(|row| (&*row.name, row.counts.events)).collect();
    assert_eq!(rows, [("<none>", 4), ("dll", 1), ("TXT", 2)]);
}

/// The rows are those of Procmon 3.94.
fn procmon_compares_a_folder_with_the_path_before() {
    let paths = [
        r"C:\WA\x\1",
        r"C:\Wa",
        r"C:\Wa\x\2",
        r"C:\wA",
        r"C:\wA\z",
        r"C:\wA\x\3",
        r"C:\wa",
        r"C:\wa\x",
        r"C:\wa\x\3\4",
        r"C:\wa\x\3\4\",
        r"\\srv\s",
        r"\\SRV\s\t",
        r"\\srv\S",
        "",
        r"\",
        r"\a",
        "a",
        r"C:\wa\\b",
        r"C:\f.",
        r"C:\.g",
        r"C:\f.b\h",
    ];
    let log = log_of(paths.iter().enumerate().flat_map(|(n, &path)| std::iter::repeat_n(path, 1 + n % 3)));
    let summary = summary_of(&log, Limits::default());
    let table = summary.procmon_rows(FileView::ByFolder);
    let rows: Vec<_> = table.rows.iter().map(|row| (&*row.name, row.counts.get_acl)).collect();
    let expected = [
        ("", 2),
        ("C:", 25),
        (r"C:\.g", 2),
        (r"C:\WA", 4),
        (r"C:\WA\x", 4),
        (r"C:\WA\x\1", 1),
        (r"C:\Wa\x\2", 3),
        (r"C:\f.", 1),
        (r"C:\f.b", 3),
        (r"C:\f.b\h", 3),
        (r"C:\wA", 15),
        (r"C:\wA\x", 3),
        (r"C:\wA\x\3", 3),
        (r"C:\wA\z", 2),
        (r"C:\wa\", 3),
        (r"C:\wa\\b", 3),
        (r"C:\wa\x", 6),
        (r"C:\wa\x\3", 4),
        (r"C:\wa\x\3\4", 4),
        (r"C:\wa\x\3\4\", 1),
        (r"\", 3),
        (r"\\SRV", 3),
        (r"\\SRV\s", 3),
        (r"\\SRV\s\t", 3),
        (r"\a", 1),
        ("a", 2),
    ];
    assert_eq!(rows, expected);
}

fn limits(keys: usize, key_bytes: usize) -> Limits {
    let mut limits = Limits::default();
    (limits.keys, limits.key_bytes) = (keys, key_bytes);
    limits
}

fn paths_beyond_the_limits_are_counted_together() {
    let paths: Vec<String> = (0..1000).map(|n| format!(r"C:\{}", n * 7919 % 997)).collect();
    let log = log_of(paths.iter().map(String::as_str));
    for limits in [limits(100, 1 << 20), limits(1 << 20, 500)] {
        let whole = summary_of(&log, limits);
        let table = whole.by_path();
        assert_eq!(table.total.events, 1000);
        let others = table.others.unwrap().events;
        assert_eq!(table.rows.iter().map(|row| row.counts.events).sum::<u64>() + others, 1000);
        assert!((90..=101).contains(&table.rows.len()), "{}", table.rows.len());
        assert!(table.rows.iter().any(|row| row.name == r"C:\0"));
        let part = |events: std::ops::Range<usize>| {
            feed(log.events_in(events).map(Result::unwrap), FileSummary::with_limits(Style::new(), limits))
        };
        let mut merged = part(0..300);
        merged.merge(part(300..1000));
        assert_eq!(merged.by_path(), table);
        assert_eq!(merged.by_folder(), whole.by_folder());
    }
}

/// Returns the peak of the memory of a summary, relative to its start.
fn peak(log: &LogsReader, limits: Limits) -> i64 {
    let (_, counts) = count(|| summary_of(log, limits));
    counts.peak
}

fn memory_does_not_grow_beyond_the_limits() {
    let paths: Vec<String> = (0..20_000).map(|n| format!(r"C:\{n:0100}")).collect();
    let few = log_of(paths.iter().take(5_000).map(String::as_str));
    let many = log_of(paths.iter().map(String::as_str));
    for limits in [limits(1000, 1 << 30), limits(1 << 20, 100_000)] {
        let (few, many) = (peak(&few, limits), peak(&many, limits));
        assert!(many <= few * 5 / 4, "{few} bytes for few, {many} bytes for many");
    }
}

fn deep_paths_have_a_limited_number_of_rows() {
    let deep = format!("C:{}", r"\a".repeat(1000));
    let deeper = format!("D:{}", r"\a".repeat(3000));
    let log = log_of([deep.as_str(), deeper.as_str(), r"C:\b"]);
    let summary = summary_of(&log, limits(1000, 1 << 20));
    let table = summary.by_folder();
    assert_eq!((table.rows.len(), table.total.events, table.others.unwrap().events), (1002, 3, 1));
}

fn rows_are_sorted_and_cut() {
    let log = log_of([r"C:\a", r"C:\b", r"C:\b", r"C:\c", r"C:\c", r"C:\c"]);
    let summary = summary_of(&log, Limits::default());
    let mut table = summary.by_path();
    table.sort_by(TableColumn::Events);
    let left_out = table.truncate(1);
    assert_eq!((&*table.rows[0].name, left_out.rows, left_out.counts.events), (r"C:\c", 2, 3));
    for column in TableColumn::ALL {
        assert_eq!(column.title().to_lowercase().parse::<TableColumn>().unwrap(), *column);
    }
}
