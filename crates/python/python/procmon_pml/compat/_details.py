"""The details of events, with the names and types of ``procmon_parser``."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Iterable, Iterator, Optional

from .. import _native
from .._types import Code, Flags
from .consts import (
    RegistryKeyInformationClass,
    get_filesystem_access_mask_string,
    get_ioctl_name,
    get_registry_access_mask_string,
)

_Items = Iterable[tuple[str, Any]]


def of(event: _native.Event) -> OrderedDict[str, Any]:
    """Returns the details of an event of a log."""
    try:
        detail = event.raw_detail
    except _native.PmlError:
        return OrderedDict()
    (kind, value), = detail.items()
    make = _CLASSES.get(kind)
    items = () if make is None else make(event, value)
    # A detail that was cut short lacks its last values.
    return OrderedDict((label, value) for label, value in items if value is not None)


def path_of_listing(event: _native.Event) -> Optional[str]:
    """Returns the path of the folder that an event lists, without the filter; ``None`` for other events."""
    if event.operation != "QueryDirectory":
        return None
    try:
        path: str = event.raw_detail["file"]["path"]
    except _native.PmlError:
        return None
    return path


def text(event_class: str, operation: str, details: dict[str, Any], date: Callable[[int], str]) -> str:
    """Returns details as text, in the form of the column Detail. ``date`` returns the text of a FILETIME."""
    items = (
        (label, _value(event_class, operation, label, value, details, date))
        for label, value in details.items()
        if not (event_class == "Registry" and _is_unprinted(operation, label, details))
    )
    return ", ".join(f"{label}: {value}" for label, value in items)


def dates(details: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Returns the labels of times in details, with the times."""
    return ((label, value) for label, value in details.items() if label in _DATES and isinstance(value, int))


# The types of registry values that Procmon prints.
PRINTED = {"REG_BINARY", "REG_DWORD", "REG_EXPAND_SZ", "REG_MULTI_SZ", "REG_NONE", "REG_SZ"}
# Labels of times.
_DATES = {"CreationTime", "LastAccessTime", "LastWriteTime", "ChangeTime"}
# Labels of the facts about a registry key that Procmon does not print.
_UNPRINTED = {
    "ClassLength", "ClassOffset", "MaxClassLen", "MaxNameLen", "MaxValueDataLen", "MaxValueNameLen", "TitleIndex"
}
# Labels of numbers that Procmon prints with thousands separators.
_GROUPED = {
    "AllocationSize", "EndOfFile", "Index", "Length", "Offset", "Peak Private Bytes", "Peak Working Set", "Private Bytes",
    "SubKeys", "Values", "Working Set"
}
# Labels of numbers that Procmon prints in hexadecimal.
_HEXADECIMAL = {"HandleTags", "Image Base", "Image Size", "UserFlags", "Wow64Flags"}


def _is_unprinted(operation: str, label: str, details: dict[str, Any]) -> bool:
    """Returns true for a fact of a registry operation that Procmon does not print."""
    if label == "Name":
        return operation == "RegQueryValue" or (operation == "RegQueryKey" and details.get("Query") == "Name")
    if label == "LastWriteTime":
        return operation != "RegSetInfoKey"
    return label in _UNPRINTED


def _value(
    event_class: str, operation: str, label: str, value: Any, details: dict[str, Any], date: Callable[[int], str]
) -> str:
    if event_class == "Registry" and label == "Data":
        return _data_text(details.get("Type"), value)
    if label == "Environment" and isinstance(value, list):
        return "".join(f"\r\n\t{variable}" for variable in value)
    if not isinstance(value, int) or isinstance(value, bool) or event_class == "Network":
        return str(value)
    if operation in ("CreatePipe", "CreateMailSlot") or label in _HEXADECIMAL:
        return f"{value:#x}"
    if label in _DATES:
        return date(value)
    if label in ("User Time", "Kernel Time"):
        unit = "" if operation.startswith("Thread") else " seconds"
        return seconds(value) + unit
    if label == "Exit Status" and value >= 1 << 31:
        return str(value - (1 << 32))
    return f"{value:,}" if label in _GROUPED else str(value)


# Ticks of 100 ns in a second.
SECOND = 10_000_000


def seconds(ticks: int) -> str:
    """Returns a span in seconds, as Procmon prints it."""
    return f"{ticks // SECOND}.{ticks % SECOND:07}"


def _data_text(kind: Any, value: Any) -> str:
    if kind == "REG_QWORD":
        return ""  # Procmon does not print it.
    if isinstance(value, bytes):
        return value.hex(" ").upper()
    return ", ".join(value) if isinstance(value, list) else str(value)


def _attributes(flags: Optional[Flags]) -> Optional[str]:
    return None if flags is None else "".join(flags.names) if flags else "n/a"


def _hexadecimal(number: Optional[int]) -> Optional[str]:
    return None if number is None else f"{number:#x}"


def _code(code: Optional[Code]) -> str:
    return "" if code is None else f"<Unknown: {int(code)}>" if code.name is None else code.name


def _file(event: _native.Event, detail: dict[str, Any]) -> _Items:
    (kind, request), = detail["request"].items()
    if event.operation in ("CreatePipe", "CreateMailSlot") and kind == "generic":
        return _pipe(detail, request)
    make = _FILES.get(kind)
    return () if make is None else make(request)


def _pipe(detail: dict[str, Any], arguments: list[int]) -> _Items:
    yield "Minor ID", detail["minor"]
    yield "IRP Flags", detail["irp_flags"]
    yield "Flags", detail["callback_flags"]
    for number, argument in enumerate(arguments, 1):
        yield f"Arg{number}", argument


def _create(request: dict[str, Any]) -> _Items:
    disposition = request["disposition"]
    yield "Desired Access", get_filesystem_access_mask_string(request["desired_access"])
    yield "Disposition", disposition.name or "<unknown>"
    yield "Options", str(request["options"])
    yield "Attributes", _attributes(request["attributes"])
    yield "ShareMode", str(request["share_access"]) or "None"
    yield "AllocationSize", request["shown_allocation_size"] if disposition in _CREATING else "n/a"
    if request["impersonating"] is not None:
        yield "Impersonating", request["impersonating"]
    if request["open_result"] is not None:
        yield "OpenResult", request["open_result"].name or "<unknown>"


# The dispositions that can create a file: Supersede, Create, OpenIf and OverwriteIf.
_CREATING = {0, 2, 3, 5}


def _mapping(request: dict[str, Any]) -> _Items:
    sync_type = request["sync_type"]
    yield "SyncType", sync_type.name or f"Unknown: {int(sync_type)}"
    if request["page_protection"]:
        yield "PageProtection", "|".join(request["page_protection"].names)


def _read_write(request: dict[str, Any]) -> _Items:
    yield "Offset", request["offset"]
    transferred = request["transferred"]
    yield "Length", request["requested"] if transferred is None else transferred
    if request["io_flags"]:
        yield "I/O Flags", str(request["io_flags"])
    if request["priority"]:
        yield "Priority", request["priority"].name or str(int(request["priority"]))


def _device_control(request: dict[str, Any]) -> _Items:
    yield "Control", get_ioctl_name(request["code"])


def _file_system_control(request: dict[str, Any]) -> _Items:
    yield "Control", get_ioctl_name(request["code"])
    offload = request["offload"]
    if offload is not None:
        yield "Offset", offload["offset"]
        yield "Length", offload["length"]
    for label, field in _PIPE_LENGTHS.get(request["code"].name, ()):
        yield label, request[field]


# The lengths that Procmon prints for control codes of pipes.
_PIPE_LENGTHS = {
    "FSCTL_PIPE_INTERNAL_READ": [("Length", "input_length")],
    "FSCTL_PIPE_INTERNAL_WRITE": [("Length", "output_length")],
    "FSCTL_PIPE_INTERNAL_TRANSCEIVE": [("WriteLength", "output_length"), ("ReadLength", "input_length")],
    "FSCTL_PIPE_TRANSCEIVE": [("WriteLength", "output_length"), ("ReadLength", "input_length")],
}


def _directory(request: dict[str, Any]) -> _Items:
    number = 1
    if request["filter"] is not None:
        yield "Filter", request["filter"]
        number = 2
    yield "FileInformationClass", _code(request["information_class"])
    for number, entry in enumerate(request["entries"] or (), number):
        yield str(number), entry["name"]


def _notify(request: dict[str, Any]) -> _Items:
    yield "Filter", str(request["filter"])


def _times(values: dict[str, Any]) -> _Items:
    yield "CreationTime", values["creation_time"]
    yield "LastAccessTime", values["last_access_time"]
    yield "LastWriteTime", values["last_write_time"]
    yield "ChangeTime", values["change_time"]


def _query(request: dict[str, Any]) -> _Items:
    if not request["result"]:
        return
    (kind, result), = request["result"].items()
    if kind == "basic":
        yield from _times(result)
        yield "FileAttributes", _attributes(result["file_attributes"])
    elif kind == "standard":
        yield "AllocationSize", result["allocation_size"]
        yield "EndOfFile", result["end_of_file"]
        yield "NumberOfLinks", result["number_of_links"]
        yield "DeletePending", result["delete_pending"]
        yield "Directory", result["directory"]
    elif kind == "internal":
        yield "IndexNumber", _hexadecimal(result["index_number"])
    elif kind == "ea":
        yield "EaSize", result["ea_size"]
    elif kind == "name":
        yield "Name", result["name"]
    elif kind == "all":
        yield from _times(result["basic"])
        yield "FileAttributes", _attributes(result["basic"]["file_attributes"])
        yield "AllocationSize", result["standard"]["allocation_size"]
        yield "EndOfFile", result["standard"]["end_of_file"]
    elif kind == "streams":
        for number, stream in enumerate(result):
            yield str(number), stream["name"]
    elif kind == "network_open":
        yield from _query_open(result)
    elif kind == "attribute_tag":
        yield "Attributes", _attributes(result["attributes"])
        yield "ReparseTag", _hexadecimal(result["reparse_tag"])


def _query_open(result: Optional[dict[str, Any]]) -> _Items:
    if result is not None:
        yield from _times(result)
        yield "AllocationSize", result["allocation_size"]
        yield "EndOfFile", result["end_of_file"]
        yield "FileAttributes", _attributes(result["file_attributes"])


def _set(request: dict[str, Any]) -> _Items:
    (kind, information), = request["information"].items()
    if kind == "disposition" and information["delete"] is not None:
        yield "Delete", str(information["delete"])


def _query_security(request: dict[str, Any]) -> _Items:
    return _set_security(request["information"])


def _set_security(information: Flags) -> _Items:
    # Only later versions of Procmon have a name for this flag.
    names = [*information.names, *["Access Filter"] * bool(information & _ACCESS_FILTER & ~_known(information))]
    yield "Information", ", ".join(names)


_ACCESS_FILTER = 0x100


def _known(information: Flags) -> int:
    return _ACCESS_FILTER if "Access Filter" in information else 0


_FILES: dict[str, Callable[[Any], _Items]] = {
    "create": _create,
    "create_file_mapping": _mapping,
    "device_io_control": _device_control,
    "file_system_control": _file_system_control,
    "notify_change_directory": _notify,
    "query_directory": _directory,
    "query_information": _query,
    "query_open": _query_open,
    "query_security": _query_security,
    "read": _read_write,
    "set_information": _set,
    "set_security": _set_security,
    "write": _read_write,
}


def _registry(event: _native.Event, detail: dict[str, Any]) -> _Items:
    (kind, request), = detail["request"].items()
    make = _REGISTRY.get(kind)
    return () if make is None else make(request)


def _open_key(request: dict[str, Any]) -> _Items:
    desired = request["desired_access"]
    if not desired:
        return
    yield "Desired Access", get_registry_access_mask_string(desired)
    result = request["result"] or {}
    if result.get("granted_access") is not None and desired == _MAXIMUM_ALLOWED:
        yield "Granted Access", get_registry_access_mask_string(result["granted_access"])
    if result.get("disposition"):
        yield "Disposition", _code(result["disposition"])


_MAXIMUM_ALLOWED = 0x0200_0000


def _query_key(request: dict[str, Any]) -> _Items:
    yield "Query", _key_class(request["information_class"])
    yield from _key(request)


def _key_class(code: Code) -> str:
    try:
        name: str = RegistryKeyInformationClass(code).name
    except ValueError:
        return _code(code)
    return name


def _enum_key(request: dict[str, Any]) -> _Items:
    yield "Index", request["index"]
    yield from _key(request)


def _key(request: dict[str, Any]) -> _Items:
    if not request["result"]:
        yield "Length", request["length"]
        return
    (kind, result), = request["result"].items()
    if kind == "name":
        yield "Name", result
    elif kind == "handle_tags":
        yield "HandleTags", result
    elif kind == "flags":
        yield "UserFlags", result["user_flags"]
    elif kind in ("basic", "node", "full", "cached"):
        yield "LastWriteTime", result["last_write"]
        yield "TitleIndex", result["title_index"]
        if kind in ("node", "full"):
            yield "ClassOffset", result["class_offset"]
            yield "ClassLength", result["class_size"]
        if kind in ("basic", "node"):
            yield "Name", result["name"]
        else:
            yield "SubKeys", result["sub_keys"]
            yield "MaxNameLen", result["max_name_size"]
            if kind == "full":
                yield "MaxClassLen", result["max_class_size"]
            yield "Values", result["values"]
            yield "MaxValueNameLen", result["max_value_name_size"]
            yield "MaxValueDataLen", result["max_value_data_size"]


def _query_value(request: dict[str, Any]) -> _Items:
    if not request["result"]:
        yield "Length", request["length"]
        return
    (kind, result), = request["result"].items()
    if kind == "full":
        yield "Name", result["name"]
    if kind == "basic":
        yield "Type", _code(result["value_type"])
    elif kind in ("full", "partial"):
        yield from _data(result["data"])


def _enum_value(request: dict[str, Any]) -> _Items:
    yield "Index", request["index"]
    yield from _query_value(request)


def _data(data: dict[str, Any]) -> _Items:
    yield "Type", _code(data["value_type"])
    yield "Length", data["length"]
    if not data["length"]:
        return
    (kind, value), = (data["value"] or {"": ""}).items()
    if kind == "multi_string":
        value = value or [""]
    # Values of other types are not decoded.
    yield "Data", value if kind in _VALUES else ""


_VALUES = {"binary", "dword", "expand_string", "multi_string", "qword", "string"}


def _set_key(request: dict[str, Any]) -> _Items:
    yield "KeySetInformationClass", _code(request["information_class"])
    yield "Length", request["captured_length"]
    (kind, value), = (request["information"] or {"": None}).items()
    if kind in _KEY_INFORMATION:
        yield _KEY_INFORMATION[kind], value


# Labels of the information that RegSetInfoKey sets.
_KEY_INFORMATION = {"write_time": "LastWriteTime", "wow64_flags": "Wow64Flags"}


def _set_value(request: dict[str, Any]) -> _Items:
    items = _data(request["data"])
    return items if request["data"]["value_type"].name else (item for item in items if item[0] != "Data")


def _load_key(request: dict[str, Any]) -> _Items:
    yield "Hive Path", request["hive_path"]


def _rename_key(request: dict[str, Any]) -> _Items:
    yield "New Name", request["new_name"]


_REGISTRY: dict[str, Callable[[Any], _Items]] = {
    "create_key": _open_key,
    "enum_key": _enum_key,
    "enum_value": _enum_value,
    "load_key": _load_key,
    "open_key": _open_key,
    "query_key": _query_key,
    "query_value": _query_value,
    "rename_key": _rename_key,
    "set_info_key": _set_key,
    "set_value": _set_value,
}


def _process(event: _native.Event, detail: dict[str, Any]) -> _Items:
    (kind, value), = detail.items()
    if kind in ("create", "defined"):
        yield "PID", value["pid"]
        yield "Command line", value["command_line"]
    elif kind == "start":
        yield "Parent PID", value["parent_pid"]
        parameters = value["parameters"]
        if parameters is not None:
            yield "Command line", parameters["command_line"]
            yield "Current directory", parameters["current_directory"]
            yield "Environment", parameters["environment"]
    elif kind in ("exit", "statistics"):
        yield "Exit Status", value["exit_status"]
        yield "User Time", value["user_time"]
        yield "Kernel Time", value["kernel_time"]
        yield "Private Bytes", value["private_bytes"]
        yield "Peak Private Bytes", value["peak_private_bytes"]
        yield "Working Set", value["working_set"]
        yield "Peak Working Set", value["peak_working_set"]
    elif kind == "thread_create":
        yield "Thread ID", value["thread_id"]
    elif kind == "thread_exit":
        yield "Thread ID", event.tid
        yield "User Time", value["user_time"]
        yield "Kernel Time", value["kernel_time"]
    elif kind == "load_image":
        yield "Image Base", value["base"]
        yield "Image Size", value["size"]


def _profiling(event: _native.Event, detail: dict[str, Any]) -> _Items:
    (kind, value), = detail.items()
    if kind in ("process", "thread"):
        yield "User Time", value["user_time"]
        yield "Kernel Time", value["kernel_time"]
    if kind == "process":
        yield "Private Bytes", value["private_bytes"]
        yield "Working Set", value["working_set"]
    elif kind == "thread":
        yield "Context Switches", value["context_switches"]


def _network(event: _native.Event, detail: dict[str, Any]) -> _Items:
    yield "Length", detail["length"]
    for item in detail["properties"]:
        yield item["name"], item["value"]


_CLASSES: dict[str, Callable[[_native.Event, Any], _Items]] = {
    "file": _file,
    "network": _network,
    "process": _process,
    "profiling": _profiling,
    "registry": _registry,
}
