//! The call tree of the stacks of events.

mod cache;
mod nodes;
mod output;
mod paths;
mod rows;
mod view;

pub use cache::StackCache;
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

/// The call tree of a log: for each process, the call stacks of its events, with the number and time of the events.
///
/// A node stands for the frames from the outermost one to its own. Its count is the number of events whose stack begins
/// with these frames, and its time is the sum of their durations; time in which calls overlap counts several times.
/// Frames are equal if their modules and offsets are equal. Each level of a recursion is a node.
///
/// [`tree`](Self::tree) returns the tree. With [`StackOrder::Name`], it has the content and order of Procmon's Stack
/// Summary.
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
/// A node takes about 120 bytes, and their number is [limited](Self::max_nodes). If a log has more, the deepest ones
/// are merged into their parents as omitted calls. The selection depends only on the log, not on its division into
/// parts, and the numbers of all other nodes are exact. A [`StackCache`] takes up to 10 MB. All other memory is
/// proportional to the size of the tables.
///
/// # Events that are not counted
/// As in Procmon, an event whose innermost frame has the address 0 is not counted, although its frames are listed;
/// other frames with the address 0 are skipped (measured on Procmon 3.94). [`uncounted`](Self::uncounted) returns the
/// number of such events, which Procmon itself does not record. Processes with the same image path and PID share a row,
/// under the name of the first of them.
#[derive(Debug)]
pub struct StackSummary {
    modules_only: bool,
    has_groups: bool,
    processes: Processes,
    nodes: Nodes,
    paths: Paths,
    ends: StackCache<End>,
    uncounted: u64,
}

/// The end of a stack in the tree.
#[derive(Clone, Copy, Debug)]
struct End {
    /// The last node.
    node: u32,
    /// True if the node stands for the whole stack; false if the next node is omitted.
    is_whole: bool,
    group: u32,
    /// The number of displaced nodes for which this is valid.
    displaced: u64,
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
            has_groups: false,
            processes: Processes::default(),
            nodes: Nodes::new(Self::MAX_NODES, u32::MAX),
            paths: Paths::new(),
            ends: StackCache::new(),
            uncounted: 0,
        }
    }

    /// Treats all frames of a module as equal. Consecutive frames of one module are then one node.
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

    /// Limits the number of nodes, including processes. The default is [`MAX_NODES`](Self::MAX_NODES).
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

    /// Counts an event in a group of the events of its process, such as those of a thread or an operation. For each
    /// process and [group](StackRow::group), the tree has a row of depth 1, instead of one for each process. Events that
    /// are [added](Analysis::add) without a group are in group 0.
    ///
    /// ```
    /// use procmon_parser::analysis::{StackOrder, StackSummary};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let mut by_thread = StackSummary::new();
    /// log.events().flatten().for_each(|event| by_thread.add_to_group(&event, event.thread_id()));
    /// for row in by_thread.tree(StackOrder::Count).rows().filter(|row| row.depth == 1) {
    ///     println!("{}, thread {}: {}", row.name, row.group.unwrap_or_default(), row.count);
    /// }
    /// # assert_eq!(by_thread.events(), log.len() as u64);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn add_to_group(&mut self, event: &Event<'_>, group: u32) {
        self.has_groups = true;
        self.count(event, group);
    }

    /// Returns the number of events that were counted.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.nodes.sum(|node| node.own.count + node.cut.count)
    }

    /// Returns the number of events whose innermost frames were omitted because of a limit.
    #[must_use]
    pub fn shortened(&self) -> u64 {
        self.nodes.sum(|node| node.cut.count)
    }

    /// Returns the number of events that were not counted, because their innermost frame has the address 0.
    #[must_use]
    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// Returns the tree, with the children of each node in the given order.
    #[must_use]
    pub fn tree(&self, order: StackOrder) -> StackTree<'_> {
        StackTree::new(self, order)
    }

    /// Writes the rows of Procmon's Stack Summary, with an additional first column Depth.
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

    /// Writes only the rows of processes, as Procmon's Stack Summary shows them before a row is expanded.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv_of_processes(&self, out: impl io::Write) -> Result<()> {
        let tree = self.tree(StackOrder::Name);
        tree.write_procmon_csv(out, tree.rows().filter(|row| row.depth <= 1))
    }
}

impl StackSummary {
    fn count(&mut self, event: &Event<'_>, group: u32) {
        let place = self.processes.place(event);
        let is_counted = event.stack().iter().next() != Some(0);
        self.uncounted += u64::from(!is_counted);
        let time = event.duration().map_or(0, |duration| duration.0);
        let tally = if is_counted { Tally { count: 1, time } } else { Tally::default() };
        let end = self.end(event, place, group);
        if end.is_whole { self.nodes.end(end.node, tally) } else { self.nodes.cut(end.node, tally) }
    }

    /// Returns the end of the stack of an event.
    fn end(&mut self, event: &Event<'_>, place: Place, group: u32) -> End {
        let displaced = self.nodes.displaced();
        // Groups usually have different owners, so that they do not replace each other in the cache.
        let owner = place.slot ^ (group as usize).rotate_right(16);
        let is_valid = |end: &End| end.displaced == displaced && end.group == group;
        if let Some(end) = self.ends.get(*event, owner).filter(is_valid) {
            return end;
        }
        let (node, is_whole) = self.walk(event, place, group);
        let end = End { node, is_whole, group, displaced: self.nodes.displaced() };
        self.ends.insert(*event, owner, end);
        end
    }

    /// Follows the stack of an event from the root. Returns the last node, and true if it stands for the whole stack.
    fn walk(&mut self, event: &Event<'_>, Place { file, slot }: Place, group: u32) -> (u32, bool) {
        let Self { modules_only, processes, nodes, paths, .. } = self;
        let Some(mut walk) = paths.walk(event.thread_id(), slot, nodes) else { return (Nodes::ROOT, false) };
        let Naming { pid, name, image_path } = processes.naming(slot);
        let mut label = Label { class: processes.texts().class(image_path), group, offset: pid.into() };
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
            let above = std::mem::replace(&mut label, Label { class: texts.class(path), group: 0, offset });
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

/// Merged parts must have the same options.
impl Analysis for StackSummary {
    fn add(&mut self, event: &Event<'_>) {
        self.count(event, 0);
    }

    fn merge(&mut self, later: Self) {
        let merged = self.processes.merge(&later.processes);
        self.nodes.merge(&later.nodes, &merged.texts, self.processes.texts());
        self.uncounted += later.uncounted;
        self.has_groups |= later.has_groups;
    }
}
