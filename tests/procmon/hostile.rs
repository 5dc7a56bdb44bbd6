//! Hostile events: for each operation and sub-operation, every truncation of its blocks and every number in them
//! replaced. There is no panic, the work and the text are bounded by the bytes, and what is left stays readable.

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
        every_truncation_of_64_bit_blocks,
        every_truncation_of_32_bit_blocks,
        the_readable_prefix_stays_readable,
        any_blocks_of_any_operation,
        some_numbers_of_64_bit_blocks,
        some_numbers_of_32_bit_blocks,
        no_text_shows_bytes_after_an_event_that_is_cut_at_some_places;
    slow:
        every_number_of_64_bit_blocks,
        every_number_of_32_bit_blocks,
        no_text_shows_bytes_after_an_event_that_is_cut_anywhere;
}

/// An event of each operation and sub-operation of all logs of a width.
fn specimens(bits64: bool) -> &'static [synth::Event] {
    static SPECIMENS: [LazyLock<Vec<synth::Event>>; 2] =
        [LazyLock::new(|| find_specimens(false)), LazyLock::new(|| find_specimens(true))];
    &SPECIMENS[usize::from(bits64)]
}

/// Finds the event of each operation and sub-operation with the largest blocks, below a limit that keeps the number of
/// its truncations small.
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

/// An event with each of its blocks cut to every length.
fn truncations(event: &synth::Event) -> impl Iterator<Item = synth::Event> + '_ {
    let details =
        (0..event.detail.len()).map(|length| synth::Event { detail: event.detail[..length].to_vec(), ..event.clone() });
    let extras = event.extra.iter().flat_map(|extra| {
        (0..extra.len()).map(|length| synth::Event { extra: Some(extra[..length].to_vec()), ..event.clone() })
    });
    details.chain(extras)
}

/// An event with two and four bytes of its blocks, at every `step`-th place, replaced by the smallest and the largest
/// numbers.
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

/// Reads all of an event; the text is at most so many times as long as its blocks.
fn survives(event: Event<'_>, text: &mut String) {
    let detail = event.detail();
    if let Err(error) = &detail {
        assert_eq!(error.place().and_then(|place| place.event), Some(event.ordinal()), "{error}");
    }
    let size = event.detail_bytes().len() + event.extra().map_or(0, <[u8]>::len);
    for compat in [Compat::Complete, Compat::Procmon3_94, Compat::Procmon3_52] {
        let style = Style::new().compat(compat).advanced_names(compat == Compat::Procmon3_52);
        for column in [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL] {
            text.clear();
            write!(text, "{}", event.text_in(column, &style)).unwrap();
            assert!(text.len() <= 2000 + 60 * size, "{} bytes of {column} for {size} of {event:?}", text.len());
        }
    }
}

/// Writes events into a log of their own and reads it.
fn all_survive(bits64: bool, events: impl IntoIterator<Item = synth::Event>) -> usize {
    let mut bytes = std::io::Cursor::new(Vec::new());
    synth::write(&Log { events: Vec::new(), ..synth::sample(bits64) }, events, &mut bytes).unwrap();
    let log = LogsReader::new(bytes.into_inner()).unwrap();
    let mut text = String::new();
    log.events().for_each(|event| survives(event.expect("its parts are in the file"), &mut text));
    log.len()
}

fn every_truncation_of_64_bit_blocks() {
    assert!(all_survive(true, specimens(true).iter().flat_map(truncations)) > 1000);
}

fn every_truncation_of_32_bit_blocks() {
    assert!(all_survive(false, specimens(false).iter().flat_map(truncations)) > 1000);
}

fn some_numbers_of_64_bit_blocks() {
    numbers_of_blocks(true, 5);
}

fn some_numbers_of_32_bit_blocks() {
    numbers_of_blocks(false, 5);
}

fn every_number_of_64_bit_blocks() {
    numbers_of_blocks(true, 1);
}

fn every_number_of_32_bit_blocks() {
    numbers_of_blocks(false, 1);
}

fn numbers_of_blocks(bits64: bool, step: usize) {
    for event in specimens(bits64) {
        all_survive(bits64, inflations(event, step));
    }
}

/// What is cut off at the end of a block does not change what stands before it.
fn the_readable_prefix_stays_readable() {
    for bits64 in [true, false] {
        for event in specimens(bits64) {
            let whole = [event.clone()];
            let cut: Vec<_> = truncations(event).filter(|cut| cut.detail == event.detail).collect();
            let log = |events: &[synth::Event]| {
                LogsReader::new(Log { events: events.to_vec(), ..synth::sample(bits64) }.bytes()).unwrap()
            };
            let (whole, cut) = (log(&whole), log(&cut));
            let whole = whole.event(0).unwrap();
            for cut in cut.events() {
                // The extra block says what came of an operation, not what it was about.
                let cut = cut.unwrap();
                assert_eq!(cut.text(Column::PATH).to_string(), whole.text(Column::PATH).to_string(), "{whole:?}");
                assert_eq!(cut.operation_name(), whole.operation_name());
                assert_eq!(cut.detail().is_ok(), whole.detail().is_ok(), "{cut:?}");
            }
        }
    }
}

/// The texts of events, each of them followed by an event that is nothing but one byte over and over.
fn texts_before(filler: u8, bits64: bool, events: &[synth::Event]) -> Vec<String> {
    let filler = synth::Event::new(1, 0, vec![filler; 3000], None);
    let events = events.iter().flat_map(|event| [event.clone(), filler.clone()]);
    let log = Log { events: events.collect(), ..synth::sample(bits64) };
    let log = LogsReader::new(log.bytes()).unwrap();
    let cells = [Column::OPERATION, Column::CATEGORY, Column::PATH, Column::DETAIL];
    let texts = |event: Event<'_>| cells.map(|column| event.text(column).to_string()).join("|");
    log.events().step_by(2).map(|event| texts(event.unwrap())).collect()
}

fn no_text_shows_bytes_after_an_event_that_is_cut_at_some_places() {
    no_text_shows_bytes_after_an_event(5);
}

fn no_text_shows_bytes_after_an_event_that_is_cut_anywhere() {
    no_text_shows_bytes_after_an_event(1);
}

fn no_text_shows_bytes_after_an_event(step: usize) {
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

    fn any_blocks_of_any_operation(
        bits64: bool,
        class in 0_u32..8,
        operation in 0_u16..60,
        minor in 0_u8..90,
        mut detail in prop::collection::vec(any::<u8>(), 0..200),
        extra in prop::option::of(prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        if let Some(first) = detail.first_mut() {
            *first = minor;
        }
        all_survive(bits64, [synth::Event::new(class, operation, detail, extra)]);
    }
}
