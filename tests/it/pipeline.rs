//! Exports in several threads: the same bytes as in one, whatever the number of threads and the size of batches.

use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Cursor, Write};
use std::num::NonZero;

use crate::procmon::all_logs;
use procmon_parser::Log;
use procmon_parser::export::{self, Format, Pipeline, csv::Csv, xml::Xml};
use procmon_parser::{Column, Event, LogsReader, LogsStream, Style};

/// Keeps a fingerprint of what is written.
#[derive(Default)]
struct Fingerprint {
    hash: DefaultHasher,
    len: u64,
}

impl Write for Fingerprint {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Byte by byte, so that it does not depend on how the bytes come.
        bytes.iter().for_each(|&byte| self.hash.write_u8(byte));
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Number of events, unreadable events, bytes, and the fingerprint.
type Outcome = (u64, u64, u64, u64);

fn outcome(run: impl FnOnce(&mut Fingerprint) -> export::ExportSummary) -> Outcome {
    let mut out = Fingerprint::default();
    let summary = run(&mut out);
    (summary.rows, summary.unreadable, out.len, out.hash.finish())
}

fn in_threads<S: Log + Sync + ?Sized>(source: &S, format: impl Format, threads: usize, chunk: usize) -> Outcome {
    let [threads, chunk] = [threads, chunk].map(|number| NonZero::new(number).unwrap());
    outcome(|out| Pipeline::new().threads(threads).chunk(chunk).run(out, source, format).unwrap())
}

fn check(name: &str, log: &LogsReader, format: impl Format) {
    let expected = outcome(|out| export::write(out, log.events(), format.clone()).unwrap());
    for (threads, chunk) in [(1, 256), (2, 256), (3, 7), (8, 64)] {
        assert_eq!(in_threads(log, format.clone(), threads, chunk), expected, "{name}: {threads} threads");
    }
}

#[test]
fn csv_is_the_same_in_any_number_of_threads() {
    for (name, log) in all_logs() {
        check(&name, &log, Csv::new(Column::PROCMON_ORDER, Style::new()));
    }
}

#[test]
fn xml_is_the_same_in_any_number_of_threads() {
    for (name, log) in all_logs() {
        check(&name, &log, Xml::new(log.indexes(), Column::PROCMON_ORDER, Style::new()));
    }
}

#[test]
fn xml_with_stacks_is_the_same_in_any_number_of_threads() {
    for (name, log) in all_logs() {
        let columns = [Column::PATH, Column::DETAIL];
        check(&name, &log, Xml::new(log.indexes(), &columns, Style::new()).with_stacks(true));
    }
}

#[cfg(feature = "jsonl")]
#[test]
fn json_is_the_same_in_any_number_of_threads() {
    use procmon_parser::export::jsonl::JsonLines;
    for (name, log) in all_logs() {
        check(&name, &log, JsonLines::new(Style::new()).with_stacks(true).with_timesketch(true));
    }
}

#[test]
fn a_stream_is_exported_as_a_reader_is() {
    for (name, log) in all_logs() {
        let format = Csv::new(Column::PROCMON_ORDER, Style::new());
        let expected = outcome(|out| export::write(out, log.events(), format.clone()).unwrap());
        let parts = log.into_parts().into_iter().map(|(bytes, _)| Cursor::new(bytes));
        let stream = LogsStream::from_segments(parts).unwrap();
        for (threads, chunk) in [(1, 256), (2, 256), (3, 7)] {
            assert_eq!(in_threads(&stream, format.clone(), threads, chunk), expected, "{name}: {threads} threads");
        }
    }
}

#[test]
fn several_logs_follow_each_other() {
    let logs: Vec<_> = all_logs().into_iter().map(|(_, log)| log).collect();
    let logs: Vec<&LogsReader> = logs.iter().collect();
    let format = Csv::new(&[Column::PATH, Column::RESULT], Style::new());
    let expected = outcome(|out| export::write(out, logs.iter().flat_map(|log| log.events()), format.clone()).unwrap());
    for threads in [1, 2, 8] {
        assert_eq!(in_threads(logs.as_slice(), format.clone(), threads, 100), expected);
    }
}

#[test]
fn a_filter_is_asked_for_each_readable_event() {
    let is_wanted = |event: Event<'_>| event.status().is_error();
    for (name, log) in all_logs() {
        let format = Csv::new(&[Column::PATH], Style::new());
        let wanted = log.events().filter(|event| event.as_ref().map_or(true, |event| is_wanted(*event)));
        let expected = outcome(|out| export::write(out, wanted, format.clone()).unwrap());
        for threads in [1, 2, 3] {
            let mut done = 0;
            let mut progress = |events| done += events;
            let pipeline = Pipeline::new().threads(NonZero::new(threads).unwrap());
            let pipeline = pipeline.filter(&is_wanted).progress(&mut progress);
            assert_eq!(outcome(|out| pipeline.run(out, &log, format.clone()).unwrap()), expected, "{name}");
            assert_eq!(done, log.len() as u64, "{name}");
        }
    }
}

/// Takes some bytes and fails then.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failure_to_write_ends_all_threads() {
    let log = LogsReader::open("fixtures/sample64.pml").unwrap();
    for threads in [1, 2, 8] {
        for room in [0, 10_000, 20_000] {
            let format = Csv::new(Column::PROCMON_ORDER, Style::new());
            let pipeline = Pipeline::new().threads(NonZero::new(threads).unwrap()).chunk(NonZero::new(1).unwrap());
            let error = pipeline.run(Full(room), &log, format).unwrap_err();
            assert!(error.is_io(), "{error}");
        }
    }
}

/// Writes a long log, for measurements: `LOG=/tmp/long.pml EVENTS=10000000 cargo test --test pipeline -- --ignored`.
#[test]
#[ignore = "writes gigabytes"]
fn write_a_long_log() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let mut file = io::BufWriter::new(std::fs::File::create(variable("LOG")).unwrap());
    crate::support::synth::write_large(variable("EVENTS").parse().unwrap(), &mut file).unwrap();
    file.flush().unwrap();
}
