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
use procmon_parser::filter::{Matcher, Query};
use procmon_parser::{Filter, LogsReader, Rule, Style};

/// Returns indicators like those of a published list: file names, parts of paths, registry keys and hashes.
fn indicators(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|at| match at % 5 {
        0 => format!(r"\Windows\System32\drivers\mal{at:04}.sys"),
        1 => format!(r"\AppData\Local\Temp\{at:04}.tmp"),
        2 => format!("evil{at:04}.exe"),
        3 => format!(r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\update{at:04}"),
        _ => format!("{:032x}", at.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
    })
}

/// Returns the filters to measure, with their names.
fn filters() -> [(&'static str, Filter); 5] {
    let of = |rule| Filter::from(vec![rule]);
    [
        ("default", Filter::procmon_default()),
        ("path_contains", of(Rule::path().contains("python").include())),
        ("process_is", of(Rule::process_name().is("explorer.exe").include())),
        ("2000-includes", indicators(2000).map(|value| Rule::path().contains(value).include()).collect()),
        ("detail_contains", of(Rule::detail().contains("Delete").include())),
    ]
}

/// Returns the queries to measure, with their names.
fn queries() -> [(&'static str, Query); 2] {
    let words: Vec<_> = indicators(10_000).map(|word| format!("\"{word}\"")).collect();
    let parse = |text: &str| text.parse().unwrap();
    [
        ("any_contains", parse("any contains zqxjkv")),
        ("10000-words", parse(&format!("Path contains any of ({})", words.join(", ")))),
    ]
}

fn measure(
    criterion: &mut Criterion,
    logs: &[(String, Vec<u8>)],
    name: &str,
    compile: impl Fn(&LogsReader<&[u8]>) -> Matcher,
) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(20);
    for (name, bytes) in logs {
        let log = LogsReader::new(bytes.as_slice()).unwrap();
        let matcher = compile(&log);
        group.throughput(Throughput::Elements(log.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| log.events().flatten().filter(|event| black_box(matcher.matches(*event))).count());
        });
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    let logs = logs::all();
    for (name, filter) in filters() {
        measure(criterion, &logs, name, |log| filter.compile(log.indexes()));
    }
    for (name, query) in queries() {
        measure(criterion, &logs, name, |log| query.compile_with(log.indexes(), &Style::new()));
    }
    let log = LogsReader::new(logs.first().map_or(&[][..], |(_, bytes)| bytes.as_slice())).unwrap();
    criterion.bench_function("compile/default", |bencher| {
        bencher.iter(|| Filter::procmon_default().compile(log.indexes()));
    });
}

criterion_group!(filter, benches);
criterion_main!(filter);
