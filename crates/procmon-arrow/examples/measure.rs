//! Encodes a log in one thread, for measurements of processor time and memory.
//!
//! ```sh
//! cargo build --release -p procmon-arrow --example measure
//! /usr/bin/time -f '%U s, %M KiB' target/release/examples/measure LOG batches|parquet|stacks [TIMES]
//! ```
//!
//! Prints the number of events that were encoded, and the size of the last output.

use std::env;
use std::io::{self, Write};
use std::num::NonZero;

use procmon_arrow::{Columns, EventColumn, Exporter};
use procmon_parser::LogsStream;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Counts the bytes that are written.
#[derive(Default)]
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(path), Some(mode)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measure LOG batches|parquet|stacks [TIMES]".into());
    };
    let times: u32 = arguments.next().map_or(Ok(1), |times| times.parse())?;
    let log = LogsStream::open(path)?;
    let (mut events, mut size) = (0, 0);
    for _ in 0..times {
        let exporter = Exporter::new().threads(NonZero::<usize>::MIN);
        let mut out = Count::default();
        let summary = match mode.as_str() {
            "batches" => exporter.batches(&log, |_| Ok(()))?,
            "parquet" => exporter.parquet(&mut out, &log)?,
            "stacks" => exporter.columns(Columns::new().with(EventColumn::Stack)).parquet(&mut out, &log)?,
            _ => return Err(format!("unknown mode {mode}").into()),
        };
        (events, size) = (events + summary.rows, out.0);
    }
    println!("{events} events, {size} bytes");
    Ok(())
}
