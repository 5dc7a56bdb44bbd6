//! Details of the file-system class.
//!
//! A detail block consists of a fixed part with the parameters of the operation (`FLT_PARAMETERS`, as the Windows
//! filter manager passes them), the path, and data of variable size. The extra block holds the result of the operation.
//! The layout of the fixed part depends on the pointer width of the captured Windows, so the offsets of a field differ
//! between 64-bit and 32-bit logs.

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

/// The detail of an event of the file-system class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FileDetail<'a> {
    /// The path of the file, with its drive: `C:\...`.
    pub path: PmlStr<'a>,
    /// The information class or minor function. It determines, with the operation, the name in the Operation column.
    pub minor: u8,
    /// The IRP flags; the upper 12 bits are the flags of the stack location.
    pub irp_flags: u32,
    /// The callback flags: 1 is an IRP, 2 fast I/O, 4 a file-system filter callback, 8 a system buffer.
    pub callback_flags: u32,
    /// The parameters and the result of the operation.
    pub request: FileRequest<'a>,
}

impl FileRequest<'_> {
    /// A placeholder for a request that is yet to be decoded.
    const NOTHING: Self = Self::MdlReadComplete { mdl: 0 };
}

impl<'a> FileDetail<'a> {
    /// The initial value that a decoder fills in.
    pub(crate) const EMPTY: Self =
        Self { path: PmlStr::EMPTY, minor: 0, irp_flags: 0, callback_flags: 0, request: FileRequest::NOTHING };

    /// Returns the detail of a request for the file at `path`.
    ///
    /// The IRP flags are the I/O flags and the priority of a read or write, and 0 for other requests. The callback
    /// flags are 0. The information class or minor function is the one that the request implies: LockFile for a
    /// [`Lock`], and 0 if the request implies none. A block stores it in 8 bits, so encoding an information class above
    /// 255 is an error.
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

/// The parameters and the result of a file-system operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FileRequest<'a> {
    /// VolumeMount.
    VolumeMount {
        /// The type of the device.
        device_type: DeviceType,
    },
    /// FASTIO_MDL_WRITE_COMPLETE.
    MdlWriteComplete {
        /// The offset in the file, in bytes.
        offset: u64,
        /// The address of the memory descriptor list.
        mdl: u64,
    },
    /// WriteFile through a memory descriptor list (FASTIO_PREPARE_MDL_WRITE).
    PrepareMdlWrite(MdlTransfer),
    /// ReadFile through a memory descriptor list (FASTIO_MDL_READ).
    MdlRead(MdlTransfer),
    /// FASTIO_MDL_READ_COMPLETE.
    MdlReadComplete {
        /// The address of the memory descriptor list.
        mdl: u64,
    },
    /// QueryOpen, with the returned structure; `None` if the event has no extra block.
    QueryOpen(Option<NetworkOpenInformation<'a>>),
    /// FASTIO_CHECK_IF_POSSIBLE.
    CheckIfPossible {
        /// True for a read, false for a write.
        for_read: bool,
        /// The offset in the file, in bytes.
        offset: u64,
        /// The number of bytes.
        length: u32,
        /// The key of the byte-range lock.
        key: u32,
    },
    /// FASTIO_ACQUIRE_FOR_MOD_WRITE.
    AcquireForModWrite {
        /// The offset of the end of the write, in bytes; `None` if the block does not store it.
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
    /// LockFile, UnlockFileSingle, UnlockFileAll or UnlockFileByKey, depending on the minor function.
    Lock(Lock),
    /// QuerySecurityFile.
    QuerySecurity {
        /// The requested parts of the security descriptor.
        information: SecurityInformation,
        /// The size of the caller's buffer, in bytes.
        length: u32,
    },
    /// SetSecurityFile, with the parts of the security descriptor that were set.
    SetSecurity(SecurityInformation),
    /// An operation whose four parameters Procmon shows as raw numbers.
    Generic(RawArguments),
    /// An operation whose parameters Procmon does not show. The first parameter of QueryEAFile is the size of the
    /// buffer.
    Plain(RawArguments),
}

/// The parameters of a read or write through a memory descriptor list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MdlTransfer {
    /// The offset in the file, in bytes.
    pub offset: u64,
    /// The number of bytes.
    pub length: u32,
    /// The key of the byte-range lock.
    pub key: u32,
    /// The address of the memory descriptor list.
    pub mdl: u64,
}

/// The parameters of CreateFileMapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateFileMapping {
    /// The reason for the synchronization.
    pub sync_type: SyncType,
    /// The protection of the pages.
    pub page_protection: PageProtection,
    /// The protection that Procmon shows.
    ///
    /// In a 32-bit log it equals `page_protection`. In a 64-bit log Procmon reads it from the next field, a pointer.
    pub shown_page_protection: PageProtection,
}

/// The parameters and the result of CreateFile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateFile<'a> {
    /// The requested access.
    pub desired_access: FileAccess,
    /// The action to take if the file exists and if it does not.
    pub disposition: CreateDisposition,
    /// The create options.
    pub options: CreateOptions,
    /// The attributes of a new file.
    pub attributes: FileAttributes,
    /// The access that other handles may have while the file is open.
    pub share_access: ShareAccess,
    /// The size of the extended attributes of a new file, in bytes.
    pub ea_length: u32,
    /// The initial allocation size of a new file, in bytes.
    pub allocation_size: u64,
    /// The allocation size that Procmon shows: the lower 32 bits of `allocation_size` in a 64-bit log, the upper 32
    /// bits in a 32-bit log. Encoding ignores this field.
    pub shown_allocation_size: u32,
    /// The user that the thread impersonated; `None` if it did not impersonate.
    pub impersonating: Option<Sid<'a>>,
    /// The action that was taken; `None` if the event has no extra block.
    pub open_result: Option<OpenResult>,
}

/// The parameters and the result of ReadFile and WriteFile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transfer {
    /// The offset in the file, in bytes. Procmon prints [`u64::MAX`] as `-1`; in a write it is Windows'
    /// `FILE_WRITE_TO_END_OF_FILE`.
    pub offset: u64,
    /// The requested number of bytes.
    pub requested: u32,
    /// The key of the byte-range lock.
    pub key: u32,
    /// The number of bytes transferred; `None` if the event has no extra block.
    pub transferred: Option<u32>,
    /// The I/O flags of the transfer, a part of the IRP flags.
    pub io_flags: IoFlags,
    /// The priority of the transfer, a part of the IRP flags.
    pub priority: IoPriority,
}

/// The parameters of FileSystemControl and DeviceIoControl.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct IoControl<'a> {
    /// The control code.
    pub code: ControlCode,
    /// The size of the caller's output buffer, in bytes.
    pub output_length: u32,
    /// The size of the caller's input buffer, in bytes.
    pub input_length: u32,
    /// The range that an offloaded copy reads or writes; `None` for all other control codes.
    pub offload: Option<OffloadRange>,
    /// The input that the driver captured, followed by filler. It captures only the input of offloaded copies, which
    /// contains the range.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub captured: &'a [u8],
}

/// The range of a file that an offloaded copy reads or writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OffloadRange {
    /// The offset in the file, in bytes; `None` if the captured input is too short for it.
    pub offset: Option<u64>,
    /// The number of bytes; `None` if the captured input is too short for it.
    pub length: Option<u64>,
}

/// The parameters of LockFile and of the unlock operations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Lock {
    /// The offset of the locked range in the file, in bytes.
    pub offset: u64,
    /// The size of the locked range, in bytes; `None` if the log does not store it.
    pub length: Option<u64>,
    /// The key of the lock.
    pub key: u32,
    /// True if the lock is exclusive, false if it is shared.
    pub exclusive: bool,
    /// True if the call fails instead of waiting when the lock cannot be granted.
    pub fail_immediately: bool,
}

/// The four raw parameters of an operation, each of the pointer width of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RawArguments(pub [u64; 4]);

/// A security identifier (SID) in its binary form.
///
/// ```
/// use procmon_parser::detail::Sid;
///
/// let system = Sid::new(&[1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]);
/// assert_eq!(system.map(|sid| sid.to_string()).as_deref(), Some("S-1-5-18"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid<'a>(&'a [u8]);

impl<'a> Sid<'a> {
    /// Returns the name of the account on an English Windows if it exists on every Windows system, such as
    /// `NT AUTHORITY\SYSTEM`. The name of an account without a domain begins with a backslash: `\Everyone`.
    #[must_use]
    pub fn well_known_account(self) -> Option<&'static str> {
        self.is_first_revision().then(|| well_known_account(self.authority(), self.sub_authorities())).flatten()
    }

    /// Returns Procmon's name of the integrity level, such as `Low` or `Medium`, if this is the SID of a mandatory
    /// label.
    #[must_use]
    pub fn integrity_level(self) -> Option<&'static str> {
        integrity_level(self.authority(), self.sub_authorities())
    }

    fn is_first_revision(self) -> bool {
        self.0.first() == Some(&1)
    }

    /// Returns the SID stored in `bytes`, or `None` if `bytes` is not exactly as long as the SID in it.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let count = usize::from(*bytes.get(1)?);
        (bytes.len() == 8 + 4 * count).then_some(Self(bytes))
    }

    /// Returns the binary form of the SID.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// Returns the identifier authority: 5 is Windows NT.
    #[must_use]
    pub fn authority(self) -> u64 {
        let bytes = self.0.get(2..8).unwrap_or_default();
        bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
    }

    /// Returns the sub-authorities, the numbers after the authority.
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

/// Serializes a SID as text such as `S-1-5-18`, and bytes that are not a valid SID as hexadecimal text.
#[cfg(feature = "serde")]
impl serde::Serialize for Sid<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match Self::new(self.0) {
            Some(sid) => serializer.collect_str(&sid),
            None => crate::wire::hex(self.0, serializer),
        }
    }
}

/// Serializes bytes as a SID, or as hexadecimal text if they are not a valid SID.
#[cfg(feature = "serde")]
pub(super) fn sid_or_hex<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Sid(bytes), serializer)
}

impl std::fmt::Debug for Sid<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sid({self})")
    }
}
