//! Descriptions of new events.

use crate::code::{NtStatus, Operation};
use crate::detail::Detail;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventHeader};
use crate::wire::{FileTime, PointerWidth, ProcessKey, Ticks};

/// A new event to write.
///
/// ```
/// use procmon_parser::code::{Operation, RegistryOperation};
/// use procmon_parser::write::{NewDetail, NewEvent};
/// use procmon_parser::{FileTime, ProcessKey};
///
/// let mut event = NewEvent::new(ProcessKey(7), Operation::Registry(RegistryOperation::CLOSE_KEY));
/// event.time = FileTime(134_169_138_001_234_567);
/// event.detail = NewDetail::Bytes { detail: b"\x04\x80HKLM\0\0", extra: None };
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewEvent<'a> {
    /// The key of a process that was added to the log, or [`ProcessKey::NONE`].
    pub process: ProcessKey,
    /// The operation. The protocol of a network operation is ignored: the detail contains it.
    pub operation: Operation,
    /// The id of the thread; 0 for network events.
    pub thread_id: u32,
    /// The start time of the operation, UTC.
    pub time: FileTime,
    /// The duration of the operation, in 100-ns ticks; meaningless if the status is [`NtStatus::PENDING`].
    pub duration: Ticks,
    /// The result of the operation.
    pub status: NtStatus,
    /// The addresses of the call stack, innermost first; at most 65,535.
    pub stack: &'a [u64],
    /// The parameters and the outcome of the operation.
    pub detail: NewDetail<'a>,
}

/// The detail and extra blocks of a [`NewEvent`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum NewDetail<'a> {
    /// Encoded blocks.
    Bytes {
        /// The detail block: the parameters of the operation.
        detail: &'a [u8],
        /// The data of the extra block, without its size field: the outcome of the operation, at most 65,535 bytes.
        extra: Option<&'a [u8]>,
    },
    /// A decoded detail, which must belong to the event's operation.
    Typed(Detail<'a>),
}

impl<'a> From<Event<'a>> for NewEvent<'a> {
    /// Copies everything except the stack. The process key is that of the event's log.
    ///
    /// ```
    /// use procmon_parser::write::{NewDetail, NewEvent};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// let event = log.event(0)?;
    /// let stack: Vec<u64> = event.stack().iter().collect();
    /// let mut copy = NewEvent::from(event);
    /// copy.stack = &stack;
    /// copy.detail = NewDetail::Typed(event.detail()?);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    fn from(event: Event<'a>) -> Self {
        Self {
            thread_id: event.thread_id(),
            time: event.time(),
            duration: event.header().duration(),
            status: event.status(),
            detail: NewDetail::Bytes { detail: event.detail_bytes(), extra: event.extra() },
            ..NewEvent::new(event.process_key(), event.operation())
        }
    }
}

impl NewEvent<'_> {
    /// Creates an event with the status SUCCESS, time 0, duration 0, no stack and empty blocks.
    #[must_use]
    pub fn new(process: ProcessKey, operation: Operation) -> Self {
        Self {
            process,
            operation,
            thread_id: 0,
            time: FileTime::default(),
            duration: Ticks::default(),
            status: NtStatus::SUCCESS,
            stack: &[],
            detail: NewDetail::Bytes { detail: &[], extra: None },
        }
    }

    /// Returns the prefix of the event for the given blocks. Fails if a size or an address does not fit in its field.
    pub(super) fn header(&self, detail: &[u8], extra: Option<&[u8]>, width: PointerWidth) -> Result<EventHeader> {
        let fits = |what, len: usize, limit: u32| match u32::try_from(len) {
            Ok(len) if len <= limit => Ok(len),
            _ => Err(Error::too_large(what, len as u64, limit.into())),
        };
        let depth = fits("event.stack_depth", self.stack.len(), u16::MAX.into())?;
        let limit = if width.is_64bit() { u64::MAX } else { u32::MAX.into() };
        if let Some(&address) = self.stack.iter().find(|&&address| address > limit) {
            return Err(Error::new(ErrorKind::AddressTooLarge { field: "event.stack", address }));
        }
        fits("event.extra_size", extra.map_or(0, <[u8]>::len), u16::MAX.into())?;
        #[expect(clippy::cast_possible_truncation, reason = "the prefix is 52 bytes long")]
        const SIZE: u32 = EventHeader::SIZE as u32;
        // The offset of the extra block must fit in 32 bits even after the deepest possible stack.
        const LARGEST_DETAIL: u32 = u32::MAX - SIZE - 8 * 0xFFFF;
        let detail_size = fits("event.detail_size", detail.len(), LARGEST_DETAIL)?;
        let end = SIZE + depth * width.bytes() + detail_size;
        Ok(EventHeader {
            process_index: self.process.0,
            thread_id: self.thread_id,
            class: self.operation.class(),
            operation: self.operation.code(),
            duration: self.duration,
            time: self.time,
            status: self.status,
            stack_depth: u16::try_from(depth).unwrap_or(u16::MAX),
            detail_size,
            extra_offset: if extra.is_some() { end } else { 0 },
            ..EventHeader::default()
        })
    }
}
