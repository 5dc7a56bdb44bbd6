//! File Summary: file-system events by path, folder and extension.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io;

use super::keys::{Kept, Keys, Limits};
use super::merge::Merge;
use super::path::extension;
use super::table::{self, Add, Dialog, Row, TOTAL, Table, TableColumn, counts, grouped, total};
use super::{Analysis, text};
use crate::code::{EventClass, FileOperation};
use crate::detail::{Detail, FileRequest};
use crate::error::Result;
use crate::event::Event;
use crate::summary;
use crate::text::Style;
use crate::wire::Ticks;

counts! {
    /// The numbers in a row of a [`FileSummary`].
    pub struct FileCounts {
        procmon: {
            /// The sum of the durations, modulo 2^64, except those of FileSystemControl, QueryDirectory and
            /// NotifyChangeDirectory, which can wait for hours.
            time: Ticks = Time,
            /// The number of events.
            events: u64 = Events,
            /// The number of CreateFile events.
            opens: u64 = Opens,
            /// The number of CloseFile and IRP_MJ_CLOSE events.
            closes: u64 = Closes,
            /// The number of ReadFile events, except reads through a memory descriptor list.
            reads: u64 = Reads,
            /// The number of WriteFile events, except writes through a memory descriptor list.
            writes: u64 = Writes,
            /// The number of bytes in the Detail column of reads: those transferred or, if the log does not have that
            /// number (as for failed reads), those requested.
            read_bytes: u64 = ReadBytes,
            /// The number of bytes in the Detail column of writes, as for reads.
            write_bytes: u64 = WriteBytes,
            /// The number of QuerySecurityFile events.
            get_acl: u64 = GetAcl,
            /// The number of SetSecurityFile events.
            set_acl: u64 = SetAcl,
            /// The number of all other events.
            other: u64 = Other,
        }
        more: {
            /// The number of bytes that reads requested.
            read_requested: u64 = ReadRequested,
            /// The number of bytes that writes requested.
            write_requested: u64 = WriteRequested,
            /// The number of bytes that reads transferred. If the log does not have the number, all bytes requested by
            /// a successful read are counted, and none of a failed one.
            read_transferred: u64 = ReadTransferred,
            /// The number of bytes that writes transferred, as for reads.
            write_transferred: u64 = WriteTransferred,
            /// The number of events whose result is an error.
            failed: u64 = Failed,
        }
    }
}

/// Returns the column that counts an operation in addition to the total.
#[inline]
pub(super) fn counted_as(operation: FileOperation) -> TableColumn {
    match operation {
        FileOperation::CREATE => TableColumn::Opens,
        FileOperation::CLEANUP | FileOperation::CLOSE => TableColumn::Closes,
        FileOperation::READ => TableColumn::Reads,
        FileOperation::WRITE => TableColumn::Writes,
        FileOperation::QUERY_SECURITY => TableColumn::GetAcl,
        FileOperation::SET_SECURITY => TableColumn::SetAcl,
        _ => TableColumn::Other,
    }
}

/// Returns true if the sums of times include the durations of an operation.
#[inline]
pub(super) fn is_timed(operation: FileOperation) -> bool {
    !matches!(operation, FileOperation::DIRECTORY_CONTROL | FileOperation::FILE_SYSTEM_CONTROL)
}

impl FileCounts {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        let operation = FileOperation(event.operation_code());
        self.events += 1;
        self.failed += u64::from(event.status().is_error());
        if is_timed(operation) {
            self.time.add(event.duration().unwrap_or_default());
        }
        match counted_as(operation) {
            TableColumn::Opens => self.opens += 1,
            TableColumn::Closes => self.closes += 1,
            TableColumn::Reads => self.reads += 1,
            TableColumn::Writes => self.writes += 1,
            TableColumn::GetAcl => self.get_acl += 1,
            TableColumn::SetAcl => self.set_acl += 1,
            _ => self.other += 1,
        }
        if matches!(operation, FileOperation::READ | FileOperation::WRITE) {
            self.add_transfer(event);
        }
    }

    fn add_transfer(&mut self, event: &Event<'_>) {
        let Ok(Detail::File(file)) = event.detail() else { return };
        match file.request {
            FileRequest::Read(transfer) => {
                self.read_bytes.add(transfer.transferred.unwrap_or(transfer.requested).into());
                self.read_requested.add(transfer.requested.into());
                self.read_transferred.add(summary::transferred(event, transfer.transferred, transfer.requested));
            }
            FileRequest::Write(transfer) => {
                self.write_bytes.add(transfer.transferred.unwrap_or(transfer.requested).into());
                self.write_requested.add(transfer.requested.into());
                self.write_transferred.add(summary::transferred(event, transfer.transferred, transfer.requested));
            }
            _ => {}
        }
    }
}

/// A view of a [`FileSummary`]. Each is a tab of Procmon's File Summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileView {
    /// A row for each path.
    ByPath,
    /// A row for each folder and each path, with the sums of all paths below it.
    ByFolder,
    /// A row for each file name extension.
    ByExtension,
}

/// The number, time and bytes of file-system events, by path.
///
/// ```
/// use procmon_parser::analysis::{Analysis, FileSummary, TableColumn};
/// use procmon_parser::{LogsReader, Style};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut summary = FileSummary::new(Style::new());
/// log.events().flatten().for_each(|event| summary.add(&event));
/// let mut folders = summary.by_folder();
/// folders.sort_by(TableColumn::Events);
/// for folder in folders.rows.iter().filter(|row| row.depth < 3) {
///     println!("{:6} {}", folder.counts.events, folder.name);
/// }
/// # assert!(folders.rows.iter().any(|row| row.name == "C:"));
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct FileSummary {
    style: Style,
    paths: Keys<FileCounts>,
    buffer: String,
}

impl Default for FileSummary {
    fn default() -> Self {
        Self::new(Style::new())
    }
}

impl FileSummary {
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

    /// Returns a row for each path. Paths that differ only in case are one path.
    #[must_use]
    pub fn by_path(&self) -> Table<'_, FileCounts> {
        table::table(&self.paths)
    }

    /// Returns a row for each folder and each path, with the sums of its own events and of all paths below it. The
    /// contents of a folder follow it and have a depth greater by 1. A trailing backslash is ignored, so `C:\` is `C:`.
    /// The table has at most twice as many rows as the [limit](Limits::keys) on paths.
    #[must_use]
    pub fn by_folder(&self) -> Table<'_, FileCounts> {
        let kept = self.paths.kept();
        // In this order, a folder is directly followed by all paths in it.
        let order = |path: &str| text::lower(path).replace('\\', "\0");
        let paths = sorted_by_key(&kept, order);
        let folders = Folders::new(&paths, self.most_rows(), false);
        folders.into_table(&kept)
    }

    /// Returns a row for each extension: the part of the file name after its last dot, or `<none>` if it has no dot.
    /// Extensions that differ only in case are one extension.
    #[must_use]
    pub fn by_extension(&self) -> Table<'_, FileCounts> {
        let kept = self.paths.kept();
        let extensions: Vec<_> = kept.entries.iter().map(|&(path, counts)| (extension(path), counts)).collect();
        let rows = grouped(&extensions, text::lower).into_iter().map(|(name, counts)| row(name, 0, counts)).collect();
        Table { rows, total: total(&kept), others: kept.others }
    }

    /// Returns the rows of a tab of Procmon's dialog. They differ from those of the other methods as follows:
    ///
    /// - By path and by extension, names that differ only in case have separate rows.
    /// - By path: Procmon saves the rows in an unknown order. Here they are in the order of their UTF-16 code units.
    /// - By folder: paths are also in the order of their code units, and each is compared with the previous path. So a
    ///   folder has several rows if its paths are not adjacent: `C:\Program Files (x86)` is between `C:\Program Files`
    ///   and `C:\Program Files\a`. A path is not counted if it is, except for case, the previous path or one of its
    ///   folders.
    /// - By extension: the paths of an extension follow it, with depth 1. The paths of extensions that differ only in
    ///   case follow the first of these extensions.
    #[must_use]
    pub fn procmon_rows(&self, view: FileView) -> Table<'_, FileCounts> {
        let kept = self.paths.kept();
        let mut paths = kept.entries.clone();
        paths.sort_unstable_by(|(one, _), (other, _)| text::compare(one, other));
        match view {
            FileView::ByPath => {
                let rows = paths.into_iter().map(|(path, counts)| row(path, 0, *counts)).collect();
                Table { rows, total: total(&kept), others: kept.others }
            }
            FileView::ByFolder => Folders::new(&paths, self.most_rows(), true).into_table(&kept),
            FileView::ByExtension => {
                Table { rows: procmon_extensions(&paths), total: total(&kept), others: kept.others }
            }
        }
    }

    /// Writes the file that a tab of Procmon's dialog saves. It is the same byte for byte if the style has the
    /// [`Compat`](crate::Compat) of a version of Procmon, except that the rows of [`FileView::ByPath`] have a different
    /// order. Events beyond the limits are only in `<Total>`.
    ///
    /// ```
    /// use procmon_parser::analysis::{Analysis, FileSummary, FileView};
    /// use procmon_parser::{Compat, LogsReader, Style};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let mut summary = FileSummary::new(Style::new().compat(Compat::Procmon3_94));
    /// log.events().flatten().for_each(|event| summary.add(&event));
    /// let mut csv = Vec::new();
    /// summary.write_procmon_csv(FileView::ByExtension, &mut csv)?;
    /// assert!(csv.starts_with("\u{FEFF}\"Extension\",\"File Time\",\"Total Events\"".as_bytes()));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing to `out` fails.
    pub fn write_procmon_csv(&self, view: FileView, out: impl io::Write) -> Result<()> {
        let (name, name_first) = match view {
            FileView::ByPath => ("Path", false),
            FileView::ByFolder => ("Name", true),
            FileView::ByExtension => ("Extension", true),
        };
        let dialog = Dialog { time: "File Time", name, name_first };
        let table = self.procmon_rows(view);
        let total = (view == FileView::ByPath).then_some((TOTAL.into(), &table.total));
        let rows = table.rows.iter().map(|row| (Cow::Borrowed(&*row.name), &row.counts));
        dialog.write(out, FileCounts::PROCMON, total.into_iter().chain(rows))
    }

    fn most_rows(&self) -> usize {
        self.paths.limits().keys.saturating_mul(2)
    }
}

/// Counts the events of the file-system class.
impl Analysis for FileSummary {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        if event.class() == EventClass::FILE_SYSTEM {
            let path = text::path(event, &self.style, &mut self.buffer);
            self.paths.sum(path).add(event);
        }
    }

    fn merge(&mut self, later: Self) {
        self.paths.merge(&later.paths);
    }
}

fn row(name: &str, depth: usize, counts: FileCounts) -> Row<'_, FileCounts> {
    Row { name: text::shown(name), depth, counts }
}

/// Returns the paths in the order of a key.
fn sorted_by_key<'s>(kept: &Kept<'s, FileCounts>, key: impl Fn(&str) -> String) -> Vec<(&'s str, &'s FileCounts)> {
    let mut paths: Vec<_> = kept.entries.iter().map(|&(path, counts)| (key(path), path, counts)).collect();
    paths.sort_by(|(one, ..), (other, ..)| text::compare(one, other)); // stable: the first spelling stays first
    paths.into_iter().map(|(_, path, counts)| (path, counts)).collect()
}

/// Returns the rows of Procmon's table by extension, given the paths in the order of their UTF-16 code units.
fn procmon_extensions<'s>(paths: &[(&'s str, &FileCounts)]) -> Vec<Row<'s, FileCounts>> {
    let mut of_case: HashMap<Cow<'s, str>, Vec<Row<'s, FileCounts>>> = HashMap::new();
    for &(path, counts) in paths {
        of_case.entry(text::ascii_lower(extension(path))).or_default().push(row(path, 1, *counts));
    }
    let extensions: Vec<_> = paths.iter().map(|&(path, counts)| (extension(path), counts)).collect();
    let mut rows = Vec::new();
    for (extension, counts) in grouped(&extensions, Cow::Borrowed) {
        rows.push(row(extension, 0, counts));
        rows.append(&mut of_case.remove(&text::ascii_lower(extension)).unwrap_or_default());
    }
    rows
}

/// The rows of folders, computed from sorted paths.
struct Folders<'s> {
    rows: Vec<(&'s str, usize, FileCounts)>,
    /// The folders of the previous path, from the drive on: the name in lower case, and the position of the row.
    branch: Vec<(Cow<'s, str>, usize)>,
    most_rows: usize,
    /// The sums of the paths beyond the limit on rows.
    others: Option<FileCounts>,
}

impl<'s> Folders<'s> {
    /// Computes the rows. `is_procmon` reproduces Procmon's mistakes.
    fn new(paths: &[(&'s str, &FileCounts)], most_rows: usize, is_procmon: bool) -> Self {
        let mut folders = Self { rows: Vec::new(), branch: Vec::new(), most_rows, others: None };
        for &(path, counts) in paths {
            let path = if is_procmon { path } else { path.trim_end_matches('\\') };
            folders.add(path, counts, is_procmon);
        }
        folders
    }

    fn add(&mut self, path: &'s str, counts: &FileCounts, is_procmon: bool) {
        let lower = if is_procmon { text::ascii_lower } else { text::lower };
        let parts = text::parts(path).zip(&self.branch);
        let common = parts.take_while(|((part, _), (name, _))| lower(part) == *name).count();
        let missing = text::parts(path).count() - common;
        if is_procmon && missing == 0 {
            return;
        }
        if missing > self.most_rows - self.rows.len() {
            return self.others.get_or_insert_default().merge(counts);
        }
        self.branch.truncate(common);
        for (part, end) in text::parts(path).skip(common) {
            let name = path.get(..end).unwrap_or(path);
            self.branch.push((lower(part), self.rows.len()));
            self.rows.push((name, self.branch.len() - 1, FileCounts::default()));
        }
        for &(_, place) in &self.branch {
            if let Some((.., sum)) = self.rows.get_mut(place) {
                sum.merge(counts);
            }
        }
    }

    fn into_table(self, kept: &Kept<'s, FileCounts>) -> Table<'s, FileCounts> {
        let rows = self.rows.into_iter().map(|(name, depth, counts)| row(name, depth, counts)).collect();
        let mut others = kept.others;
        if let Some(beyond) = self.others {
            others.get_or_insert_default().merge(&beyond);
        }
        Table { rows, total: total(kept), others }
    }
}
