//! A cache of values of call stacks.

use std::fmt;

use crate::event::Event;
use crate::index::Index;
use crate::wire::{FileTime, ProcessKey};

/// The number of stacks that are kept.
const SLOTS: usize = 1 << 14;
/// The size of the largest stack that is kept, in bytes: 64 frames of a 64-bit log.
const SIZE: usize = 512;
/// An odd number that spreads close numbers: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// A cache of values that depend only on the frames of an event and on the owner of its stack, such as its process or
/// thread. Most stacks of a log occur again and again, and a lookup in this cache is faster than a lookup of each
/// frame.
///
/// The cache keeps up to 16,384 stacks of one file, and takes about 9 MB plus the size of the values.
/// It keeps a stack only if the modules of its addresses do not change later.
///
/// ```
/// use procmon_parser::analysis::StackCache;
///
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// let (mut depths, mut hits) = (StackCache::new(), 0);
/// for event in log.events().flatten() {
///     let owner = event.thread_id() as usize;
///     match depths.get(event, owner) {
///         Some(depth) => {
///             assert_eq!(depth, event.frames().len());
///             hits += 1;
///         }
///         None => depths.insert(event, owner, event.frames().len()),
///     }
/// }
/// assert!(hits > 10);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
pub struct StackCache<T> {
    /// The file that contains the stacks.
    index: Option<Index>,
    /// The generation of the stacks of this file. It grows when the file changes, which drops the other stacks.
    generation: u64,
    slots: Vec<Slot<T>>,
}

/// A stack with its value.
#[derive(Clone, Copy)]
struct Slot<T> {
    generation: u64,
    owner: usize,
    process: ProcessKey,
    /// The size of the addresses, in bytes.
    size: usize,
    /// The time of the event. An earlier event can have different modules.
    since: FileTime,
    value: Option<T>,
    /// Stored inline, so that a lookup needs only one access to memory.
    addresses: [u8; SIZE],
}

impl<T> fmt::Debug for StackCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.slots.iter().filter(|slot| slot.value.is_some() && slot.generation == self.generation).count();
        f.debug_struct("StackCache").field("stacks", &known).finish_non_exhaustive()
    }
}

impl<T: Copy> Default for StackCache<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Copy> StackCache<T> {
    /// Creates an empty cache. It allocates memory when the first stack is inserted.
    #[must_use]
    pub fn new() -> Self {
        Self { index: None, generation: 0, slots: Vec::new() }
    }

    /// Returns the value that was inserted for an event with the same frames, process and owner; `None` if there is no
    /// such value, or if it was replaced.
    #[must_use]
    pub fn get(&self, event: Event<'_>, owner: usize) -> Option<T> {
        let addresses = event.stack().as_bytes();
        let slot = self.slots.get(slot(addresses, owner))?;
        let is_same = (slot.generation, slot.owner, slot.process) == (self.generation, owner, event.process_key())
            && slot.since <= event.time()
            && slot.addresses.get(..slot.size)? == addresses
            && self.index.as_ref()?.ptr_eq(event.index());
        slot.value.filter(|_| is_same)
    }

    /// Inserts the value of the stack of an event. It may replace the value of another stack. It is not stored if the
    /// stack has too many frames, or if an address belongs to a different module later.
    pub fn insert(&mut self, event: Event<'_>, owner: usize, value: T) {
        let addresses = event.stack().as_bytes();
        if addresses.len() > SIZE || !event.has_settled_modules() {
            return;
        }
        if !self.index.as_ref().is_some_and(|index| index.ptr_eq(event.index())) {
            self.enter(event.index());
        }
        let Some(slot) = self.slots.get_mut(slot(addresses, owner)) else { return };
        let Some(kept) = slot.addresses.get_mut(..addresses.len()) else { return };
        kept.copy_from_slice(addresses);
        (slot.generation, slot.owner, slot.process) = (self.generation, owner, event.process_key());
        (slot.size, slot.since, slot.value) = (addresses.len(), event.time(), Some(value));
    }

    /// Starts a new file: drops the stacks of the previous one. The slots are not cleared, because the events of merged
    /// logs can be from a different file each time.
    #[cold]
    fn enter(&mut self, index: &Index) {
        self.index = Some(index.clone());
        self.generation += 1;
        let (process, since) = (ProcessKey(0), FileTime(0));
        let empty = Slot { generation: 0, owner: 0, process, size: 0, since, value: None, addresses: [0; SIZE] };
        self.slots.resize(SLOTS, empty);
    }
}

/// Returns the number of the slot of a stack. A crafted log can use one slot for all of its stacks; the cache then has no
/// effect.
#[expect(clippy::cast_possible_truncation, reason = "the number is less than `SLOTS`")]
fn slot(addresses: &[u8], owner: usize) -> usize {
    let (pairs, rest) = addresses.as_chunks::<16>();
    let hash = (owner as u64).wrapping_mul(SPREAD);
    let hash = pairs.iter().fold(hash, |hash, pair| hash.rotate_left(7) ^ multiplied(u128::from_le_bytes(*pair)));
    let hash = rest.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(SPREAD));
    (hash.wrapping_mul(SPREAD) >> (u64::BITS - SLOTS.ilog2())) as usize
}

/// Multiplies two numbers to 128 bits, and combines both halves.
#[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
fn multiplied(pair: u128) -> u64 {
    let product = u128::from(pair as u64 ^ SPREAD) * u128::from((pair >> 64) as u64);
    product as u64 ^ (product >> 64) as u64
}
