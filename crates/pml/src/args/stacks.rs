//! Options for call stacks: the part of a frame that is compared, and the weight of a stack.

use clap::ValueEnum;
use procmon_parser::analysis::StackWeight;

/// The part of a frame that is compared. Frames are equal if this part is equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Module and offset.
    Offset,
    /// Module only; consecutive frames of one module are merged.
    Module,
}

/// The weight of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weight {
    /// Number of events.
    Count,
    /// Sum of the durations.
    Time,
}

impl From<Weight> for StackWeight {
    fn from(weight: Weight) -> Self {
        match weight {
            Weight::Count => Self::Count,
            Weight::Time => Self::Time,
        }
    }
}
