//! The call stacks of threads, as trees of frames.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use procmon_parser::analysis::StackCache;
use procmon_parser::{Event, Frame, Module};

use crate::changes::{Change, Changes, NodeNumber};
use crate::frames::{frames, write_frame, write_module};
use crate::numbers::Map;

/// The call stacks of all threads: a tree of frames for each thread.
#[derive(Default)]
pub(crate) struct Calls {
    modules: Modules,
    threads: Vec<Thread>,
    /// The last nodes of stacks by their addresses.
    ends: StackCache<NodeNumber>,
    nodes: Vec<Node>,
    /// The numbers of the nodes, found by their [`Key`].
    children: HashTable<NodeNumber>,
    hasher: RandomState,
    /// The numbers of the names of frames.
    labels: Map<Place, usize>,
}

/// The stacks of a thread.
struct Thread {
    root: NodeNumber,
    /// The latest stack, outermost frame first. Most frames of the next stack are the same.
    latest: Vec<(Place, NodeNumber)>,
}

/// A frame of a stack, below the frame that called it.
#[derive(Clone, Copy)]
struct Node {
    key: Key,
    /// The child that was found last, or 0. It is usually the next one to be found, and near this node in memory.
    child: NodeNumber,
}

/// The identity of a node: the node above it, and the parts of a [`Place`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    address: u64,
    module: u32,
    above: NodeNumber,
}

/// The identity of a frame: its address, and the number of its module or 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    address: u64,
    module: u32,
}

impl Calls {
    /// Adds the next thread, with a node for the empty stack.
    pub(crate) fn add_thread(&mut self) {
        let root = self.push(Key::default());
        self.threads.push(Thread { root, latest: Vec::new() });
    }

    /// Returns the last node of the stack of an event. New nodes are added to the changes.
    ///
    /// `thread` is the number of its thread, in the order of [`add_thread`](Self::add_thread), and `file` is the number
    /// of its file.
    pub(crate) fn end(&mut self, event: Event<'_>, thread: usize, file: usize, changes: &mut Changes) -> NodeNumber {
        if let Some(end) = self.ends.get(event, thread) {
            return end;
        }
        let end = self.walk(event, thread, file, changes);
        self.ends.insert(event, thread, end);
        end
    }

    /// Follows the stack of an event in the tree of its thread.
    fn walk(&mut self, event: Event<'_>, thread: usize, file: usize, changes: &mut Changes) -> NodeNumber {
        let Some(Thread { root, latest }) = self.threads.get_mut(thread) else { return 0 };
        let (mut node, mut latest) = (*root, std::mem::take(latest));
        let (mut depth, mut is_same) = (0, true);
        for frame in frames(event).rev() {
            let place = self.modules.place(frame, file);
            match latest.get(depth).filter(|(known, _)| is_same && *known == place) {
                Some(known) => node = known.1,
                None => {
                    is_same = false;
                    latest.truncate(depth);
                    node = self.child(thread, node, frame, place, changes);
                    latest.push((place, node));
                }
            }
            depth += 1;
        }
        latest.truncate(depth);
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.latest = latest;
        }
        node
    }

    /// Returns the node of a frame below another node. Adds it if it is new.
    fn child(
        &mut self,
        thread: usize,
        above: NodeNumber,
        frame: Frame<'_>,
        place: Place,
        changes: &mut Changes,
    ) -> NodeNumber {
        let key = Key { address: place.address, module: place.module, above };
        let is_node = |&number: &NodeNumber| self.nodes.get(number as usize).is_some_and(|node| node.key == key);
        // The root of the first thread has the number 0, which is no child.
        let latest = self.nodes.get(above as usize).map(|node| node.child);
        if let Some(latest) = latest.filter(|latest| *latest != 0 && is_node(latest)) {
            return latest;
        }
        let hash = self.hasher.hash_one(key);
        let known = self.children.find(hash, is_node).copied();
        let child = known.unwrap_or_else(|| {
            let label = self.label(frame, place, changes);
            changes.push(Change::Frame { thread, above, label });
            self.add(key, hash)
        });
        if let Some(node) = self.nodes.get_mut(above as usize) {
            node.child = child;
        }
        child
    }

    fn add(&mut self, key: Key, hash: u64) -> NodeNumber {
        let child = self.push(key);
        let Self { nodes, hasher, children, .. } = self;
        let key = |&number: &NodeNumber| nodes.get(number as usize).map(|node| node.key).unwrap_or_default();
        children.insert_unique(hash, child, |number| hasher.hash_one(key(number)));
        child
    }

    fn push(&mut self, key: Key) -> NodeNumber {
        let number = NodeNumber::try_from(self.nodes.len()).unwrap_or(NodeNumber::MAX);
        self.nodes.push(Node { key, child: 0 });
        number
    }

    /// Returns the number of the name of a frame.
    fn label(&mut self, frame: Frame<'_>, place: Place, changes: &mut Changes) -> usize {
        let next = self.labels.len();
        *self.labels.entry(place).or_insert_with(|| {
            let end = changes.text(|out| write_frame(out, frame));
            changes.push(Change::Label { end });
            next
        })
    }
}

/// The modules of all files. Modules with the same base and name have the same number, so that frames of several files
/// can be equal.
#[derive(Default)]
struct Modules {
    /// The numbers of the modules of each file, by their position in its tables; 0 until a frame has the module.
    files: Vec<Vec<u32>>,
    /// The numbers of the names.
    names: Map<String, usize>,
    numbers: Map<(u64, usize), u32>,
}

impl Modules {
    #[inline]
    fn place(&mut self, frame: Frame<'_>, file: usize) -> Place {
        let Frame { address, module, .. } = frame;
        let Some(module) = module else { return Place { address, module: 0 } };
        let known = self.files.get(file).and_then(|numbers| numbers.get(module.table_index()));
        let known = known.copied().filter(|&number| number != 0);
        Place { address, module: known.unwrap_or_else(|| self.number(module, file)) }
    }

    #[cold]
    fn number(&mut self, module: Module<'_>, file: usize) -> u32 {
        let mut name = String::new();
        // Writing to a string does not fail.
        let _ = write_module(&mut name, module);
        let next = self.names.len();
        let name = *self.names.entry(name).or_insert(next);
        let next = u32::try_from(self.numbers.len() + 1).unwrap_or(u32::MAX);
        let number = *self.numbers.entry((module.base(), name)).or_insert(next);
        if self.files.len() <= file {
            self.files.resize_with(file + 1, Vec::new);
        }
        let Some(numbers) = self.files.get_mut(file) else { return number };
        let at = module.table_index();
        if numbers.len() <= at {
            numbers.resize(at + 1, 0);
        }
        if let Some(known) = numbers.get_mut(at) {
            *known = number;
        }
        number
    }
}
