//! Measures building the call tree and its rows, the process activity and the process tree, on one thread: in events per
//! second, or in processes per second for the process tree.
//!
//! ```sh
//! cargo bench --bench trees
//! ```
//!
//! [`logs`] lists the logs.

mod logs;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::LogsReader;
use procmon_parser::analysis::{Analysis, ProcessActivity, ProcessTree, StackOrder, StackSummary};

fn feed<A: Analysis>(mut analysis: A, log: &LogsReader<&[u8]>) -> A {
    log.events().flatten().for_each(|event| analysis.add(&event));
    analysis
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trees");
    group.sample_size(10);
    for (name, bytes) in logs::all() {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        group.throughput(Throughput::Elements(log.len() as u64));
        let id = |stage: &str| BenchmarkId::new(stage, &name);
        group.bench_function(id("call tree"), |bencher| bencher.iter(|| feed(StackSummary::new(), &log).events()));
        group.bench_function(id("call tree, modules only"), |bencher| {
            bencher.iter(|| feed(StackSummary::new().modules_only(true), &log).events());
        });
        group.bench_function(id("activity"), |bencher| {
            bencher.iter(|| feed(ProcessActivity::new(), &log).rows().len());
        });
        let stacks = feed(StackSummary::new(), &log);
        group.bench_function(id("rows of the call tree"), |bencher| {
            bencher.iter(|| stacks.tree(StackOrder::Name).rows().count());
        });
        let processes: usize = log.indexes().map(|index| index.processes().len()).sum();
        group.throughput(Throughput::Elements(processes as u64));
        group.bench_function(id("process tree"), |bencher| {
            bencher.iter(|| ProcessTree::new(log.indexes()).rows().len());
        });
    }
    group.finish();
}

criterion_group!(trees, benches);
criterion_main!(trees);
