//! Log files: larger than 4 GiB, in several segments, without events.

use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::{
    Column, ErrorKind, LogsReader, OpenOptions, Style,
    export::{self, csv},
    segment_paths,
};

const GIB: u64 = 1 << 30;

/// Writes a log with a gap of `gap` bytes before its second event. The gap is a hole in the file and takes no space on
/// the disk.
fn write_sparse(file: &mut File, log: &Log, gap: u64) -> io::Result<()> {
    let bytes = log.bytes();
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
    let array = word(0x248) as usize;
    let second = word(array + 5) & 0xFF_FFFF_FFFF;
    file.write_all(&bytes[..second as usize])?;
    file.seek(SeekFrom::Start(second + gap))?;
    file.write_all(&bytes[second as usize..])?;
    for event in 1..log.events.len() {
        let entry = array + 5 * event;
        let offset = (word(entry) & 0xFF_FFFF_FFFF) + gap;
        file.seek(SeekFrom::Start(entry as u64 + gap))?;
        file.write_all(&offset.to_le_bytes()[..5])?;
    }
    for section in [0x248, 0x250, 0x258, 0x260, 0x3A0] {
        file.seek(SeekFrom::Start(section as u64))?;
        file.write_all(&(word(section) + gap).to_le_bytes())?;
    }
    Ok(())
}

#[test]
#[cfg(target_pointer_width = "64")]
fn a_log_larger_than_4_gib_is_read() {
    let log = synth::sample(true);
    let expected = LogsReader::new(log.bytes()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for gap in [4 * GIB, 37 * GIB] {
        let path = folder.path().join("sparse.pml");
        let mut file = File::create(&path).unwrap();
        write_sparse(&mut file, &log, gap).unwrap();
        drop(file);
        let file = File::open(&path).unwrap();
        // SAFETY: no other code modifies the file.
        let map = unsafe { memmap2::Mmap::map(&file) }.unwrap();
        let ((), counts) = count(|| {
            let log = LogsReader::new(&map).unwrap();
            assert_eq!(log.len(), expected.len());
            for (event, expected) in log.events().rev().zip(expected.events().rev()) {
                let (event, expected) = (event.unwrap(), expected.unwrap());
                assert_eq!(event.bytes(), expected.bytes());
                assert_eq!(event.offset(), expected.offset() + if event.ordinal() == 0 { 0 } else { gap });
                for &column in Column::ALL {
                    assert_eq!(event.text(column).to_string(), expected.text(column).to_string());
                }
            }
        });
        assert!(counts.peak < 1 << 20, "{} bytes of memory", counts.peak);
    }
}

fn csv_of(log: &LogsReader) -> Vec<u8> {
    let mut csv = Vec::new();
    export::write(&mut csv, log.events(), csv::Csv::new(Column::ALL, Style::new())).unwrap();
    csv
}

#[test]
fn the_segments_of_a_capture_are_read_as_one_log() {
    let whole = LogsReader::open("fixtures/sample64.pml").unwrap();
    for name in ["capture", "capture-1", "capture-2"] {
        let joined = LogsReader::open(format!("fixtures/segments/{name}.pml")).unwrap();
        assert_eq!(joined.len(), whole.len());
        assert!(csv_of(&joined) == csv_of(&whole), "all columns, including Relative Time, are the same");
        assert_eq!(joined.indexes().len(), 3);
        let alone = OpenOptions::new().single_file(true).open(format!("fixtures/segments/{name}.pml")).unwrap();
        assert_eq!(alone.indexes().len(), 1);
        assert!(alone.len() < whole.len());
    }
}

fn names(path: &Path) -> Vec<String> {
    let name = |path: std::path::PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    segment_paths(path).unwrap().into_iter().map(name).collect()
}

#[test]
fn segments_are_found_by_name_and_ordered_by_length_and_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.pml", "x-10.pml", "x-2.PML", "X-1.pml", "x-2a.pml", "y-1.pml", "x-3.pml.bak"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let expected = ["x.pml", "X-1.pml", "x-2.PML", "x-10.pml"];
    for name in expected {
        assert_eq!(names(&folder.path().join(name)), expected, "{name}");
    }
    assert_eq!(names(&folder.path().join("x-2a.pml")), ["x-2a.pml"]);
    assert_eq!(names(&folder.path().join("y-1.pml")), ["y-1.pml"]);
    assert_eq!(names(&folder.path().join("x-3.pml.bak")), ["x-3.pml.bak"]);
}

#[test]
fn an_error_of_opening_names_the_segment() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.pml"), synth::sample(true).bytes()).unwrap();
    fs::write(folder.path().join("x-1.pml"), synth::unclosed(synth::sample(true).bytes())).unwrap();
    let error = LogsReader::open(folder.path().join("x.pml")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::UnclosedLog));
    assert!(error.path().unwrap().ends_with("x-1.pml"), "{error}");
    let missing = LogsReader::open(folder.path().join("missing.pml")).unwrap_err();
    assert!(missing.is_io() && missing.to_string().contains("missing.pml"), "{missing}");
}

#[test]
fn an_error_of_an_event_names_the_segment() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.pml"), synth::sample(true).bytes()).unwrap();
    fs::write(folder.path().join("x-1.pml"), synth::damaged()).unwrap();
    let log = LogsReader::open(folder.path().join("x.pml")).unwrap();
    let error = log.events().find_map(Result::err).unwrap();
    let first = synth::sample(true).events.len();
    assert!(error.path().unwrap().ends_with("x-1.pml"), "{error}");
    assert_eq!(error.place().unwrap().event, Some(first as u32 + 10), "ordinals count the events of all segments");
}

#[test]
fn an_ordinal_out_of_range_is_an_error() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    let error = log.event(log.len()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::EventOutOfRange { .. }), "{error}");
    let none = LogsReader::<Vec<u8>>::from_segments([]).unwrap_err();
    assert!(matches!(none.kind(), ErrorKind::MissingInput));
}

#[test]
fn a_log_without_events_opens_empty() {
    let log = LogsReader::open("fixtures/empty.pml").unwrap();
    assert!(log.is_empty() && log.events().next().is_none());
    assert!(log.index().processes().len() > 0);
}
