//! Events that share bytes of their file: copies leave them out, salvaging keeps the plausible ones, both report them.

use std::io::Cursor;

use crate::support::alloc::count;
use crate::support::synth::{self, Log, section};
use procmon_parser::log::Overlaps;
use procmon_parser::{ErrorKind, LogsReader, LogsStream, OpenOptions, SalvageReport, WarningKind, write};

/// Returns the offsets of the events of a log.
fn offsets(log: &[u8]) -> Vec<usize> {
    let count = u32::from_le_bytes(log[0x234..0x238].try_into().unwrap()) as usize;
    let entries = log[section(log, synth::header::EVENT_OFFSETS)..].chunks(5).take(count);
    entries.map(|entry| u32::from_le_bytes(entry[..4].try_into().unwrap()) as usize).collect()
}

/// Returns a log that lists its first event `count` times and no other.
fn repeated(log: &Log, count: usize) -> Vec<u8> {
    let mut bytes = Log { events: log.events[..1].to_vec(), ..log.clone() }.bytes();
    let array = section(&bytes, synth::header::EVENT_OFFSETS);
    let entry = bytes[array..array + 5].to_vec();
    bytes.splice(array..array + 5, entry.repeat(count));
    bytes[0x234..0x238].copy_from_slice(&(count as u32).to_le_bytes());
    for field in [synth::header::PROCESSES, synth::header::STRINGS, synth::header::ICONS, synth::header::HOSTS] {
        let offset = section(&bytes, field) + 5 * (count - 1);
        bytes[field..field + 8].copy_from_slice(&(offset as u64).to_le_bytes());
    }
    bytes
}

/// Returns a log in which the detail block of one event extends over the following `covered` events and 10 more bytes.
fn with_damaged_size(log: &Log, number: usize, covered: usize) -> Vec<u8> {
    let mut bytes = log.bytes();
    let offsets = offsets(&bytes);
    let grow = (offsets[number + 1 + covered] - offsets[number + 1] + 10) as u32;
    let field = offsets[number] + 0x2C;
    let size = u32::from_le_bytes(bytes[field..field + 4].try_into().unwrap());
    bytes[field..field + 4].copy_from_slice(&(size + grow).to_le_bytes());
    // An extra block would no longer follow the detail block.
    bytes[offsets[number] + 0x30..offsets[number] + 0x34].fill(0);
    bytes
}

fn save(log: &[u8]) -> (write::Summary, Vec<u8>) {
    let mut copy = Cursor::new(Vec::new());
    let summary = write::save(&mut copy, &LogsReader::new(log).unwrap(), |_| true).unwrap();
    (summary, copy.into_inner())
}

fn salvage(log: &[u8]) -> (LogsReader<&[u8]>, SalvageReport) {
    let log = OpenOptions::new().salvage(true).open_bytes(log).unwrap();
    let report = log.salvaged().next().unwrap().clone();
    (log, report)
}

/// Returns the offsets of the events of an open log.
fn places(log: &LogsReader<&[u8]>) -> Vec<u64> {
    log.events().map(|event| event.unwrap().offset()).collect()
}

fn overlaps(log: &LogsReader<impl AsRef<[u8]>>) -> Overlaps {
    let mut overlaps = Overlaps::new();
    log.events().flatten().for_each(|event| _ = overlaps.add(event));
    overlaps
}

#[test]
fn an_event_that_is_listed_many_times_is_copied_once() {
    const COUNT: usize = 12_000;
    let mut log = synth::sample(true);
    log.events[0] = synth::registry::set_value(synth::Text::wide(r"\REGISTRY\A"), 3, &[7; 30_000]);
    let bytes = repeated(&log, COUNT);
    let at = offsets(&bytes)[0] as u64;
    let (summary, copy) = save(&bytes);
    assert_eq!((summary.events, summary.overlapping), (1, COUNT as u64 - 1));
    assert!(copy.len() <= bytes.len(), "{} bytes of {}", copy.len(), bytes.len());
    let error = summary.first_overlap.unwrap();
    assert!(matches!(error.kind(), ErrorKind::OverlappingEvent { earlier, .. } if *earlier == at), "{error}");
    let place = error.place().unwrap();
    assert_eq!((place.offset, place.event), (at, Some(1)));

    let reader = LogsReader::new(&bytes[..]).unwrap();
    let warnings = overlaps(&reader).warnings(&reader).unwrap();
    let [(_, warning)] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(matches!(warning.kind, WarningKind::OverlappingEvents { earlier, .. } if earlier == at), "{warning}");
    assert_eq!((warning.place.offset, warning.place.event, warning.count), (at, Some(1), COUNT as u32 - 1));

    let (salvaged, report) = salvage(&bytes);
    assert_eq!((salvaged.len(), report.overlapping_events), (1, COUNT as u32 - 1));
    assert_eq!((report.first_overlap, report.declared_events), (Some([at, at]), Some(COUNT as u32)));
    assert!(report.to_string().contains(&format!("{} events overlap others", COUNT - 1)), "{report}");
}

#[test]
fn an_event_with_a_damaged_size_is_the_only_one_that_salvaging_loses() {
    for is_64bit in [false, true] {
        let log = synth::sample(is_64bit);
        for (number, covered) in [(0, 0), (3, 0), (3, 4), (7, 2)] {
            let bytes = with_damaged_size(&log, number, covered);
            let all: Vec<u64> = offsets(&bytes).into_iter().map(|offset| offset as u64).collect();
            let (first, second) = (all[number], all[number + 1]);
            // Of events that overlap, a copy keeps the first one.
            let (summary, copy) = save(&bytes);
            assert_eq!(summary.overlapping, covered as u64 + 1, "{number} {covered}");
            assert_eq!(summary.events as usize, all.len() - covered - 1);
            assert!(copy.len() <= bytes.len());
            let error = summary.first_overlap.unwrap().to_string();
            assert!(error.contains(&format!("{first:#x}")) && error.contains(&format!("{second:#x}")), "{error}");
            // Salvaging sees that the first one contains the others.
            let (salvaged, report) = salvage(&bytes);
            let expected: Vec<u64> = all.iter().copied().filter(|&offset| offset != first).collect();
            assert_eq!(places(&salvaged), expected, "{number} {covered}");
            assert_eq!((report.overlapping_events, report.first_overlap), (1, Some([first, second])));
        }
    }
}

#[test]
fn a_wrong_offset_within_an_event_loses_nothing() {
    let mut bytes = synth::sample(true).bytes();
    let all: Vec<u64> = offsets(&bytes).into_iter().map(|offset| offset as u64).collect();
    let array = section(&bytes, synth::header::EVENT_OFFSETS);
    bytes[array + 5 * 4] += 9; // the fourth event, counted from 0
    // The bytes there are not a record, so the file is scanned from record to record.
    let (salvaged, report) = salvage(&bytes);
    let mut found = places(&salvaged);
    found.sort_unstable();
    assert_eq!(found, all, "{report}");
}

#[test]
fn an_extra_block_belongs_to_one_event() {
    // All events point to the extra block of the last one.
    const COUNT: usize = 1000;
    let event = synth::registry::open_key(synth::Text::wide(r"\REGISTRY\A"), 1, Some(1));
    let last = synth::file::query_directory(true, r"C:\", 1, "*", Some(vec![0; 60_000]));
    let mut log = synth::sample(true);
    log.events = vec![event; COUNT];
    log.events.push(last);
    let mut bytes = log.bytes();
    let offsets = offsets(&bytes);
    let extra = offsets[COUNT] + u32::from_le_bytes(bytes[offsets[COUNT] + 0x30..][..4].try_into().unwrap()) as usize;
    for &offset in &offsets[..COUNT] {
        bytes[offset + 0x30..offset + 0x34].copy_from_slice(&((extra - offset) as u32).to_le_bytes());
    }
    let (summary, copy) = save(&bytes);
    assert_eq!((summary.events, summary.overlapping), (1, COUNT as u64));
    assert!(copy.len() <= bytes.len(), "{} bytes of {}", copy.len(), bytes.len());
    // A stream and a merge leave out the same events.
    let stream = LogsStream::new(&bytes[..]).unwrap();
    let mut streamed = Cursor::new(Vec::new());
    write::save(&mut streamed, &stream, |_| true).unwrap();
    let mut merged = Cursor::new(Vec::new());
    write::merge(&mut merged, &[stream], |_| true).unwrap();
    assert!(streamed.into_inner() == copy && merged.into_inner() == copy);
}

#[test]
fn no_event_of_the_fixtures_overlaps() {
    for name in ["sample32.pml", "sample64.pml", "unclosed.pml", "damaged.pml", "segments/capture.pml"] {
        let log = OpenOptions::new().salvage(true).open(format!("fixtures/{name}")).unwrap();
        assert!(!overlaps(&log).any(), "{name}");
        assert_eq!(overlaps(&log).warnings(&log).unwrap(), []);
        let (mut all, mut twice) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()));
        let once = write::save(&mut all, &log, |_| true).unwrap();
        assert!(once.overlapping == 0 && once.first_overlap.is_none(), "{name}");
        // A log can be merged with itself.
        assert_eq!(write::merge(&mut twice, &[&log, &log], |_| true).unwrap().events, 2 * once.events, "{name}");
    }
}

#[test]
fn the_parts_of_a_log_can_be_checked_separately() {
    let log = synth::sample(true);
    for bytes in [log.bytes(), repeated(&log, 10), with_damaged_size(&log, 3, 2)] {
        let log = LogsReader::new(&bytes[..]).unwrap();
        let (whole, all) = (overlaps(&log), log.len());
        for end in 0..=all {
            let part = |ordinals| {
                let mut part = Overlaps::new();
                log.events_in(ordinals).flatten().for_each(|event| _ = part.add(event));
                part
            };
            let mut joined = part(0..end);
            joined.merge(part(end..all));
            assert_eq!(joined.any(), whole.any(), "{end}");
            assert_eq!(joined.warnings(&log).unwrap(), whole.warnings(&log).unwrap(), "{end}");
        }
    }
}

#[test]
fn the_check_takes_little_memory() {
    let log = LogsReader::new(synth::large(20_000)).unwrap();
    let ((), counts) = count(|| assert!(!overlaps(&log).any()));
    assert!(counts.peak < 1000, "{} bytes", counts.peak);
    // Every second event, in reverse order: each leaves a gap.
    let ((), counts) = count(|| {
        let mut overlaps = Overlaps::new();
        log.events().rev().flatten().step_by(2).for_each(|event| assert!(!overlaps.add(event)));
    });
    assert!(counts.peak < 64 * 10_000, "{} bytes", counts.peak);
}
