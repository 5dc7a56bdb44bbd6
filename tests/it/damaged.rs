//! Damaged containers: whatever bytes stand where counts and offsets should be, there is an error with a place, no
//! panic, and no more memory than the file has bytes for.

use std::fmt::Write;

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::{Column, ErrorKind, LogsReader, Result};

/// Opens a log and reads all of it: tables, prefixes, stacks, details, text. Gives the number of readable events.
fn read(bytes: &[u8]) -> Result<usize> {
    let log = LogsReader::new(bytes)?;
    let index = log.index();
    for process in index.processes() {
        let _ = (process.name(), process.parent(), process.large_icon(), process.small_icon());
        process.modules().for_each(|module| _ = (module.path(), module.file_name(), module.base()));
    }
    index.icons().for_each(|icon| _ = icon.to_ico());
    let mut text = String::new();
    let mut readable = 0;
    for event in log.events() {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                let place = error.place().expect("an error of an event has a place");
                assert!(place.event.is_some() && place.offset <= bytes.len() as u64 || place.field == "event.offset");
                continue;
            }
        };
        readable += 1;
        let _ = (event.detail(), event.category(), event.bytes().len(), event.frames().count());
        text.clear();
        for &column in Column::ALL {
            write!(text, "{}", event.text(column)).unwrap();
        }
    }
    Ok(readable)
}

/// As [`read`]; expects errors to say where they are, and memory to be bounded by the size of the log.
fn survives(bytes: &[u8]) -> Option<usize> {
    let (result, counts) = count(|| read(bytes));
    // UTF-8 takes up to one and a half times the room of UTF-16, and what is kept of an entry of a table is up to
    // eight times as large as the smallest entry.
    let bound = 16 * bytes.len() as i64 + 0x2_0000;
    assert!(counts.peak <= bound, "{} bytes for a log of {}", counts.peak, bytes.len());
    match result {
        Ok(readable) => Some(readable),
        Err(error) => {
            let place = error.place().unwrap_or_else(|| panic!("{error} has no place"));
            assert!(!place.field.is_empty() && place.offset <= bytes.len() as u64, "{error}");
            None
        }
    }
}

/// A log with all tables and a few events of every class.
fn small(bits64: bool) -> Log {
    let mut log = synth::sample(bits64);
    log.events = log.events.into_iter().step_by(9).collect();
    log
}

#[test]
fn every_length_that_a_log_can_be_cut_to() {
    for bits64 in [true, false] {
        let bytes = small(bits64).bytes();
        let whole = survives(&bytes).expect("the log is sound");
        for length in 0..bytes.len() {
            if let Some(readable) = survives(&bytes[..length]) {
                // Only the last tables can be missing.
                assert_eq!(readable, whole, "cut to {length}");
            }
        }
    }
}

/// Values to put in place of a number.
fn replacements(value: u64, max: u64) -> impl Iterator<Item = u64> {
    [0, 1, value.wrapping_add(1) & max, value.wrapping_sub(1) & max, max, max / 2, max / 2 + 1]
        .into_iter()
        .filter(move |&other| other != value)
}

/// Calls `check` with the number of `width` bytes at every `step`-th place of a range replaced by each of the
/// replacements.
fn replace_all(
    bytes: &mut [u8],
    range: std::ops::Range<usize>,
    step: usize,
    width: usize,
    mut check: impl FnMut(&[u8]),
) {
    for at in (range.start..range.end.saturating_sub(width - 1)).step_by(step) {
        let mut wide = [0; 8];
        wide[..width].copy_from_slice(&bytes[at..at + width]);
        let original = u64::from_le_bytes(wide);
        for value in replacements(original, u64::MAX >> (64 - 8 * width)) {
            bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
            check(bytes);
        }
        bytes[at..at + width].copy_from_slice(&wide[..width]);
    }
}

/// Offset of the event-offset array, behind which are the tables.
fn tables_of(bytes: &[u8]) -> usize {
    synth::section(bytes, synth::header::EVENT_OFFSETS)
}

/// Replaces the numbers at every `step`-th place of the header.
fn numbers_of_the_header(step: usize) {
    for (bits64, width) in [(true, 4), (true, 8), (false, 4), (false, 8)] {
        let mut bytes = small(bits64).bytes();
        replace_all(&mut bytes, 0..0x3A8, step, width, |bytes| _ = survives(bytes));
    }
}

/// Replaces the numbers at every `step`-th place of the tables.
fn numbers_of_the_tables(bits64: bool, step: usize) {
    let mut bytes = small(bits64).bytes();
    let range = tables_of(&bytes)..bytes.len();
    replace_all(&mut bytes, range, step, 4, |bytes| _ = survives(bytes));
}

#[test]
fn aligned_numbers_of_the_header() {
    numbers_of_the_header(4);
}

#[test]
fn some_numbers_of_the_tables() {
    numbers_of_the_tables(true, 5);
    numbers_of_the_tables(false, 5);
}

mod slow {
    use super::{numbers_of_the_header, numbers_of_the_tables};

    #[test]
    #[ignore = "slow"]
    fn every_number_of_the_header() {
        numbers_of_the_header(1);
    }

    #[test]
    #[ignore = "slow"]
    fn every_number_of_the_tables_of_a_64_bit_log() {
        numbers_of_the_tables(true, 1);
    }

    #[test]
    #[ignore = "slow"]
    fn every_number_of_the_tables_of_a_32_bit_log() {
        numbers_of_the_tables(false, 1);
    }
}

#[test]
fn damaged_events_leave_the_others_readable() {
    let bytes = synth::damaged();
    let sound = LogsReader::new(synth::sample(true).bytes()).unwrap();
    let damaged = LogsReader::new(bytes).unwrap();
    let mut unreadable = 0;
    for (sound, damaged) in sound.events().zip(damaged.events()) {
        let sound = sound.unwrap();
        match damaged {
            Ok(damaged) => assert_eq!(damaged.bytes(), sound.bytes()),
            Err(error) => {
                assert_eq!(error.place().unwrap().event, Some(sound.ordinal()), "{error}");
                unreadable += 1;
            }
        }
    }
    assert_eq!(unreadable, (sound.len() - 10).div_ceil(20), "every 20th event is spoilt, from the 10th on");
}

#[test]
fn other_files_are_refused_by_name() {
    let kind = |bytes: &[u8]| format!("{:?}", LogsReader::new(bytes).unwrap_err().kind());
    assert!(kind(b"MZ\x90\x00").starts_with("InvalidSignature"));
    assert!(kind(b"PML_").starts_with("Truncated"));
    assert!(kind(b"").starts_with("Truncated"));
    let mut bytes = synth::sample(true).bytes();
    for version in [0, 1, 3, 10, u32::MAX] {
        bytes[4..8].copy_from_slice(&version.to_le_bytes());
        let error = LogsReader::new(&bytes).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::UnsupportedVersion { version: found, .. } if *found == version));
        assert!(error.to_string().contains(&version.to_string()), "{error}");
    }
    for version in 4..=9_u32 {
        bytes[4..8].copy_from_slice(&version.to_le_bytes());
        assert_eq!(LogsReader::new(&bytes).unwrap().len(), synth::sample(true).events.len());
    }
    let unclosed = LogsReader::new(synth::unclosed(synth::sample(true).bytes())).unwrap_err();
    assert!(matches!(unclosed.kind(), ErrorKind::UnclosedLog));
    assert!(unclosed.to_string().contains("header."), "{unclosed}");
}
