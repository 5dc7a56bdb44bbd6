//! The sums of parts of a log.

/// Sums to which those of another part of the log can be added.
pub trait Merge: Clone + Default + Send {
    /// Adds other sums.
    fn merge(&mut self, other: &Self);
}
