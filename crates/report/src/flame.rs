//! Call trees of each process and class, by module.

use std::collections::HashMap;

use procmon_parser::Event;
use procmon_parser::analysis::{Analysis, StackOrder, StackRow, StackRowKind, StackSummary};

use crate::data::{Flame, FlameTree};
use crate::directory::Directory;
use crate::embed::FRAMES;
use crate::names::{CLASSES, class_number, exact, limited};

/// The maximum number of nodes of a class.
const NODES: usize = 20_000;
/// The maximum number of levels of a tree. The page walks trees by recursion.
const DEPTH: u32 = FRAMES as u32;
/// The maximum length of the name of a module, in bytes.
const NAME: usize = 260;

/// Summaries of the stacks of each class.
#[derive(Debug)]
pub(crate) struct Stacks([StackSummary; CLASSES.len()]);

impl Stacks {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| StackSummary::new().modules_only(true).max_nodes(NODES).max_depth(DEPTH)))
    }

    /// Returns the trees, and the number of events whose innermost frames are missing in the trees.
    pub(crate) fn flame(&self, directory: &Directory) -> (Flame, u64) {
        let mut names = Names::default();
        let mut trees = Vec::new();
        let processes = directory.by_image();
        for (class, summary) in self.0.iter().enumerate() {
            let tree = summary.tree(StackOrder::Name);
            let mut growing = None;
            for row in tree.rows() {
                match row.kind {
                    StackRowKind::All => {}
                    StackRowKind::Process => {
                        let key = (row.pid.unwrap_or_default(), row.path);
                        let process = processes.get(&key).copied().unwrap_or(directory.others());
                        trees.extend(
                            growing.replace(Growing::new(process, class, &mut names)).and_then(Growing::finish),
                        );
                    }
                    _ => {
                        if let Some(growing) = &mut growing {
                            growing.add(&row, &mut names);
                        }
                    }
                }
            }
            trees.extend(growing.and_then(Growing::finish));
        }
        let left_out = self.0.iter().map(StackSummary::shortened).sum();
        (Flame { names: names.texts, trees }, left_out)
    }
}

/// Counts an event in the summary of its class.
impl Analysis for Stacks {
    fn add(&mut self, event: &Event<'_>) {
        if event.stack().is_empty() {
            return;
        }
        if let Some(summary) = self.0.get_mut(class_number(event.class())) {
            summary.add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        for (summary, later) in self.0.iter_mut().zip(later.0) {
            summary.merge(later);
        }
    }
}

/// Texts, each stored once. Their indexes are in the order of their first use.
#[derive(Debug, Default)]
struct Names {
    texts: Vec<String>,
    indexes: HashMap<String, usize>,
}

impl Names {
    fn index_of(&mut self, text: &str) -> usize {
        if let Some(&index) = self.indexes.get(text) {
            return index;
        }
        let index = self.texts.len();
        self.texts.push(limited(NAME, text));
        self.indexes.insert(text.to_owned(), index);
        index
    }
}

/// A tree that is built row by row. Each row is added after its parent.
struct Growing {
    tree: FlameTree,
    /// The nodes from the root to the node that was added last.
    path: Vec<usize>,
}

impl Growing {
    fn new(process: usize, class: usize, names: &mut Names) -> Self {
        let root = names.index_of("");
        let (parent, name, count, duration) = (vec![0], vec![root], vec![0], vec![0]);
        Self { tree: FlameTree { process, class, parent, name, count, duration }, path: vec![0] }
    }

    /// Adds the row of a frame, whose depth is at least 2.
    fn add(&mut self, row: &StackRow<'_>, names: &mut Names) {
        self.path.truncate((row.depth as usize).saturating_sub(1));
        let node = self.tree.parent.len();
        self.tree.parent.push(self.path.last().copied().unwrap_or_default());
        self.tree.name.push(names.index_of(row.name));
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
