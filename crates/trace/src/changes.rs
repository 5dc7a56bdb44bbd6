//! The changes that events make to a profile.
//!
//! A thread that reads the log makes them, and another one applies them. Processes, threads, nodes and names of frames have
//! numbers in the order in which they are added.

use std::fmt;

use procmon_parser::code::EventClass;

use crate::clock::Span;

/// The number of a node of a tree of frames. More nodes than that would not fit in memory.
pub(crate) type NodeNumber = u32;

/// The number of changes that are passed at once.
const CHANGES: usize = 2048;
/// The number of bytes of text that are passed at once.
const TEXT: usize = 1 << 18;

/// A change of a profile. Times are in ticks; a text is the part of [`Changes::texts`] up to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Adds a process.
    Process { name_end: usize, pid: u32, start: u64, end: Option<u64> },
    /// Adds a thread, and the node of its empty stack.
    Thread { process: usize, tid: u32, start: u64, is_first: bool },
    /// Adds the name of a frame.
    Label { end: usize },
    /// Adds the node of a frame.
    Frame { thread: usize, above: NodeNumber, label: usize },
    /// Adds a marker, whose texts are the name, the path, the result and the detail.
    Marker { thread: usize, span: Span, is_instant: bool, class: EventClass, ends: [usize; 4], ordinal: u32 },
    /// Sets the stack of the latest marker.
    MarkerStack { node: NodeNumber },
    /// Adds a sample of a thread.
    Sample { thread: usize, time: u64, cpu: u64, node: NodeNumber },
    /// Adds a sample of a process: the microseconds of CPU time, the private bytes, and the working set.
    Counters { process: usize, time: u64, values: [u64; 3] },
}

/// Some changes, in their order.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    changes: Vec<Change>,
    /// The texts of the changes.
    texts: String,
}

impl Changes {
    pub(crate) fn push(&mut self, change: Change) {
        self.changes.push(change);
    }

    /// Adds a text, which `write` writes. Returns its end.
    pub(crate) fn text(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) -> usize {
        // Writing to a string does not fail.
        let _ = write(&mut self.texts);
        self.texts.len()
    }

    /// Returns true if the changes should be passed now.
    pub(crate) fn is_full(&self) -> bool {
        self.changes.len() >= CHANGES || self.texts.len() >= TEXT
    }

    /// Removes and returns the changes.
    pub(crate) fn take(&mut self) -> Self {
        let next = Self {
            changes: Vec::with_capacity(self.changes.capacity()),
            texts: String::with_capacity(self.texts.capacity()),
        };
        std::mem::replace(self, next)
    }

    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.texts.clear();
    }

    /// Calls `apply` with each change, and with a function that returns its next text, given the end.
    pub(crate) fn for_each(&self, mut apply: impl FnMut(Change, &mut Texts<'_>)) {
        let mut texts = Texts { texts: &self.texts, at: 0 };
        self.changes.iter().for_each(|&change| apply(change, &mut texts));
    }
}

/// The texts of some changes, from the first one that was not read yet.
#[derive(Debug)]
pub(crate) struct Texts<'c> {
    texts: &'c str,
    at: usize,
}

impl<'c> Texts<'c> {
    /// Returns the next text.
    pub(crate) fn next(&mut self, end: usize) -> &'c str {
        let start = std::mem::replace(&mut self.at, end);
        self.texts.get(start..end).unwrap_or_default()
    }
}
