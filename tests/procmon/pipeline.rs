//! Exports with several threads: the bytes do not depend on the number of threads and the size of batches.

use std::io::{self, Cursor, Write};
use std::num::NonZero;

use crate::logs::{self, is_captured};
use procmon_parser::Log;
use procmon_parser::export::{self, Format, Pipeline, csv::Csv, xml::Xml};
use procmon_parser::{Column, Event, LogsReader, LogsStream, Style};

crate::tests! {
    plain:
        several_logs_are_exported_in_order,
        a_write_error_ends_all_threads;
    each_log:
        three_threads_write_the_same_bytes_as_one,
        a_pipeline_exports_the_events_that_its_filter_shows;
    files_of_each_log:
        a_stream_and_a_reader_export_the_same_bytes;
    slow_each_log:
        any_number_of_threads_writes_the_same_bytes_as_one;
}

/// Computes the length and a checksum of the bytes that are written to it.
#[derive(Default)]
struct Fingerprint {
    sum: flate2::Crc,
    len: u64,
}

impl Write for Fingerprint {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sum.update(bytes);
        self.len += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The number of rows, unreadable events and bytes, and the checksum.
type Outcome = (u64, u64, u64, u32);

fn outcome(run: impl FnOnce(&mut Fingerprint) -> export::ExportSummary) -> Outcome {
    let mut out = Fingerprint::default();
    let summary = run(&mut out);
    (summary.rows, summary.unreadable, out.len, out.sum.sum())
}

fn in_threads<S: Log + Sync + ?Sized>(source: &S, format: impl Format, threads: usize, chunk: usize) -> Outcome {
    let [threads, chunk] = [threads, chunk].map(|number| NonZero::new(number).unwrap());
    outcome(|out| Pipeline::new().threads(threads).chunk(chunk).run(out, source, format).unwrap())
}

fn check(name: &str, log: &LogsReader, threads: &[(usize, usize)], format: impl Format) {
    let expected = outcome(|out| export::write(out, log.events(), format.clone()).unwrap());
    for &(threads, chunk) in threads {
        assert_eq!(in_threads(log, format.clone(), threads, chunk), expected, "{name}: {threads} threads");
    }
}

/// Checks, for every format, that the given numbers of threads write the same bytes as one thread. `threads` has the
/// numbers of threads, each with the number of events that a thread takes at a time.
fn check_formats(name: &str, log: &LogsReader, threads: &[(usize, usize)], with_stacks: bool) {
    check(name, log, threads, Csv::new(Column::PROCMON_ORDER, Style::new()));
    check(name, log, threads, Xml::new(log.indexes(), Column::PROCMON_ORDER, Style::new()));
    if with_stacks {
        let columns = [Column::PATH, Column::DETAIL];
        check(name, log, threads, Xml::new(log.indexes(), &columns, Style::new()).with_stacks(true));
    }
    #[cfg(feature = "jsonl")]
    {
        use procmon_parser::export::jsonl::JsonLines;
        check(name, log, threads, JsonLines::new(Style::new()).with_stacks(with_stacks).with_timesketch(true));
    }
}

fn three_threads_write_the_same_bytes_as_one(name: &str, log: &LogsReader) {
    check_formats(name, log, &[(3, 7)], !is_captured(name));
}

fn any_number_of_threads_writes_the_same_bytes_as_one(name: &str, log: &LogsReader) {
    check_formats(name, log, &[(1, 256), (2, 256), (3, 7), (8, 64)], true);
}

fn a_stream_and_a_reader_export_the_same_bytes(name: &str, files: &[Vec<u8>]) {
    let log = LogsReader::from_segments(files).unwrap();
    let format = Csv::new(Column::PROCMON_ORDER, Style::new());
    let expected = outcome(|out| export::write(out, log.events(), format.clone()).unwrap());
    let stream = LogsStream::from_segments(files.iter().map(Cursor::new)).unwrap();
    for (threads, chunk) in [(1, 256), (2, 256), (3, 7)] {
        assert_eq!(in_threads(&stream, format.clone(), threads, chunk), expected, "{name}: {threads} threads");
    }
}

fn several_logs_are_exported_in_order() {
    let logs: Vec<&LogsReader> = logs::readers().map(|(_, log)| log).collect();
    let format = Csv::new(&[Column::PATH, Column::RESULT], Style::new());
    let expected = outcome(|out| export::write(out, logs.iter().flat_map(|log| log.events()), format.clone()).unwrap());
    for threads in [1, 2, 8] {
        assert_eq!(in_threads(logs.as_slice(), format.clone(), threads, 100), expected);
    }
}

fn a_pipeline_exports_the_events_that_its_filter_shows(name: &str, log: &LogsReader) {
    let is_wanted = |event: Event<'_>| event.status().is_error();
    let format = Csv::new(&[Column::PATH], Style::new());
    let wanted = log.events().filter(|event| event.as_ref().map_or(true, |event| is_wanted(*event)));
    let expected = outcome(|out| export::write(out, wanted, format.clone()).unwrap());
    for threads in [1, 2, 3] {
        let mut done = 0;
        let mut progress = |events| done += events;
        let pipeline = Pipeline::new().threads(NonZero::new(threads).unwrap());
        let pipeline = pipeline.filter(&is_wanted).progress(&mut progress);
        assert_eq!(outcome(|out| pipeline.run(out, log, format.clone()).unwrap()), expected, "{name}");
        assert_eq!(done, log.len() as u64, "{name}");
    }
}

/// Accepts the given number of bytes, then fails.
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

fn a_write_error_ends_all_threads() {
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
