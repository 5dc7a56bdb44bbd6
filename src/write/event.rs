//! Events that a caller makes up.

use super::ProcessId;
use crate::code::Operation;
use crate::detail::Detail;
use crate::error::{Error, ErrorKind, Result};
use crate::event::EventHeader;
use crate::wire::PointerWidth;

/// An event to be written.
///
/// ```
/// use procmon_parser::code::{NtStatus, Operation, RegistryOperation};
/// use procmon_parser::write::{NewDetail, NewEvent, ProcessId};
/// use procmon_parser::FileTime;
///
/// let mut event = NewEvent::new(ProcessId(7), Operation::Registry(RegistryOperation::CLOSE_KEY));
/// event.header.time = FileTime(134_169_138_001_234_567);
/// event.header.status = NtStatus::SUCCESS;
/// event.detail = NewDetail::Bytes { detail: b"\x04\x80HKLM\0\0", extra: None };
/// ```
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    /// The prefix. The writer computes the depth of the stack, the size of the detail block and the offset of the extra
    /// block; what stands there does not matter.
    pub header: EventHeader,
    /// The addresses of the call stack, innermost first.
    pub stack: &'a [u64],
    /// What the operation was asked for, and what came of it.
    pub detail: NewDetail<'a>,
}

/// Detail and extra block of an event to be written.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum NewDetail<'a> {
    /// As bytes.
    Bytes {
        /// The detail block: what the operation was asked for.
        detail: &'a [u8],
        /// The extra block: what came of it, at most 65,535 bytes.
        extra: Option<&'a [u8]>,
    },
    /// As a value, which has to be of the event's operation.
    Typed(Detail<'a>),
}

impl NewEvent<'_> {
    /// An event of a process with nothing but its operation: no time, no stack, empty blocks.
    #[must_use]
    pub fn new(process: ProcessId, operation: Operation) -> Self {
        let (class, code) = (operation.class(), operation.code());
        let header = EventHeader { process_index: process.0, class, operation: code, ..EventHeader::default() };
        Self { header, stack: &[], detail: NewDetail::Bytes { detail: &[], extra: None } }
    }

    /// The operation that the prefix names; of a network event its detail knows the protocol.
    pub(super) fn operation(&self) -> Operation {
        Operation::of(self.header.class, self.header.operation, || None)
    }

    /// The prefix of the event in a log of this width.
    pub(super) fn head(
        &self,
        detail: &[u8],
        extra: Option<&[u8]>,
        width: PointerWidth,
    ) -> Result<[u8; EventHeader::SIZE]> {
        let fits = |what, len: usize, limit: u32| match u32::try_from(len) {
            Ok(len) if len <= limit => Ok(len),
            _ => Err(Error::too_large(what, len as u64, limit.into())),
        };
        let depth = fits("event.stack_depth", self.stack.len(), u16::MAX.into())?;
        if !width.is_64bit()
            && let Some(&address) = self.stack.iter().find(|&&address| address > u32::MAX.into())
        {
            return Err(Error::new(ErrorKind::AddressTooWide { what: "event.stack", address }));
        }
        fits("event.extra_size", extra.map_or(0, <[u8]>::len), u16::MAX.into())?;
        // With a full stack before it, the offset of what follows still has to be a u32.
        #[expect(clippy::cast_possible_truncation, reason = "a declared layout is a few bytes long")]
        const GREATEST_DETAIL: u32 = u32::MAX - EventHeader::SIZE as u32 - 8 * 0xFFFF;
        let detail_size = fits("event.detail_size", detail.len(), GREATEST_DETAIL)?;
        #[expect(clippy::cast_possible_truncation, reason = "a declared layout is a few bytes long")]
        let end = EventHeader::SIZE as u32 + depth * width.bytes() + detail_size;
        let header = EventHeader {
            stack_depth: u16::try_from(depth).unwrap_or(u16::MAX),
            detail_size,
            extra_offset: if extra.is_some() { end } else { 0 },
            ..self.header
        };
        Ok(header.to_bytes())
    }
}
