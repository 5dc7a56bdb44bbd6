//! Reading events allocates nothing: not for the prefix, nor the stack, the detail, or the text of any column.

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
        the_allocator_counts;
    each_log:
        iterating,
        resolving_stacks,
        decoding_details,
        writing_columns,
        copying_events,
        filtering,
        exporting_rows;
}

/// Expects work over a log to allocate nothing.
fn allocates_nothing(name: &str, log: &LogsReader, work: impl Fn(&LogsReader)) {
    // The error of an unreadable event is allocated; all other events are looked at.
    if log.events().any(|event| event.is_err()) {
        return;
    }
    let ((), counts) = count(|| work(log));
    assert_eq!(counts.allocations, 0, "{name}: {} events", log.len());
}

fn the_allocator_counts() {
    let (boxed, counts) = count(|| black_box(Box::new([0_u8; 100])));
    assert_eq!((counts.allocations, counts.live, counts.peak), (1, 100, 100));
    drop(boxed);
}

fn iterating(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        for event in log.events().flatten() {
            black_box((event.status(), event.process(), event.operation_name(), event.category()));
        }
    });
}

fn resolving_stacks(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        let resolve = || log.events().flatten().flat_map(|event| event.frames()).filter(|frame| frame.module.is_some());
        // The address spaces are laid out when the first frame is looked up; that is not counted.
        let found = uncounted(|| resolve().count());
        assert_eq!(resolve().count(), found);
    });
}

fn decoding_details(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
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

fn writing_columns(name: &str, log: &LogsReader) {
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

fn copying_events(name: &str, log: &LogsReader) {
    allocates_nothing(name, log, |log| {
        let mut writer = uncounted(|| {
            let mut writer = LogsWriter::for_copy(Target(0), log.index()).unwrap();
            // Processes are taken over with their first event.
            log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
            writer
        });
        log.events().flatten().for_each(|event| writer.copy_event(event).unwrap());
        uncounted(|| drop(writer));
    });
}

fn filtering(name: &str, log: &LogsReader) {
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
            // The buffer of the thread grows with the longest text; that is not counted.
            let counted_before = uncounted(shown);
            assert_eq!(shown(), counted_before);
            uncounted(|| drop(matcher));
        });
    }
}

fn exporting_rows(name: &str, log: &LogsReader) {
    let unreadable = log.events().filter(Result::is_err).count();
    let export = || export::write(std::io::sink(), log.events(), csv::Csv::new(Column::ALL, Style::new())).unwrap();
    let (summary, counts) = count(export);
    // Buffers, and texts that are the same for all events of a process; errors are allocated.
    let processes: usize = log.indexes().map(|index| index.processes().len()).sum();
    let allowed = 100 + 50 * processes + unreadable;
    assert!(counts.allocations < allowed as u64, "{name}: {counts:?} for {} rows", summary.rows);
}
