//! Details of the file-system class.
//!
//! A detail block is a fixed part, which holds the parameters of the operation as the filter manager passes them, then
//! the path, then what is of variable size. What came of the operation is in the extra block. The fixed part follows
//! the pointers of the captured Windows: a field has one offset in a 64-bit log and another in a 32-bit one.

mod directory;
mod information;
mod layout;
mod set_information;
pub(crate) mod view;
mod volume;

pub use directory::{
    DirectoryEntries, DirectoryEntry, DirectoryEntryFields, DirectoryIter, NotifyChangeDirectory, QueryDirectory,
};
pub use information::{
    AccessInformation, AccessInformationFields, AlignmentInformation, AlignmentInformationFields, AllInformation,
    AllInformationFields, AttributeTagInformation, AttributeTagInformationFields, BasicInformation,
    BasicInformationFields, EaInformation, EaInformationFields, FileInformation, InternalInformation,
    InternalInformationFields, ModeInformation, ModeInformationFields, NameInformation, NetworkOpenInformation,
    NetworkOpenInformationFields, PositionInformation, PositionInformationFields, QueryInformation,
    StandardInformation, StandardInformationFields, Stream, StreamIter, Streams,
};
pub(in crate::detail) use layout::{category, encode, head_size, path};
pub(crate) use layout::{decode, directory_filter, minor, origin};
pub use set_information::{
    AllocationInformation, AllocationInformationFields, DispositionInformation, DispositionInformationEx,
    DispositionInformationExFields, DispositionInformationFields, EndOfFileInformation, EndOfFileInformationFields,
    LinkInformation, LinkInformationFields, RenameInformation, RenameInformationFields, SetFileInformation,
    SetInformation, ShortNameInformation, ValidDataLengthInformation, ValidDataLengthInformationFields,
};
pub use volume::{
    FsAttributeInformation, FsAttributeInformationFields, FsControlInformation, FsControlInformationFields,
    FsDeviceInformation, FsDeviceInformationFields, FsFullSizeInformation, FsFullSizeInformationFields,
    FsLabelInformation, FsObjectIdInformation, FsObjectIdInformationFields, FsSizeInformation, FsSizeInformationFields,
    FsVolumeInformation, FsVolumeInformationFields, ObjectId, QueryVolume, SetVolume, VolumeInformation,
};

use crate::code::{
    ControlCode, CreateDisposition, CreateOptions, DeviceType, FileAccess, FileAttributes, FileOperation, IoFlags,
    IoPriority, OpenResult, PageProtection, SecurityInformation, ShareAccess, SyncType,
};
use crate::code::{integrity_level, well_known_account};
use crate::wire::{Field, PmlStr};

/// Detail of an event of the file-system class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FileDetail<'a> {
    /// The file, with its drive: `C:\...`.
    pub path: PmlStr<'a>,
    /// Information class or minor function, which together with the operation makes its name.
    pub minor: u8,
    /// IRP flags; the upper 12 bits are flags of the operation.
    pub irp_flags: u32,
    /// Flags of the callback: 1 IRP, 2 fast I/O, 4 file-system filter callback, 8 system buffer.
    pub callback_flags: u32,
    /// What was asked for and what came of it.
    pub request: FileRequest<'a>,
}

impl FileRequest<'_> {
    /// A request of which nothing is known.
    const NOTHING: Self = Self::MdlReadComplete { mdl: 0 };
}

impl<'a> FileDetail<'a> {
    /// What a decoder begins with.
    pub(crate) const EMPTY: Self =
        Self { path: PmlStr::EMPTY, minor: 0, irp_flags: 0, callback_flags: 0, request: FileRequest::NOTHING };

    /// A request about a file, without flags; a lock is a LockFile. Information classes above 255 have no place in a block:
    /// encoding one is an error.
    ///
    /// ```
    /// use procmon_parser::code::{FileAttributes, FileInformationClass, FileOperation, Operation};
    /// use procmon_parser::detail::{
    ///     BasicInformationFields, Detail, DetailBlocks, FileDetail, FileRequest, QueryInformation,
    /// };
    /// use procmon_parser::{FileTime, PmlStr, PointerWidth};
    ///
    /// let mut basic = BasicInformationFields::default();
    /// basic.last_write_time = FileTime(133_438_647_090_000_000);
    /// basic.file_attributes = FileAttributes::ARCHIVE;
    /// let mut answer = Vec::new();
    /// basic.encode(&mut answer);
    /// let query = QueryInformation::new(FileInformationClass::BASIC_INFORMATION, 40, Some(&answer));
    /// let path = PmlStr::latin1(br"C:\Windows\win.ini");
    /// let detail = Detail::File(FileDetail::new(path, FileRequest::QueryInformation(query)));
    ///
    /// let operation = Operation::File(FileOperation::QUERY_INFORMATION);
    /// let mut blocks = DetailBlocks::default();
    /// detail.encode_into(operation, PointerWidth::Bits32, &mut blocks)?;
    /// let decoded = Detail::decode(operation, PointerWidth::Bits32, &blocks.detail, blocks.extra.as_deref())?;
    /// assert_eq!(decoded, detail);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn new(path: PmlStr<'a>, request: FileRequest<'a>) -> Self {
        let minor = match request {
            FileRequest::Lock(_) => FileOperation::LOCK,
            _ => request.minor().map_or(0, |minor| u8::try_from(minor).unwrap_or(u8::MAX)),
        };
        Self { path, minor, irp_flags: request.irp_flags(0), callback_flags: 0, request }
    }
}

/// A file-system operation with its parameters and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FileRequest<'a> {
    /// VolumeMount.
    VolumeMount {
        /// Type of the device.
        device_type: DeviceType,
    },
    /// FASTIO_MDL_WRITE_COMPLETE.
    MdlWriteComplete {
        /// Offset in the file, in bytes.
        offset: u64,
        /// Address of the memory descriptor list.
        mdl: u64,
    },
    /// WriteFile by preparing a memory descriptor list.
    PrepareMdlWrite(MdlTransfer),
    /// ReadFile by a memory descriptor list.
    MdlRead(MdlTransfer),
    /// FASTIO_MDL_READ_COMPLETE.
    MdlReadComplete {
        /// Address of the memory descriptor list.
        mdl: u64,
    },
    /// QueryOpen: what came back, if anything did.
    QueryOpen(Option<NetworkOpenInformation<'a>>),
    /// FASTIO_CHECK_IF_POSSIBLE.
    CheckIfPossible {
        /// Whether a read was asked about; else a write.
        for_read: bool,
        /// Offset in the file, in bytes.
        offset: u64,
        /// Number of bytes.
        length: u32,
        /// Key of the lock.
        key: u32,
    },
    /// FASTIO_ACQUIRE_FOR_MOD_WRITE.
    AcquireForModWrite {
        /// Where the write ends, in bytes.
        ending_offset: Option<u64>,
    },
    /// CreateFileMapping.
    CreateFileMapping(CreateFileMapping),
    /// CreateFile.
    Create(CreateFile<'a>),
    /// ReadFile.
    Read(Transfer),
    /// WriteFile.
    Write(Transfer),
    /// QueryInformationFile.
    QueryInformation(QueryInformation<'a>),
    /// SetInformationFile.
    SetInformation(SetInformation<'a>),
    /// QueryVolumeInformation.
    QueryVolume(QueryVolume<'a>),
    /// SetVolumeInformation.
    SetVolume(SetVolume<'a>),
    /// QueryDirectory.
    QueryDirectory(QueryDirectory<'a>),
    /// NotifyChangeDirectory.
    NotifyChangeDirectory(NotifyChangeDirectory),
    /// FileSystemControl.
    FileSystemControl(IoControl<'a>),
    /// DeviceIoControl.
    DeviceIoControl(IoControl<'a>),
    /// LockFile, UnlockFileSingle, UnlockFileAll, UnlockFileByKey, by the minor function.
    Lock(Lock),
    /// QuerySecurityFile.
    QuerySecurity {
        /// The parts of the descriptor that were asked for.
        information: SecurityInformation,
        /// Size of the caller's buffer in bytes.
        length: u32,
    },
    /// SetSecurityFile.
    SetSecurity(SecurityInformation),
    /// An operation whose parameters Procmon shows as four numbers.
    Generic(RawArguments),
    /// An operation of whose parameters Procmon shows none: of QueryEAFile the first number is the size of the buffer.
    Plain(RawArguments),
}

/// ReadFile and WriteFile by memory descriptor lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MdlTransfer {
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Number of bytes.
    pub length: u32,
    /// Key of the lock.
    pub key: u32,
    /// Address of the memory descriptor list.
    pub mdl: u64,
}

/// CreateFileMapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateFileMapping {
    /// What the section is synchronised for.
    pub sync_type: SyncType,
    /// Protection of its pages.
    pub page_protection: PageProtection,
    /// What Procmon shows for it: in a 64-bit log it takes the number from the field behind it, a pointer.
    pub shown_page_protection: PageProtection,
}

/// CreateFile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateFile<'a> {
    /// Access asked for.
    pub desired_access: FileAccess,
    /// What to do with a file that is there or not.
    pub disposition: CreateDisposition,
    /// Options.
    pub options: CreateOptions,
    /// Attributes of a new file.
    pub attributes: FileAttributes,
    /// What others may do meanwhile.
    pub share_access: ShareAccess,
    /// Size of the extended attributes of a new file, in bytes.
    pub ea_length: u32,
    /// Space for a new file, in bytes.
    pub allocation_size: u64,
    /// What Procmon shows for it: 32 bits, in a 32-bit log the upper ones. It follows from the other, so an encoder does
    /// not look at it.
    pub shown_allocation_size: u32,
    /// The user that the thread acted for, if it was not its process's.
    pub impersonating: Option<Sid<'a>>,
    /// What became of the file, if the call came to that.
    pub open_result: Option<OpenResult>,
}

/// ReadFile and WriteFile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transfer {
    /// Offset in the file, in bytes; all ones mean its current position.
    pub offset: u64,
    /// Number of bytes asked for.
    pub requested: u32,
    /// Key of the lock.
    pub key: u32,
    /// Number of bytes transferred, if the operation came to that.
    pub transferred: Option<u32>,
    /// How the transfer was asked for: a part of the IRP flags, as is the priority.
    pub io_flags: IoFlags,
    /// Priority of the transfer.
    pub priority: IoPriority,
}

/// FileSystemControl and DeviceIoControl.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct IoControl<'a> {
    /// The code.
    pub code: ControlCode,
    /// Size of the caller's buffer for output, in bytes.
    pub output_length: u32,
    /// Size of the caller's input, in bytes.
    pub input_length: u32,
    /// The part of the file that an offloaded copy is about.
    pub offload: Option<OffloadRange>,
    /// What the driver captured of the input, and slack: input of offloaded copies only, which has the range.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub captured: &'a [u8],
}

/// The part of a file that an offloaded copy reads or writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OffloadRange {
    /// Offset in the file, in bytes.
    pub offset: Option<u64>,
    /// Number of bytes.
    pub length: Option<u64>,
}

/// LockFile and its opposites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Lock {
    /// Where the locked part begins, in bytes.
    pub offset: u64,
    /// Size of the locked part in bytes, if the log has it.
    pub length: Option<u64>,
    /// Key of the lock.
    pub key: u32,
    /// Whether nobody else may read it either.
    pub exclusive: bool,
    /// Whether the call fails rather than waits.
    pub fail_immediately: bool,
}

/// The four parameters of an operation as they were passed, of the width of pointers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RawArguments(pub [u64; 4]);

/// A security identifier, as bytes.
///
/// ```
/// use procmon_parser::detail::Sid;
///
/// let system = Sid::new(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]).unwrap();
/// assert_eq!(system.to_string(), "S-1-5-18");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid<'a>(&'a [u8]);

impl<'a> Sid<'a> {
    /// Returns the name of the account, as on an English Windows, if it is one that every Windows has, such as
    /// `NT AUTHORITY\SYSTEM`. The name of an account without a domain begins with a backslash: `\Everyone`.
    #[must_use]
    pub fn well_known_account(self) -> Option<&'static str> {
        self.is_first_revision().then(|| well_known_account(self.authority(), self.sub_authorities())).flatten()
    }

    /// Returns Procmon's name of the integrity level if this is the SID of a mandatory label: `Low`, `Medium`, ...
    #[must_use]
    pub fn integrity_level(self) -> Option<&'static str> {
        integrity_level(self.authority(), self.sub_authorities())
    }

    fn is_first_revision(self) -> bool {
        self.0.first() == Some(&1)
    }

    /// The SID that `bytes` are; `None` if they are not one of exactly this length.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        (bytes.len() == 8 + 4 * count).then_some(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The authority that gave it out: 5 is Windows NT.
    #[must_use]
    pub fn authority(self) -> u64 {
        let bytes = self.0.get(2..8).unwrap_or_default();
        bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// The numbers behind the authority.
    pub fn sub_authorities(self) -> impl Iterator<Item = u32> + Clone + 'a {
        self.0.get(8..).unwrap_or_default().chunks_exact(4).filter_map(u32::read)
    }
}

impl std::fmt::Display for Sid<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "S-{}-{}", self.0.first().unwrap_or(&0), self.authority())?;
        self.sub_authorities().try_for_each(|number| write!(f, "-{number}"))
    }
}

/// The text of the SID; bytes that are none, as hexadecimal text.
#[cfg(feature = "serde")]
impl serde::Serialize for Sid<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Self::new(self.0) {
            Some(sid) => serializer.collect_str(&sid),
            None => crate::wire::hex(self.0, serializer),
        }
    }
}

/// Serializes the bytes of a SID.
#[cfg(feature = "serde")]
pub(super) fn sid_or_hex<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Sid(bytes), serializer)
}

impl std::fmt::Debug for Sid<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sid({self})")
    }
}
