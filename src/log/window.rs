//! A window: as many events of a log as fit into a buffer.

use std::io::{Read, Seek};
use std::iter::FusedIterator;
use std::ops::Range;
use std::path::Path;

use super::seek::read_at;
use crate::error::{Error, Result};
use crate::event::{Event, EventHeader, EventHeaderRef, Framing};
use crate::index::Index;
use crate::wire::{OffsetEntry, PointerWidth};

/// A buffer for events of a [`LogsStream`](crate::LogsStream), to be filled again and again by its
/// [`read`](crate::LogsStream::read).
#[derive(Clone, Debug)]
pub struct Window {
    size: usize,
    /// The part of the file from `base` on, then the events that lie elsewhere.
    bytes: Vec<u8>,
    base: u64,
    /// Length of the first part.
    main: usize,
    /// Bytes of the events in it.
    used: u64,
    /// Entries of the offset array.
    pub(super) offsets: Vec<u8>,
    spots: Vec<Spot>,
    /// Ordinal of the first event.
    first: usize,
    pub(super) segment: usize,
}

/// Where an event is.
#[derive(Clone, Copy, Debug)]
struct Spot {
    offset: u64,
    start: usize,
    len: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// As in the file; cut where an event that does not fit into the file is known not to.
    Whole,
    /// The extra block, which lies far away, follows the detail block.
    ExtraMoved,
    /// Left out, because it is larger than any event of Procmon and would take too much memory.
    TooLarge,
}

/// What has to be known of a file to find the parts of its events.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Where the events begin and end.
    pub(super) start: u64,
    pub(super) end: u64,
    /// Size of the file.
    pub(super) size: u64,
    pub(super) width: PointerWidth,
}

impl Default for Window {
    /// A window of 1 MiB.
    fn default() -> Self {
        Self::new(1 << 20)
    }
}

impl Window {
    /// The greatest event that is read into a window, in bytes: 4 MiB. A longer one, which Procmon cannot write (the
    /// greatest stack takes half a mebibyte, and details less than that), is an error.
    pub const GREATEST_EVENT: u32 = 1 << 22;

    /// A window for about so many bytes. Where an event is larger, the window grows for it, up to
    /// [`GREATEST_EVENT`](Self::GREATEST_EVENT); the places of the events take up to a third more.
    #[must_use]
    pub fn new(size: usize) -> Self {
        Self {
            size,
            bytes: Vec::new(),
            base: 0,
            main: 0,
            used: 0,
            offsets: Vec::new(),
            spots: Vec::new(),
            first: 0,
            segment: 0,
        }
    }

    /// Ordinals of the events in the window.
    #[must_use]
    pub fn ordinals(&self) -> Range<usize> {
        self.first..self.first + self.spots.len()
    }

    /// Number of events in the window.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spots.len()
    }

    /// Whether there are no events in the window: nothing was read yet, or the log was at its end.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// The greatest number of events to be read at a time.
    pub(super) fn capacity(&self) -> usize {
        self.size / 128 + 1
    }

    pub(super) fn clear(&mut self, first: usize) {
        self.bytes.clear();
        self.main = 0;
        self.used = 0;
        self.spots.clear();
        self.first = first;
        self.segment = 0;
    }

    /// Reads the events of the entries in `offsets`, up to the first that does not fit.
    pub(super) fn fill<R: Read + Seek>(&mut self, reader: &mut R, layout: Layout) -> Result<()> {
        self.read_main(reader, layout)?;
        let offsets = std::mem::take(&mut self.offsets);
        let mut filling = Filling { window: self, reader, layout };
        let result = filling.place_all(&offsets);
        self.offsets = offsets;
        result
    }

    /// Reads the part of the file in which the first event lies, and most likely those that follow.
    fn read_main<R: Read + Seek>(&mut self, reader: &mut R, layout: Layout) -> Result<()> {
        let events = layout.start..layout.end;
        let mut offsets = OffsetEntry::iter(&self.offsets).filter(|offset| events.contains(offset)).peekable();
        let Some(&first) = offsets.peek() else { return Ok(()) };
        // Events can lie in another order than that of the log, so the window begins before its first event if need be.
        let lowest = first.saturating_sub(self.size as u64 / 2);
        self.base = offsets.filter(|&offset| offset <= first && offset >= lowest).min().unwrap_or(first);
        let len = (layout.end.min(layout.size) - self.base).min(self.size as u64);
        self.main = usize::try_from(len).unwrap_or(self.size);
        read_at(reader, self.base, self.main, &mut self.bytes)
    }
}

/// The work of filling a window.
struct Filling<'a, R> {
    window: &'a mut Window,
    reader: &'a mut R,
    layout: Layout,
}

impl<R: Read + Seek> Filling<'_, R> {
    fn place_all(&mut self, entries: &[u8]) -> Result<()> {
        for offset in OffsetEntry::iter(entries) {
            match self.place(offset)? {
                Some(spot) => self.window.spots.push(spot),
                None => break,
            }
        }
        Ok(())
    }

    /// Brings an event into the window; `None` if it does not fit.
    fn place(&mut self, offset: u64) -> Result<Option<Spot>> {
        const HEADER: u64 = EventHeader::SIZE as u64;
        let Layout { start, end, width, .. } = self.layout;
        if offset < start || offset >= end || end - offset < HEADER {
            return Ok(Some(Spot { offset, start: 0, len: 0, kind: Kind::Whole }));
        }
        let (detail_end, extra_at) = self.framing(offset, width)?;
        if detail_end > end - offset {
            return self.place_bytes(offset, HEADER); // an event that does not fit into the file
        }
        let extra = self.extra(offset, extra_at.into())?;
        if extra.start > detail_end + Framing::MAX_EXTRA {
            return self.place_elsewhere(offset, [0..detail_end, extra], Kind::ExtraMoved);
        }
        self.place_bytes(offset, detail_end.max(extra.end))
    }

    /// The end of the detail block and the offset of the extra block of the event at an offset.
    fn framing(&mut self, offset: u64, width: PointerWidth) -> Result<(u64, u32)> {
        let framing = |bytes: &[u8]| {
            EventHeaderRef::new(bytes).map(|header| (Framing::of(header, width).detail_end, header.extra_offset()))
        };
        if let Some(framing) = self.in_main(offset, EventHeader::SIZE as u64).and_then(framing) {
            return Ok(framing);
        }
        let mut bytes = Vec::new();
        read_at(self.reader, offset, EventHeader::SIZE, &mut bytes)?;
        Ok(framing(&bytes).unwrap_or_default())
    }

    /// Where the extra block is, from the start of the event; cut by the end of the file, empty if there is none.
    fn extra(&mut self, offset: u64, at: u64) -> Result<Range<u64>> {
        let left = self.layout.size - offset;
        if at == 0 || at + Framing::EXTRA_SIZE as u64 > left {
            return Ok(0..0);
        }
        let mut bytes = Vec::new();
        let size = match self.in_main(offset + at, Framing::EXTRA_SIZE as u64) {
            Some(size) => size,
            None => {
                read_at(self.reader, offset + at, Framing::EXTRA_SIZE, &mut bytes)?;
                &bytes
            }
        };
        let size = Framing::extra_size(size).unwrap_or_default();
        Ok(at..(at + Framing::EXTRA_SIZE as u64 + u64::from(size)).min(left))
    }

    /// Bytes of the file, if they are in the first part of the window.
    fn in_main(&self, offset: u64, len: u64) -> Option<&[u8]> {
        let start = usize::try_from(offset.checked_sub(self.window.base)?).ok()?;
        self.window.bytes.get(start..self.window.main)?.get(..usize::try_from(len).ok()?)
    }

    /// Brings bytes of the file into the window.
    fn place_bytes(&mut self, offset: u64, len: u64) -> Result<Option<Spot>> {
        if self.in_main(offset, len).is_some() {
            let start = usize::try_from(offset - self.window.base).unwrap_or(usize::MAX);
            self.window.used += len;
            return Ok(Some(Spot { offset, start, len: u32::try_from(len).unwrap_or(u32::MAX), kind: Kind::Whole }));
        }
        // An event that goes on behind the part read is the next window's, unless hardly any event was in that part:
        // a hostile log could have nearly all of the file read for each of its events.
        let (base, main) = (self.window.base, self.window.main as u64);
        if (base..base + main).contains(&offset) && self.window.used > main / 2 {
            return Ok(None);
        }
        self.place_elsewhere(offset, [0..len, 0..0], Kind::Whole)
    }

    /// Reads parts of an event behind all that the window has.
    fn place_elsewhere(&mut self, offset: u64, parts: [Range<u64>; 2], kind: Kind) -> Result<Option<Spot>> {
        let start = self.window.bytes.len();
        let len = parts.iter().map(|part| part.end - part.start).sum::<u64>();
        let len = match u32::try_from(len) {
            Ok(len) if len <= Window::GREATEST_EVENT => len,
            len => {
                let len = len.unwrap_or(u32::MAX);
                return Ok(Some(Spot { offset, start: 0, len, kind: Kind::TooLarge }));
            }
        };
        if start - self.window.main + len as usize > self.window.size && !self.window.is_empty() {
            return Ok(None);
        }
        for part in parts {
            let len = usize::try_from(part.end - part.start).unwrap_or(usize::MAX);
            read_at(self.reader, offset + part.start, len, &mut self.window.bytes)?;
        }
        Ok(Some(Spot { offset, start, len, kind }))
    }
}

/// Iterator over the events of a [`Window`].
#[derive(Clone, Debug)]
pub struct WindowEvents<'a> {
    window: &'a Window,
    /// The tables and the name of the file.
    segment: Option<(&'a Index, Option<&'a Path>)>,
    /// Which of the window's events are left.
    left: Range<usize>,
}

impl<'a> WindowEvents<'a> {
    pub(super) fn new(window: &'a Window, segment: Option<(&'a Index, Option<&'a Path>)>) -> Self {
        Self { window, segment, left: 0..window.len() }
    }

    #[inline]
    fn event(&self, number: usize) -> Option<Result<Event<'a>>> {
        let (index, path) = self.segment?;
        let spot = self.window.spots.get(number)?;
        let event = spot.event(index, &self.window.bytes, self.window.first + number);
        Some(event.map_err(|error| match path {
            Some(path) => error.in_file(path),
            None => error,
        }))
    }
}

impl Spot {
    #[inline]
    fn event<'a>(&self, index: &'a Index, bytes: &'a [u8], ordinal: usize) -> Result<Event<'a>> {
        let tail = bytes.get(self.start..).and_then(|tail| tail.get(..self.len as usize)).unwrap_or_default();
        let end = index.header().event_offsets_offset;
        #[expect(clippy::cast_possible_truncation, reason = "`join` has seen that ordinals fit")]
        let ordinal = ordinal as u32;
        match self.kind {
            Kind::Whole => Event::of_tail(index, tail, self.offset, end, ordinal),
            Kind::ExtraMoved => Event::of_tail(index, tail, self.offset, end, ordinal).map(Event::with_extra_moved),
            Kind::TooLarge => Err(self.too_large(ordinal)),
        }
    }

    #[cold]
    fn too_large(&self, ordinal: u32) -> Error {
        let expected = "an event of at most 4 MiB, to be read in bounded memory";
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
