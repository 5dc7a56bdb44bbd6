//! Measures how fast logs are read, in bytes per second and, except for opening, in events per second: opening a log,
//! iterating over its events, counting operations, resolving stack frames, decoding details, formatting columns and
//! writing CSV.
//!
//! ```sh
//! cargo bench --bench log                               # all benchmarks
//! cargo bench --bench log -- --save-baseline before     # before a change
//! cargo bench --bench log -- --baseline before          # after the change
//! ```
//!
//! The module [`logs`] selects the logs: a generated one and, if the comparison data is present, real ones. The
//! environment variable `PROCMON_BENCH_EVENTS` sets the number of generated events, 100,000 by default. Each has 384
//! bytes. Most real logs are larger than the CPU caches; to measure with such a log, set the variable to 1000000.

mod logs;

use std::collections::HashMap;
use std::fmt;
use std::hint::black_box;
use std::io;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::export::{self, csv::Csv};
use procmon_parser::{Column, Compat, LogsReader, Style};

/// A sink that counts the bytes of the text written to it.
struct Sink(usize);

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += black_box(text).len();
        Ok(())
    }
}

/// The measured work on one log. The returned number depends on all of the work, so the compiler cannot remove any of
/// it.
type Run = fn(&LogsReader<&[u8]>) -> usize;

fn iterate(log: &LogsReader<&[u8]>) -> usize {
    for event in log.events().flatten() {
        black_box((event.process_key(), event.thread_id(), event.class(), event.operation_code(), event.sequence()));
        black_box((event.duration(), event.time(), event.status(), event.stack().len(), event.detail_bytes().len()));
    }
    log.len()
}

/// Counts the events of each operation and adds up their durations in ticks, as a summary does.
fn count(log: &LogsReader<&[u8]>) -> usize {
    let mut operations = HashMap::new();
    for event in log.events().flatten() {
        let (events, ticks) = operations.entry((event.class(), event.operation_name())).or_insert((0_u64, 0_u64));
        *events += 1;
        *ticks += event.duration().map_or(0, |span| span.0);
    }
    operations.len()
}

fn frames(log: &LogsReader<&[u8]>) -> usize {
    log.events().flatten().flat_map(|event| event.frames()).filter(|frame| frame.module.is_some()).count()
}

fn detail(log: &LogsReader<&[u8]>) -> usize {
    log.events().flatten().filter(|event| black_box(event.detail()).is_ok()).count()
}

fn text(log: &LogsReader<&[u8]>, columns: &[Column]) -> usize {
    let style = Style::new().compat(Compat::Procmon3_94);
    let mut sink = Sink(0);
    for event in log.events().flatten() {
        for &column in columns {
            event.text_in(column, &style).write_to(&mut sink).unwrap();
        }
    }
    sink.0
}

fn four_columns(log: &LogsReader<&[u8]>) -> usize {
    text(log, &[Column::OPERATION, Column::RESULT, Column::PATH, Column::DETAIL])
}

fn five_columns(log: &LogsReader<&[u8]>) -> usize {
    text(log, &[Column::TIME_OF_DAY, Column::PROCESS_NAME, Column::OPERATION, Column::PATH, Column::RESULT])
}

fn csv_all_columns(log: &LogsReader<&[u8]>) -> usize {
    let style = Style::new().compat(Compat::Procmon3_94);
    let summary = export::write(io::sink(), log.events(), Csv::new(Column::PROCMON_ORDER, style)).unwrap();
    usize::try_from(summary.rows).unwrap()
}

fn benches(criterion: &mut Criterion) {
    const RUNS: [(&str, Run); 7] = [
        ("iterate", iterate),
        ("count", count),
        ("frames", frames),
        ("detail", detail),
        ("four_columns", four_columns),
        ("five_columns", five_columns),
        ("csv_all_columns", csv_all_columns),
    ];
    let logs = logs::all();
    let mut group = criterion.benchmark_group("open");
    for (name, bytes) in &logs {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| LogsReader::new(bytes.as_slice()).unwrap());
        });
    }
    group.finish();
    for (run_name, run) in RUNS {
        let mut group = criterion.benchmark_group(run_name);
        group.sample_size(20);
        for (name, bytes) in &logs {
            let log = LogsReader::new(bytes.as_slice()).unwrap();
            let (events, bytes) = (log.len() as u64, bytes.len() as u64);
            group.throughput(Throughput::ElementsAndBytes { elements: events, bytes });
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| run(&log)));
        }
        group.finish();
    }
}

criterion_group!(log, benches);
criterion_main!(log);
