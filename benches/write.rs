//! Measures how fast logs are written: copying all events to memory and to a file, saving one event in a hundred, and
//! merging a log with itself. Three more benchmarks serve as baselines: they copy the bytes of the log without parsing
//! them, to memory and to a file, or read the events without writing any.
//!
//! ```sh
//! cargo bench --bench write
//! ```
//!
//! The module [`logs`] selects the logs: a generated one and, if the comparison data is present, real ones.

mod logs;

use std::hint::black_box;
use std::io::{Cursor, Seek, Write};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use procmon_parser::{LogsReader, write};

/// The measured work on one log. The arguments are the log, the bytes of the log, and an output buffer that is reused
/// between runs.
type Run = fn(&LogsReader<&[u8]>, &[u8], &mut Vec<u8>) -> u64;

fn copy_bytes(_: &LogsReader<&[u8]>, bytes: &[u8], out: &mut Vec<u8>) -> u64 {
    let mut out = Cursor::new(out);
    for chunk in bytes.chunks(256 << 10) {
        out.write_all(black_box(chunk)).unwrap();
    }
    out.position()
}

fn copy_events(log: &LogsReader<&[u8]>, _: &[u8], out: &mut Vec<u8>) -> u64 {
    write::save(Cursor::new(out), log, |_| true).unwrap().events
}

/// Returns a temporary file, positioned at its start, that is at least as long as `bytes`. All runs write to the same
/// file, so that the time to allocate its pages is not measured.
fn file(bytes: &[u8]) -> std::fs::File {
    thread_local!(static FILE: std::cell::OnceCell<std::fs::File> = const { std::cell::OnceCell::new() });
    FILE.with(|file| {
        let mut file = file.get_or_init(|| tempfile::tempfile().unwrap()).try_clone().unwrap();
        if file.metadata().unwrap().len() < bytes.len() as u64 {
            file.write_all(bytes).unwrap();
        }
        file.rewind().unwrap();
        file
    })
}

fn copy_bytes_to_file(_: &LogsReader<&[u8]>, bytes: &[u8], _: &mut Vec<u8>) -> u64 {
    let mut out = file(bytes);
    for chunk in bytes.chunks(256 << 10) {
        out.write_all(black_box(chunk)).unwrap();
    }
    bytes.len() as u64
}

fn copy_events_to_file(log: &LogsReader<&[u8]>, bytes: &[u8], _: &mut Vec<u8>) -> u64 {
    write::save(file(bytes), log, |_| true).unwrap().events
}

fn only_read(log: &LogsReader<&[u8]>, _: &[u8], _: &mut Vec<u8>) -> u64 {
    log.events().flatten().map(|event| black_box(event.time()).0 & 1).sum()
}

fn save_1_percent(log: &LogsReader<&[u8]>, _: &[u8], out: &mut Vec<u8>) -> u64 {
    write::save(Cursor::new(out), log, |event| event.ordinal() % 100 == 0).unwrap().events
}

fn merge_with_itself(log: &LogsReader<&[u8]>, _: &[u8], out: &mut Vec<u8>) -> u64 {
    write::merge(Cursor::new(out), &[log, log], |_| true).unwrap().events
}

fn benches(criterion: &mut Criterion) {
    const RUNS: [(&str, Run); 7] = [
        ("copy_bytes", copy_bytes),
        ("copy_events", copy_events),
        ("copy_bytes_to_file", copy_bytes_to_file),
        ("copy_events_to_file", copy_events_to_file),
        ("only_read", only_read),
        ("save_1_percent", save_1_percent),
        ("merge_with_itself", merge_with_itself),
    ];
    let logs = logs::all();
    for (run_name, run) in RUNS {
        let mut group = criterion.benchmark_group(run_name);
        group.sample_size(20);
        for (name, bytes) in &logs {
            let log = LogsReader::new(bytes.as_slice()).unwrap();
            let mut out = Vec::with_capacity(3 * bytes.len());
            group.throughput(Throughput::ElementsAndBytes { elements: log.len() as u64, bytes: bytes.len() as u64 });
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| run(&log, bytes, &mut out));
            });
        }
        group.finish();
    }
}

criterion_group!(write_logs, benches);
criterion_main!(write_logs);
