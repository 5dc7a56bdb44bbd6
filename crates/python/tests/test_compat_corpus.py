"""``compat`` beside ``procmon_parser`` 0.4.0: every attribute of every event of all logs.

Needs the comparison data (``PROCMON_DATA``, see ``docs/TESTING.md``) and ``pip install procmon-parser==0.4.0``. ``compat_differences.tsv`` lists
the differences, each with its reason.
"""

import gzip
import io
import os
import time
from collections import Counter
from pathlib import Path

import pytest

import procmon_pml.compat as ours

pytestmark = pytest.mark.slow
theirs = pytest.importorskip("procmon_parser")

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("PROCMON_DATA", ROOT.parent / "shared")) / "corpus"
LOGS = sorted(CORPUS.glob("*.pml.gz"))
CONFIGURATIONS = sorted(CORPUS.glob("pmc/*.pmc"))

SIMPLE = ("tid", "date_filetime", "result", "duration", "stacktrace", "category", "path", "network_protocol")
PROCESS = tuple(vars(theirs.Process()))
if not LOGS:
    pytest.skip("the comparison data is missing", allow_module_level=True)


def listed():
    """Returns the listed differences: attribute, operation (or *), and the reason."""
    rows = Path(__file__).with_name("compat_differences.tsv").read_text(encoding="utf-8").splitlines()
    return {tuple(row.split("\t")[:2]): row.split("\t")[2] for row in rows[1:]}


LISTED = listed()
# The listed differences that occurred.
OCCURRED = set()


def is_listed(attribute, operation):
    found = LISTED.keys() & {(attribute, operation), (attribute, "*")}
    OCCURRED.update(found)
    return bool(found)


def name(operation):
    return getattr(operation, "name", str(operation))


def compare(event, other):
    """Yields the attributes that differ, with both values."""
    for attribute in SIMPLE:
        pair = getattr(event, attribute), getattr(other, attribute)
        if pair[0] != pair[1]:
            yield attribute, *pair
    for attribute in ("event_class", "operation"):
        pair = getattr(event, attribute), getattr(other, attribute)
        if (type(pair[0]).__name__, name(pair[0]), int(pair[0])) != (type(pair[1]).__name__, name(pair[1]), int(pair[1])):
            yield attribute, *pair
    if event.unknown_sub_operation != other.unknown_sub_operation:
        yield "unknown_sub_operation", event.unknown_sub_operation, other.unknown_sub_operation
    if list(event.details.items()) != list(other.details.items()):
        yield "details", dict(event.details), dict(other.details)
    if str(event) != str(other):
        yield "str", str(event), str(other)


def compare_processes(process, other):
    for attribute in PROCESS:
        pair = getattr(process, attribute), getattr(other, attribute)
        if attribute == "modules":
            pair = [vars(module) for module in pair[0]], [vars(module) for module in pair[1]]
        if pair[0] != pair[1]:
            yield f"process.{attribute}", *pair
    if repr(process) != repr(other):
        yield "process.repr", repr(process), repr(other)


def compare_rows(event, other, first):
    """Yields the texts that differ, with times in UTC and in the local time zone."""
    for is_utc in (True, False):
        row, expected = event.get_compatible_csv_info(first, is_utc), other.get_compatible_csv_info(first, is_utc)
        assert list(row) == list(expected)
        for title in row:
            if row[title] != expected[title]:
                yield f"csv {title}", row[title], expected[title]


def remade(event, other):
    """Returns an event with the attributes of two events that a program could have created."""
    texts = (other.category, other.path, other.details, event.network_protocol)
    numbers = (other.duration, other.date_filetime, other.result)
    codes = (event.event_class, event.operation)
    return ours.logs.Event(event.process, event.tid, *codes, *numbers, None, *texts, event.unknown_sub_operation)


@pytest.fixture(autouse=True)
def zone(monkeypatch):
    """A local time zone that is not UTC."""
    monkeypatch.setenv("TZ", "Asia/Jerusalem")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.name.split(".")[0])
def test_every_attribute_of_every_event(path, tmp_path):
    raw = tmp_path / "log.pml"
    raw.write_bytes(gzip.decompress(path.read_bytes()))
    with raw.open("rb") as file, raw.open("rb") as other_file:
        reader = ours.ProcmonLogsReader(file)
        try:
            other_reader = theirs.ProcmonLogsReader(other_file)
        except NotImplementedError:
            pytest.skip("procmon_parser does not read this format version")
        assert len(reader) == len(other_reader)
        details, other_details = reader.system_details(), other_reader.system_details()
        found = Counter()
        examples = {}

        def note(operation, differences):
            for attribute, value, expected in differences:
                if not is_listed(attribute, operation):
                    found[attribute, operation] += 1
                    examples.setdefault((attribute, operation), (value, expected))

        note("*", [(f"system {key}", details[key], other_details[key]) for key in details if details[key] != other_details[key]])
        by_pid = zip(
            sorted(reader.processes(), key=lambda process: (process.pid, process.start_time)),
            sorted(other_reader.processes(), key=lambda process: (process.pid, process.start_time)),
        )
        for process, other in by_pid:
            note("*", compare_processes(process, other))
        first = reader[0].date_filetime if len(reader) else 0
        for event, other in zip(reader, other_reader):
            operation = name(other.operation)
            note(operation, compare(event, other))
            note(operation, compare_rows(event, other, first))
            made = compare_rows(remade(event, other), other, first)
            assert next(made, None) is None, operation
            if event.process.pid != other.process.pid:
                note(operation, [("process", event.process, other.process)])
    report = "\n".join(f"{count} x {key}: {examples[key][0]!r:.300} != {examples[key][1]!r:.300}" for key, count in found.most_common())
    assert not found, report


@pytest.mark.parametrize("name", ["win10-64-filesystem", "win10-64-process", "win7-32-mixed"])
def test_events_without_stacks_and_details(name):
    raw = gzip.decompress((CORPUS / f"{name}.pml.gz").read_bytes())
    readers = (module.ProcmonLogsReader(io.BytesIO(raw), False, False) for module in (ours, theirs))
    for event, other in zip(*readers):
        for attribute in ("stacktrace", "path", "category", "details"):
            assert getattr(event, attribute) == getattr(other, attribute), event
        assert event.get_compatible_csv_info() == other.get_compatible_csv_info(), event


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name[:30])
def test_every_option_of_every_configuration(path):
    raw = path.read_bytes()
    config, expected = ours.loads_configuration(raw), theirs.loads_configuration(raw)
    assert list(config) == list(expected)

    def plain(value):
        if isinstance(value, list):
            return [plain(item) for item in value]
        if hasattr(value, "face_name"):
            return vars(value)
        return repr(value) if hasattr(value, "relation") else value

    for option in config:
        assert plain(config[option]) == plain(expected[option]), option
    assert ours.dumps_configuration(config) == theirs.dumps_configuration(expected)


def test_the_enumerations_are_the_same():
    consts = pytest.importorskip("procmon_parser.consts")
    for enum_name, enum in vars(consts).items():
        if isinstance(enum, type) and getattr(enum, "__members__", None):
            mine = {key: int(member) for key, member in getattr(ours.consts, enum_name).__members__.items()}
            expected = {key: int(member) for key, member in enum.__members__.items()}
            assert mine == expected or is_listed("enum", enum_name), enum_name


def test_every_listed_difference_occurs():
    assert OCCURRED == LISTED.keys()
