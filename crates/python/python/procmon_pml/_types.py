"""Numbers with names, and the enumerations of the package."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Optional, Sequence


class Code(int):
    """A number with the name that Procmon prints.

    >>> from procmon_pml import Code
    >>> code = Code(1, "Open")
    >>> code == 1, code.name, str(code)
    (True, 'Open', 'Open')
    >>> Code(0x90)
    Code(0x90)
    """

    name: Optional[str]

    def __new__(cls, code: int, name: Optional[str] = None) -> "Code":
        self = super().__new__(cls, code)
        self.name = name
        return self

    def __getnewargs__(self) -> tuple[int, Optional[str]]:  # type: ignore[override]
        return int(self), self.name

    def __str__(self) -> str:
        return self.name if self.name is not None else f"{int(self):#X}"

    def __repr__(self) -> str:
        name = "" if self.name is None else f", {self.name!r}"
        return f"Code({int(self):#x}{name})"


class Flags(int):
    """A set of flags with the names that Procmon prints. Bits without a name are in the number, but not in ``names``.

    >>> from procmon_pml import Flags
    >>> flags = Flags(0x100080, ["Read Attributes", "Synchronize"])
    >>> flags & 0x80 != 0, "Synchronize" in flags, str(flags)
    (True, True, 'Read Attributes, Synchronize')
    """

    names: tuple[str, ...]

    def __new__(cls, bits: int, names: Sequence[str] = ()) -> "Flags":
        self = super().__new__(cls, bits)
        self.names = tuple(names)
        return self

    def __getnewargs__(self) -> tuple[int, tuple[str, ...]]:  # type: ignore[override]
        return int(self), self.names

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __str__(self) -> str:
        return ", ".join(self.names)

    def __repr__(self) -> str:
        return f"Flags({int(self):#x}, {list(self.names)!r})"


class EventClass(IntEnum):
    """The class of an event."""

    PROCESS = 1
    REGISTRY = 2
    FILE_SYSTEM = 3
    PROFILING = 4
    NETWORK = 5
    IPC = 6


class Column(str, Enum):
    """The titles of Procmon's columns. Functions that take a title also accept its text."""

    DATE_AND_TIME = "Date & Time"
    PROCESS_NAME = "Process Name"
    PID = "PID"
    OPERATION = "Operation"
    RESULT = "Result"
    DETAIL = "Detail"
    SEQUENCE = "Sequence"
    COMPANY = "Company"
    DESCRIPTION = "Description"
    COMMAND_LINE = "Command Line"
    USER = "User"
    IMAGE_PATH = "Image Path"
    SESSION = "Session"
    PATH = "Path"
    TID = "TID"
    RELATIVE_TIME = "Relative Time"
    DURATION = "Duration"
    TIME_OF_DAY = "Time of Day"
    VERSION = "Version"
    EVENT_CLASS = "Event Class"
    AUTHENTICATION_ID = "Authentication ID"
    VIRTUALIZED = "Virtualized"
    INTEGRITY = "Integrity"
    CATEGORY = "Category"
    PARENT_PID = "Parent PID"
    ARCHITECTURE = "Architecture"
    COMPLETION_TIME = "Completion Time"
    PROCESS_START = "Process Start"
    HIGH_RESOLUTION_PROCESS_START = "High Resolution Process Start"

    def __str__(self) -> str:
        return self.value
