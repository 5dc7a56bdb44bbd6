//! Measures exporting logs to CSV, XML and JSON Lines, in events and in bytes of output per second.
//!
//! ```sh
//! cargo bench --bench export --features jsonl
//! ```
//!
//! [`logs`] lists the logs.

mod logs;

use std::io::{self, Write};
use std::num::NonZero;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::export::{Format, Pipeline, csv::Csv, jsonl::JsonLines, xml::Xml};
use procmon_parser::{Column, Compat, LogsReader, Style};

/// Counts the bytes that are written to it.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn export(log: &LogsReader, format: impl Format, threads: usize) -> u64 {
    let mut out = Count::default();
    Pipeline::new().threads(NonZero::new(threads).unwrap()).run(&mut out, log, format).unwrap();
    out.0
}

fn run(criterion: &mut Criterion, name: &str, export: impl Fn(&LogsReader) -> u64) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    for (log_name, bytes) in logs::all() {
        let log = LogsReader::new(bytes).unwrap();
        group.throughput(Throughput::ElementsAndBytes { elements: log.len() as u64, bytes: export(&log) });
        group.bench_function(BenchmarkId::from_parameter(log_name), |bencher| bencher.iter(|| export(&log)));
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    let style = || Style::new().compat(Compat::Procmon3_94);
    let csv = || Csv::new(Column::PROCMON_ORDER, style());
    run(criterion, "csv_1_thread", |log| export(log, csv(), 1));
    run(criterion, "csv_2_threads", |log| export(log, csv(), 2));
    run(criterion, "xml", |log| export(log, Xml::new(log.indexes(), Column::PROCMON_ORDER, style()), 1));
    run(criterion, "xml_with_stacks", |log| {
        export(log, Xml::new(log.indexes(), Column::PROCMON_ORDER, style()).with_stacks(true), 1)
    });
    run(criterion, "jsonl", |log| export(log, JsonLines::new(Style::new()), 1));
}

criterion_group!(exports, benches);
criterion_main!(exports);
