//! Modules that lay one over the other at different times.

use crate::wire::FileTime;
use crate::wire::layout::ModuleRecord;

/// Which module of a process was the last, in stored order, to cover a span of addresses at a time.
///
/// A tree over the spans: each module stands in the few nodes that make up its range, and each node knows, for any time,
/// the last of its modules that was loaded by then. Takes O(n log n) room and finds in O(log² n) time, however the
/// modules lie. A process of a real log has a handful of such spans and never needs it.
#[derive(Debug)]
pub(super) struct History {
    /// Of each node, by ascending time: from when on, the last module. The children of node i are 2i and 2i + 1; the
    /// second half of them are the spans.
    nodes: Vec<Vec<(FileTime, u32)>>,
}

impl History {
    /// The history of spans with these starts, ascending, at which modules begin and end.
    pub(super) fn new(starts: &[u64], modules: &[ModuleRecord]) -> Self {
        let mut history = Self { nodes: vec![Vec::new(); 2 * starts.len()] };
        let mut by_time: Vec<(u32, &ModuleRecord)> = (0..).zip(modules).collect();
        by_time.sort_by_key(|(_, module)| module.load_time());
        let before = |address| starts.partition_point(|&start| start < address);
        for (number, module) in by_time {
            let (first, last) = (before(module.base), before(module.end()));
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

    /// The number of the module that counts in a span at a time.
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
