//! Salvage: of damaged logs, every event that is whole comes back as it was, and what is lost is said exactly.

mod procmon;
mod support;

use procmon::all_logs;
use procmon_parser::code::EventClass;
use procmon_parser::{Column, Event, Fate, LogsReader, OpenOptions, Salvaged};
use support::alloc::{Counting, count};
use support::synth::{self, Log};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Columns that need no table but the header.
const OF_EVENTS: [Column; 13] = [
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

/// Columns whose text is the process table's, and can be learned from events.
const OF_PROCESSES: [Column; 5] =
    [Column::PROCESS_NAME, Column::IMAGE_PATH, Column::COMMAND_LINE, Column::PID, Column::PARENT_PID];

fn salvage(bytes: &[u8]) -> LogsReader<&[u8]> {
    OpenOptions::new().salvage(true).read(bytes).unwrap_or_else(|error| panic!("{error}"))
}

fn lost<D>(log: &LogsReader<D>) -> &Salvaged
where
    D: AsRef<[u8]>,
{
    log.salvaged().next().expect("the log is damaged")
}

/// The logs of one file, by their names.
fn files() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (name, log) in all_logs() {
        let name = name.rsplit('/').next().unwrap().trim_end_matches(".pml.gz").to_owned();
        let parts = log.into_parts();
        if parts.len() == 1 && name != "damaged" && name != "empty" {
            files.extend(parts.into_iter().map(|(data, _)| (name.clone(), data)));
        }
    }
    files
}

fn end_of(event: Event<'_>) -> usize {
    event.offset() as usize + event.bytes().len()
}

/// Whether the texts of two events are the same, in columns.
fn assert_same(event: Event<'_>, original: Event<'_>, columns: impl IntoIterator<Item = Column>) {
    for column in columns {
        let [text, expected] = [event, original].map(|event| event.text(column).to_string());
        assert_eq!(text, expected, "{column} of {original:?}");
    }
}

fn whole_events<'a>(original: &'a LogsReader<&[u8]>, end: usize) -> Vec<Event<'a>> {
    original.events().flatten().filter(|&event| end_of(event) <= end).collect()
}

/// The number of events that are in the file, but not in its list: one log has what Procmon wrote while it closed it.
fn unlisted(salvaged: &LogsReader<&[u8]>, original: &LogsReader<&[u8]>) -> usize {
    let listed = original.events().flatten().map(end_of).max().unwrap();
    let unlisted: Vec<_> = salvaged.events().flatten().filter(|event| event.offset() as usize >= listed).collect();
    let end = original.index().header().event_offsets_offset as usize;
    assert!(unlisted.iter().all(|&event| end_of(event) <= end && event.detail().is_ok()));
    unlisted.len()
}

/// Expects salvaged events to be the whole ones of the original before an end, in all that needs no lost table.
fn assert_recovered(salvaged: &LogsReader<&[u8]>, original: &LogsReader<&[u8]>, end: usize, all_columns: bool) {
    let mut whole = whole_events(original, end);
    if lost(salvaged).offsets == Fate::Rebuilt {
        whole.sort_by_key(|event| event.time()); // one crafted log has another order
    }
    let unlisted = unlisted(salvaged, original);
    assert_eq!(salvaged.len() - unlisted, whole.len(), "{}", lost(salvaged));
    let listed = original.events().flatten().map(end_of).max().unwrap();
    let events = salvaged.events().map(|event| event.unwrap()).filter(|event| (event.offset() as usize) < listed);
    for (event, &original) in events.zip(&whole) {
        assert_eq!(event.offset(), original.offset());
        assert_eq!(event.bytes(), original.bytes());
        let extra = original.header().extra_offset() as usize + 2 + original.extra().map_or(0, <[u8]>::len);
        if original.offset() as usize + extra > end {
            continue; // the extra block lies apart
        }
        assert_eq!(event.extra(), original.extra());
        let is_near_the_end = event.ordinal() as usize + 20 > whole.len();
        if all_columns || is_near_the_end {
            let lost = lost(salvaged);
            let has_tables = lost.processes == Fate::Intact && lost.strings == Fate::Intact;
            let columns = if has_tables { Column::ALL } else { &OF_EVENTS };
            let needs_hosts = |column| column == Column::PATH && event.class() == EventClass::NETWORK;
            let same_origin = salvaged.index().origin() == original.index().origin();
            let is_there = |column: &Column| {
                (lost.hosts == Fate::Intact || !needs_hosts(*column))
                    && (same_origin || *column != Column::RELATIVE_TIME)
            };
            assert_same(event, original, columns.iter().copied().filter(is_there));
        }
    }
}

/// What is known of the processes that have events: all of them, those with a name, those whose name is the original's.
fn names(salvaged: &LogsReader<&[u8]>, original: &LogsReader<&[u8]>) -> [usize; 3] {
    let keys: std::collections::BTreeSet<_> = salvaged.events().flatten().map(|event| event.process_index()).collect();
    let name = |log: &LogsReader<&[u8]>, key| log.index().process(key).map(|process| process.name().to_owned());
    let named: Vec<_> =
        keys.iter().filter_map(|&key| Some((key, name(salvaged, key).filter(|name| !name.is_empty())?))).collect();
    let right = named.iter().filter(|(key, found)| name(original, *key).as_ref() == Some(found)).count();
    [keys.len(), named.len(), right]
}

#[test]
fn cut_at_a_hundred_places() {
    println!("| log | events | cuts | whole events before the cuts | recovered | processes with events | named |");
    for (name, bytes) in files() {
        let original = LogsReader::new(&bytes[..]).unwrap();
        let (mut whole, mut recovered, mut keys, mut named) = (0, 0, 0, 0);
        for cut in 1..=100 {
            let end = bytes.len() * cut / 101;
            let events = whole_events(&original, end).len();
            if events == 0 {
                continue;
            }
            let salvaged = salvage(&bytes[..end]);
            whole += events;
            if salvaged.salvaged().next().is_none() {
                panic!("{name} cut to {end} of {}", bytes.len());
            }
            recovered += salvaged.len() - unlisted(&salvaged, &original);
            assert_recovered(&salvaged, &original, end, cut % 25 == 0);
            let [all, with_name, right] = names(&salvaged, &original);
            assert_eq!(with_name, right, "{name}: a name that is not the original's");
            (keys, named) = (keys + all, named + with_name);
            let lost = lost(&salvaged);
            assert_eq!(lost.events as usize, salvaged.len());
            assert_eq!(lost.unnamed_processes as usize, all - with_name);
            // All that is not recovered is the event that is cut.
            let at = lost.cut_event.map_or(end, |at| at as usize);
            assert!(lost.skipped_bytes as usize <= end - at + 3, "{name} cut to {end}: {lost}");
        }
        println!("| {name} | {} | 100 | {whole} | {recovered} | {keys} | {named} |", original.len());
    }
}
