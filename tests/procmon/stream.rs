//! Streams give the same events as logs in memory, whatever the size of the window and the positions of an event's
//! parts. Their memory use is bounded.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Mutex;

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::{Column, Event, Log as _, LogsReader, LogsStream, OpenOptions, ReadAt, Result, Window};

crate::tests! {
    plain:
        streams_and_readers_agree_about_damaged_and_cut_logs,
        events_are_read_in_the_order_of_the_offset_array,
        extra_blocks_are_read_at_any_offset,
        segments_are_opened_by_name_as_one_stream,
        threads_read_a_stream_with_separate_windows,
        events_of_a_window_are_iterated_in_both_directions,
        a_log_larger_than_4_gib_is_read,
        memory_is_bounded_for_hostile_sizes,
        each_scattered_event_is_read_once,
        streams_and_readers_agree_about_changed_tables;
    slow:
        streams_and_readers_agree_about_every_changed_number;
    files_of_each_log:
        every_column_is_the_same_as_in_memory,
        a_large_window_needs_few_reads;
}

/// Reads one byte at a time.
struct OneByteAtATime<R>(R);

impl<R: Read> Read for OneByteAtATime<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

impl<R: Seek> Seek for OneByteAtATime<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Checks that two events, or their errors, are the same in every respect.
fn assert_same(streamed: Result<Event<'_>>, expected: Result<Event<'_>>, columns: &[Column]) {
    let (streamed, expected) = match (streamed, expected) {
        (Ok(streamed), Ok(expected)) => (streamed, expected),
        (streamed, expected) => {
            let [streamed, expected] = [streamed, expected].map(|event| event.map_err(|error| error.to_string()));
            return assert_eq!(format!("{streamed:?}"), format!("{expected:?}"));
        }
    };
    assert_eq!((streamed.ordinal(), streamed.offset()), (expected.ordinal(), expected.offset()));
    assert_eq!(streamed.bytes(), expected.bytes(), "{expected:?}");
    assert_eq!((streamed.sequence(), streamed.operation_code()), (expected.sequence(), expected.operation_code()));
    assert_eq!(streamed.stack(), expected.stack());
    assert_eq!(streamed.detail_bytes(), expected.detail_bytes(), "{expected:?}");
    assert_eq!(streamed.extra(), expected.extra(), "{expected:?}");
    if columns.is_empty() {
        return;
    }
    let frame = |frame: procmon_parser::Frame<'_>| {
        let module = |module: procmon_parser::Module<'_>| (module.path().to_owned(), module.base(), module.load_time());
        (frame.address, frame.module.map(module))
    };
    assert!(streamed.frames().map(frame).eq(expected.frames().map(frame)), "{expected:?}");
    assert_eq!(streamed.detail().map_err(|error| error.to_string()), {
        expected.detail().map_err(|error| error.to_string())
    });
    for &column in columns {
        assert_eq!(streamed.text(column).to_string(), expected.text(column).to_string(), "{column} of {expected:?}");
    }
}

/// Checks that a stream has the events of a log. Returns the number of windows read.
fn same_events<R: ReadAt, D: AsRef<[u8]>>(
    stream: &LogsStream<R>,
    log: &LogsReader<D>,
    size: usize,
    columns: &[Column],
) -> usize {
    assert_eq!(stream.len(), log.len());
    let mut window = Window::new(size);
    let (mut next, mut windows) = (0, 0);
    while stream.read(next, &mut window).unwrap() > 0 {
        assert_eq!(window.ordinals().start, next);
        assert_eq!(window.events(stream).len(), window.len());
        for (ordinal, event) in window.ordinals().zip(window.events(stream)) {
            assert_same(event, log.event(ordinal), columns);
        }
        next = window.ordinals().end;
        windows += 1;
    }
    assert_eq!(next, log.len());
    windows
}

/// Checks that the tables of a stream are those of a log.
fn same_tables<R, D: AsRef<[u8]>>(stream: &LogsStream<R>, log: &LogsReader<D>) {
    for (streamed, expected) in stream.indexes().zip(log.indexes()) {
        // The debug format has every table, the warnings and the origin of Relative Time.
        assert_eq!(format!("{streamed:?}"), format!("{expected:?}"));
    }
}

/// Checks that all ways to read bytes give the same log or the same error. Returns true if the log opens.
fn same(bytes: &[u8], columns: &[Column]) -> bool {
    let log = LogsReader::new(bytes);
    let stream = LogsStream::new(Cursor::new(bytes));
    let (log, stream) = match (log, stream) {
        (Ok(log), Ok(stream)) => (log, stream),
        (log, stream) => {
            let (log, stream) = (log.map(drop), stream.map(drop));
            assert_eq!(stream.unwrap_err().to_string(), log.unwrap_err().to_string());
            return false;
        }
    };
    same_tables(&stream, &log);
    same_events(&stream, &log, 1 << 14, columns);
    same_events(&stream, &log, 0, &[]);
    same_events(&LogsStream::new(Mutex::new(OneByteAtATime(Cursor::new(bytes)))).unwrap(), &log, 1 << 12, &[]);
    true
}

fn every_column_is_the_same_as_in_memory(_: &str, files: &[Vec<u8>]) {
    let stream = LogsStream::from_segments(files.iter().map(Cursor::new)).unwrap();
    let one_byte_at_a_time =
        LogsStream::from_segments(files.iter().map(|data| Mutex::new(OneByteAtATime(Cursor::new(data))))).unwrap();
    let log = LogsReader::from_segments(files).unwrap();
    same_tables(&stream, &log);
    same_tables(&one_byte_at_a_time, &log);
    same_events(&stream, &log, 1 << 20, Column::ALL);
    same_events(&stream, &log, 0, &[]);
    same_events(&stream, &log, 5000, &[]);
    same_events(&one_byte_at_a_time, &log, 100_000, &[]);
}

fn a_large_window_needs_few_reads(name: &str, files: &[Vec<u8>]) {
    let stream = LogsStream::from_segments(files.iter().map(Cursor::new)).unwrap();
    let log = LogsReader::from_segments(files).unwrap();
    let windows = same_events(&stream, &log, 1 << 20, &[]);
    let bytes: usize = files.iter().map(|bytes| synth::section(bytes, synth::header::EVENT_OFFSETS)).sum();
    let enough = log.indexes().len() + (bytes >> 19) + log.len() / 8193;
    assert!(windows <= enough, "{name}: {windows} windows for {bytes} bytes, {} events", log.len());
}

fn streams_and_readers_agree_about_damaged_and_cut_logs() {
    for name in ["damaged", "unclosed", "sample64", "sample32", "empty"] {
        let bytes = std::fs::read(format!("fixtures/{name}.pml")).unwrap();
        assert_eq!(same(&bytes, Column::ALL), name != "unclosed");
        for length in (0..bytes.len()).step_by(97) {
            same(&bytes[..length], &[]);
        }
    }
}

fn streams_and_readers_agree_about_changed_tables() {
    replace_table_numbers(7);
}

fn streams_and_readers_agree_about_every_changed_number() {
    replace_table_numbers(1);
}

/// Replaces the numbers at every `step`-th offset of the header and the tables, and compares stream and reader.
fn replace_table_numbers(step: usize) {
    let mut log = synth::sample(true);
    log.events.truncate(3);
    let bytes = log.bytes();
    let tables = synth::section(&bytes, synth::header::EVENT_OFFSETS);
    let mut damaged = bytes.clone();
    for at in (0..0x3A8).chain(tables..bytes.len() - 4).step_by(step) {
        for value in [0_u32, 1, 0x7FFF_FFFF, u32::MAX] {
            damaged[at..at + 4].copy_from_slice(&value.to_le_bytes());
            same(&damaged, &[]);
        }
        damaged[at..at + 4].copy_from_slice(&bytes[at..at + 4]);
    }
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// Returns the 64-bit sample with a changed event-offset array.
fn with_offsets(change: impl Fn(&mut Vec<[u8; 5]>)) -> Vec<u8> {
    let mut bytes = synth::sample(true).bytes();
    let (array, count) = (word(&bytes, 0x248), word(&bytes, 0x234));
    let range = array..array + 5 * count;
    let mut entries: Vec<[u8; 5]> = bytes[range.clone()].as_chunks().0.to_vec();
    change(&mut entries);
    bytes[range].copy_from_slice(entries.as_flattened());
    bytes
}

fn events_are_read_in_the_order_of_the_offset_array() {
    assert!(same(&with_offsets(|offsets| offsets.reverse()), Column::ALL));
    assert!(same(
        &with_offsets(|offsets| offsets.as_chunks_mut::<7>().0.iter_mut().for_each(|chunk| chunk.reverse())),
        &[]
    ));
    assert!(same(&with_offsets(|offsets| offsets.sort_by_key(|&[a, b, ..]| a.wrapping_mul(31) ^ b)), Column::ALL));
    assert!(same(
        &with_offsets(|offsets| {
            let one = offsets[20];
            offsets.fill(one);
        }),
        &[]
    ));
    assert!(same(&with_offsets(|offsets| offsets.iter_mut().step_by(2).for_each(|offset| offset.fill(0xFF))), &[]));
    // Offsets into the middle of records, where any number can be taken as a size.
    for shift in 1..60 {
        let shifted = with_offsets(|offsets| offsets.iter_mut().for_each(|offset| offset[0] ^= shift));
        assert!(same(&shifted, &[]));
    }
}

fn extra_blocks_are_read_at_any_offset() {
    let log = synth::sample(true);
    let bytes = log.bytes();
    let records: Vec<_> = LogsReader::new(&bytes[..]).unwrap().events().flatten().map(|event| event.offset()).collect();
    let size = bytes.len() as u32;
    let somewhere = [1, 0x33, 0x34, 0x60, 0x1234, 0xFFFF, 0x1_0002, 0x1_8000, size / 2, size - 2, size, u32::MAX];
    for turn in 0..somewhere.len() {
        let mut damaged = bytes.clone();
        for (number, &record) in records.iter().enumerate() {
            let at = somewhere[(number + turn) % somewhere.len()];
            damaged[record as usize + 0x30..][..4].copy_from_slice(&at.to_le_bytes());
        }
        assert!(same(&damaged, &[]));
    }
    // Extra blocks at the end of the file, one byte and two bytes before it.
    let mut damaged = bytes.clone();
    for (number, &record) in records.iter().enumerate() {
        let at = size - record as u32 - number as u32 % 4;
        damaged[record as usize + 0x30..][..4].copy_from_slice(&at.to_le_bytes());
    }
    assert!(same(&damaged, Column::ALL));
    // Extra blocks far from their events in a log of a megabyte, so that they are read separately.
    let filler = synth::Event::new(1, 0, vec![0xA5; 1 << 20], None);
    let log = Log { events: [log.events.clone(), vec![filler], log.events].concat(), ..log };
    let mut bytes = log.bytes();
    let records: Vec<_> = LogsReader::new(&bytes[..]).unwrap().events().flatten().map(|event| event.offset()).collect();
    let past_the_end = *records.last().unwrap() as u32;
    for &record in &records[..records.len() / 2] {
        bytes[record as usize + 0x30..][..4].copy_from_slice(&(past_the_end - record as u32).to_le_bytes());
    }
    assert!(same(&bytes, Column::ALL));
}

fn segments_are_opened_by_name_as_one_stream() {
    for name in ["sample64", "sample32", "version7", "segments/capture", "segments/capture-2", "damaged"] {
        let path = format!("fixtures/{name}.pml");
        let (stream, log) = (LogsStream::open(&path).unwrap(), LogsReader::open(&path).unwrap());
        same_tables(&stream, &log);
        same_events(&stream, &log, 1 << 16, Column::ALL);
        let mut ordinals = 0..;
        stream.for_each(|event| assert_same(event, log.event(ordinals.next().unwrap()), &[])).unwrap();
        assert_eq!(ordinals.start, log.len());
        let alone = OpenOptions::new().single_file(true);
        assert_eq!(alone.open_stream(&path).unwrap().len(), alone.open(&path).unwrap().len());
    }
    let error = LogsStream::open("fixtures/missing.pml").unwrap_err();
    assert!(error.is_io() && error.to_string().contains("missing.pml"), "{error}");
    let error = LogsStream::open("fixtures/unclosed.pml").unwrap_err();
    assert_eq!(error.to_string(), LogsReader::open("fixtures/unclosed.pml").unwrap_err().to_string());
}

fn threads_read_a_stream_with_separate_windows() {
    let stream = LogsStream::open("fixtures/segments/capture.pml").unwrap();
    let log = LogsReader::open("fixtures/segments/capture.pml").unwrap();
    let next = Mutex::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut window = Window::new(1000);
                loop {
                    let mut next = next.lock().unwrap();
                    if stream.read(*next, &mut window).unwrap() == 0 {
                        break;
                    }
                    *next = window.ordinals().end;
                    drop(next);
                    for (ordinal, event) in window.ordinals().zip(window.events(&stream)) {
                        assert_same(event, log.event(ordinal), Column::ALL);
                    }
                }
            });
        }
    });
    assert_eq!(next.into_inner().unwrap(), log.len());
}

fn events_of_a_window_are_iterated_in_both_directions() {
    let stream = LogsStream::open("fixtures/sample64.pml").unwrap();
    let mut window = Window::default();
    stream.read(10, &mut window).unwrap();
    assert_eq!(window.ordinals(), 10..stream.len());
    let ordinals = |event: Result<Event<'_>>| event.unwrap().ordinal() as usize;
    let mut backward: Vec<_> = window.events(&stream).rev().map(ordinals).collect();
    backward.reverse();
    assert!(backward.iter().copied().eq(window.ordinals()));
    assert_eq!(window.events(&stream).nth(5).map(ordinals), Some(15));
    for past_the_end in [stream.len(), stream.len() + 1, usize::MAX] {
        assert_eq!(stream.read(past_the_end, &mut window).unwrap(), 0);
        assert!(window.is_empty() && window.events(&stream).next().is_none());
    }
}

/// A file of zeros, except for some parts. Only the parts are in memory.
#[derive(Debug)]
struct Sparse {
    parts: Vec<(u64, Vec<u8>)>,
    size: u64,
    at: u64,
    /// The number of bytes read so far.
    read: u64,
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = (self.size.saturating_sub(self.at)).min(buffer.len() as u64) as usize;
        buffer[..len].fill(0);
        for (offset, bytes) in &self.parts {
            let (start, end) = (self.at.max(*offset), (self.at + len as u64).min(offset + bytes.len() as u64));
            if start < end {
                let there = &bytes[(start - offset) as usize..(end - offset) as usize];
                buffer[(start - self.at) as usize..(end - self.at) as usize].copy_from_slice(there);
            }
        }
        self.at += len as u64;
        self.read += len as u64;
        Ok(len)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(at) => self.size.checked_add_signed(at).unwrap(),
            SeekFrom::Current(at) => self.at.checked_add_signed(at).unwrap(),
        };
        Ok(self.at)
    }
}

/// Returns the 64-bit sample with `gap` zeros before the second event.
fn sparse(gap: u64, change: impl Fn(&mut Vec<u8>)) -> Sparse {
    let mut bytes = synth::sample(true).bytes();
    let (array, count) = (word(&bytes, 0x248), word(&bytes, 0x234));
    let second = word(&bytes, array + 5);
    for event in 1..count {
        let entry = array + 5 * event;
        let offset = word(&bytes, entry) as u64 + gap;
        bytes[entry..entry + 5].copy_from_slice(&offset.to_le_bytes()[..5]);
    }
    for section in [0x248, 0x250, 0x258, 0x260, 0x3A0] {
        let offset = word(&bytes, section) as u64 + gap;
        bytes[section..section + 8].copy_from_slice(&offset.to_le_bytes());
    }
    change(&mut bytes);
    let (first, rest) = bytes.split_at(second);
    let size = bytes.len() as u64 + gap;
    Sparse { parts: vec![(0, first.to_vec()), (second as u64 + gap, rest.to_vec())], size, at: 0, read: 0 }
}

fn a_log_larger_than_4_gib_is_read() {
    let sample = LogsReader::new(synth::sample(true).bytes()).unwrap();
    for gap in [5 << 30, 37 << 30] {
        let ((), counts) = count(|| {
            let stream = LogsStream::new(Mutex::new(sparse(gap, |_| ()))).unwrap();
            let mut expected = sample.events();
            let same = |event: Result<Event<'_>>| {
                let (event, expected) = (event.unwrap(), expected.next().unwrap().unwrap());
                assert_eq!(event.bytes(), expected.bytes());
                assert_eq!(event.offset(), expected.offset() + if event.ordinal() == 0 { 0 } else { gap });
                for &column in Column::ALL {
                    assert_eq!(event.text(column).to_string(), expected.text(column).to_string());
                }
            };
            stream.for_each(same).unwrap();
            assert!(expected.next().is_none());
        });
        assert!(counts.peak < 4 << 20, "{} bytes of memory", counts.peak);
    }
}

fn memory_is_bounded_for_hostile_sizes() {
    // An event of 3 GiB and an extra block at a distance of 4 GiB.
    let hostile = sparse(5 << 30, |bytes| {
        bytes[0x3A8 + 0x2C..0x3A8 + 0x30].copy_from_slice(&(3_u32 << 30).to_le_bytes());
        bytes[0x3A8 + 0x30..0x3A8 + 0x34].fill(0xFF);
    });
    let (too_large, counts) = count(|| {
        let stream = LogsStream::new(Mutex::new(hostile)).unwrap();
        let mut errors = Vec::new();
        stream.for_each(|event| errors.extend(event.err())).unwrap();
        errors
    });
    assert_eq!(too_large.len(), 1);
    assert!(too_large[0].to_string().contains("4 MiB"), "{}", too_large[0]);
    assert_eq!(too_large[0].place().unwrap().event, Some(0));
    assert!(counts.peak < 4 << 20, "{} bytes of memory", counts.peak);
    // A table whose size exceeds the file.
    let hostile = sparse(5 << 30, |bytes| {
        let processes = word(bytes, 0x250) - (5 << 30_u64) as u32 as usize;
        bytes[processes..processes + 4].fill(0xFF);
    });
    let (error, counts) = count(|| LogsStream::new(Mutex::new(hostile)).unwrap_err());
    assert!(error.is_truncation(), "{error}");
    assert!(counts.peak < 1 << 20, "{} bytes of memory", counts.peak);
}

fn each_scattered_event_is_read_once() {
    // Every event extends past the part of the file that was read for the previous event.
    let size = 10_000_000_u64;
    let detail = 100_000_u32;
    let entries: Vec<_> = (0..2000_u64).map(|number| 0x3A8 + number * 99_990 % (size / 2)).collect();
    let mut header = synth::sample(true).bytes()[..0x3A8].to_vec();
    header[0x234..0x238].copy_from_slice(&(entries.len() as u32).to_le_bytes());
    let array: Vec<u8> = entries.iter().flat_map(|offset| offset.to_le_bytes()[..5].to_vec()).collect();
    let tables = size + array.len() as u64;
    for (at, offset) in [(0x248, size), (0x250, tables), (0x258, tables + 4), (0x260, tables + 8), (0x3A0, 0)] {
        header[at..at + 8].copy_from_slice(&u64::to_le_bytes(offset));
    }
    let mut parts = vec![(0, header), (size, array), (tables, vec![0; 16])];
    parts.extend(entries.iter().map(|&offset| (offset + 0x2C, detail.to_le_bytes().to_vec())));
    let stream = LogsStream::new(Mutex::new(Sparse { parts, size: tables + 16, at: 0, read: 0 })).unwrap();
    let (mut bytes, mut window, mut next) = (0, Window::new(100_020), 0);
    while stream.read(next, &mut window).unwrap() > 0 {
        bytes += window.events(&stream).map(|event| event.unwrap().bytes().len() as u64).sum::<u64>();
        next = window.ordinals().end;
    }
    let read = stream.into_readers().next().unwrap().into_inner().unwrap().read;
    assert!(read < 4 * bytes, "{read} bytes read for events of {bytes} bytes");
}
