//! Small files that try to make the reader use a lot of memory or time: both must be bounded by the size of the file.

use std::cell::Cell;
use std::fmt::Write;
use std::io;

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::export::{self, csv::Csv, xml::Xml};
use procmon_parser::summary::Summary;
use procmon_parser::write::{self, SaveOptions};
use procmon_parser::{
    Column, Compat, FileTime, Log as _, LogsReader, LogsStream, LogsWriter, MergedLogs, OpenOptions, ProcessKey,
    ReadAt, Redactor, Style, WarningKind,
};

/// Returns a log without events that has the given tables.
fn with_tables(processes: &[u8], strings: &[u8], icons: &[u8], hosts: &[u8]) -> Vec<u8> {
    let mut log = Log { events: Vec::new(), ..synth::sample(true) }.bytes();
    // The fields of the header with the offsets of the tables: 0x250 processes, 0x258 strings, 0x260 icons, and 0x3A0
    // hosts and ports.
    let start = u64::from_le_bytes(log[0x250..0x258].try_into().unwrap());
    log.truncate(start as usize);
    let mut at = start;
    for (field, table) in [(0x250, processes), (0x258, strings), (0x260, icons), (0x3A0, hosts)] {
        log[field..field + 8].copy_from_slice(&at.to_le_bytes());
        log.extend_from_slice(table);
        at += table.len() as u64;
    }
    log
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

const NO_STRINGS: [u8; 12] = [1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0];

/// Bytes to read from, with a count of the bytes read.
#[derive(Clone)]
struct Watched<'a>(&'a [u8], &'a Cell<u64>);

impl ReadAt for Watched<'_> {
    fn size(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read_at(offset, buffer)?;
        self.1.set(self.1.get() + read as u64);
        Ok(read)
    }
}

/// Opens a log in every way and returns its warnings. Checks that peak memory use and the number of bytes read are at
/// most `times` the size of the file plus 128 KiB. A stream may read 64 MiB more of a file larger than 64 KiB, and
/// salvaging may use twice the memory.
fn opens_within(log: &[u8], times: u64) -> Vec<WarningKind> {
    let bound = times * log.len() as u64 + 0x2_0000;
    let (warnings, counts) = count(|| {
        let log = LogsReader::new(log).unwrap();
        log.index().warnings().iter().map(|warning| warning.kind).collect::<Vec<_>>()
    });
    assert!(counts.peak as u64 <= bound, "{} bytes of memory for a log of {} bytes", counts.peak, log.len());
    let read = Cell::new(0);
    let (_, counts) = count(|| LogsStream::new(Watched(log, &read)).unwrap());
    assert!(counts.peak as u64 <= bound, "{} bytes of memory for a stream of {} bytes", counts.peak, log.len());
    // The offsets in a table may jump back and forth, so the same block of 64 KiB may be read several times. The bound
    // allows 1,024 such reads.
    assert!(
        read.get() <= bound + (u64::from(log.len() > 0x1_0000) << 26),
        "{} bytes read from a file of {} bytes",
        read.get(),
        log.len()
    );
    let (_, counts) = count(|| OpenOptions::new().salvage(true).open_bytes(log).map(drop));
    assert!(counts.peak as u64 <= 2 * bound, "{} bytes of memory to salvage a log of {} bytes", counts.peak, log.len());
    warnings
}

#[test]
fn memory_is_bounded_if_processes_share_a_record() {
    // All offsets point to the same record, whose name is a long string.
    const COUNT: u32 = 50_000;
    let mut table = numbers([COUNT].into_iter().chain(0..COUNT).chain((0..COUNT).map(|_| 4 + 8 * COUNT)));
    let mut record = vec![0; 0x6C];
    record[0x40] = 1;
    table.extend_from_slice(&record);
    let mut strings = numbers([2, 12, 16, 0, 100_000]);
    strings.resize(strings.len() + 100_000, b'A');
    // A process takes 160 bytes in memory and 8 in the file.
    let warnings = opens_within(&with_tables(&table, &strings, &numbers([0]), &numbers([0, 0])), 24);
    assert_eq!(warnings, []);
}

#[test]
fn memory_is_bounded_if_processes_share_their_modules() {
    const COUNT: u32 = 1000;
    const MODULES: u32 = 1000;
    let mut table = numbers([COUNT].into_iter().chain(0..COUNT).chain((0..COUNT).map(|_| 4 + 8 * COUNT)));
    let mut record = vec![0; 0x6C + 64 * MODULES as usize];
    record[0x68..0x6C].copy_from_slice(&MODULES.to_le_bytes());
    table.extend_from_slice(&record);
    let warnings = opens_within(&with_tables(&table, &NO_STRINGS, &numbers([0]), &numbers([0, 0])), 24);
    assert_eq!(warnings, [WarningKind::OverlappingModules]);
}

#[test]
fn memory_is_bounded_if_strings_overlap() {
    // Each string starts 4 bytes after the previous one and extends to the end of the table.
    const COUNT: u32 = 10_000;
    let start = 4 + 4 * COUNT;
    let end = start + 4 * COUNT + 50_000;
    let mut strings = numbers([COUNT].into_iter().chain((0..COUNT).map(|number| start + 4 * number)));
    strings.extend((0..COUNT).flat_map(|number| (end - start - 4 * number - 4).to_le_bytes()));
    strings.resize(end as usize, 0x20);
    let processes = numbers([0]);
    let warnings = opens_within(&with_tables(&processes, &strings, &numbers([0]), &numbers([0, 0])), 16);
    assert!(warnings.contains(&WarningKind::OverlappingStrings), "{warnings:?}");
}

#[test]
fn memory_is_bounded_if_icons_share_an_entry() {
    const COUNT: u32 = 50_000;
    let mut icons = numbers([COUNT].into_iter().chain((0..COUNT).map(|_| 4 + 4 * COUNT)).chain([32, 500_000]));
    icons.resize(icons.len() + 500_000, 7);
    let log = with_tables(&numbers([0]), &NO_STRINGS, &icons, &numbers([0, 0]));
    assert_eq!(opens_within(&log, 16), []);
    let log = LogsReader::new(log).unwrap();
    assert!(log.index().icons().all(|icon| icon.bytes().len() == 500_000));
}

#[test]
fn memory_is_bounded_if_icons_overlap() {
    const COUNT: u32 = 5000;
    let start = 4 + 4 * COUNT;
    let mut icons = numbers([COUNT].into_iter().chain((0..COUNT).map(|number| start + 8 * number)));
    icons.extend((0..COUNT).flat_map(|number| numbers([16, 8 * (COUNT - number) - 8])));
    let log = with_tables(&numbers([0]), &NO_STRINGS, &icons, &numbers([0, 0]));
    assert_eq!(opens_within(&log, 16), []);
    let log = LogsReader::new(log).unwrap();
    assert!(log.index().icons().enumerate().all(|(i, icon)| icon.bytes().len() == 8 * (COUNT as usize - i) - 8));
    assert_eq!(log.index().icon(7).unwrap().bytes()[..4], [16, 0, 0, 0]);
}

#[test]
fn counts_that_exceed_the_file_take_little_memory() {
    let sound = (numbers([0]), NO_STRINGS.to_vec(), numbers([0]), numbers([0, 0]));
    let huge = numbers([u32::MAX, 4]);
    for turn in 0..4 {
        let mut tables = [sound.0.clone(), sound.1.clone(), sound.2.clone(), sound.3.clone()];
        tables[turn] = huge.clone();
        let log = with_tables(&tables[0], &tables[1], &tables[2], &tables[3]);
        let ((), counts) = count(|| {
            let _ = (LogsReader::new(&log[..]).map(drop), LogsStream::new(&log[..]).map(drop));
            let _ = OpenOptions::new().salvage(true).open_bytes(&log[..]).map(drop);
        });
        assert!(counts.peak < 0x2_0000, "{} bytes of memory", counts.peak);
    }
}

#[test]
fn an_event_that_is_listed_many_times_is_read_within_bounds() {
    let mut log = synth::sample(true);
    log.events.truncate(1);
    let mut bytes = log.bytes();
    let array = u64::from_le_bytes(bytes[0x248..0x250].try_into().unwrap()) as usize;
    let entry: Vec<u8> = bytes[array..array + 5].to_vec();
    const COUNT: usize = 100_000;
    bytes.splice(array..array + 5, entry.repeat(COUNT));
    bytes[0x234..0x238].copy_from_slice(&(COUNT as u32).to_le_bytes());
    for field in [0x250, 0x258, 0x260, 0x3A0] {
        let offset = u64::from_le_bytes(bytes[field..field + 8].try_into().unwrap()) + 5 * (COUNT as u64 - 1);
        bytes[field..field + 8].copy_from_slice(&offset.to_le_bytes());
    }
    let read = Cell::new(0);
    let (events, counts) = count(|| {
        let stream = LogsStream::new(Watched(&bytes, &read)).unwrap();
        let mut events = 0;
        stream.for_each(|event| events += usize::from(event.is_ok())).unwrap();
        events
    });
    assert_eq!(events, COUNT);
    assert!(counts.peak < 3 << 20, "{} bytes of memory", counts.peak);
    assert!(read.get() < 4 * bytes.len() as u64, "{} bytes read from a file of {} bytes", read.get(), bytes.len());
}

#[test]
fn a_long_event_that_is_listed_many_times_is_read_within_bounds() {
    const FILLERS: usize = 40;
    const COUNT: usize = 3000;
    let listing = synth::file::query_directory(true, "A", 12, "*", Some(vec![0; 60_000]));
    let mut events = vec![listing; FILLERS + 2];
    events[0] = synth::registry::open_key("A", 1, Some(1));
    let mut bytes = Log { events, ..Log::new(true) }.bytes();
    let array = u64::from_le_bytes(bytes[0x248..0x250].try_into().unwrap()) as usize;
    let end = array + 5 * (FILLERS + 2);
    // The last event is far after the first one, at which the window begins.
    let entries = [bytes[array..array + 5].to_vec(), bytes[end - 5..end].repeat(COUNT)].concat();
    let added = (entries.len() - (end - array)) as u64;
    bytes.splice(array..end, entries);
    bytes[0x234..0x238].copy_from_slice(&(COUNT as u32 + 1).to_le_bytes());
    for field in [0x250, 0x258, 0x260, 0x3A0] {
        let offset = u64::from_le_bytes(bytes[field..field + 8].try_into().unwrap()) + added;
        bytes[field..field + 8].copy_from_slice(&offset.to_le_bytes());
    }
    let (events, counts) = count(|| {
        let mut events = 0;
        LogsStream::new(&bytes[..]).unwrap().for_each(|event| events += usize::from(event.is_ok())).unwrap();
        events
    });
    assert_eq!(events, COUNT + 1);
    assert!(counts.peak < 8 << 20, "{} bytes of memory", counts.peak);
}

#[test]
fn merged_logs_are_read_a_few_times() {
    let bytes = synth::large(12_000);
    let read = Cell::new(0);
    let logs = [(); 2].map(|()| LogsStream::new(Watched(&bytes, &read)).unwrap());
    read.set(0);
    let mut events = 0;
    MergedLogs::new(&logs).unwrap().for_each(|event| events += usize::from(event.is_ok())).unwrap();
    assert_eq!(events, 24_000);
    assert!(read.get() <= 8 * 2 * bytes.len() as u64, "{} bytes of two files of {}", read.get(), bytes.len());
}

#[test]
fn memory_is_bounded_if_modules_overlap() {
    // All modules contain the address, and each was loaded after the previous one.
    const COUNT: u32 = 5000;
    let mut table = numbers([1, 0, 12, 0]);
    table.truncate(12);
    let mut record = vec![0; 0x6C];
    record[0x68..0x6C].copy_from_slice(&COUNT.to_le_bytes());
    table.extend_from_slice(&record);
    for number in 0..COUNT {
        let mut module = [0; 64];
        module[..4].copy_from_slice(&(number + 1).to_le_bytes());
        module[8..12].copy_from_slice(&(0x1000 + number).to_le_bytes());
        module[0x10..0x14].copy_from_slice(&(0x10_0000 - 2 * number).to_le_bytes());
        module[0x14] = 1;
        table.extend_from_slice(&module);
    }
    let strings = numbers([2, 12, 16, 0, 2, 0x61]);
    let bytes = with_tables(&table, &strings, &numbers([0]), &numbers([0, 0]));
    let log = LogsReader::new(&bytes[..]).unwrap();
    let ((), counts) = count(|| {
        for time in 0..=COUNT {
            let module = log.index().module_at(ProcessKey(0), 0x8000, FileTime(time.into()));
            // Expects the last module in stored order that was loaded at or before the time.
            let expected = time.checked_sub(1).map(|last| 0x1000 + u64::from(last));
            assert_eq!(module.map(|module| module.base()), expected, "{time}");
        }
    });
    assert!(
        counts.peak < 64 * bytes.len() as i64,
        "{} bytes of memory for a log of {} bytes",
        counts.peak,
        bytes.len()
    );
}

/// Returns a log with one file-system event.
fn with_event(event: synth::Event) -> Vec<u8> {
    Log { events: vec![event], ..Log::new(true) }.bytes()
}

/// Returns a list of entries of `size` bytes. Each starts with the distance to the next one (0 in the last) and has, at
/// the offset `name_size`, the size of a name that starts after the entry and extends to the end of the list.
fn overlapping(entries: usize, size: usize, name_size: usize) -> Vec<u8> {
    let mut list = vec![0; entries * size];
    for at in (0..list.len()).step_by(size) {
        let left = list.len() - at - size;
        list[at..at + 4].copy_from_slice(&(if left > 0 { size as u32 } else { 0 }).to_le_bytes());
        list[at + name_size..at + name_size + 4].copy_from_slice(&(left as u32).to_le_bytes());
    }
    list
}

#[test]
fn lists_of_overlapping_entries_have_no_more_text_than_their_block() {
    let listing = overlapping(0xFFFF / 12, 12, 8);
    let names = synth::file::FILE_NAMES_INFORMATION;
    let listing = synth::file::query_directory(true, r"C:\", names, "*", Some(listing));
    let streams = overlapping(10_000, 24, 4);
    let head = synth::file::head(true, 22, 0, synth::file::IRP).u32(0x10, streams.len() as u32).u32(0x18, 22);
    let set_streams = synth::file::event(true, 26, head, r"C:\".into(), &streams, None);
    let streams = overlapping(0xFFFF / 24, 24, 4);
    let query_streams = synth::file::query_information(true, 22, r"C:\", 0x1_0000, Some(streams));
    for event in [listing, set_streams, query_streams] {
        let size = event.detail.len() + event.extra.as_ref().map_or(0, Vec::len);
        let log = LogsReader::new(with_event(event)).unwrap();
        let event = log.event(0).unwrap();
        for compat in Compat::ALL {
            let style = Style::new().compat(compat);
            let text = event.text_in(Column::DETAIL, &style).to_string();
            assert!(text.len() <= 1000 + 3 * size, "{} bytes of text for {size} bytes under {compat}", text.len());
        }
        #[cfg(feature = "serde")]
        {
            let json = serde_json::to_string(&event.detail().unwrap()).unwrap();
            assert!(json.len() <= 1000 + 60 * size, "{} bytes of JSON for {size} bytes", json.len());
        }
    }
}

/// Opens a log, reads all of it in every way, and copies it. Checks that peak memory use is at most `times` the size of
/// the file, plus a fixed amount, and that each step allocates at most `allocations` times.
fn reads_within(log: &[u8], times: u64, allocations: u64) {
    // The buffers of a writer, which do not depend on the log: 224 KiB of records, and 1 MiB of offsets.
    let buffers = |step: &str| if step == "copy" { 0x14_0000 } else { 0 };
    let check = |step: &str, work: &dyn Fn()| {
        let bound = times * log.len() as u64 + 0x4_0000 + buffers(step);
        let ((), counts) = count(work);
        assert!(counts.peak as u64 <= bound, "{step}: {} bytes of memory for {} bytes", counts.peak, log.len());
        assert!(counts.allocations <= allocations, "{step}: {} allocations", counts.allocations);
    };
    let open = || LogsReader::new(log).unwrap();
    check("open", &|| drop(open()));
    check("frames", &|| open().events().flatten().for_each(|event| _ = event.frames().count()));
    check("text", &|| {
        for event in open().events().flatten() {
            for &column in Column::ALL {
                write!(Sink, "{}", event.text(column)).unwrap();
            }
        }
    });
    check("summary", &|| {
        let log = open();
        let summary = Summary::of(&log).unwrap();
        summary.processes().iter().for_each(|process| drop(process.modules()));
    });
    check("copy", &|| {
        let log = open();
        let mut writer = LogsWriter::for_copy(io::Cursor::new(Vec::new()), log.index()).unwrap();
        writer.copy_events(log.events().flatten()).unwrap();
        writer.finish().unwrap();
    });
}

/// Discards all text written to it.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, _: &str) -> std::fmt::Result {
        Ok(())
    }
}

#[test]
fn a_small_log_takes_little_memory() {
    reads_within(&std::fs::read("fuzz/regressions/open-memory-of-small-log").unwrap(), 24, 1000);
    reads_within(&std::fs::read("fixtures/empty.pml").unwrap(), 24, 1000);
}

#[test]
fn modules_can_share_a_long_string() {
    const MODULES: u32 = 2000;
    let mut record = numbers([1, 0, 4 + 8]);
    record.resize(4 + 8 + 0x68, 0);
    record.extend_from_slice(&MODULES.to_le_bytes());
    for module in 0..MODULES {
        // Each module has its own load time; its path is string 1, and its version is string 2.
        record.extend(numbers([module, 0, 0x1000 * module, 0, 0x1000, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    }
    // The string has a NUL, and unpaired surrogates, so that the index keeps it both as UTF-8 and as UTF-16 code units.
    let long: Vec<u8> = [0xD800_u16, 0x41, 0].iter().cycle().take(60_000).flat_map(|unit| unit.to_le_bytes()).collect();
    let mut strings = numbers([3, 16, 20, 28, 0, 4]);
    strings.extend_from_slice(&[b'a', 0, b'b', 0]);
    strings.extend_from_slice(&(long.len() as u32).to_le_bytes());
    strings.extend_from_slice(&long);
    let log = with_tables(&record, &strings, &numbers([0]), &numbers([0, 0]));
    opens_within(&log, 24);
    reads_within(&log, 24, 1000);
    let modules = LogsReader::new(&log).unwrap();
    assert_eq!(modules.index().processes().map(|process| process.modules().len()).sum::<usize>(), MODULES as usize);
}

#[test]
fn summaries_keep_a_path_that_processes_share_once() {
    const COUNT: u32 = 2000;
    const SIZE: u32 = 0x6C;
    let offset = |process: u32| 4 + 8 * COUNT + SIZE * process;
    let mut table = numbers([COUNT].into_iter().chain(0..COUNT).chain((0..COUNT).map(offset)));
    for process in 0..COUNT {
        // The key and the PID differ, the image path is string 1.
        let mut record = numbers([process, process]);
        record.resize(SIZE as usize, 0);
        record[0x44] = 1;
        table.extend_from_slice(&record);
    }
    let mut strings = numbers([2, 12, 16, 0, 100_000]);
    strings.resize(strings.len() + 100_000, b'A');
    let bytes = with_tables(&table, &strings, &numbers([0]), &numbers([0, 0]));
    let log = LogsReader::new(&bytes).unwrap();
    assert_eq!(log.index().processes().map(|process| process.image_path().len()).min(), Some(150_000));
    let (summary, counts) = count(|| {
        let [mut summary, other] = [Summary::with_indexes(log.indexes()), Summary::with_indexes(log.indexes())];
        summary.merge(other);
        summary
    });
    assert_eq!(summary.processes().len(), COUNT as usize);
    assert!(counts.peak as usize <= 16 * bytes.len(), "{} bytes of memory for {} bytes", counts.peak, bytes.len());
}

/// Counts the bytes that are written to it, and the writes.
#[derive(Default)]
struct Counter(u64, u64);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        self.1 += 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Counter {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        Ok(if let io::SeekFrom::Start(at) = to { at } else { self.0 })
    }
}

#[test]
fn exports_and_saves_write_large_blocks() {
    let log = LogsReader::new(synth::large(40_000)).unwrap();
    let mut out = Counter::default();
    export::write(&mut out, log.events(), Csv::new(Column::ALL, Style::new())).unwrap();
    assert!(out.0 > 5_000_000 && out.1 <= 10 + out.0 / 0x1_0000, "{} writes of {} bytes", out.1, out.0);
    let mut out = Counter::default();
    write::save(&mut out, &log, |_| true).unwrap();
    assert!(out.0 > 5_000_000 && out.1 <= 50 + out.0 / 0x1_0000, "{} writes of {} bytes", out.1, out.0);
}

/// Exports a log. Checks that the output has at least `least` bytes, and that memory use does not depend on it.
fn exports_within(log: &LogsReader<Vec<u8>>, size: usize, format: impl export::Format, least: u64) {
    log.events().flatten().for_each(|event| _ = event.frames().count()); // builds the map of modules
    let mut out = Counter::default();
    let (_, counts) = count(|| export::write(&mut out, log.events(), format).unwrap());
    assert!(out.0 >= least, "{} bytes of output", out.0);
    assert!(counts.peak as usize <= 0x40_0000 + 8 * size, "{} bytes of memory for {} of output", counts.peak, out.0);
}

/// Returns a log with one event, whose stack has `frames` frames in one module with a path of `path` characters.
fn with_long_stack(frames: usize, path: usize) -> Vec<u8> {
    let mut log = Log::new(true);
    let module =
        synth::Module { base: 0x1_0000, size: 0x1000_0000, path: "m".repeat(path), ..synth::Module::default() };
    log.processes = vec![
        synth::Process { index: 1, pid: 4, image_path: "System".into(), ..synth::Process::default() },
        synth::Process { index: 2, pid: 8, name: "a.exe".into(), modules: vec![module], ..synth::Process::default() },
    ];
    let event = synth::registry::open_key(synth::Text::wide("A"), 1, Some(1));
    log.events = vec![synth::Event { process_index: 2, time: 1, stack: vec![0x2_0000; frames], ..event }];
    log.bytes()
}

#[test]
fn a_long_stack_is_exported_in_parts() {
    let bytes = with_long_stack(3000, 10_000);
    let (log, size) = (LogsReader::new(bytes.clone()).unwrap(), bytes.len());
    let xml = Xml::new(log.indexes(), Column::ALL, Style::new()).with_stacks(true);
    exports_within(&log, size, xml, 25_000_000);
    #[cfg(feature = "jsonl")]
    exports_within(&log, size, export::jsonl::JsonLines::new(Style::new()).with_stacks(true), 25_000_000);
    exports_within(&log, size, Csv::new(Column::ALL, Style::new()), 100);
}

#[test]
fn processes_that_share_a_long_string_are_exported_in_parts() {
    const COUNT: u32 = 500;
    let mut table = numbers([COUNT].into_iter().chain(0..COUNT).chain((0..COUNT).map(|_| 4 + 8 * COUNT)));
    let mut record = vec![0; 0x6C];
    record[0x40] = 1;
    table.extend_from_slice(&record);
    let mut strings = numbers([2, 12, 16, 0, 100_000]);
    strings.resize(strings.len() + 100_000, b'A');
    let bytes = with_tables(&table, &strings, &numbers([0]), &numbers([0, 0]));
    let (log, size) = (LogsReader::new(bytes.clone()).unwrap(), bytes.len());
    exports_within(&log, size, Xml::new(log.indexes(), Column::ALL, Style::new()), 25_000_000);
}

/// Returns `runs` pairs of records, each with bytes between the two that are not a record. The offset array points to
/// these bytes.
fn with_bad_anchors(runs: usize) -> Vec<u8> {
    let mut log = synth::sample(true);
    let event = synth::registry::open_key(synth::Text::wide("A"), 1, None);
    log.events =
        vec![synth::Event { process_index: log.processes[1].index, time: synth::SAMPLE_START, ..event }; 2 * runs];
    let bytes = log.bytes();
    let (start, array) = (0x3A8, synth::section(&bytes, synth::header::EVENT_OFFSETS));
    let record = (array - start) / (2 * runs);
    let (mut out, mut entries) = (bytes[..start].to_vec(), Vec::new());
    for pair in bytes[start..start + 2 * runs * record].chunks(2 * record) {
        out.extend_from_slice(pair);
        entries.extend_from_slice(&(out.len() as u64).to_le_bytes()[..5]);
        out.extend_from_slice(&[0xFF; 80]);
    }
    out.resize(out.len().next_multiple_of(4), 0);
    let moved = out.len() as u64;
    out.extend_from_slice(&entries);
    let tables = synth::section(&bytes, synth::header::PROCESSES);
    let by = out.len() as u64 - tables as u64;
    out.extend_from_slice(&bytes[tables..]);
    out[0x234..0x238].copy_from_slice(&(runs as u32).to_le_bytes());
    out[0x248..0x250].copy_from_slice(&moved.to_le_bytes());
    for field in [0x250, 0x258, 0x260, 0x3A0] {
        let offset = u64::from_le_bytes(out[field..field + 8].try_into().unwrap()) + by;
        out[field..field + 8].copy_from_slice(&offset.to_le_bytes());
    }
    out
}

#[test]
fn salvaging_reads_a_file_a_few_times_whatever_its_offsets() {
    // After each damaged place, one block of the file is read.
    const BLOCK: usize = 1 << 16;
    for runs in [500, 4000] {
        let bytes = with_bad_anchors(runs);
        let read = Cell::new(0);
        let (log, counts) = count(|| {
            let segment = Watched(&bytes, &read);
            OpenOptions::new().salvage(true).single_file(true).open_stream_with("log", |_| Ok(segment.clone())).unwrap()
        });
        assert_eq!(log.len(), 2 * runs);
        let most = 40 * bytes.len() + 2 * BLOCK * runs;
        assert!(read.get() <= most as u64, "{} bytes read of {}", read.get(), bytes.len());
        assert!(counts.peak as usize <= 0x40_0000 + 8 * bytes.len(), "{} bytes of memory", counts.peak);
    }
}

#[test]
fn redacting_many_names_takes_memory_in_proportion_to_the_log() {
    const USERS: u32 = 2000;
    let mut log = synth::sample(true);
    log.processes.extend((0..USERS).map(|user| synth::Process {
        index: 1000 + user,
        pid: 1000 + user,
        name: "a.exe".into(),
        user: format!(r"DOM\user{user:05}"),
        image_path: format!(r"C:\Users\user{user:05}\a.exe"),
        ..synth::Process::default()
    }));
    log.events.extend((0..USERS).map(|user| {
        let path = synth::Text::wide(&format!(r"\REGISTRY\USER\user{user:05}"));
        synth::Event { process_index: 1000 + user, ..synth::registry::open_key(path, 1, Some(1)) }
    }));
    let bytes = log.bytes();
    let log = LogsReader::new(&bytes[..]).unwrap();
    let ((), counts) = count(|| {
        let mut redactor = Redactor::new();
        assert!(redactor.replace_people(&log).unwrap().len() >= USERS as usize);
        let mut out = io::Cursor::new(Vec::new());
        SaveOptions::new().redact(&redactor).save(&mut out, &log, |_| true).unwrap();
        assert!(out.get_ref().len() <= bytes.len());
        redactor.verify(&LogsReader::new(out.into_inner()).unwrap()).unwrap();
    });
    assert!(counts.peak as usize <= 0x40_0000 + 16 * bytes.len(), "{} bytes of {}", counts.peak, bytes.len());
    // A few allocations for each name, process and event.
    assert!(counts.allocations <= 200 * u64::from(USERS), "{} allocations", counts.allocations);
}
