//! Copies a range of the events of a log into a new log.
//!
//! ```sh
//! cargo run --example split_log -- fixtures/sample64.pml part.pml 10 50
//! ```

use std::fs::File;

use procmon_parser::{LogsReader, LogsWriter};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: split_log IN.pml OUT.pml [START [END]]".into());
    };
    let number = |text: Option<String>, default| text.map_or(Ok(default), |text| text.parse::<usize>());
    let log = LogsReader::open(input)?;
    let (start, end) = (number(arguments.next(), 0)?, number(arguments.next(), log.len())?);

    let mut writer = LogsWriter::for_copy(File::create(output)?, log.index())?;
    let readable = |event: procmon_parser::Result<_>| event.map_err(|error| eprintln!("skipped: {error}")).ok();
    writer.copy_events(log.events_in(start..end).filter_map(readable))?;
    println!("{} of {} events", writer.len(), log.len());
    // `finish` writes the tables and the header. Without it, readers report that the log was not closed.
    writer.finish()?;
    Ok(())
}
