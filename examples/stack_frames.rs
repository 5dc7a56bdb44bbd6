//! Prints the call stacks of failed operations, with the module and offset of each frame.
//!
//! ```sh
//! cargo run --example stack_frames -- fixtures/sample64.pml
//! ```

use procmon_parser::{Column, LogsReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("fixtures/sample64.pml".into());
    let log = LogsReader::open(path)?;

    for event in log.events().flatten().filter(|event| event.status().is_error()) {
        let (operation, path) = (event.text(Column::OPERATION), event.text(Column::PATH));
        println!("{operation} {path}: {}", event.status());
        let highest_user_address = event.index().system().maximum_application_address;
        for (number, frame) in event.frames().enumerate() {
            // Addresses above the highest user-mode address belong to the kernel.
            let mode = if frame.address > highest_user_address { 'K' } else { 'U' };
            match frame.module {
                Some(module) => {
                    let offset = frame.address - module.base();
                    println!("  {mode} {number:2} {} + {offset:#x}  {}", module.file_name(), module.path());
                }
                None => println!("  {mode} {number:2} {:#x}", frame.address),
            }
        }
    }
    Ok(())
}
