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

/// Finds the neighbours of matching events. It is given the events of the logs one by one, in order.
pub(super) struct Context {
    before: usize,
    after: usize,
    same: Option<Same>,
    lanes: HashMap<Key, Lane>,
    /// The lane of the last event that was shown, and the position of the event in that lane.
    shown: Option<(Key, u64)>,
    /// The number of lanes with events to show after a match.
    open: usize,
    has_warned: bool,
}

/// The key of a lane: the index of the log, the process key and the thread id. The last two are 0 if neighbours may
/// differ in them.
type Key = (usize, u32, u32);

/// The state of a lane. A lane is the events among which neighbours are found: those of a log, or of one of its
/// processes or threads.
#[derive(Default)]
struct Lane {
    /// The last events that were not shown.
    last: VecDeque<Place>,
    /// The number of events so far.
    passed: u64,
    /// The number of events to show after a match.
    after: usize,
}

/// An event to show.
pub(super) struct Shown {
    /// Earlier events to show before this one.
    pub(super) before: Vec<Place>,
    /// True if events were left out since the last event that was shown.
    pub(super) is_apart: bool,
}

impl Context {
    pub(super) fn new(before: usize, after: usize, same: Option<Same>) -> Self {
        Self { before, after, same, lanes: HashMap::new(), shown: None, open: 0, has_warned: false }
    }

    /// Returns true if all neighbours of the matches so far have been shown.
    pub(super) fn is_complete(&self) -> bool {
        self.open == 0
    }

    /// Adds the next event. Returns the event with its earlier neighbours if it must be shown now; otherwise `None`.
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
