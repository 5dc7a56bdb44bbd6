//! The computers on which the files of a capture were recorded.

use std::fmt;
use std::io;

use super::Analysis;
use super::csv::DialogCsv;
use super::size::ThreeDigits;
use crate::error::Result;
use crate::event::Event;
use crate::index::{Index, SystemInfo, Warning};
use crate::wire::{FileTime, Ticks};

/// The computer and the number of events of each file of a capture, with warnings about files that are probably not
/// from the same capture.
///
/// ```
/// use procmon_parser::LogsReader;
/// use procmon_parser::analysis::{Analysis, SystemDetails};
///
/// let log = LogsReader::open("fixtures/segments/capture.pml")?;
/// let mut details = SystemDetails::new(log.indexes());
/// log.events().flatten().for_each(|event| details.add(&event));
/// for row in details.rows() {
///     println!("{} {}: {} events", row.system.computer_name, row.system.os_name(), row.events);
///     row.warnings.iter().for_each(|warning| println!("{warning}"));
/// }
/// # assert_eq!(details.rows().map(|row| row.events).sum::<u64>(), log.len() as u64);
/// # Ok::<(), procmon_parser::Error>(())
/// ```
///
/// A file that was not passed to [`new`](Self::new) is added with its first event.
#[derive(Debug, Default)]
pub struct SystemDetails {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    index: Index,
    events: u64,
    span: Option<(FileTime, FileTime)>,
}

/// A file of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SystemRow<'s> {
    /// The computer and its version of Windows.
    pub system: &'s SystemInfo,
    /// The format version of the file.
    pub format_version: u32,
    /// The number of events that were counted.
    pub events: u64,
    /// The start time of the earliest event, in UTC; `None` without events.
    pub first_time: Option<FileTime>,
    /// The start time of the latest event, in UTC; `None` without events.
    pub last_time: Option<FileTime>,
    /// The warnings that the file is probably not from the same capture as the previous one: it has another computer,
    /// or there is more than an hour between the events of the two.
    pub warnings: Vec<&'s Warning>,
}

impl SystemRow<'_> {
    /// Returns the time between the earliest and the latest event; 0 without events.
    #[must_use]
    pub fn span(&self) -> Ticks {
        self.first_time.zip(self.last_time).map_or(Ticks(0), |(first, last)| last.since(first))
    }
}

impl SystemDetails {
    /// Creates the details of these files, with no events counted.
    #[must_use]
    pub fn new<'i>(indexes: impl IntoIterator<Item = &'i Index>) -> Self {
        let file = |index: &Index| File { index: index.clone(), events: 0, span: None };
        Self { files: indexes.into_iter().map(file).collect() }
    }

    /// Returns the rows of the files, in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = SystemRow<'_>> {
        self.files.iter().map(|file| SystemRow {
            system: file.index.system(),
            format_version: file.index.format_version(),
            events: file.events,
            first_time: file.span.map(|(first, _)| first),
            last_time: file.span.map(|(_, last)| last),
            warnings: file.index.warnings().iter().filter(|warning| warning.kind.is_unrelated_file()).collect(),
        })
    }

    /// Writes the fields of Procmon's System Details, for the first file.
    ///
    /// Procmon calls Windows 11 `Windows 10`, and each server since 2016 `Windows Server 2016`.
    ///
    /// ```
    /// use procmon_parser::{LogsReader, analysis::SystemDetails};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// let mut csv = Vec::new();
    /// SystemDetails::new(log.indexes()).write_procmon_csv(&mut csv)?;
    /// assert!(String::from_utf8_lossy(&csv).contains("\"Memory (RAM)\",\"15.9 GB\""));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_procmon_csv(&self, out: impl io::Write) -> Result<()> {
        let mut csv = DialogCsv::new(out, &["Field", "Value"])?;
        if let Some(file) = self.files.first() {
            let system = file.index.system();
            let processors = match system.processors {
                0 => "unknown".to_owned(),
                number => number.to_string(),
            };
            let kind = if system.pointer_width.is_64bit() { "64-bit" } else { "32-bit" };
            for (field, value) in [
                ("Computer Name", system.computer_name.as_str()),
                ("Operating System", &system.procmon_os_name()),
                ("System Root", &system.system_root),
                ("Logical Processors", &processors),
                ("Memory (RAM)", &Memory(system.physical_memory).to_string()),
                ("System Type", kind),
            ] {
                csv.cell(field);
                csv.cell(value);
                csv.row_end()?;
            }
        }
        Ok(csv.finish()?)
    }

    /// Returns a file. Adds it if it is new.
    #[inline]
    fn file(&mut self, index: &Index) -> Option<&mut File> {
        let known = self.files.iter().rposition(|file| file.index.ptr_eq(index));
        let at = known.unwrap_or_else(|| {
            self.files.push(File { index: index.clone(), events: 0, span: None });
            self.files.len() - 1
        });
        self.files.get_mut(at)
    }
}

impl File {
    fn add(&mut self, events: u64, span: Option<(FileTime, FileTime)>) {
        self.events += events;
        self.span = match (self.span, span) {
            (Some((first, last)), Some((start, end))) => Some((first.min(start), last.max(end))),
            (one, other) => one.or(other),
        };
    }
}

impl Analysis for SystemDetails {
    #[inline]
    fn add(&mut self, event: &Event<'_>) {
        if let Some(file) = self.file(event.index()) {
            file.add(1, Some((event.time(), event.time())));
        }
    }

    fn merge(&mut self, later: Self) {
        for File { index, events, span } in later.files {
            if let Some(file) = self.file(&index) {
                file.add(events, span);
            }
        }
    }
}

/// A memory size, printed like in Procmon (measured on Procmon 3.94).
struct Memory(u64);

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, u32, &str); 3] = [(GB_FROM, 30, "GB"), (1 << 20, 20, "MB"), (1 << 10, 10, "KB")];
        const GB_FROM: u64 = 1_000_000_000;
        let Self(bytes) = *self;
        if bytes == u64::MAX {
            return f.write_str("unknown");
        }
        if bytes > i64::MAX.unsigned_abs() {
            return write!(f, "{}", bytes.cast_signed());
        }
        match UNITS.iter().find(|(from, ..)| bytes >= *from) {
            Some(&(_, bits, unit)) => write!(f, "{} {unit}", ThreeDigits { bytes, unit_shift: bits }),
            None => write!(f, "{bytes}"),
        }
    }
}
