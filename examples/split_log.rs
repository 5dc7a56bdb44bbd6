//! Writes a part of a log as a log of its own.
//!
//! ```sh
//! cargo run --example split_log -- fixtures/sample64.pml part.pml 10 50
//! ```

use std::fs::File;

use procmon_parser::{LogsReader, LogsWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let [input, output] = [arguments.next().ok_or("no log")?, arguments.next().ok_or("no target")?];
    let number = |text: Option<String>, default| text.map_or(Ok(default), |text| text.parse::<usize>());
    let log = LogsReader::open(input)?;
    let (start, end) = (number(arguments.next(), 0)?, number(arguments.next(), log.len())?);

    let mut writer = LogsWriter::for_copy(File::create(output)?, log.index())?;
    let readable = |event: procmon_parser::Result<_>| event.map_err(|error| eprintln!("left out: {error}")).ok();
    writer.copy_events(log.events_in(start..end).filter_map(readable))?;
    println!("{} of {} events", writer.len(), log.len());
    // Until now the file says of itself that it was not closed.
    writer.finish()?;
    Ok(())
}
