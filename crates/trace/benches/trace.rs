//! Traces of a log.
//!
//! `PROCMON_LOG` names a log to measure; the default is 500 copies of a fixture.

use std::io;
use std::num::NonZero;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::{Log, LogsReader};
use procmon_trace::TraceWriter;

fn logs() -> Vec<LogsReader> {
    let path = std::env::var("PROCMON_LOG");
    let copies = if path.is_ok() { 1 } else { 500 };
    let path = path.unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/sample64.pml").to_owned());
    (0..copies).map(|_| LogsReader::open(&path).unwrap()).collect()
}

fn traces(criterion: &mut Criterion) {
    let logs = logs();
    let log = &logs[..];
    let writer = || TraceWriter::new().threads(NonZero::<usize>::MIN);
    let mut group = criterion.benchmark_group("trace");
    group.throughput(Throughput::Elements(log.event_count() as u64)).sample_size(10);
    group.bench_function("perfetto", |bencher| bencher.iter(|| writer().perfetto(io::sink(), log)));
    group.bench_function("perfetto_with_stacks", |bencher| {
        bencher.iter(|| writer().stacks(true).perfetto(io::sink(), log));
    });
    group.bench_function("firefox", |bencher| bencher.iter(|| writer().firefox(io::sink(), log)));
    group.bench_function("speedscope", |bencher| bencher.iter(|| writer().speedscope(io::sink(), log)));
    group.bench_function("folded", |bencher| bencher.iter(|| writer().folded(io::sink(), log)));
    group.bench_function("svg", |bencher| bencher.iter(|| writer().svg(io::sink(), log)));
    group.finish();
}

criterion_group!(benches, traces);
criterion_main!(benches);
