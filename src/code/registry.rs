//! Codes and flags of the registry class.

use crate::wire::macros::{codes, flags};

flags! {
    /// Access to a registry key (`ACCESS_MASK`), in the order in which Procmon looks for its parts.
    ///
    /// ```
    /// use procmon_parser::code::RegistryAccess;
    ///
    /// let access = RegistryAccess::READ | RegistryAccess::SET_VALUE;
    /// assert_eq!(access.to_string(), "Read, Set Value");
    /// assert_eq!("Read, Set Value".parse::<RegistryAccess>().unwrap(), access);
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
    /// The rights that the four generic bits stand for, in place of them.
    #[must_use]
    pub const fn mapped(self) -> Self {
        let rights = super::mapped_access(self.bits(), [0x0002_0019, 0x0002_0006, 0x0002_0019, 0x000F_003F]);
        Self::from_bits_retain(rights)
    }
}

codes! {
    /// What a RegCreateKey did.
    pub struct RegistryDisposition(u32) {
        /// The key was created.
        CREATED_NEW_KEY = 1 => "REG_CREATED_NEW_KEY",
        /// The key was there.
        OPENED_EXISTING_KEY = 2 => "REG_OPENED_EXISTING_KEY",
    }
}

codes! {
    /// Type of a registry value.
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
        /// Strings.
        MULTI_SZ = 7 => "REG_MULTI_SZ",
        /// Resources of a driver.
        RESOURCE_LIST = 8 => "REG_RESOURCE_LIST",
        /// Resources of a device.
        FULL_RESOURCE_DESCRIPTOR = 9 => "REG_FULL_RESOURCE_DESCRIPTOR",
        /// Resources that a device may take.
        RESOURCE_REQUIREMENTS_LIST = 10 => "REG_RESOURCE_REQUIREMENTS_LIST",
        /// A little-endian 64-bit number.
        QWORD = 11 => "REG_QWORD",
    }
}

codes! {
    /// What a RegQueryKey or RegEnumKey asks for (`KEY_INFORMATION_CLASS`).
    pub struct KeyInformationClass(u32) {
        /// Last write and name.
        BASIC = 0 => "Basic",
        /// Last write, class and name.
        NODE = 1 => "Node",
        /// Numbers and greatest lengths of subkeys and values.
        FULL = 2 => "Full",
        /// The native path.
        NAME = 3 => "Name",
        /// As Full, from the cache.
        CACHED = 4 => "Cached",
        /// Flags of the key.
        FLAGS = 5 => "Flags",
        /// Tags of the handle.
        HANDLE_TAGS = 7 => "HandleTags",
    }
}

/// Classes that Windows has and Procmon has no name for.
impl KeyInformationClass {
    /// State of virtualization.
    pub const VIRTUALIZATION: Self = Self(6);
    /// Trust of the key.
    pub const TRUST: Self = Self(8);
    /// Layer of the key.
    pub const LAYER: Self = Self(9);
}

codes! {
    /// What a RegQueryValue or RegEnumValue asks for (`KEY_VALUE_INFORMATION_CLASS`). Procmon prints no name for it.
    pub struct ValueInformationClass(u32) {
        /// Name and type.
        BASIC = 0 => "Basic",
        /// Name, type and data.
        FULL = 1 => "Full",
        /// Type and data.
        PARTIAL = 2 => "Partial",
        /// As Full, data aligned to 64 bits.
        FULL_ALIGN64 = 3 => "FullAlign64",
        /// As Partial, data aligned to 64 bits.
        PARTIAL_ALIGN64 = 4 => "PartialAlign64",
        /// Layer of the value.
        LAYER = 5 => "Layer",
    }
}

codes! {
    /// What a RegSetInfoKey sets (`KEY_SET_INFORMATION_CLASS`).
    pub struct KeySetInformationClass(u32) {
        /// Time of the last write.
        WRITE_TIME = 0 => "KeyWriteTimeInformation",
        /// Flags of WOW64.
        WOW64_FLAGS = 1 => "KeyWow64FlagsInformation",
        /// Tags of the handle.
        HANDLE_TAGS = 5 => "KeySetHandleTagsInformation",
    }
}

codes! {
    /// Format of the file that RegSaveKey writes.
    pub struct SaveFormat(u32) {
        /// Of Windows 2000.
        STANDARD = 1 => "REG_STANDARD_FORMAT",
        /// Of Windows XP and later.
        LATEST = 2 => "REG_LATEST_FORMAT",
        /// Without packing.
        NO_COMPRESSION = 4 => "REG_NO_COMPRESSION",
    }
}

flags! {
    /// Flags of RegRestoreKey.
    pub struct RestoreFlags(u32) {
        /// The hive lives in memory only.
        WHOLE_HIVE_VOLATILE = 0x1 => "REG_WHOLE_HIVE_VOLATILE",
        /// The hive goes back to its last flush.
        REFRESH_HIVE = 0x2 => "REG_REFRESH_HIVE",
        /// Windows: `REG_NO_LAZY_FLUSH`; Procmon prints the number.
        NO_LAZY_FLUSH = 0x4 => "0x4",
        /// Restore in spite of open handles.
        FORCE_RESTORE = 0x8 => "REG_FORCE_RESTORE",
    }
}
