//! Details of the file-system class.
//!
//! A detail block is a fixed part, which holds the parameters of the operation as the filter manager passes them, then
//! the path, then what is of variable size. What came of the operation is in the extra block. The fixed part follows
//! the pointers of the captured Windows: [`Layout`] names both places of a field.

mod directory;
mod information;
pub(crate) mod view;
mod volume;

pub use directory::{DirectoryEntries, DirectoryEntry, DirectoryIter, NotifyChangeDirectory, QueryDirectory};
pub use information::{
    AccessInformation, AlignmentInformation, AllInformation, AllocationInformation, AttributeTagInformation,
    BasicInformation, DispositionInformation, DispositionInformationEx, EaInformation, EndOfFileInformation,
    FileInformation, InternalInformation, LinkInformation, ModeInformation, NetworkOpenInformation,
    PositionInformation, QueryInformation, RenameInformation, SetFileInformation, SetInformation, ShortNameInformation,
    StandardInformation, Stream, StreamIter, Streams, ValidDataLengthInformation,
};
pub use view::Fields;
pub use volume::{
    FsAttributeInformation, FsControlInformation, FsDeviceInformation, FsFullSizeInformation, FsObjectIdInformation,
    FsSizeInformation, FsVolumeInformation, VolumeInformation,
};

use crate::Result;
use crate::code::{
    Category, ControlCode, CreateDisposition, CreateOptions, DeviceType, FileAccess, FileAttributes,
    FileInformationClass, FileOperation, IoFlags, IoPriority, NotifyFilter, OpenResult, Origin, PageProtection,
    SecurityInformation, ShareAccess, SyncType,
};
use crate::event::Event;
use crate::wire::PmlStr;
use view::Field;

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

/// A file-system operation with its parameters and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FileRequest<'a> {
    /// VolumeMount.
    #[non_exhaustive]
    VolumeMount {
        /// Type of the device.
        device_type: DeviceType,
    },
    /// FASTIO_MDL_WRITE_COMPLETE.
    #[non_exhaustive]
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
    #[non_exhaustive]
    MdlReadComplete {
        /// Address of the memory descriptor list.
        mdl: u64,
    },
    /// QueryOpen: what came back, if anything did.
    QueryOpen(Option<NetworkOpenInformation<'a>>),
    /// FASTIO_CHECK_IF_POSSIBLE.
    #[non_exhaustive]
    CheckIfPossible {
        /// Whether a read was asked about; else a write.
        for_read: bool,
        /// Offset in the file, in bytes.
        offset: u64,
        /// Number of bytes.
        length: u32,
    },
    /// FASTIO_ACQUIRE_FOR_MOD_WRITE.
    #[non_exhaustive]
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
    /// QueryVolumeInformation: what came back, if anything did.
    QueryVolume(Option<VolumeInformation<'a>>),
    /// SetVolumeInformation.
    SetVolume(VolumeInformation<'a>),
    /// QueryDirectory.
    QueryDirectory(QueryDirectory<'a>),
    /// NotifyChangeDirectory.
    NotifyChangeDirectory(NotifyChangeDirectory),
    /// FileSystemControl.
    FileSystemControl(Control<'a>),
    /// DeviceIoControl.
    DeviceIoControl(Control<'a>),
    /// LockFile, UnlockFileSingle, UnlockFileAll, UnlockFileByKey, by the minor function.
    Lock(Lock),
    /// QuerySecurityFile.
    QuerySecurity(SecurityInformation),
    /// SetSecurityFile.
    SetSecurity(SecurityInformation),
    /// An operation whose parameters Procmon shows as four numbers.
    Generic(Arguments),
    /// An operation whose parameters tell nothing.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    Plain,
}

/// ReadFile and WriteFile by memory descriptor lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Space for a new file, in bytes.
    pub allocation_size: u64,
    /// What Procmon shows for it: 32 bits, in a 32-bit log the upper ones.
    pub shown_allocation_size: u32,
    /// The user that the thread acted for, if it was not its process's.
    pub impersonating: Option<Sid<'a>>,
    /// What became of the file, if the call came to that.
    pub open_result: Option<OpenResult>,
}

/// ReadFile and WriteFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Transfer {
    /// Offset in the file, in bytes; all ones mean its current position.
    pub offset: u64,
    /// Number of bytes asked for.
    pub requested: u32,
    /// Number of bytes transferred, if the operation came to that.
    pub transferred: Option<u32>,
    /// How the transfer was asked for.
    pub io_flags: IoFlags,
    /// Priority of the transfer.
    pub priority: IoPriority,
}

/// FileSystemControl and DeviceIoControl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Control<'a> {
    /// The code.
    pub code: ControlCode,
    /// Size of the caller's buffer for output, in bytes.
    pub output_length: u32,
    /// Size of the caller's input, in bytes.
    pub input_length: u32,
    /// The part of the file that an offloaded copy is about.
    pub offload: Option<OffloadRange>,
    /// What the driver captured of the input, and slack: input of offloaded copies only.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
    pub captured: &'a [u8],
}

/// The part of a file that an offloaded copy reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OffloadRange {
    /// Offset in the file, in bytes.
    pub offset: Option<u64>,
    /// Number of bytes.
    pub length: Option<u64>,
}

/// LockFile and its opposites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Lock {
    /// Where the locked part begins, in bytes.
    pub offset: u64,
    /// Size of the locked part in bytes, if the log has it.
    pub length: Option<u64>,
    /// Whether nobody else may read it either.
    pub exclusive: bool,
    /// Whether the call fails rather than waits.
    pub fail_immediately: bool,
}

/// Four parameters as they were passed, of the width of pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Arguments(pub [u64; 4]);

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
    pub fn sub_authorities(self) -> impl Iterator<Item = u32> + 'a {
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

/// Which of the two places of a field a log has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    is_64bit: bool,
}

impl Layout {
    #[inline]
    pub(crate) fn pick<T>(self, wide: T, narrow: T) -> T {
        if self.is_64bit { wide } else { narrow }
    }
}

/// A detail block in its three parts.
struct Block<'a> {
    fixed: &'a [u8],
    layout: Layout,
    path: PmlStr<'a>,
    tail: &'a [u8],
    /// Offset of the tail from the start of the file.
    tail_offset: u64,
}

impl<'a> Block<'a> {
    #[inline]
    fn of(event: &Event<'a>) -> Result<Self> {
        let layout = Layout { is_64bit: event.index().is_64bit() };
        let mut cursor = event.detail_cursor();
        let fixed = cursor.bytes(layout.pick(0x44, 0x30), "file.parameters")?;
        let info = u16::read(fixed.get(layout.pick(0x40, 0x2C)..).unwrap_or_default()).unwrap_or_default();
        let path = cursor.string(info);
        let tail = cursor.rest();
        let tail_offset = event.detail_offset() + (event.detail_bytes().len() - tail.len()) as u64;
        Ok(Self { fixed, layout, path, tail, tail_offset })
    }

    /// A parameter by its offset in a 64-bit and in a 32-bit log.
    #[inline]
    fn get<T: Field + Default>(&self, wide: usize, narrow: usize) -> T {
        // `of` has seen that the fixed part is there.
        T::read(self.fixed.get(self.layout.pick(wide, narrow)..).unwrap_or_default()).unwrap_or_default()
    }

    /// A parameter of the width of a pointer.
    #[inline]
    fn pointer(&self, wide: usize, narrow: usize) -> u64 {
        if self.layout.is_64bit { self.get(wide, narrow) } else { self.get::<u32>(wide, narrow).into() }
    }

    /// A field of the tail.
    fn tail<T: Field>(&self, at: usize, field: &'static str) -> Result<T> {
        let have = self.tail.len().saturating_sub(at);
        let value = self.tail.get(at..).and_then(T::read);
        value.ok_or_else(|| {
            crate::Error::truncated(self.tail_offset + at as u64, field, size_of::<T>() as u64, have as u64)
        })
    }
}

/// The file of an event.
#[inline]
pub(super) fn path<'a>(event: &Event<'a>) -> Option<PmlStr<'a>> {
    Block::of(event).ok().map(|block| block.path)
}

/// Information class or minor function of an event; 0 where it is too short to have one.
#[inline]
pub(crate) fn minor(event: &Event<'_>) -> u8 {
    event.detail_bytes().first().copied().unwrap_or_default()
}

/// Whether the operation came as an IRP or by fast I/O.
pub(crate) fn origin(event: &Event<'_>) -> Origin {
    const FAST_IO: u8 = 2;
    match event.detail_bytes().get(0x0C) {
        Some(flags) if flags & FAST_IO != 0 => Origin::FastIo,
        _ => Origin::Irp,
    }
}

/// What the operation does; outcomes, dispositions and control codes decide.
pub(super) fn category(event: &Event<'_>, operation: FileOperation) -> Option<Category> {
    let minor = minor(event);
    match (operation, minor) {
        (FileOperation::CREATE, _) => create_category(event),
        (FileOperation::SET_INFORMATION, 13 | 64) => deletes(event).then_some(Category::Write),
        (FileOperation::FILE_SYSTEM_CONTROL | FileOperation::DEVICE_CONTROL, _) => {
            Block::of(event).ok().and_then(|block| ControlCode(block.get(0x20, 0x18)).category())
        }
        _ => operation.category(minor),
    }
}

fn create_category(event: &Event<'_>) -> Option<Category> {
    let result: Option<u32> = event.extra().and_then(u32::read).filter(|&result| result <= 5);
    let writes = match result {
        Some(result) => matches!(result, 0 | 2 | 3),
        None => matches!(disposition(&Block::of(event).ok()?).0, 0 | 2..=5),
    };
    writes.then_some(Category::Write)
}

/// Whether a SetInformationFile of a disposition asks for deletion.
fn deletes(event: &Event<'_>) -> bool {
    let Ok(block) = Block::of(event) else { return false };
    let length = block.pointer(0x10, 0x10);
    let byte = block.tail.first().filter(|_| length > 0).copied().unwrap_or_default();
    // The older class looks at one bit, although its field is a Boolean.
    if minor(event) == 13 { byte & 1 != 0 } else { byte != 0 }
}

#[inline]
pub(crate) fn decode<'a>(event: &Event<'a>, operation: FileOperation) -> Result<FileDetail<'a>> {
    let block = Block::of(event)?;
    Ok(FileDetail {
        path: block.path,
        minor: block.get(0, 0),
        irp_flags: block.get(8, 8),
        callback_flags: block.get(12, 12),
        request: request(event, operation, &block)?,
    })
}

fn request<'a>(event: &Event<'a>, operation: FileOperation, block: &Block<'a>) -> Result<FileRequest<'a>> {
    use FileOperation as Op;
    let minor: u8 = block.get(0, 0);
    Ok(match operation {
        Op::VOLUME_MOUNT => FileRequest::VolumeMount { device_type: DeviceType(block.get(0x10, 0x10)) },
        Op::MDL_WRITE_COMPLETE => {
            FileRequest::MdlWriteComplete { offset: block.get(0x10, 0x10), mdl: block.pointer(0x18, 0x18) }
        }
        Op::PREPARE_MDL_WRITE => FileRequest::PrepareMdlWrite(mdl_transfer(block)),
        Op::MDL_READ => FileRequest::MdlRead(mdl_transfer(block)),
        Op::MDL_READ_COMPLETE => FileRequest::MdlReadComplete { mdl: block.pointer(0x10, 0x10) },
        Op::QUERY_OPEN => FileRequest::QueryOpen(event.extra().map(|extra| NetworkOpenInformation(Fields::new(extra)))),
        Op::CHECK_IF_POSSIBLE => FileRequest::CheckIfPossible {
            for_read: block.get(0x28, 0x20),
            offset: block.get(0x10, 0x10),
            length: block.get(0x18, 0x18),
        },
        Op::ACQUIRE_FOR_MOD_WRITE => FileRequest::AcquireForModWrite { ending_offset: u64::read(block.tail) },
        Op::CREATE_FILE_MAPPING => FileRequest::CreateFileMapping(CreateFileMapping {
            sync_type: SyncType(block.get(0x10, 0x10)),
            page_protection: PageProtection::from_bits_retain(block.get(0x14, 0x14)),
            shown_page_protection: PageProtection::from_bits_retain(block.get(0x18, 0x14)),
        }),
        Op::CREATE => FileRequest::Create(create(event, block)?),
        Op::READ => FileRequest::Read(transfer(event, block)),
        Op::WRITE => FileRequest::Write(transfer(event, block)),
        Op::QUERY_INFORMATION => {
            let length = block.get(0x10, 0x10);
            FileRequest::QueryInformation(QueryInformation {
                information_class: FileInformationClass(minor.into()),
                length,
                result: event.extra().map(|extra| information::query(minor, length, extra)),
            })
        }
        Op::SET_INFORMATION => {
            let length = block.pointer(0x10, 0x10);
            FileRequest::SetInformation(SetInformation {
                information_class: FileInformationClass(minor.into()),
                length,
                information: information::set(minor, length, block.tail, block.layout),
            })
        }
        Op::QUERY_VOLUME_INFORMATION => {
            FileRequest::QueryVolume(event.extra().map(|extra| volume::query(minor, extra)))
        }
        Op::SET_VOLUME_INFORMATION => FileRequest::SetVolume(volume::set(minor, block.pointer(0x10, 0x10), block.tail)),
        Op::DIRECTORY_CONTROL if minor == 1 => FileRequest::QueryDirectory(query_directory(event, block)),
        Op::DIRECTORY_CONTROL if minor == 2 => FileRequest::NotifyChangeDirectory(NotifyChangeDirectory {
            filter: NotifyFilter::from_bits_retain(block.get(0x18, 0x14)),
        }),
        Op::FILE_SYSTEM_CONTROL => FileRequest::FileSystemControl(control(block)),
        Op::DEVICE_CONTROL => FileRequest::DeviceIoControl(control(block)),
        Op::LOCK_CONTROL => FileRequest::Lock(Lock {
            offset: block.get(0x20, 0x18),
            // The driver stores the length behind the path, and more than that where there is one.
            length: u64::read(block.tail).filter(|_| block.tail.len() > 8),
            exclusive: block.get(0x31, 0x25),
            fail_immediately: block.get(0x30, 0x24),
        }),
        Op::QUERY_SECURITY => FileRequest::QuerySecurity(security(block)),
        Op::SET_SECURITY => FileRequest::SetSecurity(security(block)),
        operation if operation.is_generic() => FileRequest::Generic(Arguments([
            block.pointer(0x10, 0x10),
            block.pointer(0x18, 0x14),
            block.pointer(0x20, 0x18),
            block.pointer(0x28, 0x1C),
        ])),
        _ => FileRequest::Plain,
    })
}

fn mdl_transfer(block: &Block<'_>) -> MdlTransfer {
    MdlTransfer {
        offset: block.get(0x10, 0x10),
        length: block.get(0x18, 0x18),
        key: block.get(0x20, 0x1C),
        mdl: block.pointer(0x28, 0x20),
    }
}

fn disposition(block: &Block<'_>) -> CreateDisposition {
    CreateDisposition(block.get::<u32>(0x18, 0x14) >> 24)
}

fn create<'a>(event: &Event<'a>, block: &Block<'a>) -> Result<CreateFile<'a>> {
    const OPTIONS: u32 = 0x00FF_FFFF;
    let sid_size: u8 = block.tail(4, "create_file.sid_size").unwrap_or_default();
    let sid = block.tail.get(8..).unwrap_or_default();
    Ok(CreateFile {
        desired_access: FileAccess::from_bits_retain(block.tail(0, "create_file.desired_access")?),
        disposition: disposition(block),
        options: CreateOptions::from_bits_retain(block.get::<u32>(0x18, 0x14) & OPTIONS),
        attributes: FileAttributes::from_bits_retain(block.get::<u16>(0x20, 0x18).into()),
        share_access: ShareAccess::from_bits_retain(block.get::<u16>(0x22, 0x1A).into()),
        allocation_size: block.get(0x38, 0x24),
        shown_allocation_size: block.get(0x38, 0x28),
        impersonating: (sid_size != 0).then(|| Sid(sid_at(sid))),
        open_result: event.extra().and_then(u32::read).map(OpenResult),
    })
}

/// The bytes of the SID at the start of `bytes`, by its own count of numbers: Windows does not look at the size that
/// the event states.
fn sid_at(bytes: &[u8]) -> &[u8] {
    let count = bytes.get(1).copied().unwrap_or_default();
    bytes.get(..8 + 4 * usize::from(count)).unwrap_or(bytes)
}

fn transfer(event: &Event<'_>, block: &Block<'_>) -> Transfer {
    const IO_FLAGS: u32 = 0x00E0_00FF;
    let flags: u32 = block.get(8, 8);
    Transfer {
        offset: block.get(0x20, 0x18),
        requested: block.get(0x10, 0x10),
        transferred: event.extra().and_then(u32::read),
        io_flags: IoFlags::from_bits_retain(flags & IO_FLAGS),
        priority: IoPriority(flags >> 17 & 7),
    }
}

fn query_directory<'a>(event: &Event<'a>, block: &Block<'a>) -> QueryDirectory<'a> {
    let information_class = FileInformationClass(block.get(0x20, 0x18));
    let filter = block.tail.split_first_chunk::<2>().map(|(info, rest)| (u16::from_le_bytes(*info), rest));
    let filter = filter.filter(|&(info, _)| info != 0);
    QueryDirectory {
        information_class,
        filter: filter.map(|(info, rest)| PmlStr::counted(rest, usize::from(info & 0x7FFF), info & 0x8000 == 0)),
        entries: event.extra().map(|extra| DirectoryEntries { information_class, fields: Fields::new(extra) }),
    }
}

fn control<'a>(block: &Block<'a>) -> Control<'a> {
    let code = ControlCode(block.get(0x20, 0x18));
    let at = match code {
        ControlCode::FSCTL_OFFLOAD_READ => Some(16),
        ControlCode::FSCTL_OFFLOAD_WRITE => Some(8),
        _ => None,
    };
    let tail = Fields::new(block.tail);
    Control {
        code,
        output_length: block.get(0x10, 0x10),
        input_length: block.get(0x18, 0x14),
        offload: at.map(|at| OffloadRange { offset: tail.get(at), length: tail.get(at + 8) }),
        captured: block.tail,
    }
}

fn security(block: &Block<'_>) -> SecurityInformation {
    SecurityInformation::from_bits_retain(block.get(0x10, 0x10))
}
