//! Damaged headers and tables: whatever the values of counts and offsets are, reading does not panic, an error has a
//! place, and memory is bounded by the size of the file.

use std::fmt::Write;

use crate::support::alloc::count;
use crate::support::synth::{self, Log};
use procmon_parser::{Column, ErrorKind, LogsReader, Result};

/// Opens a log and reads its tables, prefixes, stacks, details and text. Returns the number of readable events.
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

/// Calls [`read`] and checks that an error has a place and that memory is bounded by the size of the log. Returns the
/// number of readable events, or `None` if the log does not open.
fn survives(bytes: &[u8]) -> Option<usize> {
    let (result, counts) = count(|| read(bytes));
    // UTF-8 takes up to 1.5 times the space of UTF-16, and the parsed form of a table entry up to eight times the space
    // of the smallest entry.
    let bound = 16 * bytes.len() as i64 + 0x2_0000;
    assert!(counts.peak <= bound, "{} bytes of memory for a log of {} bytes", counts.peak, bytes.len());
    match result {
        Ok(readable) => Some(readable),
        Err(error) => {
            let place = error.place().unwrap_or_else(|| panic!("{error} has no place"));
            assert!(!place.field.is_empty() && place.offset <= bytes.len() as u64, "{error}");
            None
        }
    }
}

/// Returns a log with all tables and a few events of every class.
fn small(bits64: bool) -> Log {
    let mut log = synth::sample(bits64);
    log.events = log.events.into_iter().step_by(9).collect();
    log
}

#[test]
fn a_log_cut_to_any_length_fails_or_keeps_all_events() {
    for bits64 in [true, false] {
        let bytes = small(bits64).bytes();
        let whole = survives(&bytes).expect("the log is valid");
        for length in 0..bytes.len() {
            if let Some(readable) = survives(&bytes[..length]) {
                // A cut log opens only if the cut is in its last tables, after all events.
                assert_eq!(readable, whole, "cut to {length}");
            }
        }
    }
}

/// Returns values to replace a number with.
fn replacements(value: u64, max: u64) -> impl Iterator<Item = u64> {
    [0, 1, value.wrapping_add(1) & max, value.wrapping_sub(1) & max, max, max / 2, max / 2 + 1]
        .into_iter()
        .filter(move |&other| other != value)
}

/// Replaces the number of `width` bytes at every `step`-th offset of a range with each of the [`replacements`], and
/// calls `check` after each replacement.
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

/// Returns the offset of the event-offset array, which the tables follow.
fn offset_of_tables(bytes: &[u8]) -> usize {
    synth::section(bytes, synth::header::EVENT_OFFSETS)
}

/// Replaces the numbers at every `step`-th offset of the header and checks that reading survives.
fn replace_header_numbers(step: usize) {
    for (bits64, width) in [(true, 4), (true, 8), (false, 4), (false, 8)] {
        let mut bytes = small(bits64).bytes();
        replace_all(&mut bytes, 0..0x3A8, step, width, |bytes| _ = survives(bytes));
    }
}

/// Replaces the numbers at every `step`-th offset of the tables and checks that reading survives.
fn replace_table_numbers(bits64: bool, step: usize) {
    let mut bytes = small(bits64).bytes();
    let range = offset_of_tables(&bytes)..bytes.len();
    replace_all(&mut bytes, range, step, 4, |bytes| _ = survives(bytes));
}

#[test]
fn any_value_of_a_header_field_is_survived() {
    replace_header_numbers(4);
}

#[test]
fn any_value_at_every_fifth_offset_of_the_tables_is_survived() {
    replace_table_numbers(true, 5);
    replace_table_numbers(false, 5);
}

mod slow {
    use super::{replace_header_numbers, replace_table_numbers};

    #[test]
    #[ignore = "slow"]
    fn any_value_at_any_offset_of_the_header_is_survived() {
        replace_header_numbers(1);
    }

    #[test]
    #[ignore = "slow"]
    fn any_value_at_any_offset_of_64_bit_tables_is_survived() {
        replace_table_numbers(true, 1);
    }

    #[test]
    #[ignore = "slow"]
    fn any_value_at_any_offset_of_32_bit_tables_is_survived() {
        replace_table_numbers(false, 1);
    }
}

#[test]
fn damaged_events_leave_the_others_readable() {
    let bytes = synth::damaged();
    let intact = LogsReader::new(synth::sample(true).bytes()).unwrap();
    let damaged = LogsReader::new(bytes).unwrap();
    let mut unreadable = 0;
    for (intact, damaged) in intact.events().zip(damaged.events()) {
        let intact = intact.unwrap();
        match damaged {
            Ok(damaged) => assert_eq!(damaged.bytes(), intact.bytes()),
            Err(error) => {
                assert_eq!(error.place().unwrap().event, Some(intact.ordinal()), "{error}");
                unreadable += 1;
            }
        }
    }
    assert_eq!(unreadable, (intact.len() - 10).div_ceil(20), "every 20th event is damaged, starting at ordinal 10");
}

#[test]
fn other_files_and_versions_are_refused_with_a_specific_error() {
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
