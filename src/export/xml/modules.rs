//! Which modules of a process Procmon lists.
//!
//! A log keeps the history of a process's modules; Procmon lists the latest ones: from the latest to the earliest, each
//! that overlaps none of those listed, nor ends where one of them begins. Of modules of one time, which most are, the
//! order depends on how its sort treats equals: it is the one of Microsoft's C++ library, which is not stable. So this
//! follows its steps.

use std::collections::BTreeMap;

use crate::index::{Module, Process};

/// The modules that Procmon lists, by base.
pub(super) fn listed(process: Process<'_>) -> impl Iterator<Item = Module<'_>> {
    let mut modules: Vec<_> = process.modules().collect();
    sort(&mut modules, |a, b| a.load_time() < b.load_time());
    let mut left = BTreeMap::<u64, Module<'_>>::new();
    for module in modules.into_iter().rev() {
        let end = |module: &Module<'_>| module.base().saturating_add(module.size().into());
        let is_below_one = left.range(module.base()..=end(&module)).next().is_some();
        // Those listed do not overlap each other, so the nearest reaches farthest.
        let is_within_one =
            left.range(..module.base()).next_back().is_some_and(|(_, below)| end(below) > module.base());
        if !is_below_one && !is_within_one {
            left.insert(module.base(), module);
        }
    }
    left.into_values()
}

/// Sorts as `std::sort` of Microsoft's C++ library does, where `is_less` cannot tell elements apart.
fn sort<T: Copy>(elements: &mut [T], is_less: impl Fn(&T, &T) -> bool + Copy) {
    let mut ideal = elements.len();
    let mut sorter = Sorter { elements, is_less };
    let mut pending = vec![(0, sorter.elements.len())];
    while let Some((mut first, mut last)) = pending.pop() {
        // Up to so many elements are inserted, which is stable.
        while last - first > 32 && ideal > 0 {
            let (low, high) = sorter.partition(first, last);
            ideal = ideal / 2 + ideal / 4;
            if low - first < last - high {
                pending.push((first, low));
                first = high;
            } else {
                pending.push((high, last));
                last = low;
            }
        }
        // The library gives up on hostile orders as well, for a sort by heaps.
        let rest = sorter.elements.get_mut(first..last).unwrap_or_default();
        rest.sort_by(|a, b| is_less(b, a).cmp(&is_less(a, b)));
    }
}

struct Sorter<'t, T, F> {
    elements: &'t mut [T],
    is_less: F,
}

impl<T: Copy, F: Fn(&T, &T) -> bool> Sorter<'_, T, F> {
    fn less(&self, a: usize, b: usize) -> bool {
        match (self.elements.get(a), self.elements.get(b)) {
            (Some(a), Some(b)) => (self.is_less)(a, b),
            _ => false,
        }
    }

    fn equal(&self, a: usize, b: usize) -> bool {
        !self.less(a, b) && !self.less(b, a)
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < self.elements.len() {
            self.elements.swap(a, b);
        }
    }

    fn sort_three(&mut self, first: usize, middle: usize, last: usize) {
        if self.less(middle, first) {
            self.swap(middle, first);
        }
        if self.less(last, middle) {
            self.swap(last, middle);
            if self.less(middle, first) {
                self.swap(middle, first);
            }
        }
    }

    /// Puts a likely median into the middle.
    fn guess_median(&mut self, first: usize, middle: usize, last: usize) {
        if last - first > 40 {
            let step = (last - first + 1) / 8;
            self.sort_three(first, first + step, first + 2 * step);
            self.sort_three(middle - step, middle, middle + step);
            self.sort_three(last - 2 * step, last - step, last);
            self.sort_three(first + step, middle, last - step);
        } else {
            self.sort_three(first, middle, last);
        }
    }

    /// Parts the elements into less than a pivot, equal to it, and greater; gives the bounds of the equal ones.
    fn partition(&mut self, first: usize, last: usize) -> (usize, usize) {
        let middle = first + (last - first) / 2;
        self.guess_median(first, middle, last - 1);
        let (mut low, mut high) = (middle, middle + 1);
        while first < low && self.equal(low - 1, low) {
            low -= 1;
        }
        while high < last && self.equal(high, low) {
            high += 1;
        }
        let (mut above, mut below) = (high, low);
        loop {
            (above, high) = self.pass_above(above, last, low, high);
            (below, low) = self.pass_below(first, below, low);
            match (below == first, above == last) {
                (true, true) => return (low, high),
                (true, false) => {
                    if high != above {
                        self.swap(low, high);
                    }
                    high += 1;
                    self.swap(low, above);
                    (low, above) = (low + 1, above + 1);
                }
                (false, true) => {
                    (below, low, high) = (below - 1, low - 1, high - 1);
                    if below != low {
                        self.swap(below, low);
                    }
                    self.swap(low, high);
                }
                (false, false) => {
                    below -= 1;
                    self.swap(above, below);
                    above += 1;
                }
            }
        }
    }

    /// Goes up to an element that is less than the pivot; gathers equal ones.
    fn pass_above(&mut self, mut above: usize, last: usize, low: usize, mut high: usize) -> (usize, usize) {
        while above < last {
            if !self.less(low, above) {
                if self.less(above, low) {
                    break;
                }
                self.swap(high, above);
                high += 1;
            }
            above += 1;
        }
        (above, high)
    }

    /// Goes down to behind an element that is greater than the pivot; gathers equal ones.
    fn pass_below(&mut self, first: usize, mut below: usize, mut low: usize) -> (usize, usize) {
        while first < below {
            if !self.less(below - 1, low) {
                if self.less(low, below - 1) {
                    break;
                }
                low -= 1;
                self.swap(low, below - 1);
            }
            below -= 1;
        }
        (below, low)
    }
}
