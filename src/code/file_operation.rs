//! The operations of the file-system class, with their names in Procmon's normal and advanced modes.

use super::Category;
use super::file::{
    FileInformationClass, FileInformationClass as Class, FsInformationClass, FsInformationClass as FsClass,
};
use crate::wire::macros::codes;

codes! {
    /// An operation of the file-system class. The code is the major function of the IRP plus 20, modulo 256.
    ///
    /// The name is that of Procmon's normal mode. An operation with information classes or minor functions has a name
    /// for most of them; see [`plain_name`](Self::plain_name).
    pub struct FileOperation(u16) {
        /// Dismounts a volume.
        VOLUME_DISMOUNT = 0 => "VolumeDismount",
        /// Mounts a volume.
        VOLUME_MOUNT = 1 => "VolumeMount",
        /// Completes a write through a memory descriptor list.
        MDL_WRITE_COMPLETE = 2 => "FASTIO_MDL_WRITE_COMPLETE",
        /// Prepares a write through a memory descriptor list.
        PREPARE_MDL_WRITE = 3 => "WriteFile",
        /// Completes a read through a memory descriptor list.
        MDL_READ_COMPLETE = 4 => "FASTIO_MDL_READ_COMPLETE",
        /// Reads through a memory descriptor list.
        MDL_READ = 5 => "ReadFile",
        /// Queries information about a file by its name, without opening it.
        QUERY_OPEN = 6 => "QueryOpen",
        /// Checks whether fast I/O is possible.
        CHECK_IF_POSSIBLE = 7 => "FASTIO_CHECK_IF_POSSIBLE",
        /// A major function (0xF4) that Procmon shows by number.
        IRP_MJ_12 = 8 => "IRP_MJ_12",
        /// A major function (0xF5) that Procmon shows by number.
        IRP_MJ_11 = 9 => "IRP_MJ_11",
        /// A major function (0xF6) that Procmon shows by number.
        IRP_MJ_10 = 10 => "IRP_MJ_10",
        /// A major function (0xF7) that Procmon shows by number.
        IRP_MJ_9 = 11 => "IRP_MJ_9",
        /// A major function (0xF8) that Procmon shows by number.
        IRP_MJ_8 = 12 => "IRP_MJ_8",
        /// Reports the creation of a stream file object.
        NOTIFY_STREAM_FO_CREATION = 13 => "FASTIO_NOTIFY_STREAM_FO_CREATION",
        /// Releases a file after the cache manager has flushed it.
        RELEASE_FOR_CC_FLUSH = 14 => "FASTIO_RELEASE_FOR_CC_FLUSH",
        /// Acquires a file before the cache manager flushes it.
        ACQUIRE_FOR_CC_FLUSH = 15 => "FASTIO_ACQUIRE_FOR_CC_FLUSH",
        /// Releases a file after the modified page writer has written to it.
        RELEASE_FOR_MOD_WRITE = 16 => "FASTIO_RELEASE_FOR_MOD_WRITE",
        /// Acquires a file before the modified page writer writes to it.
        ACQUIRE_FOR_MOD_WRITE = 17 => "FASTIO_ACQUIRE_FOR_MOD_WRITE",
        /// Releases a file after a section was created.
        RELEASE_FOR_SECTION_SYNCHRONIZATION = 18 => "FASTIO_RELEASE_FOR_SECTION_SYNCHRONIZATION",
        /// Acquires a file before a section is created.
        CREATE_FILE_MAPPING = 19 => "CreateFileMapping",
        /// Opens or creates a file or directory (`IRP_MJ_CREATE`).
        CREATE = 20 => "CreateFile",
        /// Creates a named pipe.
        CREATE_NAMED_PIPE = 21 => "CreatePipe",
        /// Releases the last reference to a file object.
        CLOSE = 22 => "IRP_MJ_CLOSE",
        /// Reads data.
        READ = 23 => "ReadFile",
        /// Writes data.
        WRITE = 24 => "WriteFile",
        /// Queries information about a file.
        QUERY_INFORMATION = 25 => "QueryInformationFile",
        /// Sets information about a file.
        SET_INFORMATION = 26 => "SetInformationFile",
        /// Reads extended attributes.
        QUERY_EA = 27 => "QueryEAFile",
        /// Sets extended attributes.
        SET_EA = 28 => "SetEAFile",
        /// Writes cached data to disk.
        FLUSH_BUFFERS = 29 => "FlushBuffersFile",
        /// Queries information about a volume.
        QUERY_VOLUME_INFORMATION = 30 => "QueryVolumeInformation",
        /// Sets information about a volume.
        SET_VOLUME_INFORMATION = 31 => "SetVolumeInformation",
        /// Lists or watches a directory.
        DIRECTORY_CONTROL = 32 => "DirectoryControl",
        /// Sends a control code to a file system.
        FILE_SYSTEM_CONTROL = 33 => "FileSystemControl",
        /// Sends a control code to a device.
        DEVICE_CONTROL = 34 => "DeviceIoControl",
        /// Sends a control code from one driver to another.
        INTERNAL_DEVICE_CONTROL = 35 => "InternalDeviceIoControl",
        /// Announces that the system is shutting down.
        SHUTDOWN = 36 => "Shutdown",
        /// Locks or unlocks a range of a file.
        LOCK_CONTROL = 37 => "LockUnlockFile",
        /// Closes the last handle to a file object (`IRP_MJ_CLEANUP`).
        CLEANUP = 38 => "CloseFile",
        /// Creates a mailslot.
        CREATE_MAILSLOT = 39 => "CreateMailSlot",
        /// Reads a security descriptor.
        QUERY_SECURITY = 40 => "QuerySecurityFile",
        /// Sets a security descriptor.
        SET_SECURITY = 41 => "SetSecurityFile",
        /// A power management request (`IRP_MJ_POWER`).
        POWER = 42 => "Power",
        /// A Windows Management Instrumentation request (`IRP_MJ_SYSTEM_CONTROL`).
        SYSTEM_CONTROL = 43 => "SystemControl",
        /// A device change request (`IRP_MJ_DEVICE_CHANGE`).
        DEVICE_CHANGE = 44 => "DeviceChange",
        /// Reads disk quotas.
        QUERY_QUOTA = 45 => "QueryFileQuota",
        /// Sets disk quotas.
        SET_QUOTA = 46 => "SetFileQuota",
        /// A Plug and Play request (`IRP_MJ_PNP`).
        PNP = 47 => "PlugAndPlay",
    }
}

/// Declares functions that return a name for an information class or minor function.
macro_rules! minors {
    ($( $(#[$doc:meta])* fn $function:ident($minor:ty) { $($value:pat => $name:literal,)* } )*) => { $(
        $(#[$doc])*
        const fn $function(minor: $minor) -> Option<&'static str> {
            match minor {
                $($value => Some($name),)*
                _ => None,
            }
        }
    )* };
}

// Misspelled names, such as "QueryIoPiorityHint" or "QueryAttributeCacheInformation,", are Procmon's own.
minors! {
    /// Returns the name of QueryInformationFile for an information class.
    fn query_information(FileInformationClass) {
        Class::BASIC_INFORMATION => "QueryBasicInformationFile",
        Class::STANDARD_INFORMATION => "QueryStandardInformationFile",
        Class::INTERNAL_INFORMATION => "QueryFileInternalInformationFile",
        Class::EA_INFORMATION => "QueryEaInformationFile",
        Class::NAME_INFORMATION => "QueryNameInformationFile",
        Class::POSITION_INFORMATION => "QueryPositionInformationFile",
        Class::ALL_INFORMATION => "QueryAllInformationFile",
        Class::END_OF_FILE_INFORMATION => "QueryEndOfFile",
        Class::STREAM_INFORMATION => "QueryStreamInformationFile",
        Class::COMPRESSION_INFORMATION => "QueryCompressionInformationFile",
        Class::OBJECT_ID_INFORMATION => "QueryId",
        Class::MOVE_CLUSTER_INFORMATION => "QueryMoveClusterInformationFile",
        Class::NETWORK_OPEN_INFORMATION => "QueryNetworkOpenInformationFile",
        Class::ATTRIBUTE_TAG_INFORMATION => "QueryAttributeTagFile",
        Class::ID_BOTH_DIRECTORY_INFORMATION => "QueryIdBothDirectory",
        Class::VALID_DATA_LENGTH_INFORMATION => "QueryValidDataLength",
        Class::SHORT_NAME_INFORMATION => "QueryShortNameInformationFile",
        Class::IO_PRIORITY_HINT_INFORMATION => "QueryIoPiorityHint",
        Class::HARD_LINK_INFORMATION => "QueryLinks",
        Class::NORMALIZED_NAME_INFORMATION => "QueryNormalizedNameInformationFile",
        Class::NETWORK_PHYSICAL_NAME_INFORMATION => "QueryNetworkPhysicalNameInformationFile",
        Class::ID_GLOBAL_TX_DIRECTORY_INFORMATION => "QueryIdGlobalTxDirectoryInformation",
        Class::IS_REMOTE_DEVICE_INFORMATION => "QueryIsRemoteDeviceInformation",
        Class::UNUSED_INFORMATION => "QueryAttributeCacheInformation,",
        Class::NUMA_NODE_INFORMATION => "QueryNumaNodeInformation",
        Class::STANDARD_LINK_INFORMATION => "QueryStandardLinkInformation",
        Class::REMOTE_PROTOCOL_INFORMATION => "QueryRemoteProtocolInformation",
        Class::RENAME_INFORMATION_BYPASS_ACCESS_CHECK => "QueryRenameInformationBypassAccessCheck",
        Class::LINK_INFORMATION_BYPASS_ACCESS_CHECK => "QueryLinkInformationBypassAccessCheck",
        Class::VOLUME_NAME_INFORMATION => "QueryVolumeNameInformation",
        Class::ID_INFORMATION => "QueryIdInformation",
        Class::ID_EXTD_DIRECTORY_INFORMATION => "QueryIdExtdDirectoryInformation",
        Class::HARD_LINK_FULL_ID_INFORMATION => "QueryHardLinkFullIdInformation",
        Class::ID_EXTD_BOTH_DIRECTORY_INFORMATION => "QueryIdExtdBothDirectoryInformation",
        Class::DESIRED_STORAGE_CLASS_INFORMATION => "QueryDesiredStorageClassInformation",
        Class::STAT_INFORMATION => "QueryStatInformation",
        Class::MEMORY_PARTITION_INFORMATION => "QueryMemoryPartitionInformation",
        Class::STAT_LX_INFORMATION => "QuerySatLxInformation",
        Class::CASE_SENSITIVE_INFORMATION => "QueryCaseSensitiveInformation",
        Class::LINK_INFORMATION_EX => "QueryLinkInformationEx",
        Class::LINK_INFORMATION_EX_BYPASS_ACCESS_CHECK => "QueryLinkInfomraitonBypassAccessCheck",
        Class::STORAGE_RESERVE_ID_INFORMATION => "QueryStorageReservedIdInformation",
        Class::CASE_SENSITIVE_INFORMATION_FORCE_ACCESS_CHECK => "QueryCaseSensitiveInformationForceAccessCheck",
    }

    /// Returns the name of SetInformationFile for an information class.
    fn set_information(FileInformationClass) {
        Class::BASIC_INFORMATION => "SetBasicInformationFile",
        Class::RENAME_INFORMATION => "SetRenameInformationFile",
        Class::LINK_INFORMATION => "SetLinkInformationFile",
        Class::DISPOSITION_INFORMATION => "SetDispositionInformationFile",
        Class::POSITION_INFORMATION => "SetPositionInformationFile",
        Class::ALLOCATION_INFORMATION => "SetAllocationInformationFile",
        Class::END_OF_FILE_INFORMATION => "SetEndOfFileInformationFile",
        Class::STREAM_INFORMATION => "SetFileStreamInformation",
        Class::PIPE_INFORMATION => "SetPipeInformation",
        Class::VALID_DATA_LENGTH_INFORMATION => "SetValidDataLengthInformationFile",
        Class::SHORT_NAME_INFORMATION => "SetShortNameInformation",
        Class::REPLACE_COMPLETION_INFORMATION => "SetReplaceCompletionInformation",
        Class::DISPOSITION_INFORMATION_EX => "SetDispositionInformationEx",
        Class::RENAME_INFORMATION_EX => "SetRenameInformationEx",
        Class::RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK => "SetRenameInformationExBypassAccessCheck",
        Class::STORAGE_RESERVE_ID_INFORMATION => "SetStorageReservedIdInformation",
    }

    /// Returns the name of QueryVolumeInformation for an information class.
    fn query_volume_information(FsInformationClass) {
        FsClass::VOLUME_INFORMATION => "QueryInformationVolume",
        FsClass::LABEL_INFORMATION => "QueryLabelInformationVolume",
        FsClass::SIZE_INFORMATION => "QuerySizeInformationVolume",
        FsClass::DEVICE_INFORMATION => "QueryDeviceInformationVolume",
        FsClass::ATTRIBUTE_INFORMATION => "QueryAttributeInformationVolume",
        FsClass::CONTROL_INFORMATION => "QueryControlInformationVolume",
        FsClass::FULL_SIZE_INFORMATION => "QueryFullSizeInformationVolume",
        FsClass::OBJECT_ID_INFORMATION => "QueryObjectIdInformationVolume",
    }

    /// Returns the name of SetVolumeInformation for an information class. Only advanced output shows this name.
    fn set_volume_information(FsInformationClass) {
        // Procmon gives this name to class 1, and none to class 6, FileFsControlInformation.
        FsClass::VOLUME_INFORMATION => "SetControlInformationVolume",
        FsClass::LABEL_INFORMATION => "SetLabelInformationVolume",
        FsClass::OBJECT_ID_INFORMATION => "SetObjectIdInformationVolume",
    }

    /// Returns the name of a minor function of DirectoryControl.
    fn directory_control(u8) {
        FileOperation::QUERY_DIRECTORY => "QueryDirectory",
        FileOperation::NOTIFY_CHANGE_DIRECTORY => "NotifyChangeDirectory",
    }

    /// Returns the name of a minor function of LockUnlockFile.
    fn lock_control(u8) {
        FileOperation::LOCK => "LockFile",
        2 => "UnlockFileSingle",
        3 => "UnlockFileAll",
        4 => "UnlockFileByKey",
    }

    /// Returns the name of a minor function of LockUnlockFile in advanced output.
    fn lock_type(u8) {
        FileOperation::LOCK => "Lock",
        2 => "UnlockSingle",
        3 => "UnlockAll",
        4 => "UnlockAllByKey",
    }

    /// Returns the name of a minor function of LockUnlockFile by fast I/O, in advanced output.
    fn fast_io_lock(u8) {
        FileOperation::LOCK => "FASTIO_LOCK",
        2 => "FASTIO_UNLOCK_SINGLE",
        3 => "FASTIO_UNLOCK_ALL",
        4 => "FASTIO_UNLOCK_ALL_BY_KEY",
    }

    /// Returns the name of a minor function of PlugAndPlay.
    fn plug_and_play(u8) {
        0 => "StartDevice",
        1 => "QueryRemoveDevice",
        2 => "RemoveDevice",
        3 => "CancelRemoveDevice",
        4 => "StopDevice",
        5 => "QueryStopDevice",
        6 => "CancelStopDevice",
        7 => "QueryDeviceRelations",
        8 => "QueryInterface",
        9 => "QueryCapabilities",
        10 => "QueryResources",
        11 => "QueryResourceRequirements",
        12 => "QueryDeviceText",
        13 => "FilterResourceRequirements",
        15 => "ReadConfig",
        16 => "WriteConfig",
        17 => "Eject",
        18 => "SetLock",
        19 => "QueryId",
        20 => "QueryPnpDeviceState",
        21 => "QueryBusInformation",
        22 => "DeviceUsageNotification",
        23 => "SurpriseRemoval",
        24 => "QueryLegacyBusInformation",
    }
}

/// The name of an operation with an unknown information class or minor function.
const UNKNOWN: &str = "<Unknown>";

const fn file_class(minor: u8) -> FileInformationClass {
    FileInformationClass(minor as u32)
}

const fn volume_class(minor: u8) -> FsInformationClass {
    FsInformationClass(minor as u32)
}

/// Returns true if advanced output shows a query of the class as `IRP_MJ_QUERY_INFORMATION`. It shows all others as
/// `IRP_MN_QUERY_INFORMATION`.
const fn has_major_name(class: FileInformationClass) -> bool {
    matches!(
        class,
        Class::BASIC_INFORMATION
            | Class::STANDARD_INFORMATION
            | Class::INTERNAL_INFORMATION
            | Class::EA_INFORMATION
            | Class::NAME_INFORMATION
            | Class::POSITION_INFORMATION
            | Class::ALL_INFORMATION
            | Class::STREAM_INFORMATION
            | Class::COMPRESSION_INFORMATION
            | Class::MOVE_CLUSTER_INFORMATION
            | Class::NETWORK_OPEN_INFORMATION
            | Class::ATTRIBUTE_TAG_INFORMATION
    )
}

/// The origin of a file-system operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An I/O request packet (IRP) or a callback of the file-system filter.
    Irp,
    /// A call to a fast I/O routine.
    FastIo,
}

/// The minor functions that have constants because other modules distinguish them.
impl FileOperation {
    /// The minor function of DirectoryControl that lists a directory (`IRP_MN_QUERY_DIRECTORY`).
    pub(crate) const QUERY_DIRECTORY: u8 = 1;
    /// The minor function of DirectoryControl that watches a directory (`IRP_MN_NOTIFY_CHANGE_DIRECTORY`).
    pub(crate) const NOTIFY_CHANGE_DIRECTORY: u8 = 2;
    /// The minor function of LockUnlockFile that locks a range of a file (`IRP_MN_LOCK`).
    pub(crate) const LOCK: u8 = 1;
}

impl FileOperation {
    /// Returns the name in Procmon's normal mode.
    ///
    /// `minor` is the information class or minor function. Most of them have their own names.
    ///
    /// ```
    /// use procmon_parser::code::FileOperation;
    ///
    /// assert_eq!(FileOperation::QUERY_INFORMATION.plain_name(5), "QueryStandardInformationFile");
    /// assert_eq!(FileOperation::QUERY_INFORMATION.plain_name(255), "<Unknown>");
    /// assert_eq!(FileOperation::READ.plain_name(0), "ReadFile");
    /// ```
    #[must_use]
    pub const fn plain_name(self, minor: u8) -> &'static str {
        let name = match self {
            Self::QUERY_INFORMATION => query_information(file_class(minor)),
            Self::SET_INFORMATION => set_information(file_class(minor)),
            Self::QUERY_VOLUME_INFORMATION => query_volume_information(volume_class(minor)),
            Self::DIRECTORY_CONTROL => directory_control(minor),
            Self::LOCK_CONTROL => lock_control(minor),
            Self::PNP => plug_and_play(minor),
            Self(0..48) => self.name(),
            Self(48) => Some(""), // Procmon has an empty name for this operation
            Self(49..) => Some("Unknown"),
        };
        match name {
            Some(name) => name,
            None => UNKNOWN,
        }
    }

    /// Returns the name in advanced output: the name of the fast I/O routine if `origin` is fast I/O and the operation
    /// has such a routine, otherwise the name of the IRP.
    #[must_use]
    pub const fn advanced_name(self, minor: u8, origin: Origin) -> &'static str {
        if self.has_unknown_minor(minor) {
            return UNKNOWN;
        }
        match (origin, self.fast_io_name(minor)) {
            (Origin::FastIo, Some(name)) => name,
            _ => self.irp_name(minor),
        }
    }

    /// Returns the name of the information class or minor function, or `None` if it has no name. Advanced output shows
    /// this name as the first item of the Detail column.
    #[must_use]
    pub const fn minor_name(self, minor: u8) -> Option<&'static str> {
        match self {
            Self::QUERY_INFORMATION => query_information(file_class(minor)),
            Self::SET_INFORMATION => set_information(file_class(minor)),
            Self::QUERY_VOLUME_INFORMATION => query_volume_information(volume_class(minor)),
            Self::SET_VOLUME_INFORMATION => set_volume_information(volume_class(minor)),
            Self::DIRECTORY_CONTROL => directory_control(minor),
            Self::LOCK_CONTROL => lock_type(minor),
            Self::PNP => plug_and_play(minor),
            _ => None,
        }
    }

    /// Returns true if the operation has information classes or minor functions.
    #[must_use]
    pub const fn has_minors(self) -> bool {
        matches!(
            self,
            Self::QUERY_INFORMATION
                | Self::SET_INFORMATION
                | Self::QUERY_VOLUME_INFORMATION
                | Self::SET_VOLUME_INFORMATION
                | Self::DIRECTORY_CONTROL
                | Self::LOCK_CONTROL
                | Self::PNP
        )
    }

    /// Returns true if advanced output shows the operation as `<Unknown>` because its information class or minor
    /// function has no name. SetVolumeInformation has the same name for every class.
    const fn has_unknown_minor(self, minor: u8) -> bool {
        self.has_minors() && !matches!(self, Self::SET_VOLUME_INFORMATION) && self.minor_name(minor).is_none()
    }

    /// Returns the name of the fast I/O routine, if there is one.
    const fn fast_io_name(self, minor: u8) -> Option<&'static str> {
        Some(match self {
            Self::READ => "FASTIO_READ",
            Self::WRITE => "FASTIO_WRITE",
            Self::QUERY_INFORMATION => "FASTIO_QUERY_INFORMATION",
            Self::SET_INFORMATION => "FASTIO_SET_INFORMATION",
            Self::QUERY_VOLUME_INFORMATION => "FASTIO_QUERY_VOLUME_INFORMATION",
            Self::DIRECTORY_CONTROL => "FASTIO_DIRECTORY_CONTROL",
            Self::LOCK_CONTROL => return fast_io_lock(minor),
            _ => return None,
        })
    }

    /// Returns the name of the IRP in advanced output, or the plain name if it has none.
    const fn irp_name(self, minor: u8) -> &'static str {
        match self.0 {
            0 => "IRP_MJ_VOLUME_DISMOUNT",
            1 => "IRP_MJ_VOLUME_MOUNT",
            3 => "FASTIO_PREPARE_MDL_WRITE",
            5 => "FASTIO_MDL_READ",
            6 => "FASTIO_NETWORK_QUERY_OPEN",
            19 => "FASTIO_ACQUIRE_FOR_SECTION_SYNCHRONIZATION",
            20 => "IRP_MJ_CREATE",
            21 => "IRP_MJ_CREATE_NAMED_PIPE",
            23 => "IRP_MJ_READ",
            24 => "IRP_MJ_WRITE",
            25 if has_major_name(file_class(minor)) => "IRP_MJ_QUERY_INFORMATION",
            25 => "IRP_MN_QUERY_INFORMATION",
            26 => "IRP_MJ_SET_INFORMATION",
            27 => "IRP_MJ_QUERY_EA",
            28 => "IRP_MJ_SET_EA",
            29 => "IRP_MJ_FLUSH_BUFFERS",
            30 => "IRP_MJ_QUERY_VOLUME_INFORMATION",
            31 => "IRP_MJ_SET_VOLUME_INFORMATION",
            32 => "IRP_MJ_DIRECTORY_CONTROL",
            33 => "IRP_MJ_FILE_SYSTEM_CONTROL",
            34 => "IRP_MJ_DEVICE_CONTROL",
            35 => "IRP_MJ_INTERNAL_DEVICE_CONTROL",
            36 => "IRP_MJ_SHUTDOWN",
            37 => "IRP_MJ_LOCK_CONTROL",
            38 => "IRP_MJ_CLEANUP",
            39 => "IRP_MJ_CREATE_MAILSLOT",
            40 => "IRP_MJ_QUERY_SECURITY",
            41 => "IRP_MJ_SET_SECURITY",
            42 => "IRP_MJ_POWER",
            43 => "IRP_MJ_SYSTEM_CONTROL",
            44 => "IRP_MJ_DEVICE_CHANGE",
            45 => "IRP_MJ_QUERY_QUOTA",
            46 => "IRP_MJ_SET_QUOTA",
            47 => "IRP_MJ_PNP ", // with a space, as in Procmon
            48 => "IRP_MJ_MAXIMUM_FUNCTION",
            _ => self.plain_name(minor),
        }
    }

    /// Returns the category of the operation, or `None` if the operation has none or its category depends on the
    /// parameters or the result.
    ///
    /// [`Event::category`](crate::Event::category) considers the parameters and the result too.
    #[must_use]
    pub const fn category(self, minor: u8) -> Option<Category> {
        Some(match self {
            Self::READ | Self::MDL_READ => Category::Read,
            Self::WRITE | Self::PREPARE_MDL_WRITE => Category::Write,
            Self::SET_INFORMATION if file_class(minor).renames() => Category::Write,
            Self::SET_INFORMATION if file_class(minor).is_disposition() => return None,
            Self::QUERY_INFORMATION
            | Self::QUERY_EA
            | Self::DIRECTORY_CONTROL
            | Self::QUERY_SECURITY
            | Self::QUERY_QUOTA => Category::ReadMetadata,
            Self::SET_INFORMATION
            | Self::SET_EA
            | Self::SET_VOLUME_INFORMATION
            | Self::SET_SECURITY
            | Self::SET_QUOTA => Category::WriteMetadata,
            _ => return None,
        })
    }

    /// Returns true if Procmon prints the raw parameters, because it has no text for them.
    pub(crate) const fn is_generic(self) -> bool {
        matches!(self.0, 0 | 8..=13 | 21 | 35 | 36 | 39 | 42..=44 | 48..)
    }
}
