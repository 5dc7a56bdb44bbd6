//! Encodes a log in one thread, for measurements of processor time and memory.
//!
//! ```sh
//! cargo build --release -p procmon-arrow --example measure
//! /usr/bin/time -f '%U s, %M KiB' target/release/examples/measure LOG batches|parquet|stacks [TIMES [OUTPUT]]
//! ```
//!
//! Prints the number of events that were encoded, and the size of the last output.

use std::env;
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZero;

use procmon_arrow::{Columns, EventColumn, Exporter};
use procmon_parser::LogsStream;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Counts the bytes that are written, and writes them to a file, if there is one.
struct Count(u64, Option<File>);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = match &mut self.1 {
            Some(file) => file.write(bytes)?,
            None => bytes.len(),
        };
        self.0 += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(path), Some(mode)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measure LOG batches|parquet|stacks [TIMES [OUTPUT]]".into());
    };
    let times: u32 = arguments.next().map_or(Ok(1), |times| times.parse())?;
    let output = arguments.next();
    let log = LogsStream::open(path)?;
    let (mut events, mut size) = (0, 0);
    for _ in 0..times {
        let exporter = Exporter::new().threads(NonZero::<usize>::MIN);
        let mut out = Count(0, output.as_ref().map(File::create).transpose()?);
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
