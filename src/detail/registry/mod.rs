//! Details of the registry class.
//!
//! A detail block consists of a header of fixed size, which begins with the string-info word of the key, the path of
//! the key, and data of variable size. The extra block holds the result of the operation: a structure of Windows, whose
//! data the driver truncates to 2,048 bytes of a string or 16 bytes of binary data.

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

/// The detail of an event of the registry class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RegistryDetail<'a> {
    /// The path of the key, followed by the name of the value for operations on a value.
    ///
    /// Procmon abbreviates the root during the capture: `HKLM\...`.
    pub path: PmlStr<'a>,
    /// The parameters and the result of the operation.
    pub request: RegistryRequest<'a>,
}

impl<'a> RegistryDetail<'a> {
    /// The initial value that a decoder fills in.
    pub(crate) const EMPTY: Self = Self { path: PmlStr::EMPTY, request: RegistryRequest::CloseKey };

    /// Returns the detail of a request on the key or value at `path`.
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

/// The parameters and the result of a registry operation.
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
        /// The path of the hive file.
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
    /// RegQueryMultipleValueKey. The log does not contain the names of the queried values.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    QueryMultipleValueKey,
    /// RegSetKeySecurity.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    SetKeySecurity,
    /// RegQueryKeySecurity.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::nothing"))]
    QueryKeySecurity,
    /// The undecoded blocks of RegOpenKey2, whose layout is unknown.
    OpenKey2(Unknown<'a>),
    /// RegRestoreKey.
    RestoreKey {
        /// The flags of the call.
        flags: RestoreFlags,
        /// The path of the file that the key is restored from.
        file_name: PmlStr<'a>,
    },
    /// RegSaveKey.
    SaveKey {
        /// The format of the file.
        format: SaveFormat,
        /// The path of the file that the key is saved to.
        file_name: PmlStr<'a>,
    },
    /// RegReplaceKey.
    ReplaceKey {
        /// The path of the file that the old hive is kept in.
        old_file_name: PmlStr<'a>,
        /// The path of the file with the new hive.
        new_file_name: PmlStr<'a>,
        /// The name of the new file that Procmon shows. It is wrong unless the old name is empty, because Procmon reads
        /// it at the wrong offset. Encoding ignores this field.
        misread_new_file_name: PmlStr<'a>,
    },
    /// The undecoded blocks of an operation with an unknown layout.
    Unknown(Unknown<'a>),
}

/// The parameters and the result of RegOpenKey and RegCreateKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct OpenKey {
    /// The requested access.
    pub desired_access: RegistryAccess,
    /// The result; `None` if the event has no extra block, as after every failure.
    pub result: Option<CreateKeyResult>,
}

/// The result of opening or creating a key. A field is `None` only in a damaged event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CreateKeyResult {
    /// The granted access.
    pub granted_access: Option<RegistryAccess>,
    /// The disposition: a new key was created, or an existing one was opened; 0 for RegOpenKey.
    pub disposition: Option<RegistryDisposition>,
}

/// The parameters and the result of RegQueryKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryKey<'a> {
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The requested information class.
    pub information_class: KeyInformationClass,
    /// The returned information; `None` if the event has no extra block, as after every failure.
    pub result: Option<KeyInformation<'a>>,
}

/// The parameters and the result of RegEnumKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EnumKey<'a> {
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The index of the subkey.
    pub index: u32,
    /// The requested information class.
    pub information_class: KeyInformationClass,
    /// The returned information; `None` if the event has no extra block, as after every failure. A subkey that does not
    /// exist is a failure.
    pub result: Option<KeyInformation<'a>>,
}

/// The information about a key, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeyInformation<'a> {
    /// `KEY_BASIC_INFORMATION`: the time of the last write and the name.
    Basic {
        /// The time of the last write, UTC.
        last_write: FileTime,
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// `KEY_NODE_INFORMATION`: the time of the last write, the class and the name.
    Node {
        /// The time of the last write, UTC.
        last_write: FileTime,
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The offset of the class name in Windows' structure, in bytes; [`u32::MAX`] if the key has no class.
        class_offset: u32,
        /// The size of the class name, in bytes. The class name itself is not in the log.
        class_size: u32,
        /// The name of the key, without its path.
        name: PmlStr<'a>,
    },
    /// `KEY_FULL_INFORMATION`: the numbers and maximum sizes of subkeys and values.
    Full {
        /// The time of the last write, UTC.
        last_write: FileTime,
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The offset of the class name in Windows' structure, in bytes; [`u32::MAX`] if the key has no class.
        class_offset: u32,
        /// The size of the class name, in bytes. The class name itself is not in the log.
        class_size: u32,
        /// The number of subkeys.
        sub_keys: u32,
        /// The size of the longest subkey name, in bytes.
        max_name_size: u32,
        /// The size of the longest class name of a subkey, in bytes.
        max_class_size: u32,
        /// The number of values.
        values: u32,
        /// The size of the longest value name, in bytes; `None` only in a damaged event.
        max_value_name_size: Option<u32>,
        /// The size of the largest value data, in bytes; `None` only in a damaged event.
        max_value_data_size: Option<u32>,
    },
    /// `KEY_NAME_INFORMATION`: the native path of the key, `\REGISTRY\MACHINE\...`.
    Name(PmlStr<'a>),
    /// `KEY_CACHED_INFORMATION`: a subset of `Full` that Windows caches.
    Cached {
        /// The time of the last write, UTC.
        last_write: FileTime,
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The number of subkeys.
        sub_keys: u32,
        /// The size of the longest subkey name, in bytes.
        max_name_size: u32,
        /// The number of values.
        values: u32,
        /// The size of the longest value name, in bytes; `None` only in a damaged event.
        max_value_name_size: Option<u32>,
        /// The size of the largest value data, in bytes; `None` only in a damaged event.
        max_value_data_size: Option<u32>,
        /// The size of the name of the key, in bytes; `None` only in a damaged event.
        name_size: Option<u32>,
    },
    /// `KEY_FLAGS_INFORMATION`: the flags of the key.
    Flags {
        /// The user flags.
        user_flags: u32,
        /// The key flags; `None` only in a damaged event.
        key_flags: Option<u32>,
        /// The control flags of registry virtualization; `None` only in a damaged event.
        control_flags: Option<u32>,
    },
    /// `KEY_HANDLE_TAGS_INFORMATION`: the tags of the handle.
    HandleTags(u32),
    /// The bytes of a structure that is cut short.
    Truncated(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// The parameters and the result of RegQueryValue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct QueryValue<'a> {
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The requested information class.
    pub information_class: ValueInformationClass,
    /// The returned information; `None` if the event has no extra block, as after every failure.
    pub result: Option<ValueInformation<'a>>,
}

/// The parameters and the result of RegEnumValue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct EnumValue<'a> {
    /// The size of the caller's buffer, in bytes.
    pub length: u32,
    /// The index of the value.
    pub index: u32,
    /// The requested information class.
    pub information_class: ValueInformationClass,
    /// The returned information; `None` if the event has no extra block, as after every failure.
    ///
    /// The driver also omits it if the information class is Full and the value has no data.
    pub result: Option<ValueInformation<'a>>,
}

/// The information about a value, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ValueInformation<'a> {
    /// `KEY_VALUE_BASIC_INFORMATION`: the type of the value. The name itself is not in the log.
    Basic {
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The type of the value.
        value_type: RegistryType,
        /// The size of the name, in bytes; `None` only in a damaged event.
        name_size: Option<u32>,
    },
    /// `KEY_VALUE_FULL_INFORMATION`: the name, type and data of the value.
    Full {
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The offset of the data in the structure, in bytes. Windows aligns it to 8; see [`ValueInformation::full`].
        data_offset: u32,
        /// The name of the value.
        name: PmlStr<'a>,
        /// The type and data of the value.
        data: ValueData<'a>,
    },
    /// `KEY_VALUE_PARTIAL_INFORMATION`: the type and data of the value.
    Partial {
        /// The title index, which Windows does not use.
        title_index: u32,
        /// The type and data of the value.
        data: ValueData<'a>,
    },
    /// The bytes of a structure that is cut short.
    Truncated {
        /// The type of the value; `None` if the structure ends before it.
        value_type: Option<RegistryType>,
        /// The bytes of the structure.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))]
        bytes: &'a [u8],
    },
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

/// The parameters of RegSetValue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetValue<'a> {
    /// The type and data of the value.
    pub data: ValueData<'a>,
}

/// The parameters of RegSetInfoKey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SetInfoKey<'a> {
    /// The information class that is set.
    pub information_class: KeySetInformationClass,
    /// The size of the data that the caller passed, in bytes.
    pub length: u32,
    /// The size of the data that the driver captured, in bytes; 0 in all real logs.
    pub captured_length: u16,
    /// The captured data; `None` if `captured_length` is 0.
    pub information: Option<KeySetInformation<'a>>,
}

/// The information that RegSetInfoKey sets, by information class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeySetInformation<'a> {
    /// The time of the last write, UTC.
    WriteTime(FileTime),
    /// The WOW64 flags.
    Wow64Flags(u32),
    /// The tags of the handle.
    HandleTags(u32),
    /// The bytes of a structure that is cut short.
    Truncated(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
    /// The bytes of a structure of any other class.
    Unknown(#[cfg_attr(feature = "serde", serde(serialize_with = "crate::wire::hex"))] &'a [u8]),
}

impl<'a> ValueInformation<'a> {
    /// Returns a `KEY_VALUE_FULL_INFORMATION` whose data is at the same offset as in Windows: after the name, aligned
    /// to 8 bytes.
    #[must_use]
    pub fn full(name: PmlStr<'a>, data: ValueData<'a>) -> Self {
        const HEAD: u32 = 20;
        let end = HEAD.saturating_add(name.declared_len().saturating_mul(2));
        let data_offset = end.checked_next_multiple_of(8).unwrap_or(u32::MAX);
        Self::Full { title_index: 0, data_offset, name, data }
    }
}
