//! A cache of the texts of codes, so that the text of a code is made seldom.

use super::keys::Keys;
use super::merge::Merge;
use crate::event::Event;
use crate::index::Index;

/// The number of places of the cache, a power of two.
const PLACES: usize = 1024;

/// Sums by text, where events have a code of `N` numbers from which their text follows within a file. The slots of the
/// latest codes are cached: of the codes that share a place, the last one.
#[derive(Clone, Debug)]
pub(super) struct Coded<const N: usize, V> {
    pub(super) keys: Keys<V>,
    places: Box<[Option<Place<N>>]>,
    /// The file and the number of trims for which `places` is valid.
    index: Option<Index>,
    trims: u32,
    text: String,
}

/// A code and its slot.
type Place<const N: usize> = ([u64; N], u32);

impl<const N: usize, V: Merge> Coded<N, V> {
    pub(super) fn new(keys: Keys<V>) -> Self {
        Self { keys, places: vec![None; PLACES].into(), index: None, trims: 0, text: String::new() }
    }

    /// Returns the sum for an event with a code. Calls `write` to make its text if the code is not cached.
    #[inline]
    pub(super) fn sum(&mut self, event: &Event<'_>, code: [u64; N], write: impl FnOnce(&mut String)) -> &mut V {
        if self.trims != self.keys.trims() || self.index.as_ref().is_none_or(|index| !index.ptr_eq(event.index())) {
            self.forget(event);
        }
        let place = place(code);
        if let Some(Some((known, slot))) = self.places.get(place)
            && *known == code
        {
            return self.keys.at(Some(*slot));
        }
        self.make(place, code, write)
    }

    #[cold]
    fn make(&mut self, place: usize, code: [u64; N], write: impl FnOnce(&mut String)) -> &mut V {
        self.text.clear();
        write(&mut self.text);
        let slot = self.keys.slot(&self.text);
        if self.trims == self.keys.trims()
            && let Some(place) = self.places.get_mut(place)
        {
            *place = slot.map(|slot| (code, slot));
        }
        self.keys.at(slot)
    }

    #[cold]
    fn forget(&mut self, event: &Event<'_>) {
        self.places.fill(None);
        self.trims = self.keys.trims();
        self.index = Some(event.index().clone());
    }
}

/// Returns the place of a code.
#[inline]
fn place<const N: usize>(code: [u64; N]) -> usize {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15; // 2^64 divided by the golden ratio
    let mixed = code.into_iter().fold(0_u64, |mixed, part| (mixed ^ part).wrapping_mul(MULTIPLIER).rotate_left(10));
    usize::try_from(mixed & (PLACES as u64 - 1)).unwrap_or_default()
}
