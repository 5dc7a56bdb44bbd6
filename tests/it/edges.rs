//! Values at the limits of validity: one byte more or less, the second of two equal entries, one half of a pair.

use std::io::{self, Cursor};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::analysis::{Analysis as _, Occurrences, ProcessTree, StackOrder, StackSummary, StackWeight};
use procmon_parser::code::{Action, Relation};
use procmon_parser::detail::{FileDetail, FileRequest, Target};
use procmon_parser::export::{self, Pipeline, csv::Csv, xml::Xml};
use procmon_parser::summary::Summary;
use procmon_parser::{
    Column, Compat, Detail, FileTime, Filter, LogsReader, LogsStream, OpenOptions, ReadAt, Rule, SectionState, Style,
    WarningKind, write,
};

fn open(log: &Log) -> LogsReader {
    LogsReader::new(log.bytes()).unwrap()
}

fn salvage(bytes: &[u8]) -> LogsReader<&[u8]> {
    OpenOptions::new().salvage(true).open_bytes(bytes).unwrap()
}

fn open_key(path: &str) -> synth::Event {
    synth::Event { time: synth::SAMPLE_START, ..synth::registry::open_key(synth::Text::wide(path), 1, Some(1)) }
}

/// Returns the number at an offset of a log.
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn a_detail_ends_at_the_end_of_the_events_at_the_latest() {
    let mut log = synth::sample(true);
    log.events = vec![synth::Event { extra: None, ..open_key(r"\REGISTRY\A") }];
    let bytes = log.bytes();
    let end = synth::section(&bytes, synth::header::EVENT_OFFSETS);
    let size_field = 0x3A8 + 0x2C;
    let detail = 0x3A8 + 0x34;
    for (size, is_valid) in [(end - detail, true), (end - detail + 1, false), (end - detail + 2, false)] {
        let mut bytes = bytes.clone();
        bytes[size_field..size_field + 4].copy_from_slice(&(size as u32).to_le_bytes());
        bytes[size_field + 4..size_field + 8].fill(0);
        let log = LogsReader::new(&bytes[..]).unwrap();
        assert_eq!(log.event(0).is_ok(), is_valid, "{size}");
        let stream = LogsStream::new(&bytes[..]).unwrap();
        let mut window = procmon_parser::Window::default();
        stream.read(0, &mut window).unwrap();
        assert_eq!(window.events(&stream).next().unwrap().is_ok(), is_valid, "{size}");
    }
}

#[test]
fn the_process_table_is_not_before_the_offset_array() {
    let bytes = synth::sample(true).bytes();
    let array = synth::section(&bytes, synth::header::EVENT_OFFSETS);
    let mut moved = bytes.clone();
    moved[0x250..0x258].copy_from_slice(&(array as u64 - 1).to_le_bytes());
    let error = LogsReader::new(&moved[..]).unwrap_err();
    assert_eq!(error.place().map(|place| (place.offset, place.field)), Some((0x250, "header.processes_offset")));
}

#[test]
fn salvaged_processes_that_share_their_modules_take_little_memory() {
    const COUNT: u32 = 1000;
    const MODULES: u32 = 1000;
    let mut bytes = Log { events: Vec::new(), ..synth::sample(true) }.bytes();
    let start = synth::section(&bytes, synth::header::PROCESSES);
    bytes.truncate(start);
    // All entries have the key 0, which is also the key in the record that they share.
    let entries = (0..COUNT).map(|_| 0).chain((0..COUNT).map(|_| 4 + 8 * COUNT));
    bytes.extend([COUNT].into_iter().chain(entries).flat_map(u32::to_le_bytes));
    let record = bytes.len();
    bytes.resize(record + 0x6C + 64 * MODULES as usize, 0);
    bytes[record + 0x68..record + 0x6C].copy_from_slice(&MODULES.to_le_bytes());
    // The strings table is past the end of the file, so the log has to be salvaged.
    let after = bytes.len() as u64 + 100;
    for field in [synth::header::STRINGS, synth::header::ICONS, synth::header::HOSTS] {
        bytes[field..field + 8].copy_from_slice(&after.to_le_bytes());
    }
    let (log, counts) = count(|| salvage(&bytes));
    assert!(log.salvaged().next().is_some() && log.index().processes().len() > 0);
    assert!(counts.peak as usize <= 0x4_0000 + 48 * bytes.len(), "{} bytes of {}", counts.peak, bytes.len());
}

#[test]
fn texts_of_processes_are_kept_up_to_a_limit() {
    const COUNT: u32 = 400;
    let mut log = Log::new(true);
    let command_line = "c".repeat(60_000);
    log.processes = (1..=COUNT)
        .map(|index| synth::Process { index, pid: index, command_line: command_line.clone(), ..Default::default() })
        .collect();
    log.events = (1..=COUNT).map(|index| synth::Event { process_index: index, ..open_key("A") }).collect();
    let log = open(&log);
    let (_, counts) = count(|| export::write(io::sink(), log.events(), Csv::new(Column::ALL, Style::new())).unwrap());
    assert!(counts.peak < 16 << 20, "{} bytes", counts.peak);
}

#[test]
fn salvaging_passes_over_the_byte_after_an_extra_block_of_the_maximum_size() {
    let listing = synth::file::query_directory(true, r"C:\", 12, "*", Some(vec![0; 65_536]));
    let mut log = synth::sample(true);
    let key = log.processes[1].index;
    let timed = |event| synth::Event { process_index: key, time: synth::SAMPLE_START, ..event };
    log.events = [open_key("A"), listing, open_key("B"), open_key("C")].map(timed).to_vec();
    let bytes = synth::unclosed(log.bytes());
    let whole = salvage(&bytes);
    assert_eq!(whole.len(), 4);
    assert_eq!(whole.salvaged().next().unwrap().skipped_bytes, 0);
    // A search that begins before the event with the long block finds it.
    let mut damaged = bytes.clone();
    damaged[0x3A8..0x3A8 + 0x34].fill(0xFF);
    let part = salvage(&damaged);
    let places = |log: &LogsReader<&[u8]>| log.events().map(|event| event.unwrap().offset()).collect::<Vec<_>>();
    assert_eq!(places(&part), places(&whole)[1..]);
}

/// Returns an unclosed log with this event, then three others.
fn unclosed_with(first: synth::Event) -> Vec<u8> {
    let mut log = synth::sample(true);
    let key = log.processes[1].index;
    let timed = |event| synth::Event { process_index: key, time: synth::SAMPLE_START, ..event };
    log.events = [first, open_key("A"), open_key("B"), open_key("C")].map(timed).to_vec();
    synth::unclosed(log.bytes())
}

#[test]
fn salvaging_searches_from_the_byte_after_a_wrong_offset() {
    const START: usize = 0x3A8;
    let bytes = unclosed_with(open_key("first"));
    for stray in 1..=4 {
        let mut damaged = bytes.clone();
        damaged.splice(START..START, vec![0xFF; stray]);
        let log = salvage(&damaged);
        assert_eq!(log.len(), 4, "{stray}");
        assert_eq!(log.salvaged().next().unwrap().skipped[0], START as u64..(START + stray) as u64);
    }
}

#[test]
fn salvaging_searches_from_the_end_of_the_prefix_of_a_record_that_is_too_long() {
    const START: usize = 0x3A8;
    const PREFIX: usize = 0x34;
    // The first record is only a prefix. With its changed size, it covers the second record and a part of the third.
    let mut bytes = unclosed_with(synth::Event { detail: Vec::new(), stack: Vec::new(), extra: None, ..open_key("") });
    let intact = salvage(&bytes);
    let second = intact.event(1).unwrap();
    assert_eq!(second.offset(), (START + PREFIX) as u64);
    let too_long = second.bytes().len() as u32 + 7;
    bytes[START + 0x2C..START + 0x30].copy_from_slice(&too_long.to_le_bytes());
    let log = salvage(&bytes);
    assert_eq!(log.len(), 3);
    assert_eq!(log.salvaged().next().unwrap().skipped[0], START as u64..(START + PREFIX) as u64);
}

#[test]
fn salvaging_does_not_search_for_a_table_after_a_damaged_one() {
    let mut log = synth::sample(true);
    let module = synth::Module { base: 0x1_0000, size: 0x1000, ..synth::Module::default() };
    log.processes.last_mut().unwrap().modules = vec![module];
    let mut bytes = log.bytes();
    let table = synth::section(&bytes, synth::header::PROCESSES);
    let count = number(&bytes, table) as usize;
    let record = table + number(&bytes, table + 8 * count) as usize;
    // The last process has different keys in the table and in its record, so its modules are not read. They look like a
    // strings table.
    bytes[table + 4 * count..table + 4 * count + 4].fill(0xEE);
    for (place, number) in [1, 8, 0_u32].into_iter().enumerate() {
        let at = record + 0x6C + 4 * place;
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    let outside = bytes.len() as u64 + 100;
    bytes[synth::header::STRINGS..synth::header::STRINGS + 8].copy_from_slice(&outside.to_le_bytes());
    let log = salvage(&bytes);
    let report = log.salvaged().next().unwrap();
    assert_eq!(report.processes, SectionState::Partial { lost: 1 });
    assert_eq!(report.strings, SectionState::Rebuilt);
}

#[test]
fn salvaging_takes_lost_strings_of_a_process_from_the_event_that_created_it() {
    let log = synth::sample(true);
    let process = log.processes[3].clone();
    let create = synth::process::create(
        &process,
        &synth::process::sid(5, &[21, 1, 2, 3, 1001]),
        &synth::process::sid(16, &[8192]),
    );
    let create = synth::Event { process_index: log.processes[2].index, time: synth::SAMPLE_START, ..create };
    let of_process = synth::Event { process_index: process.index, ..open_key(r"\REGISTRY\A") };
    let mut bytes = Log { events: vec![create, of_process], ..log }.bytes();
    let [strings, icons] = [synth::header::STRINGS, synth::header::ICONS].map(|field| synth::section(&bytes, field));
    bytes[strings..icons].fill(0xFF);
    let salvaged = salvage(&bytes);
    let event = salvaged.event(1).unwrap();
    let found = event.process().unwrap();
    assert_eq!((found.pid(), found.name()), (process.pid, process.name.as_str()));
    assert_eq!(
        (found.image_path(), found.command_line()),
        (process.image_path.as_str(), process.command_line.as_str())
    );
    assert_eq!((found.user(), found.integrity()), ("S-1-5-21-1-2-3-1001", "Medium"));
}

fn one_process_log(processes: &[synth::Process]) -> LogsReader {
    let mut log = Log::new(true);
    let system = synth::Process { index: 1, pid: 4, image_path: "System".into(), ..Default::default() };
    log.events =
        processes.iter().map(|process| synth::Event { process_index: process.index, ..open_key("A") }).collect();
    log.processes = [system].into_iter().chain(processes.iter().cloned()).collect();
    open(&log)
}

fn merged(logs: &[LogsReader]) -> LogsReader {
    let mut out = Cursor::new(Vec::new());
    write::merge(&mut out, logs, |_| true).unwrap();
    LogsReader::new(out.into_inner()).unwrap()
}

#[test]
fn a_process_of_two_logs_has_the_later_end_time() {
    let process =
        |exit_time| synth::Process { index: 2, pid: 8, name: "a.exe".into(), exit_time, ..Default::default() };
    let logs = |times: [u64; 2]| times.map(|time| one_process_log(&[process(time)]));
    for times in [[0, 500], [500, 0], [400, 500], [500, 400]] {
        let log = merged(&logs(times));
        let found: Vec<_> = log.index().processes().filter(|process| process.pid() == 8).collect();
        assert_eq!(found.len(), 1, "{times:?}");
        assert_eq!(found[0].end_time(), Some(FileTime(500)), "{times:?}");
    }
}

#[test]
fn processes_of_one_log_that_are_alike_stay_separate() {
    let process = |index| synth::Process { index, pid: 8, name: "a.exe".into(), ..Default::default() };
    let log = one_process_log(&[process(2), process(3)]);
    let copy = merged(&[log]);
    assert_eq!(copy.index().processes().filter(|process| process.pid() == 8).count(), 2);
    let keys: Vec<_> = copy.events().map(|event| event.unwrap().process_key()).collect();
    assert!(keys.len() == 2 && keys[0] != keys[1]);
    // A second log has the same two processes, so merging the logs adds none.
    let both = merged(&[one_process_log(&[process(2), process(3)]), one_process_log(&[process(2), process(3)])]);
    assert_eq!(both.index().processes().filter(|process| process.pid() == 8).count(), 2);
    assert_eq!(both.len(), 4);
}

#[test]
fn rules_compare_characters_and_not_the_halves_of_two() {
    // At an odd offset, the bytes are those of "ab" in UTF-16.
    let log = Log { events: vec![open_key("\u{6100}\u{6200}\u{6300}")], ..synth::sample(true) };
    let log = open(&log);
    let event = log.event(0).unwrap();
    let shows = |relation, value: &str| {
        let rule = Rule::new(Column::PATH, relation, value, Action::INCLUDE);
        Filter::from([rule]).compile(log.indexes()).matches(event)
    };
    for relation in [Relation::CONTAINS, Relation::BEGINS_WITH, Relation::ENDS_WITH, Relation::IS] {
        assert!(!shows(relation, "ab") && !shows(relation, "b") && !shows(relation, "a\0b"), "{relation}");
    }
    assert!(shows(Relation::CONTAINS, "\u{6200}") && shows(Relation::ENDS_WITH, "\u{6200}\u{6300}"));
    // Many values are searched for in one pass.
    let rules =
        (0..100).map(|number| Rule::new(Column::PATH, Relation::CONTAINS, &format!("ab{number}"), Action::INCLUDE));
    let rules = rules.chain([Rule::new(Column::PATH, Relation::CONTAINS, "ab", Action::INCLUDE)]);
    assert!(!rules.collect::<Filter>().compile(log.indexes()).matches(event));
}

#[test]
fn a_rule_with_an_unknown_action_hides_all_events() {
    let log = open(&synth::sample(true));
    let rule = |action| Rule::new(Column::OPERATION, Relation::IS_NOT, "Nothing", action);
    let shown = |rules: Vec<Rule>| {
        let matcher = rules.into_iter().collect::<Filter>().compile(log.indexes());
        log.events().flatten().filter(|event| matcher.matches(*event)).count()
    };
    let include = || rule(Action::INCLUDE);
    let all = shown(vec![include()]);
    assert!(all > 0);
    let unknown = Action(7);
    for rules in [vec![rule(unknown)], vec![include(), rule(unknown)], vec![include(), rule(unknown), include()]] {
        assert_eq!(shown(rules), 0);
    }
}

#[test]
fn half_of_a_pair_at_the_end_of_a_cut_cell_is_replaced() {
    let texts: Vec<String> = (4070..4110).map(|len| format!("{}🦀{}", "x".repeat(len), "y".repeat(100))).collect();
    let events = texts.iter().map(|text| synth::profiling::debug_output(synth::Text::wide(text)));
    let log = open(&Log { events: events.collect(), ..synth::sample(true) });
    let style = Style::new().compat(Compat::Procmon3_94);
    let cells: Vec<String> =
        log.events().map(|event| event.unwrap().text_in(Column::DETAIL, &style).to_string()).collect();
    let cut = |cell: &&String| cell.ends_with('\u{FFFD}');
    assert_eq!(cells.iter().filter(cut).count(), 1);
    let longest = cells.iter().map(|cell| cell.encode_utf16().count()).max().unwrap();
    assert_eq!(cells.iter().find(cut).map(|cell| cell.encode_utf16().count()), Some(longest));
    // Shorter texts have the whole pair in their cell, longer ones only the text before the pair.
    let at = cells.iter().position(|cell| cell.ends_with('\u{FFFD}')).unwrap();
    assert!(cells[..at].iter().all(|cell| cell.contains('🦀')) && cells[at..].iter().all(|cell| !cell.contains('🦀')));
}

#[test]
fn a_list_ends_before_an_entry_that_is_cut_before_the_size_of_its_name() {
    let class = synth::file::FILE_NAMES_INFORMATION;
    let block = synth::file::directory_entries(class, &["first", "second"]);
    let second = number(&block, 0) as usize;
    for len in second + 4..block.len() {
        let event = synth::file::query_directory(true, r"C:\", class, "*", Some(block[..len].to_vec()));
        let log = open(&Log { events: vec![event], ..synth::sample(true) });
        let event = log.event(0).unwrap();
        let Ok(Detail::File(FileDetail { request: FileRequest::QueryDirectory(query), .. })) = event.detail() else {
            panic!("{len}");
        };
        let names: Vec<String> = query.entries.unwrap().into_iter().map(|entry| entry.name().to_string()).collect();
        assert_eq!(names[0], "first", "{len}");
        // If the block ends within the name, the name is shorter. If it ends before or within the size of the name, the
        // list ends before that entry.
        let cut = (second + 12 <= len).then(|| "second".chars().take((len - second - 12) / 2).collect::<String>());
        assert_eq!(names.get(1), cut.as_ref(), "{len}");
        assert!(names.len() <= 2, "{len}");
    }
}

/// Bytes that cannot be read from an offset on, with the number of failed reads.
struct Failing(Vec<u8>, u64, AtomicU64);

impl ReadAt for Failing {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let is_table = offset >= synth::section(&self.0, synth::header::EVENT_OFFSETS) as u64;
        if !is_table && offset + buffer.len() as u64 > self.1 {
            self.2.fetch_add(1, Ordering::Relaxed);
            return Err(io::Error::other("the disk is broken"));
        }
        self.0.read_at(offset, buffer)
    }
}

#[test]
fn an_export_ends_at_the_first_read_error() {
    let bytes = synth::large(20_000);
    let bad = synth::section(&bytes, synth::header::EVENT_OFFSETS) as u64 / 4;
    for threads in [1, 2, 4] {
        let log = LogsStream::new(Failing(bytes.clone(), bad, AtomicU64::new(0))).unwrap();
        let threads = NonZero::new(threads).unwrap();
        let pipeline = Pipeline::new().threads(threads).chunk(NonZero::new(100).unwrap());
        let error = pipeline.run(io::sink(), &log, Csv::new(&[Column::PATH], Style::new())).unwrap_err();
        assert!(error.to_string().contains("the disk is broken"), "{error}");
        let failures: u64 = log.into_readers().map(|reader| reader.2.load(Ordering::Relaxed)).sum();
        assert!((1..=threads.get() as u64).contains(&failures), "{failures} failed reads by {threads} threads");
    }
}

#[test]
fn nothing_is_empty_that_has_elements() {
    for count in [0, 1, 5] {
        let mut log = synth::sample(true);
        log.events.truncate(count);
        let (reader, stream) = (open(&log), LogsStream::new(log.bytes()).unwrap());
        assert_eq!((reader.len(), reader.is_empty()), (count, count == 0));
        assert_eq!((stream.len(), stream.is_empty()), (count, count == 0));
    }
    for depth in [0, 1, 3] {
        let event = synth::Event { stack: vec![0x1000; depth], ..open_key("A") };
        let log = open(&Log { events: vec![event], ..Log::new(true) });
        let stack = log.event(0).unwrap().stack();
        assert_eq!((stack.len(), stack.is_empty()), (depth, depth == 0));
    }
}

#[test]
fn a_module_equals_only_itself() {
    let module = synth::Module { base: 0x1000, size: 0x1000, path: "a.dll".into(), ..Default::default() };
    let process = synth::Process { index: 2, pid: 8, modules: vec![module.clone(), module], ..Default::default() };
    let log = one_process_log(&[process]);
    let process = log.index().processes().find(|process| process.pid() == 8).unwrap();
    let modules = || process.modules().enumerate();
    for (n, one) in modules() {
        assert!(modules().all(|(m, other)| (one == other) == (n == m)), "{n}");
    }
}

#[test]
fn an_icon_file_states_the_size_and_the_depth_of_its_bitmap() {
    let log = open(&Log { icons: vec![synth::icon(16), synth::icon(32)], ..Log::new(true) });
    let files: Vec<_> = log.index().icons().filter_map(|icon| icon.to_ico()).collect();
    // Width, height, and bits per pixel of the first entry. The bitmap is as high as image and mask.
    let heads: Vec<_> = files.iter().map(|file| (file[6], file[7], file[12])).collect();
    assert_eq!(heads, [(16, 16, 4), (32, 32, 4)]);
}

#[test]
fn equal_icons_of_a_log_stay_separate_and_those_of_two_logs_are_merged() {
    let process = |index, icon| synth::Process { index, pid: index, small_icon: icon, ..Default::default() };
    let mut log = Log { icons: vec![synth::icon(16), synth::icon(16)], ..Log::new(true) };
    log.processes = vec![process(2, 1), process(3, 2)];
    log.events = [2, 3].map(|index| synth::Event { process_index: index, ..open_key("A") }).to_vec();
    let icons = |log: &LogsReader| log.index().icons().count();
    assert_eq!(icons(&open(&log)), 3);
    assert_eq!(icons(&merged(&[open(&log)])), 3);
    assert_eq!(icons(&merged(&[open(&log), open(&log)])), 3);
}

#[test]
fn a_string_that_is_not_valid_has_a_warning_at_its_entry() {
    const MARK: [u8; 4] = [0x23, 0xE1, 0x21, 0];
    let process = synth::Process { index: 2, pid: 8, company: "\u{E123}!".into(), ..Default::default() };
    let mut bytes = Log { processes: vec![process], ..Log::new(true) }.bytes();
    let at = bytes.windows(4).position(|window| window == MARK).unwrap();
    bytes[at + 1] = 0xD8;
    let log = LogsReader::new(bytes).unwrap();
    let index = log.index();
    let warnings: Vec<_> = index.warnings().iter().map(|warning| (warning.kind, warning.place.offset)).collect();
    // The size of the string is before its text.
    assert_eq!(warnings, [(WarningKind::InvalidUtf16, at as u64 - 4)]);
    let strings: Vec<_> = (0..).map_while(|number| index.string(number)).collect();
    assert_eq!(strings.iter().filter(|string| !string.is_valid()).count(), 1);
    assert!(strings.len() > 1 && strings.iter().all(|string| string.is_valid() != string.text().contains('\u{FFFD}')));
}

#[test]
fn xml_without_limits_shows_a_nul_within_a_name() {
    let process = synth::Process { index: 2, pid: 8, name: "a\0b.exe".into(), ..Default::default() };
    let log = one_process_log(&[process]);
    let text = |style: Style| {
        let mut out = Vec::new();
        export::write(&mut out, log.events(), Xml::new([log.index()], Column::ALL, style)).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(text(Style::new()).contains("<ProcessName>a\u{2400}b.exe</ProcessName>"));
    assert!(!text(Style::new().compat(Compat::Procmon3_94)).contains('\u{2400}'));
}

/// Procmon splits surrogate pairs at the borders of its buffers, which the complete text does not.
#[test]
fn csv_without_limits_splits_no_pairs() {
    let path = "\u{1F600}".repeat(200);
    let event = synth::registry::open_key(synth::Text::wide(&path), 1, Some(1));
    let log = open(&Log { events: vec![event; 100], ..Log::new(true) });
    let text = |style: Style| {
        let mut out = Vec::new();
        export::write(&mut out, log.events(), Csv::new(&[Column::SEQUENCE, Column::PATH], style)).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(text(Style::new()).matches(&path).count(), 100);
    assert!(text(Style::new().compat(Compat::Procmon3_94)).contains('\u{FFFD}'));
}

#[test]
fn names_of_services_precede_numbers_of_ports() {
    let [here, there] = [([10, 0, 0, 1], 50_000), ([10, 0, 0, 9], 443)].map(std::net::SocketAddr::from);
    let log = |service: &str| {
        let mut log = Log { ports: vec![synth::Port::new(443, true, service)], ..Log::new(true) };
        log.processes = vec![synth::Process { index: 2, pid: 8, name: "a.exe".into(), ..Default::default() }];
        let event = synth::network::tcp(4, here, there, 10, &[]);
        log.events = vec![synth::Event { process_index: 2, ..event }];
        open(&log)
    };
    for [first, second] in [["https", "443"], ["443", "https"], ["https", ""]] {
        let logs = [log(first), log(second)];
        let mut summary = Summary::with_indexes(logs.iter().map(LogsReader::index));
        logs.iter().for_each(|log| summary.extend(log.events()));
        let processes = summary.processes();
        let services: Vec<_> =
            processes.iter().flat_map(|process| process.endpoints()).map(|endpoint| endpoint.service).collect();
        assert_eq!(services, ["https"], "{first}, {second}");
    }
}

#[test]
fn a_stack_changes_its_modules_when_another_one_is_loaded() {
    let module = |path: &str, load_time| synth::Module {
        base: 0x1_0000,
        size: 0x1000,
        path: path.into(),
        load_time,
        ..Default::default()
    };
    let modules = vec![module("old.dll", 0), module("new.dll", 500)];
    let process = synth::Process { index: 2, pid: 8, name: "a.exe".into(), modules, ..Default::default() };
    let mut log = Log { processes: vec![process], ..Log::new(true) };
    let event = |time| synth::Event { process_index: 2, time, stack: vec![0x1_0010], ..open_key("A") };
    log.events = [100, 200, 600, 700].map(event).to_vec();
    let log = open(&log);
    let mut stacks = StackSummary::new();
    log.events().flatten().for_each(|event| stacks.add(&event));
    let mut folded = Vec::new();
    stacks.tree(StackOrder::Count).write_folded(&mut folded, StackWeight::Count).unwrap();
    let folded = String::from_utf8(folded).unwrap();
    for module in ["old.dll", "new.dll"] {
        assert!(folded.lines().any(|line| line.contains(module) && line.ends_with(" 2")), "{folded}");
    }
}

#[test]
fn processes_of_two_logs_with_the_same_key_are_counted_by_their_names() {
    let log =
        |name: &str| one_process_log(&[synth::Process { index: 2, pid: 8, name: name.into(), ..Default::default() }]);
    let logs = [log("a.exe"), log("b.exe")];
    let mut names = Occurrences::new(Column::PROCESS_NAME, Style::new());
    logs.iter().flat_map(|log| log.events().flatten()).for_each(|event| names.add(&event));
    let mut rows: Vec<_> = names.table().rows.iter().map(|row| row.name.to_string()).collect();
    rows.sort();
    assert_eq!(rows, ["a.exe", "b.exe"]);
}

#[test]
fn processes_that_share_a_pid_are_marked() {
    let process = |index, pid| synth::Process { index, pid, name: "a.exe".into(), ..Default::default() };
    let log = one_process_log(&[process(2, 8), process(3, 8), process(4, 12)]);
    let tree = ProcessTree::new([log.index()]);
    let mut rows: Vec<_> = tree.rows().iter().map(|row| (row.process.pid(), row.shares_pid)).collect();
    rows.sort_unstable();
    assert_eq!(rows, [(4, false), (8, true), (8, true), (12, false)]);
}

#[test]
fn the_target_of_an_event_of_a_thread_is_the_thread() {
    for event in [synth::process::thread_exit(0, 1, 1), synth::process::thread_profile()] {
        let log = open(&Log { events: vec![synth::Event { thread_id: 77, ..event }], ..Log::new(true) });
        assert!(matches!(log.event(0).unwrap().target(), Some(Target::Thread { id: 77, .. })));
    }
}

#[test]
fn a_summary_of_events_has_all_of_them() {
    let log = open(&synth::sample(true));
    let of_events: Summary = log.events().flatten().collect();
    let of_results: Summary = log.events().collect();
    assert_eq!((of_events.events(), of_events.processes().len()), (log.len() as u64, of_results.processes().len()));
}

/// Returns the end of the events of an unclosed log, and the log up to there.
fn unclosed_events(events: Vec<synth::Event>) -> Vec<u8> {
    let mut log = synth::sample(true);
    let key = log.processes[1].index;
    log.events = events
        .into_iter()
        .map(|event| synth::Event { process_index: key, time: synth::SAMPLE_START, ..event })
        .collect();
    let bytes = log.bytes();
    let reader = open(&log);
    let last = reader.event(reader.len() - 1).unwrap();
    let end = last.offset() as usize + last.bytes().len();
    let mut bytes = synth::unclosed(bytes);
    bytes.truncate(end);
    bytes
}

#[test]
fn salvaging_takes_no_numbers_for_an_offset_array_that_are_not_offsets_of_records() {
    let entry = |at: u64| at.to_le_bytes()[..5].to_vec();
    // Offsets within the events that are not records; and a short list of records that no process table follows.
    for (count, offset_of_entries) in [(9, 1), (2, 0)] {
        let mut bytes = unclosed_events(vec![open_key("A"); count]);
        let records: Vec<_> = salvage(&bytes).events().map(|event| event.unwrap().offset()).collect();
        assert_eq!(records.len(), count);
        let end = bytes.len() as u64;
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        let entries = records.iter().flat_map(|&record| entry(record + offset_of_entries));
        bytes.extend(entries.cycle().take(5 * count));
        bytes.extend([0xEE; 80]);
        let log = salvage(&bytes);
        assert_eq!(log.len(), count);
        let skipped = &log.salvaged().next().unwrap().skipped;
        assert_eq!((skipped.len(), skipped[0].clone()), (1, end..bytes.len() as u64), "{count} events");
    }
}

#[test]
fn salvaging_a_log_without_events_skips_nothing() {
    let mut bytes = synth::unclosed(Log { events: Vec::new(), ..synth::sample(true) }.bytes());
    bytes.truncate(0x3A8);
    let log = salvage(&bytes);
    let report = log.salvaged().next().unwrap();
    assert_eq!((log.len(), report.skipped_bytes, report.skipped.len()), (0, 0, 0));
}

#[test]
fn salvaging_uses_no_offset_array_without_entries() {
    // The offset of the array is that of the third record, and the number of its entries is zero.
    let mut bytes = unclosed_with(open_key("first"));
    let third = salvage(&bytes).event(2).unwrap().offset();
    bytes[0x248..0x250].copy_from_slice(&third.to_le_bytes());
    assert_eq!(salvage(&bytes).len(), 4);
}

#[test]
fn salvaging_uses_no_offset_array_within_the_header() {
    let mut bytes = unclosed_with(open_key("first"));
    bytes[0x234..0x238].copy_from_slice(&4_u32.to_le_bytes());
    for (field, offset) in [(0x248, 16_u64), (0x250, 36), (0x258, 100)] {
        bytes[field..field + 8].copy_from_slice(&offset.to_le_bytes());
    }
    assert_eq!(salvage(&bytes).len(), 4);
}

#[test]
fn salvaging_reads_an_offset_array_at_the_end_of_the_file() {
    let mut bytes = synth::sample(true).bytes();
    let whole = salvage(&bytes).len();
    bytes.truncate(synth::section(&bytes, synth::header::PROCESSES));
    let log = salvage(&bytes);
    assert_eq!((log.len(), log.salvaged().next().unwrap().offsets), (whole, SectionState::Intact));
}

#[test]
fn salvaging_recovers_an_unusual_event_before_one_that_is_cut() {
    let unusual = |event| synth::Event { class: 0x1234, ..event };
    // An unusual event is recovered if it is complete. At the end of the file, it is not taken for an event.
    let bytes = unclosed_events(vec![open_key("A"), unusual(open_key("B")), unusual(open_key("C"))]);
    let cut = salvage(&bytes[..bytes.len() - 1]);
    assert_eq!(cut.len(), 2);
    let bytes = unclosed_events(vec![open_key("A"), unusual(open_key("B"))]);
    let log = salvage(&bytes[..bytes.len() - 1]);
    assert_eq!((log.len(), log.salvaged().next().unwrap().cut_event), (1, None));
}

#[test]
fn salvaging_rebuilds_processes_from_their_creation_and_their_start() {
    let log = synth::sample(true);
    let (creator, process) = (log.processes[2].index, log.processes[3].clone());
    let [user, integrity] = [synth::process::sid(5, &[18]), synth::process::sid(16, &[16384])];
    let create = synth::process::create(&process, &user, &integrity);
    let start = synth::process::start(4711, "started.exe /x", r"C:\", &[]);
    let events = vec![
        synth::Event { process_index: creator, time: synth::SAMPLE_START, ..create },
        synth::Event { process_index: process.index, ..open_key("A") },
        synth::Event { process_index: 77_777, time: synth::SAMPLE_START + 5, ..start },
    ];
    let mut bytes = Log { events, ..log }.bytes();
    let [tables, hosts] = [synth::header::PROCESSES, synth::header::HOSTS].map(|field| synth::section(&bytes, field));
    bytes[tables..hosts].fill(0xFF);
    let salvaged = salvage(&bytes);
    let processes: Vec<_> = salvaged.events().map(|event| event.unwrap().process()).collect();
    let created = processes[1].unwrap();
    assert_eq!((created.pid(), created.start_time()), (process.pid, FileTime(process.start_time)));
    let started = processes[2].unwrap();
    assert_eq!((started.parent_pid(), started.command_line()), (4711, "started.exe /x"));
    assert_eq!(started.start_time(), FileTime(synth::SAMPLE_START + 5));
    let report = salvaged.salvaged().next().unwrap();
    assert!(report.rebuilt_processes >= 2 && report.to_string().contains("rebuilt from events"), "{report}");
}

#[test]
fn a_report_on_salvaging_names_only_losses() {
    let bytes = unclosed_events(vec![open_key("A")]);
    let log = salvage(&bytes);
    let report = log.salvaged().next().unwrap();
    let has = |text: &str| report.to_string().contains(text);
    assert_eq!(has("rebuilt from events"), report.rebuilt_processes > 0, "{report}");
    assert_eq!(has("no name"), report.unnamed_processes > 0, "{report}");
    assert!(!has("stored elsewhere") && !has("cuts off"), "{report}");
}

#[test]
fn salvaging_counts_bytes_before_the_offset_array_but_not_its_padding() {
    for stray in [0, 4, 12] {
        let log = synth::sample(true);
        let mut bytes = log.bytes();
        let array = synth::section(&bytes, synth::header::EVENT_OFFSETS);
        let reader = open(&log);
        let last = reader.event(reader.len() - 1).unwrap();
        let padding = array - (last.offset() as usize + last.bytes().len());
        bytes.splice(array..array, vec![0xEE; stray]);
        for field in [0x248, 0x250, 0x258, 0x260, 0x3A0] {
            let offset = synth::section(&bytes, field) as u64 + stray as u64;
            bytes[field..field + 8].copy_from_slice(&offset.to_le_bytes());
        }
        // With a wrong entry in the array, the events are searched for.
        bytes[array + stray..array + stray + 5].fill(0xFF);
        let salvaged = salvage(&bytes);
        assert_eq!(salvaged.len(), log.events.len());
        let expected = if stray == 0 { 0 } else { padding + stray };
        assert_eq!(salvaged.salvaged().next().unwrap().skipped_bytes, expected as u64, "{stray}");
    }
}
