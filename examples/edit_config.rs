//! Changes a few options of a configuration and prints the changes. All other bytes stay as Procmon wrote them,
//! including options that this library does not know.
//!
//! ```sh
//! cargo run --example edit_config -- in.pmc out.pmc
//! ```

use procmon_parser::pmc::Key;
use procmon_parser::{Configuration, Rule};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: edit_config IN.pmc OUT.pmc".into());
    };
    let before = Configuration::open(input)?;

    let mut after = before.clone();
    after.set_advanced_mode(true).set_log_file(r"D:\captures\night.pml");
    after.add_filter_rules(["Operation begins with Reg then Exclude".parse::<Rule>()?]);
    let mut filter = after.filter();
    filter.remove(&Rule::event_class().is("Profiling").exclude());
    after.set_filter(filter);
    std::fs::write(output, after.to_bytes())?;

    for &key in Key::ALL {
        let (before, after) = (before.value(key)?, after.value(key)?);
        if before != after && key != Key::FilterRules {
            println!("{key}: {before} -> {after}");
        }
    }
    println!("{} rules -> {}", before.filter().len(), after.filter().len());
    Ok(())
}
