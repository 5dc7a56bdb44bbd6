//! The codes and flags of the registry class.

use crate::wire::macros::{codes, flags};

flags! {
    /// The access rights of a registry key (`ACCESS_MASK`), in the order in which Procmon tests for them.
    ///
    /// ```
    /// use procmon_parser::code::RegistryAccess;
    ///
    /// let access = RegistryAccess::READ | RegistryAccess::SET_VALUE;
    /// assert_eq!(access.to_string(), "Read, Set Value");
    /// assert_eq!("Read, Set Value".parse::<RegistryAccess>()?, access);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct RegistryAccess(u32) {
        /// `KEY_ALL_ACCESS`.
        ALL_ACCESS = 0x000F_003F => "All Access",
        /// `KEY_READ | KEY_WRITE`.
        READ_WRITE = 0x0002_001F => "Read/Write",
        /// `KEY_READ`.
        READ = 0x0002_0019 => "Read",
        /// `KEY_WRITE`.
        WRITE = 0x0002_0006 => "Write",
        /// `KEY_QUERY_VALUE`.
        QUERY_VALUE = 0x0000_0001 => "Query Value",
        /// `KEY_SET_VALUE`.
        SET_VALUE = 0x0000_0002 => "Set Value",
        /// `KEY_CREATE_SUB_KEY`.
        CREATE_SUB_KEY = 0x0000_0004 => "Create Sub Key",
        /// `KEY_ENUMERATE_SUB_KEYS`.
        ENUMERATE_SUB_KEYS = 0x0000_0008 => "Enumerate Sub Keys",
        /// `KEY_NOTIFY`.
        NOTIFY = 0x0000_0010 => "Notify",
        /// `KEY_CREATE_LINK`.
        CREATE_LINK = 0x0000_0020 => "Create Link",
        /// `KEY_WOW64_RES`.
        WOW64_RES = 0x0000_0300 => "WOW64_Res",
        /// `KEY_WOW64_64KEY`.
        WOW64_64KEY = 0x0000_0100 => "WOW64_64Key",
        /// `KEY_WOW64_32KEY`.
        WOW64_32KEY = 0x0000_0200 => "WOW64_32Key",
        /// `DELETE`.
        DELETE = 0x0001_0000 => "Delete",
        /// `READ_CONTROL`.
        READ_CONTROL = 0x0002_0000 => "Read Control",
        /// `WRITE_DAC`.
        WRITE_DAC = 0x0004_0000 => "Write DAC",
        /// `WRITE_OWNER`.
        WRITE_OWNER = 0x0008_0000 => "Write Owner",
        /// `SYNCHRONIZE`.
        SYNCHRONIZE = 0x0010_0000 => "Synchronize",
        /// `ACCESS_SYSTEM_SECURITY`.
        ACCESS_SYSTEM_SECURITY = 0x0100_0000 => "Access System Security",
        /// `MAXIMUM_ALLOWED`.
        MAXIMUM_ALLOWED = 0x0200_0000 => "Maximum Allowed",
    }
}

impl RegistryAccess {
    /// Replaces the four generic rights with the specific rights that they map to for registry keys.
    #[must_use]
    pub const fn mapped(self) -> Self {
        let rights = super::mapped_access(self.bits(), [0x0002_0019, 0x0002_0006, 0x0002_0019, 0x000F_003F]);
        Self::from_bits_retain(rights)
    }
}

codes! {
    /// The result of RegCreateKey: a new key or an existing one.
    pub struct RegistryDisposition(u32) {
        /// The key was created.
        CREATED_NEW_KEY = 1 => "REG_CREATED_NEW_KEY",
        /// The key existed and was opened.
        OPENED_EXISTING_KEY = 2 => "REG_OPENED_EXISTING_KEY",
    }
}

codes! {
    /// The type of a registry value.
    pub struct RegistryType(u32) {
        /// No type.
        NONE = 0 => "REG_NONE",
        /// A string.
        SZ = 1 => "REG_SZ",
        /// A string with references to environment variables.
        EXPAND_SZ = 2 => "REG_EXPAND_SZ",
        /// Bytes.
        BINARY = 3 => "REG_BINARY",
        /// A little-endian 32-bit number.
        DWORD = 4 => "REG_DWORD",
        /// A big-endian 32-bit number.
        DWORD_BIG_ENDIAN = 5 => "REG_DWORD_BIG_ENDIAN",
        /// A symbolic link.
        LINK = 6 => "REG_LINK",
        /// A list of strings.
        MULTI_SZ = 7 => "REG_MULTI_SZ",
        /// The resources of a driver.
        RESOURCE_LIST = 8 => "REG_RESOURCE_LIST",
        /// The resources of a device.
        FULL_RESOURCE_DESCRIPTOR = 9 => "REG_FULL_RESOURCE_DESCRIPTOR",
        /// The resources that a device can use.
        RESOURCE_REQUIREMENTS_LIST = 10 => "REG_RESOURCE_REQUIREMENTS_LIST",
        /// A little-endian 64-bit number.
        QWORD = 11 => "REG_QWORD",
    }
}

codes! {
    /// The information that RegQueryKey or RegEnumKey requests (`KEY_INFORMATION_CLASS`).
    pub struct KeyInformationClass(u32) {
        /// The time of the last write and the name.
        BASIC = 0 => "Basic",
        /// The time of the last write, the class and the name.
        NODE = 1 => "Node",
        /// The numbers and maximum sizes of subkeys and values.
        FULL = 2 => "Full",
        /// The native path.
        NAME = 3 => "Name",
        /// A subset of Full that Windows caches.
        CACHED = 4 => "Cached",
        /// The flags of the key.
        FLAGS = 5 => "Flags",
        /// The tags of the handle.
        HANDLE_TAGS = 7 => "HandleTags",
    }
}

/// The information classes for which Procmon has no name.
impl KeyInformationClass {
    /// The state of registry virtualization (`KeyVirtualizationInformation`).
    pub const VIRTUALIZATION: Self = Self(6);
    /// The trust of the key (`KeyTrustInformation`).
    pub const TRUST: Self = Self(8);
    /// The layer of the key (`KeyLayerInformation`).
    pub const LAYER: Self = Self(9);
}

codes! {
    /// The information that RegQueryValue or RegEnumValue requests (`KEY_VALUE_INFORMATION_CLASS`).
    ///
    /// Procmon does not print this class; the names are those of Windows.
    pub struct ValueInformationClass(u32) {
        /// The name and type.
        BASIC = 0 => "Basic",
        /// The name, type and data.
        FULL = 1 => "Full",
        /// The type and data.
        PARTIAL = 2 => "Partial",
        /// Like Full, with the data aligned to 64 bits.
        FULL_ALIGN64 = 3 => "FullAlign64",
        /// Like Partial, with the data aligned to 64 bits.
        PARTIAL_ALIGN64 = 4 => "PartialAlign64",
        /// The layer of the value.
        LAYER = 5 => "Layer",
    }
}

codes! {
    /// The information that RegSetInfoKey sets (`KEY_SET_INFORMATION_CLASS`).
    pub struct KeySetInformationClass(u32) {
        /// The time of the last write.
        WRITE_TIME = 0 => "KeyWriteTimeInformation",
        /// The WOW64 flags.
        WOW64_FLAGS = 1 => "KeyWow64FlagsInformation",
        /// The tags of the handle.
        HANDLE_TAGS = 5 => "KeySetHandleTagsInformation",
    }
}

codes! {
    /// The format of the file that RegSaveKey writes.
    pub struct SaveFormat(u32) {
        /// The format of Windows 2000.
        STANDARD = 1 => "REG_STANDARD_FORMAT",
        /// The format of Windows XP and later.
        LATEST = 2 => "REG_LATEST_FORMAT",
        /// The hive as it is, without compression.
        NO_COMPRESSION = 4 => "REG_NO_COMPRESSION",
    }
}

flags! {
    /// The flags of RegRestoreKey.
    pub struct RestoreFlags(u32) {
        /// Creates a hive that exists only in memory.
        WHOLE_HIVE_VOLATILE = 0x1 => "REG_WHOLE_HIVE_VOLATILE",
        /// Resets the hive to its state after the last flush.
        REFRESH_HIVE = 0x2 => "REG_REFRESH_HIVE",
        /// `REG_NO_LAZY_FLUSH`. Procmon prints the number.
        NO_LAZY_FLUSH = 0x4 => "0x4",
        /// Restores the key even if there are open handles to it or its subkeys.
        FORCE_RESTORE = 0x8 => "REG_FORCE_RESTORE",
    }
}
