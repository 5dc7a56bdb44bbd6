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
//! | [`Occurrences`] | values of any column | all |
//! | [`CrossReference`] | paths that one process writes and a different one writes or reads | classes File System and Registry |
//! | [`StackSummary`] | a tree of the calls of each process, by module and offset | all |
//! | [`ProcessActivity`] | processes, with their events, bytes, CPU and memory over time | all |
//! | [`ProcessTree`] | the processes of the process tables, as a tree | none; [`EventCounts`] counts them for each process |
//! | [`SystemDetails`] | the computer of each file | all |
//!
//! A [`Table`] has a row of typed numbers for each name, a total, and column titles for output ([`TableColumn`]). It
//! can be [sorted](Table::sort_by) by any column and [truncated](Table::truncate) to a number of rows. Rows, numbers
//! and titles implement `Serialize` if the feature `serde` is enabled.
//!
//! Names are printed in the [`Style`](crate::Style) that the analysis was created with. Names that differ only in case
//! are one name, spelled as in the first event.
//!
//! # Procmon's dialogs
//!
//! The methods `write_procmon_csv` write the files that the button *Save...* of Procmon's dialogs writes, byte for byte
//! if the style has the [`Compat`](crate::Compat) of a version of Procmon. These files have peculiarities that the
//! tables do not have (measured on Procmon 3.94):
//!
//! | Dialog | Procmon | Tables here |
//! |---|---|---|
//! | all | ignore the case of A to Z only | ignore the case of all letters |
//! | File Summary, by path and extension; Network Summary | names that differ in case have separate rows | they share a row |
//! | File Summary, by folder | a folder has several rows if other names sort between its paths; a path is not counted if it is, except for case, the previous path or one of its folders | each folder has one row |
//! | File Summary, by folder | `C:\` is a row below `C:` | a trailing backslash is ignored |
//! | File Summary, by extension | the paths of both `DLL` and `dll` are listed below the first of the two | extensions only |
//! | File Summary | bytes are those transferred or, for failed calls, those requested | the same, and separate columns for both |
//! | Count Occurrences | values are cut after 259 UTF-16 code units | whole values |
//! | Cross Reference Summary | names of processes; processes with the same name are one | names with PIDs |
//!
//! As in Procmon, File Time does not include FileSystemControl, QueryDirectory and NotifyChangeDirectory, because these
//! calls can wait for hours.
//!
//! # Memory
//!
//! The memory of an analysis grows with the number of distinct names, not with that of events. [`Limits`] bound the
//! number of names and their total length. Events beyond the limits are counted together in [`Table::others`].
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
mod path;
mod processes;
mod registry;
mod size;
mod stacks;
mod system;
mod table;
mod text;
mod tree;
mod xref;

pub use activity::{ActivityBucket, ActivityCounts, ActivityRow, ActivitySample, ProcessActivity};
pub use file::{FileCounts, FileSummary, FileView};
pub use keys::Limits;
pub use network::{NetworkCounts, NetworkSummary};
pub use occurrences::{Occurrence, Occurrences};
pub use path::{extension, folder, remote};
pub use registry::{RegistryCounts, RegistrySummary};
pub use stacks::{StackCache, StackOrder, StackRow, StackRowKind, StackRows, StackSummary, StackTree, StackWeight};
pub use system::{SystemDetails, SystemRow};
pub use table::{Counts, LeftOut, Number, Row, Table, TableColumn};
pub use tree::{EventCounts, ProcessTree, ProcessTreeRow};
pub use xref::{CrossReference, CrossRow, CrossTable, Participant};

use std::num::NonZero;

use crate::code::Operation;
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

/// Does nothing if the analysis is `None`.
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

/// The unreadable events that [`analyse`] skipped.
#[derive(Debug, Default)]
pub struct Unreadable {
    /// The number of unreadable events.
    pub events: u64,
    /// The error of the first unreadable event.
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

/// Returns the column of [`FileSummary`], [`RegistrySummary`] or [`NetworkSummary`] that counts an event in addition to
/// the total. Returns `None` for events of other classes, and for network operations that Procmon does not know.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{TableColumn, counted_as};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let reads = log.events().flatten().filter(|event| counted_as(event) == Some(TableColumn::Reads));
/// assert!(reads.count() > 0);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[must_use]
pub fn counted_as(event: &Event<'_>) -> Option<TableColumn> {
    match event.operation() {
        Operation::File(operation) => Some(file::counted_as(operation)),
        Operation::Registry(operation) => Some(registry::counted_as(operation)),
        Operation::Network(_, operation) => network::counted_as(operation),
        _ => None,
    }
}

/// Returns true if the sums of times in the summary of its class include the duration of an event. [`FileSummary`] omits
/// those of FileSystemControl, QueryDirectory and NotifyChangeDirectory, which can wait for hours.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::is_timed;
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let waiting = log.events().flatten().filter(|event| !is_timed(event));
/// assert!(waiting.count() > 0);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[must_use]
pub fn is_timed(event: &Event<'_>) -> bool {
    !matches!(event.operation(), Operation::File(operation) if !file::is_timed(operation))
}
