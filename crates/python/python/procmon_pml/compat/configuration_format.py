"""Configurations as dictionaries, with the interface of ``procmon_parser.configuration_format``."""

from __future__ import annotations

import struct
from collections import OrderedDict
from enum import IntEnum
from typing import Any, BinaryIO, Callable, Mapping

from .. import _native
from .configuration import Font, Rule
from .consts import Column

__all__ = ["dump_configuration", "dumps_configuration", "load_configuration", "loads_configuration"]

_FONT = struct.Struct("<5i8B64s")


def _load_font(data: bytes) -> Font:
    font = Font()
    for name, value in zip(vars(font), _FONT.unpack(data)):
        setattr(font, name, _load_text(value) if isinstance(value, bytes) else value)
    return font


def _dump_font(font: Font) -> bytes:
    numbers = list(vars(font).values())[:-1]
    return _FONT.pack(*numbers, font.face_name.encode("utf-16-le", "surrogatepass"))


def _load_text(data: bytes) -> str:
    return data.decode("utf-16-le", "surrogatepass").split("\0")[0]


def _dump_text(text: str) -> bytes:
    if not isinstance(text, str):
        raise TypeError(f"the option needs a string, not {type(text).__name__}")
    return text.encode("utf-16-le", "surrogatepass")


def _load_numbers(code: str) -> Callable[[bytes], list[int]]:
    return lambda data: [number for (number,) in struct.iter_unpack(f"<{code}", data)]


def _dump_numbers(code: str) -> Callable[[list[int]], bytes]:
    return lambda numbers: struct.pack(f"<{len(numbers)}{code}", *numbers)


def _load_columns(data: bytes) -> list[IntEnum]:
    return [Column(number) for number in _load_numbers("I")(data)]


def _load_number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _dump_number(number: int) -> bytes:
    return struct.pack("<I", number)


def _load_rules(data: bytes) -> list[Rule]:
    config = _native.Configuration.empty()
    config.set_raw("FilterRules", data)
    rules = []
    for rule in config.rules:
        column, relation, action = rule.codes
        rules.append(Rule(column, relation, rule.value, action))
    return rules


def _dump_rules(rules: list[Rule]) -> bytes:
    config = _native.Configuration.empty()
    config.rules = [_native.Rule.from_codes(rule.column, rule.relation, rule.value, rule.action) for rule in rules]
    return config.raw("FilterRules")


def _dump_terminated(text: str) -> bytes:
    return _dump_text(text) + b"\0\0"


_NUMBER = (_load_number, _dump_number)
_TEXT = (_load_text, _dump_text)
_RULES = (_load_rules, _dump_rules)
_FONTS = (_load_font, _dump_font)

# How the value of each option is read and written. The values of other options are bytes.
_OPTIONS: dict[str, tuple[Callable[[bytes], Any], Callable[[Any], bytes]]] = {
    "Columns": (_load_numbers("H"), _dump_numbers("H")),
    "ColumnMap": (_load_columns, _dump_numbers("I")),
    "LogFont": _FONTS,
    "BoookmarkFont": _FONTS,
    "FilterRules": _RULES,
    "HighlightRules": _RULES,
    # Procmon writes the NUL at the end of this text only.
    "SymbolPath": (_load_text, _dump_terminated),
}
_OPTIONS.update(dict.fromkeys(("DbgHelpPath", "Logfile", "SourcePath"), _TEXT))
_OPTIONS.update(
    dict.fromkeys(
        (
            "AdvancedMode",
            "AlwaysOnTop",
            "Autoscroll",
            "ColumnCount",
            "DestructiveFilter",
            "FlightRecorder",
            "HighlightBG",
            "HighlightFG",
            "HistoryDepth",
            "Profiling",
            "ResolveAddresses",
            "RingBufferMin",
            "RingBufferSize",
        ),
        _NUMBER,
    )
)


def loads_configuration(data: bytes) -> OrderedDict[str, Any]:
    """Returns the options of a configuration (PMC) as a dictionary."""
    config = _native.Configuration(data) if data else _native.Configuration.empty()
    options: OrderedDict[str, Any] = OrderedDict()
    for name in config.keys():
        raw = config.raw(name)
        load = _OPTIONS[name][0] if name in _OPTIONS else bytes
        options[name] = load(raw)
    return options


def load_configuration(stream: BinaryIO) -> OrderedDict[str, Any]:
    """Reads a configuration (PMC) from a binary file object."""
    return loads_configuration(stream.read())


def dumps_configuration(records: Mapping[str, Any]) -> bytes:
    """Returns the bytes of a configuration (PMC) with the options of a dictionary, in its order."""
    parts = []
    for name, value in records.items():
        if name in _OPTIONS:
            raw = _OPTIONS[name][1](value)
        elif isinstance(value, (bytes, bytearray, memoryview)):
            raw = bytes(value)
        else:
            raise TypeError(f"the option {name} needs bytes, not {type(value).__name__}")
        option = _native.Configuration.empty()
        option.set_raw(name, raw)
        parts.append(option.to_bytes())
    return b"".join(parts)


def dump_configuration(records: Mapping[str, Any], stream: BinaryIO) -> None:
    """Writes a configuration (PMC) with the options of a dictionary to a binary file object."""
    stream.write(dumps_configuration(records))
