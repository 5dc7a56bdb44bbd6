//! Encoding of details into blocks, by the same layouts that the decoders use.
//!
//! Bytes that the driver leaves uninitialised, and pointers that have no meaning outside the captured system, are
//! written as zeros.

use std::mem::discriminant;

use super::{Detail, Unknown, file, network, process, profiling, registry};
use crate::code::Operation;
use crate::error::{Error, Result};
use crate::wire::PointerWidth;
use crate::wire::codec::Writer;

/// The blocks of an event, a buffer that [`Detail::encode_into`] can fill repeatedly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DetailBlocks {
    /// The bytes of the detail block.
    pub detail: Vec<u8>,
    /// The bytes of the extra block, without its size field; `None` if the event has no extra block.
    pub extra: Option<Vec<u8>>,
    /// The allocation to reuse for the next extra block, while `extra` is `None`.
    spare: Vec<u8>,
}

impl DetailBlocks {
    /// The maximum size of an extra block in bytes: the format stores the size in 16 bits.
    pub const MAX_EXTRA: usize = 0xFFFF;

    fn clear(&mut self) {
        self.detail.clear();
        if let Some(extra) = self.extra.take() {
            self.spare = extra;
        }
    }

    /// Returns a writer that appends to the detail block.
    pub(super) fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.detail)
    }

    /// Returns a writer of a new, empty extra block.
    pub(super) fn extra_writer(&mut self) -> Writer<'_> {
        self.spare.clear();
        Writer::new(self.extra.insert(std::mem::take(&mut self.spare)))
    }

    /// Copies an extra block unchanged, if there is one.
    pub(super) fn copy_extra(&mut self, extra: Option<&[u8]>) {
        if let Some(extra) = extra {
            self.spare.clear();
            self.extra.insert(std::mem::take(&mut self.spare)).extend_from_slice(extra);
        }
    }

    /// Copies undecoded blocks unchanged.
    pub(super) fn copy(&mut self, unknown: Unknown<'_>) -> Result<()> {
        self.detail.extend_from_slice(unknown.detail);
        self.copy_extra(unknown.extra);
        Ok(())
    }

    /// Returns an error if `found` and `expected` are different variants of an enum.
    pub(super) fn expect_same<T>(&self, found: &T, expected: &T, operation: Option<&'static str>) -> Result<()> {
        if discriminant(found) == discriminant(expected) {
            Ok(())
        } else {
            Err(Error::wrong_detail(operation, "the parameters of another operation"))
        }
    }
}

impl Detail<'_> {
    /// Encodes the blocks of an event, the inverse of [`decode`](Self::decode).
    ///
    /// `width` is the pointer width of the log that the blocks are for. The contents of `blocks` are replaced and their
    /// memory is reused.
    ///
    /// Strings keep their encoding: the one stored in the log, or the one chosen when the string was created, see
    /// [`PmlStr::encode`](crate::PmlStr::encode).
    ///
    /// ```
    /// use procmon_parser::code::{FileAccess, FileOperation, Operation};
    /// use procmon_parser::detail::{CreateFile, Detail, DetailBlocks, FileDetail, FileRequest};
    /// use procmon_parser::{PmlStr, PointerWidth};
    ///
    /// let mut create = CreateFile::default();
    /// create.desired_access = FileAccess::READ_ATTRIBUTES;
    /// let detail = Detail::File(FileDetail::new(PmlStr::latin1(br"C:\Windows"), FileRequest::Create(create)));
    ///
    /// let operation = Operation::File(FileOperation::CREATE);
    /// let mut blocks = DetailBlocks::default();
    /// detail.encode_into(operation, PointerWidth::Bits64, &mut blocks)?;
    /// let decoded = Detail::decode(operation, PointerWidth::Bits64, &blocks.detail, blocks.extra.as_deref())?;
    /// assert_eq!(decoded, detail);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::DetailMismatch`](crate::ErrorKind::DetailMismatch) if the detail does not belong to the operation,
    /// and [`ErrorKind::ValueTooLarge`](crate::ErrorKind::ValueTooLarge) if a value does not fit in its field: a string
    /// longer than 32,767 characters, an extra block larger than 65,535 bytes, or a 64-bit number in a 32-bit log.
    pub fn encode_into(&self, operation: Operation, width: PointerWidth, blocks: &mut DetailBlocks) -> Result<()> {
        blocks.clear();
        match (*self, operation) {
            (Self::Process(detail), Operation::Process(operation)) => process::encode(detail, operation, width, blocks),
            (Self::Registry(detail), Operation::Registry(operation)) => registry::encode(detail, operation, blocks),
            (Self::File(detail), Operation::File(operation)) => file::encode(&detail, operation, width, blocks),
            (Self::Network(detail), Operation::Network(protocol, operation)) => {
                network::encode(detail, (protocol, operation), blocks)
            }
            (Self::Profiling(detail), Operation::Profiling(operation)) => profiling::encode(detail, operation, blocks),
            (Self::Unknown(unknown), Operation::Unknown(..)) => blocks.copy(unknown),
            _ => Err(Error::wrong_detail(operation.name(), "the parameters of another class")),
        }?;
        match blocks.extra.as_ref().map(Vec::len) {
            Some(size) if size > DetailBlocks::MAX_EXTRA => {
                Err(Error::too_large("event.extra", size as u64, DetailBlocks::MAX_EXTRA as u64))
            }
            _ => Ok(()),
        }
    }
}
