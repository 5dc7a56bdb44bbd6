//! Registry Summary: the events of the registry by path.

use std::io;

use super::keys::{Keys, Limits};
use super::table::{self, Add, Dialog, Table, counts, grouped, total};
use super::{Analysis, text};
use crate::code::{EventClass, RegistryOperation};
use crate::error::Result;
use crate::event::Event;
use crate::text::Style;
use crate::wire::Ticks;

counts! {
    /// The numbers of a [`RegistrySummary`].
    pub struct RegistryCounts {
        procmon: {
            /// The sum of the durations, modulo 2^64.
            time: Ticks = Time,
            /// The number of events.
            events: u64 = Events,
            /// The number of RegOpenKey and RegCreateKey.
            opens: u64 = Opens,
            /// The number of RegCloseKey.
            closes: u64 = Closes,
            /// The number of RegQueryValue, RegEnumValue, RegEnumKey and RegQueryMultipleValueKey.
            reads: u64 = Reads,
            /// The number of RegSetValue, RegSetInfoKey, RegDeleteKey, RegDeleteValue and RegRenameKey.
            writes: u64 = Writes,
            /// The number of all other events, RegQueryKey included.
            other: u64 = Other,
        }
        more: {
            /// The number of events whose result is an error.
            failed: u64 = Failed,
        }
    }
}

impl RegistryCounts {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        use RegistryOperation as Op;
        self.events += 1;
        self.failed += u64::from(event.status().is_error());
        self.time.add(event.duration().unwrap_or_default());
        match RegistryOperation(event.operation_code()) {
            Op::OPEN_KEY | Op::CREATE_KEY => self.opens += 1,
            Op::CLOSE_KEY => self.closes += 1,
            Op::QUERY_VALUE | Op::ENUM_VALUE | Op::ENUM_KEY | Op::QUERY_MULTIPLE_VALUE_KEY => self.reads += 1,
            Op::SET_VALUE | Op::SET_INFO_KEY | Op::DELETE_KEY | Op::DELETE_VALUE | Op::RENAME_KEY => self.writes += 1,
            _ => self.other += 1,
        }
    }
}

/// The events of the registry by path: their number and time.
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
    /// Creates an empty summary of paths in a style.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self::with_limits(style, Limits::default())
    }

    /// Creates an empty summary with other limits on the number of paths.
    #[must_use]
    pub fn with_limits(style: Style, limits: Limits) -> Self {
        Self { style, paths: Keys::new(limits), buffer: String::new() }
    }

    /// Returns a row for each path of a key or value. Paths that differ in case alone are one path.
    #[must_use]
    pub fn table(&self) -> Table<'_, RegistryCounts> {
        table::table(&self.paths)
    }

    /// Writes the file that Procmon saves of its dialog Registry Summary. If the paths are those of a version of
    /// Procmon, so if its [`Compat`](crate::Compat) is set in the style, it is the same byte for byte. Events beyond the
    /// limits are in `<Total>` only.
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
