//! What QueryInformationFile answers.

use super::view::{self, Fields, view};
use crate::code::{AlignmentRequirement, CreateOptions, FileAccess, FileAttributes, FileInformationClass};
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{FileTime, PmlStr, put};

/// QueryInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
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
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

view! {
    /// Times and attributes.
    pub struct BasicInformationFields / BasicInformation [40] {
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
    pub struct StandardInformationFields / StandardInformation [24] {
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
    pub struct InternalInformationFields / InternalInformation [8] {
        /// The id.
        0 index_number: u64,
    }
}

view! {
    /// Size of the extended attributes.
    pub struct EaInformationFields / EaInformation [4] {
        /// Size in bytes.
        0 ea_size: u32,
    }
}

view! {
    /// Access of the handle.
    pub struct AccessInformationFields / AccessInformation [4] {
        /// The access.
        0 access: FileAccess,
    }
}

view! {
    /// Position in the file.
    pub struct PositionInformationFields / PositionInformation [8] {
        /// Position in bytes.
        0 position: u64,
    }
}

view! {
    /// Mode of the handle.
    pub struct ModeInformationFields / ModeInformation [4] {
        /// The create options that are still in force.
        0 mode: CreateOptions,
    }
}

view! {
    /// Alignment of buffers.
    pub struct AlignmentInformationFields / AlignmentInformation [4] {
        /// The alignment.
        0 alignment_requirement: AlignmentRequirement,
    }
}

view! {
    /// Times, sizes and attributes.
    pub struct NetworkOpenInformationFields / NetworkOpenInformation [56] {
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
    pub struct AttributeTagInformationFields / AttributeTagInformation [8] {
        /// Attributes.
        0 attributes: FileAttributes,
        /// Tag of the reparse point; 0 without one.
        4 reparse_tag: u32,
    }
}

view! {
    /// Nearly everything at once. The name is not in the log.
    pub struct AllInformationFields / AllInformation [96] {
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
        .. basic, standard
    }
}

/// The path of a file on its volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameInformation<'a> {
    fields: Fields<'a>,
    /// Number of characters that the caller's buffer had room for.
    room: u32,
}

serialize_by!(NameInformation: name_size, name);

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

impl AllInformationFields {
    /// Writes the structure with the two that it begins with. Replaces what is in `buffer`.
    pub fn encode_with(
        &self,
        basic: &BasicInformationFields,
        standard: &StandardInformationFields,
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
pub struct Streams<'a>(pub(super) Fields<'a>);

serialize_as_list!(Streams);

/// A stream of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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
            put(entry, 8, stream.size);
            put(entry, 16, stream.allocation_size);
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

impl<'a> QueryInformation<'a> {
    /// A query by a caller with a buffer of `length` bytes, and what came back.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u32, answer: Option<&'a [u8]>) -> Self {
        Self { information_class, length, result: answer.map(|answer| query(information_class, length, answer)) }
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

/// What a query of a class answered with `extra`. `length` is the size of the caller's buffer.
pub(super) fn query(class: FileInformationClass, length: u32, extra: &[u8]) -> FileInformation<'_> {
    use FileInformationClass as Class;
    let fields = Fields::new(extra);
    match class {
        Class::BASIC_INFORMATION => FileInformation::Basic(BasicInformation(fields)),
        Class::STANDARD_INFORMATION => FileInformation::Standard(StandardInformation(fields)),
        Class::INTERNAL_INFORMATION => FileInformation::Internal(InternalInformation(fields)),
        Class::EA_INFORMATION => FileInformation::Ea(EaInformation(fields)),
        Class::ACCESS_INFORMATION => FileInformation::Access(AccessInformation(fields)),
        // Of a buffer too small for its own head Procmon takes no notice.
        Class::NAME_INFORMATION => FileInformation::Name(NameInformation { fields, room: length.wrapping_sub(4) / 2 }),
        Class::POSITION_INFORMATION => FileInformation::Position(PositionInformation(fields)),
        Class::MODE_INFORMATION => FileInformation::Mode(ModeInformation(fields)),
        Class::ALIGNMENT_INFORMATION => FileInformation::Alignment(AlignmentInformation(fields)),
        Class::ALL_INFORMATION => FileInformation::All(AllInformation(fields)),
        Class::STREAM_INFORMATION => FileInformation::Streams(Streams(fields)),
        Class::NETWORK_OPEN_INFORMATION => FileInformation::NetworkOpen(NetworkOpenInformation(fields)),
        Class::ATTRIBUTE_TAG_INFORMATION => FileInformation::AttributeTag(AttributeTagInformation(fields)),
        _ => FileInformation::Unknown(extra),
    }
}
