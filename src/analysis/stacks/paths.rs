//! The last stacks of threads. The next stack of a thread has most of its outer frames in common with the last one.

use super::super::processes::Texts;
use super::nodes::{Label, Nodes, Spelling};

/// The number of threads whose last stacks are kept.
const THREADS: usize = 16;

/// The last stacks of some threads.
#[derive(Debug)]
pub(super) struct Paths([Path; THREADS]);

/// The nodes of a stack, from the process on.
#[derive(Debug, Default)]
struct Path {
    /// The process and the state of the nodes for which the steps are valid.
    slot: usize,
    displaced: u64,
    steps: Vec<(Label, u32)>,
}

/// A walk from the root of the tree along a stack.
#[derive(Debug)]
pub(super) struct Walk<'p> {
    path: &'p mut Path,
    depth: usize,
    pub(super) node: u32,
}

impl Paths {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| Path::default()))
    }

    /// Starts the walk along a stack of a thread.
    #[inline]
    pub(super) fn walk(&mut self, thread: u32, slot: usize, nodes: &Nodes) -> Option<Walk<'_>> {
        // Thread ids are multiples of 4.
        let path = self.0.get_mut(thread as usize / 4 % THREADS)?;
        if (path.slot, path.displaced) != (slot, nodes.displaced()) {
            *path = Path { slot, displaced: nodes.displaced(), steps: std::mem::take(&mut path.steps) };
            path.steps.clear();
        }
        Some(Walk { path, depth: 0, node: Nodes::ROOT })
    }
}

impl Walk<'_> {
    /// Goes to a child of the node. Returns false if it is omitted.
    #[inline]
    pub(super) fn step(&mut self, label: Label, spelling: Spelling, nodes: &mut Nodes, texts: &Texts) -> bool {
        let known = self.path.steps.get(self.depth).filter(|(known, _)| *known == label);
        let child = match known {
            Some(&(_, child)) => child,
            None => {
                self.path.steps.truncate(self.depth);
                let Some(child) = nodes.child(self.node, label, spelling, texts) else { return false };
                self.path.steps.push((label, child));
                child
            }
        };
        self.depth += 1;
        self.node = child;
        true
    }
}
