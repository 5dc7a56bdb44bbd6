//! The history of address ranges that several modules used at different times.

use crate::wire::layout::ModuleRecord;
use crate::wire::{FileTime, PointerWidth};

/// Finds the last module, in stored order, that covers a span of addresses and was loaded by a given time.
///
/// This is a segment tree over the spans. Each module is stored in the few nodes that together cover its range. Each
/// node has, for any time, the last of its modules loaded by then. The tree takes O(n log n) memory and a lookup
/// O(log² n) time, however the modules overlap. Processes of real logs have few contested spans and do not need it.
#[derive(Debug)]
pub(super) struct History {
    /// For each node, its changes in ascending order of time: a load time, and the number of the last module from then
    /// on. The children of node i are 2i and 2i + 1; the leaves, in the second half, are the spans.
    nodes: Vec<Vec<(FileTime, u32)>>,
}

impl History {
    /// Creates the history of the spans with these start addresses, which are in ascending order.
    pub(super) fn new(starts: &[u64], modules: &[ModuleRecord], width: PointerWidth) -> Self {
        let mut history = Self { nodes: vec![Vec::new(); 2 * starts.len()] };
        let mut by_time: Vec<(u32, &ModuleRecord)> = (0..).zip(modules).collect();
        by_time.sort_by_key(|(_, module)| module.load_time());
        let before = |address| starts.partition_point(|&start| start < address);
        for (number, module) in by_time {
            let (first, last) = (before(module.base), before(module.end(width)));
            history.add(first, last, module.load_time(), number);
        }
        history
    }

    fn add(&mut self, first: usize, last: usize, time: FileTime, number: u32) {
        let spans = self.nodes.len() / 2;
        let (mut left, mut right) = (first + spans, last + spans);
        while left < right {
            if left % 2 == 1 {
                self.push(left, time, number);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                self.push(right, time, number);
            }
            (left, right) = (left / 2, right / 2);
        }
    }

    fn push(&mut self, node: usize, time: FileTime, number: u32) {
        let Some(node) = self.nodes.get_mut(node) else { return };
        let last = node.last().map_or(number, |&(_, last)| last.max(number));
        node.push((time, last));
    }

    /// Returns the number of the module that a span belonged to at a time.
    pub(super) fn find(&self, span: usize, time: FileTime) -> Option<usize> {
        let mut node = span + self.nodes.len() / 2;
        let mut found = None;
        while node > 0 {
            let loads = self.nodes.get(node).map_or(&[][..], Vec::as_slice);
            let loaded = loads.partition_point(|&(loaded, _)| loaded <= time);
            found = found.max(loaded.checked_sub(1).and_then(|at| loads.get(at)).map(|&(_, number)| number as usize));
            node /= 2;
        }
        found
    }
}
