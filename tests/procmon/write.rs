//! Writing logs: copies have the same bytes as the original, and parts and merged logs keep their events unchanged.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::path::Path;

use crate::logs;
use crate::support::synth::{self, Log};
use crate::support::written::without_fillers;
use procmon_parser::code::{EventClass, NtStatus, Operation, RegistryOperation};
use procmon_parser::write::{self, IconId, ModuleInfo, NewDetail, NewEvent, ProcessInfo, WideString};
use procmon_parser::{
    Column, Compat, ErrorKind, Event, FileTime, LogsReader, LogsWriter, PointerWidth, ProcessKey, Style, SystemInfo,
    Ticks, WarningKind,
};
use proptest::prelude::*;

crate::tests! {
    plain:
        a_copy_of_a_saved_log_has_the_same_bytes,
        different_processes_with_the_same_key_get_new_keys,
        a_parent_key_refers_to_the_log_of_the_child,
        an_unknown_process_key_does_not_refer_to_another_process,
        an_event_without_process_does_not_get_the_record_of_zeros,
        processes_are_found_by_the_keys_of_the_table_not_of_the_records,
        modules_of_a_process_in_two_logs_are_merged,
        extra_blocks_are_written_after_their_details,
        a_log_without_system_gets_a_record_of_zeros,
        strings_with_unpaired_surrogates_are_copied,
        a_log_can_start_at_any_position_of_its_target,
        an_unfinished_log_reads_as_unclosed,
        copy_event_can_be_repeated_after_a_write_error,
        copy_events_and_copy_event_write_the_same_bytes_even_after_write_errors,
        values_that_do_not_fit_are_errors_that_name_the_field,
        logs_of_different_pointer_widths_are_not_merged,
        every_event_can_be_written_from_its_typed_detail,
        a_written_log_reads_as_the_same_values,
        the_writer_writes_zeros_to_filler_bytes;
    each_log:
        a_copy_of_a_copy_has_the_same_bytes,
        a_part_has_only_the_processes_of_its_events_and_system,
        merging_consecutive_parts_gives_the_log,
        merging_scattered_parts_gives_the_log,
        merging_sorts_events_by_time,
        a_part_keeps_every_column_of_its_events;
    with_data:
        a_copy_of_a_log_that_procmon_saved_has_the_same_bytes;
}

/// Returns a log with some of the events of another log.
fn part<D: AsRef<[u8]>>(log: &LogsReader<D>, keep: impl FnMut(Event<'_>) -> bool) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    write::save(&mut out, log, keep).unwrap();
    out.into_inner()
}

fn open(bytes: Vec<u8>) -> LogsReader {
    LogsReader::new(bytes).unwrap()
}

fn merged(logs: &[&LogsReader]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    write::merge(&mut out, logs, |_| true).unwrap();
    out.into_inner()
}

/// Returns true if the events are sorted by time.
fn is_sorted(log: &LogsReader) -> bool {
    log.events().flatten().map(Event::time).is_sorted()
}

fn a_copy_of_a_saved_log_has_the_same_bytes() {
    // The samples of the generator, for both pointer widths.
    let version_7 = Log { version: 7, ..synth::sample(false) };
    for saved in [synth::sample(true), synth::sample(false), version_7] {
        assert_copied(&saved.bytes());
    }
}

fn a_copy_of_a_log_that_procmon_saved_has_the_same_bytes(_data: &Path) {
    for name in ["win10-64-filesystem", "win10-64-mixed", "win10-64-process", "win7-32-mixed"] {
        let log = logs::all().iter().find(|log| log.name == format!("corpus/{name}")).unwrap();
        assert_copied(&log.files()[0]);
    }
}

/// Checks that a copy of all events of a log has the same bytes as the log, filler bytes included.
fn assert_copied(bytes: &[u8]) {
    let log = LogsReader::new(bytes).unwrap();
    let computer = &log.index().system().computer_name;
    assert!(part(&log, |_| true) == bytes, "{computer}: {} events", log.len());
}

fn a_copy_of_a_copy_has_the_same_bytes(name: &str, log: &LogsReader) {
    let once = open(part(log, |_| true));
    let twice = part(&once, |_| true);
    assert!(twice == once.into_parts()[0].0, "{name}");
}

/// Returns the columns that do not depend on the other events of the log.
fn columns() -> impl Iterator<Item = Column> {
    Column::ALL.iter().copied().filter(|&column| column != Column::RELATIVE_TIME)
}

/// Checks that the events of two logs have the same columns, stacks and extra blocks.
fn assert_same<'e>(name: &str, expected: impl Iterator<Item = Event<'e>>, log: &LogsReader) {
    let style = Style::new().compat(Compat::Procmon3_94);
    let mut events = log.events().map(Result::unwrap);
    for expected in expected {
        let event = events.next().unwrap_or_else(|| panic!("{name}: {expected:?} is missing"));
        for column in columns() {
            let [ours, theirs] = [event, expected].map(|event| event.text_in(column, &style).to_string());
            assert_eq!(ours, theirs, "{name}: {column} of {expected:?}");
        }
        assert_eq!(event.stack(), expected.stack(), "{name}: {expected:?}");
        assert_eq!(event.extra(), expected.extra(), "{name}: {expected:?}");
        let [ours, theirs] = [event, expected].map(modules);
        assert_eq!(ours, theirs, "{name}: {expected:?}");
    }
    assert!(events.next().is_none(), "{name}: too many events");
}

/// Returns the module path and the offset of each frame.
fn modules(event: Event<'_>) -> Vec<Option<(String, u64)>> {
    event.frames().map(|frame| frame.module.map(|module| (module.path().to_owned(), module.base()))).collect()
}

/// Returns a deterministic generator of pseudorandom numbers.
fn scattered(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

fn a_part_keeps_every_column_of_its_events(name: &str, log: &LogsReader) {
    for one_in in [2, 100] {
        let mut random = scattered(log.len() as u64 * one_in);
        let kept: Vec<bool> = (0..log.len()).map(|_| random().is_multiple_of(one_in)).collect();
        let part = open(part(log, |event| kept[event.ordinal() as usize]));
        let expected = log.events().flatten().filter(|event| kept[event.ordinal() as usize]);
        assert_same(name, expected, &part);
        let unexpected = part.index().warnings().iter().find(|warning| warning.kind != WarningKind::InvalidUtf16);
        assert!(unexpected.is_none(), "{name}: {unexpected:?}");
    }
}

fn a_part_has_only_the_processes_of_its_events_and_system(name: &str, log: &LogsReader) {
    if log.indexes().len() > 1 {
        return;
    }
    let part = open(part(log, |event| event.ordinal() % 50 == 7));
    let mut keys: Vec<_> = part.events().flatten().filter_map(Event::process).map(|p| p.key()).collect();
    let system = log.index().processes().find(|process| process.name().eq_ignore_ascii_case("system"));
    keys.push(system.map_or(ProcessKey(0), |process| process.key()));
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(part.index().processes().map(|p| p.key()).collect::<Vec<_>>(), keys, "{name}");
    assert_eq!(part.index().hosts(), log.index().hosts(), "{name}");
    assert_eq!(part.index().ports(), log.index().ports(), "{name}");
    for process in part.index().processes().filter(|process| !process.name().is_empty()) {
        let original = log.index().process(process.key()).unwrap();
        let [ours, theirs] = [process, original].map(ProcessInfo::from);
        assert_eq!(ours, theirs, "{name}");
        assert_eq!(process.small_icon(), original.small_icon(), "{name}");
        assert_eq!(process.large_icon(), original.large_icon(), "{name}");
    }
}

fn merging_consecutive_parts_gives_the_log(name: &str, log: &LogsReader) {
    let whole = open(part(log, |_| true));
    if !is_sorted(&whole) {
        return;
    }
    let third = whole.len().div_ceil(3).max(1);
    let pieces = [0, 1, 2].map(|piece| open(part(&whole, |event| event.ordinal() as usize / third == piece)));
    let merged = merged(&pieces.each_ref());
    assert!(merged == whole.into_parts()[0].0, "{name}");
}

fn merging_scattered_parts_gives_the_log(name: &str, log: &LogsReader) {
    let whole = open(part(log, |_| true));
    let times: Vec<_> = whole.events().flatten().map(Event::time).collect();
    // Events with the same time would be in the order of the parts.
    if !times.is_sorted_by(|a, b| a < b) {
        return;
    }
    let mut random = scattered(5);
    let parts: Vec<u64> = times.iter().map(|_| random() % 4).collect();
    let parts = [3, 0, 2, 1].map(|number| open(part(&whole, |event| parts[event.ordinal() as usize] == number)));
    let merged = open(merged(&parts.each_ref()));
    assert_same(name, whole.events().flatten(), &merged);
    assert_eq!(merged.index().processes().len(), whole.index().processes().len(), "{name}");
}

fn merging_sorts_events_by_time(name: &str, log: &LogsReader) {
    let mut times: Vec<_> = log.events().flatten().map(|event| (event.time(), event.ordinal())).collect();
    times.sort_unstable();
    let sorted = open(merged(&[log]));
    assert!(is_sorted(&sorted), "{name}");
    let expected = times.iter().map(|&(_, ordinal)| log.event(ordinal as usize).unwrap());
    assert!(
        expected
            .map(|event| event.detail_bytes().to_vec())
            .eq(sorted.events().flatten().map(|event| event.detail_bytes().to_vec()))
    );
}

/// Returns a log of two processes with one event each. The first process creates the second.
fn two_processes(first: (u32, u32, &str), second: (u32, u32, &str), time: u64) -> Log {
    let process = |(index, pid, name): (u32, u32, &str), parent: (u32, u32)| synth::Process {
        index,
        pid,
        parent_index: parent.0,
        parent_pid: parent.1,
        start_time: time - 1000 + u64::from(pid),
        name: name.into(),
        image_path: format!(r"C:\{name}"),
        bits64: true,
        ..synth::Process::default()
    };
    let processes = vec![process(first, (999, 4)), process(second, (first.0, first.1))];
    let create = synth::process::create(&processes[1], &[], &[]);
    let create = synth::Event { process_index: first.0, time, ..create };
    let close = synth::registry::plain(synth::registry::CLOSE_KEY, format!("key of {}", second.2));
    let close = synth::Event { process_index: second.0, time: time + 5, ..close };
    let mut log = Log { processes, events: vec![create, close], ..Log::new(true) };
    log.processes.sort_by_key(|process| process.index);
    log
}

fn different_processes_with_the_same_key_get_new_keys() {
    let one = open(two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000).bytes());
    let other = open(two_processes((11, 200, "c.exe"), (10, 201, "d.exe"), 5_001).bytes());
    let merged = open(merged(&[&one, &other, &one]));
    let names: Vec<_> = merged.events().map(|event| event.unwrap().process().unwrap().name()).collect();
    assert_eq!(names, ["a.exe", "a.exe", "c.exe", "b.exe", "b.exe", "d.exe"], "each event keeps its process");
    // The record of zeros that replaces System is first.
    let processes: Vec<_> = merged.index().processes().map(|process| (process.key().0, process.name())).collect();
    assert_eq!(processes, [(0, ""), (10, "a.exe"), (11, "b.exe"), (12, "d.exe"), (13, "c.exe")]);
    let parents: Vec<_> = merged.index().processes().map(|p| p.parent().map(|parent| parent.name())).collect();
    assert_eq!(parents, [Some(""), None, Some("a.exe"), Some("c.exe"), None]);
    for (event, created) in merged.events().zip(["b.exe", "b.exe", "d.exe"]) {
        use procmon_parser::detail::{Detail, ProcessDetail};
        let Ok(Detail::Process(ProcessDetail::Create(create))) = event.unwrap().detail() else { panic!() };
        let process = merged.index().process(create.process_key).unwrap();
        assert_eq!((process.name(), process.pid()), (created, create.pid));
        assert_eq!(merged.index().process(create.parent_key).unwrap().pid(), create.parent_pid);
    }
}

fn a_parent_key_refers_to_the_log_of_the_child() {
    // Both logs have the same parent and child, but in the second log their keys belong to other processes.
    let first = two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    let mut second = two_processes((10, 200, "c.exe"), (12, 201, "d.exe"), 6_000);
    let mut parent = first.processes[0].clone();
    let mut child = first.processes[1].clone();
    (parent.index, child.index, child.parent_index) = (13, 14, 13);
    second.events[1].process_index = 14;
    second.processes.extend([parent, child]);
    let merged = open(merged(&[&open(first.bytes()), &open(second.bytes())]));
    let child = merged.index().processes().find(|process| process.name() == "b.exe").unwrap();
    assert_eq!((child.key(), child.parent().unwrap().name()), (ProcessKey(11), "a.exe"));
    assert_eq!(merged.index().process(ProcessKey(10)).unwrap().name(), "a.exe");
    assert_eq!(
        merged.index().processes().map(|process| process.name()).collect::<Vec<_>>(),
        ["", "a.exe", "b.exe", "c.exe"]
    );
}

fn an_unknown_process_key_does_not_refer_to_another_process() {
    let mut orphan = two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    orphan.processes.retain(|process| process.index != 11);
    let orphan = open(orphan.bytes());
    let other = open(two_processes((11, 200, "c.exe"), (12, 201, "d.exe"), 6_000).bytes());
    for logs in [[&orphan, &other], [&other, &orphan]] {
        let merged = open(merged(&logs));
        let names: Vec<_> = merged.events().map(|event| event.unwrap().process().map(|p| p.name())).collect();
        assert_eq!(names, [Some("a.exe"), None, Some("c.exe"), Some("d.exe")]);
    }
    let alone = open(part(&orphan, |_| true));
    assert_eq!(alone.event(1).unwrap().process_key(), ProcessKey(11), "no other process has the key");
}

fn an_event_without_process_does_not_get_the_record_of_zeros() {
    let mut log = two_processes((0, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    log.processes.retain(|process| process.index != 0);
    let copy = open(part(&open(log.bytes()), |_| true));
    let names: Vec<_> = copy.events().map(|event| event.unwrap().process().map(|p| p.name())).collect();
    assert_eq!(names, [None, Some("b.exe")]);
}

fn processes_are_found_by_the_keys_of_the_table_not_of_the_records() {
    // Procmon loses both processes when it saves such a log.
    let mut bytes = std::fs::read("fixtures/sample64.pml").unwrap();
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let table = word(&bytes, 0x250);
    let count = word(&bytes, table);
    for (position, index) in [(1, 0_u32), (2, 5_009)] {
        let record = table + word(&bytes, table + 4 + 4 * count + 4 * position);
        bytes[record..record + 4].copy_from_slice(&index.to_le_bytes());
    }
    let log = open(bytes);
    let copy = open(part(&log, |_| true));
    assert_same("a copy", log.events().map(Result::unwrap), &copy);
    assert!(copy.events().zip(log.events()).all(|(a, b)| a.unwrap().process_key() == b.unwrap().process_key()));
    let ids = |log: &LogsReader| log.index().processes().map(|process| process.pid()).collect::<Vec<_>>();
    assert_eq!(ids(&copy), ids(&log));
}

fn modules_of_a_process_in_two_logs_are_merged() {
    let mut early = two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    let mut late = two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    let module = |base, load_time, path: &str| synth::Module {
        base,
        load_time,
        size: 0x1000,
        path: path.into(),
        ..synth::Module::default()
    };
    early.processes[0].modules = vec![module(0x1000, 1, "one"), module(0x5000, 1, "five")];
    late.processes[0].modules =
        vec![module(0x1000, 3, "one again"), module(0x3000, 2, "three"), module(0x5000, 1, "five")];
    let merged = open(merged(&[&open(early.bytes()), &open(late.bytes())]));
    let process = merged.index().process(ProcessKey(10)).unwrap();
    let modules: Vec<_> = process.modules().map(|module| module.path()).collect();
    assert_eq!(modules, ["one again", "one", "three", "five"], "by base, the newest first");
}

fn extra_blocks_are_written_after_their_details() {
    // The extra blocks of two events follow both events in reverse order; the third block extends past the file.
    let mut log = two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000);
    log.events = (0..3).map(|n| synth::Event { process_index: 10, time: n, ..log.events[1].clone() }).collect();
    let mut bytes = log.bytes();
    let word = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let array = word(&bytes, 0x248);
    let records = [0, 1, 2].map(|n| word(&bytes, array + 5 * n));
    let end = bytes.len();
    bytes.extend_from_slice(b"\x03\x00two\x03\x00one\x09\x00cut");
    for (record, block) in records.into_iter().zip([end + 5, end, end + 10]) {
        bytes[record + 0x30..record + 0x34].copy_from_slice(&((block - record) as u32).to_le_bytes());
    }
    let copy = open(part(&open(bytes.clone()), |_| true));
    let extras: Vec<_> = copy.events().map(|event| event.unwrap().extra().unwrap()).collect();
    assert_eq!(extras, [&b"one"[..], b"two", b"cut"]);
    for event in copy.events().flatten() {
        assert_eq!(event.bytes().len(), word(event.bytes(), 0x30) + 5);
    }
    bytes[records[0] + 0x30..records[0] + 0x34].copy_from_slice(&u32::MAX.to_le_bytes());
    let copy = open(part(&open(bytes), |_| true));
    assert_eq!(word(copy.event(0).unwrap().bytes(), 0x30), 0, "a block past the end of the file is omitted");
}

fn a_log_without_system_gets_a_record_of_zeros() {
    let log = open(two_processes((10, 100, "a.exe"), (11, 101, "b.exe"), 5_000).bytes());
    let part = open(part(&log, |event| event.ordinal() == 1));
    assert_eq!(part.index().processes().map(|process| process.key().0).collect::<Vec<_>>(), [0, 11]);
    // Procmon would replace a process with key 0 with the zeros, and its events would lose their process.
    let log = open(two_processes((0, 100, "a.exe"), (11, 101, "b.exe"), 5_000).bytes());
    let part = open(self::part(&log, |_| true));
    assert_eq!(part.event(0).unwrap().process().unwrap().name(), "a.exe");
}

fn strings_with_unpaired_surrogates_are_copied() {
    let name: WideString = [0x61, 0xD800, 0x62, 0, 0x63].into_iter().collect();
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(PointerWidth::Bits64)).unwrap();
    let process = ProcessInfo::new(0, name.clone());
    let id = writer.add_process(&process).unwrap();
    writer.write_event(&NewEvent::new(id, Operation::Registry(RegistryOperation::CLOSE_KEY))).unwrap();
    let log = open(writer.finish().unwrap().into_inner());
    let copy = open(part(&log, |_| true));
    for log in [&log, &copy] {
        let process = log.event(0).unwrap().process().unwrap();
        assert_eq!(ProcessInfo::from(process).name, name);
    }
}

fn a_log_can_start_at_any_position_of_its_target() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let mut out = Cursor::new(b"before".to_vec());
    out.seek(SeekFrom::End(0)).unwrap();
    let writer = LogsWriter::for_copy(out, log.index()).unwrap();
    let out = writer.finish().unwrap();
    assert_eq!(out.position(), out.get_ref().len() as u64);
    assert!(out.get_ref().starts_with(b"beforePML_"));
    assert!(LogsReader::new(&out.get_ref()[6..]).unwrap().is_empty());
}

fn an_unfinished_log_reads_as_unclosed() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let mut target = Cursor::new(Vec::new());
    let mut writer = LogsWriter::for_copy(&mut target, log.index()).unwrap();
    log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
    writer.flush().unwrap();
    drop(writer);
    let error = LogsReader::new(target.into_inner()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnclosedLog), "{error}");
}

/// Accepts `room` bytes, then fails until `room` is increased.
#[derive(Debug)]
struct Narrow {
    out: Cursor<Vec<u8>>,
    room: usize,
}

impl Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let len = self.out.write(&bytes[..bytes.len().min(self.room)])?;
        self.room -= len;
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Narrow {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.out.seek(position)
    }
}

fn copy_event_can_be_repeated_after_a_write_error() {
    let log = open(synth::large(3000));
    let mut writer = LogsWriter::for_copy(Narrow { out: Cursor::new(Vec::new()), room: 0 }, log.index()).unwrap();
    let mut failures = 0;
    for event in log.events().flatten() {
        // Each attempt gets some more room.
        while let Err(error) = writer.copy_event(event) {
            assert!(error.is_io(), "{error}");
            failures += 1;
            writer.target_mut().room += 100_001;
        }
    }
    assert!(failures > 3);
    writer.target_mut().room = usize::MAX;
    assert!(writer.finish().unwrap().out.into_inner() == part(&log, |_| true), "no bytes are missing or duplicated");

    let mut writer = LogsWriter::for_copy(Narrow { out: Cursor::new(Vec::new()), room: 0 }, log.index()).unwrap();
    writer.copy_event(log.event(0).unwrap()).unwrap();
    assert!(writer.finish().unwrap_err().is_io());
}

fn copy_events_and_copy_event_write_the_same_bytes_even_after_write_errors() {
    let log = open(synth::large(3000));
    for keep in [|_| true, |ordinal| ordinal % 3 == 0, |ordinal| ordinal / 50 % 2 == 0] as [fn(u32) -> bool; 3] {
        let kept = || log.events().flatten().filter(|event| keep(event.ordinal()));
        let mut one_by_one = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index()).unwrap();
        kept().for_each(|event| one_by_one.copy_event(event).unwrap());
        let mut writer = LogsWriter::for_copy(Narrow { out: Cursor::new(Vec::new()), room: 0 }, log.index()).unwrap();
        let mut failures = 0;
        // The events before the failed one were written.
        while let Err(error) = writer.copy_events(kept().skip(writer.len())) {
            assert!(error.is_io(), "{error}");
            failures += 1;
            writer.target_mut().room += 70_001;
        }
        assert!(failures > 3);
        writer.target_mut().room = usize::MAX;
        let expected = one_by_one.finish().unwrap().into_inner();
        assert!(writer.finish().unwrap().out.into_inner() == expected, "no bytes are missing or duplicated");
    }
}

/// Returns a writer of a new log with one process.
fn new_log(width: PointerWidth) -> (LogsWriter<Cursor<Vec<u8>>>, ProcessKey) {
    let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(width)).unwrap();
    let process = writer.add_process(&ProcessInfo::new(7, "")).unwrap();
    (writer, process)
}

fn values_that_do_not_fit_are_errors_that_name_the_field() {
    let operation = Operation::Registry(RegistryOperation::CLOSE_KEY);
    let (mut writer, process) = new_log(PointerWidth::Bits32);
    let expect = |writer: &mut LogsWriter<_>, event: &NewEvent<'_>, message: &str| {
        let error = writer.write_event(event).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
        assert!(writer.is_empty(), "no part of the event is written");
    };
    expect(&mut writer, &NewEvent::new(ProcessKey(77), operation), "process 77");
    let huge = vec![0; 0x1_0000];
    let mut event = NewEvent::new(process, operation);
    event.detail = NewDetail::Bytes { detail: &[], extra: Some(&huge) };
    expect(&mut writer, &event, "event.extra_size: 65536");
    let deep = vec![1_u64; 0x1_0000];
    let mut event = NewEvent::new(process, operation);
    event.stack = &deep;
    expect(&mut writer, &event, "event.stack_depth: 65536");
    event.stack = &[1, 0x1_0000_0000];
    expect(&mut writer, &event, "event.stack: 0x100000000");
    let module = ModuleInfo::new("", 0x1_0000_0000, 1);
    assert!(writer.add_module(process, &module).unwrap_err().to_string().contains("modules.base: 0x100000000"));
    let module = ModuleInfo::default();
    assert!(writer.add_module(ProcessKey(77), &module).unwrap_err().to_string().contains("process 77"));
    let icon = new_log(PointerWidth::Bits64).0.add_icon(16, &[1]);
    let mut with_icon = ProcessInfo::new(8, "");
    with_icon.small_icon = icon;
    assert!(writer.add_process(&with_icon).unwrap_err().to_string().contains("icon 1"));
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let error = writer.copy_event(log.event(0).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MixedPointerWidths), "{error}");
    let mut system = SystemInfo::new(PointerWidth::Bits64);
    system.computer_name = "SIXTEENLETTERSXX".into();
    let error = LogsWriter::new(Cursor::new(Vec::new()), &system).unwrap_err();
    assert!(error.to_string().contains("header.computer_name: 16"), "{error}");

    writer.write_event(&NewEvent::new(process, operation)).unwrap();
    writer.write_event(&NewEvent::new(ProcessKey::NONE, operation)).unwrap();
    let log = open(writer.finish().unwrap().into_inner());
    assert_eq!(
        log.events().flatten().map(|event| event.process().map(|p| p.pid())).collect::<Vec<_>>(),
        [Some(7), None]
    );
}

fn logs_of_different_pointer_widths_are_not_merged() {
    let [wide, narrow] = ["sample64", "sample32"].map(|name| LogsReader::open(format!("fixtures/{name}.pml")).unwrap());
    let error = write::merge(Cursor::new(Vec::new()), &[&wide, &narrow], |_| true).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MixedPointerWidths));
    let error = write::merge::<LogsReader>(Cursor::new(Vec::new()), &[], |_| true).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::MissingInput));
}

/// Copies a log with decoded and re-encoded details, without filler bytes and without pointers of the captured system.
pub(crate) fn encoded<D: AsRef<[u8]>>(log: &LogsReader<D>) -> Vec<u8> {
    let mut writer = LogsWriter::for_copy(Cursor::new(Vec::new()), log.index()).unwrap();
    for process in log.index().processes() {
        writer.copy_process(process).unwrap();
    }
    for event in log.events().flatten() {
        let stack: Vec<u64> = event.stack().iter().collect();
        let mut new = NewEvent::from(event);
        new.stack = &stack;
        new.detail = NewDetail::Typed(event.detail().unwrap());
        writer.write_event(&new).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn every_event_can_be_written_from_its_typed_detail() {
    for name in ["sample64", "sample32"] {
        let log = LogsReader::open(format!("fixtures/{name}.pml")).unwrap();
        let written = open(encoded(&log));
        for (written, event) in written.events().zip(log.events()) {
            let (written, event) = (written.unwrap(), event.unwrap());
            assert_eq!(written.detail().unwrap(), event.detail().unwrap(), "{name}: {event:?}");
            for column in columns() {
                assert_eq!(written.text(column).to_string(), event.text(column).to_string(), "{name}: {event:?}");
            }
        }
    }
}

/// The content of a generated log.
#[derive(Clone, Debug)]
struct Made {
    width: PointerWidth,
    processes: Vec<ProcessInfo>,
    icons: Vec<Vec<u8>>,
    events: Vec<MadeEvent>,
}

#[derive(Clone, Debug)]
struct MadeEvent {
    operation: Operation,
    thread_id: u32,
    time: FileTime,
    duration: Ticks,
    status: NtStatus,
    process: prop::sample::Index,
    stack: Vec<u64>,
    detail: Vec<u8>,
    extra: Option<Vec<u8>>,
}

fn wide_string() -> impl Strategy<Value = WideString> {
    prop_oneof![
        "[a-zA-Z\\\\: ]{0,12}".prop_map(WideString::from),
        // Without NULs: a NUL at the end is read as the terminator.
        prop::collection::vec(1..=u16::MAX, 0..6).prop_map(|units| units.into_iter().collect()),
    ]
}

fn address(width: PointerWidth) -> BoxedStrategy<u64> {
    if width.is_64bit() { any::<u64>().boxed() } else { any::<u32>().prop_map(u64::from).boxed() }
}

fn module(width: PointerWidth) -> impl Strategy<Value = ModuleInfo> {
    let numbers = (any::<u64>(), address(width), any::<u32>(), any::<u32>(), any::<u32>());
    (numbers, prop::array::uniform4(wide_string())).prop_map(|((time, base, size, stamp, image), strings)| {
        let [path, version, company, description] = strings;
        let (time_date_stamp, size_of_image) = (Some(stamp).filter(|&n| n != 0), Some(image).filter(|&n| n != 0));
        let mut info = ModuleInfo::new(path, base, size);
        info.load_time = FileTime(time);
        (info.version, info.company, info.description) = (version, company, description);
        (info.time_date_stamp, info.size_of_image) = (time_date_stamp, size_of_image);
        info
    })
}

fn process(width: PointerWidth) -> impl Strategy<Value = ProcessInfo> {
    let numbers = (prop::array::uniform6(any::<u32>()), prop::array::uniform3(any::<u64>()), any::<bool>());
    let strings = prop::array::uniform8(wide_string());
    (numbers, strings, prop::collection::vec(module(width), 0..4)).prop_map(|(numbers, strings, modules)| {
        let ([key, pid, parent_pid, parent_key, session, virtualized], [login, start, end], is_64bit) = numbers;
        let [integrity, user, name, image_path, command_line, company, version, description] = strings;
        let mut info = ProcessInfo::new(pid, name);
        (info.key, info.parent_key) = (ProcessKey(key), ProcessKey(parent_key));
        (info.parent_pid, info.authentication_id, info.session) = (parent_pid, login, session);
        info.start_time = FileTime(start);
        info.end_time = Some(FileTime(end)).filter(|time| time.0 != 0);
        (info.virtualized, info.is_64bit) = (virtualized, is_64bit);
        (info.integrity, info.user, info.image_path, info.command_line) = (integrity, user, image_path, command_line);
        (info.company, info.version, info.description) = (company, version, description);
        info.modules = modules;
        info
    })
}

fn event(width: PointerWidth) -> impl Strategy<Value = MadeEvent> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..60);
    let header = (0_u16..7, 0_u16..48, prop::array::uniform2(any::<u32>()), any::<u64>(), any::<u64>());
    let stack = prop::collection::vec(address(width), 0..5);
    (header, any::<prop::sample::Index>(), stack, bytes(), prop::option::of(bytes())).prop_map(
        |((class, code, [thread_id, status], time, duration), process, stack, detail, extra)| MadeEvent {
            operation: Operation::new(EventClass(class), code, None),
            thread_id,
            time: FileTime(time),
            duration: Ticks(duration),
            status: NtStatus(status),
            process,
            stack,
            detail,
            extra,
        },
    )
}

fn made() -> impl Strategy<Value = Made> {
    prop_oneof![Just(PointerWidth::Bits32), Just(PointerWidth::Bits64)].prop_flat_map(|width| {
        let processes = prop::collection::vec(process(width), 1..6);
        let icons = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..3);
        let events = prop::collection::vec(event(width), 0..20);
        (processes, icons, events).prop_map(move |(processes, icons, events)| Made { width, processes, icons, events })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    fn a_written_log_reads_as_the_same_values(made in made()) {
        let mut writer = LogsWriter::new(Cursor::new(Vec::new()), &SystemInfo::new(made.width)).unwrap();
        let icons: Vec<IconId> = made.icons.iter().map(|image| writer.add_icon(32, image)).collect();
        let mut expected = BTreeMap::new();
        let mut ids = Vec::new();
        for (n, process) in made.processes.iter().enumerate() {
            let mut with_icon = process.clone();
            with_icon.large_icon = icons.get(n).copied().unwrap_or_default();
            let id = writer.add_process(&with_icon).unwrap();
            expected.insert(id, (process, made.icons.get(n)));
            ids.push(id);
        }
        for event in &made.events {
            let mut new = NewEvent::new(*event.process.get(&ids), event.operation);
            new.thread_id = event.thread_id;
            (new.time, new.duration, new.status) = (event.time, event.duration, event.status);
            new.stack = &event.stack;
            new.detail = NewDetail::Bytes { detail: &event.detail, extra: event.extra.as_deref() };
            writer.write_event(&new).unwrap();
        }
        let log = open(writer.finish().unwrap().into_inner());
        prop_assert_eq!(log.len(), made.events.len());
        prop_assert_eq!(log.index().processes().len(), expected.len());
        for process in log.index().processes() {
            let (info, icon) = expected[&process.key()];
            let mut read = ProcessInfo::from(process);
            read.key = info.key;
            let mut info = info.clone();
            info.modules.sort_by_key(|module| (module.base, Reverse(module.load_time)));
            prop_assert_eq!(&read, &info);
            prop_assert_eq!(process.large_icon().map(|icon| icon.bytes()), icon.map(Vec::as_slice));
        }
        for (read, event) in log.events().zip(&made.events) {
            let read = read.unwrap();
            prop_assert_eq!(read.process_key(), *event.process.get(&ids));
            prop_assert_eq!((read.class(), read.operation().code()), (event.operation.class(), event.operation.code()));
            prop_assert_eq!((read.thread_id(), read.time(), read.status()), (event.thread_id, event.time, event.status));
            prop_assert_eq!(NewEvent::from(read).duration, event.duration);
            // The driver's record number and the filler bytes are zero.
            for zeros in [0x0A..0x0C, 0x0E..0x14, 0x2A..0x2C] {
                prop_assert!(read.bytes()[zeros].iter().all(|&byte| byte == 0));
            }
            prop_assert!(read.stack().iter().eq(event.stack.iter().copied()));
            prop_assert_eq!(read.detail_bytes(), event.detail.as_slice());
            prop_assert_eq!(read.extra(), event.extra.as_deref());
        }
        // A copy is the same except for processes without events and the icons that only they use.
        let copy = open(part(&log, |_| true));
        for (copied, event) in copy.events().zip(log.events()) {
            let (copied, event) = (copied.unwrap(), event.unwrap());
            prop_assert_eq!(copied.bytes(), event.bytes());
            let [ours, theirs] = [copied, event].map(|event| ProcessInfo::from(event.process().unwrap()));
            prop_assert_eq!(ours, theirs);
        }
    }
}

fn the_writer_writes_zeros_to_filler_bytes() {
    let (mut writer, process) = new_log(PointerWidth::Bits64);
    writer.add_module(process, &ModuleInfo::default()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert!(without_fillers(bytes.clone()) == bytes);
}
