//! Measures computing the summary of a log, in events per second on one thread.
//!
//! ```sh
//! cargo bench --bench summary
//! ```
//!
//! [`logs`] lists the logs.

mod logs;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::LogsReader;
use procmon_parser::summary::Summary;

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("summary");
    group.sample_size(20);
    for (name, bytes) in logs::all() {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        let (events, bytes) = (log.len() as u64, bytes.len() as u64);
        group.throughput(Throughput::ElementsAndBytes { elements: events, bytes });
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| log.events().collect::<Summary>().events());
        });
    }
    group.finish();
}

criterion_group!(summary, benches);
criterion_main!(summary);
