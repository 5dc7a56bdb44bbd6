//! Directory listings.

use super::view::{self, Fields};
use crate::code::{FileAttributes, FileInformationClass, NotifyFilter};
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{Field, FileTime, PmlStr, put};

/// QueryDirectory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryDirectory<'a> {
    /// What was asked for about each entry.
    pub information_class: FileInformationClass,
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// Index of the entry to begin with, if the caller gave one.
    pub file_index: u32,
    /// The pattern that entries have to match; `None` if the caller gave none, as when a listing goes on.
    pub filter: Option<PmlStr<'a>>,
    /// What came back, if anything did.
    pub entries: Option<DirectoryEntries<'a>>,
}

/// NotifyChangeDirectory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct NotifyChangeDirectory {
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// The changes that the caller wants to hear of.
    pub filter: NotifyFilter,
}

/// The entries of a listing, an iterator over [`DirectoryEntry`].
///
/// ```
/// use procmon_parser::detail::{Detail, FileRequest};
///
/// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml").unwrap();
/// for event in log.events().flatten() {
///     if let Ok(Detail::File(file)) = event.detail()
///         && let FileRequest::QueryDirectory(query) = file.request
///     {
///         for entry in query.entries.into_iter().flatten() {
///             println!("{}\\{}", file.path, entry.name());
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntries<'a> {
    pub(super) information_class: FileInformationClass,
    pub(super) fields: Fields<'a>,
}

/// An entry of a directory. What its information class does not tell is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryEntry<'a> {
    fields: Fields<'a>,
    shape: Shape,
}

/// Where an information class has what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    name_size: usize,
    name: usize,
    /// Times, sizes and attributes stand where FILE_DIRECTORY_INFORMATION has them.
    has_facts: bool,
    ea_size: bool,
    /// Size in bytes of the short name, followed by the name one byte or a reserved byte later.
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

/// The fields of a [`DirectoryEntry`]. When written, those that the information class does not have are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirectoryEntryFields<'a> {
    /// Name of the file or directory.
    pub name: PmlStr<'a>,
    /// The 8.3 name, of at most 12 characters; empty if it has none.
    pub short_name: PmlStr<'a>,
    /// Index of the entry in its directory.
    pub file_index: u32,
    /// When it was created, UTC.
    pub creation_time: FileTime,
    /// When it was last read, UTC.
    pub last_access_time: FileTime,
    /// When its data was last written, UTC.
    pub last_write_time: FileTime,
    /// When its data or its metadata last changed, UTC.
    pub change_time: FileTime,
    /// Length in bytes.
    pub end_of_file: u64,
    /// Space taken on the volume, in bytes.
    pub allocation_size: u64,
    /// Attributes.
    pub file_attributes: FileAttributes,
    /// Size of the extended attributes in bytes.
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

/// Greatest number of characters of a short name.
const SHORT_NAME: usize = 12;

impl<'a> DirectoryEntries<'a> {
    /// The entries in a block as Windows fills it for an information class.
    #[must_use]
    pub fn new(information_class: FileInformationClass, block: &'a [u8]) -> Self {
        Self { information_class, fields: Fields::new(block) }
    }

    /// Writes a block of these entries, nothing for an information class that has no entries. Replaces what is in
    /// `buffer`.
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

    /// The block of all entries, as Windows filled it.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.fields.as_bytes()
    }
}

impl<'a> DirectoryEntry<'a> {
    /// Name of the file or directory.
    #[must_use]
    pub fn name(self) -> PmlStr<'a> {
        let size: u32 = self.fields.get(self.shape.name_size).unwrap_or_default();
        self.fields.string(self.shape.name, size / 2)
    }

    /// Index of the entry in its directory; on NTFS 0.
    #[must_use]
    pub fn file_index(self) -> Option<u32> {
        self.fields.get(4)
    }

    /// When it was created, UTC.
    #[must_use]
    pub fn creation_time(self) -> Option<FileTime> {
        self.fact(8)
    }

    /// When it was last read, UTC.
    #[must_use]
    pub fn last_access_time(self) -> Option<FileTime> {
        self.fact(16)
    }

    /// When its data was last written, UTC.
    #[must_use]
    pub fn last_write_time(self) -> Option<FileTime> {
        self.fact(24)
    }

    /// When its data or its metadata last changed, UTC.
    #[must_use]
    pub fn change_time(self) -> Option<FileTime> {
        self.fact(32)
    }

    /// Length in bytes.
    #[must_use]
    pub fn end_of_file(self) -> Option<u64> {
        self.fact(40)
    }

    /// Space taken on the volume, in bytes.
    #[must_use]
    pub fn allocation_size(self) -> Option<u64> {
        self.fact(48)
    }

    /// Attributes.
    #[must_use]
    pub fn file_attributes(self) -> Option<FileAttributes> {
        self.fact(56)
    }

    /// Size of the extended attributes in bytes.
    #[must_use]
    pub fn ea_size(self) -> Option<u32> {
        self.fields.get(64).filter(|_| self.shape.ea_size)
    }

    /// The 8.3 name; empty if it has none.
    #[must_use]
    pub fn short_name(self) -> Option<PmlStr<'a>> {
        let at = self.shape.short_name?;
        let size: u8 = self.fields.get(at)?;
        Some(self.fields.string(at + 2, u32::from(size / 2).min(12)))
    }

    /// The id of the file on its volume.
    #[must_use]
    pub fn file_id(self) -> Option<u64> {
        self.fields.get(self.shape.file_id?)
    }

    /// The values of the fields; those that the log does not have are zero or empty.
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

    fn fact<T: Field>(self, at: usize) -> Option<T> {
        if self.shape.has_facts { self.fields.get(at) } else { None }
    }
}

impl<'a> IntoIterator for DirectoryEntries<'a> {
    type Item = DirectoryEntry<'a>;
    type IntoIter = DirectoryIter<'a>;

    fn into_iter(self) -> DirectoryIter<'a> {
        let shape = Shape::of(self.information_class);
        DirectoryIter(shape.filter(|_| !self.fields.as_bytes().is_empty()).map(|shape| (self.fields, shape)))
    }
}

/// Iterator over [`DirectoryEntries`]. It ends where an entry is not in the log as far as the size of its name.
#[derive(Clone, Debug)]
pub struct DirectoryIter<'a>(Option<(Fields<'a>, Shape)>);

impl<'a> Iterator for DirectoryIter<'a> {
    type Item = DirectoryEntry<'a>;

    fn next(&mut self) -> Option<DirectoryEntry<'a>> {
        let (fields, shape) = self.0.take()?;
        fields.get::<u32>(shape.name_size)?;
        // Entries only lead forward, so a list of any bytes ends.
        let next = fields.get::<u32>(0).filter(|&next| next != 0);
        self.0 = next.map(|next| (fields.from(next as usize), shape));
        Some(DirectoryEntry { fields, shape })
    }
}

impl std::iter::FusedIterator for DirectoryIter<'_> {}

serialize_as_list!(DirectoryEntries);
serialize_by! {
    DirectoryEntry:
        name, file_index, creation_time, last_access_time, last_write_time, change_time, end_of_file, allocation_size,
        file_attributes, ea_size, short_name, file_id,
}
