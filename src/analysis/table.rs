//! Tables: rows with a name and numbers, which can be sorted by any column and cut after a number of rows.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::io;
use std::str::FromStr;

use super::csv::{DialogCsv, Grouped, Seconds};
use super::keys::{Kept, Keys};
use super::merge::Merge;
use super::text;
use crate::error::{Error, Result};
use crate::wire::Ticks;

macro_rules! columns {
    ($($(#[$doc:meta])* $Column:ident => $title:literal,)*) => {
        /// A column of the tables of this module.
        ///
        /// ```
        /// use procmon_parser::analysis::TableColumn;
        ///
        /// assert_eq!("total events".parse::<TableColumn>()?, TableColumn::Events);
        /// assert_eq!(TableColumn::ReadBytes.title(), "Read Bytes");
        /// # Ok::<(), procmon_parser::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum TableColumn {
            $($(#[$doc])* $Column,)*
        }

        impl TableColumn {
            /// All columns.
            pub const ALL: &'static [Self] = &[$(Self::$Column),*];

            /// Returns the title, which `FromStr` parses. The dialogs of Procmon have the same titles, except that some
            /// have their own ones for [`Name`](Self::Name) and [`Time`](Self::Time).
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$Column => $title,)*
                }
            }
        }
    };
}

columns! {
    /// The name of the row: a path, an extension, an endpoint or a value.
    Name => "Name",
    /// The number of events in a count of occurrences.
    Count => "Count",
    /// The sum of the durations.
    Time => "Time",
    /// The number of events.
    Events => "Total Events",
    /// The number of opens.
    Opens => "Opens",
    /// The number of closes.
    Closes => "Closes",
    /// The number of reads.
    Reads => "Reads",
    /// The number of writes.
    Writes => "Writes",
    /// The number of bytes in the details of reads.
    ReadBytes => "Read Bytes",
    /// The number of bytes in the details of writes.
    WriteBytes => "Write Bytes",
    /// The number of queries of security descriptors.
    GetAcl => "Get ACL",
    /// The number of changes of security descriptors.
    SetAcl => "Set ACL",
    /// The number of established connections.
    Connects => "Connects",
    /// The number of closed connections.
    Disconnects => "Disconnects",
    /// The number of sends.
    Sends => "Sends",
    /// The number of receives.
    Receives => "Receives",
    /// The number of bytes sent.
    SendBytes => "Send Bytes",
    /// The number of bytes received.
    ReceiveBytes => "Receive Bytes",
    /// The number of other events.
    Other => "Other",
    /// The number of bytes requested by reads.
    ReadRequested => "Read Requested",
    /// The number of bytes requested by writes.
    WriteRequested => "Write Requested",
    /// The number of bytes that reads transferred.
    ReadTransferred => "Read Transferred",
    /// The number of bytes that writes transferred.
    WriteTransferred => "Write Transferred",
    /// The number of events whose result is an error.
    Failed => "Failed",
    /// The processes that wrote.
    Writers => "Writers",
    /// The processes that read.
    Readers => "Readers",
}

impl fmt::Display for TableColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

impl FromStr for TableColumn {
    type Err = Error;

    /// Parses a title, ignoring ASCII case.
    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|column| column.title().eq_ignore_ascii_case(text));
        found.copied().ok_or_else(|| Error::unknown_name("TableColumn", text))
    }
}

/// A number of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Number {
    /// A number of events or bytes.
    Count(u64),
    /// A span of time.
    Time(Ticks),
}

impl fmt::Display for Number {
    /// Writes the number as in Procmon's dialogs: `1,234`, or seconds such as `0.0000123`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Count(count) => Grouped(count).fmt(f),
            Self::Time(time) => Seconds(time).fmt(f),
        }
    }
}

/// The numbers of a row. This trait is sealed.
pub trait Counts: Merge {
    /// The columns: those of Procmon's dialog in its order, then those that Procmon does not have.
    const COLUMNS: &'static [TableColumn];

    /// Returns the number in a column; `None` if the table does not have it.
    fn number(&self, column: TableColumn) -> Option<Number>;
}

/// Declares the numbers of a table: those of Procmon's dialog, then the others.
macro_rules! counts {
    (
        $(#[$meta:meta])*
        pub struct $Counts:ident {
            procmon: { $( $(#[$doc:meta])* $field:ident: $type:ident = $Column:ident, )* }
            more: { $( $(#[$more_doc:meta])* $more_field:ident: $more_type:ident = $More:ident, )* }
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize))]
        #[non_exhaustive]
        pub struct $Counts {
            $( $(#[$doc])* pub $field: $type, )*
            $( $(#[$more_doc])* pub $more_field: $more_type, )*
        }

        impl $Counts {
            /// The columns of Procmon's dialog, in its order, without the name of the row.
            pub(crate) const PROCMON: &'static [$crate::analysis::table::TableColumn] =
                &[$($crate::analysis::table::TableColumn::$Column),*];
        }

        impl $crate::analysis::merge::Merge for $Counts {
            #[inline]
            fn merge(&mut self, other: &Self) {
                $( $crate::analysis::table::Add::add(&mut self.$field, other.$field); )*
                $( $crate::analysis::table::Add::add(&mut self.$more_field, other.$more_field); )*
            }
        }

        impl $crate::analysis::table::Counts for $Counts {
            const COLUMNS: &'static [$crate::analysis::table::TableColumn] = &[
                $($crate::analysis::table::TableColumn::$Column,)*
                $($crate::analysis::table::TableColumn::$More,)*
            ];

            fn number(&self, column: $crate::analysis::table::TableColumn) -> Option<$crate::analysis::table::Number> {
                match column {
                    $($crate::analysis::table::TableColumn::$Column => Some(self.$field.into()),)*
                    $($crate::analysis::table::TableColumn::$More => Some(self.$more_field.into()),)*
                    _ => None,
                }
            }
        }
    };
}

pub(super) use counts;

/// Addition modulo 2^64, as in Procmon.
pub(super) trait Add {
    fn add(&mut self, other: Self);
}

impl Add for u64 {
    #[inline]
    fn add(&mut self, other: Self) {
        *self = self.wrapping_add(other);
    }
}

impl Add for Ticks {
    #[inline]
    fn add(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl From<u64> for Number {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<Ticks> for Number {
    fn from(time: Ticks) -> Self {
        Self::Time(time)
    }
}

/// A row of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Row<'s, C> {
    /// The path, extension, endpoint or value, in the spelling of the first event.
    pub name: Cow<'s, str>,
    /// The depth in a table that is a tree; 0 in others.
    pub depth: usize,
    /// The numbers.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub counts: C,
}

/// A table of numbers by name.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, FileSummary, TableColumn};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut summary = FileSummary::default();
/// log.events().flatten().for_each(|event| summary.add(&event));
/// let mut table = summary.by_path();
/// table.sort_by(TableColumn::Time);
/// let left_out = table.truncate(3);
/// for row in &table.rows {
///     println!("{} {} {}", row.counts.time, row.counts.events, row.name);
/// }
/// println!("{} more with {} events, {} in all", left_out.rows, left_out.counts.events, table.total.events);
/// # assert_eq!(table.rows.len(), 3);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Table<'s, C> {
    /// The rows, at first in alphabetical order.
    pub rows: Vec<Row<'s, C>>,
    /// The sums of all events, including those without a row.
    pub total: C,
    /// The sums of the events without a row because the log has more names than the [`Limits`](super::Limits); `None`
    /// if the limits are not reached.
    pub others: Option<C>,
}

/// The rows that [`Table::truncate`] removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LeftOut<C> {
    /// The number of rows.
    pub rows: usize,
    /// The sums of the rows. In a tree, an event counts in each row above its own.
    pub counts: C,
}

impl<C: Counts> Table<'_, C> {
    /// Sorts the rows by a column: numbers in descending order, names in alphabetical order. Rows with equal numbers
    /// keep their order. Does nothing if the table does not have the column.
    pub fn sort_by(&mut self, column: TableColumn) {
        if column == TableColumn::Name {
            self.rows.sort_by_cached_key(|row| text::lower(&row.name).into_owned());
        } else {
            self.rows.sort_by_key(|row| Reverse(row.counts.number(column)));
        }
    }

    /// Keeps the first rows and returns the number and the sums of the others.
    pub fn truncate(&mut self, rows: usize) -> LeftOut<C> {
        let mut counts = C::default();
        let left_out = self.rows.split_off(rows.min(self.rows.len()));
        left_out.iter().for_each(|row| counts.merge(&row.counts));
        LeftOut { rows: left_out.len(), counts }
    }
}

/// Returns the sum of all texts.
pub(super) fn total<V: Merge>(kept: &Kept<'_, V>) -> V {
    let mut total = kept.others.clone().unwrap_or_default();
    kept.entries.iter().for_each(|(_, value)| total.merge(value));
    total
}

/// A text with its sums, and the text by which it is grouped.
struct Group<'s, V> {
    key: Cow<'s, str>,
    name: &'s str,
    sum: V,
}

/// Returns the sums of texts that have an equal key, sorted by it, with the first text of each.
pub(super) fn grouped<'s, V: Merge>(
    entries: &[(&'s str, &V)],
    key: impl Fn(&'s str) -> Cow<'s, str>,
) -> Vec<(&'s str, V)> {
    let mut keyed: Vec<_> = entries.iter().map(|&(name, value)| (key(name), name, value)).collect();
    keyed.sort_by(|(one, ..), (other, ..)| text::compare(one, other)); // stable: the first spelling stays first
    let mut groups: Vec<Group<'s, V>> = Vec::new();
    for (key, name, value) in keyed {
        match groups.last_mut().filter(|last| last.key == key) {
            Some(last) => last.sum.merge(value),
            None => groups.push(Group { key, name, sum: value.clone() }),
        }
    }
    groups.into_iter().map(|group| (group.name, group.sum)).collect()
}

/// Returns the table of names that are equal except for case.
pub(super) fn table<C: Counts>(keys: &Keys<C>) -> Table<'_, C> {
    let kept = keys.kept();
    let rows = grouped(&kept.entries, text::lower).into_iter();
    let rows = rows.map(|(name, counts)| Row { name: text::shown(name), depth: 0, counts }).collect();
    Table { rows, total: total(&kept), others: kept.others }
}

/// The form of a dialog's file.
pub(super) struct Dialog {
    /// The title of the time.
    pub(super) time: &'static str,
    /// The title of the names.
    pub(super) name: &'static str,
    /// True if the names are the first column, false if they are the last one.
    pub(super) name_first: bool,
}

/// The name of the row with the sum of all rows.
pub(super) const TOTAL: &str = "<Total>";

impl Dialog {
    /// Writes a file with the columns of a dialog.
    pub(super) fn write<'r, C: Counts + 'r>(
        &self,
        out: impl io::Write,
        columns: &[TableColumn],
        rows: impl IntoIterator<Item = (Cow<'r, str>, &'r C)>,
    ) -> Result<()> {
        let title = |&column: &TableColumn| if column == TableColumn::Time { self.time } else { column.title() };
        let (first, last) = if self.name_first { (Some(self.name), None) } else { (None, Some(self.name)) };
        let titles: Vec<&str> = first.into_iter().chain(columns.iter().map(title)).chain(last).collect();
        let mut csv = DialogCsv::new(out, &titles)?;
        for (name, counts) in rows {
            if self.name_first {
                csv.cell(&name);
            }
            columns.iter().filter_map(|&column| counts.number(column)).for_each(|number| csv.cell(number));
            if !self.name_first {
                csv.cell(&name);
            }
            csv.row_end()?;
        }
        Ok(csv.finish()?)
    }

    /// Writes rows that are sorted by a key of their name, with their sum where it sorts.
    pub(super) fn write_with_total<C: Counts>(
        &self,
        out: impl io::Write,
        columns: &[TableColumn],
        rows: &[(&str, C)],
        total: &C,
        key: impl Fn(&str) -> Cow<'_, str>,
    ) -> Result<()> {
        let is_before = |(name, _): &(&str, C)| text::compare(&key(name), &key(TOTAL)).is_lt();
        let (before, after) = rows.split_at(rows.partition_point(is_before));
        let shown = |rows| <[(&str, C)]>::iter(rows).map(|(name, counts)| (text::shown(name), counts));
        self.write(out, columns, shown(before).chain([(TOTAL.into(), total)]).chain(shown(after)))
    }
}
