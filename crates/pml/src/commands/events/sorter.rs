//! The order of events.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use procmon_parser::{Column, Event, Style};

use super::places::Place;

/// Collects the places of events, and sorts them. Keeps only the requested number of places.
pub(super) struct Sorter {
    column: Option<Column>,
    /// True if places are collected in the opposite order. [`finish`](Self::finish) restores the requested order.
    is_flipped: bool,
    /// The maximum number of places to keep.
    max_len: usize,
    /// True if the last places are kept, not the first ones.
    from_end: bool,
    heap: BinaryHeap<Ranked>,
}

impl Sorter {
    /// Creates a sorter by a column, or by position. Durations are sorted in descending order, everything else in
    /// ascending order.
    pub(super) fn new(column: Option<Column>, is_reversed: bool) -> Self {
        Self { column, is_flipped: is_reversed, max_len: usize::MAX, from_end: false, heap: BinaryHeap::new() }
    }

    /// Keeps only the first places.
    pub(super) fn first(mut self, max_len: usize) -> Self {
        self.max_len = max_len;
        self
    }

    /// Keeps only the last places.
    pub(super) fn last(mut self, max_len: usize) -> Self {
        (self.max_len, self.from_end, self.is_flipped) = (max_len, true, !self.is_flipped);
        self
    }

    pub(super) fn add(&mut self, place: Place, event: Event<'_>, style: &Style) {
        let key = self.column.map_or(Key::Number(None), |column| Key::of(event, column, style));
        let is_descending = self.column == Some(Column::DURATION);
        self.heap.push(Ranked { key, place, is_descending, is_flipped: self.is_flipped });
        if self.heap.len() > self.max_len {
            self.heap.pop();
        }
    }

    /// Returns the places in order.
    pub(super) fn finish(self) -> Vec<Place> {
        let from_end = self.from_end;
        let mut places: Vec<_> = self.heap.into_sorted_vec().into_iter().map(|ranked| ranked.place).collect();
        if from_end {
            places.reverse();
        }
        places
    }
}

/// The value of an event in the column that it is sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(Option<u64>),
    Text(Box<str>),
}

impl Key {
    fn of(event: Event<'_>, column: Column, style: &Style) -> Self {
        let process = event.process();
        Self::Number(match column {
            Column::DATE_AND_TIME | Column::TIME_OF_DAY | Column::RELATIVE_TIME => Some(event.time().0),
            Column::COMPLETION_TIME => event.completion_time().map(|time| time.0),
            Column::DURATION => event.duration().map(|duration| duration.0),
            Column::PID => process.map(|process| process.pid().into()),
            Column::PARENT_PID => process.map(|process| process.parent_pid().into()),
            Column::SESSION => process.map(|process| process.session().into()),
            Column::TID => Some(event.thread_id().into()),
            Column::PROCESS_START | Column::HIGH_RESOLUTION_PROCESS_START => {
                process.map(|process| process.start_time().0)
            }
            _ => return Self::Text(event.text_in(column, style).to_string().to_lowercase().into()),
        })
    }
}

/// A place with its key.
#[derive(Debug, PartialEq, Eq)]
struct Ranked {
    key: Key,
    place: Place,
    is_descending: bool,
    is_flipped: bool,
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        let keys = self.key.cmp(&other.key);
        let order = if self.is_descending { keys.reverse() } else { keys }.then(self.place.cmp(&other.place));
        if self.is_flipped { order.reverse() } else { order }
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
