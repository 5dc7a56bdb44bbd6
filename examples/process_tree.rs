//! Prints the process tree of a log, with the user, integrity level and command line of each process.
//!
//! ```sh
//! cargo run --example process_tree -- fixtures/sample64.pml
//! ```

use std::collections::{HashMap, HashSet};

use procmon_parser::{LogsReader, Process, ProcessKey};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).unwrap_or("fixtures/sample64.pml".into());
    let log = LogsReader::open(path)?;

    // Windows reuses PIDs, so a recorded parent that started after its child is a different process.
    let parent = |process: Process<'_>| {
        let parent = process.parent().filter(|parent| parent.start_time() <= process.start_time())?;
        (parent.key() != process.key()).then_some(parent.key())
    };
    let mut children = HashMap::<Option<ProcessKey>, Vec<Process<'_>>>::new();
    for process in log.index().processes() {
        children.entry(parent(process)).or_default().push(process);
    }
    for processes in children.values_mut() {
        processes.sort_by_key(|process| process.start_time());
    }
    print_children(&children, None, 0, &mut HashSet::new());
    Ok(())
}

/// Prints the descendants of a process. `seen` stops the recursion if a damaged log contains a cycle.
fn print_children(
    children: &HashMap<Option<ProcessKey>, Vec<Process<'_>>>,
    parent: Option<ProcessKey>,
    depth: usize,
    seen: &mut HashSet<ProcessKey>,
) {
    for process in children.get(&parent).into_iter().flatten() {
        if !seen.insert(process.key()) {
            continue;
        }
        let ended = if process.end_time().is_some() { ", ended" } else { "" };
        println!(
            "{:indent$}{} ({}) {} [{}{ended}] {}",
            "",
            process.name(),
            process.pid(),
            process.user(),
            process.integrity(),
            process.command_line(),
            indent = depth * 2,
        );
        print_children(children, Some(process.key()), depth + 1, seen);
    }
}
