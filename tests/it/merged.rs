//! Merged logs: their order, batches, exports and copies.

use std::io::Cursor;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::support::synth;
use procmon_parser::export::{self, Format, LogNames, Pipeline, csv::Csv, jsonl::JsonLines, xml::Xml};
use procmon_parser::{Column, Event, FileTime, Log, LogsReader, LogsStream, MergedLogs, Style, write};

/// Returns logs with the same times, with unreadable events, and with times that go back.
fn logs_of(folder: &Path) -> Vec<PathBuf> {
    let mut turned = synth::sample(false);
    turned.events.rotate_left(70);
    let turned_path = folder.join("turned.pml");
    std::fs::write(&turned_path, turned.bytes()).unwrap();
    let mut paths = vec![turned_path];
    paths.extend(
        ["sample64.pml", "sample32.pml", "empty.pml", "damaged.pml"].map(|name| Path::new("fixtures").join(name)),
    );
    paths
}

fn readers(paths: &[PathBuf]) -> Vec<LogsReader> {
    paths.iter().map(|path| LogsReader::open(path).unwrap()).collect()
}

/// Returns the events in the order of time, each as the number of its log and its ordinal.
fn in_order(logs: &[LogsReader]) -> Vec<(usize, usize)> {
    let mut keys = Vec::new();
    for (number, log) in logs.iter().enumerate() {
        let mut time = FileTime(0);
        for ordinal in 0..log.len() {
            time = log.event(ordinal).map_or(time, Event::time);
            keys.push((time, number, ordinal));
        }
    }
    keys.sort();
    keys.into_iter().map(|(_, number, ordinal)| (number, ordinal)).collect()
}

/// Returns an event, or the error, as text.
fn shown(event: procmon_parser::Result<Event<'_>>) -> String {
    event.map_or_else(|error| error.to_string(), |event| format!("{} {:?}", event.ordinal(), event.bytes()))
}

/// Returns the events of a log from a position on, read in batches.
fn read(log: &impl Log, from: usize, batch: usize) -> Vec<String> {
    let (mut batch, mut events) = (log.new_batch(batch), Vec::new());
    let mut next = from;
    loop {
        let end = log.read_batch(next, &mut batch).unwrap();
        let before = events.len();
        events.extend(log.batch_events(&batch).map(shown));
        assert_eq!(events.len() - before, end - next);
        if end == next {
            return events;
        }
        next = end;
    }
}

#[test]
fn merged_events_are_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let paths = logs_of(folder.path());
    let logs = readers(&paths);
    let streams: Vec<_> = paths.iter().map(|path| LogsStream::open(path).unwrap()).collect();
    let order = in_order(&logs);
    let expected: Vec<_> = order.iter().map(|&(log, ordinal)| shown(logs[log].event(ordinal))).collect();
    let (merged, streamed) = (MergedLogs::new(&logs).unwrap(), MergedLogs::new(&streams).unwrap());
    assert_eq!(merged.event_count(), expected.len());
    assert!(merged.log_numbers().eq(order.iter().map(|&(log, _)| log)));
    assert!(streamed.log_numbers().eq(merged.log_numbers()));
    for batch in [0, 1, 7, 200, 2048] {
        for from in [0, 1, 77, expected.len() - 1, expected.len()] {
            assert_eq!(read(&merged, from, batch), expected[from..], "{from} {batch}");
            assert_eq!(read(&streamed, from, batch), expected[from..], "{from} {batch}");
        }
    }
}

#[test]
fn one_log_in_the_order_of_time_is_the_same_when_merged() {
    let logs = readers(&["sample64.pml", "empty.pml"].map(|name| Path::new("fixtures").join(name)));
    let merged = MergedLogs::new(&logs).unwrap();
    assert_eq!(read(&merged, 0, 50), read(&logs[0], 0, 50));
    assert!(merged.has_ascending_ordinals() && logs.as_slice().has_ascending_ordinals());
    let folder = tempfile::tempdir().unwrap();
    let turned = readers(&logs_of(folder.path())[..1]);
    assert!(turned.as_slice().has_ascending_ordinals() && !MergedLogs::new(&turned).unwrap().has_ascending_ordinals());
    let two = readers(&logs_of(folder.path())[..2]);
    assert!(!two.as_slice().has_ascending_ordinals() && !MergedLogs::new(&two).unwrap().has_ascending_ordinals());
    let none: [LogsReader; 0] = [];
    assert_eq!(read(&MergedLogs::new(&none).unwrap(), 0, 50), [""; 0]);
}

/// Checks an export of merged logs in several threads, and returns it.
fn check(logs: &[LogsReader], order: &[(usize, usize)], format: impl Format) -> Vec<u8> {
    let events = order.iter().map(|&(log, ordinal)| logs[log].event(ordinal));
    let (mut expected, mut out) = (Vec::new(), Vec::new());
    export::write(&mut expected, events, format.clone()).unwrap();
    let [threads, chunk] = [3, 5].map(|number| NonZero::new(number).unwrap());
    let pipeline = Pipeline::new().threads(threads).chunk(chunk);
    pipeline.run(&mut out, &MergedLogs::new(logs).unwrap(), format).unwrap();
    assert!(out == expected);
    out
}

#[test]
fn exports_of_merged_logs_have_the_rows_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let paths = logs_of(folder.path());
    let logs = readers(&paths);
    let names: Vec<_> = (0..logs.len()).map(|number| format!("log \"{number}\"")).collect();
    let files = logs.iter().zip(&paths).zip(&names);
    let names = LogNames::new(files.map(|((log, path), name)| (log.index(), path.as_path(), name.as_str())));
    let order = in_order(&logs);
    let csv = Csv::new(Column::ALL, Style::new()).with_log_names(names.clone());
    check(&logs, &order, csv);
    check(&logs, &order, Xml::new(logs.as_slice().indexes(), Column::PROCMON_ORDER, Style::new()).with_stacks(true));
    let json = JsonLines::new(Style::new()).with_stacks(true).with_log_names(names);
    let lines = String::from_utf8(check(&logs, &order, json)).unwrap();
    // Each line has the name of its log, even if the event cannot be read.
    for (line, (log, _)) in lines.lines().zip(order) {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["log"], format!("log \"{log}\""), "{line}");
    }
}

#[test]
fn merged_logs_have_the_order_of_a_merged_copy() {
    let folder = tempfile::tempdir().unwrap();
    let paths = logs_of(folder.path());
    // A copy has no unreadable events.
    let logs = readers(&[&paths[0], &paths[2]].map(PathBuf::clone));
    let mut copy = Cursor::new(Vec::new());
    write::merge(&mut copy, &logs, |_| true).unwrap();
    let copy = LogsReader::new(copy.into_inner()).unwrap();
    let columns = [Column::DATE_AND_TIME, Column::PROCESS_NAME, Column::OPERATION, Column::PATH, Column::DETAIL];
    let text = |event: Event<'_>| columns.map(|column| event.text(column).to_string());
    let mut events = Vec::new();
    MergedLogs::new(&logs).unwrap().for_each(|event| events.push(text(event.unwrap()))).unwrap();
    assert!(copy.events().map(|event| text(event.unwrap())).eq(events));
}
