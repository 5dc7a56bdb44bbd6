//! Events. An event record has a prefix, a call stack, a detail block and, for some operations, an extra block.

mod header;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::code::{EventClass, NtStatus, Operation, Protocol};
use crate::error::{Error, Result};
use crate::index::{Index, Module, Process};
use crate::wire::macros::serialize_by;
use crate::wire::{Field, FileTime, PointerWidth, ProcessKey, Ticks};

pub(crate) use header::{EventHeader, EventHeaderRef, Framing};

/// An event of a log.
///
/// An event borrows the bytes of its log and is cheap to copy (40 bytes). Fields are decoded when they are requested.
///
/// Two values are equal if they are the same event of one opened log. Events of different logs are never equal.
///
/// ```
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// for event in log.events() {
///     let event = event?;
///     println!("{} {} {}", event.thread_id(), event.operation(), event.status());
/// }
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Event<'a> {
    index: &'a Index,
    /// The log from the start of the event. In a capture file, the extra block can be anywhere after the event.
    tail: &'a [u8],
    /// The file offset, and the flag `EXTRA_MOVED`.
    offset: u64,
    ordinal: u32,
    detail_at: u32,
}

/// A flag in `Event::offset`, which needs 40 bits for the offset: the extra block was copied to the end of the detail
/// block.
const EXTRA_MOVED: u64 = 1 << 63;

/// Methods for the parts of an event. The prefix stores their sizes.
impl<'a> Event<'a> {
    /// Reads the event at a file offset. `tail` is the content of the file from this offset to the end of the event or
    /// beyond.
    ///
    /// # Errors
    /// If the offset is outside the section of events, or if the prefix, the stack or the detail block extends past the
    /// end of the section.
    #[inline]
    pub(crate) fn new(index: &'a Index, tail: &'a [u8], offset: u64, ordinal: u32) -> Result<Self> {
        let Range { start, end } = *index.events();
        if offset < start || offset >= end {
            return Err(outside(offset).in_event(ordinal));
        }
        let truncated = |field, need| Error::truncated(offset, field, need, end - offset).in_event(ordinal);
        let Some(header) = EventHeaderRef::new(tail).filter(|_| end - offset >= EventHeader::SIZE as u64) else {
            return Err(truncated("event.header", EventHeader::SIZE as u64));
        };
        let Framing { detail, detail_end } = Framing::of(header, index.pointer_width());
        if detail_end > end - offset {
            let field = if u64::from(detail) > end - offset { "event.stack_depth" } else { "event.detail_size" };
            return Err(truncated(field, detail_end));
        }
        Ok(Self::checked(index, tail, offset, ordinal, detail))
    }

    /// Creates an event that was checked in the same way as in [`new`](Self::new). `detail_at` is the offset of its
    /// detail block.
    #[inline]
    pub(crate) fn checked(index: &'a Index, tail: &'a [u8], offset: u64, ordinal: u32, detail_at: u32) -> Self {
        Self { index, tail, offset, ordinal, detail_at }
    }

    /// Marks the extra block of the event as copied to the end of the detail block, because the file stores it
    /// elsewhere.
    pub(crate) fn with_extra_moved(self) -> Self {
        Self { offset: self.offset | EXTRA_MOVED, ..self }
    }

    /// Returns the header and tables of the file that contains the event.
    #[inline]
    #[must_use]
    pub fn index(self) -> &'a Index {
        self.index
    }

    /// Returns the ordinal of the event in the log, from 0.
    #[inline]
    #[must_use]
    pub fn ordinal(self) -> u32 {
        self.ordinal
    }

    /// Returns the offset of the event from the start of its file, in bytes.
    #[inline]
    #[must_use]
    pub fn offset(self) -> u64 {
        self.offset & !EXTRA_MOVED
    }

    /// Returns the prefix.
    #[inline]
    #[must_use]
    pub(crate) fn header(self) -> EventHeaderRef<'a> {
        // `new` has checked that the prefix is complete.
        EventHeaderRef::new(self.tail).unwrap_or(EventHeaderRef::ZERO)
    }

    /// Returns the bytes of the event record: prefix, stack and detail block, then the extra block with its size field
    /// if it directly follows the detail block.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        let end = self.detail_end();
        let end = match self.extra() {
            Some(extra) if self.header().extra_offset() as usize == end => end + Framing::EXTRA_SIZE + extra.len(),
            _ => end,
        };
        self.tail.get(..end).unwrap_or_default()
    }

    /// Returns the bytes of the prefix and the stack.
    #[inline]
    pub(crate) fn prefix_and_stack(self) -> &'a [u8] {
        self.tail.get(..self.detail_at as usize).unwrap_or_default()
    }

    /// Returns all bytes of the event record; `None` if the extra block is truncated or does not directly follow the
    /// detail block.
    #[inline]
    pub(crate) fn in_one_piece(self) -> Option<&'a [u8]> {
        let (end, extra_at) = (self.detail_end(), self.header().extra_offset() as usize);
        if extra_at == 0 {
            return self.tail.get(..end);
        }
        let size = Framing::extra_size(self.tail.get(extra_at..).filter(|_| extra_at == end)?)?;
        self.tail.get(..end + Framing::EXTRA_SIZE + usize::from(size))
    }

    /// Returns the content of the file from the start of the event to the end of the file, or to the end of the bytes
    /// in memory.
    #[inline]
    pub(crate) fn tail(self) -> &'a [u8] {
        self.tail
    }

    /// Returns the detail block, which describes the request.
    #[inline]
    #[must_use]
    pub fn detail_bytes(self) -> &'a [u8] {
        self.tail.get(self.detail_at as usize..self.detail_end()).unwrap_or_default()
    }

    /// Returns the data of the extra block, which describes the outcome; `None` if there is no extra block, or if it
    /// starts past the end of the file. A block that extends past the end of the file is returned up to that end.
    #[inline]
    #[must_use]
    pub fn extra(self) -> Option<&'a [u8]> {
        let at = self.header().extra_offset() as usize;
        if at == 0 {
            return None;
        }
        let block = match self.tail.get(at..) {
            Some(block) => block,
            None => self.moved_extra()?,
        };
        Framing::extra_data(block)
    }

    /// Returns the copied extra block, with its size field, of an event whose extra block was moved.
    #[cold]
    fn moved_extra(self) -> Option<&'a [u8]> {
        if self.offset & EXTRA_MOVED == 0 { None } else { self.tail.get(self.detail_end()..) }
    }

    /// Returns the addresses of the call stack, innermost first.
    #[inline]
    #[must_use]
    pub fn stack(self) -> Stack<'a> {
        let bytes = self.tail.get(EventHeader::SIZE..self.detail_at as usize).unwrap_or_default();
        Stack { bytes, width: self.index.pointer_width() }
    }

    /// Returns the frames of the call stack: each address with its module.
    ///
    /// ```
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let event = log.events().flatten().find(|event| event.frames().any(|frame| frame.module.is_some())).unwrap();
    /// for frame in event.frames() {
    ///     match frame.module {
    ///         Some(module) => println!("{} + {:#x}", module.file_name(), frame.address - module.base()),
    ///         None => println!("{:#x}", frame.address),
    ///     }
    /// }
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub fn frames(self) -> impl ExactSizeIterator<Item = Frame<'a>> + DoubleEndedIterator {
        let (module_at, time) = (self.index.modules_of(self.process_key()), self.time());
        self.stack().into_iter().map(move |address| Frame { address, module: module_at(address, time) })
    }

    /// Returns true if a later event of the process with the same addresses has the same frames.
    pub(crate) fn has_settled_modules(self) -> bool {
        self.index.are_settled(self.process_key(), self.stack().iter(), self.time())
    }

    /// Returns the ranges of the file that the event uses: its record with an extra block that directly follows, and an
    /// extra block that is elsewhere. The second range is empty if there is no such block.
    #[inline]
    pub(crate) fn ranges(self) -> [Range<u64>; 2] {
        let (start, at) = (self.offset(), u64::from(self.header().extra_offset()));
        let end = start + self.detail_end() as u64;
        let none = [start..end, end..end];
        if at == 0 {
            return none;
        }
        let Some(extra) = self.extra() else { return none };
        let extra = start + at..start + at + (Framing::EXTRA_SIZE + extra.len()) as u64;
        if extra.start == end { [start..extra.end, extra.end..extra.end] } else { [start..end, extra] }
    }

    fn detail_end(self) -> usize {
        self.detail_at as usize + self.header().detail_size() as usize
    }

    /// Returns the file offset of the detail block, in bytes.
    pub(crate) fn detail_offset(self) -> u64 {
        self.offset() + u64::from(self.detail_at)
    }

    /// Returns the file offset of the extra block's data, in bytes.
    pub(crate) fn extra_offset(self) -> u64 {
        self.offset() + u64::from(self.header().extra_offset()) + Framing::EXTRA_SIZE as u64
    }
}

#[cold]
fn outside(offset: u64) -> Error {
    Error::bad_value(offset, "event.offset", offset, "an offset within the section of events")
}

/// Methods for the fields of the prefix.
impl<'a> Event<'a> {
    /// Returns the key of the process in the process table; see [`Index::process`].
    #[inline]
    #[must_use]
    pub fn process_key(self) -> ProcessKey {
        ProcessKey(self.header().process_index())
    }

    /// Returns the process; `None` if it is not in the process table.
    #[inline]
    #[must_use]
    pub fn process(self) -> Option<Process<'a>> {
        self.index.process(self.process_key())
    }

    /// Returns the thread id (TID); 0 for network events.
    #[inline]
    #[must_use]
    pub fn thread_id(self) -> u32 {
        self.header().thread_id()
    }

    /// Returns the event class.
    #[inline]
    #[must_use]
    pub fn class(self) -> EventClass {
        self.header().class()
    }

    /// Returns the operation.
    #[inline]
    #[must_use]
    pub fn operation(self) -> Operation {
        Operation::of(self.class(), self.operation_code(), || self.protocol())
    }

    /// Returns the code of the operation within its class, which [`operation`](Self::operation) decodes. It
    /// distinguishes operations without a name.
    #[inline]
    #[must_use]
    pub fn operation_code(self) -> u16 {
        self.header().operation()
    }

    /// Returns the protocol of a network event; `None` if the detail block is too short to hold it.
    #[inline]
    pub(crate) fn protocol(self) -> Option<Protocol> {
        u16::read(self.detail_bytes()).map(Protocol::from_flags)
    }

    /// Returns the sequence number that the driver assigned to the event. Numbers of network events start at
    /// 0x2000_0000. Procmon has no column for it.
    #[inline]
    #[must_use]
    pub fn sequence(self) -> u32 {
        self.header().sequence()
    }

    /// Returns the result of the operation; [`NtStatus::PENDING`] if the log does not have its completion.
    #[inline]
    #[must_use]
    pub fn status(self) -> NtStatus {
        self.header().status()
    }

    /// Returns the start time of the operation, in UTC.
    #[inline]
    #[must_use]
    pub fn time(self) -> FileTime {
        self.header().time()
    }

    /// Returns the duration of the operation; `None` if the log does not have its completion.
    #[inline]
    #[must_use]
    pub fn duration(self) -> Option<Ticks> {
        (self.status() != NtStatus::PENDING).then(|| self.header().duration())
    }

    /// Returns the completion time of the operation, in UTC; `None` if the log does not have its completion.
    #[inline]
    #[must_use]
    pub fn completion_time(self) -> Option<FileTime> {
        self.duration().map(|duration| self.time().after(duration))
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        let place = |event: &Self| (event.ordinal, event.offset());
        place(self) == place(other) && self.index == other.index
    }
}

impl Eq for Event<'_> {}

impl Hash for Event<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.index, self.ordinal, self.offset()).hash(state);
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("ordinal", &self.ordinal)
            .field("offset", &self.offset())
            .field("header", &self.header())
            .finish_non_exhaustive()
    }
}

/// The addresses of a call stack, innermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stack<'a> {
    bytes: &'a [u8],
    width: PointerWidth,
}

/// A frame of a call stack: an address and the module that it belonged to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Frame<'a> {
    /// The address.
    pub address: u64,
    /// The module, by Procmon's rule: see [`Index::module_at`].
    pub module: Option<Module<'a>>,
}

#[cfg(feature = "serde")]
impl Frame<'_> {
    fn address(&self) -> u64 {
        self.address
    }

    fn module(&self) -> Option<&str> {
        self.module.map(Module::path)
    }

    fn offset(&self) -> Option<u64> {
        self.module.map(|module| self.address.wrapping_sub(module.base()))
    }
}

serialize_by!(Frame: address, module, offset);

impl<'a> Stack<'a> {
    /// Returns the number of frames.
    #[must_use]
    pub fn len(self) -> usize {
        self.bytes.len() / self.width()
    }

    /// Returns true if the stack has no frames.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns an iterator over the addresses, innermost first.
    #[must_use]
    pub fn iter(self) -> Addresses<'a> {
        self.into_iter()
    }

    /// Returns the stored bytes: 8 for each frame of a 64-bit log, 4 for each frame of a 32-bit log.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.bytes
    }

    fn width(self) -> usize {
        self.width.bytes() as usize
    }
}

impl<'a> IntoIterator for Stack<'a> {
    type Item = u64;
    type IntoIter = Addresses<'a>;

    fn into_iter(self) -> Addresses<'a> {
        Addresses(self.bytes.chunks_exact(self.width()))
    }
}

impl<'a> IntoIterator for &Stack<'a> {
    type Item = u64;
    type IntoIter = Addresses<'a>;

    fn into_iter(self) -> Addresses<'a> {
        self.iter()
    }
}

/// An iterator over the addresses of a [`Stack`].
#[derive(Clone, Debug)]
pub struct Addresses<'a>(std::slice::ChunksExact<'a, u8>);

#[inline]
fn address(chunk: &[u8]) -> u64 {
    u64::read(chunk).or_else(|| u32::read(chunk).map(u64::from)).unwrap_or_default()
}

impl Iterator for Addresses<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        self.0.next().map(address)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<u64> {
        self.0.nth(n).map(address)
    }
}

impl DoubleEndedIterator for Addresses<'_> {
    fn next_back(&mut self) -> Option<u64> {
        self.0.next_back().map(address)
    }
}

impl ExactSizeIterator for Addresses<'_> {}
impl std::iter::FusedIterator for Addresses<'_> {}
