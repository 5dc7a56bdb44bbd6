//! The codes and flags of the file-system class.

use crate::wire::macros::{codes, flags};

flags! {
    /// The access rights of a file or directory (`ACCESS_MASK`), in the order in which Procmon tests for them.
    ///
    /// ```
    /// use procmon_parser::code::FileAccess;
    ///
    /// let access: FileAccess = "Generic Read, Delete".parse()?;
    /// assert_eq!(access, FileAccess::GENERIC_READ | FileAccess::DELETE);
    /// # Ok::<(), procmon_parser::Error>(())
    /// ```
    pub struct FileAccess(u32) {
        /// `FILE_ALL_ACCESS`.
        ALL_ACCESS = 0x001F_01FF => "All Access",
        /// `FILE_GENERIC_READ | FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE`.
        GENERIC_READ_WRITE_EXECUTE = 0x0012_01BF => "Generic Read/Write/Execute",
        /// `FILE_GENERIC_READ | FILE_GENERIC_WRITE`.
        GENERIC_READ_WRITE = 0x0012_019F => "Generic Read/Write",
        /// `FILE_GENERIC_READ | FILE_GENERIC_EXECUTE`.
        GENERIC_READ_EXECUTE = 0x0012_00A9 => "Generic Read/Execute",
        /// `FILE_GENERIC_WRITE | FILE_GENERIC_EXECUTE`.
        GENERIC_WRITE_EXECUTE = 0x0012_01B6 => "Generic Write/Execute",
        /// `FILE_GENERIC_READ`.
        GENERIC_READ = 0x0012_0089 => "Generic Read",
        /// `FILE_GENERIC_WRITE`.
        GENERIC_WRITE = 0x0012_0116 => "Generic Write",
        /// `FILE_GENERIC_EXECUTE`.
        GENERIC_EXECUTE = 0x0012_00A0 => "Generic Execute",
        /// `FILE_READ_DATA`; `FILE_LIST_DIRECTORY` for directories.
        READ_DATA = 0x01 => "Read Data/List Directory",
        /// `FILE_WRITE_DATA`; `FILE_ADD_FILE` for directories.
        WRITE_DATA = 0x02 => "Write Data/Add File",
        /// `FILE_APPEND_DATA`; `FILE_ADD_SUBDIRECTORY` for directories, `FILE_CREATE_PIPE_INSTANCE` for pipes.
        APPEND_DATA = 0x04 => "Append Data/Add Subdirectory/Create Pipe Instance",
        /// `FILE_READ_EA`.
        READ_EA = 0x08 => "Read EA",
        /// `FILE_WRITE_EA`.
        WRITE_EA = 0x10 => "Write EA",
        /// `FILE_EXECUTE`; `FILE_TRAVERSE` for directories.
        EXECUTE = 0x20 => "Execute/Traverse",
        /// `FILE_DELETE_CHILD`.
        DELETE_CHILD = 0x40 => "Delete Child",
        /// `FILE_READ_ATTRIBUTES`.
        READ_ATTRIBUTES = 0x80 => "Read Attributes",
        /// `FILE_WRITE_ATTRIBUTES`.
        WRITE_ATTRIBUTES = 0x0100 => "Write Attributes",
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

impl FileAccess {
    /// Replaces the four generic rights with the specific rights that they map to for files.
    #[must_use]
    pub const fn mapped(self) -> Self {
        let rights = super::mapped_access(self.bits(), [0x0012_0089, 0x0012_0116, 0x0012_00A0, 0x001F_01FF]);
        Self::from_bits_retain(rights)
    }
}

codes! {
    /// The action of CreateFile if the file exists and if it does not.
    pub struct CreateDisposition(u32) {
        /// `FILE_SUPERSEDE`: replace an existing file, otherwise create one.
        SUPERSEDE = 0x00 => "Supersede",
        /// `FILE_OPEN`: open an existing file, otherwise fail.
        OPEN = 0x01 => "Open",
        /// `FILE_CREATE`: fail if the file exists, otherwise create it.
        CREATE = 0x02 => "Create",
        /// `FILE_OPEN_IF`: open an existing file, otherwise create one.
        OPEN_IF = 0x03 => "OpenIf",
        /// `FILE_OVERWRITE`: open and truncate an existing file, otherwise fail.
        OVERWRITE = 0x04 => "Overwrite",
        /// `FILE_OVERWRITE_IF`: open and truncate an existing file, otherwise create one.
        OVERWRITE_IF = 0x05 => "OverwriteIf",
    }
}

flags! {
    /// The options of CreateFile, and the mode of a handle.
    pub struct CreateOptions(u32) {
        /// `FILE_DIRECTORY_FILE`.
        DIRECTORY_FILE = 0x01 => "Directory",
        /// `FILE_WRITE_THROUGH`.
        WRITE_THROUGH = 0x02 => "Write Through",
        /// `FILE_SEQUENTIAL_ONLY`.
        SEQUENTIAL_ONLY = 0x04 => "Sequential Access",
        /// `FILE_NO_INTERMEDIATE_BUFFERING`.
        NO_INTERMEDIATE_BUFFERING = 0x08 => "No Buffering",
        /// `FILE_SYNCHRONOUS_IO_ALERT`.
        SYNCHRONOUS_IO_ALERT = 0x10 => "Synchronous IO Alert",
        /// `FILE_SYNCHRONOUS_IO_NONALERT`.
        SYNCHRONOUS_IO_NONALERT = 0x20 => "Synchronous IO Non-Alert",
        /// `FILE_NON_DIRECTORY_FILE`.
        NON_DIRECTORY_FILE = 0x40 => "Non-Directory File",
        /// `FILE_CREATE_TREE_CONNECTION`.
        CREATE_TREE_CONNECTION = 0x80 => "Create Tree Connection",
        /// `FILE_COMPLETE_IF_OPLOCKED`.
        COMPLETE_IF_OPLOCKED = 0x0100 => "Complete If Oplocked",
        /// `FILE_NO_EA_KNOWLEDGE`.
        NO_EA_KNOWLEDGE = 0x0200 => "No EA Knowledge",
        /// `FILE_OPEN_FOR_RECOVERY`.
        OPEN_FOR_RECOVERY = 0x0400 => "Open for Recovery",
        /// `FILE_RANDOM_ACCESS`.
        RANDOM_ACCESS = 0x0800 => "Random Access",
        /// `FILE_DELETE_ON_CLOSE`.
        DELETE_ON_CLOSE = 0x1000 => "Delete On Close",
        /// `FILE_OPEN_BY_FILE_ID`.
        OPEN_BY_FILE_ID = 0x2000 => "Open By ID",
        /// `FILE_OPEN_FOR_BACKUP_INTENT`.
        OPEN_FOR_BACKUP_INTENT = 0x4000 => "Open For Backup",
        /// `FILE_NO_COMPRESSION`.
        NO_COMPRESSION = 0x8000 => "No Compression",
        /// `FILE_RESERVE_OPFILTER`.
        RESERVE_OPFILTER = 0x0010_0000 => "Reserve OpFilter",
        /// `FILE_OPEN_REPARSE_POINT`.
        OPEN_REPARSE_POINT = 0x0020_0000 => "Open Reparse Point",
        /// `FILE_OPEN_NO_RECALL`.
        OPEN_NO_RECALL = 0x0040_0000 => "Open No Recall",
        /// `FILE_OPEN_FOR_FREE_SPACE_QUERY`.
        OPEN_FOR_FREE_SPACE_QUERY = 0x0080_0000 => "Open For Free Space Query",
        /// `FILE_OPEN_REQUIRING_OPLOCK`.
        OPEN_REQUIRING_OPLOCK = 0x0001_0000 => "Open Requiring Oplock",
        /// `FILE_DISALLOW_EXCLUSIVE`.
        DISALLOW_EXCLUSIVE = 0x0002_0000 => "Disallow Exclusive",
    }
}

flags! {
    /// The attributes of a file. The names are the letters that Procmon prints. Two attributes have the same letter.
    pub struct FileAttributes(u32) {
        /// `FILE_ATTRIBUTE_READONLY`.
        READONLY = 0x01 => "R",
        /// `FILE_ATTRIBUTE_HIDDEN`.
        HIDDEN = 0x02 => "H",
        /// `FILE_ATTRIBUTE_SYSTEM`.
        SYSTEM = 0x04 => "S",
        /// `FILE_ATTRIBUTE_DIRECTORY`.
        DIRECTORY = 0x10 => "D",
        /// `FILE_ATTRIBUTE_ARCHIVE`.
        ARCHIVE = 0x20 => "A",
        /// `FILE_ATTRIBUTE_DEVICE`.
        DEVICE = 0x40 => "D",
        /// `FILE_ATTRIBUTE_NORMAL`.
        NORMAL = 0x80 => "N",
        /// `FILE_ATTRIBUTE_TEMPORARY`.
        TEMPORARY = 0x0100 => "T",
        /// `FILE_ATTRIBUTE_SPARSE_FILE`.
        SPARSE_FILE = 0x0200 => "SF",
        /// `FILE_ATTRIBUTE_REPARSE_POINT`.
        REPARSE_POINT = 0x0400 => "RP",
        /// `FILE_ATTRIBUTE_COMPRESSED`.
        COMPRESSED = 0x0800 => "C",
        /// `FILE_ATTRIBUTE_OFFLINE`.
        OFFLINE = 0x1000 => "O",
        /// `FILE_ATTRIBUTE_NOT_CONTENT_INDEXED`.
        NOT_CONTENT_INDEXED = 0x2000 => "NCI",
        /// `FILE_ATTRIBUTE_ENCRYPTED`.
        ENCRYPTED = 0x4000 => "E",
        /// `FILE_ATTRIBUTE_VIRTUAL`.
        VIRTUAL = 0x0001_0000 => "V",
    }
}

flags! {
    /// The access that other handles may have to a file while it is open.
    pub struct ShareAccess(u32) {
        /// `FILE_SHARE_READ`.
        READ = 0x01 => "Read",
        /// `FILE_SHARE_WRITE`.
        WRITE = 0x02 => "Write",
        /// `FILE_SHARE_DELETE`.
        DELETE = 0x04 => "Delete",
    }
}

codes! {
    /// The action that CreateFile took.
    pub struct OpenResult(u32) {
        /// `FILE_SUPERSEDED`.
        SUPERSEDED = 0x00 => "Superseded",
        /// `FILE_OPENED`.
        OPENED = 0x01 => "Opened",
        /// `FILE_CREATED`.
        CREATED = 0x02 => "Created",
        /// `FILE_OVERWRITTEN`.
        OVERWRITTEN = 0x03 => "Overwritten",
        /// `FILE_EXISTS`.
        EXISTS = 0x04 => "Exists",
        /// `FILE_DOES_NOT_EXIST`.
        DOES_NOT_EXIST = 0x05 => "DoesNotExist",
    }
}

codes! {
    /// The class of information about a file that is queried or set (`FILE_INFORMATION_CLASS`).
    pub struct FileInformationClass(u32) {
        /// The value 0, which is not a class of Windows.
        UNKNOWN = 0x00 => "Unknown",
        /// `FileDirectoryInformation`.
        DIRECTORY_INFORMATION = 0x01 => "FileDirectoryInformation",
        /// `FileFullDirectoryInformation`.
        FULL_DIRECTORY_INFORMATION = 0x02 => "FileFullDirectoryInformation",
        /// `FileBothDirectoryInformation`.
        BOTH_DIRECTORY_INFORMATION = 0x03 => "FileBothDirectoryInformation",
        /// `FileBasicInformation`.
        BASIC_INFORMATION = 0x04 => "FileBasicInformation",
        /// `FileStandardInformation`.
        STANDARD_INFORMATION = 0x05 => "FileStandardInformation",
        /// `FileInternalInformation`.
        INTERNAL_INFORMATION = 0x06 => "FileInternalInformation",
        /// `FileEaInformation`.
        EA_INFORMATION = 0x07 => "FileEaInformation",
        /// `FileAccessInformation`.
        ACCESS_INFORMATION = 0x08 => "FileAccessInformation",
        /// `FileNameInformation`.
        NAME_INFORMATION = 0x09 => "FileNameInformation",
        /// `FileRenameInformation`.
        RENAME_INFORMATION = 0x0A => "FileRenameInformation",
        /// `FileLinkInformation`.
        LINK_INFORMATION = 0x0B => "FileLinkInformation",
        /// `FileNamesInformation`.
        NAMES_INFORMATION = 0x0C => "FileNamesInformation",
        /// `FileDispositionInformation`.
        DISPOSITION_INFORMATION = 0x0D => "FileDispositionInformation",
        /// `FilePositionInformation`.
        POSITION_INFORMATION = 0x0E => "FilePositionInformation",
        /// `FileFullEaInformation`.
        FULL_EA_INFORMATION = 0x0F => "FileFullEaInformation",
        /// `FileModeInformation`.
        MODE_INFORMATION = 0x10 => "FileModeInformation",
        /// `FileAlignmentInformation`.
        ALIGNMENT_INFORMATION = 0x11 => "FileAlignmentInformation",
        /// `FileAllInformation`.
        ALL_INFORMATION = 0x12 => "FileAllInformation",
        /// `FileAllocationInformation`.
        ALLOCATION_INFORMATION = 0x13 => "FileAllocationInformation",
        /// `FileEndOfFileInformation`.
        END_OF_FILE_INFORMATION = 0x14 => "FileEndOfFileInformation",
        /// `FileAlternateNameInformation`.
        ALTERNATE_NAME_INFORMATION = 0x15 => "FileAlternateNameInformation",
        /// `FileStreamInformation`.
        STREAM_INFORMATION = 0x16 => "FileStreamInformation",
        /// `FilePipeInformation`.
        PIPE_INFORMATION = 0x17 => "FilePipeInformation",
        /// `FilePipeLocalInformation`.
        PIPE_LOCAL_INFORMATION = 0x18 => "FilePipeLocalInformation",
        /// `FilePipeRemoteInformation`.
        PIPE_REMOTE_INFORMATION = 0x19 => "FilePipeRemoteInformation",
        /// `FileMailslotQueryInformation`.
        MAILSLOT_QUERY_INFORMATION = 0x1A => "FileMailslotQueryInformation",
        /// `FileMailslotSetInformation`.
        MAILSLOT_SET_INFORMATION = 0x1B => "FileMailslotSetInformation",
        /// `FileCompressionInformation`.
        COMPRESSION_INFORMATION = 0x1C => "FileCompressionInformation",
        /// `FileObjectIdInformation`.
        OBJECT_ID_INFORMATION = 0x1D => "FileObjectIdInformation",
        /// `FileCompletionInformation`.
        COMPLETION_INFORMATION = 0x1E => "FileCompletionInformation",
        /// `FileMoveClusterInformation`.
        MOVE_CLUSTER_INFORMATION = 0x1F => "FileMoveClusterInformation",
        /// `FileQuotaInformation`.
        QUOTA_INFORMATION = 0x20 => "FileQuotaInformation",
        /// `FileReparsePointInformation`.
        REPARSE_POINT_INFORMATION = 0x21 => "FileReparsePointInformation",
        /// `FileNetworkOpenInformation`.
        NETWORK_OPEN_INFORMATION = 0x22 => "FileNetworkOpenInformation",
        /// `FileAttributeTagInformation`.
        ATTRIBUTE_TAG_INFORMATION = 0x23 => "FileAttributeTagInformation",
        /// `FileTrackingInformation`.
        TRACKING_INFORMATION = 0x24 => "FileTrackingInformation",
        /// `FileIdBothDirectoryInformation`.
        ID_BOTH_DIRECTORY_INFORMATION = 0x25 => "FileIdBothDirectoryInformation",
        /// `FileIdFullDirectoryInformation`.
        ID_FULL_DIRECTORY_INFORMATION = 0x26 => "FileIdFullDirectoryInformation",
        /// `FileValidDataLengthInformation`.
        VALID_DATA_LENGTH_INFORMATION = 0x27 => "FileValidDataLengthInformation",
        /// `FileShortNameInformation`.
        SHORT_NAME_INFORMATION = 0x28 => "FileShortNameInformation",
        /// `FileIoCompletionNotificationInformation`.
        IO_COMPLETION_NOTIFICATION_INFORMATION = 0x29 => "FileIoCompletionNotificationInformation",
        /// `FileIoStatusBlockRangeInformation`.
        IO_STATUS_BLOCK_RANGE_INFORMATION = 0x2A => "FileIoStatusBlockRangeInformation",
        /// `FileIoPriorityHintInformation`.
        IO_PRIORITY_HINT_INFORMATION = 0x2B => "FileIoPriorityHintInformation",
        /// `FileSfioReserveInformation`.
        SFIO_RESERVE_INFORMATION = 0x2C => "FileSfioReserveInformation",
        /// `FileSfioVolumeInformation`.
        SFIO_VOLUME_INFORMATION = 0x2D => "FileSfioVolumeInformation",
        /// `FileHardLinkInformation`.
        HARD_LINK_INFORMATION = 0x2E => "FileHardLinkInformation",
        /// `FileProcessIdsUsingFileInformation`.
        PROCESS_IDS_USING_FILE_INFORMATION = 0x2F => "FileProcessIdsUsingFileInformation",
        /// `FileNormalizedNameInformation`.
        NORMALIZED_NAME_INFORMATION = 0x30 => "FileNormalizedNameInformation",
        /// `FileNetworkPhysicalNameInformation`.
        NETWORK_PHYSICAL_NAME_INFORMATION = 0x31 => "FileNetworkPhysicalNameInformation",
        /// `FileIdGlobalTxDirectoryInformation`.
        ID_GLOBAL_TX_DIRECTORY_INFORMATION = 0x32 => "FileIdGlobalTxDirectoryInformation",
        /// `FileIsRemoteDeviceInformation`.
        IS_REMOTE_DEVICE_INFORMATION = 0x33 => "FileIsRemoteDeviceInformation",
        /// `FileUnusedInformation`.
        UNUSED_INFORMATION = 0x34 => "FileUnusedInformation",
        /// `FileNumaNodeInformation`.
        NUMA_NODE_INFORMATION = 0x35 => "FileNumaNodeInformation",
        /// `FileStandardLinkInformation`.
        STANDARD_LINK_INFORMATION = 0x36 => "FileStandardLinkInformation",
        /// `FileRemoteProtocolInformation`.
        REMOTE_PROTOCOL_INFORMATION = 0x37 => "FileRemoteProtocolInformation",
        /// `FileRenameInformationBypassAccessCheck`.
        RENAME_INFORMATION_BYPASS_ACCESS_CHECK = 0x38 => "FileRenameInformationBypassAccessCheck",
        /// `FileLinkInformationBypassAccessCheck`.
        LINK_INFORMATION_BYPASS_ACCESS_CHECK = 0x39 => "FileLinkInformationBypassAccessCheck",
        /// `FileVolumeNameInformation`.
        VOLUME_NAME_INFORMATION = 0x3A => "FileVolumeNameInformation",
        /// `FileIdInformation`.
        ID_INFORMATION = 0x3B => "FileIdInformation",
        /// `FileIdExtdDirectoryInformation`.
        ID_EXTD_DIRECTORY_INFORMATION = 0x3C => "FileIdExtdDirectoryInformation",
        /// `FileReplaceCompletionInformation`.
        REPLACE_COMPLETION_INFORMATION = 0x3D => "FileReplaceCompletionInformation",
        /// `FileHardLinkFullIdInformation`.
        HARD_LINK_FULL_ID_INFORMATION = 0x3E => "FileHardLinkFullIdInformation",
        /// `FileIdExtdBothDirectoryInformation`.
        ID_EXTD_BOTH_DIRECTORY_INFORMATION = 0x3F => "FileIdExtdBothDirectoryInformation",
        /// `FileDispositionInformationEx`.
        DISPOSITION_INFORMATION_EX = 0x40 => "FileDispositionInformationEx",
        /// `FileRenameInformationEx`.
        RENAME_INFORMATION_EX = 0x41 => "FileRenameInformationEx",
        /// `FileRenameInformationExBypassAccessCheck`.
        RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK = 0x42 => "FileRenameInformationExBypassAccessCheck",
        /// `FileDesiredStorageClassInformation`.
        DESIRED_STORAGE_CLASS_INFORMATION = 0x43 => "FileDesiredStorageClassInformation",
        /// `FileStatInformation`.
        STAT_INFORMATION = 0x44 => "FileStatInformation",
        /// `FileMemoryPartitionInformation`.
        MEMORY_PARTITION_INFORMATION = 0x45 => "FileMemoryPartitionInformation",
        /// `FileStatLxInformation`.
        STAT_LX_INFORMATION = 0x46 => "FileStatLxInformation",
        /// `FileCaseSensitiveInformation`.
        CASE_SENSITIVE_INFORMATION = 0x47 => "FileCaseSensitiveInformation",
        /// `FileLinkInformationEx`.
        LINK_INFORMATION_EX = 0x48 => "FileLinkInformationEx",
        /// `FileLinkInformationExBypassAccessCheck`.
        LINK_INFORMATION_EX_BYPASS_ACCESS_CHECK = 0x49 => "FileLinkInformationExBypassAccessCheck",
        /// `FileStorageReserveIdInformation`.
        STORAGE_RESERVE_ID_INFORMATION = 0x4A => "FileStorageReserveIdInformation",
        /// `FileCaseSensitiveInformationForceAccessCheck`.
        CASE_SENSITIVE_INFORMATION_FORCE_ACCESS_CHECK = 0x4B => "FileCaseSensitiveInformationForceAccessCheck",
        /// `FileKnownFolderInformation`.
        KNOWN_FOLDER_INFORMATION = 0x4C => "FileKnownFolderInformation",
        /// `FileMaximumInformation`.
        MAXIMUM_INFORMATION = 0x4D => "FileMaximumInformation",
    }
}

impl FileInformationClass {
    /// Returns true if SetInformationFile with this class renames the file.
    pub(crate) const fn renames(self) -> bool {
        matches!(
            self,
            Self::RENAME_INFORMATION | Self::RENAME_INFORMATION_EX | Self::RENAME_INFORMATION_EX_BYPASS_ACCESS_CHECK
        )
    }

    /// Returns true if SetInformationFile with this class sets whether the file is deleted.
    pub(crate) const fn is_disposition(self) -> bool {
        matches!(self, Self::DISPOSITION_INFORMATION | Self::DISPOSITION_INFORMATION_EX)
    }
}

codes! {
    /// The class of information about a volume that is queried or set (`FS_INFORMATION_CLASS`).
    ///
    /// Procmon does not print this class; the names are those of Windows.
    pub struct FsInformationClass(u32) {
        /// `FileFsVolumeInformation`.
        VOLUME_INFORMATION = 0x01 => "FileFsVolumeInformation",
        /// `FileFsLabelInformation`.
        LABEL_INFORMATION = 0x02 => "FileFsLabelInformation",
        /// `FileFsSizeInformation`.
        SIZE_INFORMATION = 0x03 => "FileFsSizeInformation",
        /// `FileFsDeviceInformation`.
        DEVICE_INFORMATION = 0x04 => "FileFsDeviceInformation",
        /// `FileFsAttributeInformation`.
        ATTRIBUTE_INFORMATION = 0x05 => "FileFsAttributeInformation",
        /// `FileFsControlInformation`.
        CONTROL_INFORMATION = 0x06 => "FileFsControlInformation",
        /// `FileFsFullSizeInformation`.
        FULL_SIZE_INFORMATION = 0x07 => "FileFsFullSizeInformation",
        /// `FileFsObjectIdInformation`.
        OBJECT_ID_INFORMATION = 0x08 => "FileFsObjectIdInformation",
        /// `FileFsDriverPathInformation`.
        DRIVER_PATH_INFORMATION = 0x09 => "FileFsDriverPathInformation",
        /// `FileFsVolumeFlagsInformation`.
        VOLUME_FLAGS_INFORMATION = 0x0A => "FileFsVolumeFlagsInformation",
        /// `FileFsSectorSizeInformation`.
        SECTOR_SIZE_INFORMATION = 0x0B => "FileFsSectorSizeInformation",
        /// `FileFsDataCopyInformation`.
        DATA_COPY_INFORMATION = 0x0C => "FileFsDataCopyInformation",
        /// `FileFsMetadataSizeInformation`.
        METADATA_SIZE_INFORMATION = 0x0D => "FileFsMetadataSizeInformation",
        /// `FileFsFullSizeInformationEx`.
        FULL_SIZE_INFORMATION_EX = 0x0E => "FileFsFullSizeInformationEx",
        /// `FileFsGuidInformation`.
        GUID_INFORMATION = 0x0F => "FileFsGuidInformation",
    }
}

flags! {
    /// The features of a file system.
    pub struct FileSystemAttributes(u32) {
        /// `FILE_CASE_PRESERVED_NAMES`.
        CASE_PRESERVED_NAMES = 0x02 => "Case Preserved",
        /// `FILE_CASE_SENSITIVE_SEARCH`.
        CASE_SENSITIVE_SEARCH = 0x01 => "Case Sensitive",
        /// `FILE_UNICODE_ON_DISK`.
        UNICODE_ON_DISK = 0x04 => "Unicode",
        /// `FILE_PERSISTENT_ACLS`.
        PERSISTENT_ACLS = 0x08 => "ACLs",
        /// `FILE_FILE_COMPRESSION`.
        FILE_COMPRESSION = 0x10 => "Compression",
        /// `FILE_VOLUME_IS_COMPRESSED`.
        VOLUME_IS_COMPRESSED = 0x8000 => "Compressed",
        /// `FILE_NAMED_STREAMS`.
        NAMED_STREAMS = 0x0004_0000 => "Named Streams",
        /// `FILE_READ_ONLY_VOLUME`.
        READ_ONLY_VOLUME = 0x0008_0000 => "Read Only",
        /// `FILE_SUPPORTS_ENCRYPTION`.
        SUPPORTS_ENCRYPTION = 0x0002_0000 => "EFS",
        /// `FILE_SUPPORTS_OBJECT_IDS`.
        SUPPORTS_OBJECT_IDS = 0x0001_0000 => "Object IDs",
        /// `FILE_SUPPORTS_REPARSE_POINTS`.
        SUPPORTS_REPARSE_POINTS = 0x80 => "Reparse Points",
        /// `FILE_SUPPORTS_SPARSE_FILES`.
        SUPPORTS_SPARSE_FILES = 0x40 => "Sparse Files",
        /// `FILE_VOLUME_QUOTAS`.
        VOLUME_QUOTAS = 0x20 => "Quotas",
        /// `FILE_SUPPORTS_TRANSACTIONS`.
        SUPPORTS_TRANSACTIONS = 0x0020_0000 => "Transactions",
    }
}

codes! {
    /// The type of a device (`FILE_DEVICE_*`). It is also the upper half of a control code.
    pub struct DeviceType(u32) {
        /// `FILE_DEVICE_BEEP`.
        BEEP = 0x01 => "Beep",
        /// `FILE_DEVICE_CD_ROM`.
        CD_ROM = 0x02 => "CD-ROM",
        /// `FILE_DEVICE_CD_ROM_FILE_SYSTEM`.
        CD_ROM_FILE_SYSTEM = 0x03 => "CDFS",
        /// `FILE_DEVICE_CONTROLLER`.
        CONTROLLER = 0x04 => "Controller",
        /// `FILE_DEVICE_DATALINK`.
        DATALINK = 0x05 => "Datalink",
        /// `FILE_DEVICE_DFS`.
        DFS = 0x06 => "DFS",
        /// `FILE_DEVICE_DISK`.
        DISK = 0x07 => "Disk",
        /// `FILE_DEVICE_DISK_FILE_SYSTEM`.
        DISK_FILE_SYSTEM = 0x08 => "Disk FS",
        /// `FILE_DEVICE_FILE_SYSTEM`.
        FILE_SYSTEM = 0x09 => "File System",
        /// `FILE_DEVICE_INPORT_PORT`.
        INPORT_PORT = 0x0A => "Inport Port",
        /// `FILE_DEVICE_KEYBOARD`.
        KEYBOARD = 0x0B => "Keyboard",
        /// `FILE_DEVICE_MAILSLOT`.
        MAILSLOT = 0x0C => "Mailslot",
        /// `FILE_DEVICE_MIDI_IN`.
        MIDI_IN = 0x0D => "MIDI In",
        /// `FILE_DEVICE_MIDI_OUT`.
        MIDI_OUT = 0x0E => "MIDI Out",
        /// `FILE_DEVICE_MOUSE`.
        MOUSE = 0x0F => "Mouse",
        /// `FILE_DEVICE_MULTI_UNC_PROVIDER`.
        MULTI_UNC_PROVIDER = 0x10 => "Multi-UNC Provider",
        /// `FILE_DEVICE_NAMED_PIPE`.
        NAMED_PIPE = 0x11 => "Named Pipe",
        /// `FILE_DEVICE_NETWORK`.
        NETWORK = 0x12 => "Network",
        /// `FILE_DEVICE_NETWORK_BROWSER`.
        NETWORK_BROWSER = 0x13 => "Network Browser",
        /// `FILE_DEVICE_NETWORK_FILE_SYSTEM`.
        NETWORK_FILE_SYSTEM = 0x14 => "Network FS",
        /// `FILE_DEVICE_NULL`.
        NULL = 0x15 => "Null",
        /// `FILE_DEVICE_PARALLEL_PORT`.
        PARALLEL_PORT = 0x16 => "Parallel Port",
        /// `FILE_DEVICE_PHYSICAL_NETCARD`.
        PHYSICAL_NETCARD = 0x17 => "Physical Netcard",
        /// `FILE_DEVICE_PRINTER`.
        PRINTER = 0x18 => "Printer",
        /// `FILE_DEVICE_SCANNER`.
        SCANNER = 0x19 => "Scanner",
        /// `FILE_DEVICE_SERIAL_MOUSE_PORT`.
        SERIAL_MOUSE_PORT = 0x1A => "Serial Mouse Port",
        /// `FILE_DEVICE_SERIAL_PORT`.
        SERIAL_PORT = 0x1B => "Serial Port",
        /// `FILE_DEVICE_SCREEN`.
        SCREEN = 0x1C => "Screen",
        /// `FILE_DEVICE_SOUND`.
        SOUND = 0x1D => "Sound",
        /// `FILE_DEVICE_STREAMS`.
        STREAMS = 0x1E => "Streams",
        /// `FILE_DEVICE_TAPE`.
        TAPE = 0x1F => "Tape",
        /// `FILE_DEVICE_TAPE_FILE_SYSTEM`.
        TAPE_FILE_SYSTEM = 0x20 => "Tape FS",
        /// `FILE_DEVICE_TRANSPORT`.
        TRANSPORT = 0x21 => "Transport",
        /// `FILE_DEVICE_UNKNOWN`.
        UNKNOWN = 0x22 => "Unknown",
        /// `FILE_DEVICE_VIDEO`.
        VIDEO = 0x23 => "Video",
        /// `FILE_DEVICE_VIRTUAL_DISK`.
        VIRTUAL_DISK = 0x24 => "Virtual Disk",
        /// `FILE_DEVICE_WAVE_IN`.
        WAVE_IN = 0x25 => "Wave In",
        /// `FILE_DEVICE_WAVE_OUT`.
        WAVE_OUT = 0x26 => "Wave Out",
        /// `FILE_DEVICE_8042_PORT`.
        PORT_8042 = 0x27 => "8042 Port",
        /// `FILE_DEVICE_NETWORK_REDIRECTOR`.
        NETWORK_REDIRECTOR = 0x28 => "Network Redirector",
        /// `FILE_DEVICE_BATTERY`.
        BATTERY = 0x29 => "Battery",
        /// `FILE_DEVICE_BUS_EXTENDER`.
        BUS_EXTENDER = 0x2A => "Bus Extender",
        /// `FILE_DEVICE_MODEM`.
        MODEM = 0x2B => "Modem",
        /// `FILE_DEVICE_VDM`.
        VDM = 0x2C => "VDM",
        /// `FILE_DEVICE_MASS_STORAGE`.
        MASS_STORAGE = 0x2D => "Mass Storage",
        /// `FILE_DEVICE_SMB`.
        SMB = 0x2E => "SMB",
        /// `FILE_DEVICE_KS`.
        KS = 0x2F => "KS",
        /// `FILE_DEVICE_CHANGER`.
        CHANGER = 0x30 => "Changer",
        /// `FILE_DEVICE_SMARTCARD`.
        SMARTCARD = 0x31 => "Smartcard",
        /// `FILE_DEVICE_ACPI`.
        ACPI = 0x32 => "ACPI",
        /// `FILE_DEVICE_DVD`.
        DVD = 0x33 => "DVD",
        /// `FILE_DEVICE_FULLSCREEN_VIDEO`.
        FULLSCREEN_VIDEO = 0x34 => "Fullscreen Video",
        /// `FILE_DEVICE_DFS_FILE_SYSTEM`.
        DFS_FILE_SYSTEM = 0x35 => "DFS FS",
        /// `FILE_DEVICE_DFS_VOLUME`.
        DFS_VOLUME = 0x36 => "DFS Volume",
        /// `FILE_DEVICE_SERENUM`.
        SERENUM = 0x37 => "Serenum",
        /// `FILE_DEVICE_TERMSRV`.
        TERMSRV = 0x38 => "TermSrv",
        /// `FILE_DEVICE_KSEC`.
        KSEC = 0x39 => "KSEC",
        /// `FILE_DEVICE_FIPS`.
        FIPS = 0x3A => "FIPS",
    }
}

impl DeviceType {
    /// Returns the name that Procmon prints for VolumeMount. For file systems, it differs from [`name`](Self::name).
    ///
    /// Returns `None` for all other device types.
    #[must_use]
    pub const fn mounted_name(self) -> Option<&'static str> {
        Some(match self {
            Self::CD_ROM_FILE_SYSTEM => "CD-ROM",
            Self::DISK_FILE_SYSTEM => "Disk",
            Self::NETWORK_FILE_SYSTEM => "Network",
            Self::DFS_FILE_SYSTEM => "DFS",
            _ => return None,
        })
    }
}

flags! {
    /// The characteristics of a device.
    pub struct DeviceCharacteristics(u32) {
        /// `FILE_AUTOGENERATED_DEVICE_NAME`.
        AUTOGENERATED_DEVICE_NAME = 0x80 => "Autogenerated Name",
        /// `FILE_CHARACTERISTIC_PNP_DEVICE`.
        CHARACTERISTIC_PNP_DEVICE = 0x0800 => "Plug and Play",
        /// `FILE_DEVICE_IS_MOUNTED`.
        DEVICE_IS_MOUNTED = 0x20 => "Mounted",
        /// `FILE_DEVICE_SECURE_OPEN`.
        DEVICE_SECURE_OPEN = 0x0100 => "Secure Open",
        /// `FILE_FLOPPY_DISKETTE`.
        FLOPPY_DISKETTE = 0x04 => "Floppy Diskette",
        /// `FILE_READ_ONLY_DEVICE`.
        READ_ONLY_DEVICE = 0x02 => "Read Only",
        /// `FILE_REMOTE_DEVICE`.
        REMOTE_DEVICE = 0x10 => "Remote",
        /// `FILE_REMOVABLE_MEDIA`.
        REMOVABLE_MEDIA = 0x01 => "Removable",
        /// `FILE_VIRTUAL_VOLUME`.
        VIRTUAL_VOLUME = 0x40 => "Virtual",
        /// `FILE_WRITE_ONCE_MEDIA`.
        WRITE_ONCE_MEDIA = 0x08 => "Write Once",
    }
}

flags! {
    /// The flags of a deletion (`FILE_DISPOSITION_INFORMATION_EX`).
    pub struct DispositionFlags(u32) {
        /// `FILE_DISPOSITION_DELETE`.
        DELETE = 0x01 => "FILE_DISPOSITION_DELETE",
        /// `FILE_DISPOSITION_POSIX_SEMANTICS`.
        POSIX_SEMANTICS = 0x02 => "FILE_DISPOSITION_POSIX_SEMANTICS",
        /// `FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK`.
        FORCE_IMAGE_SECTION_CHECK = 0x04 => "FILE_DISPOSITION_FORCE_IMAGE_SECTION_CHECK",
        /// `FILE_DISPOSITION_ON_CLOSE`.
        ON_CLOSE = 0x08 => "FILE_DISPOSITION_ON_CLOSE",
    }
}

flags! {
    /// The flags of a rename (`FILE_RENAME_INFORMATION` of the Ex classes).
    pub struct RenameFlags(u32) {
        /// `FILE_RENAME_REPLACE_IF_EXISTS`.
        REPLACE_IF_EXISTS = 0x01 => "FILE_RENAME_REPLACE_IF_EXISTS",
        /// `FILE_RENAME_POSIX_SEMANTICS`.
        POSIX_SEMANTICS = 0x02 => "FILE_RENAME_POSIX_SEMANTICS",
        /// `FILE_RENAME_SUPPRESS_PIN_STATE_INHERITANCE`.
        SUPPRESS_PIN_STATE_INHERITANCE = 0x04 => "FILE_RENAME_SUPPRESS_PIN_STATE_INHERITANCE",
    }
}

flags! {
    /// The kinds of changes that NotifyChangeDirectory waits for.
    pub struct NotifyFilter(u32) {
        /// `FILE_NOTIFY_CHANGE_FILE_NAME`.
        FILE_NAME = 0x01 => "FILE_NOTIFY_CHANGE_FILE_NAME",
        /// `FILE_NOTIFY_CHANGE_DIR_NAME`.
        DIR_NAME = 0x02 => "FILE_NOTIFY_CHANGE_DIR_NAME",
        /// `FILE_NOTIFY_CHANGE_ATTRIBUTES`.
        ATTRIBUTES = 0x04 => "FILE_NOTIFY_CHANGE_ATTRIBUTES",
        /// `FILE_NOTIFY_CHANGE_SIZE`.
        SIZE = 0x08 => "FILE_NOTIFY_CHANGE_SIZE",
        /// `FILE_NOTIFY_CHANGE_LAST_WRITE`.
        LAST_WRITE = 0x10 => "FILE_NOTIFY_CHANGE_LAST_WRITE",
        /// `FILE_NOTIFY_CHANGE_LAST_ACCESS`.
        LAST_ACCESS = 0x20 => "FILE_NOTIFY_CHANGE_LAST_ACCESS",
        /// `FILE_NOTIFY_CHANGE_CREATION`.
        CREATION = 0x40 => "FILE_NOTIFY_CHANGE_CREATION",
        /// `FILE_NOTIFY_CHANGE_EA`.
        EA = 0x80 => "FILE_NOTIFY_CHANGE_EA",
        /// `FILE_NOTIFY_CHANGE_SECURITY`.
        SECURITY = 0x0100 => "FILE_NOTIFY_CHANGE_SECURITY",
        /// `FILE_NOTIFY_CHANGE_STREAM_NAME`.
        STREAM_NAME = 0x0200 => "FILE_NOTIFY_CHANGE_STREAM_NAME",
        /// `FILE_NOTIFY_CHANGE_STREAM_SIZE`.
        STREAM_SIZE = 0x0400 => "FILE_NOTIFY_CHANGE_STREAM_SIZE",
        /// `FILE_NOTIFY_CHANGE_STREAM_WRITE`.
        STREAM_WRITE = 0x0800 => "FILE_NOTIFY_CHANGE_STREAM_WRITE",
    }
}

flags! {
    /// The parts of a security descriptor (`SECURITY_INFORMATION`).
    pub struct SecurityInformation(u32) {
        /// `OWNER_SECURITY_INFORMATION`.
        OWNER = 0x01 => "Owner",
        /// `GROUP_SECURITY_INFORMATION`.
        GROUP = 0x02 => "Group",
        /// `DACL_SECURITY_INFORMATION`.
        DACL = 0x04 => "DACL",
        /// `SACL_SECURITY_INFORMATION`.
        SACL = 0x08 => "SACL",
        /// `LABEL_SECURITY_INFORMATION`.
        LABEL = 0x10 => "Label",
        /// `PROTECTED_DACL_SECURITY_INFORMATION`.
        PROTECTED_DACL = 0x8000_0000 => "DACL Protected",
        /// `PROTECTED_SACL_SECURITY_INFORMATION`.
        PROTECTED_SACL = 0x4000_0000 => "SACL Protected",
        /// `UNPROTECTED_DACL_SECURITY_INFORMATION`.
        UNPROTECTED_DACL = 0x2000_0000 => "DACL Unprotected",
        /// `UNPROTECTED_SACL_SECURITY_INFORMATION`.
        UNPROTECTED_SACL = 0x1000_0000 => "SACL Unprotected",
        /// `ATTRIBUTE_SECURITY_INFORMATION`.
        ATTRIBUTE = 0x20 => "Attribute",
        /// `SCOPE_SECURITY_INFORMATION`.
        SCOPE = 0x40 => "Scope",
        /// `PROCESS_TRUST_LABEL_SECURITY_INFORMATION`.
        PROCESS_TRUST_LABEL = 0x80 => "Process Trust Label",
        /// `BACKUP_SECURITY_INFORMATION`.
        BACKUP = 0x0001_0000 => "Backup",
    }
}

flags! {
    /// The flags of a read or write: IRP flags in the lower bits, flags of the stack location in the upper ones.
    pub struct IoFlags(u32) {
        /// `IRP_BUFFERED_IO`.
        BUFFERED_IO = 0x10 => "Buffered",
        /// `IRP_NOCACHE`.
        NOCACHE = 0x01 => "Non-cached",
        /// `IRP_PAGING_IO`.
        PAGING_IO = 0x02 => "Paging I/O",
        /// `IRP_SYNCHRONOUS_API`.
        SYNCHRONOUS_API = 0x04 => "Synchronous",
        /// `IRP_SYNCHRONOUS_PAGING_IO`.
        SYNCHRONOUS_PAGING_IO = 0x40 => "Synchronous Paging I/O",
        /// `SL_WRITE_THROUGH`.
        WRITE_THROUGH = 0x0040_0000 => "Write Through",
    }
}

codes! {
    /// The priority of a read or write, stored as Windows' `IO_PRIORITY_HINT` plus 1; 0 if no priority was set.
    pub struct IoPriority(u32) {
        /// `IoPriorityVeryLow`.
        VERY_LOW = 0x01 => "Very Low",
        /// `IoPriorityLow`.
        LOW = 0x02 => "Low",
        /// `IoPriorityNormal`.
        NORMAL = 0x03 => "Normal",
        /// `IoPriorityHigh`.
        HIGH = 0x04 => "High",
        /// `IoPriorityCritical`.
        CRITICAL = 0x05 => "Critical",
    }
}

flags! {
    /// The protection of the pages of a section.
    ///
    /// Procmon prints the name of the first protection that is set, and `PAGE_NOCACHE` if it is set too.
    pub struct PageProtection(u32) {
        /// `PAGE_READONLY`.
        READONLY = 0x02 => "PAGE_READONLY",
        /// `PAGE_READWRITE`.
        READWRITE = 0x04 => "PAGE_READWRITE",
        /// `PAGE_WRITECOPY`.
        WRITECOPY = 0x08 => "PAGE_WRITECOPY",
        /// `PAGE_EXECUTE`.
        EXECUTE = 0x10 => "PAGE_EXECUTE",
        /// `PAGE_EXECUTE_READ`.
        EXECUTE_READ = 0x20 => "PAGE_EXECUTE_READ",
        /// `PAGE_EXECUTE_READWRITE`.
        EXECUTE_READWRITE = 0x40 => "PAGE_EXECUTE_READWRITE",
        /// `PAGE_EXECUTE_WRITECOPY`.
        EXECUTE_WRITECOPY = 0x80 => "PAGE_EXECUTE_WRITECOPY",
        /// `PAGE_NOCACHE`.
        NOCACHE = 0x0200 => "PAGE_NOCACHE",
    }
}

impl PageProtection {
    /// Returns the name of the first protection that is set, ignoring [`NOCACHE`](Self::NOCACHE).
    #[must_use]
    pub fn protection_name(self) -> Option<&'static str> {
        self.difference(Self::NOCACHE).names().find_map(|(_, name)| name)
    }
}

codes! {
    /// The reason for synchronizing a section (`FS_FILTER_SECTION_SYNC_TYPE`).
    pub struct SyncType(u32) {
        /// `SyncTypeOther`.
        OTHER = 0x00 => "SyncTypeOther",
        /// `SyncTypeCreateSection`.
        CREATE_SECTION = 0x01 => "SyncTypeCreateSection",
    }
}

codes! {
    /// The buffer alignment that a device requires, in bytes, minus 1.
    pub struct AlignmentRequirement(u32) {
        /// `FILE_BYTE_ALIGNMENT`.
        BYTE = 0x00 => "Byte",
        /// `FILE_WORD_ALIGNMENT`.
        WORD = 0x01 => "Word",
        /// `FILE_LONG_ALIGNMENT`.
        LONG = 0x03 => "Long",
        /// `FILE_QUAD_ALIGNMENT`.
        QUAD = 0x07 => "Quad",
        /// `FILE_OCTA_ALIGNMENT`.
        OCTA = 0x0F => "Octa",
    }
}
