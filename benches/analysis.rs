//! Measures the analyses of events that are already read, in events per second on one thread.
//!
//! ```sh
//! cargo bench --bench analysis
//! ```
//!
//! [`logs`] lists the logs. Each analysis gets the events of the classes that it uses.

mod logs;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::analysis::{Analysis, CrossReference, FileSummary, NetworkSummary, Occurrences, RegistrySummary};
use procmon_parser::code::EventClass;
use procmon_parser::{Column, Event, LogsReader, Style};

/// Measures an analysis of the events of some classes, or of all events if there are none.
fn bench<A: Analysis>(criterion: &mut Criterion, name: &str, classes: &[EventClass], new: impl Fn() -> A) {
    let mut group = criterion.benchmark_group(format!("analysis {name}"));
    group.sample_size(20);
    for (log_name, bytes) in logs::all() {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        let is_used = |event: &Event<'_>| classes.is_empty() || classes.contains(&event.class());
        let events: Vec<_> = log.events().flatten().filter(is_used).collect();
        if events.is_empty() {
            continue;
        }
        group.throughput(Throughput::Elements(events.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(log_name), |bencher| {
            bencher.iter(|| {
                let mut analysis = new();
                events.iter().for_each(|event| analysis.add(event));
                analysis
            });
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    let (file, registry, network) = (EventClass::FILE_SYSTEM, EventClass::REGISTRY, EventClass::NETWORK);
    let count = |column| move || Occurrences::new(column, Style::new());
    bench(criterion, "count Operation", &[], count(Column::OPERATION));
    bench(criterion, "count Process Name", &[], count(Column::PROCESS_NAME));
    bench(criterion, "count Path", &[], count(Column::PATH));
    bench(criterion, "files", &[file], FileSummary::default);
    bench(criterion, "registry", &[registry], RegistrySummary::default);
    bench(criterion, "network", &[network], NetworkSummary::default);
    bench(criterion, "references", &[file, registry], CrossReference::default);
}

criterion_group!(analysis, benches);
criterion_main!(analysis);
