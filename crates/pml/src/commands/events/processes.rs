//! The processes whose events are shown.

use std::collections::HashSet;

use procmon_parser::analysis::ProcessTree;
use procmon_parser::{Event, LogsStream, Process, ProcessKey};

use crate::io::source::Source;
use crate::term::{printable, warn};

/// The processes whose events are shown: all of them, or some of each log.
pub(super) struct Processes(Option<Vec<HashSet<ProcessKey>>>);

impl Processes {
    /// Finds processes by name or PID. With `with_children`, adds all that they started, directly or not.
    ///
    /// Warns if no log has such a process.
    pub(super) fn find(logs: &[&LogsStream<Source>], names: &[String], with_children: bool) -> Self {
        if names.is_empty() {
            return Self(None);
        }
        let mut found = HashSet::new();
        let sets = logs.iter().map(|log| {
            let tree = ProcessTree::new(log.indexes());
            let mut is_selected: Vec<bool> = Vec::new();
            let mut keys = HashSet::new();
            // Parents come before their children.
            for row in tree.rows() {
                let names = names.iter().filter(|name| is_named(row.process, name));
                let is_named = names.map(|name| found.insert(name.as_str())).count() > 0;
                let of_parent = || row.parent.and_then(|parent| is_selected.get(parent)) == Some(&true);
                let selected = is_named || (with_children && of_parent());
                is_selected.push(selected);
                if selected {
                    keys.insert(row.process.key());
                }
            }
            keys
        });
        let sets = sets.collect();
        for name in names.iter().filter(|name| !found.contains(name.as_str())) {
            warn(&format!("no process has the name or PID {}", printable(name)));
        }
        Self(Some(sets))
    }

    /// Returns true if all processes are shown.
    pub(super) fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// Returns true if the process of an event is shown.
    pub(super) fn contains(&self, log: usize, event: Event<'_>) -> bool {
        let Some(sets) = &self.0 else { return true };
        sets.get(log).is_some_and(|keys| keys.contains(&event.process_key()))
    }
}

/// Returns true if a process has a PID, or a name with or without `.exe`.
fn is_named(process: Process<'_>, name: &str) -> bool {
    let without = |text: &str| text.to_lowercase().trim_end_matches(".exe").to_owned();
    name.parse() == Ok(process.pid()) || without(process.name()) == without(name)
}
