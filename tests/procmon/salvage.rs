//! Salvage: every complete event of a damaged log is recovered unchanged, and the report states exactly what was lost.

use crate::suite::note;
use crate::support::alloc::count;
use crate::support::synth;
use procmon_parser::code::EventClass;
use procmon_parser::detail::ProcessDetail;
use procmon_parser::{Column, Detail, ErrorKind, Event, Log, LogsReader, OpenOptions, SalvageReport, SectionState};

crate::tests! {
    plain:
        processes_are_rebuilt_from_their_events,
        damaged_events_are_skipped,
        a_damaged_segment_is_salvaged_and_the_others_are_unchanged,
        memory_is_bounded_by_the_size_of_the_file,
        other_files_are_refused;
    files_of_each_log:
        every_complete_event_is_recovered_from_a_log_cut_at_ten_places,
        a_ruined_header_loses_no_event_and_no_process_name,
        an_unclosed_log_without_events_is_salvaged_empty,
        streams_and_readers_salvage_the_same_events,
        an_unclosed_log_is_salvaged_completely,
        a_ruined_table_affects_only_that_table,
        an_intact_log_is_not_salvaged;
    slow_files_of_each_log:
        every_complete_event_is_recovered_from_a_log_cut_at_a_hundred_places;
}

/// The columns whose text depends only on the event and the header.
const EVENT_COLUMNS: [Column; 13] = [
    Column::TIME_OF_DAY,
    Column::OPERATION,
    Column::PATH,
    Column::RESULT,
    Column::DETAIL,
    Column::DATE_AND_TIME,
    Column::RELATIVE_TIME,
    Column::DURATION,
    Column::COMPLETION_TIME,
    Column::EVENT_CLASS,
    Column::SEQUENCE,
    Column::TID,
    Column::CATEGORY,
];

fn salvage(bytes: &[u8]) -> LogsReader<&[u8]> {
    OpenOptions::new().salvage(true).open_bytes(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn lost<D>(log: &LogsReader<D>) -> &SalvageReport
where
    D: AsRef<[u8]>,
{
    log.salvaged().next().expect("the log was salvaged")
}

/// Returns the bytes of a log of one file, or `None` if it has several files, no events or damage.
fn intact<'a>(name: &str, files: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let [bytes] = files else { return None };
    let has_events = |bytes: &[u8]| !LogsReader::new(bytes).unwrap().is_empty();
    (name != "damaged" && has_events(bytes)).then_some(bytes)
}

/// Returns true if the tables are not in the order that Procmon and the generator use.
fn is_crafted(name: &str) -> bool {
    name.starts_with("conformance/")
}

/// A log before it is damaged.
struct Original<'a> {
    log: LogsReader<&'a [u8]>,
    /// The offset of the event-offset array, which follows the events.
    end_of_events: usize,
}

impl<'a> Original<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let log = LogsReader::new(bytes).unwrap();
        Self { log, end_of_events: synth::section(bytes, synth::header::EVENT_OFFSETS) }
    }
}

impl<'a> std::ops::Deref for Original<'a> {
    type Target = LogsReader<&'a [u8]>;

    fn deref(&self) -> &Self::Target {
        &self.log
    }
}

fn end_of(event: Event<'_>) -> usize {
    event.offset() as usize + event.bytes().len()
}

/// Checks that two events have the same text in the given columns.
fn assert_same(event: Event<'_>, original: Event<'_>, columns: impl IntoIterator<Item = Column>) {
    for column in columns {
        let [text, expected] = [event, original].map(|event| event.text(column).to_string());
        assert_eq!(text, expected, "{column} of {original:?}");
    }
}

fn complete_events<'a>(original: &'a Original<'_>, end: usize) -> Vec<Event<'a>> {
    original.events().flatten().filter(|&event| end_of(event) <= end).collect()
}

/// Returns the number of salvaged events that are not in the event-offset array. One log has events that Procmon wrote
/// while it closed the log.
fn unlisted(salvaged: &LogsReader<&[u8]>, original: &Original<'_>) -> usize {
    let listed = original.events().flatten().map(end_of).max().unwrap();
    let unlisted: Vec<_> = salvaged.events().flatten().filter(|event| event.offset() as usize >= listed).collect();
    assert!(unlisted.iter().all(|&event| end_of(event) <= original.end_of_events && event.detail().is_ok()));
    unlisted.len()
}

/// Checks that the salvaged events are the complete events of the original before `end`, in everything that does not
/// need a lost table.
fn assert_recovered(salvaged: &LogsReader<&[u8]>, original: &Original<'_>, end: usize, all_columns: bool) {
    let mut whole = complete_events(original, end);
    if lost(salvaged).offsets == SectionState::Rebuilt {
        whole.sort_by_key(|event| event.time()); // the array of one crafted log is not sorted by time
    }
    let unlisted = unlisted(salvaged, original);
    assert_eq!(salvaged.len() - unlisted, whole.len(), "{}", lost(salvaged));
    let listed = original.events().flatten().map(end_of).max().unwrap();
    let events = salvaged.events().map(|event| event.unwrap()).filter(|event| (event.offset() as usize) < listed);
    for (event, &original) in events.zip(&whole) {
        assert_eq!(event.offset(), original.offset());
        assert_eq!(event.bytes(), original.bytes());
        let extra = u32::from_le_bytes(original.bytes()[0x30..0x34].try_into().unwrap()) as usize
            + 2
            + original.extra().map_or(0, <[u8]>::len);
        if original.offset() as usize + extra > end {
            continue; // the extra block is stored elsewhere
        }
        assert_eq!(event.extra(), original.extra());
        let is_near_the_end = event.ordinal() as usize + 20 > whole.len();
        if all_columns || is_near_the_end {
            let lost = lost(salvaged);
            let has_tables = lost.processes == SectionState::Intact && lost.strings == SectionState::Intact;
            let columns = if has_tables { Column::ALL } else { &EVENT_COLUMNS };
            let needs_hosts = |column| column == Column::PATH && event.class() == EventClass::NETWORK;
            let same_origin = salvaged.index().origin() == original.index().origin();
            let is_there = |column: &Column| {
                (lost.hosts == SectionState::Intact || !needs_hosts(*column))
                    && (same_origin || *column != Column::RELATIVE_TIME)
            };
            assert_same(event, original, columns.iter().copied().filter(is_there));
        }
    }
}

/// Returns the number of processes that have events, the number of these that have a name, and the number of these that
/// have the original name.
fn names(salvaged: &LogsReader<&[u8]>, original: &LogsReader<&[u8]>) -> [usize; 3] {
    let keys: std::collections::BTreeSet<_> = salvaged.events().flatten().map(|event| event.process_key()).collect();
    let name = |log: &LogsReader<&[u8]>, key| log.index().process(key).map(|process| process.name().to_owned());
    let named: Vec<_> =
        keys.iter().filter_map(|&key| Some((key, name(salvaged, key).filter(|name| !name.is_empty())?))).collect();
    let right = named.iter().filter(|(key, found)| name(original, *key).as_ref() == Some(found)).count();
    [keys.len(), named.len(), right]
}

fn every_complete_event_is_recovered_from_a_log_cut_at_ten_places(name: &str, files: &[Vec<u8>]) {
    cut(name, files, 10);
}

fn every_complete_event_is_recovered_from_a_log_cut_at_a_hundred_places(name: &str, files: &[Vec<u8>]) {
    cut(name, files, 1);
}

/// Salvages a log that is cut at every `step`-th of a hundred places.
fn cut(name: &str, files: &[Vec<u8>], step: usize) {
    let Some(bytes) = intact(name, files) else { return };
    let original = Original::new(bytes);
    let (mut whole, mut recovered, mut keys, mut named) = (0, 0, 0, 0);
    for cut in (step..=100).step_by(step) {
        let end = bytes.len() * cut / 101;
        let events = complete_events(&original, end).len();
        if events == 0 {
            continue;
        }
        let salvaged = salvage(&bytes[..end]);
        whole += events;
        if salvaged.salvaged().next().is_none() {
            panic!("{name} cut to {end} of {} bytes is not salvaged", bytes.len());
        }
        recovered += salvaged.len() - unlisted(&salvaged, &original);
        assert_recovered(&salvaged, &original, end, cut % 25 == 0);
        let [all, with_name, right] = names(&salvaged, &original);
        assert!(with_name == right || is_crafted(name), "{name}: a process has a wrong name");
        (keys, named) = (keys + all, named + with_name);
        let lost = lost(&salvaged);
        assert_eq!(lost.events as usize, salvaged.len());
        assert_eq!(lost.unnamed_processes as usize, all - with_name);
        // Only the event at the cut is not recovered.
        let at = lost.cut_event.map_or(end, |at| at as usize);
        assert!(lost.skipped_bytes as usize <= end - at + 3, "{name} cut to {end}: {lost}");
    }
    note(format_args!("| {name} | {} | {} | {whole} | {recovered} | {keys} | {named} |", original.len(), 100 / step));
}

/// Returns the tables of a log with their ranges, each from its start to the start of the next table.
fn table_ranges(bytes: &[u8]) -> Vec<(&'static str, std::ops::Range<usize>)> {
    let section = |field| synth::section(bytes, field);
    let starts = [
        ("offsets", section(synth::header::EVENT_OFFSETS)),
        ("processes", section(synth::header::PROCESSES)),
        ("strings", section(synth::header::STRINGS)),
        ("icons", section(synth::header::ICONS)),
        ("hosts", section(synth::header::HOSTS)),
        ("end", bytes.len()),
    ];
    starts.windows(2).map(|pair| (pair[0].0, pair[0].1..pair[1].1)).collect()
}

/// Returns copies of a log with a range filled with zeros, with ones, and with noise.
fn ruins(bytes: &[u8], range: std::ops::Range<usize>) -> impl Iterator<Item = Vec<u8>> {
    (0..3).map(move |kind| {
        let mut ruined = bytes.to_vec();
        let mut state = 0x9E37_79B9_u32;
        for byte in &mut ruined[range.clone()] {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = [0, 0xFF, (state >> 24) as u8][kind];
        }
        ruined
    })
}

/// Checks that a salvaged log has all tables of the original and its events in their order.
fn assert_tables_are_intact(salvaged: &LogsReader<&[u8]>, original: &Original<'_>) {
    let unlisted = unlisted(salvaged, original);
    assert_eq!(salvaged.len(), original.len() + unlisted);
    for (part, state) in lost(salvaged).sections().skip(1) {
        assert!(state == SectionState::Intact || (part == "offsets" && unlisted > 0), "{}", lost(salvaged));
    }
}

/// Without events, salvage cannot recognize an event-offset array. A log with a header is an empty log, like that of a
/// capture that has not recorded any event yet.
fn an_unclosed_log_without_events_is_salvaged_empty(name: &str, files: &[Vec<u8>]) {
    let [bytes] = files else { return };
    let original = LogsReader::new(&bytes[..]).unwrap();
    if !original.is_empty() {
        return;
    }
    let unclosed = synth::unclosed(bytes.clone());
    assert!(matches!(LogsReader::new(&unclosed[..]).unwrap_err().kind(), ErrorKind::UnclosedLog), "{name}");
    // With its tables, and with only the header, as while the capture runs.
    for bytes in [&unclosed[..], &unclosed[..0x3A8]] {
        let log = salvage(bytes);
        assert_eq!((log.len(), lost(&log).events), (0, 0), "{name}");
        assert_eq!(log.index().system(), original.index().system(), "{name}");
        assert!(lost(&log).to_string().contains("0 events recovered"), "{name}: {}", lost(&log));
    }
}

fn streams_and_readers_salvage_the_same_events(name: &str, files: &[Vec<u8>]) {
    let Some(bytes) = intact(name, files).filter(|_| !is_crafted(name)) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.pml");
    let options = OpenOptions::new().salvage(true);
    for damaged in [&synth::unclosed(bytes.to_vec())[..], &bytes[..bytes.len() / 2], &bytes[0x3A8..]] {
        std::fs::write(&path, damaged).unwrap();
        let (log, stream) = match (options.open(&path), options.open_stream(&path)) {
            (Ok(log), Ok(stream)) => (log, stream),
            (log, stream) => {
                let errors = [log.map(drop), stream.map(drop)].map(|result| result.unwrap_err().to_string());
                assert_eq!(errors[0], errors[1], "{name}");
                continue;
            }
        };
        assert!(log.salvaged().eq(stream.salvaged()), "{name}");
        let mut events = log.events();
        let same = |event: procmon_parser::Result<Event<'_>>| {
            let (event, expected) = (event.unwrap(), events.next().unwrap().unwrap());
            assert_eq!(event.offset(), expected.offset(), "{name}");
            assert_eq!((event.bytes(), event.extra()), (expected.bytes(), expected.extra()), "{name}");
        };
        stream.for_each(same).unwrap();
        assert!(events.next().is_none(), "{name}");
    }
}

fn a_ruined_header_loses_no_event_and_no_process_name(name: &str, files: &[Vec<u8>]) {
    let Some(bytes) = intact(name, files).filter(|_| !is_crafted(name)) else { return };
    let original = Original::new(bytes);
    for ruined in ruins(bytes, 0..0x3A8) {
        let salvaged = salvage(&ruined);
        let lost = lost(&salvaged);
        assert_eq!((lost.header, lost.declared_events), (SectionState::Lost, None), "{name}");
        assert_tables_are_intact(&salvaged, &original);
        assert_eq!(salvaged.index().is_64bit(), original.index().is_64bit(), "{name}");
        for (event, original) in salvaged.events().zip(original.events()).step_by(7) {
            let (event, original) = (event.unwrap(), original.unwrap());
            assert_eq!(event.bytes(), original.bytes());
            // Paths of images depend on the Windows folder, which is stored only in the header.
            let is_of_header = |column: &Column| *column == Column::PATH && event.class() == EventClass::PROCESS;
            assert_same(event, original, Column::ALL.iter().copied().filter(|column| !is_of_header(column)));
        }
    }
}

fn an_unclosed_log_is_salvaged_completely(name: &str, files: &[Vec<u8>]) {
    let Some(bytes) = intact(name, files).filter(|_| !is_crafted(name)) else { return };
    let original = Original::new(bytes);
    let unclosed = synth::unclosed(bytes.to_vec());
    let salvaged = salvage(&unclosed);
    assert_tables_are_intact(&salvaged, &original);
    assert_eq!((lost(&salvaged).skipped_bytes, lost(&salvaged).cut_event), (0, None), "{name}");
    for (event, original) in salvaged.events().zip(original.events()).step_by(3) {
        assert_same(event.unwrap(), original.unwrap(), Column::ALL.iter().copied());
    }
    // While a capture runs, the log has no tables either.
    let running = &unclosed[..table_ranges(bytes)[0].1.start];
    assert_recovered(&salvage(running), &original, running.len(), false);
}

fn a_ruined_table_affects_only_that_table(name: &str, files: &[Vec<u8>]) {
    let Some(bytes) = intact(name, files).filter(|_| !is_crafted(name)) else { return };
    let original = Original::new(bytes);
    for (table, range) in table_ranges(bytes) {
        for ruined in ruins(bytes, range.clone()) {
            let log = OpenOptions::new().salvage(true).open_bytes(&ruined[..]).unwrap();
            if let Some(lost) = log.salvaged().next() {
                for (part, state) in lost.sections() {
                    assert!(
                        state == SectionState::Intact || part == table,
                        "{name}, {table} ruined: {part} is {state}"
                    );
                }
                assert_recovered(&log, &original, range.start.max(bytes.len()), false);
                let [with_events, named, right] = names(&log, &original);
                assert_eq!(named, right, "{name}, {table} ruined");
                if !["processes", "strings"].contains(&table) {
                    let [_, all, _] = names(&original, &original);
                    assert!(named >= all, "{name}, {table} ruined: {named} of {with_events} processes have a name");
                }
            } else {
                assert!(
                    ["icons", "hosts"].contains(&table),
                    "{name}, {table} ruined: only a zero-filled icon or host table reads as an empty one"
                );
            }
        }
    }
}

fn processes_are_rebuilt_from_their_events() {
    let data = synth::sample(true).bytes();
    let original = Original::new(&data);
    let end = table_ranges(&data)[0].1.start;
    let salvaged = salvage(&data[..end]);
    let mut created = 0;
    for event in original.events().flatten() {
        let Ok(Detail::Process(ProcessDetail::Create(new))) = event.detail() else { continue };
        let process =
            salvaged.index().process(new.process_key).expect("the log has the event that created the process");
        let Some(expected) = original.index().process(new.process_key) else { continue };
        assert_eq!((process.pid(), process.parent_pid()), (expected.pid(), expected.parent_pid()));
        assert_eq!((process.name(), process.image_path()), (expected.name(), expected.image_path()));
        assert_eq!(process.command_line(), expected.command_line());
        assert_eq!((process.integrity(), process.session()), (expected.integrity(), expected.session()));
        assert_eq!(process.authentication_id(), expected.authentication_id());
        assert_eq!((process.is_64bit(), process.is_virtualized()), (expected.is_64bit(), expected.is_virtualized()));
        created += 1;
    }
    assert!(created > 0);
    let mut images = 0;
    for event in original.events().flatten() {
        let Ok(Detail::Process(ProcessDetail::LoadImage(image))) = event.detail() else { continue };
        let process = salvaged.index().process(event.process_key()).unwrap();
        let module = process.modules().find(|module| module.base() == image.base).unwrap();
        assert_eq!((module.size(), module.load_time()), (image.size, event.time()));
        assert_eq!(module.path(), event.text(Column::PATH).to_string());
        images += 1;
    }
    assert!(images > 0);
}

fn damaged_events_are_skipped() {
    let intact = synth::sample(true).bytes();
    let damaged = synth::damaged();
    let (intact, log) = (LogsReader::new(&intact[..]).unwrap(), salvage(&damaged));
    let broken = LogsReader::new(&damaged[..]).unwrap();
    // Salvage recovers the damaged events whose record is intact and whose offset is wrong.
    let mut expected = Vec::new();
    for (event, original) in broken.events().zip(intact.events().flatten()) {
        let is_offset = |error: &procmon_parser::Error| error.place().unwrap().field == "event.offset";
        if event.map_or_else(|error| is_offset(&error), |_| true) {
            expected.push(original.offset());
        }
    }
    let found: Vec<_> = log.events().flatten().map(|event| event.offset()).collect();
    assert_eq!(found, expected);
    let gone: Vec<_> = intact.events().flatten().filter(|event| !expected.contains(&event.offset())).collect();
    let ranges: Vec<_> = gone.iter().map(|&event| event.offset()..end_of(event) as u64).collect();
    assert_eq!(lost(&log).skipped, ranges, "exactly the damaged events are skipped");
    assert_eq!(lost(&log).declared_events, Some(intact.len() as u32));
}

fn an_intact_log_is_not_salvaged(name: &str, files: &[Vec<u8>]) {
    let Some(bytes) = intact(name, files) else { return };
    let log = OpenOptions::new().salvage(true).open_bytes(bytes).unwrap();
    assert!(log.salvaged().next().is_none(), "{name}");
    assert_eq!(log.len(), LogsReader::new(bytes).unwrap().len());
}

fn other_files_are_refused() {
    for bytes in [&b"MZ"[..], &[0; 5000], b"PML_", &[]] {
        let error = OpenOptions::new().salvage(true).open_bytes(bytes).unwrap_err();
        assert_eq!(error.to_string(), LogsReader::new(bytes).unwrap_err().to_string());
    }
}

fn a_damaged_segment_is_salvaged_and_the_others_are_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["capture.pml", "capture-1.pml", "capture-2.pml"] {
        let mut bytes = std::fs::read(format!("fixtures/segments/{name}")).unwrap();
        if name == "capture-2.pml" {
            bytes = synth::unclosed(bytes);
        }
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let path = folder.path().join("capture.pml");
    assert!(LogsReader::open(&path).is_err());
    let log = OpenOptions::new().salvage(true).open(&path).unwrap();
    let whole = LogsReader::open("fixtures/segments/capture.pml").unwrap();
    let salvaged: Vec<_> = log.salvaged().collect();
    assert_eq!(salvaged.len(), 1);
    assert!(salvaged[0].path.as_ref().unwrap().ends_with("capture-2.pml"), "{}", salvaged[0]);
    assert_eq!(log.len(), whole.len());
    for (event, original) in log.events().zip(whole.events()) {
        assert_same(event.unwrap(), original.unwrap(), Column::ALL.iter().copied());
    }
}

fn memory_is_bounded_by_the_size_of_the_file() {
    let sample = synth::sample(true).bytes();
    let mut hostile = vec![
        vec![0; 1 << 20],
        vec![0xFF; 1 << 20],
        [&sample[..0x3A8], &[1; 1 << 20]].concat(),
        sample[0x3A8..].repeat(20),
    ];
    // Records that consist only of prefixes, each of a different process.
    let mut records = sample[..0x3A8].to_vec();
    records[0x234..0x268].fill(0);
    for number in 0..20_000_u32 {
        let mut prefix = [0; 0x34];
        prefix[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_le_bytes());
        prefix[8] = 1;
        prefix[0x0C] = 3;
        prefix[0x1C..0x24].copy_from_slice(&134_169_138_000_000_000_u64.to_le_bytes());
        records.extend_from_slice(&prefix);
    }
    hostile.push(records);
    for bytes in hostile {
        let (events, counts) =
            count(|| OpenOptions::new().salvage(true).open_bytes(&bytes[..]).map_or(0, |log| log.len()));
        assert!(
            counts.peak <= 16 * bytes.len() as i64,
            "{} bytes of memory for {events} events of {} bytes",
            counts.peak,
            bytes.len()
        );
    }
}
