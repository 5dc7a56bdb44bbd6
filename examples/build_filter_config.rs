//! Builds a configuration that keeps a capture small: it records the failed operations of one program outside the
//! Windows folder and drops all other events. Load it with `Procmon.exe /LoadConfig python.pmc`.
//!
//! ```sh
//! cargo run --example build_filter_config -- python.pmc
//! ```

use procmon_parser::code::NtStatus;
use procmon_parser::{Column, Configuration, Rule};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("python.pmc".into());

    let mut configuration = Configuration::procmon_default();
    configuration
        .set_columns(&[Column::TIME_OF_DAY, Column::PID, Column::OPERATION, Column::PATH, Column::RESULT])?
        .set_drop_filtered_events(true)
        .set_history_depth(50)
        .add_filter_rules([
            Rule::process_name().is("python.exe").include(),
            Rule::path().begins_with(r"C:\Windows").exclude(),
            Rule::result().is(NtStatus::SUCCESS).exclude(),
        ]);
    std::fs::write(path, configuration.to_bytes())?;

    for rule in &configuration.filter() {
        println!("{rule}");
    }
    Ok(())
}
