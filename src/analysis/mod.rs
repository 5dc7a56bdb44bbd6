//! Analyses of a log: the tables of Procmon's Tools menu, and more.
//!
//! An [`Analysis`] is an accumulator that is fed with the events of a log. Several of them can be fed in one pass: a
//! tuple of analyses is an analysis. Each thread can analyse a part of the log; the parts are then
//! [merged](Analysis::merge), and the result is the same as that of one pass over the whole log.
//!
//! # Tables
//!
//! | Analysis | Rows | Events |
//! |---|---|---|
//! | [`FileSummary`] | paths, folders or file name extensions | class File System |
//! | [`RegistrySummary`] | paths of keys and values | class Registry |
//! | [`NetworkSummary`] | remote endpoints | class Network |
//! | [`Occurrences`] | texts of any column | all |
//! | [`CrossReference`] | paths that one process writes and a different one writes or reads | classes File System and Registry |
//! | [`StackSummary`] | a tree of the calls of each process, by module and offset | all |
//! | [`ProcessActivity`] | processes, with their events, bytes, CPU and memory over time | all |
//! | [`ProcessTree`] | processes of the tables, with their children | none, or the number for each process ([`EventCounts`]) |
//! | [`SystemDetails`] | computers of the files | none |
//!
//! A [`Table`] has typed numbers by name, their total, and titles for output ([`TableColumn`]). It can be
//! [sorted](Table::sort_by) by any column and [cut](Table::truncate) after a number of rows. Rows, numbers and titles
//! implement `Serialize` if the feature `serde` is enabled.
//!
//! The text of names has the [`Style`](crate::Style) with which the analysis was created. Names that differ in case
//! alone are one name, with the spelling of the first event.
//!
//! # Procmon's dialogs
//!
//! The methods `write_procmon_csv` write what the button *Save...* of Procmon's dialogs writes, byte for byte if the
//! style has the [`Compat`](crate::Compat) of a version of Procmon. They contain Procmon's peculiarities, which the
//! tables do not have (measured with Procmon 3.94):
//!
//! | Dialog | Procmon | Tables here |
//! |---|---|---|
//! | all | compare A to Z, but no other letters, without regard to case | compare all letters without regard to case |
//! | File Summary, by path and extension; Network Summary | names that differ in case are different ones | they are one name |
//! | File Summary, by folder | a folder has several rows if other names sort between the paths in it; a path that differs from the path before it, or from a folder of that, in case alone is not counted | each folder has one row |
//! | File Summary, by folder | `C:\` is a row in `C:` | a backslash at the end is ignored |
//! | File Summary, by extension | the paths of `DLL` and `dll` are both listed with the first of them | extensions only |
//! | File Summary | bytes are what was transferred or, for failed calls, requested | these, and requested and transferred bytes |
//! | Count Occurrences | values are cut after 259 UTF-16 code units | whole values |
//! | Cross Reference Summary | names of processes; two processes with one name are one | names with PIDs |
//!
//! File Time does not include FileSystemControl, QueryDirectory and NotifyChangeDirectory, in Procmon and here: these
//! calls may wait for hours.
//!
//! # Memory
//!
//! An analysis uses memory for distinct names, not for events. [`Limits`] bound the number of names and their length.
//! The events beyond the limits are counted together, in [`Table::others`].
//!
//! ```
//! use std::num::NonZero;
//!
//! use procmon_parser::analysis::{FileSummary, Occurrences, TableColumn, analyse};
//! use procmon_parser::{Column, LogsStream, Style};
//!
//! let log = LogsStream::open("fixtures/sample64.pml")?;
//! let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
//! let new = || (FileSummary::default(), Occurrences::new(Column::PROCESS_NAME, Style::new()));
//! let ((files, processes), unreadable) = analyse(&log, threads, |event| event.status().is_error(), new)?;
//! let mut table = files.by_path();
//! table.sort_by(TableColumn::Events);
//! for row in table.rows.iter().take(10) {
//!     println!("{} failed calls: {}", row.counts.events, row.name);
//! }
//! assert_eq!(processes.table().total.events, 6);
//! assert_eq!(unreadable.events, 0);
//! # Ok::<(), procmon_parser::Error>(())
//! ```

mod activity;
mod codes;
mod csv;
mod file;
mod keys;
mod merge;
mod network;
mod occurrences;
mod processes;
mod registry;
mod size;
mod stacks;
mod system;
mod table;
mod text;
mod tree;
mod xref;

pub use activity::{ActivityBucket, ActivityCounts, ActivityRow, ProcessActivity};
pub use file::{FileCounts, FileSummary, FileView};
pub use keys::Limits;
pub use network::{NetworkCounts, NetworkSummary};
pub use occurrences::{Occurrence, Occurrences};
pub use registry::{RegistryCounts, RegistrySummary};
pub use stacks::{StackOrder, StackRow, StackRowKind, StackRows, StackSummary, StackTree, StackWeight};
pub use system::{SystemDetails, SystemRow};
pub use table::{Counts, LeftOut, Number, Row, Table, TableColumn};
pub use tree::{EventCounts, ProcessTree, ProcessTreeRow};
pub use xref::{CrossReference, CrossRow, CrossTable, Participant};

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
