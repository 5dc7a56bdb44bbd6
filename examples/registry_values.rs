//! Prints the registry values that processes set, with their types and data.
//!
//! ```sh
//! cargo run --example registry_values -- fixtures/sample64.pml
//! ```

use procmon_parser::detail::{RegistryRequest, RegistryValue, Target};
use procmon_parser::{Detail, LogsReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("fixtures/sample64.pml".into());
    let log = LogsReader::open(path)?;

    for event in log.events().flatten() {
        let Ok(Detail::Registry(registry)) = event.detail() else { continue };
        let RegistryRequest::SetValue(set) = registry.request else { continue };
        let Some(Target::RegistryValue { key, name, .. }) = event.target() else { continue };
        if !event.status().is_success() {
            continue;
        }
        let process = event.process().map_or("?", |process| process.name());
        let data = match set.data.value() {
            Some(RegistryValue::String(text) | RegistryValue::ExpandString(text)) => format!("{text:?}"),
            Some(RegistryValue::MultiString(strings)) => format!("{strings:?}"),
            Some(RegistryValue::Dword(number)) => format!("{number} ({number:#x})"),
            Some(RegistryValue::Qword(number)) => format!("{number} ({number:#x})"),
            Some(RegistryValue::Link(target)) => format!("-> {target}"),
            _ => format!("{:02x?}", set.data.captured),
        };
        // Procmon records only the first bytes of a long value.
        let cut = if set.data.is_truncated() { format!(", first of {} bytes", set.data.length) } else { String::new() };
        println!("{process} set {key} : {name} = {data} ({}{cut})", set.data.value_type);
    }
    Ok(())
}
