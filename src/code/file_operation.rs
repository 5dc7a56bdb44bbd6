//! Operations of the file-system class and their names: plain, advanced, and by information class or minor function.

use super::Category;
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
    ($( $(#[$doc:meta])* fn $function:ident { $($minor:literal => $name:literal,)* } )*) => { $(
        $(#[$doc])*
        const fn $function(minor: u8) -> Option<&'static str> {
            match minor {
                $($minor => Some($name),)*
                _ => None,
            }
        }
    )* };
}

minors! {
    /// Information classes of QueryInformationFile.
    fn query_information {
        4 => "QueryBasicInformationFile",
        5 => "QueryStandardInformationFile",
        6 => "QueryFileInternalInformationFile",
        7 => "QueryEaInformationFile",
        9 => "QueryNameInformationFile",
        14 => "QueryPositionInformationFile",
        18 => "QueryAllInformationFile",
        20 => "QueryEndOfFile",
        22 => "QueryStreamInformationFile",
        28 => "QueryCompressionInformationFile",
        29 => "QueryId",
        31 => "QueryMoveClusterInformationFile",
        34 => "QueryNetworkOpenInformationFile",
        35 => "QueryAttributeTagFile",
        37 => "QueryIdBothDirectory",
        39 => "QueryValidDataLength",
        40 => "QueryShortNameInformationFile",
        43 => "QueryIoPiorityHint",
        46 => "QueryLinks",
        48 => "QueryNormalizedNameInformationFile",
        49 => "QueryNetworkPhysicalNameInformationFile",
        50 => "QueryIdGlobalTxDirectoryInformation",
        51 => "QueryIsRemoteDeviceInformation",
        52 => "QueryAttributeCacheInformation,",
        53 => "QueryNumaNodeInformation",
        54 => "QueryStandardLinkInformation",
        55 => "QueryRemoteProtocolInformation",
        56 => "QueryRenameInformationBypassAccessCheck",
        57 => "QueryLinkInformationBypassAccessCheck",
        58 => "QueryVolumeNameInformation",
        59 => "QueryIdInformation",
        60 => "QueryIdExtdDirectoryInformation",
        62 => "QueryHardLinkFullIdInformation",
        63 => "QueryIdExtdBothDirectoryInformation",
        67 => "QueryDesiredStorageClassInformation",
        68 => "QueryStatInformation",
        69 => "QueryMemoryPartitionInformation",
        70 => "QuerySatLxInformation",
        71 => "QueryCaseSensitiveInformation",
        72 => "QueryLinkInformationEx",
        73 => "QueryLinkInfomraitonBypassAccessCheck",
        74 => "QueryStorageReservedIdInformation",
        75 => "QueryCaseSensitiveInformationForceAccessCheck",
    }

    /// Information classes of SetInformationFile.
    fn set_information {
        4 => "SetBasicInformationFile",
        10 => "SetRenameInformationFile",
        11 => "SetLinkInformationFile",
        13 => "SetDispositionInformationFile",
        14 => "SetPositionInformationFile",
        19 => "SetAllocationInformationFile",
        20 => "SetEndOfFileInformationFile",
        22 => "SetFileStreamInformation",
        23 => "SetPipeInformation",
        39 => "SetValidDataLengthInformationFile",
        40 => "SetShortNameInformation",
        61 => "SetReplaceCompletionInformation",
        64 => "SetDispositionInformationEx",
        65 => "SetRenameInformationEx",
        66 => "SetRenameInformationExBypassAccessCheck",
        74 => "SetStorageReservedIdInformation",
    }

    /// Information classes of QueryVolumeInformation.
    fn query_volume_information {
        1 => "QueryInformationVolume",
        2 => "QueryLabelInformationVolume",
        3 => "QuerySizeInformationVolume",
        4 => "QueryDeviceInformationVolume",
        5 => "QueryAttributeInformationVolume",
        6 => "QueryControlInformationVolume",
        7 => "QueryFullSizeInformationVolume",
        8 => "QueryObjectIdInformationVolume",
    }

    /// Information classes of SetVolumeInformation, which only advanced output names.
    fn set_volume_information {
        1 => "SetControlInformationVolume",
        2 => "SetLabelInformationVolume",
        8 => "SetObjectIdInformationVolume",
    }

    /// Minor functions of DirectoryControl.
    fn directory_control {
        1 => "QueryDirectory",
        2 => "NotifyChangeDirectory",
    }

    /// Minor functions of LockUnlockFile.
    fn lock_control {
        1 => "LockFile",
        2 => "UnlockFileSingle",
        3 => "UnlockFileAll",
        4 => "UnlockFileByKey",
    }

    /// Minor functions of LockUnlockFile, in the words of advanced output.
    fn lock_type {
        1 => "Lock",
        2 => "UnlockSingle",
        3 => "UnlockAll",
        4 => "UnlockAllByKey",
    }

    /// Minor functions of LockUnlockFile by fast I/O.
    fn fast_io_lock {
        1 => "FASTIO_LOCK",
        2 => "FASTIO_UNLOCK_SINGLE",
        3 => "FASTIO_UNLOCK_ALL",
        4 => "FASTIO_UNLOCK_ALL_BY_KEY",
    }

    /// Minor functions of PlugAndPlay.
    fn plug_and_play {
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

/// Whether an operation came as an IRP or by fast I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// An I/O request packet, or a callback of the file-system filter.
    Irp,
    /// Fast I/O.
    FastIo,
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
            Self::QUERY_INFORMATION => query_information(minor),
            Self::SET_INFORMATION => set_information(minor),
            Self::QUERY_VOLUME_INFORMATION => query_volume_information(minor),
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
            Self::QUERY_INFORMATION => query_information(minor),
            Self::SET_INFORMATION => set_information(minor),
            Self::QUERY_VOLUME_INFORMATION => query_volume_information(minor),
            Self::SET_VOLUME_INFORMATION => set_volume_information(minor),
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
            25 if matches!(minor, 4 | 5 | 6 | 7 | 9 | 14 | 18 | 22 | 28 | 31 | 34 | 35) => "IRP_MJ_QUERY_INFORMATION",
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
            Self::SET_INFORMATION if matches!(minor, 10 | 65 | 66) => Category::Write,
            Self::SET_INFORMATION if matches!(minor, 13 | 64) => return None,
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

    /// Whether the name of an information class is newer than Procmon 3.53, which prints `<Unknown>`.
    pub(crate) const fn is_named_since_3_60(self, minor: u8) -> bool {
        matches!((self, minor), (Self::QUERY_INFORMATION, 0x46..=0x4B) | (Self::SET_INFORMATION, 0x4A))
    }
}
