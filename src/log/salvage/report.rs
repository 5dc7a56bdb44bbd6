//! The report on a salvaged file.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use crate::error::counted;

/// A report on the losses of a [salvaged](crate::OpenOptions::salvage) file and on what was rebuilt.
///
/// `Display` writes the whole report, one line for each loss.
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
    /// The path of the file; `None` if the caller passed bytes or a reader.
    pub path: Option<PathBuf>,
    /// The number of events in the salvaged log.
    pub events: u32,
    /// The number of events according to the header; `None` if the header cannot be trusted.
    pub declared_events: Option<u32>,
    /// The number of bytes in the event area that do not belong to a readable event.
    pub skipped_bytes: u64,
    /// The first 1,000 ranges of skipped bytes, as offsets in the file.
    #[cfg_attr(feature = "serde", serde(serialize_with = "pairs"))]
    pub skipped: Vec<Range<u64>>,
    /// The offset of the event that is cut off by the end of the file. Its bytes count as skipped.
    pub cut_event: Option<u64>,
    /// The number of events of the offset array that were left out because they share bytes with others: a size is
    /// damaged, or the array lists an event several times.
    pub overlapping_events: u32,
    /// The offsets of the first two events that overlap.
    pub first_overlap: Option<[u64; 2]>,
    /// The number of events whose extra block was stored elsewhere in the file and is lost.
    #[cfg_attr(feature = "serde", serde(rename = "lost_extra_blocks"))]
    pub lost_extras: u32,
    /// The state of the header: computer name, Windows version, offsets of the tables.
    pub header: SectionState,
    /// The state of the event-offset array.
    pub offsets: SectionState,
    /// The state of the process table.
    pub processes: SectionState,
    /// The state of the strings table, which holds the strings of processes and modules.
    pub strings: SectionState,
    /// The state of the icon table.
    pub icons: SectionState,
    /// The state of the hosts and ports tables.
    pub hosts: SectionState,
    /// The number of processes that were rebuilt from events.
    pub rebuilt_processes: u32,
    /// The number of processes that have events but no name.
    pub unnamed_processes: u32,
}

/// The state of a section of a salvaged file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SectionState {
    /// The section can be read completely.
    Intact,
    /// Some entries are lost.
    Partial {
        /// The number of lost entries.
        lost: u32,
    },
    /// The section ends too early; the number of lost entries is unknown.
    Truncated,
    /// The section was lost and has been rebuilt from the events.
    Rebuilt,
    /// The section is lost, or the file never had it.
    #[default]
    Lost,
}

impl fmt::Display for SectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.pad("intact"),
            Self::Partial { lost } => write!(f, "{} lost", counted(*lost, "entry", "entries")),
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
        write!(f, "{} recovered", counted(self.events, "event", "events"))?;
        if let Some(declared) = self.declared_events {
            write!(f, " of {declared}")?;
        }
        if self.skipped_bytes > 0 {
            let bytes = counted(self.skipped_bytes, "byte is", "bytes are");
            write!(f, "\n{bytes} not part of a readable event")?;
            for range in self.skipped.iter().take(3) {
                write!(f, "\n  {:#x} to {:#x}", range.start, range.end)?;
            }
            if self.skipped.len() > 3 {
                write!(f, "\n  and {} more ranges", self.skipped.len() - 3)?;
            }
        }
        if let Some(offset) = self.cut_event {
            write!(f, "\nthe end of the file cuts off the event at {offset:#x}")?;
        }
        if let Some([one, other]) = self.first_overlap {
            let count = self.overlapping_events;
            write!(
                f,
                "\n{count} events overlap others and were left out; the first two are at {one:#x} and {other:#x}"
            )?;
        }
        if self.lost_extras > 0 {
            let events = counted(self.lost_extras, "event", "events");
            write!(f, "\n{events} without the extra block, which was stored elsewhere")?;
        }
        for (name, state) in self.sections() {
            if state != SectionState::Intact {
                write!(f, "\n{name}: {state}")?;
            }
        }
        if self.rebuilt_processes > 0 {
            write!(f, "\n{} rebuilt from events", counted(self.rebuilt_processes, "process", "processes"))?;
        }
        if self.unnamed_processes > 0 {
            write!(f, "\n{} no name", counted(self.unnamed_processes, "process has", "processes have"))?;
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
        overlapping_events: 0,
        first_overlap: None,
        lost_extras: 0,
        rebuilt_processes: 0,
        unnamed_processes: 0,
    };

    /// Returns the name and the state of each section of the file.
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
