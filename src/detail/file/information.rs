//! The structures that QueryInformationFile returns.

use super::view::{self, Fields, Room, view};
use crate::code::{AlignmentRequirement, CreateOptions, FileAccess, FileAttributes, FileInformationClass};
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{FileTime, PmlStr, put};

/// The parameters and the result of QueryInformationFile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryInformation<'a> {
    /// The requested information class.
    pub information_class: FileInformationClass,
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The returned information; `None` if the event has no extra block. If the caller's buffer was too small, only the
    /// part that fit is present.
    pub result: Option<FileInformation<'a>>,
}

/// The information that a query of a file returned, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum FileInformation<'a> {
    /// `FILE_BASIC_INFORMATION`: times and attributes.
    Basic(BasicInformation<'a>),
    /// `FILE_STANDARD_INFORMATION`: sizes and the number of links.
    Standard(StandardInformation<'a>),
    /// `FILE_INTERNAL_INFORMATION`: the file id.
    Internal(InternalInformation<'a>),
    /// `FILE_EA_INFORMATION`: the size of the extended attributes.
    Ea(EaInformation<'a>),
    /// `FILE_ACCESS_INFORMATION`: the access rights of the handle.
    Access(AccessInformation<'a>),
    /// `FILE_NAME_INFORMATION`: the path of the file on its volume.
    Name(NameInformation<'a>),
    /// `FILE_POSITION_INFORMATION`: the current position.
    Position(PositionInformation<'a>),
    /// `FILE_MODE_INFORMATION`: the mode of the handle.
    Mode(ModeInformation<'a>),
    /// `FILE_ALIGNMENT_INFORMATION`: the buffer alignment of the device.
    Alignment(AlignmentInformation<'a>),
    /// `FILE_ALL_INFORMATION`: most of the structures above in one.
    All(AllInformation<'a>),
    /// `FILE_STREAM_INFORMATION`: the streams of the file.
    Streams(Streams<'a>),
    /// `FILE_NETWORK_OPEN_INFORMATION`: times, sizes and attributes.
    NetworkOpen(NetworkOpenInformation<'a>),
    /// `FILE_ATTRIBUTE_TAG_INFORMATION`: attributes and the reparse tag.
    AttributeTag(AttributeTagInformation<'a>),
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

view! {
    /// The times and attributes of a file (`FILE_BASIC_INFORMATION`).
    pub struct BasicInformationFields / BasicInformation [40] {
        /// The time at which the file was created, UTC.
        0 creation_time: FileTime,
        /// The time of the last access, UTC.
        8 last_access_time: FileTime,
        /// The time at which the data was last written, UTC.
        16 last_write_time: FileTime,
        /// The time at which the data or metadata last changed, UTC.
        24 change_time: FileTime,
        /// The file attributes.
        32 file_attributes: FileAttributes,
    }
}

view! {
    /// The sizes of a file and the number of its links (`FILE_STANDARD_INFORMATION`).
    pub struct StandardInformationFields / StandardInformation [24] {
        /// The size of the space allocated on the volume, in bytes.
        0 allocation_size: u64,
        /// The length of the file, in bytes.
        8 end_of_file: u64,
        /// The number of hard links.
        16 number_of_links: u32,
        /// True if a deletion of the file is pending.
        20 delete_pending: bool,
        /// True if the file is a directory.
        21 directory: bool,
    }
}

view! {
    /// The id of a file on its volume (`FILE_INTERNAL_INFORMATION`).
    pub struct InternalInformationFields / InternalInformation [8] {
        /// The file id.
        0 index_number: u64,
    }
}

view! {
    /// The size of the extended attributes of a file (`FILE_EA_INFORMATION`).
    pub struct EaInformationFields / EaInformation [4] {
        /// The size of the extended attributes, in bytes.
        0 ea_size: u32,
    }
}

view! {
    /// The access rights of a handle (`FILE_ACCESS_INFORMATION`).
    pub struct AccessInformationFields / AccessInformation [4] {
        /// The granted access.
        0 access: FileAccess,
    }
}

view! {
    /// The current position in a file (`FILE_POSITION_INFORMATION`).
    pub struct PositionInformationFields / PositionInformation [8] {
        /// The position, in bytes from the start of the file.
        0 position: u64,
    }
}

view! {
    /// The mode of a handle (`FILE_MODE_INFORMATION`).
    pub struct ModeInformationFields / ModeInformation [4] {
        /// The create options that are in effect.
        0 mode: CreateOptions,
    }
}

view! {
    /// The buffer alignment that a device requires (`FILE_ALIGNMENT_INFORMATION`).
    pub struct AlignmentInformationFields / AlignmentInformation [4] {
        /// The required alignment.
        0 alignment_requirement: AlignmentRequirement,
    }
}

view! {
    /// The times, sizes and attributes of a file (`FILE_NETWORK_OPEN_INFORMATION`).
    pub struct NetworkOpenInformationFields / NetworkOpenInformation [56] {
        /// The time at which the file was created, UTC.
        0 creation_time: FileTime,
        /// The time of the last access, UTC.
        8 last_access_time: FileTime,
        /// The time at which the data was last written, UTC.
        16 last_write_time: FileTime,
        /// The time at which the data or metadata last changed, UTC.
        24 change_time: FileTime,
        /// The size of the space allocated on the volume, in bytes.
        32 allocation_size: u64,
        /// The length of the file, in bytes.
        40 end_of_file: u64,
        /// The file attributes.
        48 file_attributes: FileAttributes,
    }
}

view! {
    /// The attributes and the reparse tag of a file (`FILE_ATTRIBUTE_TAG_INFORMATION`).
    pub struct AttributeTagInformationFields / AttributeTagInformation [8] {
        /// The file attributes.
        0 attributes: FileAttributes,
        /// The tag of the reparse point; 0 if the file is not a reparse point.
        4 reparse_tag: u32,
    }
}

view! {
    /// Most information about a file in one structure (`FILE_ALL_INFORMATION`). The log does not contain the name at
    /// the end of the structure.
    pub struct AllInformationFields / AllInformation [96] {
        /// The id of the file on its volume.
        64 index_number: u64,
        /// The size of the extended attributes, in bytes.
        72 ea_size: u32,
        /// The granted access of the handle.
        76 access: FileAccess,
        /// The current position, in bytes from the start of the file.
        80 position: u64,
        /// The create options that are in effect.
        88 mode: CreateOptions,
        /// The buffer alignment that the device requires.
        92 alignment_requirement: AlignmentRequirement,
        .. basic, standard
    }
}

/// The path of a file on its volume (`FILE_NAME_INFORMATION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameInformation<'a> {
    fields: Fields<'a>,
    /// The number of code units that fit in the caller's buffer.
    room: u32,
}

serialize_by!(NameInformation: name_size, name);

impl<'a> NameInformation<'a> {
    /// Returns the full size of the path in bytes, even if only a part fit in the caller's buffer. `None` if the size
    /// is not in the log.
    #[must_use]
    pub fn name_size(self) -> Option<u32> {
        self.fields.get(0)
    }

    /// Returns the part of the path that fit in the caller's buffer.
    #[must_use]
    pub fn name(self) -> PmlStr<'a> {
        self.fields.string(4, self.room.min(self.name_size().unwrap_or_default() / 2))
    }

    /// Returns the bytes of the structure.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }

    /// Replaces the contents of `buffer` with a structure that has this path.
    ///
    /// [`ShortNameInformation`](super::ShortNameInformation) has the same layout.
    pub fn encode(name: PmlStr<'_>, buffer: &mut Vec<u8>) {
        view::put_string(buffer, 0, 4, name);
    }
}

impl AllInformationFields {
    /// Replaces the contents of `buffer` with the structure, including the two structures at its start.
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

/// The offset of `FILE_STANDARD_INFORMATION` in `FILE_ALL_INFORMATION`.
const STANDARD_IN_ALL: usize = 40;

impl<'a> AllInformation<'a> {
    /// Returns the times and attributes.
    #[must_use]
    pub fn basic(self) -> BasicInformation<'a> {
        BasicInformation(self.0)
    }

    /// Returns the sizes and the number of links.
    #[must_use]
    pub fn standard(self) -> StandardInformation<'a> {
        StandardInformation(self.0.from(STANDARD_IN_ALL))
    }
}

/// The streams of a file (`FILE_STREAM_INFORMATION`). Iterating over it yields [`Stream`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams<'a>(pub(super) Fields<'a>);

serialize_as_list!(Streams);

/// A stream of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Stream<'a> {
    /// The name of the stream with its type, such as `::$DATA`.
    pub name: PmlStr<'a>,
    /// The length of the stream, in bytes.
    pub size: u64,
    /// The size of the space allocated on the volume, in bytes.
    pub allocation_size: u64,
}

impl<'a> Streams<'a> {
    /// Returns the streams of a block in the layout that Windows uses.
    #[must_use]
    pub fn new(block: &'a [u8]) -> Self {
        Self(Fields::new(block))
    }

    /// Replaces the contents of `buffer` with a block of these streams.
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

    /// Returns the block that contains all streams.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0.as_bytes()
    }

    /// Returns an iterator that does not end at overlapping streams; Procmon reads the list in the same way.
    pub(crate) fn with_overlaps(self) -> StreamIter<'a> {
        self.within(Room::UNLIMITED)
    }

    fn within(self, room: Room) -> StreamIter<'a> {
        StreamIter { block: self.0.block(), size: self.0.limit(), next: Some(0), room }
    }
}

impl<'a> IntoIterator for Streams<'a> {
    type Item = Stream<'a>;
    type IntoIter = StreamIter<'a>;

    fn into_iter(self) -> StreamIter<'a> {
        self.within(Room::of(self.0.block()))
    }
}

/// An iterator over [`Streams`]. It ends at the first stream whose name size is not in the log.
///
/// Together, the streams have at most as many bytes as the block. If streams overlap, as they do only in a crafted log,
/// the iterator ends at the first stream that exceeds this limit.
#[derive(Clone, Debug)]
pub struct StreamIter<'a> {
    block: &'a [u8],
    /// The declared size of the list, in bytes. No stream begins after it.
    size: u64,
    next: Option<u64>,
    room: Room,
}

impl<'a> Iterator for StreamIter<'a> {
    type Item = Stream<'a>;

    fn next(&mut self) -> Option<Stream<'a>> {
        /// The offset of the name of a stream.
        const NAME: usize = 24;
        let at = self.next.take().filter(|&at| at <= self.size)?;
        let entry = Fields::new(self.block).from(usize::try_from(at).ok()?);
        let name_size: u32 = entry.get(4)?;
        let name = entry.string(NAME, name_size / 2);
        self.room.take(entry, NAME, name)?;
        // The distance to the next entry is unsigned and not 0, so iteration terminates on any input.
        self.next = entry.get::<u32>(0).filter(|&next| next != 0).map(|next| at + u64::from(next));
        Some(Stream {
            name,
            size: entry.get(8).unwrap_or_default(),
            allocation_size: entry.get(16).unwrap_or_default(),
        })
    }
}

impl std::iter::FusedIterator for StreamIter<'_> {}

impl<'a> QueryInformation<'a> {
    /// Returns a query with a caller's buffer of `length` bytes. `answer` is the returned structure, if any.
    #[must_use]
    pub fn new(information_class: FileInformationClass, length: u32, answer: Option<&'a [u8]>) -> Self {
        Self { information_class, length, result: answer.map(|answer| query(information_class, length, answer)) }
    }
}

impl<'a> FileInformation<'a> {
    /// Returns the bytes of the structure and everything that follows it in the block.
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

/// Returns the information in `extra`, the answer to a query of `class`. `length` is the size of the caller's buffer.
pub(super) fn query(class: FileInformationClass, length: u32, extra: &[u8]) -> FileInformation<'_> {
    use FileInformationClass as Class;
    let fields = Fields::new(extra);
    match class {
        Class::BASIC_INFORMATION => FileInformation::Basic(BasicInformation(fields)),
        Class::STANDARD_INFORMATION => FileInformation::Standard(StandardInformation(fields)),
        Class::INTERNAL_INFORMATION => FileInformation::Internal(InternalInformation(fields)),
        Class::EA_INFORMATION => FileInformation::Ea(EaInformation(fields)),
        Class::ACCESS_INFORMATION => FileInformation::Access(AccessInformation(fields)),
        // If the buffer is too small for the size field (`length` < 4), Procmon does not limit the name.
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
