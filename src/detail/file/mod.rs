//! Details of the file-system class.
//!
//! A detail block consists of a fixed part, the path, and data of variable size. The fixed part contains the parameters
//! of the operation as the Windows filter manager passes them (`FLT_PARAMETERS`). The layout of the fixed part depends
//! on the pointer width of the captured system, so a field can have different offsets in 64-bit and 32-bit logs. The
//! extra block holds the result of the operation.

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
    /// The full path of the file, such as `C:\Windows\win.ini`.
    pub path: PmlStr<'a>,
    /// The information class or minor function. Together with the operation, it determines the text of the Operation
    /// column.
    pub minor: u8,
    /// The IRP flags in bits 0 to 19, and the flags of the I/O stack location in bits 20 to 31. For a read or write,
    /// encoding takes the I/O flags and the priority from `request`.
    pub irp_flags: u32,
    /// The callback flags: 1 for an IRP, 2 for fast I/O, 4 for a file-system filter callback, 8 for a system buffer.
    pub callback_flags: u32,
    /// The parameters and the result of the operation.
    pub request: FileRequest<'a>,
}

impl FileRequest<'_> {
    /// A placeholder for a request that has not been decoded yet.
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
    /// VolumeMount: a volume is mounted.
    VolumeMount {
        /// The type of the device.
        device_type: DeviceType,
    },
    /// FASTIO_MDL_WRITE_COMPLETE: a write through a memory descriptor list ends.
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
    /// FASTIO_MDL_READ_COMPLETE: a read through a memory descriptor list ends.
    MdlReadComplete {
        /// The address of the memory descriptor list.
        mdl: u64,
    },
    /// QueryOpen: times, sizes and attributes of a file are queried without opening it. Contains the returned
    /// structure; `None` if the event has no extra block.
    QueryOpen(Option<NetworkOpenInformation<'a>>),
    /// FASTIO_CHECK_IF_POSSIBLE: the caller checks whether the file system can use fast I/O for a read or write.
    CheckIfPossible {
        /// True for a read, false for a write.
        for_read: bool,
        /// The offset in the file, in bytes.
        offset: u64,
        /// The number of bytes to read or write.
        length: u32,
        /// The key of the byte-range lock.
        key: u32,
    },
    /// FASTIO_ACQUIRE_FOR_MOD_WRITE: the file is locked before modified pages are written to it.
    AcquireForModWrite {
        /// The offset of the end of the write, in bytes; `None` if the block does not store it.
        ending_offset: Option<u64>,
    },
    /// CreateFileMapping: the file is locked while a section of it is created or changed
    /// (`IRP_MJ_ACQUIRE_FOR_SECTION_SYNCHRONIZATION`).
    CreateFileMapping(CreateFileMapping),
    /// CreateFile: a file is opened or created.
    Create(CreateFile<'a>),
    /// ReadFile: data is read.
    Read(Transfer),
    /// WriteFile: data is written.
    Write(Transfer),
    /// QueryInformationFile: information about a file is queried.
    QueryInformation(QueryInformation<'a>),
    /// SetInformationFile: information about a file is changed, such as its name or its length.
    SetInformation(SetInformation<'a>),
    /// QueryVolumeInformation: information about a volume is queried.
    QueryVolume(QueryVolume<'a>),
    /// SetVolumeInformation: information about a volume is changed, such as its label.
    SetVolume(SetVolume<'a>),
    /// QueryDirectory: the entries of a directory are listed.
    QueryDirectory(QueryDirectory<'a>),
    /// NotifyChangeDirectory: a caller waits for changes in a directory.
    NotifyChangeDirectory(NotifyChangeDirectory),
    /// FileSystemControl: a control code is sent to a file system.
    FileSystemControl(IoControl<'a>),
    /// DeviceIoControl: a control code is sent to a device.
    DeviceIoControl(IoControl<'a>),
    /// LockFile, UnlockFileSingle, UnlockFileAll or UnlockFileByKey, depending on the minor function.
    Lock(Lock),
    /// QuerySecurityFile: parts of the security descriptor are queried.
    QuerySecurity {
        /// The requested parts of the security descriptor.
        information: SecurityInformation,
        /// The size of the caller's buffer, in bytes.
        length: u32,
    },
    /// SetSecurityFile: the given parts of the security descriptor are changed.
    SetSecurity(SecurityInformation),
    /// An operation whose four parameters Procmon shows as raw numbers.
    Generic(RawArguments),
    /// An operation whose parameters Procmon does not show. For QueryEAFile, the first parameter is the size of the
    /// caller's buffer, in bytes.
    Plain(RawArguments),
}

/// The parameters of a read or write through a memory descriptor list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MdlTransfer {
    /// The offset in the file, in bytes.
    pub offset: u64,
    /// The number of bytes to read or write.
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
    /// The reason for synchronizing a section with the file.
    pub sync_type: SyncType,
    /// The protection of the pages of the section.
    pub page_protection: PageProtection,
    /// The protection that Procmon shows.
    ///
    /// In a 32-bit log, it equals `page_protection`, and encoding ignores it. In a 64-bit log, Procmon reads the wrong
    /// field: the lower 32 bits of the pointer after it.
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
    /// The options for opening or creating the file.
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
    /// The SID of the user that the thread impersonated; `None` if the thread did not impersonate a user.
    pub impersonating: Option<Sid<'a>>,
    /// The action that was taken; `None` if the event has no extra block or one that is too short.
    pub open_result: Option<OpenResult>,
}

/// The parameters and the result of ReadFile and WriteFile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transfer {
    /// The offset in the file, in bytes. In a write, [`u64::MAX`] stands for the end of the file
    /// (`FILE_WRITE_TO_END_OF_FILE`). Procmon prints it as `-1`.
    pub offset: u64,
    /// The requested number of bytes.
    pub requested: u32,
    /// The key of the byte-range lock.
    pub key: u32,
    /// The number of bytes transferred; `None` if the event has no extra block or one that is too short.
    pub transferred: Option<u32>,
    /// The I/O flags of the transfer. They are part of the IRP flags.
    pub io_flags: IoFlags,
    /// The priority of the transfer. It is part of the IRP flags.
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
    /// The range that an offloaded copy reads or writes; `None` for control codes other than
    /// [`FSCTL_OFFLOAD_READ`](ControlCode::FSCTL_OFFLOAD_READ) and
    /// [`FSCTL_OFFLOAD_WRITE`](ControlCode::FSCTL_OFFLOAD_WRITE).
    pub offload: Option<OffloadRange>,
    /// The captured input, followed by filler. The driver captures the input of offloaded copies only. Encoding writes
    /// the range in `offload` over the range that this input contains.
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
    /// True if the call fails when the lock cannot be granted, instead of waiting for it.
    pub fail_immediately: bool,
}

/// The four raw parameters of an operation. In a log, each is as wide as a pointer: 32 or 64 bits.
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
    /// Returns the English name of the account, such as `NT AUTHORITY\SYSTEM`, or `None` if the account does not exist
    /// on every Windows system. The name of an account without a domain begins with a backslash: `\Everyone`.
    #[must_use]
    pub fn well_known_account(self) -> Option<&'static str> {
        self.is_first_revision().then(|| well_known_account(self.authority(), self.sub_authorities())).flatten()
    }

    /// Returns Procmon's name of the integrity level, such as `Low` or `Medium`, or `None` if this is not the SID of a
    /// mandatory label.
    #[must_use]
    pub fn integrity_level(self) -> Option<&'static str> {
        integrity_level(self.authority(), self.sub_authorities())
    }

    fn is_first_revision(self) -> bool {
        self.0.first() == Some(&1)
    }

    /// Returns the SID stored in `bytes`, or `None` if the length of `bytes` does not match the sub-authority count.
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

    /// Returns the identifier authority, such as 5 for Windows NT, or 0 if the SID is cut short before it.
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
