//! Generates the logs in `fixtures/`, or one log with a given number of events.
//!
//! ```sh
//! cargo run --example make_fixtures
//! cargo run --release --example make_fixtures -- --events 10000000 -o long.pml
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

use std::fs::{self, File};
use std::path::Path;

use support::{synth, written};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            for (name, bytes) in written::fixtures() {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
                fs::create_dir_all(path.parent().ok_or("the path of a fixture has no folder")?)?;
                fs::write(path, bytes)?;
            }
        }
        ["--events", count, "-o", path] => {
            let events = synth::large_events(count.replace('_', "").parse()?);
            written::write(&synth::large_tables(), events, File::create(path)?)?;
        }
        _ => return Err("usage: make_fixtures [--events COUNT -o LOG]".into()),
    }
    Ok(())
}
