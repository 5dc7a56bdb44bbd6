//! The structures that callers pass to SetInformationFile.

use super::information::{BasicInformation, PositionInformation, Streams};
use super::view::{self, Fields, view};
use crate::code::{DispositionFlags, FileInformationClass, RenameFlags};
use crate::wire::codec::Codec;
use crate::wire::cursor::Cursor;
use crate::wire::macros::serialize_by;
use crate::wire::{Field, PmlStr, PointerWidth, put};

/// The parameters of SetInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetInformation<'a> {
    /// The class of the information that is set.
    pub information_class: FileInformationClass,
    /// The size of the caller's buffer, in bytes.
    pub length: u64,
    /// The values that are set.
    pub information: SetFileInformation<'a>,
}

/// The information that SetInformationFile sets, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SetFileInformation<'a> {
    /// `FILE_BASIC_INFORMATION`: times and attributes.
    Basic(BasicInformation<'a>),
    /// `FILE_RENAME_INFORMATION` with a Boolean: a new name, for [`FileInformationClass::RENAME_INFORMATION`].
    Rename(RenameInformation<'a>),
    /// `FILE_RENAME_INFORMATION` with flags: a new name, for [`FileInformationClass::RENAME_INFORMATION_EX`] and
    /// [`FileInformationClass::RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK`].
    RenameEx(RenameInformation<'a>),
    /// `FILE_LINK_INFORMATION`: a new hard link.
    Link(LinkInformation<'a>),
    /// `FILE_DISPOSITION_INFORMATION`: deletion on close.
    Disposition(DispositionInformation<'a>),
    /// `FILE_DISPOSITION_INFORMATION_EX`: deletion with flags.
    DispositionEx(DispositionInformationEx<'a>),
    /// `FILE_POSITION_INFORMATION`: the current position.
    Position(PositionInformation<'a>),
    /// `FILE_ALLOCATION_INFORMATION`: the allocation size.
    Allocation(AllocationInformation<'a>),
    /// `FILE_END_OF_FILE_INFORMATION`: the length of the file.
    EndOfFile(EndOfFileInformation<'a>),
    /// `FILE_VALID_DATA_LENGTH_INFORMATION`: the valid data length.
    ValidDataLength(ValidDataLengthInformation<'a>),
    /// `FILE_STREAM_INFORMATION`: the streams of the file.
    Streams(Streams<'a>),
    /// `FILE_NAME_INFORMATION`: the short name of the file.
    ShortName(ShortNameInformation<'a>),
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// The new name of a file (`FILE_RENAME_INFORMATION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenameInformation<'a> {
    fields: Fields<'a>,
    width: PointerWidth,
}

/// The fields of a [`RenameInformation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameInformationFields<'a> {
    /// The rename flags. A [`SetFileInformation::Rename`] can only have [`RenameFlags::REPLACE_IF_EXISTS`], because it
    /// stores a Boolean instead of flags.
    pub flags: RenameFlags,
    /// The new name as the caller passed it.
    pub file_name: PmlStr<'a>,
    /// The full new path as the driver resolved it.
    pub target: PmlStr<'a>,
}

serialize_by!(RenameInformation: replace_if_exists, flags, target);

impl<'a> RenameInformation<'a> {
    /// Returns true if an existing file with the new name is replaced, or `None` if the field is not in the log.
    ///
    /// The result is meaningful only for a [`SetFileInformation::Rename`].
    #[must_use]
    pub fn replace_if_exists(self) -> Option<bool> {
        self.fields.get(0)
    }

    /// Returns the rename flags, or `None` if the field is not in the log.
    ///
    /// The result is meaningful only for a [`SetFileInformation::RenameEx`].
    #[must_use]
    pub fn flags(self) -> Option<RenameFlags> {
        self.fields.get(0)
    }

    /// Returns the new name as the caller passed it, or `None` if the size of the name is not in the log.
    #[must_use]
    pub fn file_name(self) -> Option<PmlStr<'a>> {
        new_name(self.fields, self.width)
    }

    /// Returns the full new path as the driver resolved it, or `None` if the block ends before the path.
    ///
    /// The path is stored after the caller's buffer.
    #[must_use]
    pub fn target(self) -> Option<PmlStr<'a>> {
        let block = self.fields.block().get(usize::try_from(self.fields.limit()).ok()?..)?;
        let mut block = Cursor::new(block, 0);
        let mut target = PmlStr::EMPTY;
        block.info("rename.target", &mut target).ok()?;
        block.characters(&mut target);
        Some(target)
    }

    /// Returns the bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }
}

impl<'a> RenameInformation<'a> {
    /// Returns the fields of a [`SetFileInformation::Rename`]. Fields that are not in the log are empty.
    #[must_use]
    pub fn decode(self) -> RenameInformationFields<'a> {
        let replaces = self.replace_if_exists().unwrap_or_default();
        let flags = if replaces { RenameFlags::REPLACE_IF_EXISTS } else { RenameFlags::empty() };
        RenameInformationFields { flags, ..self.decode_ex() }
    }

    /// Returns the fields of a [`SetFileInformation::RenameEx`]. Fields that are not in the log are empty.
    #[must_use]
    pub fn decode_ex(self) -> RenameInformationFields<'a> {
        RenameInformationFields {
            flags: self.flags().unwrap_or_default(),
            file_name: self.file_name().unwrap_or_default(),
            target: self.target().unwrap_or_default(),
        }
    }
}

impl RenameInformationFields<'_> {
    /// Replaces the contents of `buffer` with the structure: the caller's buffer with the flags and the file name,
    /// followed by the target.
    ///
    /// Returns the size of the caller's buffer in bytes, which is the `length` for [`SetInformation::new`].
    ///
    /// ```
    /// use procmon_parser::code::{FileInformationClass, RenameFlags};
    /// use procmon_parser::detail::{RenameInformationFields, SetFileInformation, SetInformation};
    /// use procmon_parser::{PmlStr, PointerWidth};
    ///
    /// let (mut name, mut target, mut block) = (Vec::new(), Vec::new(), Vec::new());
    /// let mut fields = RenameInformationFields::default();
    /// fields.flags = RenameFlags::REPLACE_IF_EXISTS;
    /// fields.file_name = PmlStr::encode_utf16("new.txt", &mut name);
    /// fields.target = PmlStr::encode_utf16(r"C:\new.txt", &mut target);
    /// let length = fields.encode(PointerWidth::Bits64, &mut block);
    /// let class = FileInformationClass::RENAME_INFORMATION;
    /// let set = SetInformation::new(class, length, &block, PointerWidth::Bits64);
    /// assert!(matches!(set.information, SetFileInformation::Rename(to) if to.target() == Some(fields.target)));
    /// ```
    pub fn encode(&self, width: PointerWidth, buffer: &mut Vec<u8>) -> u64 {
        let length = put_new_name(self.flags, self.file_name, width, buffer);
        buffer.extend_from_slice(&self.target.info_word().to_bytes());
        buffer.extend_from_slice(self.target.as_bytes());
        length
    }
}

/// Replaces the contents of `buffer` with the structure that renames and links share. Returns the size of the structure
/// in bytes.
fn put_new_name<T: Field>(flags: T, name: PmlStr<'_>, width: PointerWidth, buffer: &mut Vec<u8>) -> u64 {
    let (size_at, name_at) = width.select(NEW_NAME.0, NEW_NAME.1);
    buffer.clear();
    view::put_string(buffer, size_at, name_at, name);
    put(buffer, 0, flags);
    buffer.len() as u64
}

/// Returns the name in the structure that renames and links share, or `None` if the size of the name is not in the log.
///
/// The name has at most as many code units as the declared size of the structure in bytes.
fn new_name(fields: Fields<'_>, width: PointerWidth) -> Option<PmlStr<'_>> {
    let (size_at, name_at) = width.select(NEW_NAME.0, NEW_NAME.1);
    let size: u32 = Fields::new(fields.block()).get(size_at)?;
    let units = u64::from(size / 2).min(fields.limit());
    Some(fields.string(name_at, u32::try_from(units).unwrap_or(u32::MAX)))
}

/// The offsets of two fields in the structure that renames and links share: the size of the name, and the name. The
/// first pair is for a 64-bit log, the second for a 32-bit log.
const NEW_NAME: ((usize, usize), (usize, usize)) = ((16, 20), (8, 12));

/// A new hard link to a file (`FILE_LINK_INFORMATION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkInformation<'a> {
    fields: Fields<'a>,
    width: PointerWidth,
}

/// The fields of a [`LinkInformation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInformationFields<'a> {
    /// True if an existing file with the name of the link is replaced.
    pub replace_if_exists: bool,
    /// The name of the link as the caller passed it.
    pub file_name: PmlStr<'a>,
}

serialize_by!(LinkInformation: replace_if_exists, file_name);

impl<'a> LinkInformation<'a> {
    /// Returns true if an existing file with the name of the link is replaced, or `None` if the field is not in the
    /// log.
    #[must_use]
    pub fn replace_if_exists(self) -> Option<bool> {
        self.fields.get(0)
    }

    /// Returns the name of the link as the caller passed it, or `None` if the size of the name is not in the log.
    #[must_use]
    pub fn file_name(self) -> Option<PmlStr<'a>> {
        new_name(self.fields, self.width)
    }

    /// Returns the bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }
}

impl<'a> LinkInformation<'a> {
    /// Returns the values of the fields. Fields that are not in the log are empty.
    #[must_use]
    pub fn decode(self) -> LinkInformationFields<'a> {
        LinkInformationFields {
            replace_if_exists: self.replace_if_exists().unwrap_or_default(),
            file_name: self.file_name().unwrap_or_default(),
        }
    }
}

impl LinkInformationFields<'_> {
    /// Replaces the contents of `buffer` with the structure.
    ///
    /// Returns the size of the structure in bytes, which is the `length` for [`SetInformation::new`].
    pub fn encode(&self, width: PointerWidth, buffer: &mut Vec<u8>) -> u64 {
        put_new_name(self.replace_if_exists, self.file_name, width, buffer)
    }
}

view! {
    /// A request to delete a file, or to cancel its deletion (`FILE_DISPOSITION_INFORMATION`).
    pub struct DispositionInformationFields / DispositionInformation [1] {
        /// True if the file is deleted when its last handle is closed.
        0 delete: bool,
    }
}

view! {
    /// A request to delete a file, or to cancel its deletion, with flags (`FILE_DISPOSITION_INFORMATION_EX`).
    pub struct DispositionInformationExFields / DispositionInformationEx [4] {
        /// The flags of the deletion. If no flag is set, the file is not deleted.
        0 flags: DispositionFlags,
    }
}

view! {
    /// The new allocation size of a file (`FILE_ALLOCATION_INFORMATION`).
    pub struct AllocationInformationFields / AllocationInformation [8] {
        /// The size of the space to allocate on the volume, in bytes.
        0 allocation_size: u64,
    }
}

view! {
    /// The new length of a file (`FILE_END_OF_FILE_INFORMATION`).
    pub struct EndOfFileInformationFields / EndOfFileInformation [8] {
        /// The new length of the file, in bytes.
        0 end_of_file: u64,
    }
}

view! {
    /// The new valid data length of a file (`FILE_VALID_DATA_LENGTH_INFORMATION`).
    pub struct ValidDataLengthInformationFields / ValidDataLengthInformation [8] {
        /// The new valid data length, in bytes. Bytes of the file after this length are read as zeros.
        0 valid_data_length: u64,
    }
}

view! {
    /// The new short (8.3) name of a file (`FILE_NAME_INFORMATION`).
    pub struct ShortNameInformation {
        /// The size of the name, in bytes.
        0 name_size: u32,
        .. name
    }
}

impl<'a> ShortNameInformation<'a> {
    /// Returns the name, or `None` if the size of the name is not in the log.
    #[must_use]
    pub fn name(self) -> Option<PmlStr<'a>> {
        self.name_size().map(|size| self.0.string(4, size / 2))
    }

    /// Returns the string that Procmon reads as the name, or `None` if the size of the name is not in the log.
    ///
    /// Procmon reads the size in bytes as a number of code units, so the string is twice as long as the name. Procmon
    /// prints the string up to its first NUL.
    pub(crate) fn overlong_name(self) -> Option<PmlStr<'a>> {
        self.name_size().map(|size| self.0.string(4, size))
    }
}

impl<'a> SetInformation<'a> {
    /// Returns the parameters of a call whose caller's buffer is the first `length` bytes of `block`.
    ///
    /// The driver adds the bytes after the buffer; for a rename, they hold the resolved target. The layout of renames
    /// and links depends on `width`, the pointer width of the log.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u64, block: &'a [u8], width: PointerWidth) -> Self {
        let information = set(information_class, length, block, width);
        Self { information_class, length, information }
    }
}

impl<'a> SetFileInformation<'a> {
    /// Returns the bytes of the structure and everything that follows it in the block.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Basic(view) => view.0.block(),
            Self::Rename(view) | Self::RenameEx(view) => view.fields.block(),
            Self::Link(view) => view.fields.block(),
            Self::Disposition(view) => view.0.block(),
            Self::DispositionEx(view) => view.0.block(),
            Self::Position(view) => view.0.block(),
            Self::Allocation(view) => view.0.block(),
            Self::EndOfFile(view) => view.0.block(),
            Self::ValidDataLength(view) => view.0.block(),
            Self::Streams(view) => view.0.block(),
            Self::ShortName(view) => view.0.block(),
            Self::Unknown(bytes) => bytes,
        }
    }
}

/// Returns the information in the caller's buffer, the first `length` bytes of `tail`.
pub(super) fn set(
    class: FileInformationClass,
    length: u64,
    tail: &[u8],
    width: PointerWidth,
) -> SetFileInformation<'_> {
    use FileInformationClass as Class;
    let fields = Fields::limited(tail, length);
    match class {
        Class::BASIC_INFORMATION => SetFileInformation::Basic(BasicInformation(fields)),
        Class::RENAME_INFORMATION => SetFileInformation::Rename(RenameInformation { fields, width }),
        Class::RENAME_INFORMATION_EX | Class::RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK => {
            SetFileInformation::RenameEx(RenameInformation { fields, width })
        }
        Class::LINK_INFORMATION => SetFileInformation::Link(LinkInformation { fields, width }),
        Class::DISPOSITION_INFORMATION => SetFileInformation::Disposition(DispositionInformation(fields)),
        Class::DISPOSITION_INFORMATION_EX => SetFileInformation::DispositionEx(DispositionInformationEx(fields)),
        Class::POSITION_INFORMATION => SetFileInformation::Position(PositionInformation(fields)),
        Class::ALLOCATION_INFORMATION => SetFileInformation::Allocation(AllocationInformation(fields)),
        Class::END_OF_FILE_INFORMATION => SetFileInformation::EndOfFile(EndOfFileInformation(fields)),
        Class::VALID_DATA_LENGTH_INFORMATION => SetFileInformation::ValidDataLength(ValidDataLengthInformation(fields)),
        Class::STREAM_INFORMATION => SetFileInformation::Streams(Streams(fields)),
        Class::SHORT_NAME_INFORMATION => SetFileInformation::ShortName(ShortNameInformation(Fields::new(tail))),
        _ => SetFileInformation::Unknown(fields.as_bytes()),
    }
}
