//! Finding events that share bytes of their file.
//!
//! Procmon never writes such events. A damaged size lets an event extend over the following ones, and a crafted offset
//! array lists the same event any number of times, so that a copy would be larger than the log.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Log;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::event::Event;
use crate::index::{Index, Warning, WarningKind};

/// Finds the events of a log that share bytes with an earlier event of the same file: with its record, or with an extra
/// block that is stored elsewhere.
///
/// Checking an event that follows the previous one in the file takes one comparison. Memory use depends on the number
/// of gaps between the events: none in a log that Procmon saved, and few in a capture. Beyond 65,536 gaps, the first
/// ones are counted as parts of events, so memory stays below 4 MiB for each file.
///
/// ```
/// use procmon_parser::log::Overlaps;
/// use procmon_parser::{Log, LogsReader};
///
/// let log = LogsReader::open("fixtures/sample64.pml")?;
/// let mut overlaps = Overlaps::new();
/// let mut alone = 0;
/// log.for_each(|event| alone += usize::from(event.is_ok_and(|event| !overlaps.add(event))))?;
/// assert!(!overlaps.any() && alone == log.len());
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Overlaps {
    files: Vec<(Index, OfFile)>,
    /// The number of the file of the last event.
    current: usize,
}

/// The events of a file.
#[derive(Clone, Debug, Default)]
struct OfFile {
    used: Used,
    /// The number of events that overlap an earlier one.
    count: u32,
    first: Option<Spot>,
}

/// The place of an event.
#[derive(Clone, Debug)]
struct Spot {
    offset: u64,
    ordinal: u32,
    ranges: [Range<u64>; 2],
}

impl Spot {
    fn of(event: Event<'_>) -> Self {
        Self { offset: event.offset(), ordinal: event.ordinal(), ranges: event.ranges() }
    }

    fn shares_bytes_with(&self, other: &Self) -> bool {
        let pairs = self.ranges.iter().flat_map(|one| other.ranges.iter().map(move |another| (one, another)));
        { pairs }.any(|(one, another)| one.start.max(another.start) < one.end.min(another.end))
    }

    fn place(&self) -> Place {
        Place { event: Some(self.ordinal), ..Place::new(self.offset, "event.offset") }
    }
}

impl Overlaps {
    /// Creates a check that has seen no events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event. Returns true if it overlaps one that was added before; it is then ignored when later events are
    /// checked.
    #[inline]
    pub fn add(&mut self, event: Event<'_>) -> bool {
        self.add_with(event, event.in_one_piece())
    }

    /// Adds an event as [`add`](Self::add) does. `record` is its [record](Event::in_one_piece).
    #[inline]
    pub(crate) fn add_with(&mut self, event: Event<'_>, record: Option<&[u8]>) -> bool {
        let of_file = self.of_file(event.index());
        match record {
            Some(record) if of_file.used.append(event.offset(), record.len() as u64) => false,
            _ => of_file.add(event),
        }
    }

    /// Adds the events of a check of another part of the log.
    pub fn merge(&mut self, other: Self) {
        for (index, of_other) in other.files {
            let of_file = self.of_file(&index);
            let mut all_free = true;
            for range in of_other.used.ranges() {
                all_free &= of_file.used.add(range);
            }
            of_file.count = of_file.count.saturating_add(of_other.count).saturating_add(u32::from(!all_free));
            of_file.first = of_file.first.take().or(of_other.first);
        }
    }

    /// Returns true if any event overlaps an earlier one.
    #[must_use]
    pub fn any(&self) -> bool {
        self.files.iter().any(|(_, of_file)| of_file.count > 0)
    }

    /// Returns a warning for each file with overlapping events. It has the place of the first event that overlaps an
    /// earlier one, the offset of that one, and the number of events that overlap earlier ones. Reads the log again if
    /// there are such events.
    ///
    /// # Errors
    /// Same as [`Log::read_batch`].
    pub fn warnings(&self, log: &(impl Log + ?Sized)) -> Result<Vec<(Index, Warning)>> {
        let mut warnings = Vec::new();
        if !self.any() {
            return Ok(warnings);
        }
        // Parts that were checked separately count some events twice.
        let mut whole = Self::new();
        log.for_each(|event| _ = event.map(|event| whole.add(event)))?;
        for (index, OfFile { count, first, .. }) in whole.files {
            let Some(first) = first else { continue };
            let kind = WarningKind::OverlappingEvents { earlier: earlier(log, &index, &first)? };
            warnings.push((index, Warning { kind, place: first.place(), count }));
        }
        Ok(warnings)
    }

    /// Returns the number of events that overlap earlier ones, and the error of the first one.
    pub(crate) fn losses(&self, log: &(impl Log + ?Sized)) -> Result<(u64, Option<Error>)> {
        let count = self.files.iter().map(|(_, of_file)| u64::from(of_file.count)).sum();
        let Some((index, first)) =
            self.files.iter().find_map(|(index, of_file)| Some((index, of_file.first.as_ref()?)))
        else {
            return Ok((count, None));
        };
        let kind = ErrorKind::OverlappingEvent { earlier: earlier(log, index, first)? };
        Ok((count, Some(Error::at(kind, first.offset, "event.offset").in_event(first.ordinal))))
    }

    #[inline]
    fn of_file(&mut self, index: &Index) -> &mut OfFile {
        if !self.files.get(self.current).is_some_and(|(current, _)| current.ptr_eq(index)) {
            self.change_file(index);
        }
        #[expect(clippy::indexing_slicing, reason = "`change_file` sets a valid number")]
        &mut self.files[self.current].1
    }

    #[cold]
    fn change_file(&mut self, index: &Index) {
        self.current = self.files.iter().position(|(known, _)| known.ptr_eq(index)).unwrap_or(self.files.len());
        if self.current == self.files.len() {
            self.files.push((index.clone(), OfFile::default()));
        }
    }
}

impl OfFile {
    /// Adds an event that does not directly follow the previous one, or that consists of two parts. Returns true if it
    /// overlaps an earlier one.
    #[inline(never)]
    fn add(&mut self, event: Event<'_>) -> bool {
        let [record, extra] = event.ranges();
        if self.used.is_free(&record) && self.used.is_free(&extra) && self.used.add(record) {
            // False if the extra block overlaps the record of the same event.
            if extra.is_empty() || self.used.add(extra) {
                return false;
            }
        }
        self.note(event);
        true
    }

    #[cold]
    fn note(&mut self, event: Event<'_>) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert_with(|| Spot::of(event));
    }
}

/// Returns the offset of the first event of a log that shares bytes with a later one.
fn earlier(log: &(impl Log + ?Sized), index: &Index, later: &Spot) -> Result<u64> {
    enum End {
        Found(u64),
        Failed(Error),
    }
    impl From<Error> for End {
        fn from(error: Error) -> Self {
            Self::Failed(error)
        }
    }
    let is_it = |event: Event<'_>| event.index().ptr_eq(index) && Spot::of(event).shares_bytes_with(later);
    let end = log.try_for_each(|event| match event {
        Ok(event) if is_it(event) => Err(End::Found(event.offset())),
        _ => Ok(()),
    });
    match end {
        Err(End::Found(offset)) => Ok(offset),
        Err(End::Failed(error)) => Err(error),
        // All of its bytes were in gaps that were counted as parts of events.
        Ok(()) => Ok(later.offset),
    }
}

/// A set of ranges of a file. Adjacent ranges are joined.
#[derive(Clone, Debug, Default)]
pub(in crate::log) struct Used {
    /// The range that was extended last.
    last: Range<u64>,
    /// The other ranges: their starts and ends.
    others: BTreeMap<u64, u64>,
    /// The end of the highest range.
    highest: u64,
}

impl Used {
    /// The maximum number of ranges. Beyond it, the two lowest ones are joined, and the gap between them counts as
    /// used.
    const MAX_RANGES: usize = 1 << 16;

    /// Returns true if no byte of a range is in the set.
    #[inline]
    fn is_free(&self, range: &Range<u64>) -> bool {
        range.start >= self.highest || self.is_gap(range)
    }

    #[cold]
    fn is_gap(&self, range: &Range<u64>) -> bool {
        let before = self.others.range(..range.end).next_back().map_or(0, |(_, &end)| end);
        before <= range.start && (self.last.end <= range.start || self.last.start >= range.end)
    }

    /// Adds a range if it directly follows the last one and all others. Returns false, and changes nothing, if not.
    #[inline]
    fn append(&mut self, start: u64, len: u64) -> bool {
        let follows = start == self.last.end && start == self.highest;
        if follows {
            self.last.end = start + len;
            self.highest = start + len;
        }
        follows
    }

    /// Adds a range if no byte of it is in the set. Returns false, and changes nothing, if one is.
    #[inline]
    pub(in crate::log) fn add(&mut self, range: Range<u64>) -> bool {
        self.append(range.start, range.end - range.start) || self.insert(range)
    }

    #[cold]
    fn insert(&mut self, Range { mut start, mut end }: Range<u64>) -> bool {
        if !self.is_free(&(start..end)) {
            return false;
        }
        let last = std::mem::take(&mut self.last);
        if !last.is_empty() {
            self.others.insert(last.start, last.end);
        }
        if let Some(before) = self.others.range(..start).next_back().filter(|&(_, &end)| end == start) {
            start = *before.0;
            self.others.remove(&start);
        }
        end = self.others.remove(&end).unwrap_or(end);
        self.last = start..end;
        self.highest = self.highest.max(end);
        if self.others.len() >= Self::MAX_RANGES
            && let (Some((start, _)), Some((_, end))) = (self.others.pop_first(), self.others.pop_first())
        {
            self.others.insert(start, end);
        }
        true
    }

    fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        let last = Some(self.last.clone()).filter(|last| !last.is_empty());
        self.others.iter().map(|(&start, &end)| start..end).chain(last)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Used;

    proptest! {
        #[test]
        fn ranges_are_free_unless_a_byte_is_used(ranges in prop::collection::vec((0_usize..200, 1_usize..30), 0..60)) {
            let (mut used, mut bytes) = (Used::default(), [false; 256]);
            for (start, len) in ranges {
                let range = start as u64..(start + len) as u64;
                let of_range = &mut bytes[start..start + len];
                let is_free = !of_range.contains(&true);
                prop_assert_eq!(used.is_free(&range), is_free);
                prop_assert_eq!(used.add(range), is_free);
                if is_free {
                    of_range.fill(true);
                }
            }
            let counted: u64 = used.ranges().map(|range| range.end - range.start).sum();
            prop_assert_eq!(counted, bytes.iter().filter(|&&is_used| is_used).count() as u64);
            let is_used = |place: u64| usize::try_from(place).ok().and_then(|place| bytes.get(place)) == Some(&true);
            let adjacent = used.ranges().filter(|range| is_used(range.end)).count();
            prop_assert_eq!(adjacent, 0);
        }
    }

    #[test]
    fn the_number_of_ranges_is_limited() {
        let mut used = Used::default();
        for number in 0..200_000 {
            assert!(used.add(10 * number..10 * number + 5));
        }
        assert!(used.others.len() <= Used::MAX_RANGES);
        // The first gaps count as used, the last ones do not.
        assert!(!used.add(5..6) && used.add(1_999_985..1_999_986) && !used.add(1_999_985..1_999_986));
    }
}
