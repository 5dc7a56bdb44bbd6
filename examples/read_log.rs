//! Reads a log and prints its events as typed values and as Procmon shows them.
//!
//! ```sh
//! cargo run --example read_log -- fixtures/sample64.pml
//! ```

use procmon_parser::detail::{FileRequest, Target};
use procmon_parser::{Column, Detail, LogsReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("fixtures/sample64.pml".into());
    let log = LogsReader::open(path)?;

    let system = log.index().system();
    println!("{}: {}, {} processors", system.computer_name, system.os_name(), system.processors);
    for warning in log.index().warnings() {
        println!("odd: {warning}");
    }

    let mut written = 0;
    for event in log.events() {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                // The events behind an unreadable one are read all the same.
                eprintln!("{error}");
                continue;
            }
        };
        // The words of Procmon, column by column.
        let (operation, path) = (event.text(Column::OPERATION), event.text(Column::PATH));
        println!("{} {operation} {path} {}", event.text(Column::TIME_OF_DAY), event.text(Column::DETAIL));

        // The same event as values: numbers, flags, borrowed strings.
        if let Ok(Detail::File(file)) = event.detail()
            && let FileRequest::Write(write) = file.request
            && let Some(Target::File(path)) = event.target()
            && event.status().is_success()
        {
            written += u64::from(write.requested);
            println!("    {} bytes to {path} at {:?}", write.requested, write.offset);
        }
    }
    println!("{} events, {written} bytes written", log.len());
    Ok(())
}
