//! Reads a log and prints its events, both as the text that Procmon shows and as typed values.
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
        println!("warning: {warning}");
    }

    let mut written = 0;
    for event in log.events() {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                // An unreadable event does not prevent reading the events after it.
                eprintln!("{error}");
                continue;
            }
        };
        // The text that Procmon shows in each column.
        let (operation, path) = (event.text(Column::OPERATION), event.text(Column::PATH));
        println!("{} {operation} {path} {}", event.text(Column::TIME_OF_DAY), event.text(Column::DETAIL));

        // The same event as typed values: numbers, flags and borrowed strings.
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
