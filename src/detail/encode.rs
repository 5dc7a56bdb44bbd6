//! Encoding of details into blocks, with the same layouts that the decoders use.
//!
//! Bytes that the driver leaves uninitialised, and pointers that have no meaning outside the captured system, are
//! written as zeros.

use super::{Detail, DetailBlocks, file, network, process, profiling, registry};
use crate::code::Operation;
use crate::error::{Error, Result};
use crate::wire::PointerWidth;

impl Detail<'_> {
    /// Encodes the blocks of an event, the inverse of [`decode`](Self::decode).
    ///
    /// `width` is the pointer width of the log that the blocks are for. The contents of `blocks` are replaced and their
    /// memory is reused.
    ///
    /// Strings keep their encoding: the one stored in the log, or the one chosen when the string was created; see
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
            (Self::File(detail), Operation::File(operation) | Operation::Ipc(operation)) => {
                file::encode(&detail, operation, width, blocks)
            }
            (Self::Network(detail), Operation::Network(protocol, operation)) => {
                network::encode(detail, (protocol, operation), blocks)
            }
            (Self::Profiling(detail), Operation::Profiling(operation)) => profiling::encode(detail, operation, blocks),
            (Self::Unknown(unknown), Operation::Unknown(..)) => blocks.copy(unknown),
            _ => Err(Error::wrong_detail(operation.name(), "the parameters of a different class")),
        }?;
        match blocks.extra.as_ref().map(Vec::len) {
            Some(size) if size > DetailBlocks::MAX_EXTRA => {
                Err(Error::too_large("event.extra", size as u64, DetailBlocks::MAX_EXTRA as u64))
            }
            _ => Ok(()),
        }
    }
}
