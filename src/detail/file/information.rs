//! What QueryInformationFile answers and SetInformationFile sets.

use super::Layout;
use super::view::{self, Fields, view};
use crate::code::{
    AlignmentRequirement, CreateOptions, DispositionFlags, FileAccess, FileAttributes, FileInformationClass,
    RenameFlags,
};
use crate::wire::{Field, FileTime, PmlStr};

/// QueryInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryInformation<'a> {
    /// What was asked for.
    pub information_class: FileInformationClass,
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// What came back, if anything did. A query that failed for want of room has the part that fit.
    pub result: Option<FileInformation<'a>>,
}

/// Facts about a file, by what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileInformation<'a> {
    /// FILE_BASIC_INFORMATION.
    Basic(BasicInformation<'a>),
    /// FILE_STANDARD_INFORMATION.
    Standard(StandardInformation<'a>),
    /// FILE_INTERNAL_INFORMATION.
    Internal(InternalInformation<'a>),
    /// FILE_EA_INFORMATION.
    Ea(EaInformation<'a>),
    /// FILE_ACCESS_INFORMATION.
    Access(AccessInformation<'a>),
    /// FILE_NAME_INFORMATION: the path on its volume.
    Name(NameInformation<'a>),
    /// FILE_POSITION_INFORMATION.
    Position(PositionInformation<'a>),
    /// FILE_MODE_INFORMATION.
    Mode(ModeInformation<'a>),
    /// FILE_ALIGNMENT_INFORMATION.
    Alignment(AlignmentInformation<'a>),
    /// FILE_ALL_INFORMATION.
    All(AllInformation<'a>),
    /// FILE_STREAM_INFORMATION.
    Streams(Streams<'a>),
    /// FILE_NETWORK_OPEN_INFORMATION.
    NetworkOpen(NetworkOpenInformation<'a>),
    /// FILE_ATTRIBUTE_TAG_INFORMATION.
    AttributeTag(AttributeTagInformation<'a>),
    /// Another structure.
    Unknown(&'a [u8]),
}

view! {
    /// Times and attributes.
    pub struct OwnedBasicInformation / BasicInformation [40] {
        /// When the file was created, UTC.
        0 creation_time: FileTime,
        /// When it was last read, UTC.
        8 last_access_time: FileTime,
        /// When its data was last written, UTC.
        16 last_write_time: FileTime,
        /// When its data or its metadata last changed, UTC.
        24 change_time: FileTime,
        /// Attributes.
        32 file_attributes: FileAttributes,
    }
}

view! {
    /// Sizes and links.
    pub struct OwnedStandardInformation / StandardInformation [24] {
        /// Space taken on the volume, in bytes.
        0 allocation_size: u64,
        /// Length in bytes.
        8 end_of_file: u64,
        /// Number of hard links.
        16 number_of_links: u32,
        /// Whether it is about to be deleted.
        20 delete_pending: bool,
        /// Whether it is a directory.
        21 directory: bool,
    }
}

view! {
    /// The file's id on its volume.
    pub struct OwnedInternalInformation / InternalInformation [8] {
        /// The id.
        0 index_number: u64,
    }
}

view! {
    /// Size of the extended attributes.
    pub struct OwnedEaInformation / EaInformation [4] {
        /// Size in bytes.
        0 ea_size: u32,
    }
}

view! {
    /// Access of the handle.
    pub struct OwnedAccessInformation / AccessInformation [4] {
        /// The access.
        0 access: FileAccess,
    }
}

view! {
    /// Position in the file.
    pub struct OwnedPositionInformation / PositionInformation [8] {
        /// Position in bytes.
        0 position: u64,
    }
}

view! {
    /// Mode of the handle.
    pub struct OwnedModeInformation / ModeInformation [4] {
        /// The create options that are still in force.
        0 mode: CreateOptions,
    }
}

view! {
    /// Alignment of buffers.
    pub struct OwnedAlignmentInformation / AlignmentInformation [4] {
        /// The alignment.
        0 alignment_requirement: AlignmentRequirement,
    }
}

view! {
    /// Times, sizes and attributes.
    pub struct OwnedNetworkOpenInformation / NetworkOpenInformation [56] {
        /// When the file was created, UTC.
        0 creation_time: FileTime,
        /// When it was last read, UTC.
        8 last_access_time: FileTime,
        /// When its data was last written, UTC.
        16 last_write_time: FileTime,
        /// When its data or its metadata last changed, UTC.
        24 change_time: FileTime,
        /// Space taken on the volume, in bytes.
        32 allocation_size: u64,
        /// Length in bytes.
        40 end_of_file: u64,
        /// Attributes.
        48 file_attributes: FileAttributes,
    }
}

view! {
    /// Attributes and kind of reparse point.
    pub struct OwnedAttributeTagInformation / AttributeTagInformation [8] {
        /// Attributes.
        0 attributes: FileAttributes,
        /// Tag of the reparse point; 0 without one.
        4 reparse_tag: u32,
    }
}

view! {
    /// Nearly everything at once. The name is not in the log.
    pub struct OwnedAllInformation / AllInformation [96] {
        /// The file's id on its volume.
        64 index_number: u64,
        /// Size of the extended attributes in bytes.
        72 ea_size: u32,
        /// Access of the handle.
        76 access: FileAccess,
        /// Position in bytes.
        80 position: u64,
        /// The create options that are still in force.
        88 mode: CreateOptions,
        /// Alignment of buffers.
        92 alignment_requirement: AlignmentRequirement,
    }
}

/// The path of a file on its volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameInformation<'a> {
    fields: Fields<'a>,
    /// Number of characters that the caller's buffer had room for.
    room: u32,
}

impl<'a> NameInformation<'a> {
    /// Size of the path in bytes, even if the caller's buffer had no room for all of it.
    #[must_use]
    pub fn name_size(self) -> Option<u32> {
        self.fields.get(0)
    }

    /// The path, as much of it as the caller's buffer had room for.
    #[must_use]
    pub fn name(self) -> PmlStr<'a> {
        self.fields.string(4, self.room.min(self.name_size().unwrap_or_default() / 2))
    }

    /// The bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }

    /// Writes a structure with this path over what is in `buffer`. The short name of a file has the same.
    pub fn encode(name: PmlStr<'_>, buffer: &mut Vec<u8>) {
        view::put_string(buffer, 0, 4, name);
    }
}

impl OwnedAllInformation {
    /// Writes the structure with the two that it begins with. Replaces what is in `buffer`.
    pub fn encode_with(
        &self,
        basic: &OwnedBasicInformation,
        standard: &OwnedStandardInformation,
        buffer: &mut Vec<u8>,
    ) {
        buffer.clear();
        standard.encode(buffer);
        buffer.splice(0..0, [0; STANDARD_IN_ALL]);
        basic.encode(buffer);
        self.encode(buffer);
    }
}

/// Where FILE_ALL_INFORMATION has FILE_STANDARD_INFORMATION.
const STANDARD_IN_ALL: usize = 40;

impl<'a> AllInformation<'a> {
    /// Times and attributes.
    #[must_use]
    pub fn basic(self) -> BasicInformation<'a> {
        BasicInformation(self.0)
    }

    /// Sizes and links.
    #[must_use]
    pub fn standard(self) -> StandardInformation<'a> {
        StandardInformation(self.0.from(STANDARD_IN_ALL))
    }
}

/// The streams of a file, an iterator over [`Stream`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams<'a>(Fields<'a>);

/// A stream of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stream<'a> {
    /// Name with its type: `::$DATA`.
    pub name: PmlStr<'a>,
    /// Length in bytes.
    pub size: u64,
    /// Space taken on the volume, in bytes.
    pub allocation_size: u64,
}

impl<'a> Streams<'a> {
    /// The streams in a block as Windows fills it.
    #[must_use]
    pub fn new(block: &'a [u8]) -> Self {
        Self(Fields::new(block))
    }

    /// Writes a block of these streams. Replaces what is in `buffer`.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    /// use procmon_parser::detail::{Stream, Streams};
    ///
    /// let (mut name, mut block) = (Vec::new(), Vec::new());
    /// let mut stream = Stream::default();
    /// stream.name = PmlStr::encode_utf16("::$DATA", &mut name);
    /// Streams::encode([stream], &mut block);
    /// assert_eq!(Streams::new(&block).into_iter().next(), Some(stream));
    /// ```
    pub fn encode<'t>(streams: impl IntoIterator<Item = Stream<'t>>, buffer: &mut Vec<u8>) {
        view::put_list(buffer, streams, |entry, stream| {
            view::put_string(entry, 4, 24, stream.name);
            view::put(entry, 8, stream.size);
            view::put(entry, 16, stream.allocation_size);
        });
    }

    /// The block of all streams, as Windows filled it.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

impl<'a> IntoIterator for Streams<'a> {
    type Item = Stream<'a>;
    type IntoIter = StreamIter<'a>;

    fn into_iter(self) -> StreamIter<'a> {
        StreamIter { block: self.0.block(), size: self.0.limit(), next: Some(0) }
    }
}

/// Iterator over [`Streams`]. It ends where a stream is not in the log as far as the size of its name.
#[derive(Clone, Debug)]
pub struct StreamIter<'a> {
    block: &'a [u8],
    /// Declared size of the list: no stream begins behind it.
    size: u64,
    next: Option<u64>,
}

impl<'a> Iterator for StreamIter<'a> {
    type Item = Stream<'a>;

    fn next(&mut self) -> Option<Stream<'a>> {
        let at = self.next.take().filter(|&at| at <= self.size)?;
        let entry = Fields::new(self.block).from(usize::try_from(at).ok()?);
        let name_size: u32 = entry.get(4)?;
        // Streams only lead forward, so a list of any bytes ends.
        self.next = entry.get::<u32>(0).filter(|&next| next != 0).map(|next| at + u64::from(next));
        Some(Stream {
            name: entry.string(24, name_size / 2),
            size: entry.get(8).unwrap_or_default(),
            allocation_size: entry.get(16).unwrap_or_default(),
        })
    }
}

impl std::iter::FusedIterator for StreamIter<'_> {}

/// SetInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    Unknown(&'a [u8]),
}

view! {
    /// The new name of a file.
    pub struct RenameInformation {
        /// Whether a file of that name is replaced, of the class without flags.
        0 replace_if_exists: bool,
        /// Flags, of the Ex classes.
        0 flags: RenameFlags,
    }
}

impl<'a> RenameInformation<'a> {
    /// The new path in full, as the driver resolved it; it stands behind the caller's buffer.
    #[must_use]
    pub fn target(self) -> Option<PmlStr<'a>> {
        let block = self.0.block();
        let name = block.get(usize::try_from(self.0.limit()).ok()?..)?;
        let (info, characters) = name.split_first_chunk::<2>()?;
        let info = u16::from_le_bytes(*info);
        Some(PmlStr::counted(characters, usize::from(info & 0x7FFF), info & 0x8000 == 0))
    }
}

impl<'a> RenameInformation<'a> {
    /// Writes a caller's buffer with flags (or 1 to replace a file of that name, of the class without flags) and the
    /// name that the caller gave, and behind it the target in full as the driver resolved it. Replaces what is in
    /// `buffer`; the result is the size of the caller's part.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    /// use procmon_parser::code::FileInformationClass;
    /// use procmon_parser::detail::{RenameInformation, SetFileInformation, SetInformation};
    ///
    /// let (mut name, mut target, mut block) = (Vec::new(), Vec::new(), Vec::new());
    /// let name = PmlStr::encode_utf16("new.txt", &mut name);
    /// let target = PmlStr::encode_utf16(r"C:\new.txt", &mut target);
    /// let length = RenameInformation::encode(1, name, target, true, &mut block);
    /// let set = SetInformation::new(FileInformationClass::RENAME_INFORMATION, length, &block, true);
    /// assert!(matches!(set.information, SetFileInformation::Rename(to) if to.target() == Some(target)));
    /// ```
    pub fn encode(flags: u32, name: PmlStr<'_>, target: PmlStr<'_>, is_64bit: bool, buffer: &mut Vec<u8>) -> u64 {
        let length = put_new_name(flags, name, Layout { is_64bit }, buffer);
        buffer.extend_from_slice(&target.info_word().to_bytes());
        buffer.extend_from_slice(target.as_bytes());
        length
    }
}

/// Writes the structure that renames and links share.
fn put_new_name(flags: u32, name: PmlStr<'_>, layout: Layout, buffer: &mut Vec<u8>) -> u64 {
    let (size_at, name_at) = layout.pick(NEW_NAME.0, NEW_NAME.1);
    buffer.clear();
    view::put_string(buffer, size_at, name_at, name);
    view::put(buffer, 0, flags);
    buffer.len() as u64
}

/// Where a new name has its size in bytes and its characters, in a 64-bit and in a 32-bit log.
const NEW_NAME: ((usize, usize), (usize, usize)) = ((16, 20), (8, 12));

/// A new hard link to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkInformation<'a> {
    pub(crate) fields: Fields<'a>,
    pub(crate) layout: Layout,
}

impl<'a> LinkInformation<'a> {
    /// Writes a caller's buffer with the name of the link. Replaces what is in `buffer`; the result is its size.
    pub fn encode(replace_if_exists: bool, name: PmlStr<'_>, is_64bit: bool, buffer: &mut Vec<u8>) -> u64 {
        put_new_name(replace_if_exists.into(), name, Layout { is_64bit }, buffer)
    }

    /// Whether a file of that name is replaced.
    #[must_use]
    pub fn replace_if_exists(self) -> Option<bool> {
        self.fields.get(0)
    }

    /// The new name, as the caller gave it.
    #[must_use]
    pub fn file_name(self) -> Option<PmlStr<'a>> {
        let (size_at, name_at) = self.layout.pick(NEW_NAME.0, NEW_NAME.1);
        let size: u32 = Fields::new(self.fields.block()).get(size_at)?;
        let units = u64::from(size / 2).min(self.fields.limit());
        Some(self.fields.string(name_at, u32::try_from(units).unwrap_or(u32::MAX)))
    }
}

view! {
    /// Whether the file is deleted when its last handle is closed.
    pub struct OwnedDispositionInformation / DispositionInformation [1] {
        /// Whether.
        0 delete: bool,
    }
}

view! {
    /// How the file is deleted when its last handle is closed.
    pub struct OwnedDispositionInformationEx / DispositionInformationEx [4] {
        /// How.
        0 flags: DispositionFlags,
    }
}

view! {
    /// Space for the file.
    pub struct OwnedAllocationInformation / AllocationInformation [8] {
        /// Space on the volume, in bytes.
        0 allocation_size: u64,
    }
}

view! {
    /// Length of the file.
    pub struct OwnedEndOfFileInformation / EndOfFileInformation [8] {
        /// Length in bytes.
        0 end_of_file: u64,
    }
}

view! {
    /// Length of the part of the file that was written.
    pub struct OwnedValidDataLengthInformation / ValidDataLengthInformation [8] {
        /// Length in bytes.
        0 valid_data_length: u64,
    }
}

view! {
    /// The short name of a file.
    pub struct ShortNameInformation {
        /// Size of the name in bytes.
        0 name_size: u32,
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

impl<'a> QueryInformation<'a> {
    /// A query by a caller with a buffer of `length` bytes, and what came back.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u32, answer: Option<&'a [u8]>) -> Self {
        let class = u8::try_from(information_class.0).unwrap_or_default();
        Self { information_class, length, result: answer.map(|answer| query(class, length, answer)) }
    }
}

impl<'a> SetInformation<'a> {
    /// A call with the first `length` bytes of `block` as the caller's buffer. What is behind them is the driver's: of a
    /// rename the resolved target.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u64, block: &'a [u8], is_64bit: bool) -> Self {
        let class = u8::try_from(information_class.0).unwrap_or_default();
        let information = set(class, length, block, Layout { is_64bit });
        Self { information_class, length, information }
    }
}

impl<'a> FileInformation<'a> {
    /// The bytes of the structure, and what is behind it in the block.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Basic(view) => view.0.block(),
            Self::Standard(view) => view.0.block(),
            Self::Internal(view) => view.0.block(),
            Self::Ea(view) => view.0.block(),
            Self::Access(view) => view.0.block(),
            Self::Name(view) => view.fields.block(),
            Self::Position(view) => view.0.block(),
            Self::Mode(view) => view.0.block(),
            Self::Alignment(view) => view.0.block(),
            Self::All(view) => view.0.block(),
            Self::Streams(view) => view.0.block(),
            Self::NetworkOpen(view) => view.0.block(),
            Self::AttributeTag(view) => view.0.block(),
            Self::Unknown(bytes) => bytes,
        }
    }
}

impl<'a> SetFileInformation<'a> {
    /// The bytes of the structure, and what is behind it in the block.
    pub(super) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Basic(view) => view.0.block(),
            Self::Rename(view) | Self::RenameEx(view) => view.0.block(),
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

/// What a query of a class answered with `extra`. `length` is the size of the caller's buffer.
pub(super) fn query<'a>(class: u8, length: u32, extra: &'a [u8]) -> FileInformation<'a> {
    let fields = Fields::new(extra);
    match class {
        4 => FileInformation::Basic(BasicInformation(fields)),
        5 => FileInformation::Standard(StandardInformation(fields)),
        6 => FileInformation::Internal(InternalInformation(fields)),
        7 => FileInformation::Ea(EaInformation(fields)),
        8 => FileInformation::Access(AccessInformation(fields)),
        // Of a buffer too small for its own head Procmon takes no notice.
        9 => FileInformation::Name(NameInformation { fields, room: length.wrapping_sub(4) / 2 }),
        14 => FileInformation::Position(PositionInformation(fields)),
        16 => FileInformation::Mode(ModeInformation(fields)),
        17 => FileInformation::Alignment(AlignmentInformation(fields)),
        18 => FileInformation::All(AllInformation(fields)),
        22 => FileInformation::Streams(Streams(fields)),
        34 => FileInformation::NetworkOpen(NetworkOpenInformation(fields)),
        35 => FileInformation::AttributeTag(AttributeTagInformation(fields)),
        _ => FileInformation::Unknown(extra),
    }
}

/// What is set by the buffer of `length` bytes at the start of `tail`.
pub(super) fn set(class: u8, length: u64, tail: &[u8], layout: Layout) -> SetFileInformation<'_> {
    let fields = Fields::limited(tail, length);
    match class {
        4 => SetFileInformation::Basic(BasicInformation(fields)),
        10 => SetFileInformation::Rename(RenameInformation(fields)),
        65 | 66 => SetFileInformation::RenameEx(RenameInformation(fields)),
        11 => SetFileInformation::Link(LinkInformation { fields, layout }),
        13 => SetFileInformation::Disposition(DispositionInformation(fields)),
        64 => SetFileInformation::DispositionEx(DispositionInformationEx(fields)),
        14 => SetFileInformation::Position(PositionInformation(fields)),
        19 => SetFileInformation::Allocation(AllocationInformation(fields)),
        20 => SetFileInformation::EndOfFile(EndOfFileInformation(fields)),
        39 => SetFileInformation::ValidDataLength(ValidDataLengthInformation(fields)),
        22 => SetFileInformation::Streams(Streams(fields)),
        40 => SetFileInformation::ShortName(ShortNameInformation(Fields::new(tail))),
        _ => SetFileInformation::Unknown(fields.as_bytes()),
    }
}
