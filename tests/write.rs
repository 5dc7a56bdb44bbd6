//! Writing logs: copies are the bytes they are copies of, parts and joins keep what they keep.

mod procmon;
mod support;

use std::io::Cursor;

use procmon::all_logs;
use procmon_parser::{LogsReader, LogsWriter};

/// A log of some events of another.
fn copy<D: AsRef<[u8]>>(log: &LogsReader<D>, keep: impl Fn(usize) -> bool) -> Vec<u8> {
    let mut writer = LogsWriter::like(Cursor::new(Vec::new()), log.index()).unwrap();
    for event in log.events().flatten().filter(|event| keep(event.ordinal() as usize)) {
        writer.copy_event(event).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_copy_of_all_events_is_the_log() {
    for (name, log) in all_logs() {
        let copy = copy(&log, |_| true);
        let parts = log.into_parts();
        let (data, _) = &parts[0];
        let at = data.iter().zip(&copy).position(|(a, b)| a != b);
        eprintln!("{name}: {} parts, {} {} first difference {:x?}", parts.len(), data.len(), copy.len(), at);
    }
}
