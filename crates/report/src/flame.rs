//! Call trees of each process and operation, by module.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use procmon_parser::analysis::{Analysis, StackOrder, StackRow, StackRowKind, StackSummary};
use procmon_parser::{Event, Style};

use crate::data::{Flame, FlameTree};
use crate::directory::Directory;
use crate::embed::FRAMES;
use crate::gather::{UNKNOWN, write_operation};
use crate::names::{class_number, exact, write_limited};
use crate::texts::Texts;

/// The maximum number of nodes.
const NODES: usize = 100_000;
/// The maximum number of levels of a tree. The page walks trees by recursion.
const DEPTH: u32 = FRAMES as u32;
/// The maximum length of the name of a module, in bytes.
const NAME: usize = 260;

/// The names of operations in a style, each with its index.
#[derive(Debug)]
pub(crate) struct OperationNames<'s> {
    style: &'s Style,
    names: Vec<&'static str>,
    indexes: HashMap<&'static str, u32, RandomState>,
}

impl<'s> OperationNames<'s> {
    pub(crate) fn new(style: &'s Style) -> Self {
        let mut names = vec![UNKNOWN];
        names.extend(style.operation_names());
        let indexes = names.iter().copied().zip(0..).collect();
        Self { style, names, indexes }
    }

    /// Returns the name with an index.
    fn name(&self, index: u32) -> &'static str {
        self.names.get(index as usize).copied().unwrap_or(UNKNOWN)
    }
}

/// The number of bits of the index of an operation. The class is in the other bits of a group.
const INDEX_BITS: u32 = 16;

/// A summary of the stacks of each process and operation.
#[derive(Debug)]
pub(crate) struct Stacks<'a> {
    operations: &'a OperationNames<'a>,
    summary: StackSummary,
    name: String,
}

impl<'a> Stacks<'a> {
    pub(crate) fn new(operations: &'a OperationNames<'a>) -> Self {
        let summary = StackSummary::new().modules_only(true).max_nodes(NODES).max_depth(DEPTH);
        Self { operations, summary, name: String::new() }
    }

    /// Returns the trees, and the number of events whose innermost frames are missing in the trees.
    pub(crate) fn flame(&self, directory: &Directory) -> (Flame, u64) {
        let mut names = Texts::default();
        let mut trees = Vec::new();
        let processes = directory.by_image();
        let tree = self.summary.tree(StackOrder::Name);
        let mut growing = None;
        for row in tree.rows() {
            match row.kind {
                StackRowKind::All => {}
                StackRowKind::Process => {
                    let key = (row.pid.unwrap_or_default(), row.path);
                    let process = processes.get(&key).copied().unwrap_or(directory.others());
                    let group = row.group.unwrap_or_default();
                    let operation = names.index_of(self.operations.name(group & ((1 << INDEX_BITS) - 1)));
                    let next = Growing::new(process, (group >> INDEX_BITS) as usize, operation, &mut names);
                    trees.extend(growing.replace(next).and_then(Growing::finish));
                }
                _ => {
                    if let Some(growing) = &mut growing {
                        growing.add(&row, &mut names);
                    }
                }
            }
        }
        trees.extend(growing.and_then(Growing::finish));
        (Flame { names: names.take(), trees }, self.summary.shortened())
    }
}

/// Counts an event in the group of its class and operation.
impl Analysis for Stacks<'_> {
    fn add(&mut self, event: &Event<'_>) {
        if event.stack().is_empty() {
            return;
        }
        write_operation(&mut self.name, *event, self.operations.style);
        let index = self.operations.indexes.get(self.name.as_str()).copied().unwrap_or_default();
        let class = u32::try_from(class_number(event.class())).unwrap_or_default();
        self.summary.add_to_group(event, class << INDEX_BITS | index);
    }

    fn merge(&mut self, later: Self) {
        self.summary.merge(later.summary);
    }
}

/// A tree that is built row by row. Each row is added after its parent.
struct Growing {
    tree: FlameTree,
    /// The nodes from the root to the node that was added last.
    path: Vec<usize>,
    /// A buffer for the name of a node.
    name: String,
}

impl Growing {
    fn new(process: usize, class: usize, operation: usize, names: &mut Texts) -> Self {
        let root = names.index_of("");
        let (parent, name, count, duration) = (vec![0], vec![root], vec![0], vec![0]);
        Self {
            tree: FlameTree { process, class, operation, parent, name, count, duration },
            path: vec![0],
            name: String::new(),
        }
    }

    /// Adds the row of a frame, whose depth is at least 2.
    fn add(&mut self, row: &StackRow<'_>, names: &mut Texts) {
        self.path.truncate((row.depth as usize).saturating_sub(1));
        let node = self.tree.parent.len();
        self.tree.parent.push(self.path.last().copied().unwrap_or_default());
        write_limited(&mut self.name, NAME, row.name);
        self.tree.name.push(names.index_of(&self.name));
        // A row for omitted calls has no rows below it.
        let is_omitted = row.kind == StackRowKind::Omitted;
        self.tree.count.push(if is_omitted { row.count } else { row.self_count });
        self.tree.duration.push(exact(if is_omitted { row.time.0 } else { row.self_time.0 }));
        self.path.push(node);
    }

    /// Returns the tree, unless it has no frame.
    fn finish(self) -> Option<FlameTree> {
        (self.tree.parent.len() > 1).then_some(self.tree)
    }
}
