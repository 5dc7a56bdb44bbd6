"""Readers of logs, with the interface of ``procmon_parser.stream_logs_format`` and of ``procmon_parser`` itself."""

from __future__ import annotations

import os
from functools import cached_property
from types import SimpleNamespace
from typing import Any, BinaryIO, Iterator, Optional, Union

from .. import _native
from .logs import Event, PMLError, PMLStructReader, Process

__all__ = ["PMLStreamReader", "ProcmonLogsReader", "read_all_events_from_pml"]


def _source(file: BinaryIO) -> Union[str, bytes]:
    """Returns the path of a file that is open at its start, so that the file need not be read into memory. Otherwise,
    returns the remaining bytes."""
    name = getattr(file, "name", None)
    try:
        if isinstance(name, str) and file.tell() == 0 and os.path.samestat(os.fstat(file.fileno()), os.stat(name)):
            return name
    except (OSError, AttributeError):
        pass
    return file.read()


class PMLStreamReader(PMLStructReader):
    """Reads the events of a log from a binary file object."""

    def __init__(self, f: BinaryIO, should_get_stacktrace: bool = True, should_get_details: bool = True) -> None:
        self._has_stacks = should_get_stacktrace
        self._has_details = should_get_details
        self._processes: dict[int, Process] = {}
        try:
            self._log = _native.Log(_source(f), single_file=True)
        except _native.PmlError as error:
            if error.field == "header.signature" or error.offset == 0:
                raise PMLError("not a Process Monitor backing file (signature missing).") from error
            raise PMLError(str(error)) from error

    def _process(self, source: _native.Event) -> Process:
        """Returns the process of an event, the same object for all events of a process."""
        key = source.process_key
        process = self._processes.get(key)
        if process is None:
            found = source.process
            process = Process() if found is None else Process._of(found)
            self._processes[key] = process
        return process

    @cached_property
    def header(self) -> Any:
        """The fields of the header of the file."""
        system = self._log.system
        return SimpleNamespace(
            signature=b"PML_",
            version=system["format_version"],
            is_64bit=int(system["is_64bit"]),
            computer_name=system["computer_name"],
            system_root=system["system_root"],
            number_of_events=len(self._log),
            windows_major_number=system["os_major"],
            windows_minor_number=system["os_minor"],
            windows_build_number=system["os_build"],
            windows_build_number_after_decimal_point=system["platform_id"],
            service_pack_name=system["service_pack"],
            number_of_logical_processors=system["processors"],
            ram_memory_size=system["physical_memory"],
        )

    @cached_property
    def events_offsets(self) -> list[int]:
        """The offsets of the events in the file."""
        return [event.offset for event in self._log]

    @cached_property
    def _ordinals(self) -> dict[int, int]:
        return {offset: ordinal for ordinal, offset in enumerate(self.events_offsets)}

    @property
    def number_of_events(self) -> int:
        """The number of events."""
        return len(self._log)

    def get_event_at_offset(self, offset: int) -> Event:
        """Returns the event at an offset in the file."""
        event: Event = self[self._ordinals[offset]]
        return event

    def processes(self) -> list[Process]:
        """Returns the processes of the log."""
        processes = []
        for source in self._log.processes:
            processes.append(self._processes.setdefault(source.key, Process._of(source)))
        return processes

    def system_details(self) -> dict[str, Any]:
        """Returns facts about the computer on which the log was captured."""
        system = self._log.system
        return {
            "Computer Name": system["computer_name"],
            "Operating System": system["os_name"],
            "System Root": system["system_root"],
            "Logical Processors": system["processors"],
            "Memory (RAM)": system["memory"],
            "System Type": "64-bit" if system["is_64bit"] else "32-bit",
        }

    def __len__(self) -> int:
        return len(self._log)

    def __iter__(self) -> Iterator[Event]:
        return self._events()

    def _events(self) -> Iterator[Event]:
        of = Event._of
        for source in self._checked():
            yield of(source, self)

    def _checked(self) -> Iterator[_native.Event]:
        try:
            yield from self._log
        except _native.PmlError as error:
            raise PMLError(str(error)) from error

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[ordinal] for ordinal in range(len(self._log))[index]]
        try:
            return Event._of(self._log[index], self)
        except IndexError:
            raise IndexError("list index out of range") from None
        except _native.PmlError as error:
            raise PMLError(str(error)) from error


class ProcmonLogsReader:
    """Reads the events of a log from a binary file object, in order or by their indexes."""

    def __init__(self, f: BinaryIO, should_get_stacktrace: bool = True, should_get_details: bool = True) -> None:
        self._reader = PMLStreamReader(f, should_get_stacktrace, should_get_details)
        self._events: Optional[Iterator[Event]] = None

    def __iter__(self) -> ProcmonLogsReader:
        return self

    def __next__(self) -> Event:
        if self._events is None:
            self._events = iter(self._reader)
        return next(self._events)

    def __getitem__(self, index: Any) -> Any:
        return self._reader[index]

    def __len__(self) -> int:
        return len(self._reader)

    def processes(self) -> list[Process]:
        """Returns the processes of the log."""
        return self._reader.processes()

    def system_details(self) -> dict[str, Any]:
        """Returns facts about the computer on which the log was captured."""
        return self._reader.system_details()


def read_all_events_from_pml(file: BinaryIO) -> list[Event]:
    """Returns the events of a log as a list."""
    return list(ProcmonLogsReader(file))
