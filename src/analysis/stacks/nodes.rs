//! The nodes of a call tree, with a limit on their number.

use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

use super::super::processes::{TextNumber, Texts};

/// A number of events and the sum of their durations. Like Procmon, the sum wraps on overflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) time: u64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.time = self.time.wrapping_add(other.time);
    }
}

/// The identity of a node among its siblings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Label {
    /// The class of the path. For a process, this is the path of its image; for a frame, the path of its module.
    pub(super) class: u32,
    /// The group of the events of a process; 0 for a frame.
    pub(super) group: u32,
    /// The offset in the module, or the PID.
    pub(super) offset: u64,
}

/// The strings of a node, spelled as in its first event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spelling {
    pub(super) path: TextNumber,
    /// The name of a process; empty for a frame.
    pub(super) name: TextNumber,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) parent: u32,
    /// 0 for the root, 1 for a process, 2 for an outermost frame.
    pub(super) depth: u32,
    pub(super) label: Label,
    pub(super) spelling: Spelling,
    /// The child that was found last, or the root. It is usually the next one to be found, and near this node in memory,
    /// unlike its entry in [`Nodes::children`].
    pub(super) latest: u32,
    /// A hash of the labels from the root to this node. It depends only on their strings, offsets, PIDs and groups.
    pub(super) hash: u64,
    /// The events whose stack ends here.
    pub(super) own: Tally,
    /// The events whose stack continues in nodes that were omitted.
    pub(super) cut: Tally,
}

/// The rank of a node: its depth, then its hash. Nodes with the smallest ranks are kept. A child has a larger rank than
/// its parent.
type Rank = (u32, u64);

impl Node {
    fn rank(&self) -> Rank {
        (self.depth, self.hash)
    }
}

/// The nodes of a call tree.
///
/// If there are more nodes than the limit, those with the smallest ranks are kept. A node that is kept at the end was
/// never displaced, because its rank was always among the smallest ones. So its numbers are exact, and depend neither
/// on the order of events nor on the division of the log into parts.
#[derive(Debug)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    children: HashMap<(u32, Label), u32, Seed>,
    /// The nodes by rank, the largest first. Empty until the limit is reached.
    ranking: BinaryHeap<(Rank, u32)>,
    max_nodes: usize,
    max_depth: u32,
    /// The number of nodes that were displaced.
    displaced: u64,
}

impl Nodes {
    /// The number of the root.
    pub(super) const ROOT: u32 = 0;

    pub(super) fn new(max_nodes: usize, max_depth: u32) -> Self {
        Self {
            nodes: vec![Node::default()],
            children: HashMap::with_hasher(Seed::new()),
            ranking: BinaryHeap::new(),
            max_nodes,
            max_depth,
            displaced: 0,
        }
    }

    /// Returns how many nodes were displaced. Numbers of nodes are valid until this count changes.
    #[inline]
    pub(super) fn displaced(&self) -> u64 {
        self.displaced
    }

    pub(super) fn set_max_depth(&mut self, max_depth: u32) {
        self.max_depth = max_depth;
    }

    pub(super) fn set_max_nodes(&mut self, max_nodes: usize) {
        self.max_nodes = max_nodes.min(u32::MAX as usize - 1);
    }

    pub(super) fn as_slice(&self) -> &[Node] {
        &self.nodes
    }

    pub(super) fn sum(&self, of: impl Fn(&Node) -> u64) -> u64 {
        self.nodes.iter().map(of).sum()
    }

    /// Adds events whose stack ends at a node.
    pub(super) fn end(&mut self, node: u32, tally: Tally) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.own.add(tally);
        }
    }

    /// Adds events whose stack continues below a node, in nodes that are omitted.
    pub(super) fn cut(&mut self, node: u32, tally: Tally) {
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.cut.add(tally);
        }
    }

    /// Returns a child of a node. Adds it if it is new; returns `None` if it is omitted.
    #[inline]
    pub(super) fn child(&mut self, parent: u32, label: Label, spelling: Spelling, texts: &Texts) -> Option<u32> {
        let latest = self.nodes.get(parent as usize)?.latest;
        let is_child = |node: &Node| latest != Self::ROOT && node.parent == parent && node.label == label;
        if self.nodes.get(latest as usize).is_some_and(is_child) {
            return Some(latest);
        }
        let child = match self.children.get(&(parent, label)) {
            Some(&child) => child,
            None => self.add_child(parent, label, spelling, texts)?,
        };
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.latest = child;
        }
        Some(child)
    }

    #[cold]
    fn add_child(&mut self, parent: u32, label: Label, spelling: Spelling, texts: &Texts) -> Option<u32> {
        let above = self.nodes.get(parent as usize)?;
        let depth = above.depth + 1;
        if depth > self.max_depth {
            return None;
        }
        let mut hasher = Mixer(above.hash);
        (texts.hash(spelling.path), label.offset).hash(&mut hasher);
        if label.group != 0 {
            label.group.hash(&mut hasher);
        }
        let node = Node { parent, depth, label, spelling, hash: hasher.finish(), ..Node::default() };
        let number = if self.nodes.len() <= self.max_nodes { self.push(node) } else { self.displace(node)? };
        self.children.insert((parent, label), number);
        Some(number)
    }

    fn push(&mut self, node: Node) -> u32 {
        // `max_nodes` is less than 2^32.
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        number
    }

    /// Replaces the node with the largest rank. Returns `None` if the rank of the new node is even larger.
    fn displace(&mut self, node: Node) -> Option<u32> {
        if self.ranking.is_empty() {
            self.ranking = self.nodes.iter().zip(0..).skip(1).map(|(node, number)| (node.rank(), number)).collect();
        }
        let mut largest = self.ranking.peek_mut().filter(|largest| node.rank() < largest.0)?;
        let number = largest.1;
        *largest = (node.rank(), number);
        drop(largest);
        // The displaced node has no children: their ranks would be larger.
        let displaced = std::mem::replace(self.nodes.get_mut(number as usize)?, node);
        self.displaced += 1;
        self.children.remove(&(displaced.parent, displaced.label));
        self.cut(displaced.parent, displaced.own);
        self.cut(displaced.parent, displaced.cut);
        Some(number)
    }

    /// Adds the nodes of a later part of the log. `numbers` has the new number of each string of that part.
    pub(super) fn merge(&mut self, later: &Self, numbers: &[TextNumber], texts: &Texts) {
        /// The node to which a node of `later` is added, or the node at which its events are cut.
        #[derive(Clone, Copy)]
        enum At {
            Node(u32),
            Cut(u32),
        }
        // In the order of ranks, a node never displaces one that was added before it.
        let mut by_rank: Vec<(Rank, usize)> = later.nodes.iter().map(Node::rank).zip(0..).collect();
        by_rank.sort_unstable();
        let mut places = vec![At::Node(Self::ROOT); later.nodes.len()];
        let number = |text: TextNumber| numbers.get(text as usize).copied().unwrap_or(Texts::EMPTY);
        for (_, from) in by_rank {
            let Some(node) = later.nodes.get(from) else { continue };
            let spelling = Spelling { path: number(node.spelling.path), name: number(node.spelling.name) };
            let label = Label { class: texts.class(spelling.path), ..node.label };
            let place = match places.get(node.parent as usize).copied().unwrap_or(At::Cut(Self::ROOT)) {
                _ if from == Self::ROOT as usize => At::Node(Self::ROOT),
                At::Node(parent) => self.child(parent, label, spelling, texts).map_or(At::Cut(parent), At::Node),
                cut @ At::Cut(_) => cut,
            };
            match place {
                At::Node(to) => {
                    self.end(to, node.own);
                    self.cut(to, node.cut);
                }
                At::Cut(to) => {
                    self.cut(to, node.own);
                    self.cut(to, node.cut);
                }
            }
            if let Some(known) = places.get_mut(from) {
                *known = place;
            }
        }
    }
}

/// Builds hashers of numbers, which are faster than those of the standard library. The seed is random, so that a
/// crafted log cannot contain prepared collisions.
#[derive(Clone, Debug)]
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = Mixer;

    #[inline]
    fn build_hasher(&self) -> Mixer {
        Mixer(self.0)
    }
}

/// A hasher of numbers, which multiplies to 128 bits and combines both halves.
#[derive(Debug)]
struct Mixer(u64);

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        /// 2^64 divided by the golden ratio.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        let product = u128::from(self.0 ^ number) * u128::from(SPREAD);
        #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
        let (low, high) = (product as u64, (product >> 64) as u64);
        self.0 = (low ^ high).wrapping_add(SPREAD);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}
