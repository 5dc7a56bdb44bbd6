//! Measures this library for the comparison with other readers. `compare.py` in this folder runs it.
//!
//! Runs each task several times on each log and prints the best run as tab-separated task, events and seconds.
//! `--generate FILE` writes a generated log instead.

#[path = "../../tests/support/mod.rs"]
mod support;

use std::fmt;
use std::fs::{self, File};
use std::hint::black_box;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use memmap2::Mmap;
use procmon_parser::export::{self, csv::Csv};
use procmon_parser::{Column, Compat, LogsReader, Style};

const RUNS: usize = 5;
const GENERATED_EVENTS: usize = 100_000;

/// Discards the text that is written to it.
struct Sink;

impl fmt::Write for Sink {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        Ok(())
    }
}

/// Opens a log, processes all of its events and returns their number.
type Task = fn(&Path) -> usize;

fn open(path: &Path) -> LogsReader<Mmap> {
    let file = File::open(path).unwrap();
    // SAFETY: the log is not modified while it is measured.
    LogsReader::new(unsafe { Mmap::map(&file) }.unwrap()).unwrap()
}

fn events(path: &Path) -> usize {
    let log = open(path);
    for event in log.events().flatten() {
        black_box((event.operation_name(), event.status(), event.thread_id(), event.time(), event.duration()));
    }
    log.len()
}

fn text(path: &Path) -> usize {
    let (log, style) = (open(path), Style::new().compat(Compat::Procmon3_94));
    for event in log.events().flatten() {
        for column in [Column::OPERATION, Column::RESULT, Column::PATH, Column::DETAIL] {
            event.text_in(column, &style).write_to(&mut Sink).unwrap();
        }
    }
    log.len()
}

fn csv(path: &Path) -> usize {
    let (log, style) = (open(path), Style::new().compat(Compat::Procmon3_94));
    export::write(io::sink(), log.events(), Csv::new(Column::PROCMON_ORDER, style)).unwrap();
    log.len()
}

fn stacks(path: &Path) -> usize {
    let log = open(path);
    for frame in log.events().flatten().flat_map(|event| event.frames()) {
        black_box(frame);
    }
    log.len()
}

fn measure(path: &str) {
    const TASKS: [(&str, Task); 4] = [("events", events), ("text", text), ("csv", csv), ("stacks", stacks)];
    for (name, task) in TASKS {
        let mut best = Duration::MAX;
        let mut events = 0;
        for _ in 0..RUNS {
            let start = Instant::now();
            events = task(Path::new(path));
            best = best.min(start.elapsed());
        }
        println!("{name}\t{events}\t{}", best.as_secs_f64());
    }
}

fn main() {
    // `cargo bench` passes `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [option, path] if option == "--generate" => fs::write(path, support::synth::large(GENERATED_EVENTS)).unwrap(),
        logs => logs.iter().for_each(|path| measure(path)),
    }
}
