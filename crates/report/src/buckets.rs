//! Numbers of events over time, by process and class.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::data::{ProcessCells, Timeline};
use crate::names::exact;

/// The maximum number of buckets.
const LIMIT: u64 = 1200;
/// The smallest width of a bucket: 10 µs.
const WIDTH: u64 = 100;
/// The maximum number of cells: about 40 MB.
const CELLS: usize = 1 << 20;
/// The number of processes with buckets of their own.
const PROCESSES: usize = 60;

/// Buckets of equal width. The width is 10 µs times a power of two: the smallest width with which the events fit in the
/// limits. Buckets start at multiples of it. The result does not depend on the order of the events, because the number
/// of cells of a width only grows.
#[derive(Debug)]
pub(crate) struct Buckets {
    width: u64,
    most_cells: usize,
    span: Option<(u64, u64)>,
    cells: HashMap<(u32, u8, u64), u64, RandomState>,
    /// The cell of the latest events, which is not yet in `cells`.
    last: ((u32, u8, u64), u64),
}

impl Default for Buckets {
    fn default() -> Self {
        Self { width: WIDTH, most_cells: CELLS, span: None, cells: HashMap::default(), last: ((0, 0, 0), 0) }
    }
}

impl Buckets {
    /// Adds an event.
    pub(crate) fn add(&mut self, time: u64, process: usize, class: usize) {
        self.extend((time, time));
        let (process, class) = (u32::try_from(process).unwrap_or(u32::MAX), u8::try_from(class).unwrap_or(u8::MAX));
        if self.last.0 != (process, class, time / self.width) {
            self.flush(); // can change the width
            self.last.0 = (process, class, time / self.width);
        }
        self.last.1 += 1;
    }

    fn flush(&mut self) {
        self.store_last();
        self.limit_cells();
    }

    fn store_last(&mut self) {
        let (key, events) = std::mem::take(&mut self.last);
        if events > 0 {
            *self.cells.entry(key).or_default() += events;
        }
    }

    fn limit_cells(&mut self) {
        while self.cells.len() > self.most_cells {
            self.widen(self.width.saturating_mul(2));
        }
    }

    fn extend(&mut self, (start, end): (u64, u64)) {
        let (first, last) = self.span.unwrap_or((start, end));
        let span = (first.min(start), last.max(end));
        if self.span == Some(span) {
            return;
        }
        self.span = Some(span);
        let mut width = self.width;
        while span.1 / width - span.0 / width >= LIMIT {
            width = width.saturating_mul(2);
        }
        self.widen(width);
    }

    fn widen(&mut self, width: u64) {
        if width == self.width {
            return;
        }
        self.store_last();
        let factor = width / self.width;
        self.width = width;
        for ((process, class, bucket), events) in std::mem::take(&mut self.cells) {
            *self.cells.entry((process, class, bucket / factor)).or_default() += events;
        }
    }

    pub(crate) fn merge(&mut self, mut later: Self) {
        let Some(span) = later.span else { return };
        self.extend(span);
        self.flush();
        later.flush();
        self.widen(self.width.max(later.width));
        later.widen(self.width);
        for (key, events) in later.cells {
            *self.cells.entry(key).or_default() += events;
        }
        self.limit_cells();
    }

    /// Returns the start of the first bucket, or `None` if there are no events.
    pub(crate) fn start(&self) -> Option<u64> {
        self.span.map(|(first, _)| first - first % self.width)
    }

    /// Returns the times of the first and the last event.
    pub(crate) fn span(&self) -> Option<(u64, u64)> {
        self.span
    }

    /// Returns the buckets by class, for the first `classes` classes, and by process, for the processes with the most
    /// events. `entries` is the number of processes. Times count from [`start`](Self::start).
    pub(crate) fn timeline(mut self, classes: usize, entries: usize) -> Timeline {
        self.flush();
        let (first, last) = self.span.unwrap_or_default();
        let buckets = if self.span.is_none() { 0 } else { last / self.width - first / self.width + 1 };
        let mut by_class = vec![vec![0; usize::try_from(buckets).unwrap_or_default()]; classes];
        let mut totals = vec![0_u64; entries];
        let mut cells: Vec<_> = self.cells.into_iter().collect();
        cells.sort_unstable();
        for &((process, class, bucket), events) in &cells {
            let at = usize::try_from(bucket - first / self.width).unwrap_or(usize::MAX);
            if let Some(sum) = by_class.get_mut(usize::from(class)).and_then(|list| list.get_mut(at)) {
                *sum += events;
            }
            if let Some(total) = totals.get_mut(process as usize) {
                *total += events;
            }
        }
        let mut shown: Vec<_> = (0..entries).filter(|&process| totals[process] > 0).collect();
        shown.sort_by_key(|&process| (std::cmp::Reverse(totals[process]), process));
        shown.truncate(PROCESSES);
        let start = first / self.width;
        let of = |process: usize| {
            let from = cells.partition_point(|((other, ..), _)| (*other as usize) < process);
            let own = cells[from..].iter().take_while(|((other, ..), _)| *other as usize == process);
            let cells = own.flat_map(|&((_, class, bucket), events)| [bucket - start, class.into(), events]).collect();
            ProcessCells { process, cells }
        };
        let by_process = shown.into_iter().map(of).collect();
        Timeline { start: 0, width: exact(self.width), by_class, by_process }
    }
}

#[cfg(test)]
mod tests {
    use super::{Buckets, LIMIT};

    /// The process, the class and the bucket of a cell, and its number of events.
    type Cell = ((u32, u8, u64), u64);

    /// Adds events of many processes, in parts, and returns the width and the cells.
    fn filled(parts: usize) -> (u64, Vec<Cell>) {
        let mut parts: Vec<Buckets> = (0..parts).map(|_| Buckets { most_cells: 500, ..Buckets::default() }).collect();
        let count = parts.len();
        for event in 0..6000_u64 {
            let part = usize::try_from(event).unwrap() * count / 6000;
            parts[part].add(event * 97, usize::try_from(event % 40).unwrap(), usize::try_from(event % 3).unwrap());
        }
        let mut whole = Buckets { most_cells: 500, ..Buckets::default() };
        parts.into_iter().for_each(|part| whole.merge(part));
        whole.flush();
        let mut cells: Vec<_> = whole.cells.into_iter().collect();
        cells.sort_unstable();
        (whole.width, cells)
    }

    #[test]
    fn the_number_of_cells_is_limited_in_any_order() {
        let (width, cells) = filled(1);
        assert!(cells.len() <= 500 && width > 6000 * 97 / LIMIT);
        assert_eq!(cells.iter().map(|(_, events)| events).sum::<u64>(), 6000);
        for parts in [2, 7] {
            assert_eq!(filled(parts), (width, cells.clone()));
        }
    }
}
