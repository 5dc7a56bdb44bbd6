"""The enumerations of ``procmon_parser.consts``, with Procmon's names and numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Type

from .. import _native

UNKNOWN_CSV_NAME = "<Unknown>"


class RuleAction(IntEnum):
    """The effect of a rule."""

    EXCLUDE = 0
    INCLUDE = 1


class RuleRelation(IntEnum):
    """The relation of a column to the value of a rule."""

    IS = 0
    IS_NOT = 1
    LESS_THAN = 2
    MORE_THAN = 3
    BEGINS_WITH = 4
    ENDS_WITH = 5
    CONTAINS = 6
    EXCLUDES = 7


class ProcmonEnum(IntEnum):
    """An enumeration with Procmon's names. Members of two enumerations of operations are never equal."""

    @property
    def csv_name(self) -> str:
        """The name that Procmon prints."""
        return self.name


class Operation(ProcmonEnum):
    """An operation of an event class."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Operation) and type(other) is not type(self):
            return False
        return int(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(int(self))


class _SpacedCsvName:
    """Names that Procmon prints with spaces."""

    name: str

    @property
    def csv_name(self) -> str:
        """The name that Procmon prints."""
        return self.name.replace("_", " ")


class SpacedOperation(_SpacedCsvName, Operation):
    """An operation whose name has spaces."""


def _column_name(title: str) -> str:
    return title.replace("&", "and").replace(" ", "_").upper()


def _make(base: Type[Any], name: str, doc: str, members: Any) -> Any:
    """Returns an enumeration. ``members`` maps names to numbers, or is a text of names, which are numbered from 0."""
    if isinstance(members, str):
        members = {member: number for number, member in enumerate(members.split())}
    made = base(name, members, module=__name__)
    made.__doc__ = doc
    return made


# Column 40179 is unknown to ``procmon_parser``.
_TITLES = dict(sorted((code, title) for code, title in _native.code_table("Column") if code != 40179))

Column = _make(
    IntEnum,
    "Column",
    "A column of Procmon.",
    {"NONE": 0, **{_column_name(title): code for code, title in _TITLES.items()}},
)

ColumnToOriginalName: dict[Any, str] = {Column(code): title for code, title in _TITLES.items()}


class EventClass(_SpacedCsvName, ProcmonEnum):
    """The class of an event."""

    Unknown = 0
    Process = 1
    Registry = 2
    File_System = 3
    Profiling = 4
    Network = 5
    IPC = 6


ProcessOperation = _make(
    SpacedOperation,
    "ProcessOperation",
    "The operations on processes.",
    """
    Process_Defined Process_Create Process_Exit Thread_Create Thread_Exit Load_Image Thread_Profile
    Process_Start Process_Statistics System_Statistics
    """,
)

RegistryOperation = _make(
    Operation,
    "RegistryOperation",
    "The operations on the registry.",
    """
    RegOpenKey RegCreateKey RegCloseKey RegQueryKey RegSetValue RegQueryValue RegEnumValue RegEnumKey
    RegSetInfoKey RegDeleteKey RegDeleteValue RegFlushKey RegLoadKey RegUnloadKey RegRenameKey
    RegQueryMultipleValueKey RegSetKeySecurity RegQueryKeySecurity RegOpenKey2 RegRestoreKey RegSaveKey
    RegReplaceKey
    """,
)

NetworkOperation = _make(
    Operation,
    "NetworkOperation",
    "The operations of the network.",
    """
    Unknown Other Send Receive Accept Connect Disconnect Reconnect Retransmit TCPCopy
    """,
)

ProfilingOperation = _make(
    SpacedOperation,
    "ProfilingOperation",
    "The operations of profiling.",
    """
    Thread_Profiling Process_Profiling Debug_Output_Profiling
    """,
)

FilesystemOperation = _make(
    Operation,
    "FilesystemOperation",
    "The operations on files.",
    """
    VolumeDismount VolumeMount FASTIO_MDL_WRITE_COMPLETE WriteFile2 FASTIO_MDL_READ_COMPLETE ReadFile2
    QueryOpen FASTIO_CHECK_IF_POSSIBLE IRP_MJ_12 IRP_MJ_11 IRP_MJ_10 IRP_MJ_9 IRP_MJ_8
    FASTIO_NOTIFY_STREAM_FO_CREATION FASTIO_RELEASE_FOR_CC_FLUSH FASTIO_ACQUIRE_FOR_CC_FLUSH
    FASTIO_RELEASE_FOR_MOD_WRITE FASTIO_ACQUIRE_FOR_MOD_WRITE FASTIO_RELEASE_FOR_SECTION_SYNCHRONIZATION
    CreateFileMapping CreateFile CreatePipe IRP_MJ_CLOSE ReadFile WriteFile QueryInformationFile
    SetInformationFile QueryEAFile SetEAFile FlushBuffersFile QueryVolumeInformation
    SetVolumeInformation DirectoryControl FileSystemControl DeviceIoControl InternalDeviceIoControl
    Shutdown LockUnlockFile CloseFile CreateMailSlot QuerySecurityFile SetSecurityFile Power
    SystemControl DeviceChange QueryFileQuota SetFileQuota PlugAndPlay
    """,
)

FilesystemQueryVolumeInformationOperation = _make(
    Operation,
    "FilesystemQueryVolumeInformationOperation",
    "The operations that query a volume.",
    {
        "QueryInformationVolume": 1, "QueryLabelInformationVolume": 2, "QuerySizeInformationVolume": 3,
        "QueryDeviceInformationVolume": 4, "QueryAttributeInformationVolume": 5,
        "QueryControlInformationVolume": 6, "QueryFullSizeInformationVolume": 7,
        "QueryObjectIdInformationVolume": 8,
    },
)

FilesystemSetVolumeInformationOperation = _make(
    Operation,
    "FilesystemSetVolumeInformationOperation",
    "The operations that change a volume.",
    {
        "SetControlInformationVolume": 1, "SetLabelInformationVolume": 2,
        "SetObjectIdInformationVolume": 8,
    },
)

FilesystemQueryInformationOperation = _make(
    Operation,
    "FilesystemQueryInformationOperation",
    "The operations that query a file.",
    {
        "QueryBasicInformationFile": 4, "QueryStandardInformationFile": 5,
        "QueryFileInternalInformationFile": 6, "QueryEaInformationFile": 7, "QueryNameInformationFile": 9,
        "QueryPositionInformationFile": 14, "QueryAllInformationFile": 18, "QueryEndOfFile": 20,
        "QueryStreamInformationFile": 22, "QueryCompressionInformationFile": 28, "QueryId": 29,
        "QueryMoveClusterInformationFile": 31, "QueryNetworkOpenInformationFile": 34,
        "QueryAttributeTagFile": 35, "QueryIdBothDirectory": 37, "QueryValidDataLength": 39,
        "QueryShortNameInformationFile": 40, "QueryIoPiorityHint": 43, "QueryLinks": 46,
        "QueryNormalizedNameInformationFile": 48, "QueryNetworkPhysicalNameInformationFile": 49,
        "QueryIdGlobalTxDirectoryInformation": 50, "QueryIsRemoteDeviceInformation": 51,
        "QueryAttributeCacheInformation": 52, "QueryNumaNodeInformation": 53,
        "QueryStandardLinkInformation": 54, "QueryRemoteProtocolInformation": 55,
        "QueryRenameInformationBypassAccessCheck": 56, "QueryLinkInformationBypassAccessCheck": 57,
        "QueryVolumeNameInformation": 58, "QueryIdInformation": 59, "QueryIdExtdDirectoryInformation": 60,
        "QueryHardLinkFullIdInformation": 62, "QueryIdExtdBothDirectoryInformation": 63,
        "QueryDesiredStorageClassInformation": 67, "QueryStatInformation": 68,
        "QueryMemoryPartitionInformation": 69, "QuerySatLxInformation": 70,
        "QueryCaseSensitiveInformation": 71, "QueryLinkInformationEx": 72,
        "QueryLinkInfomraitonBypassAccessCheck": 73, "QueryStorageReservedIdInformation": 74,
        "QueryCaseSensitiveInformationForceAccessCheck": 75,
    },
)

FilesystemSetInformationOperation = _make(
    Operation,
    "FilesystemSetInformationOperation",
    "The operations that change a file.",
    {
        "SetBasicInformationFile": 4, "SetRenameInformationFile": 10, "SetLinkInformationFile": 11,
        "SetDispositionInformationFile": 13, "SetPositionInformationFile": 14,
        "SetAllocationInformationFile": 19, "SetEndOfFileInformationFile": 20,
        "SetFileStreamInformation": 22, "SetPipeInformation": 23, "SetValidDataLengthInformationFile": 39,
        "SetShortNameInformation": 40, "SetReplaceCompletionInformation": 61,
        "SetDispositionInformationEx": 64, "SetRenameInformationEx": 65,
        "SetRenameInformationExBypassAccessCheck": 66, "SetStorageReservedIdInformation": 74,
    },
)

FilesysemDirectoryControlOperation = _make(
    Operation,
    "FilesysemDirectoryControlOperation",
    "The operations on directories.",
    {
        "QueryDirectory": 1, "NotifyChangeDirectory": 2,
    },
)

FilesystemPnpOperation = _make(
    Operation,
    "FilesystemPnpOperation",
    "The operations of Plug and Play.",
    {
        "StartDevice": 0, "QueryRemoveDevice": 1, "RemoveDevice": 2, "CancelRemoveDevice": 3,
        "StopDevice": 4, "QueryStopDevice": 5, "CancelStopDevice": 6, "QueryDeviceRelations": 7,
        "QueryInterface": 8, "QueryCapabilities": 9, "QueryResources": 10, "QueryResourceRequirements": 11,
        "QueryDeviceText": 12, "FilterResourceRequirements": 13, "ReadConfig": 15, "WriteConfig": 16,
        "Eject": 17, "SetLock": 18, "QueryId2": 19, "QueryPnpDeviceState": 20, "QueryBusInformation": 21,
        "DeviceUsageNotification": 22, "SurpriseRemoval": 23, "QueryLegacyBusInformation": 24,
    },
)

FilesystemLockUnlockOperation = _make(
    Operation,
    "FilesystemLockUnlockOperation",
    "The operations on locks.",
    {
        "LockFile": 1, "UnlockFileSingle": 2, "UnlockFileAll": 3, "UnlockFileByKey": 4,
    },
)


class _UnknownName:
    """The name of an operation for which Procmon has none."""

    @property
    def csv_name(self) -> str:
        """The text that Procmon prints."""
        return UNKNOWN_CSV_NAME


class _UnknownOperation(_UnknownName, Operation):
    """An operation without a name."""


def unknown_operation(code: int) -> Any:
    """Returns the operation for a number that has no name."""
    return _make(_UnknownOperation, "UnknownOperation", "An operation without a name.", {f"Unknown_{code}": code})(code)


EventClassOperation = {
    EventClass.Process: ProcessOperation,
    EventClass.Registry: RegistryOperation,
    EventClass.File_System: FilesystemOperation,
    EventClass.Profiling: ProfilingOperation,
    EventClass.Network: NetworkOperation,
    EventClass.IPC: FilesystemOperation,
}

FilesystemSubOperations = {
    FilesystemOperation.QueryVolumeInformation: FilesystemQueryVolumeInformationOperation,
    FilesystemOperation.SetVolumeInformation: FilesystemSetVolumeInformationOperation,
    FilesystemOperation.QueryInformationFile: FilesystemQueryInformationOperation,
    FilesystemOperation.SetInformationFile: FilesystemSetInformationOperation,
    FilesystemOperation.DirectoryControl: FilesysemDirectoryControlOperation,
    FilesystemOperation.PlugAndPlay: FilesystemPnpOperation,
    FilesystemOperation.LockUnlockFile: FilesystemLockUnlockOperation,
}

RegistryTypes = _make(
    IntEnum,
    "RegistryTypes",
    "The types of registry values.",
    {
        "REG_NONE": 0, "REG_SZ": 1, "REG_EXPAND_SZ": 2, "REG_BINARY": 3, "REG_DWORD": 4,
        "REG_DWORD_LITTLE_ENDIAN": 4, "REG_DWORD_BIG_ENDIAN": 5, "REG_LINK": 6, "REG_MULTI_SZ": 7,
        "REG_RESOURCE_LIST": 8, "REG_FULL_RESOURCE_DESCRIPTOR": 9, "REG_RESOURCE_REQUIREMENTS_LIST": 10,
        "REG_QWORD": 11, "REG_QWORD_LITTLE_ENDIAN": 11,
    },
)

RegistryKeyValueInformationClass = _make(
    IntEnum,
    "RegistryKeyValueInformationClass",
    "The information classes of registry values.",
    """
    KeyValueBasicInformation KeyValueFullInformation KeyValuePartialInformation
    KeyValueFullInformationAlign64 KeyValuePartialInformationAlign64 KeyValueLayerInformation
    """,
)

RegistryKeyInformationClass = _make(
    IntEnum,
    "RegistryKeyInformationClass",
    "The information classes of registry keys.",
    """
    Basic Node Full Name Cached Flags Virtualization HandleTags Trust Layer
    """,
)

RegistryDisposition = _make(
    IntEnum,
    "RegistryDisposition",
    "The outcomes of RegCreateKey.",
    {
        "REG_CREATED_NEW_KEY": 1, "REG_OPENED_EXISTING_KEY": 2,
    },
)

FilesystemDisposition = _make(
    IntEnum,
    "FilesystemDisposition",
    "The dispositions of CreateFile.",
    """
    Supersede Open Create OpenIf Overwrite OverwriteIf
    """,
)

FilesystemOpenResult = _make(
    IntEnum,
    "FilesystemOpenResult",
    "The outcomes of CreateFile.",
    """
    Superseded Opened Created Overwritten Exists DoesNotExist
    """,
)

PageProtection = _make(
    IntEnum,
    "PageProtection",
    "The protection of pages.",
    {
        "PAGE_READONLY": 2, "PAGE_READWRITE": 4, "PAGE_WRITECOPY": 8, "PAGE_EXECUTE": 16,
        "PAGE_EXECUTE_READ": 32, "PAGE_EXECUTE_READWRITE": 64, "PAGE_NOCACHE": 512,
    },
)

FileInformationClass = _make(
    IntEnum,
    "FileInformationClass",
    "The information classes of files.",
    {"Unknown": 0, **{name: code for code, name in _native.code_table("FileInformationClass")}},
)

FilesystemPriority = {0: "", 1: "Very Low", 2: "Low", 3: "Normal", 4: "High", 5: "Critical"}


def get_error_message(error_value: int) -> str:
    """Returns Procmon's name of an NTSTATUS."""
    name = _native.status_name(error_value)
    return f"0x{error_value:X}" if name is None else name


def get_ioctl_name(ioctl: int) -> str:
    """Returns the name of a control code, or its number, device, function and method if it has no name."""
    name = _native.control_code_name(ioctl)
    if not name.lower().startswith("0x"):
        return name
    return f"{ioctl:#x} (Device:{ioctl >> 16:#x} Function:{ioctl >> 2 & 0xFFF} Method: {ioctl & 3})"


def _access(table: str, mask: int) -> str:
    """Returns the names of an access mask. A mask without names is shown as a number."""
    return ", ".join(_native.flag_names(table, mask)) or f"None {mask:#x}"


def get_registry_access_mask_string(access_mask: int) -> str:
    """Returns Procmon's text of an access mask of a registry key."""
    return _access("RegistryAccess", access_mask)


def get_filesystem_access_mask_string(access_mask: int) -> str:
    """Returns Procmon's text of an access mask of a file."""
    return _access("FileAccess", access_mask)


def get_filesysyem_create_options(options_mask: int) -> str:
    """Returns Procmon's text of the options of CreateFile."""
    return ", ".join(_native.flag_names("CreateOptions", options_mask))


def get_filesysyem_create_attributes(create_mask: int) -> str:
    """Returns Procmon's text of file attributes."""
    return "".join(_native.flag_names("FileAttributes", create_mask)) if create_mask else "n/a"


def get_filesysyem_create_share_mode(share_mask: int) -> str:
    """Returns Procmon's text of a share mode."""
    return ", ".join(_native.flag_names("ShareAccess", share_mask)) or "None"


def get_filesysyem_io_flags(flags: int) -> str:
    """Returns Procmon's text of the flags of a read or write."""
    return ", ".join(_native.flag_names("IoFlags", flags))


def get_filesystem_notify_change_flags(flags: int) -> str:
    """Returns Procmon's text of the filter of NotifyChangeDirectory."""
    return ", ".join(_native.flag_names("NotifyFilter", flags))


def get_security_information_string(mask: int) -> str:
    """Returns Procmon's text of the parts of a security descriptor."""
    return ", ".join(_native.flag_names("SecurityInformation", mask))
