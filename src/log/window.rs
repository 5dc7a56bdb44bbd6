//! Windows: buffers for the events of a log that is not in memory.
//!
//! A window is filled in two steps. First one range of the file is read in a single call. It begins at or shortly
//! before the first event and usually contains all events of the window, because saved logs store events in order. Then
//! each event is located in that copy. Capture files store events in order of arrival and extra blocks anywhere
//! (docs/PML-FORMAT.md, "File layout" and "Extra block"); what is not in the copy is read on its own and appended to
//! it.

use std::iter::FusedIterator;
use std::ops::Range;
use std::path::Path;

use super::read_at::{ReadAt, read_exact_at};
use crate::error::{Error, Result};
use crate::event::{Event, EventHeader, EventHeaderRef, Framing};
use crate::index::Index;
use crate::wire::OffsetEntry;

/// A reusable buffer for events of a [`LogsStream`](crate::LogsStream), filled by its
/// [`read`](crate::LogsStream::read).
#[derive(Clone, Debug)]
pub struct Window {
    /// The size that the window aims for, in bytes.
    size: usize,
    /// The copy of a range of the file, then the events that are stored elsewhere. Never shrinks, so that only bytes
    /// beyond the longest content so far have to be zeroed before a read.
    bytes: Vec<u8>,
    /// The offset of the copied range in the file.
    base: u64,
    /// The length of the copied range.
    main: usize,
    /// The end of the content in `bytes`.
    end: usize,
    /// The total size of the events in the copied range, in bytes.
    used: u64,
    /// The entries of the offset array.
    entries: Vec<u8>,
    spots: Vec<Spot>,
    /// The ordinal of the first event.
    first: usize,
    /// The number of the file in the capture.
    pub(super) segment: usize,
}

/// The location of an event in a window.
#[derive(Clone, Copy, Debug)]
struct Spot {
    /// The offset of the event in the file.
    offset: u64,
    /// The offset of the event in `bytes`.
    start: u32,
    /// The length of the event in bytes; 0 and unused for [`Kind::InMain`].
    len: u32,
    /// The offset of the detail block from the start of the event, in bytes; 0 if the event is
    /// damaged or too large.
    detail: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// In the copied range. Its length is not stored: the event gets all bytes up to the end of the range.
    InMain,
    /// After the copied range, `len` bytes long.
    Apart,
    /// Like `Apart`, but the extra block was stored elsewhere and was moved to the end of the detail block.
    ExtraMoved,
    /// Not read: larger than any event that Procmon writes, so reading it would only take memory.
    TooLarge,
}

/// The source of the offset-array entries.
pub(super) enum Entries<'a> {
    /// The file, from this offset on.
    InFile(u64),
    /// Memory: a salvaged array.
    Salvaged(&'a [u8]),
}

impl Default for Window {
    /// Creates a window of about 1 MiB.
    fn default() -> Self {
        Self::new(1 << 20)
    }
}

impl Window {
    /// The size of the largest event that is read into a window, in bytes: 4 MiB. A larger one is an error. Procmon
    /// cannot write one: the largest possible stack takes 512 KiB, and details are smaller.
    pub const MAX_EVENT: u32 = 1 << 22;

    /// Creates a window of about `size` bytes. It grows for a larger event, up to [`MAX_EVENT`](Self::MAX_EVENT).
    /// Bookkeeping takes up to a third more.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            size: size.min(1 << 30),
            bytes: Vec::new(),
            base: 0,
            main: 0,
            end: 0,
            used: 0,
            entries: Vec::new(),
            spots: Vec::new(),
            first: 0,
            segment: 0,
        }
    }

    /// Returns the ordinals of the events in the window.
    #[must_use]
    pub fn ordinals(&self) -> Range<usize> {
        self.first..self.first + self.spots.len()
    }

    /// Returns the number of events in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Returns true if the window contains no events: nothing was read yet, or the end of the log was reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// Returns the maximum number of events to read at a time from a file with `count` events: a quarter more than fit
    /// if each has the mean size of the events of the file. This bounds the bookkeeping, and the number of entries that
    /// are read but left for the next window.
    pub(super) fn capacity(&self, index: &Index, count: usize) -> usize {
        /// The smallest mean size that is assumed, in bytes.
        const SMALLEST: u64 = 128;
        let Range { start, end } = *index.events();
        let mean = ((end - start) / (count as u64).max(1)).max(SMALLEST);
        let events = self.size as u64 / mean;
        usize::try_from(events + events / 4 + 1).unwrap_or(usize::MAX)
    }

    pub(super) fn clear(&mut self, first: usize) {
        self.main = 0;
        self.end = 0;
        self.used = 0;
        self.spots.clear();
        self.first = first;
        self.segment = 0;
    }

    /// Reads the events of `count` entries, up to the first event that does not fit.
    pub(super) fn fill<R: ReadAt + ?Sized>(
        &mut self,
        source: &R,
        index: &Index,
        entries: Entries<'_>,
        count: usize,
    ) -> Result<()> {
        let (size, end) = (source.size()?, index.events().end);
        if size < end {
            return Err(Error::file_changed(size, "file.size", end, size));
        }
        self.read_entries(source, entries, count)?;
        self.read_main(source, index, size)?;
        let entries = std::mem::take(&mut self.entries);
        let mut filling = Filling { window: self, source, index, size, events: index.events().clone() };
        let result = filling.place_all(&entries);
        self.entries = entries;
        result
    }

    fn read_entries<R: ReadAt + ?Sized>(&mut self, source: &R, entries: Entries<'_>, count: usize) -> Result<()> {
        let len = count * OffsetEntry::SIZE;
        match entries {
            Entries::InFile(offset) => {
                self.entries.resize(len, 0);
                read_exact_at(source, offset, &mut self.entries)
            }
            Entries::Salvaged(array) => {
                self.entries.clear();
                self.entries.extend_from_slice(array.get(..len).unwrap_or(array));
                Ok(())
            }
        }
    }

    /// Copies the range of the file that contains the first event and most likely the following ones.
    fn read_main<R: ReadAt + ?Sized>(&mut self, source: &R, index: &Index, size: u64) -> Result<()> {
        let Some(first) = OffsetEntry::iter(&self.entries).find(|offset| index.events().contains(offset)) else {
            return Ok(());
        };
        // In capture files a later event can be stored before an earlier one. The range begins at the lowest offset of
        // these events, but leaves at least half of its length for the first event and those after it.
        let lowest = first.saturating_sub(self.size as u64 / 2).max(index.events().start);
        let before = OffsetEntry::iter(&self.entries).filter(|offset| (lowest..=first).contains(offset));
        let base = before.min().unwrap_or(first);
        let len = (index.events().end.min(size) - base).min(self.size as u64);
        self.base = base;
        self.main = usize::try_from(len).unwrap_or(self.size);
        self.read_part(source, base, self.main)
    }

    /// Appends a range of the file to the content.
    fn read_part<R: ReadAt + ?Sized>(&mut self, source: &R, offset: u64, len: usize) -> Result<()> {
        let end = self.end + len;
        if self.bytes.is_empty() {
            // The allocator has zeroed memory.
            self.bytes = vec![0; end];
        } else if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        read_exact_at(source, offset, self.bytes.get_mut(self.end..end).unwrap_or_default())?;
        self.end = end;
        Ok(())
    }
}

/// The state while a window is filled.
struct Filling<'a, R: ?Sized> {
    window: &'a mut Window,
    source: &'a R,
    index: &'a Index,
    /// The size of the file in bytes.
    size: u64,
    /// The range of the file that contains the events.
    events: Range<u64>,
}

impl<R: ReadAt + ?Sized> Filling<'_, R> {
    fn place_all(&mut self, entries: &[u8]) -> Result<()> {
        for offset in OffsetEntry::iter(entries) {
            let spot = match self.place_copied(offset) {
                Some(spot) => spot,
                None => match self.place(offset)? {
                    Some(spot) => spot,
                    None => break,
                },
            };
            self.window.spots.push(spot);
        }
        Ok(())
    }

    /// Locates an event that is complete in the copied range. Returns `None` for the few others, including damaged
    /// ones: [`place`](Self::place) handles these.
    #[inline]
    fn place_copied(&mut self, offset: u64) -> Option<Spot> {
        let start = usize::try_from(offset.checked_sub(self.window.base)?).ok()?;
        // The copied range is within the range of the events, so the event cannot extend past their end.
        let tail = self.window.bytes.get(start..self.window.main)?;
        let header = EventHeaderRef::new(tail)?;
        let Framing { detail, detail_end } = Framing::of(header, self.index.pointer_width());
        let extra_at = header.extra_offset();
        let len = if extra_at == 0 {
            detail_end
        } else {
            let extra = tail.get(extra_at as usize..).filter(|_| u64::from(extra_at) == detail_end)?;
            detail_end + Framing::EXTRA_SIZE as u64 + u64::from(Framing::extra_size(extra)?)
        };
        if len > tail.len() as u64 {
            return None;
        }
        self.window.used += len;
        Some(Spot { offset, start: u32::try_from(start).ok()?, len: 0, detail, kind: Kind::InMain })
    }

    /// Locates an event in the window, reading it if necessary. Returns `None` if it does not fit.
    ///
    /// An event that is damaged gets a spot as well, with too few bytes: decoding it then fails in the same way as in a
    /// [`LogsReader`](crate::LogsReader).
    fn place(&mut self, offset: u64) -> Result<Option<Spot>> {
        const HEADER: u64 = EventHeader::SIZE as u64;
        if !self.events.contains(&offset) || self.events.end - offset < HEADER {
            return Ok(Some(Spot { offset, start: 0, len: 0, detail: 0, kind: Kind::Apart }));
        }
        let (Framing { detail, detail_end }, extra_at) = self.framing(offset)?;
        if detail_end > self.events.end - offset {
            // The event extends past the events: only its prefix is needed.
            return self.place_bytes(offset, HEADER, 0);
        }
        if extra_at == 0 {
            return self.place_bytes(offset, detail_end, detail);
        }
        let extra = self.extra(offset, extra_at.into())?;
        // A detached block close to its record is read together with the bytes in between. One farther away is read on
        // its own, and put where a saved log has it.
        if extra.start > detail_end + Framing::MAX_EXTRA {
            return self.place_apart(offset, [0..detail_end, extra], detail, Kind::ExtraMoved);
        }
        self.place_bytes(offset, detail_end.max(extra.end), detail)
    }

    /// Returns the offsets of the parts of an event, and the offset of its extra block from its start, in bytes.
    fn framing(&self, offset: u64) -> Result<(Framing, u32)> {
        let width = self.index.pointer_width();
        let framing = |header: EventHeaderRef<'_>| (Framing::of(header, width), header.extra_offset());
        let in_main = self.in_main(offset, EventHeader::SIZE as u64).and_then(EventHeaderRef::new);
        if let Some(header) = in_main {
            return Ok(framing(header));
        }
        let mut bytes = [0; EventHeader::SIZE];
        read_exact_at(self.source, offset, &mut bytes)?;
        Ok(framing(EventHeaderRef::new(&bytes).unwrap_or(EventHeaderRef::ZERO)))
    }

    /// Returns the range of the extra block, in bytes from the start of the event. The range is empty if it
    /// starts past the end of the file, and ends at the end of the file at the latest.
    fn extra(&mut self, offset: u64, at: u64) -> Result<Range<u64>> {
        let left = self.size - offset;
        if at + Framing::EXTRA_SIZE as u64 > left {
            return Ok(0..0);
        }
        let mut bytes = [0; Framing::EXTRA_SIZE];
        let size = match self.in_main(offset + at, Framing::EXTRA_SIZE as u64) {
            Some(size) => Framing::extra_size(size),
            None => {
                read_exact_at(self.source, offset + at, &mut bytes)?;
                Framing::extra_size(&bytes)
            }
        };
        Ok(at..(at + Framing::EXTRA_SIZE as u64 + u64::from(size.unwrap_or_default())).min(left))
    }

    /// Returns bytes of the file if they are in the copied range.
    fn in_main(&self, offset: u64, len: u64) -> Option<&[u8]> {
        let start = usize::try_from(offset.checked_sub(self.window.base)?).ok()?;
        self.window.bytes.get(start..self.window.main)?.get(..usize::try_from(len).ok()?)
    }

    /// Locates an event that is a single range of the file, reading it if necessary.
    fn place_bytes(&mut self, offset: u64, len: u64, detail: u32) -> Result<Option<Spot>> {
        if self.in_main(offset, len).is_some() {
            let start = u32::try_from(offset - self.window.base).unwrap_or(u32::MAX);
            self.window.used += len;
            return Ok(Some(Spot { offset, start, len: 0, detail, kind: Kind::InMain }));
        }
        // An event that extends past the copied range is left to the next window, which begins with it. But if less
        // than half of the range was used, the event is read on its own: a hostile log, with events far apart, could
        // otherwise have a whole range read for each event.
        let (base, main) = (self.window.base, self.window.main as u64);
        if (base..base + main).contains(&offset) && self.window.used > main / 2 {
            return Ok(None);
        }
        self.place_apart(offset, [0..len, 0..0], detail, Kind::Apart)
    }

    /// Reads the ranges of an event, given in bytes from its start, and appends them to the content.
    fn place_apart(&mut self, offset: u64, parts: [Range<u64>; 2], detail: u32, kind: Kind) -> Result<Option<Spot>> {
        let start = self.window.end;
        let len = parts.iter().map(|part| part.end - part.start).sum::<u64>();
        let len = match u32::try_from(len) {
            Ok(len) if len <= Window::MAX_EVENT => len,
            len => {
                let len = len.unwrap_or(u32::MAX);
                return Ok(Some(Spot { offset, start: 0, len, detail: 0, kind: Kind::TooLarge }));
            }
        };
        if start - self.window.main + len as usize > self.window.size && !self.window.is_empty() {
            return Ok(None);
        }
        for part in parts {
            let len = usize::try_from(part.end - part.start).unwrap_or(usize::MAX);
            self.window.read_part(self.source, offset + part.start, len)?;
        }
        Ok(Some(Spot { offset, start: u32::try_from(start).unwrap_or(u32::MAX), len, detail, kind }))
    }
}

/// An iterator over the events of a [`Window`].
#[derive(Clone, Debug)]
pub struct WindowEvents<'a> {
    window: &'a Window,
    /// The tables and the path of the file.
    segment: Option<(&'a Index, Option<&'a Path>)>,
    /// The numbers of the remaining events in the window.
    left: Range<usize>,
}

impl<'a> WindowEvents<'a> {
    pub(super) fn new(window: &'a Window, segment: Option<(&'a Index, Option<&'a Path>)>) -> Self {
        Self { window, segment, left: 0..window.len() }
    }

    #[inline]
    fn event(&self, number: usize) -> Option<Result<Event<'a>>> {
        let (index, path) = self.segment?;
        match self.window.event(index, number)? {
            Ok(event) => Some(Ok(event)),
            Err(error) => Some(Err(locate(error, path))),
        }
    }
}

#[cold]
fn locate(error: Error, path: Option<&Path>) -> Error {
    match path {
        Some(path) => error.in_file(path),
        None => error,
    }
}

impl Window {
    /// Returns the event with a number within the window.
    #[inline]
    pub(super) fn event<'a>(&'a self, index: &'a Index, number: usize) -> Option<Result<Event<'a>>> {
        let spot = self.spots.get(number)?;
        #[expect(clippy::cast_possible_truncation, reason = "`Segments::join` checked that ordinals fit")]
        let ordinal = (self.first + number) as u32;
        if spot.detail == 0 {
            return Some(self.damaged(index, spot, ordinal));
        }
        let event = Event::checked(index, self.tail(spot), spot.offset, ordinal, spot.detail);
        Some(Ok(if spot.kind == Kind::ExtraMoved { event.with_extra_moved() } else { event }))
    }

    /// Returns the bytes from the start of an event: up to the end of the copied range, so that a writer sees that
    /// records are adjacent and copies them at once, or else up to the end of the event.
    #[inline]
    fn tail(&self, spot: &Spot) -> &[u8] {
        let start = spot.start as usize;
        let end = if spot.kind == Kind::InMain { self.main } else { start + spot.len as usize };
        self.bytes.get(start..end).unwrap_or_default()
    }

    #[cold]
    fn damaged<'a>(&'a self, index: &'a Index, spot: &Spot, ordinal: u32) -> Result<Event<'a>> {
        match spot.kind {
            Kind::TooLarge => Err(spot.too_large(ordinal)),
            _ => Event::new(index, self.tail(spot), spot.offset, ordinal),
        }
    }
}

impl Spot {
    #[cold]
    fn too_large(&self, ordinal: u32) -> Error {
        let expected = "at most 4 MiB; larger events can only be read with the whole log in memory";
        Error::bad_value(self.offset, "event.size", self.len.into(), expected).in_event(ordinal)
    }
}

impl<'a> Iterator for WindowEvents<'a> {
    type Item = Result<Event<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left.next().and_then(|number| self.event(number))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        self.left.nth(n).and_then(|number| self.event(number))
    }
}

impl DoubleEndedIterator for WindowEvents<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left.next_back().and_then(|number| self.event(number))
    }
}

impl ExactSizeIterator for WindowEvents<'_> {}
impl FusedIterator for WindowEvents<'_> {}
