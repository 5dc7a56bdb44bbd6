//! The finished call tree, with its sums, in an order.

use std::cmp::{Ordering, Reverse};

use super::super::processes::{TextNumber, Texts};
use super::StackSummary;
use super::nodes::{Node, Tally};
use crate::index::file_name;
use crate::text::exact;
use crate::wire::{Ascii, HexDigits};

/// The order of the children of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StackOrder {
    /// By name, as in Procmon: by the location up to its first comma, in lower case, then by path.
    #[default]
    Name,
    /// By number of events, the largest first, then by name.
    Count,
    /// By time, the largest first, then by name.
    Time,
}

/// The call tree of a [`StackSummary`], with the sums of all nodes, sorted.
#[derive(Debug)]
pub struct StackTree<'s> {
    pub(super) summary: &'s StackSummary,
    /// The sum of each node and of all nodes below it.
    totals: Vec<Tally>,
    /// The start of the children of each node in `children`. They end where those of the next node start.
    starts: Vec<usize>,
    children: Vec<u32>,
}

impl<'s> StackTree<'s> {
    pub(super) fn new(summary: &'s StackSummary, order: StackOrder) -> Self {
        let nodes = summary.nodes.as_slice();
        let (starts, children) = lists(nodes);
        let mut tree = Self { summary, totals: totals(nodes), starts, children };
        tree.sort(order);
        tree
    }

    fn sort(&mut self, order: StackOrder) {
        let names = Names::new(self.summary);
        let mut children = std::mem::take(&mut self.children);
        let total = |&number: &u32| self.total(number);
        for range in self.starts.windows(2) {
            let &[start, end] = range else { continue };
            let list = children.get_mut(start..end).unwrap_or_default();
            list.sort_unstable_by(|one, other| {
                let by_size = match order {
                    StackOrder::Name => Ordering::Equal,
                    StackOrder::Count => Reverse(total(one).count).cmp(&Reverse(total(other).count)),
                    StackOrder::Time => Reverse(total(one).time).cmp(&Reverse(total(other).time)),
                };
                by_size.then_with(|| names.compare(*one, *other))
            });
        }
        self.children = children;
    }

    pub(super) fn node(&self, number: u32) -> Node {
        self.summary.nodes.as_slice().get(number as usize).copied().unwrap_or_default()
    }

    pub(super) fn total(&self, number: u32) -> Tally {
        self.totals.get(number as usize).copied().unwrap_or_default()
    }

    pub(super) fn children_of(&self, number: u32) -> &[u32] {
        let start = self.starts.get(number as usize).copied().unwrap_or_default();
        let end = self.starts.get(number as usize + 1).copied().unwrap_or_default();
        self.children.get(start..end).unwrap_or_default()
    }
}

/// Returns the sum of each node and of all nodes below it.
fn totals(nodes: &[Node]) -> Vec<Tally> {
    let mut by_depth: Vec<usize> = (0..nodes.len()).collect();
    by_depth.sort_unstable_by_key(|&number| nodes.get(number).map(|node| Reverse(node.depth)));
    let mut totals = vec![Tally::default(); nodes.len()];
    for number in by_depth {
        let (Some(node), Some(total)) = (nodes.get(number), totals.get_mut(number)) else { continue };
        total.add(node.own);
        total.add(node.cut);
        let total = *total;
        if let Some(above) = totals.get_mut(node.parent as usize).filter(|_| node.depth > 0) {
            above.add(total);
        }
    }
    totals
}

/// Returns the start of the children of each node, and the list of all children.
fn lists(nodes: &[Node]) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0; nodes.len() + 1];
    let parents = || nodes.iter().zip(0_u32..).filter(|(node, _)| node.depth > 0);
    for (node, _) in parents() {
        if let Some(count) = starts.get_mut(node.parent as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut children = vec![0; sum];
    for (node, number) in parents() {
        let Some(at) = next.get_mut(node.parent as usize) else { continue };
        if let Some(child) = children.get_mut(*at) {
            *child = number;
        }
        *at += 1;
    }
    (starts, children)
}

/// The ranks of strings in Procmon's order: by UTF-16 code unit, in lower case. Procmon sorts by the column Name, which
/// is the location up to its first comma, then by path. Comparing ranks instead of strings bounds the cost of a crafted
/// log with long names.
struct Names<'s> {
    summary: &'s StackSummary,
    /// The ranks of the names of processes, of the image paths, of the names of frames, and of the module paths.
    ranks: [Vec<u32>; 4],
}

/// The number of code units of a string that are compared.
const COMPARED: usize = 1024;

impl<'s> Names<'s> {
    fn new(summary: &'s StackSummary) -> Self {
        let nodes = || summary.nodes.as_slice().iter();
        let texts = summary.processes.texts();
        let of_processes = || nodes().filter(|node| node.depth == 1);
        let of_frames = || nodes().filter(|node| node.depth > 1).map(|node| node.spelling.path);
        let location_end = if summary.modules_only { "" } else { " + 0x" };
        let ranks = [
            ranks(texts, of_processes().map(|node| node.spelling.name), |text| (until_comma(text).0, "")),
            ranks(texts, of_processes().map(|node| node.spelling.path), |text| (text, "(")),
            ranks(texts, of_frames(), |text| match until_comma(file_name(text)) {
                (name, false) => (name, location_end),
                (start, true) => (start, ""),
            }),
            ranks(texts, of_frames(), |text| (text, "")),
        ];
        Self { summary, ranks }
    }

    fn rank(&self, of: usize, text: TextNumber) -> u32 {
        self.ranks.get(of).and_then(|ranks| ranks.get(text as usize)).copied().unwrap_or_default()
    }

    fn compare(&self, one: u32, other: u32) -> Ordering {
        let nodes = self.summary.nodes.as_slice();
        let (Some(one), Some(other)) = (nodes.get(one as usize), nodes.get(other as usize)) else {
            return Ordering::Equal;
        };
        let order = if one.depth == 1 { self.compare_processes(one, other) } else { self.compare_frames(one, other) };
        order.then_with(|| one.hash.cmp(&other.hash))
    }

    fn compare_processes(&self, one: &Node, other: &Node) -> Ordering {
        let rank = |node: &Node| self.rank(0, node.spelling.name);
        let unnamed = |node: &Node| node.spelling.name == Texts::EMPTY;
        let by_name = match (unnamed(one), unnamed(other)) {
            (false, false) => rank(one).cmp(&rank(other)),
            _ => self.name(one).cmp(&self.name(other)),
        };
        by_name.then_with(|| {
            let path = |node: &Node| self.rank(1, node.spelling.path);
            path(one)
                .cmp(&path(other))
                .then_with(|| decimal(one).as_str().cmp(decimal(other).as_str()))
                .then_with(|| one.label.group.cmp(&other.label.group))
        })
    }

    /// Returns Procmon's column Name of a process, in lower case.
    fn name(&self, node: &Node) -> Vec<u16> {
        let texts = self.summary.processes.texts();
        let name = texts.text(node.spelling.name);
        if !name.is_empty() {
            return key(until_comma(name).0, "");
        }
        match until_comma(file_name(texts.text(node.spelling.path))) {
            (start, true) => key(start, ""),
            (file, false) => key(file, &format!("({}) + 0x0", node.label.offset)),
        }
    }

    fn compare_frames(&self, one: &Node, other: &Node) -> Ordering {
        let rank = |of: usize, node: &Node| self.rank(of, node.spelling.path);
        rank(2, one)
            .cmp(&rank(2, other))
            .then_with(|| hex(one).as_str().cmp(hex(other).as_str()))
            .then_with(|| rank(3, one).cmp(&rank(3, other)))
    }
}

/// Returns a string up to its first comma, and true if it has one.
fn until_comma(text: &str) -> (&str, bool) {
    text.split_once(',').map_or((text, false), |(start, _)| (start, true))
}

fn decimal(node: &Node) -> Ascii {
    let mut text = Ascii::new();
    text.push_decimal(node.label.offset);
    text
}

fn hex(node: &Node) -> Ascii {
    let mut text = Ascii::new();
    text.push_hex(node.label.offset, HexDigits::LOWER);
    text
}

/// Returns the code units of a string followed by `end`, in lower case.
fn key(text: &str, end: &str) -> Vec<u16> {
    text.encode_utf16().take(COMPARED).chain(end.encode_utf16()).map(exact::lower).collect()
}

/// Returns the rank of each used string, by its number. `parts` returns the two parts of its sort key.
fn ranks<'t>(
    texts: &'t Texts,
    used: impl Iterator<Item = TextNumber>,
    parts: impl Fn(&'t str) -> (&'t str, &'t str),
) -> Vec<u32> {
    let mut ranks = vec![0; texts.len()];
    let mut keys: Vec<(Vec<u16>, TextNumber)> = Vec::new();
    for number in used {
        match ranks.get_mut(number as usize) {
            Some(rank) if *rank == 0 => *rank = 1, // marks the text as seen
            _ => continue,
        }
        let (text, end) = parts(texts.text(number));
        keys.push((key(text, end), number));
    }
    keys.sort_unstable();
    let equal = keys.chunk_by(|(one, _), (other, _)| one == other);
    for (rank, same) in (1..).zip(equal) {
        for &(_, number) in same {
            if let Some(known) = ranks.get_mut(number as usize) {
                *known = rank;
            }
        }
    }
    ranks
}
