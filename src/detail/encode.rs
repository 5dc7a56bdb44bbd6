//! Details as bytes: the blocks of an event, filled by the layouts that the decoders read.
//!
//! What the driver left uninitialised in a block, and pointers that mean nothing outside of the captured system, are
//! written as zeros.

use std::mem::discriminant;

use super::{Detail, Unknown, file, network, process, profiling, registry};
use crate::code::Operation;
use crate::error::{Error, Result};
use crate::wire::PointerWidth;
use crate::wire::codec::Writer;

/// The blocks of an event, to be filled by [`Detail::encode_into`] again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DetailBlocks {
    /// The detail block.
    pub detail: Vec<u8>,
    /// The extra block, without its size; `None` if the event has none.
    pub extra: Option<Vec<u8>>,
    /// Memory of an extra block, while there is none.
    spare: Vec<u8>,
}

impl DetailBlocks {
    /// The largest extra block: its size has 16 bits.
    pub const MAX_EXTRA: usize = 0xFFFF;

    fn clear(&mut self) {
        self.detail.clear();
        if let Some(extra) = self.extra.take() {
            self.spare = extra;
        }
    }

    /// A writer of the detail block.
    pub(super) fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.detail)
    }

    /// A writer of the extra block.
    pub(super) fn extra_writer(&mut self) -> Writer<'_> {
        self.spare.clear();
        Writer::new(self.extra.insert(std::mem::take(&mut self.spare)))
    }

    /// Takes an extra block as it is, if there is one.
    pub(super) fn copy_extra(&mut self, extra: Option<&[u8]>) {
        if let Some(extra) = extra {
            self.spare.clear();
            self.extra.insert(std::mem::take(&mut self.spare)).extend_from_slice(extra);
        }
    }

    /// Takes blocks as they are.
    pub(super) fn copy(&mut self, unknown: Unknown<'_>) -> Result<()> {
        self.detail.extend_from_slice(unknown.detail);
        self.copy_extra(unknown.extra);
        Ok(())
    }

    /// Sees that a value is of the variant that its operation has.
    pub(super) fn expect_same<T>(&self, found: &T, expected: &T, operation: Option<&'static str>) -> Result<()> {
        if discriminant(found) == discriminant(expected) {
            Ok(())
        } else {
            Err(Error::wrong_detail(operation, "the parameters of another operation"))
        }
    }
}

impl Detail<'_> {
    /// Writes the blocks of an event: the inverse of decoding. `width` is that of pointers in the log that they are for.
    /// What was in `blocks` is replaced; their memory is used again.
    ///
    /// Strings are stored as they are: those of a log keep their encoding, new ones have the one they were made with,
    /// see [`PmlStr::encode`](crate::PmlStr::encode).
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
    /// [`ErrorKind::DetailMismatch`](crate::ErrorKind::DetailMismatch) if the detail does not belong to the operation, and
    /// [`ErrorKind::ValueTooLarge`](crate::ErrorKind::ValueTooLarge) if a value has no room in its field: a string of more than
    /// 32,767 characters, an extra block of more than 65,535 bytes, a number of 64 bits in a 32-bit log.
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
