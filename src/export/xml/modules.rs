//! The modules in Procmon's list of a process (`modulelist`).
//!
//! A log keeps every module that a process ever loaded, so modules may overlap: one was unloaded, and another was
//! loaded at the same addresses. Procmon 3.94 lists the latest: it takes the modules from the latest load time to the
//! earliest, and skips every module that overlaps a listed one or ends exactly where a listed one begins. The address
//! after the last byte of a module wraps around at the end of the address space, so such a module overlaps few others.
//!
//! Most modules of a process have the same load time, so the result depends on the order in which Procmon's sort leaves
//! equal elements. It is `std::sort` of Microsoft's C++ library, which is not stable, so [`sort`] repeats its steps.
//! Both rules agree with the XML exports of Procmon 3.94.

use std::collections::BTreeMap;

use crate::index::{Module, Process};

/// Returns the modules that Procmon lists, in the order of their base addresses.
pub(super) fn listed(process: Process<'_>) -> impl Iterator<Item = Module<'_>> {
    let mut modules: Vec<_> = process.modules().collect();
    sort(&mut modules, |a, b| a.load_time() < b.load_time());
    let last_address = process.log_index().pointer_width().last_address();
    let end = |module: &Module<'_>| module.base().wrapping_add(module.size().into()) & last_address;
    let mut ranges = Ranges::default();
    let latest_first = modules.into_iter().rev();
    let mut listed: Vec<_> = latest_first.filter(|module| ranges.insert(module.base(), end(module))).collect();
    listed.sort_by_key(|module| module.base());
    listed.into_iter()
}

/// The ranges of addresses of the listed modules: the end of each range by its start. A range that starts and ends within
/// another one is left out, because it never decides alone. So the ends are in ascending order as well.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    /// Adds a range, unless there is one that starts at or before `end` and ends after `start`. Returns true if it was
    /// added.
    fn insert(&mut self, start: u64, end: u64) -> bool {
        let last_until = |address| self.0.range(..=address).next_back().map(|(_, &end)| end);
        if last_until(end).is_some_and(|last| last > start) {
            return false;
        }
        if last_until(start).is_none_or(|last| last < end) {
            while let Some((&within, _)) = self.0.range(start..).next().filter(|&(_, &last)| last <= end) {
                self.0.remove(&within);
            }
            self.0.insert(start, end);
        }
        true
    }
}

/// Sorts like `std::sort` of Microsoft's C++ library (`_Sort_unchecked` in its header `algorithm`), including the order
/// of equal elements.
///
/// The library partitions around a guessed median into less, equal and greater, and sorts parts of up to 32 elements by
/// insertion. A part that was partitioned too often is sorted by a heap, as in introsort.
fn sort<T: Copy>(elements: &mut [T], is_less: impl Fn(&T, &T) -> bool + Copy) {
    let mut sorter = Sorter { elements, is_less };
    // The third number is the library's `_Ideal`: the length of all elements, multiplied by 3/4 at each partition that
    // led to the part. At 0, partitioning stops.
    let mut pending = vec![(0, sorter.elements.len(), sorter.elements.len())];
    while let Some((first, last, ideal)) = pending.pop() {
        // 32 is the library's `_ISORT_MAX`.
        if last - first <= 32 {
            // An insertion sort is stable.
            let part = sorter.elements.get_mut(first..last).unwrap_or_default();
            part.sort_by(|a, b| is_less(b, a).cmp(&is_less(a, b)));
        } else if ideal == 0 {
            sorter.sort_by_heap(first, last);
        } else {
            let (low, high) = sorter.partition(first, last);
            let ideal = ideal / 2 + ideal / 4;
            pending.extend([(first, low, ideal), (high, last, ideal)]);
        }
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

    fn get(&self, at: usize) -> Option<T> {
        self.elements.get(at).copied()
    }

    fn set(&mut self, at: usize, element: Option<T>) {
        if let (Some(place), Some(element)) = (self.elements.get_mut(at), element) {
            *place = element;
        }
    }

    /// Sorts a part like the library's `_Make_heap_unchecked` and `_Sort_heap_unchecked`.
    fn sort_by_heap(&mut self, first: usize, last: usize) {
        let len = last - first;
        for hole in (0..len / 2).rev() {
            self.sink(first, hole, len, self.get(first + hole));
        }
        for end in (1..len).rev() {
            let element = self.get(first + end);
            self.set(first + end, self.get(first));
            self.sink(first, 0, end, element);
        }
    }

    /// Moves a hole in the heap of `len` elements from `top` to a leaf, always to the greater child, and then up to the
    /// place of `element` (`_Pop_heap_hole_by_index`).
    fn sink(&mut self, first: usize, top: usize, len: usize, element: Option<T>) {
        let mut hole = top;
        while hole < (len - 1) / 2 {
            let mut child = 2 * hole + 2;
            if self.less(first + child, first + child - 1) {
                child -= 1;
            }
            self.set(first + hole, self.get(first + child));
            hole = child;
        }
        if hole == (len - 1) / 2 && len.is_multiple_of(2) {
            self.set(first + hole, self.get(first + len - 1));
            hole = len - 1;
        }
        while hole > top {
            let parent = (hole - 1) / 2;
            if !self.get(first + parent).zip(element).is_some_and(|(parent, element)| (self.is_less)(&parent, &element))
            {
                break;
            }
            self.set(first + hole, self.get(first + parent));
            hole = parent;
        }
        self.set(first + hole, element);
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

    /// Moves an estimate of the median to the middle: the median of three elements, or Tukey's ninther for more than
    /// 41.
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

    /// Partitions the elements into those less than a pivot, equal to it, and greater. Returns the bounds of the equal
    /// ones.
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

    /// Moves `above` up to the next element that is less than the pivot; moves equal elements next to the pivot.
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

    /// Moves `below` down to just after an element that is greater than the pivot; moves equal elements next to the
    /// pivot.
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

#[cfg(test)]
mod tests {
    use super::{Ranges, Sorter, sort};
    use proptest::prelude::*;

    /// Returns numbers in no order, some of them several times.
    fn scattered(len: usize) -> Vec<usize> {
        (0..len).map(|n| n.wrapping_mul(2_654_435_769) >> 12 & 0xFF).collect()
    }

    proptest! {
        #[test]
        fn ranges_are_compared_with_all_others(ranges in proptest::collection::vec((0..24_u64, 0..24_u64), 0..40)) {
            let (mut set, mut listed) = (Ranges::default(), Vec::<(u64, u64)>::new());
            for (start, end) in ranges {
                let is_free = listed.iter().all(|&(other, other_end)| other > end || other_end <= start);
                prop_assert_eq!(set.insert(start, end), is_free);
                if is_free {
                    listed.push((start, end));
                }
            }
        }
    }

    #[test]
    fn a_part_is_sorted_and_the_rest_is_unchanged() {
        for len in [2, 3, 40, 41, 300] {
            for (first, last) in [(0, len), (1, len), (len / 3, len - len / 4)] {
                let mut elements = scattered(len);
                let mut expected = elements.clone();
                expected[first..last].sort_unstable();
                Sorter { elements: &mut elements, is_less: |a: &usize, b: &usize| a < b }.sort_by_heap(first, last);
                assert_eq!(elements, expected, "{first}..{last}");
            }
        }
    }

    #[test]
    fn all_elements_are_sorted() {
        for len in [0, 1, 32, 33, 100, 5000] {
            let mut elements = scattered(len);
            let mut expected = elements.clone();
            expected.sort_unstable();
            sort(&mut elements, |a, b| a < b);
            assert_eq!(elements, expected);
        }
    }
}
