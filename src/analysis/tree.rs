//! The tree of processes.

use std::collections::HashMap;
use std::io;

use super::Analysis;
use super::csv::DialogCsv;
use super::processes::Processes;
use crate::error::Result;
use crate::event::Event;
use crate::index::{Index, Process};
use crate::text::Style;
use crate::wire::{FileTime, Ticks};

/// The tree of the processes in the process tables of a log: all that ran during the capture, with or without events.
///
/// A process is below its parent, which the table identifies by key, not by PID, because Windows reuses PIDs. As in
/// Procmon, a process is a root if its parent is not in the log, or both follows it in the table and started after it.
/// Siblings are sorted by start time. If parents form a cycle, which only happens in crafted logs, the first process of
/// the cycle is a root. A process that several files of a capture list appears once, as described by the last of them.
///
/// ```
/// use procmon_parser::{LogsReader, analysis::ProcessTree};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let tree = ProcessTree::new(log.indexes());
/// for row in tree.rows() {
///     let process = row.process;
///     println!("{:indent$}{} ({}) {}", "", process.name(), process.pid(), process.user(), indent = 2 * row.depth);
/// }
/// # assert_eq!(tree.rows().len(), log.index().processes().len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug)]
pub struct ProcessTree {
    processes: Processes,
    /// The slot of the parent of each process, by slot.
    parents: Vec<Option<usize>>,
}

/// A row of a [`ProcessTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ProcessTreeRow<'t> {
    /// The depth: 0 for a root.
    pub depth: usize,
    /// The process.
    pub process: Process<'t>,
    /// The exit time, in UTC; `None` if the process was still running when the capture ended.
    pub end_time: Option<FileTime>,
    /// The position of the parent among the rows; `None` for a root.
    pub parent: Option<usize>,
    /// The number of children.
    pub children: usize,
    /// True if the process has a parent PID, but no parent in the tree of all processes.
    pub is_orphan: bool,
    /// True if another process of the log has the same PID.
    pub shares_pid: bool,
}

impl ProcessTreeRow<'_> {
    /// Returns the time from start to exit; `None` if the process was still running when the capture ended.
    #[must_use]
    pub fn lifetime(&self) -> Option<Ticks> {
        self.end_time.map(|end| end.since(self.process.start_time()))
    }
}

impl ProcessTree {
    /// Creates the tree of the processes in these files.
    #[must_use]
    pub fn new<'i>(indexes: impl IntoIterator<Item = &'i Index>) -> Self {
        let mut processes = Processes::default();
        indexes.into_iter().for_each(|index| _ = processes.file(index));
        let mut parents: Vec<_> = (0..processes.len()).map(|slot| parent(&processes, slot)).collect();
        break_cycles(&mut parents);
        Self { processes, parents }
    }

    /// Returns the rows, each before its children.
    #[must_use]
    pub fn rows(&self) -> Vec<ProcessTreeRow<'_>> {
        self.rows_of(|_| true)
    }

    /// Returns the rows of only the processes that were still running when the capture ended. A process whose parent
    /// had exited is a root.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, analysis::ProcessTree};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let tree = ProcessTree::new(log.indexes());
    /// assert!(tree.running_rows().iter().all(|row| row.end_time.is_none()));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn running_rows(&self) -> Vec<ProcessTreeRow<'_>> {
        self.rows_of(|slot| self.processes.end_time(slot).is_none())
    }

    fn rows_of(&self, is_shown: impl Fn(usize) -> bool) -> Vec<ProcessTreeRow<'_>> {
        let is_shown: Vec<bool> = (0..self.processes.len()).map(|slot| slot > 0 && is_shown(slot)).collect();
        let shown = |slot: usize| is_shown.get(slot).copied().unwrap_or_default();
        let parent = |slot: usize| self.parents.get(slot).copied().flatten().filter(|&parent| shown(parent));
        let mut slots: Vec<usize> = (1..self.processes.len()).filter(|&slot| shown(slot)).collect();
        // A stable sort: processes with equal start times stay in the order of the table.
        slots.sort_by_key(|&slot| self.processes.process(slot).map(Process::start_time));
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); self.processes.len()];
        for &slot in &slots {
            // Slot 0 has no process, so its list holds the roots.
            if let Some(list) = children.get_mut(parent(slot).unwrap_or(0)) {
                list.push(slot);
            }
        }
        let pids = self.pids();
        let mut rows = Vec::with_capacity(slots.len());
        let list = |slot: usize| children.get(slot).map_or(&[][..], Vec::as_slice);
        let steps = |of: usize, depth: usize, parent: Option<usize>| {
            list(of).iter().rev().map(move |&slot| (slot, depth, parent))
        };
        let mut left: Vec<_> = steps(0, 0, None).collect();
        while let Some((slot, depth, parent)) = left.pop() {
            let Some(process) = self.processes.process(slot) else { continue };
            left.extend(steps(slot, depth + 1, Some(rows.len())));
            rows.push(ProcessTreeRow {
                depth,
                process,
                end_time: self.processes.end_time(slot),
                parent,
                children: list(slot).len(),
                is_orphan: process.parent_pid() != 0 && self.parents.get(slot).copied().flatten().is_none(),
                shares_pid: pids.get(&process.pid()).is_some_and(|&count| count > 1),
            });
        }
        rows
    }

    /// Returns the number of processes with each PID.
    fn pids(&self) -> HashMap<u32, usize> {
        let mut pids = HashMap::new();
        for slot in 1..self.processes.len() {
            *pids.entry(self.processes.naming(slot).pid).or_default() += 1;
        }
        pids
    }

    /// Writes rows as Procmon's Process Tree shows them, with an additional first column Depth. `style` sets the time
    /// zone and the format of dates.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, Style, analysis::ProcessTree};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let tree = ProcessTree::new(log.indexes());
    /// let mut csv = Vec::new();
    /// tree.write_procmon_csv(&mut csv, &tree.rows(), &Style::new())?;
    /// assert!(String::from_utf8_lossy(&csv).contains("\"0\",\"System (4)\","));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv(&self, out: impl io::Write, rows: &[ProcessTreeRow<'_>], style: &Style) -> Result<()> {
        const TITLES: [&str; 9] =
            ["Depth", "Process", "Description", "Image Path", "Company", "Owner", "Command", "Start Time", "End Time"];
        let mut csv = DialogCsv::new(out, &TITLES)?;
        let mut date = String::new();
        let mut dated = |time: FileTime| {
            date.clear();
            // Writing to a string does not fail.
            let _ = style.write_ticks(time.0.cast_signed(), &mut date);
            date.clone()
        };
        for row in rows {
            let process = row.process;
            csv.cell(row.depth);
            csv.cell(format_args!("{} ({})", until_nul(process.name()), process.pid()));
            csv.cell(process.description());
            csv.cell(process.image_path());
            csv.cell(process.company());
            csv.cell(process.user());
            csv.cell(process.command_line());
            csv.cell(dated(process.start_time()));
            csv.cell(row.end_time.map_or_else(|| "n/a".to_owned(), &mut dated));
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }
}

fn until_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

/// Returns the slot of the parent of a process, by Procmon's rule.
fn parent(processes: &Processes, slot: usize) -> Option<usize> {
    let process = processes.process(slot)?;
    let parent = process.parent()?;
    let found = processes.slot_of(parent)?;
    (found < slot || (found != slot && parent.start_time() <= process.start_time())).then_some(found)
}

/// Makes the first process of each cycle a root.
fn break_cycles(parents: &mut [Option<usize>]) {
    // The walk that visited each process, counted from 1; 0 for none.
    let mut visited = vec![0; parents.len()];
    for start in 0..parents.len() {
        let mut at = Some(start);
        while let Some(slot) = at
            && let Some(visit) = visited.get_mut(slot)
        {
            match *visit {
                0 => *visit = start + 1,
                walk if walk == start + 1 => {
                    break_cycle(parents, slot);
                    break;
                }
                _ => break,
            }
            at = parents.get(slot).copied().flatten();
        }
    }
}

/// Makes the first process of the cycle that contains `start` a root.
fn break_cycle(parents: &mut [Option<usize>], start: usize) {
    let next = |slot: usize| parents.get(slot).copied().flatten();
    let (mut first, mut at) = (start, next(start));
    while let Some(slot) = at.filter(|&slot| slot != start) {
        first = first.min(slot);
        at = next(slot);
    }
    if let Some(parent) = parents.get_mut(first) {
        *parent = None;
    }
}

/// The number of events of each process.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, EventCounts, ProcessTree};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut counts = EventCounts::new();
/// log.events().flatten().for_each(|event| counts.add(&event));
/// let tree = ProcessTree::new(log.indexes());
/// let attributed: u64 = tree.rows().iter().map(|row| counts.of(row.process)).sum();
/// assert_eq!(attributed + counts.unattributed(), log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct EventCounts {
    processes: Processes,
    counts: Vec<u64>,
}

impl EventCounts {
    /// Creates an empty count.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of events of a process of the log.
    #[must_use]
    pub fn of(&self, process: Process<'_>) -> u64 {
        self.processes.slot_of(process).map_or(0, |slot| self.count(slot))
    }

    /// Returns the number of events whose process is not in the process table.
    #[must_use]
    pub fn unattributed(&self) -> u64 {
        self.count(0)
    }

    fn count(&self, slot: usize) -> u64 {
        self.counts.get(slot).copied().unwrap_or_default()
    }

    fn add_to(&mut self, slot: usize, events: u64) {
        if self.counts.len() <= slot {
            self.counts.resize(self.processes.len().max(slot + 1), 0);
        }
        if let Some(count) = self.counts.get_mut(slot) {
            *count += events;
        }
    }
}

impl Analysis for EventCounts {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        let place = self.processes.place(event);
        self.add_to(place.slot, 1);
    }

    fn merge(&mut self, later: Self) {
        let merged = self.processes.merge(&later.processes);
        merged.slots.iter().zip(&later.counts).for_each(|(&slot, &events)| self.add_to(slot, events));
    }
}
