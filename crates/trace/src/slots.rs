//! Assigns indexes to call stacks and modules.

use procmon_parser::analysis::StackCache;
use procmon_parser::{Event, Frame, Module};

use crate::changes::{Change, Changes, Place};
use crate::frames::{frames, write_module};
use crate::map::Map;

/// The indexes of the stacks of all threads, and of their modules.
#[derive(Default)]
pub(crate) struct Slots {
    modules: Modules,
    /// The latest stack of each thread, outermost frame first. Most frames of its next stack are the same.
    latest: Vec<Vec<Place>>,
    known: StackCache<usize>,
    /// The number of stacks that were added.
    stacks: usize,
}

impl Slots {
    /// Returns the index of the stack of an event. Adds the stack to the changes if it is new. `thread` and `file` are
    /// the indexes of the thread and the file of the event.
    pub(crate) fn stack(&mut self, event: Event<'_>, thread: usize, file: usize, changes: &mut Changes) -> usize {
        if let Some(stack) = self.known.get(event, thread) {
            return stack;
        }
        let stack = self.stacks;
        self.stacks += 1;
        self.add(event, thread, file, changes);
        self.known.insert(event, thread, stack);
        stack
    }

    fn add(&mut self, event: Event<'_>, thread: usize, file: usize, changes: &mut Changes) {
        if self.latest.len() <= thread {
            self.latest.resize_with(thread + 1, Vec::new);
        }
        let Some(latest) = self.latest.get_mut(thread) else { return };
        let (mut same, mut is_same, start) = (0, true, changes.places.len());
        for frame in frames(event).rev() {
            let place = self.modules.place(frame, file, changes);
            is_same = is_same && latest.get(same) == Some(&place);
            if is_same {
                same += 1;
            } else {
                changes.places.push(place);
            }
        }
        let end = changes.places.len();
        let new = changes.places.get(start..).unwrap_or_default();
        latest.truncate(same);
        latest.extend_from_slice(new);
        changes.push(Change::Stack { thread, same, end });
    }
}

/// The modules of all files. Modules with the same base and name have the same index, so that frames of different files
/// can be equal.
#[derive(Default)]
struct Modules {
    /// The indexes of the modules of each file, by their position in its tables; 0 until the module occurs in a frame.
    files: Vec<Vec<u32>>,
    /// The index of each distinct module name.
    names: Map<String, usize>,
    /// The index of each distinct pair of a base and the index of a name.
    indexes: Map<(u64, usize), u32>,
}

impl Modules {
    #[inline]
    fn place(&mut self, frame: Frame<'_>, file: usize, changes: &mut Changes) -> Place {
        let Frame { address, module, .. } = frame;
        let Some(module) = module else { return Place { address, module: 0 } };
        let known = self.files.get(file).and_then(|indexes| indexes.get(module.table_index()));
        let known = known.copied().filter(|&index| index != 0);
        Place { address, module: known.unwrap_or_else(|| self.index(module, file, changes)) }
    }

    /// Returns the index of a module that did not occur in a frame of its file before.
    #[cold]
    fn index(&mut self, module: Module<'_>, file: usize, changes: &mut Changes) -> u32 {
        let mut name = String::new();
        // Writing to a string does not fail.
        let _ = write_module(&mut name, module);
        let (next, base) = (self.names.len(), module.base());
        let key = (base, *self.names.entry(name).or_insert(next));
        let next = u32::try_from(self.indexes.len() + 1).unwrap_or(u32::MAX);
        let index = *self.indexes.entry(key).or_insert_with(|| {
            let name_end = changes.text(|out| write_module(out, module));
            changes.push(Change::Module { name_end, base });
            next
        });
        if self.files.len() <= file {
            self.files.resize_with(file + 1, Vec::new);
        }
        let Some(indexes) = self.files.get_mut(file) else { return index };
        let at = module.table_index();
        if indexes.len() <= at {
            indexes.resize(at + 1, 0);
        }
        if let Some(known) = indexes.get_mut(at) {
            *known = index;
        }
        index
    }
}
