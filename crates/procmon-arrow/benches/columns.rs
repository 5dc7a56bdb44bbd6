//! Record batches, Parquet and Arrow IPC, in one thread.
//!
//! `PROCMON_LOG` names a log to measure; the default is 500 copies of a fixture.

use std::hint::black_box;
use std::io;
use std::num::NonZero;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use procmon_arrow::{Columns, EventColumn, Exporter};
use procmon_parser::{Event, Log, LogsReader};

fn logs() -> Vec<LogsReader> {
    let path = std::env::var("PROCMON_LOG");
    let copies = if path.is_ok() { 1 } else { 500 };
    let path = path.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sample64.pml").to_owned());
    (0..copies).map(|_| LogsReader::open(&path).unwrap()).collect()
}

fn columns(criterion: &mut Criterion) {
    let logs = logs();
    let log = &logs[..];
    let exporter = || Exporter::new().threads(NonZero::<usize>::MIN);
    let with_stacks = || exporter().columns(Columns::new().with(EventColumn::Stack));
    let is_failure = |event: Event<'_>| event.status().is_error();
    let mut group = criterion.benchmark_group("columns");
    group.throughput(Throughput::Elements(log.event_count() as u64)).sample_size(10);
    group.bench_function("batches", |bencher| {
        bencher.iter(|| {
            exporter().batches(log, |batch| {
                black_box(batch);
                Ok(())
            })
        });
    });
    group.bench_function("parquet", |bencher| bencher.iter(|| exporter().parquet(io::sink(), log)));
    group.bench_function("parquet_with_stacks", |bencher| bencher.iter(|| with_stacks().parquet(io::sink(), log)));
    group.bench_function("parquet_of_failures", |bencher| {
        bencher.iter(|| exporter().filter(&is_failure).parquet(io::sink(), log));
    });
    group.bench_function("ipc_stream", |bencher| bencher.iter(|| exporter().ipc_stream(io::sink(), log)));
    group.finish();
}

criterion_group!(benches, columns);
criterion_main!(benches);
