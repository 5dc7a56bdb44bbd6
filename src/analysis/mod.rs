//! Analyses of a log: the tables of Procmon's Tools menu, and more.
//!
//! An [`Analysis`] is an accumulator that is fed with the events of a log. Several of them can be fed in one pass: a
//! tuple of analyses is an analysis. Each thread can analyse a part of the log; the parts are then
//! [merged](Analysis::merge), and the result is the same as that of one pass over the whole log.
//!
//! | Procmon's dialog | Type |
//! |---|---|
//! | Stack Summary | [`StackSummary`] |
//! | Process Activity Summary | [`ProcessActivity`] |
//! | Process Tree | [`ProcessTree`], [`EventCounts`] |
//! | System Details | [`SystemDetails`] |

mod activity;
mod csv;
mod processes;
mod size;
mod stacks;
mod system;
mod tree;

pub use activity::{ActivityBucket, ActivityCounts, ActivityRow, ProcessActivity};
pub use stacks::{StackOrder, StackRow, StackRowKind, StackRows, StackSummary, StackTree, StackWeight};
pub use system::{SystemDetails, SystemRow};
pub use tree::{EventCounts, ProcessTree, ProcessTreeRow};

use std::num::NonZero;

use crate::error::{Error, Result};
use crate::event::Event;
use crate::log::Log;

/// An accumulator over the events of a log.
pub trait Analysis: Sized + Send {
    /// Adds an event.
    fn add(&mut self, event: &Event<'_>);

    /// Adds the result of a later part of the same log. The result is the same as that of one pass over both parts.
    fn merge(&mut self, later: Self);
}

macro_rules! tuple {
    ($($field:tt: $name:ident),+) => {
        /// Feeds every event to each of the analyses.
        impl<$($name: Analysis),+> Analysis for ($($name,)+) {
            fn add(&mut self, event: &Event<'_>) {
                $(self.$field.add(event);)+
            }

            fn merge(&mut self, later: Self) {
                $(self.$field.merge(later.$field);)+
            }
        }
    };
}

tuple!(0: A, 1: B);
tuple!(0: A, 1: B, 2: C);
tuple!(0: A, 1: B, 2: C, 3: D);

/// Feeds nothing to an analysis that is absent.
impl<A: Analysis> Analysis for Option<A> {
    fn add(&mut self, event: &Event<'_>) {
        if let Some(analysis) = self {
            analysis.add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        if let (Some(analysis), Some(later)) = (self, later) {
            analysis.merge(later);
        }
    }
}

/// The events that an analysis could not use, because they are unreadable.
#[derive(Debug, Default)]
pub struct Unreadable {
    /// The number of unreadable events.
    pub events: u64,
    /// The error of the first of them.
    pub first: Option<Error>,
}

/// Analyses the events of a log for which `matches` returns true, on several threads. Each thread analyses a contiguous
/// part of the log with an accumulator that `new` creates.
///
/// # Errors
/// The errors of [`Log::read_batch`]. An unreadable event is not an error: it is counted.
pub fn analyse<A: Analysis>(
    log: &(impl Log + Sync + ?Sized),
    threads: NonZero<usize>,
    matches: impl Fn(&Event<'_>) -> bool + Sync,
    new: impl Fn() -> A + Sync,
) -> Result<(A, Unreadable)> {
    let parts = log.par_fold(
        threads,
        || (new(), Unreadable::default()),
        |(analysis, unreadable), event| match event {
            Ok(event) if matches(&event) => analysis.add(&event),
            Ok(_) => {}
            Err(error) => {
                unreadable.events += 1;
                unreadable.first.get_or_insert(error);
            }
        },
    )?;
    let mut whole = (new(), Unreadable::default());
    for (analysis, unreadable) in parts {
        whole.0.merge(analysis);
        whole.1.events += unreadable.events;
        whole.1.first = whole.1.first.or(unreadable.first);
    }
    Ok(whole)
}
