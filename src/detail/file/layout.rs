//! The layouts of the detail and extra blocks of file-system events.

use super::information::{self, QueryInformation};
use super::set_information::{self, SetFileInformation, SetInformation};
use super::volume::{self, QueryVolume, SetVolume, VolumeInformation};
use super::{
    CreateFile, CreateFileMapping, DirectoryEntries, FileDetail, FileRequest, IoControl, Lock, MdlTransfer,
    NetworkOpenInformation, NotifyChangeDirectory, QueryDirectory, RawArguments, Sid, Transfer,
};
use crate::code::{
    Category, ControlCode, CreateDisposition, CreateOptions, DeviceType, FileAttributes, FileInformationClass,
    FileOperation, FsInformationClass, IoFlags, IoPriority, OpenResult, Origin, SecurityInformation, ShareAccess,
};
use crate::detail::{DetailBlocks, Source};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::wire::codec::Codec;
use crate::wire::cursor::Cursor;
use crate::wire::{Field, PmlStr, PointerWidth, put};

/// The size of the fixed part, in a 64-bit and in a 32-bit log. The path follows it.
const FIXED_SIZE: (usize, usize) = (0x44, 0x30);

/// The offset of the string-info word of the path, in a 64-bit and in a 32-bit log.
const PATH_INFO: (usize, usize) = (0x40, 0x2C);

/// Access to the fixed part of a detail block, for reading or writing.
///
/// `wide` is the offset of a parameter in a 64-bit log, `narrow` its offset in a 32-bit log.
trait Parameters {
    /// Reads or writes a value.
    fn at<T: Field>(&mut self, wide: usize, narrow: usize, value: &mut T);

    /// Reads or writes a number that is as wide as a pointer.
    fn pointer_at(&mut self, wide: usize, narrow: usize, value: &mut u64);
}

/// The fixed part of a block that is being read.
#[derive(Clone, Copy)]
struct Fixed<'a> {
    bytes: &'a [u8],
    width: PointerWidth,
}

impl<'a> Fixed<'a> {
    /// Returns the fixed part at the start of a block and advances the cursor past it.
    #[inline(always)]
    fn take(block: &mut Cursor<'a>, width: PointerWidth) -> Result<Self> {
        let bytes = block.bytes(head_size(width), "file.parameters")?;
        Ok(Self { bytes, width })
    }

    #[inline]
    fn get<T: Field>(&self, wide: usize, narrow: usize) -> T {
        // `take` has checked the size of the fixed part, so the default is never used.
        T::read(self.bytes.get(self.width.select(wide, narrow)..).unwrap_or_default()).unwrap_or_default()
    }

    /// Returns the path with its length and encoding, but without its characters.
    #[inline]
    fn path(&self) -> PmlStr<'a> {
        PmlStr::announced_by(self.get(PATH_INFO.0, PATH_INFO.1))
    }
}

impl Parameters for Fixed<'_> {
    #[inline(always)]
    fn at<T: Field>(&mut self, wide: usize, narrow: usize, value: &mut T) {
        *value = self.get(wide, narrow);
    }

    #[inline(always)]
    fn pointer_at(&mut self, wide: usize, narrow: usize, value: &mut u64) {
        *value = match self.width {
            PointerWidth::Bits32 => self.get::<u32>(wide, narrow).into(),
            PointerWidth::Bits64 => self.get(wide, narrow),
        };
    }
}

/// The fixed part of a block that is being written. Bytes without a value are zeros.
struct NewFixed {
    bytes: [u8; FIXED_SIZE.0],
    width: PointerWidth,
    /// A value that does not fit in the 32 bits of a 32-bit log.
    too_wide: Option<u64>,
}

impl Parameters for NewFixed {
    fn at<T: Field>(&mut self, wide: usize, narrow: usize, value: &mut T) {
        put(&mut self.bytes, self.width.select(wide, narrow), *value);
    }

    fn pointer_at(&mut self, wide: usize, narrow: usize, value: &mut u64) {
        match u32::try_from(*value) {
            _ if self.width.is_64bit() => self.at(wide, narrow, value),
            Ok(mut value) => self.at(wide, narrow, &mut value),
            Err(_) => self.too_wide = Some(*value),
        }
    }
}

/// Returns the size of the fixed part in bytes.
pub(in crate::detail) fn head_size(width: PointerWidth) -> usize {
    width.select(FIXED_SIZE.0, FIXED_SIZE.1)
}

/// Returns the path of the file, or `None` if the block is too short.
#[inline]
pub(in crate::detail) fn path<'a>(source: &Source<'a>) -> Option<PmlStr<'a>> {
    let mut block = source.detail_cursor();
    let mut path = Fixed::take(&mut block, source.width).ok()?.path();
    block.characters(&mut path);
    Some(path)
}

/// The offset of the information class or minor function, the same in all operations and widths.
const MINOR: usize = 0x00;

/// The offset of the callback flags, the same in all operations and widths.
const CALLBACK_FLAGS: usize = 0x0C;

/// Returns the pattern of a QueryDirectory, or `None` if it has none or the minor function is a different one.
pub(crate) fn directory_filter<'a>(source: &Source<'a>) -> Option<PmlStr<'a>> {
    if minor_in(source.detail) != FileOperation::QUERY_DIRECTORY {
        return None;
    }
    let mut block = source.detail_cursor();
    let mut path = Fixed::take(&mut block, source.width).ok()?.path();
    block.characters(&mut path);
    let mut filter = None;
    filter_tail(&mut block, &mut filter).ok()?;
    filter
}

/// Returns the information class or minor function of an event, or 0 if the event is too short for it.
#[inline]
pub(crate) fn minor(event: &Event<'_>) -> u8 {
    minor_in(event.detail_bytes())
}

#[inline]
fn minor_in(block: &[u8]) -> u8 {
    block.get(MINOR).copied().unwrap_or_default()
}

/// Returns the origin of an operation: fast I/O if its callback flags say so, otherwise an IRP.
pub(crate) fn origin(event: &Event<'_>) -> Origin {
    const FAST_IO: u8 = 2;
    match event.detail_bytes().get(CALLBACK_FLAGS) {
        Some(flags) if flags & FAST_IO != 0 => Origin::FastIo,
        _ => Origin::Irp,
    }
}

/// Returns the category of an operation. It can depend on the result, the disposition or the control code.
pub(in crate::detail) fn category(source: &Source<'_>, operation: FileOperation) -> Option<Category> {
    let minor = minor_in(source.detail);
    match (operation, minor) {
        (FileOperation::CREATE, _) => create_category(source),
        (FileOperation::SET_INFORMATION, _) if FileInformationClass(minor.into()).is_disposition() => {
            deletes(source, minor).then_some(Category::Write)
        }
        (FileOperation::FILE_SYSTEM_CONTROL | FileOperation::DEVICE_CONTROL, _) => {
            let mut fixed = Fixed::take(&mut source.detail_cursor(), source.width).ok()?;
            let mut control = IoControl::default();
            control_parameters(&mut fixed, &mut control);
            control.code.category()
        }
        _ => operation.category(minor),
    }
}

/// Returns the category of a CreateFile, based on its result, or on the disposition if the result is absent or unknown.
fn create_category(source: &Source<'_>) -> Option<Category> {
    let result = source.extra.and_then(OpenResult::read).filter(|result| result.name().is_some());
    let writes = match result {
        Some(result) => matches!(result, OpenResult::SUPERSEDED | OpenResult::CREATED | OpenResult::OVERWRITTEN),
        None => {
            let mut fixed = Fixed::take(&mut source.detail_cursor(), source.width).ok()?;
            let mut create = CreateFile::default();
            create_parameters(&mut fixed, &mut create);
            matches!(
                create.disposition,
                CreateDisposition::SUPERSEDE
                    | CreateDisposition::CREATE
                    | CreateDisposition::OPEN_IF
                    | CreateDisposition::OVERWRITE
                    | CreateDisposition::OVERWRITE_IF
            )
        }
    };
    writes.then_some(Category::Write)
}

/// Returns true if a SetInformationFile of a disposition class requests deletion.
fn deletes(source: &Source<'_>, minor: u8) -> bool {
    let mut block = source.detail_cursor();
    let Ok(mut fixed) = Fixed::take(&mut block, source.width) else { return false };
    let mut length = 0;
    set_length(&mut fixed, &mut length);
    block.characters(&mut fixed.path());
    let byte = block.rest().first().filter(|_| length > 0).copied().unwrap_or_default();
    // Procmon tests only bit 0 for the older class, although its field is a BOOLEAN.
    match FileInformationClass(minor.into()) {
        FileInformationClass::DISPOSITION_INFORMATION => byte & 1 != 0,
        _ => byte != 0,
    }
}

/// Decodes into an existing value. A returned value would be copied right after it was written, which stalls the CPU.
#[inline]
pub(crate) fn decode<'a>(source: &Source<'a>, operation: FileOperation, detail: &mut FileDetail<'a>) -> Result<()> {
    let mut block = source.detail_cursor();
    let mut fixed = Fixed::take(&mut block, source.width)?;
    detail.path = fixed.path();
    block.characters(&mut detail.path);
    let minor = fixed.get(MINOR, MINOR);
    detail.request.reset(operation, minor, fixed.width);
    detail.lay_out_parameters(&mut fixed);
    detail.request.lay_out_tail(&mut block, fixed.width)?;
    if let Some(extra) = source.extra {
        detail.request.read_result(extra);
    }
    Ok(())
}

pub(in crate::detail) fn encode(
    detail: &FileDetail<'_>,
    operation: FileOperation,
    width: PointerWidth,
    blocks: &mut DetailBlocks,
) -> Result<()> {
    let mut detail = *detail;
    blocks.expect_same(&detail.request, &FileRequest::empty(operation, detail.minor, width), operation.name())?;
    match detail.request.minor() {
        Some(minor) if minor > u8::MAX.into() => {
            return Err(Error::too_large("file.information_class", minor.into(), u8::MAX.into()));
        }
        Some(minor) if minor != u32::from(detail.minor) => {
            return Err(Error::wrong_detail(
                operation.name(),
                "an information class or minor function that differs from `minor`",
            ));
        }
        _ => {}
    }
    detail.irp_flags = detail.request.irp_flags(detail.irp_flags);
    let mut fixed = NewFixed { bytes: [0; FIXED_SIZE.0], width, too_wide: None };
    detail.lay_out_parameters(&mut fixed);
    if let Some(value) = fixed.too_wide {
        return Err(Error::too_large("file.parameters", value, u32::MAX.into()));
    }
    let mut block = blocks.writer();
    block.available(width.select(PATH_INFO.0, PATH_INFO.1), &mut &fixed.bytes[..]);
    block.info("file.path", &mut detail.path)?;
    block.filler_to(head_size(width), "file.parameters")?;
    block.characters(&mut detail.path);
    let before = detail.request;
    detail.request.lay_out_tail(&mut block, width)?;
    // The driver reserves two more bytes at the end of the block.
    block.slack(2);
    // Writing the tail decoded the structure again. A structure that does not fit its class and length then became a
    // different variant.
    if let (FileRequest::SetInformation(before), FileRequest::SetInformation(after)) = (before, detail.request) {
        blocks.expect_same(&before.information, &after.information, operation.name())?;
    }
    if let (FileRequest::SetVolume(before), FileRequest::SetVolume(after)) = (before, detail.request) {
        blocks.expect_same(&before.information, &after.information, operation.name())?;
    }
    detail.request.write_result(width, operation, blocks)
}

impl<'a> FileDetail<'a> {
    #[inline]
    fn lay_out_parameters<P: Parameters>(&mut self, fixed: &mut P) {
        fixed.at(MINOR, MINOR, &mut self.minor);
        fixed.at(0x08, 0x08, &mut self.irp_flags);
        fixed.at(CALLBACK_FLAGS, CALLBACK_FLAGS, &mut self.callback_flags);
        self.request.lay_out_parameters(fixed, self.minor, self.irp_flags);
    }
}

impl<'a> FileRequest<'a> {
    /// Returns the request variant for an operation, with default values.
    fn empty(operation: FileOperation, minor: u8, width: PointerWidth) -> Self {
        let mut request = Self::NOTHING;
        request.reset(operation, minor, width);
        request
    }

    /// Replaces the request with the variant for an operation, with default values.
    #[inline]
    fn reset(&mut self, operation: FileOperation, minor: u8, width: PointerWidth) {
        use FileOperation as Op;
        let (information_class, volume_class) = (FileInformationClass(minor.into()), FsInformationClass(minor.into()));
        match operation {
            Op::VOLUME_MOUNT => *self = Self::VolumeMount { device_type: DeviceType(0) },
            Op::MDL_WRITE_COMPLETE => *self = Self::MdlWriteComplete { offset: 0, mdl: 0 },
            Op::PREPARE_MDL_WRITE => *self = Self::PrepareMdlWrite(MdlTransfer::default()),
            Op::MDL_READ => *self = Self::MdlRead(MdlTransfer::default()),
            Op::MDL_READ_COMPLETE => *self = Self::MdlReadComplete { mdl: 0 },
            Op::QUERY_OPEN => *self = Self::QueryOpen(None),
            Op::CHECK_IF_POSSIBLE => *self = Self::CheckIfPossible { for_read: false, offset: 0, length: 0, key: 0 },
            Op::ACQUIRE_FOR_MOD_WRITE => *self = Self::AcquireForModWrite { ending_offset: None },
            Op::CREATE_FILE_MAPPING => *self = Self::CreateFileMapping(CreateFileMapping::default()),
            Op::CREATE => *self = Self::Create(CreateFile::default()),
            Op::READ => *self = Self::Read(Transfer::default()),
            Op::WRITE => *self = Self::Write(Transfer::default()),
            Op::QUERY_INFORMATION => {
                *self = Self::QueryInformation(QueryInformation { information_class, length: 0, result: None })
            }
            Op::SET_INFORMATION => {
                let information = set_information::set(information_class, 0, &[], width);
                *self = Self::SetInformation(SetInformation { information_class, length: 0, information })
            }
            Op::QUERY_VOLUME_INFORMATION => {
                *self = Self::QueryVolume(QueryVolume { information_class: volume_class, length: 0, result: None })
            }
            Op::SET_VOLUME_INFORMATION => *self = Self::SetVolume(SetVolume::new(volume_class, 0, &[])),
            Op::DIRECTORY_CONTROL if minor == Op::QUERY_DIRECTORY => {
                *self = Self::QueryDirectory(QueryDirectory::default())
            }
            Op::DIRECTORY_CONTROL if minor == Op::NOTIFY_CHANGE_DIRECTORY => {
                *self = Self::NotifyChangeDirectory(NotifyChangeDirectory::default())
            }
            Op::FILE_SYSTEM_CONTROL => *self = Self::FileSystemControl(IoControl::default()),
            Op::DEVICE_CONTROL => *self = Self::DeviceIoControl(IoControl::default()),
            Op::LOCK_CONTROL => *self = Self::Lock(Lock::default()),
            Op::QUERY_SECURITY => *self = Self::QuerySecurity { information: SecurityInformation::empty(), length: 0 },
            Op::SET_SECURITY => *self = Self::SetSecurity(SecurityInformation::empty()),
            operation if operation.is_generic() => *self = Self::Generic(RawArguments::default()),
            _ => *self = Self::Plain(RawArguments::default()),
        }
    }

    /// Returns the information class or minor function that the request determines; `None` if it does not determine
    /// one. A block stores it in 8 bits; encoding rejects a larger one.
    pub(super) fn minor(&self) -> Option<u32> {
        match self {
            Self::QueryInformation(query) => Some(query.information_class.0),
            Self::SetInformation(set) => Some(set.information_class.0),
            Self::QueryVolume(query) => Some(query.information_class.0),
            Self::SetVolume(set) => Some(set.information_class.0),
            Self::QueryDirectory(_) => Some(FileOperation::QUERY_DIRECTORY.into()),
            Self::NotifyChangeDirectory(_) => Some(FileOperation::NOTIFY_CHANGE_DIRECTORY.into()),
            _ => None,
        }
    }

    /// Returns `flags`, with the I/O flags and the priority taken from the request if it is a read or a write.
    pub(super) fn irp_flags(&self, flags: u32) -> u32 {
        match self {
            Self::Read(transfer) | Self::Write(transfer) => {
                let own = IO_FLAGS | IO_PRIORITY << IO_PRIORITY_SHIFT;
                flags & !own
                    | transfer.io_flags.bits() & IO_FLAGS
                    | (transfer.priority.0 & IO_PRIORITY) << IO_PRIORITY_SHIFT
            }
            _ => flags,
        }
    }

    #[inline]
    fn lay_out_parameters<P: Parameters>(&mut self, fixed: &mut P, minor: u8, irp_flags: u32) {
        match self {
            Self::VolumeMount { device_type } => fixed.at(0x10, 0x10, device_type),
            Self::MdlWriteComplete { offset, mdl } => {
                fixed.at(0x10, 0x10, offset);
                fixed.pointer_at(0x18, 0x18, mdl);
            }
            Self::PrepareMdlWrite(transfer) | Self::MdlRead(transfer) => {
                fixed.at(0x10, 0x10, &mut transfer.offset);
                fixed.at(0x18, 0x18, &mut transfer.length);
                fixed.at(0x20, 0x1C, &mut transfer.key);
                fixed.pointer_at(0x28, 0x20, &mut transfer.mdl);
            }
            Self::MdlReadComplete { mdl } => fixed.pointer_at(0x10, 0x10, mdl),
            Self::CheckIfPossible { for_read, offset, length, key } => {
                fixed.at(0x10, 0x10, offset);
                fixed.at(0x18, 0x18, length);
                fixed.at(0x20, 0x1C, key);
                fixed.at(0x28, 0x20, for_read);
            }
            Self::CreateFileMapping(mapping) => {
                fixed.at(0x10, 0x10, &mut mapping.sync_type);
                // In a 32-bit log, both have the same offset. The second one is written last, so it is the one stored.
                fixed.at(0x18, 0x14, &mut mapping.shown_page_protection);
                fixed.at(0x14, 0x14, &mut mapping.page_protection);
            }
            Self::Create(create) => create_parameters(fixed, create),
            Self::Read(transfer) | Self::Write(transfer) => {
                fixed.at(0x10, 0x10, &mut transfer.requested);
                fixed.at(0x18, 0x14, &mut transfer.key);
                fixed.at(0x20, 0x18, &mut transfer.offset);
                transfer.io_flags = IoFlags::from_bits_retain(irp_flags & IO_FLAGS);
                transfer.priority = IoPriority(irp_flags >> IO_PRIORITY_SHIFT & IO_PRIORITY);
            }
            // The parameters of these operations repeat the class. It is written from `minor`, and what is read is
            // discarded.
            Self::QueryInformation(query) => {
                fixed.at(0x10, 0x10, &mut query.length);
                fixed.at(0x18, 0x14, &mut u32::from(minor));
            }
            Self::SetInformation(set) => {
                set_length(fixed, &mut set.length);
                fixed.at(0x18, 0x14, &mut u32::from(minor));
            }
            Self::QueryVolume(query) => {
                fixed.at(0x10, 0x10, &mut query.length);
                fixed.at(0x18, 0x14, &mut u32::from(minor));
            }
            Self::SetVolume(set) => {
                set_length(fixed, &mut set.length);
                fixed.at(0x18, 0x14, &mut u32::from(minor));
            }
            Self::QueryDirectory(query) => {
                fixed.at(0x10, 0x10, &mut query.length);
                fixed.at(0x20, 0x18, &mut query.information_class);
                fixed.at(0x28, 0x1C, &mut query.file_index);
            }
            Self::NotifyChangeDirectory(notify) => {
                fixed.at(0x10, 0x10, &mut notify.length);
                fixed.at(0x18, 0x14, &mut notify.filter);
            }
            Self::FileSystemControl(control) | Self::DeviceIoControl(control) => control_parameters(fixed, control),
            Self::Lock(lock) => {
                fixed.at(0x18, 0x14, &mut lock.key);
                fixed.at(0x20, 0x18, &mut lock.offset);
                fixed.at(0x30, 0x24, &mut lock.fail_immediately);
                fixed.at(0x31, 0x25, &mut lock.exclusive);
            }
            Self::QuerySecurity { information, length } => {
                fixed.at(0x10, 0x10, information);
                fixed.at(0x18, 0x14, length);
            }
            Self::SetSecurity(information) => fixed.at(0x10, 0x10, information),
            Self::Generic(RawArguments(arguments)) | Self::Plain(RawArguments(arguments)) => {
                let [first, second, third, fourth] = arguments;
                fixed.pointer_at(0x10, 0x10, first);
                fixed.pointer_at(0x18, 0x14, second);
                fixed.pointer_at(0x20, 0x18, third);
                fixed.pointer_at(0x28, 0x1C, fourth);
            }
            Self::QueryOpen(_) | Self::AcquireForModWrite { .. } => {}
        }
    }

    /// Visits the fields after the path.
    #[inline]
    fn lay_out_tail<C: Codec<'a>>(&mut self, tail: &mut C, width: PointerWidth) -> Result<()> {
        match self {
            Self::Create(create) => create_tail(tail, create)?,
            Self::AcquireForModWrite { ending_offset } => tail.optional(ending_offset),
            Self::SetInformation(set) => {
                // A known structure gets the rest of the block, because the target of a rename is stored after the
                // caller's buffer. Its view reads at most `length` bytes of the buffer. Without a view, the bytes
                // themselves end with the buffer.
                let mut bytes = set.information.bytes();
                match set.information {
                    SetFileInformation::Unknown(_) => {
                        tail.available(usize::try_from(set.length).unwrap_or(usize::MAX), &mut bytes);
                    }
                    _ => tail.rest(&mut bytes),
                }
                set.information = set_information::set(set.information_class, set.length, bytes, width);
            }
            Self::SetVolume(set) => {
                let mut bytes = set.information.bytes();
                match set.information {
                    VolumeInformation::Unknown(_) => {
                        tail.available(usize::try_from(set.length).unwrap_or(usize::MAX), &mut bytes);
                    }
                    _ => tail.rest(&mut bytes),
                }
                *set = SetVolume::new(set.information_class, set.length, bytes);
            }
            Self::QueryDirectory(query) => {
                filter_tail(tail, &mut query.filter)?;
            }
            Self::FileSystemControl(control) | Self::DeviceIoControl(control) => control_tail(tail, control),
            Self::Lock(lock) => {
                tail.optional(&mut lock.length);
                // The driver stores the length after the path, followed by more bytes. If the block ends right after
                // these eight bytes, they are not a length.
                if !tail.has_more(lock.length.is_some()) {
                    lock.length = None;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The bits of the IRP flags that are the I/O flags of a transfer.
const IO_FLAGS: u32 = 0x00E0_00FF;
/// The mask of the priority of a transfer, once the IRP flags are shifted right by [`IO_PRIORITY_SHIFT`].
const IO_PRIORITY: u32 = 7;
/// The lowest bit of the priority in the IRP flags.
const IO_PRIORITY_SHIFT: u32 = 17;

/// Visits the pattern of a directory listing.
fn filter_tail<'a, C: Codec<'a>>(tail: &mut C, filter: &mut Option<PmlStr<'a>>) -> Result<()> {
    let mut pattern = filter.unwrap_or(PmlStr::EMPTY_UTF16);
    if tail.has_more(true) {
        tail.optional_info("query_directory.filter", &mut pattern)?;
        tail.characters(&mut pattern);
    }
    *filter = (pattern.info_word() != 0).then_some(pattern);
    Ok(())
}

/// Visits the buffer size of SetInformationFile or SetVolumeInformation.
fn set_length<P: Parameters>(fixed: &mut P, length: &mut u64) {
    fixed.pointer_at(0x10, 0x10, length);
}

/// Visits the parameters of a CreateFile. The options and the disposition share 32 bits.
fn create_parameters<P: Parameters>(fixed: &mut P, create: &mut CreateFile<'_>) {
    const OPTIONS: u32 = 0x00FF_FFFF;
    let mut options = create.options.bits() & OPTIONS | create.disposition.0 << 24;
    let mut attributes = low_half(create.attributes.bits());
    let mut share_access = low_half(create.share_access.bits());
    fixed.at(0x18, 0x14, &mut options);
    fixed.at(0x20, 0x18, &mut attributes);
    fixed.at(0x22, 0x1A, &mut share_access);
    fixed.at(0x28, 0x1C, &mut create.ea_length);
    // The two fields overlap. The real size comes second, so that it overwrites the shown one in a written block.
    fixed.at(0x38, 0x28, &mut create.shown_allocation_size);
    fixed.at(0x38, 0x24, &mut create.allocation_size);
    create.disposition = CreateDisposition(options >> 24);
    create.options = CreateOptions::from_bits_retain(options & OPTIONS);
    create.attributes = FileAttributes::from_bits_retain(attributes.into());
    create.share_access = ShareAccess::from_bits_retain(share_access.into());
}

/// Returns the lower 16 bits, the only ones that the driver stores.
fn low_half(bits: u32) -> u16 {
    (bits & 0xFFFF) as u16
}

/// Visits the desired access and the SID of the impersonated user, which follow the path.
fn create_tail<'a, C: Codec<'a>>(tail: &mut C, create: &mut CreateFile<'a>) -> Result<()> {
    let mut sid = create.impersonating.map_or(&[][..], Sid::as_bytes);
    // A reader only tests whether the size is 0. The length of a SID follows from its own sub-authority count.
    let size = u8::try_from(sid.len().max(1)).unwrap_or(u8::MAX);
    let mut size = Some(if create.impersonating.is_some() { size } else { 0 });
    tail.field("create_file.desired_access", &mut create.desired_access)?;
    tail.optional(&mut size);
    tail.filler(3);
    if size.is_some_and(|size| size != 0) {
        tail.sid(&mut sid);
        create.impersonating = Some(Sid(sid));
    }
    Ok(())
}

fn control_parameters<P: Parameters>(fixed: &mut P, control: &mut IoControl<'_>) {
    fixed.at(0x10, 0x10, &mut control.output_length);
    fixed.at(0x18, 0x14, &mut control.input_length);
    fixed.at(0x20, 0x18, &mut control.code);
}

/// Visits the captured input, which contains a range if the control code is that of an offloaded copy.
fn control_tail<'a, C: Codec<'a>>(tail: &mut C, control: &mut IoControl<'a>) {
    tail.peek(&mut control.captured);
    let captured = control.captured;
    let at = match control.code {
        ControlCode::FSCTL_OFFLOAD_READ => 16,
        ControlCode::FSCTL_OFFLOAD_WRITE => 8,
        _ => return tail.rest(&mut control.captured),
    };
    let range = control.offload.get_or_insert_default();
    // The captured input can end before the range or within it.
    let mut end = 0;
    if tail.has_more(range.offset.is_some()) {
        tail.peeked(captured, 0..at);
        tail.optional(&mut range.offset);
        end = at + 8;
        if tail.has_more(range.length.is_some()) {
            tail.optional(&mut range.length);
            end = at + 16;
        }
    }
    tail.peeked_rest(captured, end);
}

impl<'a> FileRequest<'a> {
    /// Reads the result from the extra block into the request.
    fn read_result(&mut self, extra: &'a [u8]) {
        match self {
            Self::QueryOpen(information) => *information = Some(NetworkOpenInformation::new(extra)),
            Self::Create(create) => create.open_result = OpenResult::read(extra),
            Self::Read(transfer) | Self::Write(transfer) => transfer.transferred = u32::read(extra),
            Self::QueryInformation(query) => {
                query.result = Some(information::query(query.information_class, query.length, extra))
            }
            Self::QueryVolume(query) => query.result = Some(volume::query(query.information_class, extra)),
            Self::QueryDirectory(query) => {
                query.entries = Some(DirectoryEntries::new(query.information_class, extra));
            }
            _ => {}
        }
    }

    /// Writes the extra block, if the request has a result.
    fn write_result(&self, width: PointerWidth, operation: FileOperation, blocks: &mut DetailBlocks) -> Result<()> {
        match *self {
            Self::QueryOpen(information) => blocks.copy_extra(information.map(|of| of.0.block())),
            Self::Create(CreateFile { open_result: Some(OpenResult(result)), .. })
            | Self::Read(Transfer { transferred: Some(result), .. })
            | Self::Write(Transfer { transferred: Some(result), .. }) => {
                blocks.extra_writer().pointer(width, "file.information", &mut result.into())?;
            }
            Self::QueryInformation(QueryInformation { information_class, length, result: Some(found) }) => {
                let expected = information::query(information_class, length, found.bytes());
                blocks.expect_same(&found, &expected, operation.name())?;
                blocks.copy_extra(Some(found.bytes()));
            }
            Self::QueryVolume(QueryVolume { information_class, result: Some(found), .. }) => {
                blocks.expect_same(&found, &volume::query(information_class, found.bytes()), operation.name())?;
                blocks.copy_extra(Some(found.bytes()));
            }
            Self::QueryDirectory(QueryDirectory { information_class, entries: Some(entries), .. }) => {
                if entries.information_class != information_class {
                    return Err(Error::wrong_detail(operation.name(), "entries of a different information class"));
                }
                blocks.copy_extra(Some(entries.as_bytes()));
            }
            _ => {}
        }
        Ok(())
    }
}
