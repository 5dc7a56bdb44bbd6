//! Details of the registry class.
//!
//! A detail block is a header of fixed size, which begins with the string-info word of the key, then the key, then
//! what is of variable size. What came of the operation is in the extra block: Windows' own structures, which the
//! driver cuts short, strings after 2,048 bytes and binary values after 16.

mod layout;
mod value;

pub(super) use layout::{category, encode, head_size, path};
pub(crate) use layout::{decode, set_value_captured};
pub use value::{MultiString, MultiStringIter, RegistryValue, ValueData};

use super::Unknown;
use crate::code::{
    KeyInformationClass, KeySetInformationClass, RegistryAccess, RegistryDisposition, RegistryType, RestoreFlags,
    SaveFormat, ValueInformationClass,
};
use crate::wire::{FileTime, PmlStr};

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

impl<'a> RegistryDetail<'a> {
    /// What a decoder begins with.
    pub(crate) const EMPTY: Self = Self { path: PmlStr::EMPTY, request: RegistryRequest::CloseKey };

    /// A request for a key.
    ///
    /// ```
    /// use procmon_parser::{PmlStr, PointerWidth};
    /// use procmon_parser::code::{Operation, RegistryOperation, RegistryType};
    /// use procmon_parser::detail::{Detail, DetailBlocks, RegistryDetail, RegistryRequest, SetValue, ValueData};
    ///
    /// let mut set = SetValue::default();
    /// set.data = ValueData::new(RegistryType::DWORD, &[1, 0, 0, 0]);
    /// let path = PmlStr::latin1(br"HKLM\Software\Example\Enabled");
    /// let detail = Detail::Registry(RegistryDetail::new(path, RegistryRequest::SetValue(set)));
    ///
    /// let operation = Operation::Registry(RegistryOperation::SET_VALUE);
    /// let mut blocks = DetailBlocks::default();
    /// detail.encode_into(operation, PointerWidth::Bits64, &mut blocks)?;
    /// assert_eq!(Detail::decode(operation, PointerWidth::Bits64, &blocks.detail, None)?, detail);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    #[must_use]
    pub fn new(path: PmlStr<'a>, request: RegistryRequest<'a>) -> Self {
        Self { path, request }
    }
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
    LoadKey {
        /// File of the hive.
        hive_path: PmlStr<'a>,
    },
    /// RegUnloadKey.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    UnloadKey,
    /// RegRenameKey.
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
    RestoreKey {
        /// Flags.
        flags: RestoreFlags,
        /// The file that the key is read from.
        file_name: PmlStr<'a>,
    },
    /// RegSaveKey.
    SaveKey {
        /// Format of the file.
        format: SaveFormat,
        /// The file that the key is written to.
        file_name: PmlStr<'a>,
    },
    /// RegReplaceKey.
    ReplaceKey {
        /// The file that the old hive is kept in.
        old_file_name: PmlStr<'a>,
        /// The file of the new hive.
        new_file_name: PmlStr<'a>,
        /// What Procmon takes for the new file: it looks for it in the middle of the old one's name. It follows from
        /// the other two, so an encoder does not look at it.
        misread_new_file_name: PmlStr<'a>,
    },
    /// An operation that nobody has described.
    Unknown(Unknown<'a>),
}

/// RegOpenKey and RegCreateKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OpenKey {
    /// Access asked for.
    pub desired_access: RegistryAccess,
    /// What came of it, if the key was opened.
    pub result: Option<CreateKeyResult>,
}

/// An opened key. A field is `None` only in a damaged event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateKeyResult {
    /// Access given.
    pub granted_access: Option<RegistryAccess>,
    /// Whether the key was there; 0 from RegOpenKey.
    pub disposition: Option<RegistryDisposition>,
}

/// RegQueryKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    Basic {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// KEY_NODE_INFORMATION.
    Node {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Offset of the class in Windows' structure; all ones if there is none.
        class_offset: u32,
        /// Size of the class in bytes; the class itself is not in the log.
        class_size: u32,
        /// Name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// KEY_FULL_INFORMATION.
    Full {
        /// Last write, UTC.
        last_write: FileTime,
        /// Title index.
        title_index: u32,
        /// Offset of the class in Windows' structure; all ones if there is none.
        class_offset: u32,
        /// Size of the class in bytes; the class itself is not in the log.
        class_size: u32,
        /// Number of subkeys.
        sub_keys: u32,
        /// Size of the longest name of a subkey in bytes.
        max_name_size: u32,
        /// Size of the longest class of a subkey in bytes.
        max_class_size: u32,
        /// Number of values.
        values: u32,
        /// Size of the longest name of a value in bytes; `None` only in a damaged event, as is what follows.
        max_value_name_size: Option<u32>,
        /// Size of the largest data of a value in bytes.
        max_value_data_size: Option<u32>,
    },
    /// KEY_NAME_INFORMATION: the native path of the key, `\REGISTRY\MACHINE\...`.
    Name(PmlStr<'a>),
    /// KEY_CACHED_INFORMATION.
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
        /// Size of the longest name of a value in bytes; `None` only in a damaged event, as is what follows.
        max_value_name_size: Option<u32>,
        /// Size of the largest data of a value in bytes.
        max_value_data_size: Option<u32>,
        /// Size of the key's name in bytes.
        name_size: Option<u32>,
    },
    /// KEY_FLAGS_INFORMATION.
    Flags {
        /// Flags of the user.
        user_flags: u32,
        /// Flags of the key; `None` only in a damaged event, as is what follows.
        key_flags: Option<u32>,
        /// Flags of virtualization.
        control_flags: Option<u32>,
    },
    /// KEY_HANDLE_TAGS_INFORMATION: the tags.
    HandleTags(u32),
    /// A structure of which the log has too few bytes.
    Truncated(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// Another structure.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// RegQueryValue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    Basic {
        /// Title index.
        title_index: u32,
        /// Type of the value.
        value_type: RegistryType,
        /// Size of the name in bytes; `None` only in a damaged event.
        name_size: Option<u32>,
    },
    /// KEY_VALUE_FULL_INFORMATION.
    Full {
        /// Title index.
        title_index: u32,
        /// Offset of the data in the structure: Windows aligns it to 8 bytes, see [`ValueInformation::full`].
        data_offset: u32,
        /// Name of the value.
        name: PmlStr<'a>,
        /// Type and data.
        data: ValueData<'a>,
    },
    /// KEY_VALUE_PARTIAL_INFORMATION.
    Partial {
        /// Title index.
        title_index: u32,
        /// Type and data.
        data: ValueData<'a>,
    },
    /// A structure of which the log has too few bytes.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetValue<'a> {
    /// Type and data.
    pub data: ValueData<'a>,
}

/// RegSetInfoKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

impl<'a> ValueInformation<'a> {
    /// KEY_VALUE_FULL_INFORMATION with its data where Windows puts it.
    #[must_use]
    pub fn full(name: PmlStr<'a>, data: ValueData<'a>) -> Self {
        const HEAD: u32 = 20;
        let end = HEAD.saturating_add(name.declared_len().saturating_mul(2));
        let data_offset = end.checked_next_multiple_of(8).unwrap_or(u32::MAX);
        Self::Full { title_index: 0, data_offset, name, data }
    }
}
