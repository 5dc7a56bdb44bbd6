//! Sums that can be merged.

/// Sums over a part of a log, to which the sums over another part can be added.
pub trait Merge: Clone + Default + Send {
    /// Adds the sums over another part.
    fn merge(&mut self, other: &Self);
}
