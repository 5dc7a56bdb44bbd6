//! Lists the DLLs that processes searched for and did not find. Such a path is a hijacking risk if an unprivileged user
//! can write to its folder and the process runs with higher privileges.
//!
//! ```sh
//! cargo run --example dll_search_failures -- fixtures/sample64.pml
//! ```

use std::collections::BTreeMap;

use procmon_parser::code::{FileOperation, NtStatus, Operation};
use procmon_parser::{LogsReader, detail::Target};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("fixtures/sample64.pml".into());
    let log = LogsReader::open(path)?;

    let mut missing = BTreeMap::<_, u64>::new();
    for event in log.events().flatten() {
        let looks_for_file =
            matches!(event.operation(), Operation::File(FileOperation::CREATE | FileOperation::QUERY_OPEN));
        let is_missing = matches!(event.status(), NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::OBJECT_PATH_NOT_FOUND);
        if !looks_for_file || !is_missing {
            continue;
        }
        let (Some(process), Some(Target::File(path))) = (event.process(), event.target()) else { continue };
        let path = path.to_str_lossy();
        if path.to_ascii_lowercase().ends_with(".dll") {
            let key = (process.integrity(), process.name(), process.pid(), path.into_owned());
            *missing.entry(key).or_default() += 1;
        }
    }
    for ((integrity, name, pid, path), times) in &missing {
        println!("{integrity:8} {name} ({pid}) {path} ({times} times)");
    }
    println!("{} libraries not found", missing.len());
    Ok(())
}
