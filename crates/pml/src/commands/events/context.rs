//! The neighbours of events.

use std::collections::{HashMap, VecDeque};

use clap::ValueEnum;
use procmon_parser::Event;

use super::places::Place;
use crate::term::warn;

/// The common property of neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Same {
    /// Neighbours of the same thread.
    Thread,
    /// Neighbours of the same process.
    Process,
}

/// The maximum number of threads or processes whose last events are remembered.
const MAX_LANES: usize = 1 << 16;

/// Finds the neighbours of matching events while the events of the logs pass in order.
pub(super) struct Context {
    before: usize,
    after: usize,
    same: Option<Same>,
    lanes: HashMap<Key, Lane>,
    /// The lane and the position of the last event that was shown.
    shown: Option<(Key, u64)>,
    /// The number of lanes with events to show after a match.
    open: usize,
    has_warned: bool,
}

/// The number of the log, the key of the process and the thread of a lane. The key and the thread are 0 if neighbours
/// need not share them.
type Key = (usize, u32, u32);

/// The events among which neighbours are found: those of a log, or of a process or thread of it.
#[derive(Default)]
struct Lane {
    /// The last events that were not shown.
    last: VecDeque<Place>,
    /// The number of events that passed.
    passed: u64,
    /// The number of events to show after a match.
    after: usize,
}

/// An event to show.
pub(super) struct Shown {
    /// The events to show before it.
    pub(super) before: Vec<Place>,
    /// True if other events are between the last one that was shown and these.
    pub(super) is_apart: bool,
}

impl Context {
    pub(super) fn new(before: usize, after: usize, same: Option<Same>) -> Self {
        Self { before, after, same, lanes: HashMap::new(), shown: None, open: 0, has_warned: false }
    }

    /// Returns true if no event needs to be shown because of the matches so far.
    pub(super) fn is_complete(&self) -> bool {
        self.open == 0
    }

    /// Adds the next event. Returns the events to show; `None` if the event is not shown now.
    pub(super) fn add(&mut self, place: Place, event: Event<'_>, is_match: bool) -> Option<Shown> {
        let key = match self.same {
            None => (place.log(), 0, 0),
            Some(Same::Process) => (place.log(), event.process_key().0, 0),
            Some(Same::Thread) => (place.log(), event.process_key().0, event.thread_id()),
        };
        self.limit_lanes();
        let lane = self.lanes.entry(key).or_default();
        let position = lane.passed;
        lane.passed += 1;
        if !is_match && lane.after == 0 {
            lane.last.push_back(place);
            if lane.last.len() > self.before {
                lane.last.pop_front();
            }
            return None;
        }
        let was_open = lane.after > 0;
        lane.after = if is_match { self.after } else { lane.after - 1 };
        match (was_open, lane.after > 0) {
            (false, true) => self.open += 1,
            (true, false) => self.open -= 1,
            _ => {}
        }
        let before: Vec<_> = lane.last.drain(..).collect();
        let first = position - before.len() as u64;
        let is_apart = self.shown.is_some_and(|shown| first.checked_sub(1).is_none_or(|last| shown != (key, last)));
        self.shown = Some((key, position));
        Some(Shown { before, is_apart })
    }

    /// Forgets the last events of all lanes if there are too many lanes, which only happens in a crafted log.
    fn limit_lanes(&mut self) {
        if self.lanes.len() >= MAX_LANES {
            self.lanes.retain(|_, lane| lane.after > 0);
            if self.lanes.len() >= MAX_LANES {
                self.lanes.clear();
                self.open = 0;
            }
            if !self.has_warned {
                self.has_warned = true;
                warn("the logs have too many threads or processes; some neighbours of events are missing");
            }
        }
    }
}
