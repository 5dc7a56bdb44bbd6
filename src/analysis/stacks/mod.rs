//! The call tree of the stacks of events.

mod nodes;
mod output;
mod paths;
mod rows;
mod view;

pub use output::StackWeight;
pub use rows::{StackRow, StackRowKind, StackRows};
pub use view::{StackOrder, StackTree};

use std::io;

use super::Analysis;
use super::processes::{Naming, Place, Processes, Texts};
use crate::error::Result;
use crate::event::{Event, Frame};

use nodes::{Label, Nodes, Spelling, Tally};
use paths::Paths;

/// The call tree of a log: for each process, the frames through which its events came, with their number and time.
///
/// A node is a place of a stack: the frames from the outermost one to this one. Its count is the number of events whose
/// stack goes through it, its time the sum of their durations; the durations of calls that overlap count several times.
/// Frames are equal if module and offset are equal. Recursive frames are nodes below each other.
///
/// [`tree`](Self::tree) returns the tree, in the order and with the content of Procmon's Stack Summary.
///
/// ```
/// use procmon_parser::analysis::{Analysis, StackOrder, StackSummary};
/// use procmon_parser::{LogsReader, Ticks};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut summary = StackSummary::new();
/// log.events().flatten().for_each(|event| summary.add(&event));
/// for row in summary.tree(StackOrder::Time).rows_above(10, Ticks(0)) {
///     println!("{:indent$}{} {} {}", "", row.location(), row.count, row.time, indent = row.depth as usize);
/// }
/// # assert_eq!(summary.events(), log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// # Memory
/// The number of nodes is [limited](Self::max_nodes); each takes about 120 bytes. If there are more, the deepest ones
/// are merged into their parents as omitted calls. Which nodes these are depends only on the log, not on its division
/// into parts, and the numbers of all other nodes are exact. The rest of the memory is in proportion to the tables.
///
/// # Events that are not counted
/// As in Procmon, an event whose innermost frame has the address 0 is not counted, although its frames are listed;
/// other frames with the address 0 are skipped (measured on Procmon 3.94). [`uncounted`](Self::uncounted) returns the
/// number of such events, which Procmon does not record. Processes with equal image path and PID share a row, with the
/// name of the first of them.
#[derive(Debug)]
pub struct StackSummary {
    modules_only: bool,
    processes: Processes,
    nodes: Nodes,
    paths: Paths,
    uncounted: u64,
}

impl Default for StackSummary {
    fn default() -> Self {
        Self::new()
    }
}

impl StackSummary {
    /// The default limit on the number of nodes.
    pub const MAX_NODES: usize = 1 << 20;

    /// Creates an empty summary.
    #[must_use]
    pub fn new() -> Self {
        Self {
            modules_only: false,
            processes: Processes::default(),
            nodes: Nodes::new(Self::MAX_NODES, u32::MAX),
            paths: Paths::new(),
            uncounted: 0,
        }
    }

    /// Makes frames equal if their modules are equal. Consecutive frames of one module are then one node.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, StackOrder, StackSummary};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = StackSummary::new().modules_only(true);
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// assert!(summary.tree(StackOrder::Name).rows().all(|row| row.offset.is_none()));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn modules_only(mut self, modules_only: bool) -> Self {
        self.modules_only = modules_only;
        self
    }

    /// Limits the number of frames of a stack, counted from the outermost one. Deeper frames are omitted.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, StackOrder, StackSummary};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = StackSummary::new().max_depth(1);
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// // All events, process, frame, omitted frames.
    /// assert_eq!(summary.tree(StackOrder::Name).rows().map(|row| row.depth).max(), Some(3));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn max_depth(mut self, frames: u32) -> Self {
        self.nodes.set_max_depth(frames.saturating_add(1));
        self
    }

    /// Limits the number of nodes, processes included. The default is [`MAX_NODES`](Self::MAX_NODES).
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, StackSummary};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = StackSummary::new().max_nodes(20);
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// assert!(summary.shortened() > 0);
    /// assert_eq!(summary.events(), log.len() as u64);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn max_nodes(mut self, nodes: usize) -> Self {
        self.nodes.set_max_nodes(nodes);
        self
    }

    /// Returns the number of events that were counted.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.nodes.sum(|node| node.own.count + node.cut.count)
    }

    /// Returns the number of events whose innermost frames were omitted, because a limit was reached.
    #[must_use]
    pub fn shortened(&self) -> u64 {
        self.nodes.sum(|node| node.cut.count)
    }

    /// Returns the number of events that were not counted, because their innermost frame has the address 0.
    #[must_use]
    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// Returns the tree with children in an order.
    #[must_use]
    pub fn tree(&self, order: StackOrder) -> StackTree<'_> {
        StackTree::new(self, order)
    }

    /// Writes the rows of Procmon's Stack Summary, with a column Depth before the others.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, StackSummary};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = StackSummary::new();
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// let mut csv = Vec::new();
    /// summary.write_procmon_csv(&mut csv)?;
    /// assert!(String::from_utf8_lossy(&csv).contains("\"0\",\"<All>\",\"165\",\"100.00000%\""));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        let tree = self.tree(StackOrder::Name);
        tree.write_procmon_csv(out, tree.rows())
    }

    /// Writes the rows of the processes alone, as Procmon's Stack Summary shows them before a row is expanded.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv_of_processes(&self, out: impl io::Write) -> Result<()> {
        let tree = self.tree(StackOrder::Name);
        tree.write_procmon_csv(out, tree.rows().filter(|row| row.depth <= 1))
    }
}

impl StackSummary {
    /// Goes along the stack of an event. Returns the last node, and true if it is the innermost frame.
    fn walk(&mut self, event: &Event<'_>, Place { file, slot }: Place) -> (u32, bool) {
        let Self { modules_only, processes, nodes, paths, .. } = self;
        let Some(mut walk) = paths.walk(event.thread_id(), slot, nodes) else { return (Nodes::ROOT, false) };
        let Naming { pid, name, image_path } = processes.naming(slot);
        let mut label = Label { class: processes.texts().class(image_path), offset: pid.into() };
        if !walk.step(label, Spelling { path: image_path, name }, nodes, processes.texts()) {
            return (walk.node, false);
        }
        let process = walk.node;
        for frame in event.frames().rev().filter(|frame| frame.address != 0) {
            let (path, offset) = match frame {
                Frame { address, module: None } => (Texts::UNKNOWN, address),
                Frame { address, module: Some(module) } => {
                    (processes.text_of(file, module.record().path), address.wrapping_sub(module.base()))
                }
            };
            let texts = processes.texts();
            let above = std::mem::replace(&mut label, Label { class: texts.class(path), offset });
            if *modules_only {
                label.offset = 0;
                if label == above && walk.node != process {
                    continue;
                }
            }
            if !walk.step(label, Spelling { path, name: Texts::EMPTY }, nodes, texts) {
                return (walk.node, false);
            }
        }
        (walk.node, true)
    }
}

/// Parts must have the same options.
impl Analysis for StackSummary {
    fn add(&mut self, event: &Event<'_>) {
        let place = self.processes.place(event);
        let is_counted = event.stack().iter().next() != Some(0);
        self.uncounted += u64::from(!is_counted);
        let time = event.duration().map_or(0, |duration| duration.0);
        let tally = if is_counted { Tally { count: 1, time } } else { Tally::default() };
        match self.walk(event, place) {
            (node, true) => self.nodes.end(node, tally),
            (node, false) => self.nodes.cut(node, tally),
        }
    }

    fn merge(&mut self, later: Self) {
        let merged = self.processes.merge(&later.processes);
        self.nodes.merge(&later.nodes, &merged.texts, self.processes.texts());
        self.uncounted += later.uncounted;
    }
}
