//! Measures filtering, in events per second on one thread.
//!
//! ```sh
//! cargo bench --bench filter
//! ```
//!
//! [`logs`] lists the logs.

mod logs;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::{Filter, LogsReader, Rule};

/// The filters to measure, with their names.
fn filters() -> [(&'static str, Filter); 4] {
    let of = |rule| Filter::from(vec![rule]);
    [
        ("default", Filter::procmon_default()),
        ("path_contains", of(Rule::path().contains("python").include())),
        ("process_is", of(Rule::process_name().is("explorer.exe").include())),
        ("detail_contains", of(Rule::detail().contains("Delete").include())),
    ]
}

fn benches(criterion: &mut Criterion) {
    let logs = logs::all();
    for (filter_name, filter) in filters() {
        let mut group = criterion.benchmark_group(filter_name);
        group.sample_size(20);
        for (name, bytes) in &logs {
            let log = LogsReader::new(bytes.as_slice()).unwrap();
            let matcher = filter.compile(log.indexes());
            group.throughput(Throughput::Elements(log.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| log.events().flatten().filter(|event| black_box(matcher.matches(*event))).count());
            });
        }
        group.finish();
    }
    let log = LogsReader::new(logs.first().map_or(&[][..], |(_, bytes)| bytes.as_slice())).unwrap();
    criterion.bench_function("compile/default", |bencher| {
        bencher.iter(|| Filter::procmon_default().compile(log.indexes()));
    });
}

criterion_group!(filter, benches);
criterion_main!(filter);
