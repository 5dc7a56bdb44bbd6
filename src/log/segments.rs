//! The files of one capture as one log.

use std::path::PathBuf;

use super::salvage::{Salvage, SalvageReport};
use crate::error::{Error, ErrorKind, Result};
use crate::index::{Index, SystemInfo, WarningKind, Warnings};
use crate::wire::{FileTime, Ticks};

/// One file of a capture.
#[derive(Debug)]
pub(super) struct Segment<T> {
    /// The bytes of the file, or a reader for them.
    pub(super) data: T,
    pub(super) index: Index,
    /// The path, for errors; `None` if the caller passed bytes or a reader.
    pub(super) path: Option<PathBuf>,
    /// The ordinal of its first event within the whole log.
    pub(super) first: usize,
    /// The replacement of the offset array, if the file was salvaged.
    pub(super) salvage: Option<Box<Salvage>>,
}

impl<T> Segment<T> {
    pub(super) fn new(data: T, index: Index, salvage: Option<Box<Salvage>>) -> Self {
        Self { data, index, path: None, first: 0, salvage }
    }

    pub(super) fn with_path(mut self, path: PathBuf) -> Self {
        if let Some(salvage) = &mut self.salvage {
            salvage.report.path = Some(path.clone());
        }
        self.path = Some(path);
        self
    }

    /// Adds the path of the file to an error.
    #[cold]
    pub(super) fn locate(&self, error: Error) -> Error {
        match &self.path {
            Some(path) => error.in_file(path),
            None => error,
        }
    }
}

/// The longest time between the events of two files that probably belong to one capture: an hour. Procmon begins the
/// next file immediately, but a filter can have dropped the events at its start.
const FAR: Ticks = Ticks(3600 * Ticks::SECOND.0);

/// Returns the time between two spans of time; 0 if they overlap.
fn distance([first, last]: [FileTime; 2], [start, end]: [FileTime; 2]) -> Ticks {
    let after = |later: FileTime, earlier: FileTime| later.0.saturating_sub(earlier.0);
    Ticks(after(start, last).max(after(first, end)))
}

/// Returns true if two logs were captured on the same computer, as far as their headers show.
fn is_same_computer(one: &SystemInfo, other: &SystemInfo) -> bool {
    let windows = |system: &SystemInfo| (system.pointer_width, system.os_major, system.os_minor, system.os_build);
    one.computer_name.eq_ignore_ascii_case(&other.computer_name) && windows(one) == windows(other)
}

/// The files of a capture, at least one, in the order in which Procmon joins them.
#[derive(Debug)]
pub(super) struct Segments<T> {
    list: Vec<Segment<T>>,
    event_count: usize,
}

impl<T> Segments<T> {
    /// Assigns each file the ordinal of its first event, and lets the files share the names of hosts and ports.
    pub(super) fn join(mut list: Vec<Segment<T>>) -> Result<Self> {
        let mut event_count = 0;
        for segment in &mut list {
            segment.first = event_count;
            event_count += segment.index.event_count() as usize;
        }
        if list.is_empty() {
            return Err(Error::new(ErrorKind::MissingInput));
        }
        if let Err(_too_many) = u32::try_from(event_count) {
            let expected = "at most 4294967295 events in all files of a capture";
            return Err(Error::bad_value(0x234, "header.event_count", event_count as u64, expected));
        }
        Index::join(list.iter_mut().map(|segment| &mut segment.index));
        Ok(Self { list, event_count })
    }

    /// Sets the time from which Relative Time counts: the time of the first event of the capture.
    pub(super) fn set_origin(&mut self, origin: FileTime) {
        self.list.iter_mut().for_each(|segment| segment.index.set_origin(origin));
    }

    /// Returns the ordinals of the first and the last event of each file, if there are several files; `None` for a file
    /// without events.
    pub(super) fn ends(&self) -> Vec<Option<[usize; 2]>> {
        let ends = |segment: &Segment<T>| {
            let last = (segment.index.event_count() as usize).checked_sub(1)?;
            Some([segment.first, segment.first + last])
        };
        if self.list.len() > 1 { self.list.iter().map(ends).collect() } else { Vec::new() }
    }

    /// Adds warnings to files that probably do not belong to the same capture as the previous file, given the times of
    /// the first and the last event of each file.
    pub(super) fn check_relations(&mut self, times: &[Option<[FileTime; 2]>]) {
        let mut previous: Option<(SystemInfo, Option<[FileTime; 2]>)> = None;
        for (segment, times) in self.list.iter_mut().zip(times) {
            let system = segment.index.system().clone();
            let mut warnings = Warnings::default();
            if let Some((other, other_times)) = &previous {
                if !is_same_computer(&system, other) {
                    warnings.add(WarningKind::OtherComputer, 0x00C, "header.computer_name");
                }
                if other_times.zip(*times).is_some_and(|(one, another)| distance(one, another) > FAR) {
                    warnings.add(WarningKind::DistantFile, segment.index.events().start, "event.time");
                }
            }
            segment.index.add_warnings(warnings);
            let times = times.or(previous.and_then(|(_, times)| times));
            previous = Some((system, times));
        }
    }

    #[inline]
    pub(super) fn event_count(&self) -> usize {
        self.event_count
    }

    #[expect(clippy::indexing_slicing, reason = "`join` fails if there are no files")]
    pub(super) fn first_index(&self) -> &Index {
        &self.list[0].index
    }

    pub(super) fn indexes(&self) -> impl ExactSizeIterator<Item = &Index> {
        self.list.iter().map(|segment| &segment.index)
    }

    pub(super) fn salvaged(&self) -> impl Iterator<Item = &SalvageReport> {
        self.list.iter().filter_map(|segment| segment.salvage.as_ref()).map(|salvage| &salvage.report)
    }

    /// Returns the file that contains an event. The caller has compared the ordinal with the number of events.
    #[inline]
    pub(super) fn of_event(&self, ordinal: usize) -> Option<&Segment<T>> {
        self.number_of(ordinal).and_then(|number| self.list.get(number))
    }

    /// Returns the number of the file that contains an event.
    #[inline]
    pub(super) fn number_of(&self, ordinal: usize) -> Option<usize> {
        match &*self.list {
            [_] => Some(0),
            several => several.partition_point(|segment| segment.first <= ordinal).checked_sub(1),
        }
    }

    pub(super) fn get(&self, number: usize) -> Option<&Segment<T>> {
        self.list.get(number)
    }

    pub(super) fn into_list(self) -> Vec<Segment<T>> {
        self.list
    }
}
