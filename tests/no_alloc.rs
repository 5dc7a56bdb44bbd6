//! Reading events allocates nothing: not for the prefix, nor the stack, the detail, or the text of any column.

mod procmon;
mod support;

use std::fmt;
use std::hint::black_box;
use std::io::{self, Seek, SeekFrom, Write};

use procmon::all_logs;
use procmon_parser::code::Relation;
use procmon_parser::{Column, Compat, Filter, LogsReader, LogsWriter, Rule, Style, export::csv};
use support::alloc::{Counting, count, uncounted};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Expects a work over each log to allocate nothing.
fn allocates_nothing(work: impl Fn(&LogsReader)) {
    for (name, log) in all_logs() {
        // The error of an unreadable event is allocated; all other events are looked at.
        if log.events().any(|event| event.is_err()) {
            continue;
        }
        let ((), counts) = count(|| work(&log));
        assert_eq!(counts.allocations, 0, "{name}: {} events", log.len());
    }
}

#[test]
fn the_allocator_counts() {
    let (boxed, counts) = count(|| black_box(Box::new([0_u8; 100])));
    assert_eq!((counts.allocations, counts.live, counts.peak), (1, 100, 100));
    drop(boxed);
}

#[test]
fn iterating() {
    allocates_nothing(|log| {
        for event in log.events().flatten() {
            black_box((event.status(), event.process(), event.operation_name(), event.category()));
        }
    });
}

#[test]
fn resolving_stacks() {
    allocates_nothing(|log| {
        let resolve = || log.events().flatten().flat_map(|event| event.frames()).filter(|frame| frame.module.is_some());
        // The address spaces are laid out when the first frame is looked up; that is not counted.
        let found = uncounted(|| resolve().count());
        assert_eq!(resolve().count(), found);
    });
}

#[test]
fn decoding_details() {
    allocates_nothing(|log| {
        for event in log.events().flatten() {
            assert!(black_box(event.detail()).is_ok(), "{event:?}");
        }
    });
}

/// Takes text and forgets it.
struct Sink;

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

#[test]
fn writing_columns() {
    for compat in Compat::ALL {
        let style = Style::new().compat(compat).utc_offset("+02:00".parse().unwrap());
        allocates_nothing(|log| {
            for event in log.events().flatten() {
                for &column in Column::ALL {
                    let (written, counts) = count(|| event.text_in(column, &style).write_to(&mut Sink));
                    written.unwrap();
                    assert_eq!(counts.allocations, 0, "{column} of {event:?}");
                }
            }
        });
    }
}

/// Takes bytes and forgets them, but not how many they are.
struct Target(u64);

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Target {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Ok(self.0)
    }
}

#[test]
fn copying_events() {
    allocates_nothing(|log| {
        let mut writer = uncounted(|| {
            let mut writer = LogsWriter::like(Target(0), log.index()).unwrap();
            // Offsets go to a file; in memory their array grows now and then.
            writer.offsets_in_memory(500);
            // Processes are taken over with their first event.
            log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
            writer
        });
        log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
        uncounted(|| drop(writer));
    });
}

#[test]
fn filtering() {
    let sentences = Column::ALL.iter().flat_map(|column| {
        Relation::ALL.iter().map(move |relation| format!("{column} {relation} \"System<U+D800>\" then Exclude"))
    });
    let filters = [
        Filter::procmon_default(),
        [Rule::path().contains("python").include(), Rule::detail().contains("a").include()].into_iter().collect(),
        sentences
            .map(|sentence| sentence.parse::<Rule>().unwrap())
            .filter(|rule| rule.relation() != Relation::IS_NOT)
            .collect(),
    ];
    for filter in filters {
        let style = Style::new().compat(Compat::Procmon3_94);
        allocates_nothing(|log| {
            let matcher = uncounted(|| filter.compile(log.indexes(), &style));
            let shown = || log.events().flatten().filter(|event| matcher.matches(*event)).count();
            // The buffer of the thread grows with the longest text; that is not counted.
            let counted_before = uncounted(shown);
            assert_eq!(shown(), counted_before);
            uncounted(|| drop(matcher));
        });
    }
}

#[test]
fn exporting_rows() {
    for (name, log) in all_logs() {
        let unreadable = log.events().filter(Result::is_err).count();
        let export = || csv::export(std::io::sink(), log.events(), Column::ALL, Style::new()).unwrap();
        let (summary, counts) = count(export);
        // Buffers, and texts that are the same for all events of a process; errors are allocated.
        let processes: usize = log.indexes().map(|index| index.processes().len()).sum();
        let allowed = 100 + 50 * processes + unreadable;
        assert!(counts.allocations < allowed as u64, "{name}: {counts:?} for {} rows", summary.rows);
    }
}
