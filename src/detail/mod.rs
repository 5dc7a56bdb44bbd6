//! The detail and extra blocks of events as typed values.
//!
//! The values borrow their strings from the log. Numbers, flags and codes are kept as numbers;
//! [`ColumnText`](crate::ColumnText) formats them as text.

mod blocks;
mod encode;
pub(crate) mod file;
pub(crate) mod network;
pub(crate) mod process;
pub(crate) mod profiling;
pub(crate) mod registry;
mod target;

pub use blocks::DetailBlocks;
pub use file::{
    AccessInformation, AccessInformationFields, AlignmentInformation, AlignmentInformationFields, AllInformation,
    AllInformationFields, AllocationInformation, AllocationInformationFields, AttributeTagInformation,
    AttributeTagInformationFields, BasicInformation, BasicInformationFields, CreateFile, CreateFileMapping,
    DirectoryEntries, DirectoryEntry, DirectoryEntryFields, DirectoryIter, DispositionInformation,
    DispositionInformationEx, DispositionInformationExFields, DispositionInformationFields, EaInformation,
    EaInformationFields, EndOfFileInformation, EndOfFileInformationFields, FileDetail, FileInformation, FileRequest,
    FsAttributeInformation, FsAttributeInformationFields, FsControlInformation, FsControlInformationFields,
    FsDeviceInformation, FsDeviceInformationFields, FsFullSizeInformation, FsFullSizeInformationFields,
    FsLabelInformation, FsObjectIdInformation, FsObjectIdInformationFields, FsSizeInformation, FsSizeInformationFields,
    FsVolumeInformation, FsVolumeInformationFields, InternalInformation, InternalInformationFields, IoControl,
    LinkInformation, LinkInformationFields, Lock, MdlTransfer, ModeInformation, ModeInformationFields, NameInformation,
    NetworkOpenInformation, NetworkOpenInformationFields, NotifyChangeDirectory, ObjectId, OffloadRange,
    PositionInformation, PositionInformationFields, QueryDirectory, QueryInformation, QueryVolume, RawArguments,
    RenameInformation, RenameInformationFields, SetFileInformation, SetInformation, SetVolume, ShortNameInformation,
    Sid, StandardInformation, StandardInformationFields, Stream, StreamIter, Streams, Transfer,
    ValidDataLengthInformation, ValidDataLengthInformationFields, VolumeInformation,
};
pub use network::{Endpoint, NetworkDetail, NetworkProperties, NetworkPropertyIter};
pub use process::{
    Environment, EnvironmentIter, LoadImage, ProcessCreate, ProcessDetail, ProcessParameters, ProcessStart,
    ProcessStatistics, SystemStatistics, ThreadCreate, ThreadExit,
};
pub use profiling::{ProcessProfiling, ProfilingDetail, ThreadProfiling};
pub use registry::{
    CreateKeyResult, EnumKey, EnumValue, KeyInformation, KeySetInformation, MultiString, MultiStringIter, OpenKey,
    QueryKey, QueryValue, RegistryDetail, RegistryRequest, RegistryValue, SetInfoKey, SetValue, ValueData,
    ValueInformation,
};
pub use target::{ImagePath, Target};

use crate::code::{Category, Operation, RegistryOperation};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::wire::cursor::Cursor;
use crate::wire::{PmlStr, PointerWidth};

/// The parameters and the result of an event's operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Detail<'a> {
    /// The detail of an event of the process class.
    Process(ProcessDetail<'a>),
    /// The detail of an event of the registry class.
    Registry(RegistryDetail<'a>),
    /// The detail of an event of the file-system or IPC class.
    File(FileDetail<'a>),
    /// The detail of an event of the network class.
    Network(NetworkDetail<'a>),
    /// The detail of an event of the profiling class.
    Profiling(ProfilingDetail<'a>),
    /// The undecoded blocks of an event of an unknown class.
    Unknown(Unknown<'a>),
}

/// The undecoded blocks of an operation with an unknown layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Unknown<'a> {
    /// The bytes of the detail block.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub detail: &'a [u8],
    /// The bytes of the extra block, or `None` if the event has none.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex_or_null"))]
    pub extra: Option<&'a [u8]>,
}

/// The input of the decoders: the blocks of an event, the pointer width of its log, and the file offsets of the blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    detail: &'a [u8],
    extra: Option<&'a [u8]>,
    width: PointerWidth,
    /// The offset of the detail block from the start of the file, for error messages.
    detail_offset: u64,
    /// The offset of the extra block from the start of the file, for error messages.
    extra_offset: u64,
}

impl<'a> Source<'a> {
    /// Returns a reader of the detail block.
    #[inline]
    fn detail_cursor(&self) -> Cursor<'a> {
        Cursor::new(self.detail, self.detail_offset)
    }

    /// Returns a reader of the extra block, or `None` if the event has none.
    #[inline]
    fn extra_cursor(&self) -> Option<Cursor<'a>> {
        self.extra.map(|extra| Cursor::new(extra, self.extra_offset))
    }

    fn unknown(&self) -> Unknown<'a> {
        Unknown { detail: self.detail, extra: self.extra }
    }
}

impl<'a> Detail<'a> {
    /// Decodes the blocks of an event with the given operation.
    ///
    /// `width` is the pointer width of the log that the blocks come from. `extra` is the extra block without its size
    /// field, or `None` if the event has none. To decode an event of a log, use [`Event::detail`].
    ///
    /// ```
    /// use procmon_parser::PointerWidth;
    /// use procmon_parser::code::{Operation, ProcessOperation};
    /// use procmon_parser::detail::{Detail, ProcessDetail};
    ///
    /// let operation = Operation::Process(ProcessOperation::THREAD_CREATE);
    /// let block = 4711_u32.to_le_bytes();
    /// let detail = Detail::decode(operation, PointerWidth::Bits64, &block, None)?;
    /// assert!(matches!(detail, Detail::Process(ProcessDetail::ThreadCreate(thread)) if thread.thread_id == 4711));
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a block is too short for the fixed fields of its operation. The offset in the error is relative to the start
    /// of the block.
    pub fn decode(
        operation: Operation,
        width: PointerWidth,
        detail: &'a [u8],
        extra: Option<&'a [u8]>,
    ) -> Result<Self> {
        Self::of(&Source { detail, extra, width, detail_offset: 0, extra_offset: 0 }, operation)
    }

    /// Returns the size of the head of the detail block, in bytes.
    ///
    /// The head consists of the fields before the first part of variable size. The size is 0 if the layout is unknown.
    pub(crate) fn head_size(operation: Operation, width: PointerWidth) -> usize {
        match operation {
            Operation::Process(operation) => process::head_size(operation, width),
            Operation::Registry(operation) => registry::head_size(operation),
            Operation::File(_) | Operation::Ipc(_) => file::head_size(width),
            Operation::Network(..) => network::head_size(),
            Operation::Profiling(operation) => profiling::head_size(operation),
            Operation::Unknown(..) => 0,
        }
    }

    #[inline]
    fn of(source: &Source<'a>, operation: Operation) -> Result<Self> {
        match operation {
            Operation::Process(operation) => process::decode(source, operation).map(Detail::Process),
            // Large details are decoded in place; see `file::decode`.
            Operation::Registry(operation) => {
                let mut detail = Self::Registry(RegistryDetail::EMPTY);
                if let Self::Registry(registry) = &mut detail {
                    registry::decode(source, operation, registry)?;
                }
                Ok(detail)
            }
            Operation::File(operation) | Operation::Ipc(operation) => {
                let mut detail = Self::File(FileDetail::EMPTY);
                if let Self::File(file) = &mut detail {
                    file::decode(source, operation, file)?;
                }
                Ok(detail)
            }
            Operation::Network(..) => network::decode(source).map(Detail::Network),
            Operation::Profiling(operation) => profiling::decode(source, operation).map(Detail::Profiling),
            _ => Ok(Detail::Unknown(source.unknown())),
        }
    }
}

impl<'a> Event<'a> {
    /// Decodes the detail block, and the extra block if the event has one.
    ///
    /// An unknown class or operation is not an error. An event of an unknown class decodes to [`Detail::Unknown`]. An
    /// unknown operation decodes to the `Unknown` variant of its class if the class is process, registry or profiling,
    /// and to [`FileRequest::Generic`] if it is file-system or IPC. All operations of the network class decode to
    /// [`NetworkDetail`].
    ///
    /// ```
    /// use procmon_parser::{Detail, LogsReader, detail::ProcessDetail};
    ///
    /// let log = LogsReader::open("fixtures/sample64.pml")?;
    /// for event in log.events().flatten() {
    ///     if let Ok(Detail::Process(ProcessDetail::LoadImage(image))) = event.detail() {
    ///         println!("{} at {:#x}", image.path, image.base);
    ///     }
    /// }
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a block is too short for the fixed fields of its operation. A string that is cut short is not an error; see
    /// [`PmlStr::is_truncated`].
    pub fn detail(self) -> Result<Detail<'a>> {
        let detail = Detail::of(&self.source(), self.operation());
        detail.map_err(|error: Error| error.in_event(self.ordinal()))
    }

    /// Returns the category of the operation, or `None` if Procmon's Category column is empty for it.
    ///
    /// ```
    /// # let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
    /// use procmon_parser::code::Category;
    ///
    /// let writes = log.events().flatten().filter(|event| event.category() == Some(Category::Write)).count();
    /// # assert!(writes > 0);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn category(self) -> Option<Category> {
        match self.operation() {
            Operation::Registry(operation) => registry::category(&self.source(), operation),
            Operation::File(operation) | Operation::Ipc(operation) => file::category(&self.source(), operation),
            _ => None,
        }
    }

    /// Returns the stored string that the Path column is derived from: the path of a file, registry key or image.
    ///
    /// Returns `None` if the class or operation stores no such string, or if the detail block ends before it.
    pub(crate) fn stored_path(&self) -> Option<PmlStr<'a>> {
        match self.operation() {
            Operation::Process(operation) => process::path(&self.source(), operation),
            // The layout of this operation is unknown, and Procmon leaves its Path empty.
            Operation::Registry(RegistryOperation::OPEN_KEY_2) => None,
            Operation::Registry(operation) => registry::path(&self.source(), operation).ok(),
            Operation::File(_) | Operation::Ipc(_) => file::path(&self.source()),
            _ => None,
        }
    }

    /// Returns the blocks of the event as the input of the decoders.
    #[inline]
    pub(crate) fn source(&self) -> Source<'a> {
        Source {
            detail: self.detail_bytes(),
            extra: self.extra(),
            width: self.index().pointer_width(),
            detail_offset: self.detail_offset(),
            extra_offset: self.extra_offset(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Detail;
    use crate::code::{EventClass, Operation, Protocol};
    use crate::wire::PointerWidth;

    fn operations() -> impl Iterator<Item = Operation> {
        let of_class = |class| (0..64).map(move |code| Operation::of(class, code, || Some(Protocol::Tcp)));
        (0..8).map(EventClass).flat_map(of_class)
    }

    #[test]
    fn a_decoder_needs_all_bytes_of_the_head() {
        for width in [PointerWidth::Bits32, PointerWidth::Bits64] {
            for operation in operations() {
                let size = Detail::head_size(operation, width);
                // CreateFile also reads the 8 bytes after the head: the desired access, the size of a SID, and filler.
                let block = vec![0; size + 8];
                let decoded = Detail::decode(operation, width, &block, None);
                assert!(decoded.is_ok(), "{operation:?} {width:?} {size}: {decoded:?}");
                if size > 0 {
                    let decoded = Detail::decode(operation, width, &block[..size - 1], None);
                    assert!(decoded.is_err(), "{operation:?} {width:?} {size}: {decoded:?}");
                }
            }
        }
    }

    #[test]
    fn heads_have_the_sizes_of_the_format() {
        use crate::code::ProcessOperation as Process;
        use crate::code::{FileOperation as File, NetworkOperation, ProfilingOperation, RegistryOperation as Registry};
        for (operation, bits64, bits32) in [
            (Operation::File(File::CREATE), 0x44, 0x30),
            (Operation::Registry(Registry::CLOSE_KEY), 2, 2),
            (Operation::Registry(Registry::SET_VALUE), 16, 16),
            (Operation::Registry(Registry::OPEN_KEY_2), 0, 0),
            (Operation::Process(Process::PROCESS_CREATE), 52, 52),
            (Operation::Process(Process::LOAD_IMAGE), 16, 12),
            (Operation::Process(Process::PROCESS_START), 12, 12),
            (Operation::Process(Process::THREAD_PROFILE), 0, 0),
            (Operation::Network(None, NetworkOperation::SEND), 44, 44),
            (Operation::Profiling(ProfilingOperation::DEBUG_OUTPUT_PROFILING), 2, 2),
        ] {
            assert_eq!(Detail::head_size(operation, PointerWidth::Bits64), bits64, "{operation:?}");
            assert_eq!(Detail::head_size(operation, PointerWidth::Bits32), bits32, "{operation:?}");
        }
    }
}
