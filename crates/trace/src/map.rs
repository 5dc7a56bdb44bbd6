//! Hash maps.

use std::collections::HashMap;

use foldhash::fast::RandomState;

/// A map with a hasher that is faster than that of the standard library. Its seed is random, so that a crafted log cannot
/// contain prepared collisions.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;
