//! Hostile events: each operation and sub-operation with its blocks cut to every length, and with the numbers in them
//! replaced by extreme ones. Decoding does not panic, and the length of the text is bounded by the size of the blocks.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use crate::logs;
use crate::support::synth::{self, Log};
use procmon_parser::code::EventClass;
use procmon_parser::{Column, Compat, Event, LogsReader, Style};
use proptest::prelude::*;

crate::tests! {
    plain:
        decoding_survives_every_truncation_of_64_bit_blocks,
        decoding_survives_every_truncation_of_32_bit_blocks,
        a_truncated_extra_block_does_not_change_path_and_operation,
        decoding_survives_any_blocks_of_any_operation,
        decoding_survives_changed_numbers_in_64_bit_blocks,
        decoding_survives_changed_numbers_in_32_bit_blocks,
        text_does_not_show_bytes_after_an_event_cut_at_some_lengths;
    slow:
        decoding_survives_every_changed_number_in_64_bit_blocks,
        decoding_survives_every_changed_number_in_32_bit_blocks,
        text_does_not_show_bytes_after_an_event_cut_to_any_length;
}

/// Returns one event for each operation and sub-operation in the logs of the given pointer width.
fn specimens(bits64: bool) -> &'static [synth::Event] {
    static SPECIMENS: [LazyLock<Vec<synth::Event>>; 2] =
        [LazyLock::new(|| find_specimens(false)), LazyLock::new(|| find_specimens(true))];
    &SPECIMENS[usize::from(bits64)]
}

/// Finds, for each operation and sub-operation, the event with the largest blocks of at most 400 bytes, or the first
/// non-empty one if its blocks are larger. The limit keeps the number of truncations small.
fn find_specimens(bits64: bool) -> Vec<synth::Event> {
    let mut largest = BTreeMap::<_, synth::Event>::new();
    for (_, log) in logs::readers() {
        for event in log.events().flatten().filter(|event| event.index().is_64bit() == bits64) {
            let own = |event: &Event<'_>| synth::Event {
                stack: event.stack().into_iter().collect(),
                status: event.status().0,
                ..synth::Event::new(
                    u32::from(event.class().0),
                    event.operation_code(),
                    event.detail_bytes().to_vec(),
                    event.extra().map(<[u8]>::to_vec),
                )
            };
            let size = |event: &synth::Event| event.detail.len() + event.extra.as_ref().map_or(0, Vec::len);
            let minor =
                if event.class() == EventClass::FILE_SYSTEM { event.detail_bytes().first().copied() } else { None };
            let key = (event.class(), event.operation_code(), minor, event.extra().is_some());
            let event = own(&event);
            let kept = largest.get(&key).map_or(0, size);
            if kept == 0 || (kept < size(&event) && size(&event) <= 400) {
                largest.insert(key, event);
            }
        }
    }
    largest.into_values().collect()
}

/// Returns copies of an event with each of its blocks truncated to every length.
fn truncations(event: &synth::Event) -> impl Iterator<Item = synth::Event> + '_ {
    let details =
        (0..event.detail.len()).map(|length| synth::Event { detail: event.detail[..length].to_vec(), ..event.clone() });
    let extras = event.extra.iter().flat_map(|extra| {
        (0..extra.len()).map(|length| synth::Event { extra: Some(extra[..length].to_vec()), ..event.clone() })
    });
    details.chain(extras)
}

/// Returns copies of an event in which two or four bytes at every `step`-th offset of its blocks are replaced with the
/// smallest and the largest numbers.
fn inflations(event: &synth::Event, step: usize) -> impl Iterator<Item = synth::Event> + '_ {
    let values: [&[u8]; 5] = [&[0xFF, 0xFF], &[0xFF; 4], &[0; 4], &[1, 0, 0, 0], &[0xFF, 0xFF, 0xFF, 0x7F]];
    let replaced = move |block: &[u8], at: usize, value: &[u8]| {
        let mut block = block.to_vec();
        let end = (at + value.len()).min(block.len());
        block[at..end].copy_from_slice(&value[..end - at]);
        block
    };
    values.into_iter().flat_map(move |value| {
        let details = (0..event.detail.len())
            .step_by(step)
            .map(move |at| synth::Event { detail: replaced(&event.detail, at, value), ..event.clone() });
        let extras = event.extra.iter().flat_map(move |extra| {
            (0..extra.len())
                .step_by(step)
                .map(move |at| synth::Event { extra: Some(replaced(extra, at, value)), ..event.clone() })
        });
        details.chain(extras)
    })
}

/// Decodes an event and writes its text, whose length must be bounded by the size of the blocks.
fn survives(event: Event<'_>, text: &mut String) {
    let detail = event.detail();
    if let Err(error) = &detail {
        assert_eq!(error.place().and_then(|place| place.event), Some(event.ordinal()), "{error}");
    }
    let size = event.detail_bytes().len() + event.extra().map_or(0, <[u8]>::len);
    // One of the versions also covers the advanced names.
    for compat in [Compat::Complete, Compat::Procmon3_94, Compat::Procmon3_52] {
        let style = Style::new().compat(compat).advanced_names(compat == Compat::Procmon3_52);
        for column in [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL] {
            text.clear();
            write!(text, "{}", event.text_in(column, &style)).unwrap();
            // 2,000 bytes allow for labels and names, and 60 bytes per byte of a block for values.
            assert!(
                text.len() <= 2000 + 60 * size,
                "{column}: {} bytes of text for {size} bytes of {event:?}",
                text.len()
            );
        }
    }
}

/// Writes events to a log, reads it, and returns the number of events.
fn all_survive(bits64: bool, events: impl IntoIterator<Item = synth::Event>) -> usize {
    let mut bytes = std::io::Cursor::new(Vec::new());
    synth::write(&Log { events: Vec::new(), ..synth::sample(bits64) }, events, &mut bytes).unwrap();
    let log = LogsReader::new(bytes.into_inner()).unwrap();
    let mut text = String::new();
    log.events().for_each(|event| survives(event.expect("the blocks are in the file"), &mut text));
    log.len()
}

fn decoding_survives_every_truncation_of_64_bit_blocks() {
    assert!(all_survive(true, specimens(true).iter().flat_map(truncations)) > 1000);
}

fn decoding_survives_every_truncation_of_32_bit_blocks() {
    assert!(all_survive(false, specimens(false).iter().flat_map(truncations)) > 1000);
}

fn decoding_survives_changed_numbers_in_64_bit_blocks() {
    check_changed_numbers(true, 5);
}

fn decoding_survives_changed_numbers_in_32_bit_blocks() {
    check_changed_numbers(false, 5);
}

fn decoding_survives_every_changed_number_in_64_bit_blocks() {
    check_changed_numbers(true, 1);
}

fn decoding_survives_every_changed_number_in_32_bit_blocks() {
    check_changed_numbers(false, 1);
}

fn check_changed_numbers(bits64: bool, step: usize) {
    for event in specimens(bits64) {
        all_survive(bits64, inflations(event, step));
    }
}

fn a_truncated_extra_block_does_not_change_path_and_operation() {
    for bits64 in [true, false] {
        for event in specimens(bits64) {
            let complete = [event.clone()];
            let cut: Vec<_> = truncations(event).filter(|cut| cut.detail == event.detail).collect();
            let log = |events: &[synth::Event]| {
                LogsReader::new(Log { events: events.to_vec(), ..synth::sample(bits64) }.bytes()).unwrap()
            };
            let (complete, cut) = (log(&complete), log(&cut));
            let complete = complete.event(0).unwrap();
            for cut in cut.events() {
                // The extra block has the result of an operation. The path is in the detail block.
                let cut = cut.unwrap();
                assert_eq!(cut.text(Column::PATH).to_string(), complete.text(Column::PATH).to_string(), "{complete:?}");
                assert_eq!(cut.operation_name(), complete.operation_name());
                assert_eq!(cut.detail().is_ok(), complete.detail().is_ok(), "{cut:?}");
            }
        }
    }
}

/// Returns the text of each event. In the log, an event filled with `filler` follows each of them.
fn texts_before(filler: u8, bits64: bool, events: &[synth::Event]) -> Vec<String> {
    let filler = synth::Event::new(1, 0, vec![filler; 3000], None);
    let events = events.iter().flat_map(|event| [event.clone(), filler.clone()]);
    let log = Log { events: events.collect(), ..synth::sample(bits64) };
    let log = LogsReader::new(log.bytes()).unwrap();
    let cells = [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL];
    let texts = |event: Event<'_>| cells.map(|column| event.text(column).to_string()).join("|");
    log.events().step_by(2).map(|event| texts(event.unwrap())).collect()
}

fn text_does_not_show_bytes_after_an_event_cut_at_some_lengths() {
    check_text_shows_no_bytes_after_the_event(5);
}

fn text_does_not_show_bytes_after_an_event_cut_to_any_length() {
    check_text_shows_no_bytes_after_the_event(1);
}

fn check_text_shows_no_bytes_after_the_event(step: usize) {
    for bits64 in [true, false] {
        for event in specimens(bits64) {
            let cut: Vec<_> = truncations(event).step_by(step).collect();
            let (before_a, before_b) = (texts_before(b'A', bits64, &cut), texts_before(b'B', bits64, &cut));
            for (a, b) in before_a.iter().zip(&before_b) {
                assert_eq!(a, b, "{event:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    fn decoding_survives_any_blocks_of_any_operation(
        bits64: bool,
        class in 0_u32..8,
        operation in 0_u16..60,
        minor in 0_u8..90,
        mut detail in prop::collection::vec(any::<u8>(), 0..200),
        extra in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        // The first byte of a file-system detail is the information class or minor function.
        if let Some(first) = detail.first_mut() {
            *first = minor;
        }
        all_survive(bits64, [synth::Event::new(class, operation, detail, extra)]);
    }
}
