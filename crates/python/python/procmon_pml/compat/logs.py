"""Events, processes and modules, with the interface of ``procmon_parser.logs``."""

from __future__ import annotations

from abc import abstractmethod
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any, Callable, Iterator, Optional

from .. import _native
from . import _details
from .consts import (
    UNKNOWN_CSV_NAME,
    Column,
    ColumnToOriginalName,
    EventClass,
    EventClassOperation,
    FilesystemOperation,
    FilesystemSubOperations,
    get_error_message,
    unknown_operation,
)

__all__ = ["Event", "Module", "PMLError", "PMLStructReader", "Process"]

_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)


class PMLError(RuntimeError):
    """Raised if a log cannot be read."""


class _Lazy:
    """An object whose attributes are computed when they are first read.

    The method ``_make_NAME`` computes the attribute ``NAME``.
    """

    _makers: dict[str, Callable[[Any, Any], Any]] = {}

    def __init_subclass__(cls) -> None:
        prefix = "_make_"
        cls._makers = {name[len(prefix) :]: make for name, make in vars(cls).items() if name.startswith(prefix)}

    def __getattr__(self, name: str) -> Any:
        make = type(self)._makers.get(name)
        fields = self.__dict__
        if make is None or "_source" not in fields:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = fields[name] = make(self, fields["_source"])
        return value


class Module:
    """A module of a process."""

    def __init__(
        self,
        base_address: int = 0,
        size: int = 0,
        path: str = "",
        version: str = "",
        company: str = "",
        description: str = "",
        timestamp: int = 0,
    ) -> None:
        self.base_address = base_address
        self.size = size
        self.path = path
        self.version = version
        self.company = company
        self.description = description
        self.timestamp = timestamp

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Module) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.base_address, self.size, self.path))

    def __str__(self) -> str:
        return f'"{self.path}", address={self.base_address:#x}, size={self.size:#x}'

    def __repr__(self) -> str:
        texts = f'"{self.path}", "{self.version}", "{self.company}", "{self.description}"'
        return f"Module({self.base_address}, {self.size}, {texts}, {self.timestamp})"


class Process(_Lazy):
    """A process."""

    def __init__(
        self,
        pid: int = 0,
        parent_pid: int = 0,
        authentication_id: int = 0,
        session: int = 0,
        virtualized: int = 0,
        is_process_64bit: bool = False,
        integrity: str = "",
        user: str = "",
        process_name: str = "",
        image_path: str = "",
        command_line: str = "",
        company: str = "",
        version: str = "",
        description: str = "",
        start_time: Optional[int] = None,
        end_time: Optional[int] = None,
        modules: Optional[list[Module]] = None,
    ) -> None:
        self.pid = pid
        self.parent_pid = parent_pid
        self.authentication_id = authentication_id
        self.session = session
        self.virtualized = virtualized
        self.is_process_64bit = is_process_64bit
        self.integrity = integrity
        self.user = user
        self.process_name = process_name
        self.image_path = image_path
        self.command_line = command_line
        self.company = company
        self.version = version
        self.description = description
        self.start_time = start_time
        self.end_time = end_time
        self.modules = [] if modules is None else modules

    @classmethod
    def _of(cls, source: _native.Process) -> Process:
        self = cls.__new__(cls)
        self.pid = source.pid
        self.parent_pid = source.parent_pid
        self.authentication_id = source.authentication_id
        self.session = source.session
        self.virtualized = source.virtualized_code
        self.is_process_64bit = source.is_64bit
        self.integrity = source.integrity
        self.user = source.user
        self.process_name = source.name
        self.image_path = source.image_path
        self.command_line = source.command_line
        self.company = source.company
        self.version = source.version
        self.description = source.description
        self.start_time = source.start_filetime
        self.end_time = source.end_filetime or 0
        self.__dict__["_source"] = source
        return self

    def _make_modules(self, source: _native.Process) -> list[Module]:
        return [
            Module(
                module.base,
                module.size,
                module.path,
                module.version,
                module.company,
                module.description,
                module.time_date_stamp or 0,
            )
            for module in source.modules
        ]

    def _key(self) -> tuple[Any, ...]:
        return (
            self.pid,
            self.parent_pid,
            self.authentication_id,
            self.session,
            self.virtualized,
            self.is_process_64bit,
            self.integrity,
            self.user,
            self.process_name,
            self.image_path,
            self.command_line,
            self.company,
            self.version,
            self.description,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Process) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return f'"{self.image_path}", {self.pid}'

    def __repr__(self) -> str:
        numbers = ", ".join(map(str, self._key()[:5]))
        texts = ", ".join(f'"{text}"' for text in self._key()[5:])
        return f"Process({numbers}, {texts})"


_TITLES = list(ColumnToOriginalName.values())

# Like ``procmon_parser``, without the limits that versions of Procmon have.
_STYLE = _native.Style("complete")
# A style that omits registry values of the types that Procmon does not print.
_WITHOUT_VALUES = _native.Style("3.53")

_DURATION = ColumnToOriginalName[Column.DURATION]
_RELATIVE = ColumnToOriginalName[Column.RELATIVE_TIME]


class Event(_Lazy):
    """An event of a log."""

    def __init__(
        self,
        process: Process,
        tid: int,
        event_class: Any,
        operation: Any,
        duration: int,
        date_filetime: int,
        result: int = 0,
        stacktrace: Optional[list[int]] = None,
        category: str = "",
        path: str = "",
        details: Optional[dict[str, Any]] = None,
        network_protocol: str = "",
        unknown_sub_operation: Optional[int] = None,
    ) -> None:
        self.process = process
        self.tid = tid
        self.event_class = EventClass[event_class] if isinstance(event_class, str) else EventClass(event_class)
        self.operation = operation
        self.network_protocol = network_protocol
        self.unknown_sub_operation = unknown_sub_operation
        self.date_filetime = date_filetime
        self.result = result
        self.duration = duration
        self.stacktrace = stacktrace
        self.category = category
        self.path = path
        self.details = details

    @classmethod
    def _of(cls, source: _native.Event, reader: Any) -> Event:
        self = cls.__new__(cls)
        fields = self.__dict__
        fields["_source"] = source
        fields["_reader"] = reader
        return self

    def _make_process(self, source: _native.Event) -> Process:
        process: Process = self.__dict__["_reader"]._process(source)
        return process

    def _make_tid(self, source: _native.Event) -> int:
        return source.tid

    def _make_event_class(self, source: _native.Event) -> EventClass:
        number = int(source.event_class)
        return EventClass(number) if number in EventClassOperation else EventClass.Unknown

    def _make_operation(self, source: _native.Event) -> Any:
        self._set_operation(source)
        return self.__dict__["operation"]

    def _make_network_protocol(self, source: _native.Event) -> str:
        self._set_operation(source)
        protocol: str = self.__dict__["network_protocol"]
        return protocol

    def _make_unknown_sub_operation(self, source: _native.Event) -> Optional[int]:
        self._set_operation(source)
        operation: Optional[int] = self.__dict__["unknown_sub_operation"]
        return operation

    def _set_operation(self, source: _native.Event) -> None:
        event_class, code, minor, protocol = source.operation_codes
        operation, unknown = _operation(event_class, code, minor)
        self.__dict__.update(operation=operation, unknown_sub_operation=unknown, network_protocol=protocol)

    def _make_date_filetime(self, source: _native.Event) -> int:
        return source.filetime

    def _make_result(self, source: _native.Event) -> int:
        return int(source.status)

    def _make_duration(self, source: _native.Event) -> int:
        duration = source.duration_ns
        return 0 if duration is None else duration // 100

    def _make_stacktrace(self, source: _native.Event) -> list[int]:
        return source.addresses if self.__dict__["_reader"]._has_stacks else []

    def _make_category(self, source: _native.Event) -> str:
        return source.category or "" if self.__dict__["_reader"]._has_details else ""

    def _make_path(self, source: _native.Event) -> str:
        path = None if self._has_details() else _details.path_of_listing(source)
        return source.text("Path", _STYLE) if path is None else path

    def _make_details(self, source: _native.Event) -> OrderedDict[str, Any]:
        return _details.of(source) if self._has_details() else OrderedDict()

    def _has_details(self) -> bool:
        """Returns false if the options of the reader exclude the details of such events."""
        optional = (EventClass.Registry, EventClass.File_System, EventClass.IPC)
        return self.__dict__["_reader"]._has_details or self.event_class not in optional

    def _key(self) -> tuple[Any, ...]:
        return (
            self.process,
            self.tid,
            self.event_class,
            self.operation,
            self.duration,
            self.date_filetime,
            self.result,
            self.category,
            self.path,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self._key() == other._key() and self.details == other.details

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        process, date = self.process, _date(self.date_filetime, with_ticks=True)
        name, pid = process.process_name, process.pid
        return f'Process Name={name}, Pid={pid}, Operation={self.operation.name}, Path="{self.path}", Time={date}'

    def __repr__(self) -> str:
        names = f'"{self.event_class.name}", "{self.operation.name}"'
        numbers = f"{self.duration}, {self.date_filetime}, {self.result}"
        texts = f'"{self.category}", "{self.path}", {self.details}'
        return f"Event({self.process}, {self.tid}, {names}, {numbers}, {texts})"

    def date(self, is_utc: bool = True) -> datetime:
        """Returns the start of the operation, in UTC or in the local time zone."""
        return _datetime(self.date_filetime, is_utc)

    def get_compatible_csv_info(
        self, first_event_date_filetime: Optional[int] = None, is_utc: bool = True
    ) -> dict[str, str]:
        """Returns the texts of the columns, as in Procmon's CSV. The keys are the titles of the columns."""
        first = first_event_date_filetime or self.date_filetime
        source: Optional[_native.Event] = self.__dict__.get("_source")
        row = _row(self, is_utc) if source is None else source.row(_TITLES, _STYLE)
        if source is not None:
            row["Detail"] = _detail(self, source, row["Detail"], is_utc) if self._has_details() else ""
            row["Category"], row["Path"] = self.category, self.path
            row["Sequence"] = "n/a"
            row["Process Start"] = _date(self.process.start_time or 0, is_utc)
            if not is_utc:
                row.update(_times(self, is_utc))
        row[_RELATIVE] = _span(max(self.date_filetime - first, 0))
        # Procmon replaces line feeds in its CSV.
        return {title: text.replace("\n", ";") for title, text in row.items()}


def _detail(event: Event, source: _native.Event, text: str, is_utc: bool) -> str:
    """Returns the detail of an event of a log, given its complete text with times in UTC."""
    details = event.details or {}
    kind = details.get("Type") if event.event_class is EventClass.Registry else None
    if kind is not None and kind not in _details.PRINTED:
        return source.text("Detail", _WITHOUT_VALUES)
    if not is_utc:
        for label, time in _details.dates(details):
            text = text.replace(f"{label}: {_date(time)}", f"{label}: {_date(time, is_utc)}", 1)
    return text


_OPERATIONS: dict[tuple[int, int, Optional[int]], tuple[Any, Optional[int]]] = {}


def _operation(event_class: int, code: int, minor: Optional[int]) -> tuple[Any, Optional[int]]:
    """Returns an operation, and the number of its sub-operation if that is unknown."""
    key = (event_class, code, minor)
    found = _OPERATIONS.get(key)
    if found is None:
        found = _OPERATIONS[key] = _find_operation(*key)
    return found


def _find_operation(event_class: int, code: int, minor: Optional[int]) -> tuple[Any, Optional[int]]:
    try:
        operation = EventClassOperation[EventClass(event_class)](code)
    except (KeyError, ValueError):
        return unknown_operation(code), None
    sub_operations = FilesystemSubOperations.get(operation)
    if not isinstance(operation, FilesystemOperation) or sub_operations is None or minor is None:
        return operation, None
    if minor == 0:
        return operation, None
    try:
        return sub_operations(minor), None
    except ValueError:
        return operation, minor


def _datetime(filetime: int, is_utc: bool = True) -> datetime:
    date = _EPOCH + timedelta(microseconds=filetime // 10)
    return date if is_utc else date.astimezone()


def _time(filetime: int, is_utc: bool = True) -> str:
    try:
        date = _datetime(filetime, is_utc)
    except OverflowError:
        return _outside_calendar(filetime)
    half = "AM" if date.hour < 12 else "PM"
    return f"{date.hour % 12 or 12}:{date:%M:%S}.{filetime % _details.SECOND:07} {half}"


def _outside_calendar(filetime: int) -> str:
    """Returns the text of a time that is not in the calendar: a signed number, as in Procmon."""
    return str(filetime - (1 << 64) if filetime >= 1 << 63 else filetime)


def _date(filetime: int, is_utc: bool = True, with_ticks: bool = False) -> str:
    try:
        date = _datetime(filetime, is_utc)
    except OverflowError:
        return _outside_calendar(filetime)
    time = _time(filetime, is_utc)
    if not with_ticks:
        time = time[:-11] + time[-3:]
    return f"{date.month}/{date.day}/{date.year} {time}"


def _span(ticks: int) -> str:
    seconds, rest = divmod(ticks, _details.SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{rest:07}"


def _times(event: Event, is_utc: bool) -> dict[str, str]:
    start = event.date_filetime
    return {
        "Date & Time": _date(start, is_utc),
        "Time of Day": _time(start, is_utc),
        # An operation that is pending has no result.
        "Completion Time": _time(start + event.duration, is_utc) if get_error_message(event.result) else "",
        "Process Start": _date(event.process.start_time or 0, is_utc),
    }


def _row(event: Event, is_utc: bool) -> dict[str, str]:
    """Returns the texts of the columns of an event that is not from a log."""
    process = event.process
    operation = event.operation.csv_name if event.unknown_sub_operation is None else UNKNOWN_CSV_NAME
    if event.network_protocol:
        operation = f"{event.network_protocol} {operation}"
    luid = process.authentication_id
    result = get_error_message(event.result)
    times = _times(event, is_utc)
    date = partial(_date, is_utc=is_utc)
    return {
        "Date & Time": times["Date & Time"],
        "Process Name": process.process_name,
        "PID": str(process.pid),
        "Operation": operation,
        "Result": result,
        "Detail": _details.text(event.event_class.name, event.operation.name, event.details or {}, date),
        "Sequence": "n/a",
        "Company": process.company,
        "Description": process.description,
        "Command Line": process.command_line,
        "User": process.user,
        "Image Path": process.image_path,
        "Session": str(process.session),
        "Path": event.path,
        "TID": str(event.tid),
        _RELATIVE: "",
        _DURATION: _details.seconds(event.duration) if result else "",
        "Time of Day": times["Time of Day"],
        "Version": process.version,
        "Event Class": event.event_class.csv_name,
        "Authentication ID": f"{luid >> 32:08x}:{luid & 0xFFFFFFFF:08x}",
        "Virtualized": {0: "False", 1: "True"}.get(process.virtualized, "n/a"),
        "Integrity": process.integrity,
        "Category": event.category,
        "Parent PID": str(process.parent_pid),
        "Architecture": "64-bit" if process.is_process_64bit else "32-bit",
        "Completion Time": times["Completion Time"],
        "Process Start": times["Process Start"],
    }


class PMLStructReader:
    """The interface of readers of logs."""

    @property
    @abstractmethod
    def header(self) -> Any:
        """The header of the file."""

    @property
    @abstractmethod
    def events_offsets(self) -> list[int]:
        """The offsets of the events in the file."""

    @abstractmethod
    def get_event_at_offset(self, offset: int) -> Event:
        """Returns the event at an offset in the file."""

    @abstractmethod
    def processes(self) -> list[Process]:
        """Returns the processes of the log."""

    @abstractmethod
    def system_details(self) -> dict[str, Any]:
        """Returns facts about the computer on which the log was captured."""

    @property
    def number_of_events(self) -> int:
        """The number of events."""
        return len(self.events_offsets)

    def __iter__(self) -> Iterator[Event]:
        return (self.get_event_at_offset(offset) for offset in self.events_offsets)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self.get_event_at_offset(offset) for offset in self.events_offsets[index]]
        return self.get_event_at_offset(self.events_offsets[index])
