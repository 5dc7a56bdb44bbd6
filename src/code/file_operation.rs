//! Operations of the file-system class and their names: plain, advanced, and by information class or minor function.

use super::Category;
use super::file::{
    FileInformationClass, FileInformationClass as Class, FsInformationClass, FsInformationClass as FsClass,
};
use crate::wire::macros::codes;

codes! {
    /// Operations of the file-system class: the major function of the IRP plus 20, modulo 256.
    ///
    /// The name is that of Procmon's normal mode. Operations with information classes or minor functions have
    /// a name for each of them, see [`plain_name`](Self::plain_name).
    pub struct FileOperation(u16) {
        /// A volume is dismounted.
        VOLUME_DISMOUNT = 0 => "VolumeDismount",
        /// A volume is mounted.
        VOLUME_MOUNT = 1 => "VolumeMount",
        /// A write by memory descriptor list ends.
        MDL_WRITE_COMPLETE = 2 => "FASTIO_MDL_WRITE_COMPLETE",
        /// A write by memory descriptor list begins.
        PREPARE_MDL_WRITE = 3 => "WriteFile",
        /// A read by memory descriptor list ends.
        MDL_READ_COMPLETE = 4 => "FASTIO_MDL_READ_COMPLETE",
        /// A read by memory descriptor list.
        MDL_READ = 5 => "ReadFile",
        /// Facts of a file by its name, without opening it.
        QUERY_OPEN = 6 => "QueryOpen",
        /// Whether fast I/O is possible.
        CHECK_IF_POSSIBLE = 7 => "FASTIO_CHECK_IF_POSSIBLE",
        /// No operation of Windows.
        IRP_MJ_12 = 8 => "IRP_MJ_12",
        /// No operation of Windows.
        IRP_MJ_11 = 9 => "IRP_MJ_11",
        /// No operation of Windows.
        IRP_MJ_10 = 10 => "IRP_MJ_10",
        /// No operation of Windows.
        IRP_MJ_9 = 11 => "IRP_MJ_9",
        /// No operation of Windows.
        IRP_MJ_8 = 12 => "IRP_MJ_8",
        /// A stream file object was created.
        NOTIFY_STREAM_FO_CREATION = 13 => "FASTIO_NOTIFY_STREAM_FO_CREATION",
        /// The cache manager has flushed.
        RELEASE_FOR_CC_FLUSH = 14 => "FASTIO_RELEASE_FOR_CC_FLUSH",
        /// The cache manager is about to flush.
        ACQUIRE_FOR_CC_FLUSH = 15 => "FASTIO_ACQUIRE_FOR_CC_FLUSH",
        /// The memory manager has written.
        RELEASE_FOR_MOD_WRITE = 16 => "FASTIO_RELEASE_FOR_MOD_WRITE",
        /// The memory manager is about to write.
        ACQUIRE_FOR_MOD_WRITE = 17 => "FASTIO_ACQUIRE_FOR_MOD_WRITE",
        /// A section was created.
        RELEASE_FOR_SECTION_SYNCHRONIZATION = 18 => "FASTIO_RELEASE_FOR_SECTION_SYNCHRONIZATION",
        /// A section is about to be created.
        CREATE_FILE_MAPPING = 19 => "CreateFileMapping",
        /// A file or directory is opened or created (`IRP_MJ_CREATE`).
        CREATE = 20 => "CreateFile",
        /// A named pipe is created.
        CREATE_NAMED_PIPE = 21 => "CreatePipe",
        /// The last reference to a file object is gone.
        CLOSE = 22 => "IRP_MJ_CLOSE",
        /// Data is read.
        READ = 23 => "ReadFile",
        /// Data is written.
        WRITE = 24 => "WriteFile",
        /// Facts of a file are asked for.
        QUERY_INFORMATION = 25 => "QueryInformationFile",
        /// Facts of a file are set.
        SET_INFORMATION = 26 => "SetInformationFile",
        /// Extended attributes are read.
        QUERY_EA = 27 => "QueryEAFile",
        /// Extended attributes are set.
        SET_EA = 28 => "SetEAFile",
        /// Cached data is written to disk.
        FLUSH_BUFFERS = 29 => "FlushBuffersFile",
        /// Facts of a volume are asked for.
        QUERY_VOLUME_INFORMATION = 30 => "QueryVolumeInformation",
        /// Facts of a volume are set.
        SET_VOLUME_INFORMATION = 31 => "SetVolumeInformation",
        /// A directory is listed, or watched.
        DIRECTORY_CONTROL = 32 => "DirectoryControl",
        /// A control code for the file system.
        FILE_SYSTEM_CONTROL = 33 => "FileSystemControl",
        /// A control code for a device.
        DEVICE_CONTROL = 34 => "DeviceIoControl",
        /// A control code between drivers.
        INTERNAL_DEVICE_CONTROL = 35 => "InternalDeviceIoControl",
        /// The system shuts down.
        SHUTDOWN = 36 => "Shutdown",
        /// A part of a file is locked or unlocked.
        LOCK_CONTROL = 37 => "LockUnlockFile",
        /// The last handle of a file object is closed (`IRP_MJ_CLEANUP`).
        CLEANUP = 38 => "CloseFile",
        /// A mailslot is created.
        CREATE_MAILSLOT = 39 => "CreateMailSlot",
        /// Security is read.
        QUERY_SECURITY = 40 => "QuerySecurityFile",
        /// Security is set.
        SET_SECURITY = 41 => "SetSecurityFile",
        /// A matter of power.
        POWER = 42 => "Power",
        /// A matter of Windows Management Instrumentation.
        SYSTEM_CONTROL = 43 => "SystemControl",
        /// A matter of device changes.
        DEVICE_CHANGE = 44 => "DeviceChange",
        /// Quotas are read.
        QUERY_QUOTA = 45 => "QueryFileQuota",
        /// Quotas are set.
        SET_QUOTA = 46 => "SetFileQuota",
        /// A matter of Plug and Play.
        PNP = 47 => "PlugAndPlay",
    }
}

/// Declares names by information class or minor function.
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

minors! {
    /// Information classes of QueryInformationFile.
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

    /// Information classes of SetInformationFile.
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

    /// Information classes of QueryVolumeInformation.
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

    /// Information classes of SetVolumeInformation, which only advanced output names.
    fn set_volume_information(FsInformationClass) {
        FsClass::VOLUME_INFORMATION => "SetControlInformationVolume",
        FsClass::LABEL_INFORMATION => "SetLabelInformationVolume",
        FsClass::OBJECT_ID_INFORMATION => "SetObjectIdInformationVolume",
    }

    /// Minor functions of DirectoryControl.
    fn directory_control(u8) {
        FileOperation::QUERY_DIRECTORY => "QueryDirectory",
        FileOperation::NOTIFY_CHANGE_DIRECTORY => "NotifyChangeDirectory",
    }

    /// Minor functions of LockUnlockFile.
    fn lock_control(u8) {
        FileOperation::LOCK => "LockFile",
        2 => "UnlockFileSingle",
        3 => "UnlockFileAll",
        4 => "UnlockFileByKey",
    }

    /// Minor functions of LockUnlockFile, in the words of advanced output.
    fn lock_type(u8) {
        FileOperation::LOCK => "Lock",
        2 => "UnlockSingle",
        3 => "UnlockAll",
        4 => "UnlockAllByKey",
    }

    /// Minor functions of LockUnlockFile by fast I/O.
    fn fast_io_lock(u8) {
        FileOperation::LOCK => "FASTIO_LOCK",
        2 => "FASTIO_UNLOCK_SINGLE",
        3 => "FASTIO_UNLOCK_ALL",
        4 => "FASTIO_UNLOCK_ALL_BY_KEY",
    }

    /// Minor functions of PlugAndPlay.
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

const UNKNOWN: &str = "<Unknown>";

const fn file_class(minor: u8) -> FileInformationClass {
    FileInformationClass(minor as u32)
}

const fn volume_class(minor: u8) -> FsInformationClass {
    FsInformationClass(minor as u32)
}

/// Whether advanced output calls a query of the class `IRP_MJ_QUERY_INFORMATION`; it calls others `IRP_MN_...`.
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

/// Whether an operation came as an IRP or by fast I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An I/O request packet, or a callback of the file-system filter.
    Irp,
    /// Fast I/O.
    FastIo,
}

/// Minor functions that decoders and text distinguish.
impl FileOperation {
    /// Of DirectoryControl: the directory is listed (`IRP_MN_QUERY_DIRECTORY`).
    pub(crate) const QUERY_DIRECTORY: u8 = 1;
    /// Of DirectoryControl: the directory is watched (`IRP_MN_NOTIFY_CHANGE_DIRECTORY`).
    pub(crate) const NOTIFY_CHANGE_DIRECTORY: u8 = 2;
    /// Of LockUnlockFile: a part of the file is locked (`IRP_MN_LOCK`).
    pub(crate) const LOCK: u8 = 1;
}

impl FileOperation {
    /// The name in Procmon's normal mode, which most information classes and minor functions have of their own.
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
            Self(48) => Some(""),
            Self(49..) => Some("Unknown"),
        };
        match name {
            Some(name) => name,
            None => UNKNOWN,
        }
    }

    /// The name in advanced output: that of the IRP, or of the fast I/O routine where there is one.
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

    /// What advanced output prints of information class or minor function as first item of the detail.
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

    /// Whether information class or minor function make a difference to what the operation is.
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

    /// SetVolumeInformation has one name, whatever the class.
    const fn has_unknown_minor(self, minor: u8) -> bool {
        self.has_minors() && !matches!(self, Self::SET_VOLUME_INFORMATION) && self.minor_name(minor).is_none()
    }

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
            47 => "IRP_MJ_PNP ",
            48 => "IRP_MJ_MAXIMUM_FUNCTION",
            _ => self.plain_name(minor),
        }
    }

    /// What the operation does; `None` too where its parameters or its outcome decide, which
    /// [`Event::category`](crate::Event::category) knows.
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

    /// Whether Procmon prints the parameters as they were passed, for want of words.
    pub(crate) const fn is_generic(self) -> bool {
        matches!(self.0, 0 | 8..=13 | 21 | 35 | 36 | 39 | 42..=44 | 48..)
    }
}
