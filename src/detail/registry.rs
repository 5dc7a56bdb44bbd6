//! Details of the registry class.
//!
//! A detail block is a header of fixed size, which begins with the string-info word of the key, then the key, then
//! what is of variable size. What came of the operation is in the extra block: Windows' own structures, which the
//! driver cuts short, strings after 2,048 bytes and binary values after 16.

use super::Unknown;
use crate::code::{
    Category, KeyInformationClass, KeySetInformationClass, RegistryAccess, RegistryDisposition, RegistryOperation,
    RegistryType, RestoreFlags, SaveFormat, ValueInformationClass,
};
use crate::event::Event;
use crate::wire::cursor::Cursor;
use crate::wire::macros::{serialize_as_list, serialize_by};
use crate::wire::{FileTime, PmlStr};
use crate::{Error, Result};

/// Detail of an event of the registry class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RegistryDetail<'a> {
    /// The key, or the key and the value's name. Roots are abbreviated as Procmon did when it captured: `HKLM\...`.
    pub path: PmlStr<'a>,
    /// What was asked for and what came of it.
    pub request: RegistryRequest<'a>,
}

/// A registry operation with its parameters and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RegistryRequest<'a> {
    /// RegOpenKey.
    OpenKey(OpenKey),
    /// RegCreateKey.
    CreateKey(OpenKey),
    /// RegCloseKey.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    CloseKey,
    /// RegQueryKey.
    QueryKey(QueryKey<'a>),
    /// RegSetValue.
    SetValue(SetValue<'a>),
    /// RegQueryValue.
    QueryValue(QueryValue<'a>),
    /// RegEnumValue.
    EnumValue(EnumValue<'a>),
    /// RegEnumKey.
    EnumKey(EnumKey<'a>),
    /// RegSetInfoKey.
    SetInfoKey(SetInfoKey<'a>),
    /// RegDeleteKey.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    DeleteKey,
    /// RegDeleteValue.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    DeleteValue,
    /// RegFlushKey.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    FlushKey,
    /// RegLoadKey.
    #[non_exhaustive]
    LoadKey {
        /// File of the hive.
        hive_path: PmlStr<'a>,
    },
    /// RegUnloadKey.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    UnloadKey,
    /// RegRenameKey.
    #[non_exhaustive]
    RenameKey {
        /// The new name of the key, without its path.
        new_name: PmlStr<'a>,
    },
    /// RegQueryMultipleValueKey; the log does not say which values.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    QueryMultipleValueKey,
    /// RegSetKeySecurity.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    SetKeySecurity,
    /// RegQueryKeySecurity.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    QueryKeySecurity,
    /// RegOpenKey2, whose layout is not known.
    OpenKey2(Unknown<'a>),
    /// RegRestoreKey.
    #[non_exhaustive]
    RestoreKey {
        /// Flags.
        flags: RestoreFlags,
        /// The file that the key is read from.
        file_name: PmlStr<'a>,
    },
    /// RegSaveKey.
    #[non_exhaustive]
    SaveKey {
        /// Format of the file.
        format: SaveFormat,
        /// The file that the key is written to.
        file_name: PmlStr<'a>,
    },
    /// RegReplaceKey.
    #[non_exhaustive]
    ReplaceKey {
        /// The file that the old hive is kept in.
        old_file_name: PmlStr<'a>,
        /// The file of the new hive.
        new_file_name: PmlStr<'a>,
        /// What Procmon takes for the new file: it looks for it in the middle of the old one's name.
        misread_new_file_name: PmlStr<'a>,
    },
    /// An operation that nobody has described.
    Unknown(Unknown<'a>),
}

/// RegOpenKey and RegCreateKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OpenKey {
    /// Access asked for.
    pub desired_access: RegistryAccess,
    /// What came of it, if the key was opened.
    pub result: Option<CreateKeyResult>,
}

/// An opened key. A field is `None` only in a damaged event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateKeyResult {
    /// Access given.
    pub granted_access: Option<RegistryAccess>,
    /// Whether the key was there; 0 from RegOpenKey.
    pub disposition: Option<RegistryDisposition>,
}

/// RegQueryKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryKey<'a> {
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// What was asked for.
    pub information_class: KeyInformationClass,
    /// What came back, if the query succeeded.
    pub result: Option<KeyInformation<'a>>,
}

/// RegEnumKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EnumKey<'a> {
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// Position of the subkey.
    pub index: u32,
    /// What was asked for.
    pub information_class: KeyInformationClass,
    /// What came back, if there was such a subkey.
    pub result: Option<KeyInformation<'a>>,
}

/// Facts about a key, by what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeyInformation<'a> {
    /// KEY_BASIC_INFORMATION.
    #[non_exhaustive]
    Basic {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// KEY_NODE_INFORMATION.
    #[non_exhaustive]
    Node {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Size of the class in bytes; the class itself is not in the log.
        class_size: u32,
        /// Name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// KEY_FULL_INFORMATION.
    #[non_exhaustive]
    Full {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Size of the class in bytes; the class itself is not in the log.
        class_size: u32,
        /// Number of subkeys.
        sub_keys: u32,
        /// Size of the longest name of a subkey in bytes.
        max_name_size: u32,
        /// Number of values.
        values: u32,
    },
    /// KEY_NAME_INFORMATION: the native path of the key, `\REGISTRY\MACHINE\...`.
    Name(PmlStr<'a>),
    /// KEY_CACHED_INFORMATION.
    #[non_exhaustive]
    Cached {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Number of subkeys.
        sub_keys: u32,
        /// Size of the longest name of a subkey in bytes.
        max_name_size: u32,
        /// Number of values.
        values: u32,
    },
    /// KEY_FLAGS_INFORMATION: the user flags.
    Flags(u32),
    /// KEY_HANDLE_TAGS_INFORMATION: the tags.
    HandleTags(u32),
    /// A structure of which the log has too few bytes.
    Truncated(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// Another structure.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// RegQueryValue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryValue<'a> {
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// What was asked for.
    pub information_class: ValueInformationClass,
    /// What came back, if the query succeeded.
    pub result: Option<ValueInformation<'a>>,
}

/// RegEnumValue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EnumValue<'a> {
    /// Size of the caller's buffer in bytes.
    pub length: u32,
    /// Position of the value.
    pub index: u32,
    /// What was asked for.
    pub information_class: ValueInformationClass,
    /// What came back, if there was such a value. The driver omits it for values without data.
    pub result: Option<ValueInformation<'a>>,
}

/// Facts about a value, by what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ValueInformation<'a> {
    /// KEY_VALUE_BASIC_INFORMATION; the name is not in the log.
    #[non_exhaustive]
    Basic {
        /// Title index.
        title_index: u32,
        /// Type of the value.
        value_type: RegistryType,
    },
    /// KEY_VALUE_FULL_INFORMATION.
    #[non_exhaustive]
    Full {
        /// Title index.
        title_index: u32,
        /// Name of the value.
        name: PmlStr<'a>,
        /// Type and data.
        data: ValueData<'a>,
    },
    /// KEY_VALUE_PARTIAL_INFORMATION.
    #[non_exhaustive]
    Partial {
        /// Title index.
        title_index: u32,
        /// Type and data.
        data: ValueData<'a>,
    },
    /// A structure of which the log has too few bytes.
    #[non_exhaustive]
    Truncated {
        /// Type of the value, if it is among them.
        value_type: Option<RegistryType>,
        /// The bytes.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
        bytes: &'a [u8],
    },
    /// Another structure.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// RegSetValue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetValue<'a> {
    /// Type and data.
    pub data: ValueData<'a>,
}

/// Type and data of a value, as far as the driver captured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValueData<'a> {
    /// Type of the value.
    pub value_type: RegistryType,
    /// Size of the data in bytes, as Windows had it.
    pub length: u32,
    /// The bytes that are in the log.
    pub captured: &'a [u8],
}

/// Data of a value by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RegistryValue<'a> {
    /// REG_NONE.
    None(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// REG_SZ, up to its NUL.
    String(PmlStr<'a>),
    /// REG_EXPAND_SZ, up to its NUL.
    ExpandString(PmlStr<'a>),
    /// REG_BINARY.
    Binary(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// REG_DWORD.
    Dword(u32),
    /// REG_DWORD_BIG_ENDIAN.
    DwordBigEndian(u32),
    /// REG_LINK: the target.
    Link(PmlStr<'a>),
    /// REG_MULTI_SZ.
    MultiString(MultiString<'a>),
    /// REG_RESOURCE_LIST.
    ResourceList(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// REG_FULL_RESOURCE_DESCRIPTOR.
    FullResourceDescriptor(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// REG_RESOURCE_REQUIREMENTS_LIST.
    ResourceRequirementsList(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// REG_QWORD.
    Qword(u64),
    /// A type that Windows does not define.
    #[cfg_attr(feature = "serde", serde(serialize_with = "bytes_of_unknown"))]
    Unknown(RegistryType, &'a [u8]),
}

/// The strings of a REG_MULTI_SZ, each up to its NUL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MultiString<'a>(PmlStr<'a>);

/// RegSetInfoKey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetInfoKey<'a> {
    /// What is set.
    pub information_class: KeySetInformationClass,
    /// Size of the data in bytes, as Windows had it.
    pub length: u32,
    /// Size of the data that the driver captured, in bytes; in real logs it captures none.
    pub captured_length: u16,
    /// The data, as far as it was captured.
    pub information: Option<KeySetInformation<'a>>,
}

/// What a RegSetInfoKey sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeySetInformation<'a> {
    /// Time of the last write, UTC.
    WriteTime(FileTime),
    /// Flags of WOW64.
    Wow64Flags(u32),
    /// Tags of the handle.
    HandleTags(u32),
    /// A structure of which the log has too few bytes.
    Truncated(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// Something else.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

impl<'a> ValueData<'a> {
    fn new(value_type: u32, length: u32, available: &'a [u8]) -> Self {
        let captured = available.get(..length as usize).unwrap_or(available);
        Self { value_type: RegistryType(value_type), length, captured }
    }

    /// Type of the value.
    #[cfg(feature = "serde")]
    fn value_type(&self) -> RegistryType {
        self.value_type
    }

    #[cfg(feature = "serde")]
    fn length(&self) -> u32 {
        self.length
    }

    /// Number of bytes that are in the log.
    #[must_use]
    pub fn captured_length(&self) -> usize {
        self.captured.len()
    }

    /// Whether Windows had more bytes than the log.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.captured.len() < self.length as usize
    }

    /// The data by its type; `None` for a number whose bytes are not in the log.
    ///
    /// ```
    /// use procmon_parser::detail::{Detail, RegistryRequest, RegistryValue};
    ///
    /// let log = procmon_parser::LogsReader::open("fixtures/sample64.pml").unwrap();
    /// for event in log.events().flatten() {
    ///     if let Ok(Detail::Registry(registry)) = event.detail()
    ///         && let RegistryRequest::SetValue(set) = registry.request
    ///         && let Some(RegistryValue::Dword(number)) = set.data.value()
    ///     {
    ///         println!("{} = {number}", registry.path);
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn value(&self) -> Option<RegistryValue<'a>> {
        let bytes = self.captured;
        let string = || PmlStr::utf16(bytes).until_nul();
        Some(match self.value_type {
            RegistryType::NONE => RegistryValue::None(bytes),
            RegistryType::SZ => RegistryValue::String(string()),
            RegistryType::EXPAND_SZ => RegistryValue::ExpandString(string()),
            RegistryType::BINARY => RegistryValue::Binary(bytes),
            RegistryType::DWORD => RegistryValue::Dword(u32::from_le_bytes(*bytes.first_chunk()?)),
            RegistryType::DWORD_BIG_ENDIAN => RegistryValue::DwordBigEndian(u32::from_be_bytes(*bytes.first_chunk()?)),
            RegistryType::LINK => RegistryValue::Link(PmlStr::utf16(bytes)),
            RegistryType::MULTI_SZ => RegistryValue::MultiString(MultiString(PmlStr::utf16(bytes))),
            RegistryType::RESOURCE_LIST => RegistryValue::ResourceList(bytes),
            RegistryType::FULL_RESOURCE_DESCRIPTOR => RegistryValue::FullResourceDescriptor(bytes),
            RegistryType::RESOURCE_REQUIREMENTS_LIST => RegistryValue::ResourceRequirementsList(bytes),
            RegistryType::QWORD => RegistryValue::Qword(u64::from_le_bytes(*bytes.first_chunk()?)),
            other => RegistryValue::Unknown(other, bytes),
        })
    }
}

serialize_by!(ValueData: value_type, length, captured_length, value);

/// Serializes the data of a value of an unknown type; the type stands beside it.
#[cfg(feature = "serde")]
fn bytes_of_unknown<S: serde::Serializer>(_: &RegistryType, bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    crate::wire::hex(bytes, serializer)
}

impl<'a> MultiString<'a> {
    /// All strings with their NULs, as stored.
    #[must_use]
    pub fn block(self) -> PmlStr<'a> {
        self.0
    }
}

impl std::fmt::Debug for MultiString<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

impl<'a> IntoIterator for MultiString<'a> {
    type Item = PmlStr<'a>;
    type IntoIter = Strings<'a>;

    fn into_iter(self) -> Strings<'a> {
        Strings(self.0.as_bytes())
    }
}

/// Iterator over a [`MultiString`]. An empty string is one as well; the final NUL is none.
#[derive(Clone, Debug)]
pub struct Strings<'a>(&'a [u8]);

impl<'a> Iterator for Strings<'a> {
    type Item = PmlStr<'a>;

    fn next(&mut self) -> Option<PmlStr<'a>> {
        // The last unit is the NUL that ends the list.
        if self.0.len() < 4 {
            return None;
        }
        let string = PmlStr::utf16(self.0).until_nul();
        self.0 = self.0.get(string.as_bytes().len() + 2..).unwrap_or_default();
        Some(string)
    }
}

impl std::iter::FusedIterator for Strings<'_> {}

serialize_as_list!(MultiString);

/// Size of the fixed header of an operation, behind which the key stands; `None` where no layout is known.
const fn header_size(operation: RegistryOperation) -> Option<usize> {
    use RegistryOperation as Op;
    Some(match operation {
        Op::OPEN_KEY | Op::CREATE_KEY | Op::RESTORE_KEY | Op::SAVE_KEY => 8,
        Op::QUERY_KEY | Op::QUERY_VALUE => 12,
        Op::SET_VALUE | Op::ENUM_VALUE | Op::ENUM_KEY | Op::SET_INFO_KEY => 16,
        Op::LOAD_KEY | Op::RENAME_KEY => 4,
        Op::REPLACE_KEY => 6,
        Op::CLOSE_KEY
        | Op::DELETE_KEY
        | Op::DELETE_VALUE
        | Op::FLUSH_KEY
        | Op::UNLOAD_KEY
        | Op::QUERY_MULTIPLE_VALUE_KEY
        | Op::SET_KEY_SECURITY
        | Op::QUERY_KEY_SECURITY => 2,
        _ => return None,
    })
}

/// A detail block in its three parts.
struct Parts<'a> {
    /// The header behind the string-info word of the key.
    header: Cursor<'a>,
    path: PmlStr<'a>,
    /// What follows the key.
    tail: Cursor<'a>,
}

#[inline]
fn parts<'a>(event: &Event<'a>, header_size: usize) -> Result<Parts<'a>> {
    let mut header = event.detail_cursor();
    let mut tail = header;
    let path_info = header.u16("registry.path_info")?;
    tail.bytes(header_size, "registry.header")?;
    let path = tail.string(path_info);
    Ok(Parts { header, path, tail })
}

/// The key of an event.
pub(super) fn path<'a>(event: &Event<'a>, operation: RegistryOperation) -> Result<PmlStr<'a>> {
    match header_size(operation) {
        Some(size) => parts(event, size).map(|parts| parts.path),
        None => Ok(PmlStr::EMPTY),
    }
}

pub(super) fn category(event: &Event<'_>, operation: RegistryOperation) -> Option<Category> {
    let created =
        || open_result(event).and_then(|result| result.disposition) == Some(RegistryDisposition::CREATED_NEW_KEY);
    match operation {
        RegistryOperation::OPEN_KEY | RegistryOperation::CREATE_KEY if created() => Some(Category::Write),
        _ => operation.category(),
    }
}

#[inline]
pub(crate) fn decode<'a>(event: &Event<'a>, operation: RegistryOperation) -> Result<RegistryDetail<'a>> {
    use RegistryOperation as Op;
    let Some(header_size) = header_size(operation) else {
        let unknown = Unknown::of(event);
        let request = match operation {
            Op::OPEN_KEY_2 => RegistryRequest::OpenKey2(unknown),
            _ => RegistryRequest::Unknown(unknown),
        };
        return Ok(RegistryDetail { path: PmlStr::EMPTY, request });
    };
    let parts = parts(event, header_size)?;
    let path = parts.path;
    let request = match operation {
        Op::OPEN_KEY => RegistryRequest::OpenKey(open_key(event, parts)?),
        Op::CREATE_KEY => RegistryRequest::CreateKey(open_key(event, parts)?),
        Op::CLOSE_KEY => RegistryRequest::CloseKey,
        Op::QUERY_KEY => RegistryRequest::QueryKey(query_key(event, parts)?),
        Op::SET_VALUE => RegistryRequest::SetValue(set_value(parts)?),
        Op::QUERY_VALUE => RegistryRequest::QueryValue(query_value(event, parts)?),
        Op::ENUM_VALUE => RegistryRequest::EnumValue(enum_value(event, parts)?),
        Op::ENUM_KEY => RegistryRequest::EnumKey(enum_key(event, parts)?),
        Op::SET_INFO_KEY => RegistryRequest::SetInfoKey(set_info_key(parts)?),
        Op::DELETE_KEY => RegistryRequest::DeleteKey,
        Op::DELETE_VALUE => RegistryRequest::DeleteValue,
        Op::FLUSH_KEY => RegistryRequest::FlushKey,
        Op::LOAD_KEY => RegistryRequest::LoadKey { hive_path: second_string(parts)? },
        Op::UNLOAD_KEY => RegistryRequest::UnloadKey,
        Op::RENAME_KEY => RegistryRequest::RenameKey { new_name: second_string(parts)? },
        Op::QUERY_MULTIPLE_VALUE_KEY => RegistryRequest::QueryMultipleValueKey,
        Op::SET_KEY_SECURITY => RegistryRequest::SetKeySecurity,
        Op::QUERY_KEY_SECURITY => RegistryRequest::QueryKeySecurity,
        Op::RESTORE_KEY => {
            let (flags, file_name) = restore_or_save(parts)?;
            RegistryRequest::RestoreKey { flags: RestoreFlags::from_bits_retain(flags), file_name }
        }
        Op::SAVE_KEY => {
            let (format, file_name) = restore_or_save(parts)?;
            RegistryRequest::SaveKey { format: SaveFormat(format), file_name }
        }
        Op::REPLACE_KEY => replace_key(parts)?,
        _ => RegistryRequest::Unknown(Unknown::of(event)),
    };
    Ok(RegistryDetail { path, request })
}

fn open_key(event: &Event<'_>, mut parts: Parts<'_>) -> Result<OpenKey> {
    parts.header.skip(2);
    let desired_access = RegistryAccess::from_bits_retain(parts.header.u32("open_key.desired_access")?);
    Ok(OpenKey { desired_access, result: open_result(event) })
}

fn open_result(event: &Event<'_>) -> Option<CreateKeyResult> {
    let mut extra = event.extra_cursor()?;
    let granted_access = extra.u32("open_key.granted_access").ok().map(RegistryAccess::from_bits_retain);
    let disposition = extra.u32("open_key.disposition").ok().map(RegistryDisposition);
    Some(CreateKeyResult { granted_access, disposition })
}

fn query_key<'a>(event: &Event<'a>, mut parts: Parts<'a>) -> Result<QueryKey<'a>> {
    parts.header.skip(2);
    let length = parts.header.u32("query_key.length")?;
    let information_class = KeyInformationClass(parts.header.u32("query_key.information_class")?);
    Ok(QueryKey { length, information_class, result: key_information(event, information_class) })
}

fn enum_key<'a>(event: &Event<'a>, mut parts: Parts<'a>) -> Result<EnumKey<'a>> {
    parts.header.skip(2);
    let length = parts.header.u32("enum_key.length")?;
    let index = parts.header.u32("enum_key.index")?;
    let information_class = KeyInformationClass(parts.header.u32("enum_key.information_class")?);
    Ok(EnumKey { length, index, information_class, result: key_information(event, information_class) })
}

fn key_information<'a>(event: &Event<'a>, class: KeyInformationClass) -> Option<KeyInformation<'a>> {
    let extra = event.extra_cursor()?;
    Some(key_structure(extra, class).unwrap_or(KeyInformation::Truncated(extra.rest())))
}

fn key_structure<'a>(mut extra: Cursor<'a>, class: KeyInformationClass) -> Result<KeyInformation<'a>> {
    let mut head =
        || -> Result<(FileTime, u32)> { Ok((FileTime(extra.u64("key.last_write")?), extra.u32("key.title_index")?)) };
    Ok(match class {
        KeyInformationClass::BASIC => {
            let (last_write, title_index) = head()?;
            let name_size = extra.u32("key.name_size")?;
            KeyInformation::Basic { last_write, title_index, name: extra.utf16(name_size) }
        }
        KeyInformationClass::NODE => {
            let (last_write, title_index) = head()?;
            extra.u32("key.class_offset")?;
            let class_size = extra.u32("key.class_size")?;
            let name_size = extra.u32("key.name_size")?;
            KeyInformation::Node { last_write, title_index, class_size, name: extra.utf16(name_size) }
        }
        KeyInformationClass::FULL => {
            let (last_write, title_index) = head()?;
            extra.u32("key.class_offset")?;
            let class_size = extra.u32("key.class_size")?;
            let sub_keys = extra.u32("key.sub_keys")?;
            let max_name_size = extra.u32("key.max_name_size")?;
            extra.u32("key.max_class_size")?;
            let values = extra.u32("key.values")?;
            KeyInformation::Full { last_write, title_index, class_size, sub_keys, max_name_size, values }
        }
        KeyInformationClass::NAME => {
            let size = extra.u32("key.name_size")?;
            KeyInformation::Name(extra.utf16(size))
        }
        KeyInformationClass::CACHED => {
            let (last_write, title_index) = head()?;
            let sub_keys = extra.u32("key.sub_keys")?;
            let max_name_size = extra.u32("key.max_name_size")?;
            let values = extra.u32("key.values")?;
            KeyInformation::Cached { last_write, title_index, sub_keys, max_name_size, values }
        }
        KeyInformationClass::FLAGS => KeyInformation::Flags(extra.u32("key.user_flags")?),
        KeyInformationClass::HANDLE_TAGS => KeyInformation::HandleTags(extra.u32("key.handle_tags")?),
        _ => KeyInformation::Unknown(extra.rest()),
    })
}

fn query_value<'a>(event: &Event<'a>, mut parts: Parts<'a>) -> Result<QueryValue<'a>> {
    parts.header.skip(2);
    let length = parts.header.u32("query_value.length")?;
    let information_class = ValueInformationClass(parts.header.u32("query_value.information_class")?);
    Ok(QueryValue { length, information_class, result: value_information(event, information_class) })
}

fn enum_value<'a>(event: &Event<'a>, mut parts: Parts<'a>) -> Result<EnumValue<'a>> {
    parts.header.skip(2);
    let length = parts.header.u32("enum_value.length")?;
    let index = parts.header.u32("enum_value.index")?;
    let information_class = ValueInformationClass(parts.header.u32("enum_value.information_class")?);
    Ok(EnumValue { length, index, information_class, result: value_information(event, information_class) })
}

fn value_information<'a>(event: &Event<'a>, class: ValueInformationClass) -> Option<ValueInformation<'a>> {
    let extra = event.extra_cursor()?;
    Some(value_structure(extra, class).unwrap_or_else(|_too_short| {
        let bytes = extra.rest();
        let value_type = bytes.get(4..).and_then(|rest| rest.first_chunk());
        let value_type = value_type.map(|&code| RegistryType(u32::from_le_bytes(code)));
        ValueInformation::Truncated { value_type, bytes }
    }))
}

fn value_structure<'a>(mut extra: Cursor<'a>, class: ValueInformationClass) -> Result<ValueInformation<'a>> {
    let start = extra;
    if !matches!(class, ValueInformationClass::BASIC | ValueInformationClass::FULL | ValueInformationClass::PARTIAL) {
        return Ok(ValueInformation::Unknown(extra.rest()));
    }
    let title_index = extra.u32("value.title_index")?;
    let value_type = extra.u32("value.type")?;
    Ok(match class {
        ValueInformationClass::FULL => {
            let data_offset = extra.u32("value.data_offset")?;
            let length = extra.u32("value.data_length")?;
            let name_size = extra.u32("value.name_size")?;
            let name = extra.utf16(name_size);
            let available = start.rest().get(data_offset as usize..).unwrap_or_default();
            ValueInformation::Full { title_index, name, data: ValueData::new(value_type, length, available) }
        }
        ValueInformationClass::PARTIAL => {
            let length = extra.u32("value.data_length")?;
            ValueInformation::Partial { title_index, data: ValueData::new(value_type, length, extra.rest()) }
        }
        _ => ValueInformation::Basic { title_index, value_type: RegistryType(value_type) },
    })
}

fn set_value(mut parts: Parts<'_>) -> Result<SetValue<'_>> {
    parts.header.skip(2);
    let value_type = parts.header.u32("set_value.type")?;
    let length = parts.header.u32("set_value.length")?;
    let captured = usize::from(parts.header.u16("set_value.captured_length")?);
    let available = parts.tail.rest();
    let available = available.get(..captured).unwrap_or(available);
    Ok(SetValue { data: ValueData::new(value_type, length, available) })
}

fn set_info_key(mut parts: Parts<'_>) -> Result<SetInfoKey<'_>> {
    parts.header.skip(2);
    let information_class = KeySetInformationClass(parts.header.u32("set_info_key.information_class")?);
    let length = parts.header.u32("set_info_key.length")?;
    let captured_length = parts.header.u16("set_info_key.captured_length")?;
    let information = (captured_length != 0).then(|| {
        let structure = key_set_structure(parts.tail, information_class, captured_length.into());
        structure.unwrap_or(KeySetInformation::Truncated(parts.tail.rest()))
    });
    Ok(SetInfoKey { information_class, length, captured_length, information })
}

fn key_set_structure<'a>(
    mut data: Cursor<'a>,
    class: KeySetInformationClass,
    captured: usize,
) -> Result<KeySetInformation<'a>> {
    Ok(match class {
        KeySetInformationClass::WRITE_TIME => {
            KeySetInformation::WriteTime(FileTime(data.u64("set_info_key.last_write")?))
        }
        KeySetInformationClass::WOW64_FLAGS => KeySetInformation::Wow64Flags(data.u32("set_info_key.wow64_flags")?),
        KeySetInformationClass::HANDLE_TAGS => KeySetInformation::HandleTags(data.u32("set_info_key.handle_tags")?),
        _ => KeySetInformation::Unknown(data.rest().get(..captured).unwrap_or(data.rest())),
    })
}

/// The string behind the key, whose string-info word follows that of the key.
fn second_string<'a>(mut parts: Parts<'a>) -> Result<PmlStr<'a>> {
    let info = parts.header.u16("registry.second_info")?;
    Ok(parts.tail.string(info))
}

fn restore_or_save<'a>(mut parts: Parts<'a>) -> Result<(u32, PmlStr<'a>)> {
    let info = parts.header.u16("registry.file_name_info")?;
    let number = parts.header.u32("registry.file_flags")?;
    Ok((number, parts.tail.string(info)))
}

fn replace_key<'a>(mut parts: Parts<'a>) -> Result<RegistryRequest<'a>, Error> {
    let old_info = parts.header.u16("replace_key.old_file_name_info")?;
    let new_info = parts.header.u16("replace_key.new_file_name_info")?;
    let mut misread = parts.tail;
    misread.skip(old_info.into());
    Ok(RegistryRequest::ReplaceKey {
        old_file_name: parts.tail.string(old_info),
        new_file_name: parts.tail.string(new_info),
        misread_new_file_name: misread.string(new_info),
    })
}
