//! The call stacks of threads in a profile, as trees of frames.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use fxprof_processed_profile::{
    CategoryHandle, Frame, FrameFlags, FrameInfo, Profile, StackHandle, StringHandle, ThreadHandle,
};
use hashbrown::HashTable;

use crate::changes::Place;
use crate::frames::write_name;
use crate::map::Map;

/// The call stacks of all threads.
///
/// The profile has the same trees, but needs several lookups in large tables to find a node.
#[derive(Default)]
pub(crate) struct Calls {
    /// The base addresses and names of the modules.
    modules: Vec<(u64, StringHandle)>,
    threads: Vec<Thread>,
    /// The last node of each stack, by the index of the stack.
    ends: Vec<NodeIndex>,
    nodes: Vec<Node>,
    /// The stack that ends at each node; `None` for the root of a thread.
    handles: Vec<Option<StackHandle>>,
    /// The indexes of the nodes, found by their [`Key`].
    children: HashTable<NodeIndex>,
    hasher: RandomState,
    /// The names of the frames.
    labels: Map<Place, StringHandle>,
    text: String,
}

/// The stacks of a thread.
struct Thread {
    handle: ThreadHandle,
    /// The root, and the nodes of the latest stack.
    path: Vec<NodeIndex>,
}

/// The index of a node. Memory would be full before 32 bits are too few.
type NodeIndex = u32;

/// A frame of a stack, below the frame that called it.
struct Node {
    key: Key,
    /// The two children that were found last. The next one is usually one of them, and near this node in memory.
    latest: [NodeIndex; 2],
}

/// The identity of a node: the node above it, and the parts of a [`Place`]. The address is 0 for a root.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Key {
    address: u64,
    module: u32,
    above: NodeIndex,
}

impl Calls {
    /// Creates the stacks of a profile without threads.
    pub(crate) fn new(profile: &mut Profile) -> Self {
        Self { modules: vec![(0, profile.intern_string("<unknown>"))], ..Self::default() }
    }

    /// Adds the next module. The first one has the index 1.
    pub(crate) fn add_module(&mut self, profile: &mut Profile, base: u64, name: &str) {
        self.modules.push((base, profile.intern_string(name)));
    }

    /// Adds the next thread.
    pub(crate) fn add_thread(&mut self, handle: ThreadHandle) {
        let root = self.push(Key::default(), None);
        self.threads.push(Thread { handle, path: vec![root] });
    }

    /// Adds the next stack. It begins with the first `same` frames of the thread's latest stack, counted from the
    /// outermost frame, and continues with the given frames.
    pub(crate) fn add_stack(&mut self, profile: &mut Profile, thread: usize, same: usize, places: &[Place]) {
        let Some(Thread { handle, path }) = self.threads.get_mut(thread) else { return };
        let (handle, mut path) = (*handle, std::mem::take(path));
        path.truncate(same + 1);
        let mut node = path.last().copied().unwrap_or_default();
        for &place in places {
            node = self.child(profile, handle, node, place);
            path.push(node);
        }
        self.ends.push(node);
        if let Some(thread) = self.threads.get_mut(thread) {
            thread.path = path;
        }
    }

    /// Returns a stack; `None` if it has no frames.
    pub(crate) fn stack(&self, index: usize) -> Option<StackHandle> {
        self.ends.get(index).and_then(|&end| self.handle(end))
    }

    fn handle(&self, node: NodeIndex) -> Option<StackHandle> {
        self.handles.get(node as usize).copied().flatten()
    }

    /// Returns the node of a frame below another node. Adds it if it is new.
    fn child(&mut self, profile: &mut Profile, thread: ThreadHandle, above: NodeIndex, place: Place) -> NodeIndex {
        let key = Key { address: place.address, module: place.module, above };
        let is_node = |&index: &NodeIndex| self.nodes.get(index as usize).is_some_and(|node| node.key == key);
        let [first, second] = self.nodes.get(above as usize).map_or([0; 2], |node| node.latest);
        if is_node(&first) {
            return first;
        }
        let child = if is_node(&second) {
            second
        } else {
            let hash = self.hasher.hash_one(key);
            match self.children.find(hash, is_node) {
                Some(&child) => child,
                None => self.add(profile, thread, key, hash),
            }
        };
        if let Some(node) = self.nodes.get_mut(above as usize) {
            node.latest = [child, first];
        }
        child
    }

    /// Adds a node, and its stack to the profile.
    fn add(&mut self, profile: &mut Profile, thread: ThreadHandle, key: Key, hash: u64) -> NodeIndex {
        let label = self.label(profile, Place { address: key.address, module: key.module });
        let category_pair = CategoryHandle::OTHER.into();
        let info = FrameInfo { frame: Frame::Label(label), category_pair, flags: FrameFlags::empty() };
        let frame = profile.intern_frame(thread, info);
        let stack = profile.intern_stack(thread, self.handle(key.above), frame);
        let node = self.push(key, Some(stack));
        let Self { nodes, hasher, children, .. } = self;
        let key = |&index: &NodeIndex| nodes.get(index as usize).map(|node| node.key).unwrap_or_default();
        children.insert_unique(hash, node, |index| hasher.hash_one(key(index)));
        node
    }

    fn push(&mut self, key: Key, stack: Option<StackHandle>) -> NodeIndex {
        let index = NodeIndex::try_from(self.nodes.len()).unwrap_or(NodeIndex::MAX);
        self.nodes.push(Node { key, latest: [0; 2] });
        self.handles.push(stack);
        index
    }

    /// Returns the name of a frame.
    fn label(&mut self, profile: &mut Profile, place: Place) -> StringHandle {
        let Self { modules, text, .. } = self;
        *self.labels.entry(place).or_insert_with(|| {
            text.clear();
            if let Some(&(base, name)) = modules.get(place.module as usize) {
                // Writing to a string does not fail.
                let _ = write_name(text, profile.get_string(name), place.address.wrapping_sub(base));
            }
            profile.intern_string(text)
        })
    }
}
