//! Registry Summary: registry events by path.

use std::io;

use super::keys::{Keys, Limits};
use super::table::{self, Add, Dialog, Table, TableColumn, counts, grouped, total};
use super::{Analysis, text};
use crate::code::{EventClass, RegistryOperation};
use crate::error::Result;
use crate::event::Event;
use crate::text::Style;
use crate::wire::Ticks;

counts! {
    /// The numbers in a row of a [`RegistrySummary`].
    pub struct RegistryCounts {
        procmon: {
            /// The sum of the durations, modulo 2^64.
            time: Ticks = Time,
            /// The number of events.
            events: u64 = Events,
            /// The number of RegOpenKey and RegCreateKey events.
            opens: u64 = Opens,
            /// The number of RegCloseKey events.
            closes: u64 = Closes,
            /// The number of RegQueryValue, RegEnumValue, RegEnumKey and RegQueryMultipleValueKey events.
            reads: u64 = Reads,
            /// The number of RegSetValue, RegSetInfoKey, RegDeleteKey, RegDeleteValue and RegRenameKey events.
            writes: u64 = Writes,
            /// The number of all other events, including RegQueryKey.
            other: u64 = Other,
        }
        more: {
            /// The number of events whose result is an error.
            failed: u64 = Failed,
        }
    }
}

/// Returns the column that counts an operation in addition to the total.
#[inline]
pub(super) fn counted_as(operation: RegistryOperation) -> TableColumn {
    use RegistryOperation as Op;
    match operation {
        Op::OPEN_KEY | Op::CREATE_KEY => TableColumn::Opens,
        Op::CLOSE_KEY => TableColumn::Closes,
        Op::QUERY_VALUE | Op::ENUM_VALUE | Op::ENUM_KEY | Op::QUERY_MULTIPLE_VALUE_KEY => TableColumn::Reads,
        Op::SET_VALUE | Op::SET_INFO_KEY | Op::DELETE_KEY | Op::DELETE_VALUE | Op::RENAME_KEY => TableColumn::Writes,
        _ => TableColumn::Other,
    }
}

impl RegistryCounts {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.failed += u64::from(event.status().is_error());
        self.time.add(event.duration().unwrap_or_default());
        match counted_as(RegistryOperation(event.operation_code())) {
            TableColumn::Opens => self.opens += 1,
            TableColumn::Closes => self.closes += 1,
            TableColumn::Reads => self.reads += 1,
            TableColumn::Writes => self.writes += 1,
            _ => self.other += 1,
        }
    }
}

/// The number and time of registry events, by path.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, RegistrySummary, TableColumn};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut summary = RegistrySummary::default();
/// log.events().flatten().for_each(|event| summary.add(&event));
/// let mut table = summary.table();
/// table.sort_by(TableColumn::Writes);
/// for row in table.rows.iter().take_while(|row| row.counts.writes > 0) {
///     println!("{} {}", row.counts.writes, row.name);
/// }
/// # assert!(table.rows[0].counts.writes > 0);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RegistrySummary {
    style: Style,
    paths: Keys<RegistryCounts>,
    buffer: String,
}

impl Default for RegistrySummary {
    fn default() -> Self {
        Self::new(Style::new())
    }
}

impl RegistrySummary {
    /// Creates an empty summary of paths, as the style prints them.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self::with_limits(style, Limits::default())
    }

    /// Creates an empty summary with the given limits on its paths.
    #[must_use]
    pub fn with_limits(style: Style, limits: Limits) -> Self {
        Self { style, paths: Keys::new(limits), buffer: String::new() }
    }

    /// Returns a row for each path of a key or value. Paths that differ only in case are one path.
    #[must_use]
    pub fn table(&self) -> Table<'_, RegistryCounts> {
        table::table(&self.paths)
    }

    /// Writes the file that Procmon's dialog Registry Summary saves. It is the same byte for byte if the style has the
    /// [`Compat`](crate::Compat) of a version of Procmon. Events beyond the limits are only in `<Total>`.
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        let kept = self.paths.kept();
        let rows = grouped(&kept.entries, text::ascii_lower);
        let dialog = Dialog { time: "Registry Time", name: "Path", name_first: false };
        dialog.write_with_total(out, RegistryCounts::PROCMON, &rows, &total(&kept), text::ascii_lower)
    }
}

/// Counts the events of the registry class.
impl Analysis for RegistrySummary {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        if event.class() == EventClass::REGISTRY {
            let path = text::path(event, &self.style, &mut self.buffer);
            self.paths.sum(path).add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        self.paths.merge(&later.paths);
    }
}
