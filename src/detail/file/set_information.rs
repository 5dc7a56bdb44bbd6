//! What SetInformationFile sets.

use super::information::{BasicInformation, PositionInformation, Streams};
use super::view::{self, Fields, view};
use crate::code::{DispositionFlags, FileInformationClass, RenameFlags};
use crate::wire::codec::Codec;
use crate::wire::cursor::Cursor;
use crate::wire::macros::serialize_by;
use crate::wire::{Field, PmlStr, PointerWidth, put};

/// SetInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetInformation<'a> {
    /// What is set.
    pub information_class: FileInformationClass,
    /// Size of the caller's buffer in bytes.
    pub length: u64,
    /// The values.
    pub information: SetFileInformation<'a>,
}

/// What a SetInformationFile sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum SetFileInformation<'a> {
    /// FILE_BASIC_INFORMATION.
    Basic(BasicInformation<'a>),
    /// FILE_RENAME_INFORMATION.
    Rename(RenameInformation<'a>),
    /// FILE_RENAME_INFORMATION with flags, of the Ex classes.
    RenameEx(RenameInformation<'a>),
    /// FILE_LINK_INFORMATION.
    Link(LinkInformation<'a>),
    /// FILE_DISPOSITION_INFORMATION.
    Disposition(DispositionInformation<'a>),
    /// FILE_DISPOSITION_INFORMATION_EX.
    DispositionEx(DispositionInformationEx<'a>),
    /// FILE_POSITION_INFORMATION.
    Position(PositionInformation<'a>),
    /// FILE_ALLOCATION_INFORMATION.
    Allocation(AllocationInformation<'a>),
    /// FILE_END_OF_FILE_INFORMATION.
    EndOfFile(EndOfFileInformation<'a>),
    /// FILE_VALID_DATA_LENGTH_INFORMATION.
    ValidDataLength(ValidDataLengthInformation<'a>),
    /// FILE_STREAM_INFORMATION.
    Streams(Streams<'a>),
    /// FILE_NAME_INFORMATION: the short name.
    ShortName(ShortNameInformation<'a>),
    /// Another structure.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// The new name of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenameInformation<'a> {
    fields: Fields<'a>,
    width: PointerWidth,
}

/// The fields of a [`RenameInformation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenameInformationFields<'a> {
    /// Flags. The class without flags has [`RenameFlags::REPLACE_IF_EXISTS`] only.
    pub flags: RenameFlags,
    /// The new name, as the caller gave it.
    pub file_name: PmlStr<'a>,
    /// The new path in full, as the driver resolved it.
    pub target: PmlStr<'a>,
}

serialize_by!(RenameInformation: replace_if_exists, flags, target);

impl<'a> RenameInformation<'a> {
    /// Whether a file of that name is replaced, of the class without flags.
    #[must_use]
    pub fn replace_if_exists(self) -> Option<bool> {
        self.fields.get(0)
    }

    /// Flags, of the Ex classes.
    #[must_use]
    pub fn flags(self) -> Option<RenameFlags> {
        self.fields.get(0)
    }

    /// The new name, as the caller gave it.
    #[must_use]
    pub fn file_name(self) -> Option<PmlStr<'a>> {
        new_name(self.fields, self.width)
    }

    /// The new path in full, as the driver resolved it; it is stored after the caller's buffer.
    #[must_use]
    pub fn target(self) -> Option<PmlStr<'a>> {
        let block = self.fields.block().get(usize::try_from(self.fields.limit()).ok()?..)?;
        let mut block = Cursor::new(block, 0);
        let mut target = PmlStr::EMPTY;
        block.info("rename.target", &mut target).ok()?;
        block.characters(&mut target);
        Some(target)
    }

    /// The bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }
}

impl<'a> RenameInformation<'a> {
    /// The values of the fields, of the class without flags; those that the log does not have are empty.
    #[must_use]
    pub fn decode(self) -> RenameInformationFields<'a> {
        let replaces = self.replace_if_exists().unwrap_or_default();
        let flags = if replaces { RenameFlags::REPLACE_IF_EXISTS } else { RenameFlags::empty() };
        RenameInformationFields { flags, ..self.decode_ex() }
    }

    /// The values of the fields, of an Ex class; those that the log does not have are empty.
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
    /// Writes a caller's buffer with flags and file name, and after it the target. Replaces the contents of `buffer`
    /// and returns the size of the caller's buffer in bytes.
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

/// Writes the structure that renames and links share.
fn put_new_name<T: Field>(flags: T, name: PmlStr<'_>, width: PointerWidth, buffer: &mut Vec<u8>) -> u64 {
    let (size_at, name_at) = width.select(NEW_NAME.0, NEW_NAME.1);
    buffer.clear();
    view::put_string(buffer, size_at, name_at, name);
    put(buffer, 0, flags);
    buffer.len() as u64
}

/// The name in the structure that renames and links share, of no more characters than the structure has bytes.
fn new_name(fields: Fields<'_>, width: PointerWidth) -> Option<PmlStr<'_>> {
    let (size_at, name_at) = width.select(NEW_NAME.0, NEW_NAME.1);
    let size: u32 = Fields::new(fields.block()).get(size_at)?;
    let units = u64::from(size / 2).min(fields.limit());
    Some(fields.string(name_at, u32::try_from(units).unwrap_or(u32::MAX)))
}

/// Offsets of the size of a new name in bytes and of its characters, in a 64-bit and in a 32-bit log.
const NEW_NAME: ((usize, usize), (usize, usize)) = ((16, 20), (8, 12));

/// A new hard link to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkInformation<'a> {
    fields: Fields<'a>,
    width: PointerWidth,
}

/// The fields of a [`LinkInformation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkInformationFields<'a> {
    /// Whether a file of that name is replaced.
    pub replace_if_exists: bool,
    /// The name of the link, as the caller gave it.
    pub file_name: PmlStr<'a>,
}

serialize_by!(LinkInformation: replace_if_exists, file_name);

impl<'a> LinkInformation<'a> {
    /// Whether a file of that name is replaced.
    #[must_use]
    pub fn replace_if_exists(self) -> Option<bool> {
        self.fields.get(0)
    }

    /// The name of the link, as the caller gave it.
    #[must_use]
    pub fn file_name(self) -> Option<PmlStr<'a>> {
        new_name(self.fields, self.width)
    }

    /// The bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }
}

impl<'a> LinkInformation<'a> {
    /// The values of the fields; those that the log does not have are empty.
    #[must_use]
    pub fn decode(self) -> LinkInformationFields<'a> {
        LinkInformationFields {
            replace_if_exists: self.replace_if_exists().unwrap_or_default(),
            file_name: self.file_name().unwrap_or_default(),
        }
    }
}

impl LinkInformationFields<'_> {
    /// Writes a caller's buffer with these fields. Replaces the contents of `buffer` and returns its size in bytes.
    pub fn encode(&self, width: PointerWidth, buffer: &mut Vec<u8>) -> u64 {
        put_new_name(self.replace_if_exists, self.file_name, width, buffer)
    }
}

view! {
    /// Whether the file is deleted when its last handle is closed.
    pub struct DispositionInformationFields / DispositionInformation [1] {
        /// Whether.
        0 delete: bool,
    }
}

view! {
    /// How the file is deleted when its last handle is closed.
    pub struct DispositionInformationExFields / DispositionInformationEx [4] {
        /// How.
        0 flags: DispositionFlags,
    }
}

view! {
    /// Space for the file.
    pub struct AllocationInformationFields / AllocationInformation [8] {
        /// Space on the volume, in bytes.
        0 allocation_size: u64,
    }
}

view! {
    /// Length of the file.
    pub struct EndOfFileInformationFields / EndOfFileInformation [8] {
        /// Length in bytes.
        0 end_of_file: u64,
    }
}

view! {
    /// Length of the part of the file that was written.
    pub struct ValidDataLengthInformationFields / ValidDataLengthInformation [8] {
        /// Length in bytes.
        0 valid_data_length: u64,
    }
}

view! {
    /// The short name of a file.
    pub struct ShortNameInformation {
        /// Size of the name in bytes.
        0 name_size: u32,
        .. name
    }
}

impl<'a> ShortNameInformation<'a> {
    /// The name.
    #[must_use]
    pub fn name(self) -> Option<PmlStr<'a>> {
        self.name_size().map(|size| self.0.string(4, size / 2))
    }

    /// What Procmon takes for the name: twice as long, up to a NUL.
    pub(crate) fn overlong_name(self) -> Option<PmlStr<'a>> {
        self.name_size().map(|size| self.0.string(4, size))
    }
}

impl<'a> SetInformation<'a> {
    /// A call with the first `length` bytes of `block` as the caller's buffer. What is behind them is the driver's: of
    /// a rename the resolved target.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u64, block: &'a [u8], width: PointerWidth) -> Self {
        let information = set(information_class, length, block, width);
        Self { information_class, length, information }
    }
}

impl<'a> SetFileInformation<'a> {
    /// The bytes of the structure, and what is behind it in the block.
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

/// What is set by the buffer of `length` bytes at the start of `tail`.
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
