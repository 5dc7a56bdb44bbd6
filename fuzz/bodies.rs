//! What the fuzz targets do with their input; `tests/fuzz_corpus.rs` does the same with the inputs that are kept.
//!
//! A target that finds nothing wrong returns; anything else is a panic. The input is bytes of a file, of any kind.

#![allow(dead_code, reason = "each target uses its own part")]
#![allow(unreachable_pub, reason = "each target is a crate of its own")]

use std::fmt::Write;
use std::io::Cursor;

use procmon_parser::{Column, Compat, Event, LogsReader, LogsStream, LogsWriter, OpenOptions, Result, Style, Window};

/// Size of the header of a file.
const HEADER: usize = 0x3A8;

/// Of so many events of a log every text is written; the others are compared by their bytes.
const EVENTS: usize = 64;

/// Opens a log in memory and as a stream, and reads all of both: they are the same.
pub fn open(data: &[u8]) {
    let (log, stream) = match (LogsReader::new(data), LogsStream::new(Cursor::new(data))) {
        (Ok(log), Ok(stream)) => (log, stream),
        (log, stream) => {
            let (log, stream) = (log.expect_err("it fails too"), stream.expect_err("it fails too"));
            assert_eq!(log.to_string(), stream.to_string());
            return;
        }
    };
    tables(&log);
    for size in [0, 1000, 1 << 20] {
        same_events(&log, &stream, size);
    }
    log.events().take(EVENTS).flatten().for_each(|event| texts(event));
}

/// Takes the input for the blocks of one event: width of pointers, class, operation, size of the detail block, blocks.
pub fn event(data: &[u8]) {
    let Some((&[flags, class, operation, low, high], blocks)) = data.split_first_chunk::<5>() else { return };
    let (detail, extra) = blocks.split_at(usize::from(u16::from_le_bytes([low, high])).min(blocks.len()));
    let bytes = log_of_one(flags, class, operation, detail, extra);
    let log = LogsReader::new(bytes).expect("the container is sound");
    texts(log.event(0).expect("the event is whole"));
}

/// Salvages bytes as they are, and without their header; what comes out can be copied into a sound log.
pub fn salvage(data: &[u8]) {
    salvage_one(data);
    if data.len() > HEADER {
        let mut headless = data.to_vec();
        headless[..HEADER].fill(0);
        salvage_one(&headless);
    }
}

fn salvage_one(data: &[u8]) {
    let Ok(log) = OpenOptions::new().salvage(true).read(data) else { return };
    tables(&log);
    for lost in log.salvaged() {
        assert_eq!(lost.events as usize, log.len());
        assert!(log.events().all(|event| event.is_ok()), "a salvaged event can be read");
        assert!(lost.skipped_bytes <= data.len() as u64 && lost.skipped.len() <= 1000);
        assert!(lost.skipped.iter().all(|range| range.start < range.end && range.end <= data.len() as u64));
        assert!(lost.skipped.is_sorted_by_key(|range| range.start));
        let _ = lost.to_string();
    }
    log.events().take(EVENTS).flatten().for_each(texts);
    copy(&log);
}

/// Copies the events of a log that can be read into another log: they are the same.
pub fn write(data: &[u8]) {
    if let Ok(log) = LogsReader::new(data) {
        copy(&log);
    }
}

fn copy<D: AsRef<[u8]>>(log: &LogsReader<D>) {
    let mut writer = LogsWriter::like(Cursor::new(Vec::new()), log.index()).expect("memory takes every write");
    for event in log.events().flatten() {
        writer.copy_event(event).expect("a log is as wide as itself");
    }
    let copied = LogsReader::new(writer.finish().expect("it fits").into_inner()).expect("what is written can be read");
    assert_eq!(copied.len(), log.events().flatten().count());
    for (event, copied) in log.events().flatten().zip(copied.events()) {
        let copied = copied.expect("a copied event can be read");
        assert!(event.stack() == copied.stack() && event.detail_bytes() == copied.detail_bytes());
        assert!(event.extra().unwrap_or_default() == copied.extra().unwrap_or_default());
        // Of a process table that contradicts itself, every reader makes something else.
        let is_known = event.process().is_some_and(|process| process.index() == event.process_index())
            && event.index().warnings().is_empty();
        if is_known && event.ordinal() as usize <= EVENTS {
            for column in [Column::PROCESS_NAME, Column::PID, Column::USER, Column::PATH, Column::DETAIL] {
                assert_eq!(event.text(column).to_string(), copied.text(column).to_string(), "{column} of {event:?}");
            }
        }
    }
}

/// A log of one event and no tables.
fn log_of_one(flags: u8, class: u8, operation: u8, detail: &[u8], extra: &[u8]) -> Vec<u8> {
    let mut log = vec![0; HEADER];
    log[..4].copy_from_slice(b"PML_");
    log[4] = 9;
    log[8] = flags & 1;
    log[0x2C..0x30].copy_from_slice(b"C\0:\0");
    log[0x234] = 1;
    log[0x398..0x39A].copy_from_slice(&[0xA8, 3]);
    let mut prefix = [0; 0x34];
    prefix[8] = class;
    prefix[0x0C] = operation;
    prefix[0x24] = flags & 0xFE;
    prefix[0x2C..0x30].copy_from_slice(&(detail.len() as u32).to_le_bytes());
    if !extra.is_empty() {
        prefix[0x30..0x34].copy_from_slice(&(0x34 + detail.len() as u32).to_le_bytes());
    }
    log.extend_from_slice(&prefix);
    log.extend_from_slice(detail);
    if !extra.is_empty() {
        log.extend_from_slice(&(extra.len() as u16).to_le_bytes());
        log.extend_from_slice(extra);
    }
    let array = log.len() as u64;
    for (at, offset) in [(0x240, 0x3A8), (0x248, array), (0x250, array + 5), (0x258, array + 9), (0x260, array + 9)] {
        log[at..at + 8].copy_from_slice(&u64::to_le_bytes(offset));
    }
    log.extend_from_slice(&[0xA8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    log
}

/// Looks at everything in the tables.
fn tables<D: AsRef<[u8]>>(log: &LogsReader<D>) {
    for index in log.indexes() {
        for process in index.processes().take(1000) {
            let texts = [process.name(), process.image_path(), process.command_line(), process.user()];
            let _ = (texts.map(str::len), process.parent(), process.large_icon(), process.small_icon());
            process.modules().for_each(|module| _ = (module.path(), module.file_name(), module.load_time()));
        }
        index.icons().take(1000).for_each(|icon| _ = icon.to_ico());
        let _ = (index.system().os_name(), index.system().memory());
        index.hosts().iter().for_each(|host| assert!(index.host(&host.address).is_some()));
        index.ports().iter().for_each(|port| assert!(index.port(port.port, port.protocol).is_some()));
    }
}

/// Expects windows of a size to have the events of a log.
fn same_events<D: AsRef<[u8]>>(log: &LogsReader<D>, stream: &LogsStream<Cursor<&[u8]>>, size: usize) {
    let mut window = Window::new(size);
    let mut next = 0;
    while stream.read(next, &mut window).expect("memory can be read") > 0 {
        for (ordinal, event) in window.ordinals().zip(window.events(stream)) {
            same(log.event(ordinal), event);
        }
        next = window.ordinals().end;
        if size == 0 && next > EVENTS {
            return;
        }
    }
    assert_eq!(next, log.len());
}

fn same(event: Result<Event<'_>>, streamed: Result<Event<'_>>) {
    match (event, streamed) {
        (Ok(event), Ok(streamed)) => {
            assert_eq!((event.ordinal(), event.offset()), (streamed.ordinal(), streamed.offset()));
            assert!(event.bytes() == streamed.bytes() && event.extra() == streamed.extra());
            assert!(event.stack() == streamed.stack() && event.header() == streamed.header());
            assert!(event.detail_bytes() == streamed.detail_bytes());
        }
        (Err(error), Err(streamed)) => assert_eq!(error.to_string(), streamed.to_string()),
        (event, streamed) => panic!("{event:?} is streamed as {streamed:?}"),
    }
}

/// Decodes an event and writes all its texts; the text is bounded by the size of the event.
fn texts(event: Event<'_>) {
    let detail = event.detail();
    if let Err(error) = &detail {
        assert_eq!(error.place().and_then(|place| place.event), Some(event.ordinal()), "{error}");
    }
    let _ = (format!("{detail:?}").len(), event.target(), event.category(), event.operation_name());
    let modules = event.frames().filter(|frame| frame.module.is_some()).count();
    assert!(modules <= event.stack().len());
    let size = event.detail_bytes().len() + event.extra().map_or(0, <[u8]>::len);
    let mut text = String::new();
    for compat in [Compat::Complete, Compat::Procmon3_94, Compat::Procmon3_52] {
        let style = Style::new().compat(compat).advanced_names(compat == Compat::Procmon3_52);
        for &column in Column::ALL {
            text.clear();
            write!(text, "{}", event.text_in(column, &style)).expect("a String takes all");
            if [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL].contains(&column) {
                assert!(text.len() <= 2000 + 60 * size, "{} bytes of {column} for {size}", text.len());
            }
        }
    }
}
