//! Measures whole runs of the program, including process start and file access, in events and log bytes per second.
//!
//! ```sh
//! cargo bench -p procmon-cli --bench program
//! ```
//!
//! The log is generated and has a million events of 384 bytes on average. `PROCMON_BENCH_EVENTS` sets a different number of
//! events.

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::{Command, Stdio};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn pml(arguments: &[&str], log: &Path) {
    let status = Command::new(env!("CARGO_BIN_EXE_pml")).args(arguments).arg(log).stdout(Stdio::null()).status();
    assert!(status.expect("pml starts").success(), "{arguments:?}");
}

fn program(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let (log, output) = (folder.path().join("log.pml"), folder.path().join("output"));
    let count = std::env::var("PROCMON_BENCH_EVENTS").map_or(1_000_000, |count| count.parse().unwrap());
    support::synth::write_large(count, &mut BufWriter::new(File::create(&log).unwrap())).unwrap();
    let output = output.to_str().unwrap();
    let mut group = criterion.benchmark_group("pml");
    group.sample_size(10);
    group.throughput(Throughput::ElementsAndBytes {
        elements: count as u64,
        bytes: std::fs::metadata(&log).unwrap().len(),
    });
    for (name, arguments) in [
        ("info", &["info"][..]),
        ("statistics", &["statistics", "--no-progress"]),
        ("save", &["save", "--no-progress", "-o", output]),
        ("save_failures", &["save", "--no-progress", "--filter", "Result is SUCCESS then Exclude", "-o", output]),
        ("export_1_thread", &["export", "--no-progress", "--threads", "1", "-o", output]),
        ("export_2_threads", &["export", "--no-progress", "--threads", "2", "-o", output]),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| pml(arguments, &log)));
    }
    group.finish();
}

criterion_group!(benches, program);
criterion_main!(benches);
