//! The address spaces of the processes, for looking up the module of an address.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;

use super::history::History;
use crate::wire::layout::ModuleRecord;
use crate::wire::{FileTime, PointerWidth};

/// The address spaces of all processes, each divided into spans at the starts and ends of its modules.
///
/// Modules overlap if a process loaded a library at addresses where it had unloaded another. The module of an address
/// then depends on the time. Most spans are simple, however: if the last module in stored order was also loaded first,
/// it is the module of the span at any time after it was loaded.
#[derive(Debug)]
pub(super) struct AddressSpaces {
    width: PointerWidth,
    /// The spans of all processes; those of one process are in ascending order and do not overlap.
    spans: Vec<Span>,
    /// The range in `spans` of each process, by its position in the table, and the latest load time of its modules.
    spaces: Vec<(Range<usize>, FileTime)>,
    /// The histories of the processes with more than `FEW` modules, sorted by position; each is built on first use.
    histories: Vec<(usize, OnceLock<History>)>,
    hints: Hints,
}

/// A process with at most this many modules gets no history; in its contested spans, all its modules are searched one
/// by one.
const FEW: usize = 256;

/// A range of addresses that the same modules cover.
#[derive(Clone, Copy, Debug)]
struct Span {
    start: u64,
    end: u64,
    /// The load time of the module that was loaded first.
    loaded: FileTime,
    /// The index, in the modules of the process, of the last one that covers the span.
    last: u32,
    /// True if the span belonged to a different module before the last one was loaded.
    is_contested: bool,
}

impl AddressSpaces {
    pub(super) fn new(width: PointerWidth) -> Self {
        Self { width, spans: Vec::new(), spaces: Vec::new(), histories: Vec::new(), hints: Hints::new() }
    }

    /// Adds the next process.
    pub(super) fn push(&mut self, modules: &[ModuleRecord]) {
        let start = self.spans.len();
        self.push_spans(modules);
        if modules.len() > FEW {
            self.histories.push((self.spaces.len(), OnceLock::new()));
        }
        let settled = modules.iter().map(ModuleRecord::load_time).max().unwrap_or(FileTime(0));
        self.spaces.push((start..self.spans.len(), settled));
    }

    /// Divides the address space of a process into spans. Takes O(n log n) time, however the modules overlap.
    fn push_spans(&mut self, modules: &[ModuleRecord]) {
        let end_of = |module: &ModuleRecord| module.end(self.width);
        let mut edges: Vec<u64> = modules.iter().flat_map(|module| [module.base, end_of(module)]).collect();
        edges.sort_unstable();
        edges.dedup();
        let mut by_base: Vec<(u32, &ModuleRecord)> = (0..).zip(modules).collect();
        by_base.sort_by_key(|(_, module)| module.base);
        let mut starting = by_base.into_iter().peekable();
        // Two heaps of the modules that cover the span: one has the last module on top, the other the one loaded first.
        // A module that has ended stays in a heap until it comes to the top.
        let (mut last, mut first_loaded) = (BinaryHeap::new(), BinaryHeap::new());
        for edge in edges.windows(2) {
            let &[start, end] = edge else { continue };
            while let Some((number, module)) = starting.next_if(|(_, module)| module.base <= start) {
                last.push((number, end_of(module), module.load_time()));
                first_loaded.push((Reverse(module.load_time()), end_of(module)));
            }
            while last.peek().is_some_and(|&(_, end, _)| end <= start) {
                last.pop();
            }
            while first_loaded.peek().is_some_and(|&(_, end)| end <= start) {
                first_loaded.pop();
            }
            if let (Some(&(last, _, time)), Some(&(Reverse(loaded), _))) = (last.peek(), first_loaded.peek()) {
                let start = start.max(1); // Procmon finds no module for address 0.
                self.spans.push(Span { start, end, loaded, last, is_contested: time != loaded });
            }
        }
    }

    /// Returns the address space of the process at a position in the table, or an empty one if the table has no such
    /// process.
    pub(super) fn of<'a>(&'a self, position: usize, modules: &'a [ModuleRecord]) -> AddressSpace<'a> {
        let (space, settled) = self.spaces.get(position).cloned().unwrap_or((0..0, FileTime(0)));
        let spans = self.spans.get(space).unwrap_or_default();
        // `push` adds the processes in ascending order of their positions.
        let history = self.histories.binary_search_by_key(&position, |&(position, _)| position).ok();
        let history = history.and_then(|at| self.histories.get(at)).map(|(_, history)| history);
        AddressSpace { width: self.width, spans, settled, modules, history, hints: &self.hints, position }
    }
}

/// The address space of a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressSpace<'a> {
    width: PointerWidth,
    spans: &'a [Span],
    /// The time at which the last module was loaded.
    settled: FileTime,
    modules: &'a [ModuleRecord],
    history: Option<&'a OnceLock<History>>,
    hints: &'a Hints,
    position: usize,
}

impl<'a> AddressSpace<'a> {
    /// Returns the module that an address belonged to at a time: the last one in stored order that covers the address
    /// and was loaded by then. Address 0 belongs to no module.
    #[inline]
    pub(super) fn find(self, address: u64, time: FileTime) -> Option<&'a ModuleRecord> {
        let span = self.span(address).filter(|span| span.loaded <= time)?;
        if span.is_contested {
            return self.find_contested(address, time);
        }
        self.modules.get(span.last as usize)
    }

    /// Returns true if it is certain that none of the addresses belongs to another module after `time` than at `time`.
    pub(super) fn are_settled(self, mut addresses: impl Iterator<Item = u64>, time: FileTime) -> bool {
        let is_settled = |span: &Span| span.loaded <= time && !span.is_contested;
        self.settled <= time || addresses.all(|address| self.span(address).is_none_or(is_settled))
    }

    fn find_contested(self, address: u64, time: FileTime) -> Option<&'a ModuleRecord> {
        let Some(history) = self.history else {
            let is_it = |module: &&ModuleRecord| module.covers(address, self.width) && module.load_time() <= time;
            return self.modules.iter().rfind(is_it);
        };
        let starts = || self.spans.iter().map(|span| span.start).collect::<Vec<_>>();
        let history = history.get_or_init(|| History::new(&starts(), self.modules, self.width));
        let span = self.spans.partition_point(|span| span.start <= address).checked_sub(1)?;
        self.modules.get(history.find(span, time)?)
    }

    #[inline]
    fn span(self, address: u64) -> Option<&'a Span> {
        if self.spans.last()?.end <= address {
            return None; // usually a kernel address, in a process other than System
        }
        let hint = self.hints.of(self.position, address);
        let hinted = self.spans.get(hint.load(Relaxed) as usize).filter(|span| span.covers(address));
        hinted.or_else(|| self.search(address, hint))
    }

    fn search(self, address: u64, hint: &AtomicU32) -> Option<&'a Span> {
        let number = self.spans.partition_point(|span| span.start <= address).checked_sub(1)?;
        let found = self.spans.get(number).filter(|span| span.covers(address))?;
        hint.store(u32::try_from(number).unwrap_or(0), Relaxed);
        Some(found)
    }
}

impl Span {
    #[inline]
    fn covers(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// For each page, the index of the span that the last search for one of its addresses found. Call stacks pass through
/// the same code again and again.
///
/// Pages and threads share hints. A hint is only the span that is tried first, so a wrong one does no harm.
#[derive(Debug)]
struct Hints(Box<[AtomicU32]>);

impl Hints {
    const BITS: u32 = 12;

    fn new() -> Self {
        Self((0..1 << Self::BITS).map(|_| AtomicU32::new(0)).collect())
    }

    /// Returns the hint for the page of an address of a process.
    #[inline]
    fn of(&self, position: usize, address: u64) -> &AtomicU32 {
        const PAGE_BITS: u32 = 12;
        /// The multiplier of Fibonacci hashing, which spreads close numbers: 2^64 divided by the golden ratio.
        const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
        static NONE: AtomicU32 = AtomicU32::new(0);
        // The position goes to the highest bits of the page number, so that the tables use different slots.
        let page = (address >> PAGE_BITS) ^ (position as u64) << (64 - PAGE_BITS - Self::BITS);
        let slot = page.wrapping_mul(SPREAD) >> (64 - Self::BITS);
        self.0.get(slot as usize).unwrap_or(&NONE)
    }
}

impl ModuleRecord {
    /// Returns the address after the last byte, or the base address if that would be 2^64 or more, or 2^32 in a 32-bit
    /// log: Procmon finds no address in such a module.
    pub(super) fn end(&self, width: PointerWidth) -> u64 {
        let end = self.base.checked_add(self.size.into()).filter(|&end| end <= width.last_address());
        end.unwrap_or(self.base)
    }

    fn covers(&self, address: u64, width: PointerWidth) -> bool {
        (self.base..self.end(width)).contains(&address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn width() -> impl Strategy<Value = PointerWidth> {
        prop_oneof![Just(PointerWidth::Bits32), Just(PointerWidth::Bits64)]
    }

    fn module(width: PointerWidth) -> impl Strategy<Value = ModuleRecord> {
        let last = width.last_address();
        let base = prop_oneof![0..40_u64, last - 40..=last];
        (base, 0..20_u32, 0..8_u32).prop_map(|(base, size, load_time_low)| ModuleRecord {
            base,
            size,
            load_time_low,
            ..ModuleRecord::default()
        })
    }

    /// Applies the rule directly: the last module that covers the address and was loaded by then; none for address 0.
    fn by_the_rule(
        modules: &[ModuleRecord],
        width: PointerWidth,
        address: u64,
        time: FileTime,
    ) -> Option<&ModuleRecord> {
        let end = |module: &ModuleRecord| u128::from(module.base) + u128::from(module.size);
        let covers = |module: &ModuleRecord| module.base <= address && u128::from(address) < end(module);
        let is_in_range = |module: &ModuleRecord| end(module) <= width.last_address().into();
        let is_it = |module: &&ModuleRecord| is_in_range(module) && covers(module) && module.load_time() <= time;
        modules.iter().rfind(is_it).filter(|_| address != 0)
    }

    /// Generates a process with enough modules to need a history.
    fn many() -> impl Strategy<Value = Vec<ModuleRecord>> {
        let module = (0..500_u64, 0..200_u32, 0..50_u32).prop_map(|(base, size, load_time_low)| ModuleRecord {
            base,
            size,
            load_time_low,
            ..ModuleRecord::default()
        });
        proptest::collection::vec(module, FEW + 1..FEW + 100)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn the_history_follows_the_rule(
            few in proptest::collection::vec(module(PointerWidth::Bits64), 0..12),
            many in many(),
        ) {
            let mut spaces = AddressSpaces::new(PointerWidth::Bits64);
            spaces.push(&few);
            spaces.push(&many);
            let space = spaces.of(1, &many);
            for (address, time) in (0..700).flat_map(|address| (0..51).step_by(5).map(move |time| (address, time))) {
                let expected = by_the_rule(&many, PointerWidth::Bits64, address, FileTime(time));
                let found = space.find(address, FileTime(time));
                prop_assert_eq!(found.map(std::ptr::from_ref), expected.map(std::ptr::from_ref));
            }
        }
    }

    proptest! {
        #[test]
        fn the_search_follows_the_rule(
            (width, processes) in width().prop_flat_map(|width| {
                (Just(width), proptest::collection::vec(proptest::collection::vec(module(width), 0..12), 1..4))
            }),
        ) {
            let mut spaces = AddressSpaces::new(width);
            let last = width.last_address();
            processes.iter().for_each(|modules| spaces.push(modules));
            for (position, modules) in processes.iter().enumerate() {
                let space = spaces.of(position, modules);
                for (address, time) in (0..64).chain(last - 64..=last).flat_map(|a| (0..9).map(move |t| (a, t))) {
                    let expected = by_the_rule(modules, width, address, FileTime(time));
                    let is_same = |later| {
                        let later = by_the_rule(modules, width, address, FileTime(later));
                        later.map(std::ptr::from_ref) == expected.map(std::ptr::from_ref)
                    };
                    prop_assert!(!space.are_settled([address].into_iter(), FileTime(time)) || (time..9).all(is_same));
                    // Look up twice: by search, then by the hint that the search stored.
                    for _ in 0..2 {
                        let found = space.find(address, FileTime(time));
                        prop_assert_eq!(found.map(std::ptr::from_ref), expected.map(std::ptr::from_ref));
                    }
                }
            }
        }
    }
}
