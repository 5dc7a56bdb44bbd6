//! Summing up logs: events per second of one thread.
//!
//! ```sh
//! cargo bench --bench summary
//! ```
//!
//! The logs are those of the bench `log`.

#[path = "../tests/procmon/mod.rs"]
mod procmon;
#[path = "../tests/support/mod.rs"]
mod support;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::LogsReader;
use procmon_parser::summary::Summary;

const GENERATED_EVENTS: usize = 100_000;

fn logs() -> Vec<(String, Vec<u8>)> {
    let mut logs = vec![("generated".to_owned(), support::synth::large(GENERATED_EVENTS))];
    if let Some(data) = procmon::data() {
        for name in ["win10-64-mixed", "win10-64-filesystem", "win7-32-mixed"] {
            logs.push((name.to_owned(), procmon::unzip(&data.join(format!("corpus/{name}.pml.gz")))));
        }
    }
    logs
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("summary");
    group.sample_size(20);
    for (name, bytes) in logs() {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        let (events, bytes) = (log.len() as u64, bytes.len() as u64);
        group.throughput(Throughput::ElementsAndBytes { elements: events, bytes });
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| log.events().collect::<Summary<'_>>().events());
        });
    }
    group.finish();
}

criterion_group!(summary, benches);
criterion_main!(summary);
