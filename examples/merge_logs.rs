//! Merges several logs into one, ordered by time.
//!
//! ```sh
//! cargo run --example merge_logs -- both.pml first.pml second.pml
//! ```

use std::fs::File;

use procmon_parser::{LogsReader, write};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let output = arguments.next().ok_or("usage: merge_logs OUT.pml LOG...")?;
    let logs = arguments.map(LogsReader::open).collect::<Result<Vec<_>, _>>()?;

    // Different processes with the same key get new keys. A process that occurs in several logs is stored once.
    let summary = write::merge(File::create(output)?, &logs.iter().collect::<Vec<_>>(), |_| true)?;

    println!("{} events of {} logs", summary.events, logs.len());
    if let Some(error) = summary.first_error {
        eprintln!("{} events could not be read; the first: {error}", summary.unreadable);
    }
    Ok(())
}
