//! The processes of a log, with indexes that are unique across its files.

use std::collections::{HashMap, HashSet};

use procmon_parser::{Event, Index, Log, Process};

/// The processes of all files. Each process has its own id in the trace.
#[derive(Debug)]
pub(crate) struct Directory {
    files: Vec<File>,
    /// The index of the file of the latest event.
    last: usize,
    /// The id of each process; the last one is for events without a process.
    ids: Vec<Id>,
}

#[derive(Debug)]
struct File {
    index: Index,
    /// The index of the process of each entry in the process table.
    processes: Vec<usize>,
}

/// The id of a process in a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) pid: u32,
    /// True if the id is not a PID, because another process has the PID or the process is unknown.
    pub(crate) is_substitute: bool,
}

impl Directory {
    pub(crate) fn new<L: Log + ?Sized>(log: &L) -> Self {
        let (mut computers, mut known) = (HashMap::new(), HashMap::new());
        let (mut files, mut pids) = (Vec::new(), Vec::new());
        for index in log.indexes() {
            let next = computers.len();
            let computer = *computers.entry(index.system().computer_name.as_str()).or_insert(next);
            let index_of = |process: Process<'_>| {
                *known.entry((computer, process.key(), process.pid(), process.start_time())).or_insert_with(|| {
                    pids.push(process.pid());
                    pids.len() - 1
                })
            };
            files.push(File { index: index.clone(), processes: index.processes().map(index_of).collect() });
        }
        Self { files, last: 0, ids: ids(&pids) }
    }

    /// Returns the index of the process of an event. Events whose process is not in the table share one index.
    pub(crate) fn process_index(&mut self, event: Event<'_>) -> usize {
        let is_file = |file: &File| file.index.ptr_eq(event.index());
        if !self.files.get(self.last).is_some_and(is_file) {
            self.last = self.files.iter().position(is_file).unwrap_or_default();
        }
        let index = event.process().and_then(|process| self.files.get(self.last)?.processes.get(process.table_index()));
        index.copied().unwrap_or(self.ids.len() - 1)
    }

    /// Returns the index of the file of the event that was last passed to [`process_index`](Self::process_index).
    pub(crate) fn file(&self) -> usize {
        self.last
    }

    /// Returns the number of processes, including the one for events without a process.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns the id of a process.
    pub(crate) fn id(&self, index: usize) -> Id {
        self.ids.get(index).copied().unwrap_or(Id { pid: 0, is_substitute: true })
    }
}

/// Chooses an id for each process, and one for events without a process.
fn ids(pids: &[u32]) -> Vec<Id> {
    /// The first id that replaces a PID. Windows' PIDs are smaller.
    const FIRST: u32 = 1 << 30;
    let used: HashSet<u32> = pids.iter().copied().collect();
    let mut seen = HashSet::new();
    let mut free = (FIRST..u32::MAX).filter(|id| !used.contains(id));
    let id = |pid: Option<&u32>| match pid {
        Some(&pid) if seen.insert(pid) => Id { pid, is_substitute: false },
        _ => Id { pid: free.next().unwrap_or(u32::MAX), is_substitute: true },
    };
    pids.iter().map(Some).chain([None]).map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::ids;

    #[test]
    fn each_process_has_an_id_of_its_own() {
        let pids = [4, 100, 4, 1 << 30, 100, 4];
        let found: Vec<_> = ids(&pids).iter().map(|id| (id.pid, id.is_substitute)).collect();
        let next = |offset: u32| ((1 << 30) + offset, true);
        assert_eq!(found, [(4, false), (100, false), next(1), (1 << 30, false), next(2), next(3), next(4)]);
    }
}
