//! Directory listings.

use super::view::{self, Fields, Room};
use crate::code::{FileAttributes, FileInformationClass, NotifyFilter};
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{Field, FileTime, PmlStr, put};

/// The parameters and the result of QueryDirectory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryDirectory<'a> {
    /// The information class requested for each entry.
    pub information_class: FileInformationClass,
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The index of the entry to start at, if the caller passed one.
    pub file_index: u32,
    /// The pattern that entries must match; `None` if the caller passed none, as in a call that continues a listing.
    pub filter: Option<PmlStr<'a>>,
    /// The returned entries; `None` if the event has no extra block.
    pub entries: Option<DirectoryEntries<'a>>,
}

/// The parameters of NotifyChangeDirectory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NotifyChangeDirectory {
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The kinds of changes that complete the call.
    pub filter: NotifyFilter,
}

/// The entries of a directory listing. Iterating over it yields [`DirectoryEntry`] values.
///
/// ```
/// use procmon_parser::detail::{Detail, FileRequest};
///
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml")?;
/// for event in log.events().flatten() {
///     if let Ok(Detail::File(file)) = event.detail()
///         && let FileRequest::QueryDirectory(query) = file.request
///     {
///         for entry in query.entries.into_iter().flatten() {
///             println!("{}\\{}", file.path, entry.name());
///         }
///     }
/// }
/// # Ok::<(), procmon_parser::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntries<'a> {
    pub(super) information_class: FileInformationClass,
    pub(super) fields: Fields<'a>,
}

/// An entry of a directory listing. A getter returns `None` if the information class does not have the field, or if the
/// field is not in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry<'a> {
    fields: Fields<'a>,
    shape: Shape,
}

/// The layout of the entries of an information class: the fields that they have, and the offsets of these fields in
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    name_size: usize,
    name: usize,
    /// True if times, sizes and attributes are stored at the offsets of `FILE_DIRECTORY_INFORMATION`.
    has_facts: bool,
    ea_size: bool,
    /// The offset of the size of the short name, one byte. A reserved byte and the name follow.
    short_name: Option<usize>,
    file_id: Option<usize>,
}

impl Shape {
    fn of(class: FileInformationClass) -> Option<Self> {
        use FileInformationClass as Class;
        let shape = |name, ea_size, short_name, file_id| Shape {
            name_size: 60,
            name,
            has_facts: true,
            ea_size,
            short_name,
            file_id,
        };
        Some(match class {
            Class::DIRECTORY_INFORMATION => shape(64, false, None, None),
            Class::FULL_DIRECTORY_INFORMATION => shape(68, true, None, None),
            Class::BOTH_DIRECTORY_INFORMATION => shape(94, true, Some(68), None),
            Class::NAMES_INFORMATION => {
                Shape { name_size: 8, name: 12, has_facts: false, ea_size: false, short_name: None, file_id: None }
            }
            Class::ID_BOTH_DIRECTORY_INFORMATION => shape(104, true, Some(68), Some(96)),
            Class::ID_FULL_DIRECTORY_INFORMATION => shape(80, true, None, Some(72)),
            _ => return None,
        })
    }
}

/// The values of the fields of a [`DirectoryEntry`]. Encoding omits the fields that the information class does not
/// have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryEntryFields<'a> {
    /// The name of the file or directory.
    pub name: PmlStr<'a>,
    /// The 8.3 name, of at most 12 characters; empty if there is none.
    pub short_name: PmlStr<'a>,
    /// The index of the entry in its directory; 0 on NTFS.
    pub file_index: u32,
    /// The time at which the file was created, UTC.
    pub creation_time: FileTime,
    /// The time of the last access, UTC.
    pub last_access_time: FileTime,
    /// The time at which the data was last written, UTC.
    pub last_write_time: FileTime,
    /// The time at which the data or metadata last changed, UTC.
    pub change_time: FileTime,
    /// The length of the file, in bytes.
    pub end_of_file: u64,
    /// The size of the space allocated on the volume, in bytes.
    pub allocation_size: u64,
    /// The file attributes.
    pub file_attributes: FileAttributes,
    /// The size of the extended attributes, in bytes.
    pub ea_size: u32,
    /// The id of the file on its volume.
    pub file_id: u64,
}

impl DirectoryEntryFields<'_> {
    fn write(&self, shape: Shape, entry: &mut Vec<u8>) {
        view::put_string(entry, shape.name_size, shape.name, self.name);
        put(entry, 4, self.file_index);
        if shape.has_facts {
            put(entry, 8, self.creation_time);
            put(entry, 16, self.last_access_time);
            put(entry, 24, self.last_write_time);
            put(entry, 32, self.change_time);
            put(entry, 40, self.end_of_file);
            put(entry, 48, self.allocation_size);
            put(entry, 56, self.file_attributes);
        }
        if shape.ea_size {
            put(entry, 64, self.ea_size);
        }
        if let Some(at) = shape.short_name {
            let units = self.short_name.units().take(SHORT_NAME);
            put(entry, at, u8::try_from(units.clone().count() * 2).unwrap_or_default());
            units.zip((at + 2..).step_by(2)).for_each(|(unit, at)| put(entry, at, unit));
        }
        if let Some(at) = shape.file_id {
            put(entry, at, self.file_id);
        }
    }
}

/// The maximum length of a short name, in characters.
const SHORT_NAME: usize = 12;

impl<'a> DirectoryEntries<'a> {
    /// Returns the entries of a block in the layout that Windows uses for the information class.
    #[must_use]
    pub fn new(information_class: FileInformationClass, block: &'a [u8]) -> Self {
        Self { information_class, fields: Fields::new(block) }
    }

    /// Replaces the contents of `buffer` with a block of these entries.
    ///
    /// Writes nothing for an information class whose entries have an unknown layout.
    ///
    /// ```
    /// use procmon_parser::PmlStr;
    /// use procmon_parser::code::FileInformationClass;
    /// use procmon_parser::detail::{DirectoryEntries, DirectoryEntryFields};
    ///
    /// let class = FileInformationClass::ID_BOTH_DIRECTORY_INFORMATION;
    /// let mut entry = DirectoryEntryFields::default();
    /// entry.name = PmlStr::latin1(b"notepad.exe");
    /// let mut block = Vec::new();
    /// DirectoryEntries::encode(class, [entry], &mut block);
    /// let names: Vec<_> = DirectoryEntries::new(class, &block).into_iter().map(|entry| entry.name()).collect();
    /// assert_eq!(names, ["notepad.exe"]);
    /// ```
    pub fn encode<'t>(
        information_class: FileInformationClass,
        entries: impl IntoIterator<Item = DirectoryEntryFields<'t>>,
        buffer: &mut Vec<u8>,
    ) {
        buffer.clear();
        if let Some(shape) = Shape::of(information_class) {
            view::put_list(buffer, entries, |entry, value| value.write(shape, entry));
        }
    }

    /// Returns the block that contains all entries.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }

    /// Returns an iterator that does not end at overlapping entries; Procmon reads the list in the same way.
    pub(crate) fn with_overlaps(self) -> DirectoryIter<'a> {
        self.within(Room::UNLIMITED)
    }

    fn within(self, room: Room) -> DirectoryIter<'a> {
        let shape = Shape::of(self.information_class).filter(|_| !self.as_bytes().is_empty());
        DirectoryIter { next: shape.map(|shape| (self.fields, shape)), room }
    }
}

impl<'a> DirectoryEntry<'a> {
    /// Returns the name of the file or directory.
    #[must_use]
    pub fn name(self) -> PmlStr<'a> {
        let size: u32 = self.fields.get(self.shape.name_size).unwrap_or_default();
        self.fields.string(self.shape.name, size / 2)
    }

    /// Returns the index of the entry in its directory; 0 on NTFS.
    #[must_use]
    pub fn file_index(self) -> Option<u32> {
        self.fields.get(4)
    }

    /// Returns the time at which the file was created, UTC.
    #[must_use]
    pub fn creation_time(self) -> Option<FileTime> {
        self.fact(8)
    }

    /// Returns the time of the last access, UTC.
    #[must_use]
    pub fn last_access_time(self) -> Option<FileTime> {
        self.fact(16)
    }

    /// Returns the time at which the data was last written, UTC.
    #[must_use]
    pub fn last_write_time(self) -> Option<FileTime> {
        self.fact(24)
    }

    /// Returns the time at which the data or metadata last changed, UTC.
    #[must_use]
    pub fn change_time(self) -> Option<FileTime> {
        self.fact(32)
    }

    /// Returns the length of the file, in bytes.
    #[must_use]
    pub fn end_of_file(self) -> Option<u64> {
        self.fact(40)
    }

    /// Returns the size of the space allocated on the volume, in bytes.
    #[must_use]
    pub fn allocation_size(self) -> Option<u64> {
        self.fact(48)
    }

    /// Returns the file attributes.
    #[must_use]
    pub fn file_attributes(self) -> Option<FileAttributes> {
        self.fact(56)
    }

    /// Returns the size of the extended attributes, in bytes.
    #[must_use]
    pub fn ea_size(self) -> Option<u32> {
        self.fields.get(64).filter(|_| self.shape.ea_size)
    }

    /// Returns the 8.3 name; empty if there is none.
    #[must_use]
    pub fn short_name(self) -> Option<PmlStr<'a>> {
        let at = self.shape.short_name?;
        let size: u8 = self.fields.get(at)?;
        Some(self.fields.string(at + 2, u32::from(size / 2).min(12)))
    }

    /// Returns the id of the file on its volume.
    #[must_use]
    pub fn file_id(self) -> Option<u64> {
        self.fields.get(self.shape.file_id?)
    }

    /// Returns the values of the fields. Fields that are not in the log are zero or empty.
    #[must_use]
    pub fn decode(self) -> DirectoryEntryFields<'a> {
        DirectoryEntryFields {
            name: self.name(),
            short_name: self.short_name().unwrap_or_default(),
            file_index: self.file_index().unwrap_or_default(),
            creation_time: self.creation_time().unwrap_or_default(),
            last_access_time: self.last_access_time().unwrap_or_default(),
            last_write_time: self.last_write_time().unwrap_or_default(),
            change_time: self.change_time().unwrap_or_default(),
            end_of_file: self.end_of_file().unwrap_or_default(),
            allocation_size: self.allocation_size().unwrap_or_default(),
            file_attributes: self.file_attributes().unwrap_or_default(),
            ea_size: self.ea_size().unwrap_or_default(),
            file_id: self.file_id().unwrap_or_default(),
        }
    }

    /// Returns the field at offset `at` if the information class has times, sizes and attributes.
    fn fact<T: Field>(self, at: usize) -> Option<T> {
        if self.shape.has_facts { self.fields.get(at) } else { None }
    }
}

impl<'a> IntoIterator for DirectoryEntries<'a> {
    type Item = DirectoryEntry<'a>;
    type IntoIter = DirectoryIter<'a>;

    fn into_iter(self) -> DirectoryIter<'a> {
        self.within(Room::of(self.as_bytes()))
    }
}

/// An iterator over [`DirectoryEntries`]. It ends at the first entry whose name size is not in the log.
///
/// Together, the entries have at most as many bytes as the block. If entries overlap, as they do only in a crafted log,
/// the iterator ends at the first entry that exceeds this limit.
#[derive(Clone, Debug)]
pub struct DirectoryIter<'a> {
    next: Option<(Fields<'a>, Shape)>,
    room: Room,
}

impl<'a> Iterator for DirectoryIter<'a> {
    type Item = DirectoryEntry<'a>;

    fn next(&mut self) -> Option<DirectoryEntry<'a>> {
        let (fields, shape) = self.next.take()?;
        fields.get::<u32>(shape.name_size)?;
        let entry = DirectoryEntry { fields, shape };
        self.room.take(fields, shape.name, entry.name())?;
        // The distance to the next entry is unsigned and not 0, so iteration terminates on any input.
        let next = fields.get::<u32>(0).filter(|&next| next != 0);
        self.next = next.map(|next| (fields.from(next as usize), shape));
        Some(entry)
    }
}

impl std::iter::FusedIterator for DirectoryIter<'_> {}

serialize_as_list!(DirectoryEntries);
serialize_by! {
    DirectoryEntry:
        name, file_index, creation_time, last_access_time, last_write_time, change_time, end_of_file, allocation_size,
        file_attributes, ea_size, short_name, file_id,
}
