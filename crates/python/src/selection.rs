//! The events that a part of a log contains.

use std::ops::Range;
use std::sync::Arc;

use procmon_parser::Event;

/// Ordinals of events, in ascending order.
#[derive(Clone, Debug)]
pub(crate) enum Selection {
    Range(Range<usize>),
    List(Arc<List>),
}

/// Ordinals, both as a list and as a set.
#[derive(Debug)]
pub(crate) struct List {
    ordinals: Vec<u32>,
    bits: Vec<u64>,
}

impl Selection {
    /// Creates a selection of ascending ordinals.
    pub(crate) fn list(ordinals: Vec<u32>) -> Self {
        let last = ordinals.last().map_or(0, |&last| last as usize + 1);
        let mut bits = vec![0; last.div_ceil(64)];
        for &ordinal in &ordinals {
            bits[ordinal as usize / 64] |= 1 << (ordinal % 64);
        }
        Self::List(Arc::new(List { ordinals, bits }))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::List(list) => list.ordinals.len(),
        }
    }

    /// Returns the ordinal at a position; `None` after the end.
    #[inline]
    pub(crate) fn get(&self, position: usize) -> Option<usize> {
        match self {
            Self::Range(range) => (position < range.len()).then(|| range.start + position),
            Self::List(list) => list.ordinals.get(position).map(|&ordinal| ordinal as usize),
        }
    }

    #[inline]
    pub(crate) fn has(&self, event: Event<'_>) -> bool {
        let ordinal = event.ordinal() as usize;
        match self {
            Self::Range(range) => range.contains(&ordinal),
            Self::List(list) => list.bits.get(ordinal / 64).is_some_and(|bits| bits >> (ordinal % 64) & 1 == 1),
        }
    }

    /// Returns true if the selection is a list, whose events can be far apart.
    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    /// Returns `count` positions from `start` on, `step` apart.
    pub(crate) fn slice(&self, start: usize, count: usize, step: usize) -> Self {
        match self {
            Self::Range(range) if step == 1 => Self::Range(range.start + start..range.start + start + count),
            _ => {
                let positions = (start..).step_by(step).take(count);
                Self::list(positions.filter_map(|position| self.get(position)).map(|ordinal| ordinal as u32).collect())
            }
        }
    }
}
