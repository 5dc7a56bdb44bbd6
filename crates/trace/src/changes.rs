//! The changes that events make to a profile.
//!
//! One thread reads the log and records the changes, and another one applies them. Processes, threads, modules and
//! stacks are identified by indexes, in the order in which they are added: from 1 for modules, from 0 for the others.

use std::fmt;

use procmon_parser::code::EventClass;

use crate::clock::Span;

/// The identity of a frame: its address, and the index of its module, or 0 if the address is outside of all modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) address: u64,
    pub(crate) module: u32,
}

/// The number of changes that are passed at once.
const CHANGES: usize = 2048;
/// The number of bytes of text that are passed at once.
const TEXT: usize = 1 << 18;
/// The number of frames that are passed at once.
const PLACES: usize = 1 << 15;

/// A change of a profile. Times are in ticks. The texts of all changes are in one string; a change stores where its
/// text ends in that string, and the text begins where the previous one ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// Adds a process.
    Process { name_end: usize, pid: u32, start: u64, end: Option<u64> },
    /// Adds a thread.
    Thread { process: usize, tid: u32, start: u64, is_first: bool },
    /// Adds a module.
    Module { name_end: usize, base: u64 },
    /// Adds a stack of a thread. Its first `same` frames are those of the thread's latest stack, counted from the
    /// outermost frame. The others are stored like texts, up to `end`.
    Stack { thread: usize, same: usize, end: usize },
    /// Adds a marker, whose texts are the name, the path, the result and the detail.
    Marker { thread: usize, span: Span, is_instant: bool, class: EventClass, ends: [usize; 4], ordinal: u32 },
    /// Sets the stack of the latest marker.
    MarkerStack { stack: usize },
    /// Adds a sample of a thread.
    Sample { thread: usize, time: u64, cpu: u64, stack: usize },
    /// Adds a sample of a process: the microseconds of CPU time, the private bytes, and the working set.
    Counters { process: usize, time: u64, values: [u64; 3] },
}

/// Some changes, in their order.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    changes: Vec<Change>,
    /// The texts of the changes.
    texts: String,
    /// The frames of the stacks of the changes.
    pub(crate) places: Vec<Place>,
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
        self.changes.len() >= CHANGES || self.texts.len() >= TEXT || self.places.len() >= PLACES
    }

    /// Removes and returns the changes.
    pub(crate) fn take(&mut self) -> Self {
        let next = Self {
            changes: Vec::with_capacity(self.changes.capacity()),
            texts: String::with_capacity(self.texts.capacity()),
            places: Vec::with_capacity(self.places.capacity()),
        };
        std::mem::replace(self, next)
    }

    pub(crate) fn clear(&mut self) {
        self.changes.clear();
        self.texts.clear();
        self.places.clear();
    }

    /// Calls `apply` with each change, and with the texts and frames that were not read yet.
    pub(crate) fn for_each(&self, mut apply: impl FnMut(Change, &mut Rest<'_>)) {
        let mut rest = Rest { changes: self, text: 0, place: 0 };
        self.changes.iter().for_each(|&change| apply(change, &mut rest));
    }
}

/// The texts and frames of changes that were not read yet.
#[derive(Debug)]
pub(crate) struct Rest<'c> {
    changes: &'c Changes,
    text: usize,
    place: usize,
}

impl<'c> Rest<'c> {
    /// Returns the next text, given its end.
    pub(crate) fn text(&mut self, end: usize) -> &'c str {
        let start = std::mem::replace(&mut self.text, end);
        self.changes.texts.get(start..end).unwrap_or_default()
    }

    /// Returns the next frames, given their end.
    pub(crate) fn places(&mut self, end: usize) -> &'c [Place] {
        let start = std::mem::replace(&mut self.place, end);
        self.changes.places.get(start..end).unwrap_or_default()
    }
}
