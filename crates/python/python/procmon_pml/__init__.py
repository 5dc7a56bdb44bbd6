"""Reads, filters and writes the logs of Sysinternals Process Monitor (PML) and its configurations (PMC).

>>> import procmon_pml as pml
>>> log = pml.Log("fixtures/sample64.pml")
>>> failures = log.filter(query="Result is not SUCCESS")
>>> for event in failures[:2]:
...     print(event.process_name, event.operation, event.path, event.result)
updater.exe CreateFile C:\\Program Files\\Wörter & Co\\petals.dll NAME NOT FOUND
updater.exe CreateFile C:\\Windows\\System32\\petals.dll NAME NOT FOUND

A log has the Arrow PyCapsule interface, so ``polars.DataFrame(log)``, ``pyarrow.table(log)`` and
``duckdb.sql("select * from log")`` work. ``procmon_pml.compat`` has the interface of ``procmon_parser``.
"""

from __future__ import annotations

from os import PathLike
from typing import BinaryIO, Union

from ._native import (
    ArrowStream,
    Configuration,
    Event,
    Events,
    Frame,
    Log,
    Module,
    PmlError,
    PmlWarning,
    Process,
    Rule,
    Style,
    merge,
)
from ._tables import ProcessTree, Table, TreeNode
from ._types import Code, Column, EventClass, Flags

__all__ = [
    "ArrowStream",
    "Code",
    "Column",
    "Configuration",
    "Event",
    "EventClass",
    "Events",
    "Flags",
    "Frame",
    "Log",
    "Module",
    "PmlError",
    "PmlWarning",
    "Process",
    "ProcessTree",
    "Rule",
    "Style",
    "Table",
    "TreeNode",
    "dump_configuration",
    "load_configuration",
    "merge",
    "open",
]


def open(source: Union[str, PathLike[str], bytes, BinaryIO], *, salvage: bool = False) -> Log:
    """Opens a log, as ``Log(source, salvage=salvage)`` does."""
    return Log(source, salvage=salvage)


def load_configuration(source: Union[str, PathLike[str], bytes, BinaryIO]) -> Configuration:
    """Reads a configuration (PMC) from a path, bytes or a binary file object.

    >>> import procmon_pml as pml
    >>> pml.load_configuration(pml.Configuration().to_bytes()) == pml.Configuration()
    True
    """
    return Configuration(source)


def dump_configuration(configuration: Configuration, target: Union[str, PathLike[str], BinaryIO]) -> None:
    """Writes a configuration (PMC) to a path or a binary file object."""
    configuration.save(target)
