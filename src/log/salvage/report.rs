//! The report of what was lost of a file.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// What was lost of a file and what could be rebuilt: one for each file that had to be
/// [salvaged](crate::OpenOptions::salvage).
///
/// `Display` writes all of it, a line for each loss.
///
/// ```
/// let log = procmon_parser::OpenOptions::new().salvage(true).open("fixtures/unclosed.pml")?;
/// let report = log.salvaged().next().ok_or("an unclosed log is salvaged")?;
/// assert_eq!(report.events as usize, log.len());
/// assert_eq!(report.skipped_bytes, 0);
/// println!("{report}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SalvageReport {
    /// The file; unknown if the caller gave bytes or a reader.
    pub path: Option<PathBuf>,
    /// Number of events that the log has now.
    pub events: u32,
    /// Number of events that the header declares; `None` if it has no number that can be trusted.
    pub declared_events: Option<u32>,
    /// Number of bytes between the events that belong to no event that can be read.
    pub skipped_bytes: u64,
    /// Their ranges, in bytes from the start of the file; the first thousand.
    #[cfg_attr(feature = "serde", serde(serialize_with = "pairs"))]
    pub skipped: Vec<Range<u64>>,
    /// Offset of the event that the end of the file cuts off. Its bytes count as skipped.
    pub cut_event: Option<u64>,
    /// Number of events whose extra block was stored elsewhere and is lost.
    #[cfg_attr(feature = "serde", serde(rename = "lost_extra_blocks"))]
    pub lost_extras: u32,
    /// The header: name and Windows of the computer, places of the tables.
    pub header: SectionState,
    /// The offsets of the events.
    pub offsets: SectionState,
    /// The process table.
    pub processes: SectionState,
    /// The strings table, which has the texts of processes and modules.
    pub strings: SectionState,
    /// The icon table.
    pub icons: SectionState,
    /// The tables of hosts and ports.
    pub hosts: SectionState,
    /// Number of processes that were rebuilt from events.
    pub rebuilt_processes: u32,
    /// Number of processes that have events, but no name.
    pub unnamed_processes: u32,
}

/// What became of a section of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionState {
    /// It is as it was written.
    Intact,
    /// Some of its entries are lost.
    Partial {
        /// Number of lost entries.
        lost: u32,
    },
    /// It ends too early; the number of lost entries is unknown.
    Truncated,
    /// It was lost, and rebuilt from the events.
    Rebuilt,
    /// It is lost, or the file never had it.
    #[default]
    Lost,
}

impl fmt::Display for SectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.pad("intact"),
            Self::Partial { lost } => write!(f, "{lost} entries lost"),
            Self::Truncated => f.pad("truncated"),
            Self::Rebuilt => f.pad("rebuilt from the events"),
            Self::Lost => f.pad("lost"),
        }
    }
}

impl fmt::Display for SalvageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            writeln!(f, "{}:", path.display())?;
        }
        write!(f, "{} events recovered", self.events)?;
        if let Some(declared) = self.declared_events {
            write!(f, " of {declared}")?;
        }
        if self.skipped_bytes > 0 {
            write!(f, "\n{} bytes belong to no event that can be read", self.skipped_bytes)?;
            for range in self.skipped.iter().take(3) {
                write!(f, "\n  {:#x} to {:#x}", range.start, range.end)?;
            }
            if self.skipped.len() > 3 {
                write!(f, "\n  and {} more places", self.skipped.len() - 3)?;
            }
        }
        if let Some(offset) = self.cut_event {
            write!(f, "\nthe file ends within the event at {offset:#x}")?;
        }
        if self.lost_extras > 0 {
            write!(f, "\n{} events have lost their extra block, which was stored elsewhere", self.lost_extras)?;
        }
        for (name, state) in self.sections() {
            if state != SectionState::Intact {
                write!(f, "\n{name}: {state}")?;
            }
        }
        if self.rebuilt_processes > 0 {
            write!(f, "\n{} processes rebuilt from events", self.rebuilt_processes)?;
        }
        if self.unnamed_processes > 0 {
            write!(f, "\n{} processes have no name", self.unnamed_processes)?;
        }
        Ok(())
    }
}

impl SalvageReport {
    pub(super) const NOTHING_LOST: Self = Self {
        path: None,
        header: SectionState::Intact,
        events: 0,
        declared_events: None,
        skipped_bytes: 0,
        skipped: Vec::new(),
        cut_event: None,
        offsets: SectionState::Intact,
        processes: SectionState::Intact,
        strings: SectionState::Intact,
        icons: SectionState::Intact,
        hosts: SectionState::Intact,
        lost_extras: 0,
        rebuilt_processes: 0,
        unnamed_processes: 0,
    };

    /// Returns the sections of the file by name, with what became of each.
    pub fn sections(&self) -> impl Iterator<Item = (&'static str, SectionState)> {
        [
            ("header", self.header),
            ("offsets", self.offsets),
            ("processes", self.processes),
            ("strings", self.strings),
            ("icons", self.icons),
            ("hosts", self.hosts),
        ]
        .into_iter()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SectionState {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
fn pairs<S: serde::Serializer>(ranges: &[Range<u64>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ranges.iter().map(|range| [range.start, range.end]))
}
