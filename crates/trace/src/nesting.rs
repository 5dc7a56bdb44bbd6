//! Calls that nest in their threads.

use std::collections::HashMap;

/// The maximum number of threads that are remembered although they have no open call.
const THREADS: usize = 1 << 16;

/// The open calls of each thread.
#[derive(Debug)]
pub(crate) struct Nesting {
    threads: HashMap<(usize, u32), Thread>,
    limit: usize,
    /// The earliest time at which a call of a forgotten thread may start.
    floor: u64,
}

#[derive(Debug)]
struct Thread {
    /// The start of the latest call.
    latest: u64,
    /// The ends of the open calls, the outermost first. They do not increase.
    open: Vec<u64>,
}

impl Default for Nesting {
    fn default() -> Self {
        Self { threads: HashMap::new(), limit: THREADS, floor: 0 }
    }
}

impl Nesting {
    /// Adds a call of a thread, which is identified by the index of its process and its TID. Returns true if the call
    /// starts after the previous ones of its thread, and nests in those that are open.
    pub(crate) fn add(&mut self, thread: (usize, u32), start: u64, end: u64) -> bool {
        if self.threads.len() >= self.limit && !self.threads.contains_key(&thread) {
            self.forget(start);
        }
        let latest = self.floor;
        let thread = self.threads.entry(thread).or_insert(Thread { latest, open: Vec::new() });
        if start < thread.latest {
            return false;
        }
        thread.close(start);
        if thread.open.last().is_some_and(|&outer| end > outer) {
            return false;
        }
        thread.latest = start;
        if end > start {
            thread.open.push(end);
        }
        true
    }

    /// Forgets the threads that have no open call at a time. Their next calls must start at that time or later.
    fn forget(&mut self, time: u64) {
        let mut floor = self.floor;
        self.threads.retain(|_, thread| {
            let is_open = thread.open.first().is_some_and(|&end| end > time);
            if !is_open {
                floor = floor.max(time).max(thread.latest);
            }
            is_open
        });
        self.floor = floor;
        self.limit = THREADS.max(2 * self.threads.len());
    }
}

impl Thread {
    /// Removes the calls that end at or before a time.
    fn close(&mut self, time: u64) {
        while self.open.last().is_some_and(|&end| end <= time) {
            self.open.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Nesting, THREADS};

    #[test]
    fn calls_nest_or_overlap() {
        let mut nesting = Nesting::default();
        for (start, end, nests) in [
            (10, 50, true),
            (10, 50, true),
            (20, 30, true),
            (25, 31, false), // ends after the end of the call in which it starts
            (20, 21, true),
            (30, 50, true),
            (30, 30, true),
            (29, 30, false), // starts before the previous call
            (49, 51, false),
            (50, 60, true),
        ] {
            assert_eq!(nesting.add((0, 1), start, end), nests, "{start} {end}");
        }
        assert!(nesting.add((0, 2), 5, 100) && nesting.add((1, 1), 5, 100));
    }

    #[test]
    fn memory_is_bounded_by_open_calls() {
        let mut nesting = Nesting::default();
        assert!(nesting.add((0, 0), 0, u64::MAX));
        for thread in 1..u32::try_from(3 * THREADS).unwrap() {
            assert!(nesting.add((0, thread), thread.into(), u64::from(thread) + 1));
        }
        assert!(nesting.threads.len() <= THREADS + 1);
        assert!(nesting.add((0, 0), 1, 2), "the open call is remembered");
        assert!(!nesting.add((0, 1), 1, 2), "a forgotten thread continues after its calls");
    }
}
