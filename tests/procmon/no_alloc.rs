//! Reading, decoding, filtering, copying and printing events does not allocate memory.

use std::fmt;
use std::hint::black_box;
use std::io::{self, Seek, SeekFrom, Write};

use crate::support::alloc::{count, uncounted};
use procmon_parser::code::Relation;
use procmon_parser::{
    Column, Compat, Filter, LogsReader, LogsWriter, Rule, Style,
    export::{self, csv},
};

crate::tests! {
    plain:
        the_allocator_counts_allocations_and_bytes;
    each_log:
        iterating_does_not_allocate,
        resolving_stacks_does_not_allocate,
        decoding_details_does_not_allocate,
        writing_columns_does_not_allocate,
        copying_events_does_not_allocate,
        filtering_does_not_allocate,
        exporting_allocates_only_per_process_and_error;
}

/// Checks that processing a log does not allocate memory.
fn allocates_nothing(name: &str, log: &LogsReader, work: impl Fn(&LogsReader)) {
    // The error of an unreadable event is allocated, so logs with such events are skipped.
    if log.events().any(|event| event.is_err()) {
        return;
    }
    let ((), counts) = count(|| work(log));
    assert_eq!(counts.allocations, 0, "{name}: {} events", log.len());
}

fn the_allocator_counts_allocations_and_bytes() {
    let (boxed, counts) = count(|| black_box(Box::new([0_u8; 100])));
    assert_eq!((counts.allocations, counts.live, counts.peak), (1, 100, 100));
    drop(boxed);
}

fn iterating_does_not_allocate(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        for event in log.events().flatten() {
            black_box((event.status(), event.process(), event.operation_name(), event.category()));
        }
    });
}

fn resolving_stacks_does_not_allocate(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        let resolve = || log.events().flatten().flat_map(|event| event.frames()).filter(|frame| frame.module.is_some());
        // The first lookup builds the map of modules, which is not counted.
        let found = uncounted(|| resolve().count());
        assert_eq!(resolve().count(), found);
    });
}

fn decoding_details_does_not_allocate(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        for event in log.events().flatten() {
            assert!(black_box(event.detail()).is_ok(), "{event:?}");
        }
    });
}

/// Discards the text that is written to it.
struct Sink;

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

fn writing_columns_does_not_allocate(name: &str, log: &LogsReader) {
    let styles = Compat::ALL.map(|compat| Style::new().compat(compat)).into_iter();
    let locales = ["de-DE", "zh-TW", "bg-BG"].map(|tag| Style::new().locale(tag.parse().unwrap()));
    for style in styles.chain(locales) {
        let style = style.utc_offset("+02:00".parse().unwrap());
        allocates_nothing(name, log, |log| {
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

/// Discards the bytes that are written to it and counts them.
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

fn copying_events_does_not_allocate(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        let mut writer = uncounted(|| {
            let mut writer = LogsWriter::for_copy(Target(0), log.index()).unwrap();
            // The writer copies a process when it writes its first event, which allocates.
            log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
            writer
        });
        log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
        uncounted(|| drop(writer));
    });
}

fn filtering_does_not_allocate(name: &str, log: &LogsReader) {
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
        allocates_nothing(name, log, |log| {
            let matcher = uncounted(|| filter.compile(log.indexes()));
            let shown = || log.events().flatten().filter(|event| matcher.matches(*event)).count();
            // The thread's buffer grows to the longest text in the first pass, which is not counted.
            let counted_before = uncounted(shown);
            assert_eq!(shown(), counted_before);
            uncounted(|| drop(matcher));
        });
    }
}

fn exporting_allocates_only_per_process_and_error(name: &str, log: &LogsReader) {
    let unreadable = log.events().filter(Result::is_err).count();
    let export = || export::write(std::io::sink(), log.events(), csv::Csv::new(Column::ALL, Style::new())).unwrap();
    let (summary, counts) = count(export);
    // Allocates buffers, text that is cached per process, and errors.
    let processes: usize = log.indexes().map(|index| index.processes().len()).sum();
    let allowed = 100 + 50 * processes + unreadable;
    assert!(counts.allocations < allowed as u64, "{name}: {counts:?} for {} rows", summary.rows);
}
