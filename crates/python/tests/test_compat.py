"""The interface of ``procmon_parser``: what its users and its documentation rely on."""

import gzip
import io
from collections import OrderedDict
from datetime import datetime, timezone
from pathlib import Path

import pytest

import procmon_pml as pml
import procmon_pml.compat as procmon_parser
from procmon_pml.compat import consts
from procmon_pml.compat.consts import (
    Column,
    ColumnToOriginalName,
    EventClass,
    FilesystemOperation,
    FilesystemSetInformationOperation,
    NetworkOperation,
    ProcessOperation,
    ProfilingOperation,
    RegistryOperation,
)
from procmon_pml.compat.logs import Event, Module, Process

PATH = Path("fixtures/sample64.pml")


@pytest.fixture
def reader():
    with PATH.open("rb") as file:
        yield procmon_parser.ProcmonLogsReader(file)


def test_public_names():
    assert set(procmon_parser.__all__) >= {
        "Column",
        "Event",
        "Font",
        "Module",
        "PMLError",
        "PMLStreamReader",
        "PMLStructReader",
        "Process",
        "ProcmonLogsReader",
        "Rule",
        "RuleAction",
        "RuleRelation",
        "dump_configuration",
        "dumps_configuration",
        "load_configuration",
        "loads_configuration",
        "read_all_events_from_pml",
    }


def test_reader(reader, log):
    assert len(reader) == len(log) and iter(reader) is reader
    first = next(reader)
    assert first == reader[0] and hash(first) == hash(reader[0]) and first != reader[1]
    assert [event.tid for event in reader] == [event.tid for event in log][1:]
    assert isinstance(reader[3:6], list) and len(reader[3:6]) == 3 and reader[-1] == reader[len(log) - 1]
    with pytest.raises(IndexError):
        reader[10**9]
    assert len(procmon_parser.read_all_events_from_pml(io.BytesIO(PATH.read_bytes()))) == len(log)
    assert reader.system_details() == {
        "Computer Name": "ORCHID",
        "Operating System": "Windows 10 (build 19045.2)",
        "System Root": "C:\\Windows",
        "Logical Processors": 4,
        "Memory (RAM)": log.system["memory"],
        "System Type": "64-bit",
    }


def test_attributes(reader, log):
    for event, native in zip(reader, log):
        assert event.process is not None and event.process.pid == (native.pid or 0)
        if native.event_class in list(EventClass):
            assert event.event_class is EventClass(int(native.event_class))
        else:
            assert event.event_class is EventClass.Unknown
        assert isinstance(event.operation, consts.Operation)
        assert event.date_filetime == native.filetime and event.result == native.status
        assert event.stacktrace == native.addresses and event.path == native.path
        assert event.date() == native.time and event.date(False) == native.time
        assert isinstance(event.details, OrderedDict) and isinstance(event.category, str)
        assert list(event.get_compatible_csv_info()) == list(ColumnToOriginalName.values())
    assert [process.process_name for process in reader.processes()] == [process.name for process in log.processes]


def test_switches():
    with PATH.open("rb") as file:
        reader = procmon_parser.ProcmonLogsReader(file, should_get_stacktrace=False, should_get_details=False)
        event = reader[77]
    assert event.stacktrace == [] and event.details == OrderedDict() and event.category == "" and event.path


def test_errors():
    for data in (b"", b"abc", b"MZ, not a log"):
        with pytest.raises(procmon_parser.PMLError, match="signature"):
            procmon_parser.ProcmonLogsReader(io.BytesIO(data))
    with pytest.raises(procmon_parser.PMLError):
        procmon_parser.ProcmonLogsReader(io.BytesIO(PATH.read_bytes()[:10_000]))
    with open("fixtures/damaged.pml", "rb") as file:
        reader = procmon_parser.ProcmonLogsReader(file)
        with pytest.raises(procmon_parser.PMLError):
            list(reader)


def test_texts(reader):
    event = reader[77]
    assert str(event).startswith("Process Name=updater.exe, Pid=5120, Operation=WriteFile, Path=")
    assert str(event).endswith("Time=3/2/2026 8:30:00.1482276 AM")
    assert str(event.process) == f'"{event.process.image_path}", 5120'
    module = event.process.modules[0]
    assert str(module) == f'"{module.path}", address={module.base_address:#x}, size={module.size:#x}'
    assert repr(event.process).startswith(f"Process(5120, {event.process.parent_pid}, ")


def test_csv_texts(reader):
    first = reader[0].date_filetime
    row = reader[77].get_compatible_csv_info(first)
    assert row["Operation"] == "WriteFile" and row["Relative Time"].startswith("00:00:")
    assert row["Detail"] == "Offset: 8,192, Length: 4,096, Priority: Normal" and row["Sequence"] == "n/a"
    assert reader[77].get_compatible_csv_info()["Relative Time"] == "00:00:00.0000000"


@pytest.mark.parametrize("path", sorted(PATH.parent.glob("*/*.pml.gz")), ids=lambda path: path.name)
def test_crafted_events(path):
    reader = procmon_parser.ProcmonLogsReader(io.BytesIO(gzip.decompress(path.read_bytes())))
    readable = 0
    for position in range(len(reader)):
        try:
            event = reader[position]
        except procmon_parser.PMLError:
            continue
        readable += 1
        assert isinstance(event.details, OrderedDict) and str(event) and repr(event)
        assert {type(text) for text in event.get_compatible_csv_info(is_utc=False).values()} == {str}
    assert readable >= 0.9 * len(reader)


def test_details_of_rare_events():
    def details(name, position):
        log = PATH.with_name("conformance") / f"{name}.pml.gz"
        return dict(procmon_parser.ProcmonLogsReader(io.BytesIO(gzip.decompress(log.read_bytes())))[position].details)

    assert details("registry_1", 85) == {"KeySetInformationClass": "KeyWow64FlagsInformation", "Length": 4, "Wow64Flags": 999}
    assert details("registry_1", 40) == {"Query": "Flags", "UserFlags": 0xD2435402}
    assert details("registry_1", 58) == {"Type": "REG_NONE", "Length": 17, "Data": ""}
    assert details("registry_1", 10)["Desired Access"] == "Read"
    assert details("fs32_1", 247)["Desired Access"] == "Generic Write"
    assert details("fs32_1", 315) == {"Control": "FSCTL_PIPE_TRANSCEIVE", "WriteLength": 99, "ReadLength": 1880}
    assert details("fs_1", 188)["Arg2"] == 5579


def test_operations():
    assert ProcessOperation.Load_Image.csv_name == "Load Image"
    assert RegistryOperation.RegQueryValue.csv_name == "RegQueryValue"
    assert EventClass.File_System.csv_name == "File System"
    assert ProcessOperation.Process_Exit == 2 == ProfilingOperation.Debug_Output_Profiling
    assert ProcessOperation.Process_Exit != ProfilingOperation.Debug_Output_Profiling
    assert ProcessOperation.Process_Exit not in [ProfilingOperation.Debug_Output_Profiling]
    assert issubclass(FilesystemSetInformationOperation, consts.Operation)
    assert consts.EventClassOperation[EventClass.IPC] is FilesystemOperation
    assert consts.get_error_message(0xC0000034) == "NAME NOT FOUND"
    assert consts.get_error_message(0xDEADBEEF) == "0xDEADBEEF"
    assert consts.get_registry_access_mask_string(0x20019) == "Read"
    assert consts.get_filesysyem_create_attributes(0) == "n/a"
    assert consts.get_ioctl_name(0x90000) == "FSCTL_REQUEST_OPLOCK_LEVEL_1"


def test_events_made_by_hand():
    process = Process(pid=4, parent_pid=0, process_name="System")
    event = Event(process, 8, "Network", NetworkOperation.Send, 15, 132389902923137941, network_protocol="TCP")
    row = event.get_compatible_csv_info()
    assert row["Operation"] == "TCP Send" and row["Date & Time"] == "7/12/2020 1:18:12 AM"
    assert row["Time of Day"] == "1:18:12.3137941 AM" and row["Completion Time"] == "1:18:12.3137956 AM"
    assert row["Duration"] == "0.0000015" and row["PID"] == "4" and row["Architecture"] == "32-bit"
    assert event.date() == datetime(2020, 7, 12, 1, 18, 12, 313794, timezone.utc)
    unknown = Event(process, 8, 3, FilesystemOperation.SetInformationFile, 0, 0, unknown_sub_operation=255)
    assert unknown.get_compatible_csv_info()["Operation"] == consts.UNKNOWN_CSV_NAME
    details = {"Type": "REG_BINARY", "Length": 8000, "Data": b"\x01\xab"}
    made = Event(process, 8, EventClass.Registry, RegistryOperation.RegQueryValue, 0, 0, details=details)
    assert made.get_compatible_csv_info()["Detail"] == "Type: REG_BINARY, Length: 8,000, Data: 01 AB"
    details = {"Exit Status": 0xFFFFFFFF, "User Time": 156250, "Private Bytes": 4096}
    made = Event(process, 8, EventClass.Process, ProcessOperation.Process_Exit, 0, 0, details=details)
    text = "Exit Status: -1, User Time: 0.0156250 seconds, Private Bytes: 4,096"
    assert made.get_compatible_csv_info()["Detail"] == text
    details = {"Environment": ["A=1", "B=2"]}
    made = Event(process, 8, EventClass.Process, ProcessOperation.Process_Start, 0, 0, details=details)
    assert made.get_compatible_csv_info()["Detail"] == "Environment: \r;\tA=1\r;\tB=2"
    pending = Event(process, 8, EventClass.File_System, FilesystemOperation.ReadFile, 7, 0, result=0x103)
    assert [pending.get_compatible_csv_info()[title] for title in ("Result", "Duration", "Completion Time")] == [""] * 3
    assert Event(process, 8, 1, ProcessOperation.Load_Image, 0, 0) == Event(process, 8, 1, ProcessOperation.Load_Image, 0, 0)
    with pytest.raises(ValueError):
        Event(process, 8, 99, ProcessOperation.Load_Image, 0, 0)
    assert repr(Module()) == 'Module(0, 0, "", "", "", "", 0)' and Process() == Process() != process
    with pytest.raises(AttributeError):
        made.weather


def test_rules():
    rule = procmon_parser.Rule("PID", "is", "1336", "include")
    assert repr(rule) == 'Rule(Column.PID, Relation.IS, "1336", Action.INCLUDE)'
    assert str(procmon_parser.Rule("Process_Name", "contains", "python")) == (
        'If Process_name contains "python", then Include'
    )
    assert rule == procmon_parser.Rule(Column.PID, 0, "1336", True) != procmon_parser.Rule("PID", "is", "1336", False)
    assert hash(rule) == hash(procmon_parser.Rule("pid", "IS", "1336", 1)) and rule != 5
    assert str(procmon_parser.Rule()) == 'If Architecture is "64-bit", then Include'
    for wrong in (("Process Name", "is", "x"), ("Path", "likes", "x"), ("Path", "is", "x", "hide")):
        with pytest.raises(KeyError):
            procmon_parser.Rule(*wrong)
    with pytest.raises(TypeError):
        procmon_parser.Rule("Path", "ends_with", 12345, False)


def test_configurations():
    raw = pml.Configuration().to_bytes()
    config = procmon_parser.load_configuration(io.BytesIO(raw))
    copy = pml.Configuration(procmon_parser.dumps_configuration(config))
    assert copy.items() == pml.Configuration(raw).items()
    assert config["DestructiveFilter"] == 0 and len(config["Columns"]) == len(config["ColumnMap"]) == 64
    assert config["FilterRules"][0].column is Column.PROCESS_NAME and config["HighlightRules"] == []
    assert config["HighlightBG"] == 0xFFFF80 and vars(config["LogFont"])["face_name"] == "MS Shell Dlg"
    assert config["Theme"] == b""
    config["FilterRules"] = [procmon_parser.Rule("PID", "is", "1336", "include"), *config["FilterRules"]]
    config["DestructiveFilter"] = 1
    out = io.BytesIO()
    procmon_parser.dump_configuration(config, out)
    again = procmon_parser.loads_configuration(out.getvalue())
    assert again["FilterRules"] == config["FilterRules"] and again["DestructiveFilter"] == 1
    assert pml.Configuration(out.getvalue()).rules[0] == pml.Rule("PID", "is", "1336")


def test_partial_configurations():
    config = {
        "SymbolPath": "",
        "DbgHelpPath": "C:\\Windows\\help.dll",
        "FilterRules": [procmon_parser.Rule("Path", "contains", "1337", True)],
        "FilterRules2": b"data",
    }
    assert procmon_parser.loads_configuration(procmon_parser.dumps_configuration(config)) == config
    with pytest.raises(AttributeError):
        procmon_parser.dumps_configuration({"FilterRules": [procmon_parser.Rule(), "text"]})
    for wrong in ({"SymbolPath": [1]}, {"Other": 5}, {"Other": "x"}):
        with pytest.raises(TypeError):
            procmon_parser.dumps_configuration(wrong)
    assert procmon_parser.loads_configuration(b"") == {}


def test_stream_reader():
    with PATH.open("rb") as file:
        reader = procmon_parser.PMLStreamReader(file)
        offsets = reader.events_offsets
        assert len(offsets) == reader.number_of_events == len(reader) and offsets[0] > 0
        assert reader.get_event_at_offset(offsets[5]) == reader[5]
        assert isinstance(reader, procmon_parser.PMLStructReader) and reader.header.version == 9
        assert reader.header.signature == b"PML_" and len(list(reader)) == len(reader)
