import csv
import io
import json
from pathlib import Path

import pytest

import procmon_pml as pml


def test_csv(log, tmp_path):
    path = tmp_path / "events.csv"
    assert log.export(path) == len(log) and list(tmp_path.iterdir()) == [path]
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert [row["Path"] for row in rows] == [event.path for event in log]
    assert rows[0] == {title: text.replace("\n", ";") for title, text in log[0].row().items()}


def test_json_lines(log):
    out = io.BytesIO()
    assert log[5:8].export(out, "jsonl", stacks=True) == 3
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [row["ordinal"] for row in rows] == [5, 6, 7]
    assert [frame["address"] for frame in rows[0]["stack"]] == log[5].addresses


def test_xml(log):
    out = io.BytesIO()
    assert log.export(out, "xml") == len(log) and b"<procmon>" in out.getvalue()[:200]


def test_save_is_identical(log, tmp_path):
    out = io.BytesIO()
    assert log.save(out) == len(log)
    first = out.getvalue()
    path = tmp_path / "saved.pml"
    path.write_bytes(first)
    saved = pml.Log(path)
    assert saved.save(path) == len(log), "a log can replace itself"
    assert path.read_bytes() == first
    assert [event.row() for event in saved] == [event.row() for event in log]


def test_merge(log):
    out = io.BytesIO()
    assert pml.merge(out, [log[40:], log[:40]]) == len(log)
    merged = pml.Log(out.getvalue())
    assert sorted(event.filetime for event in merged) == sorted(event.filetime for event in log)
    with pytest.raises(pml.PmlError):
        pml.merge(io.BytesIO(), [])


def test_redact(log, tmp_path):
    path = tmp_path / "redacted.pml"
    replaced = log.redact(path, replace={"petals": "flower"})
    assert replaced["petals"] == "flower" and len(replaced) > 1
    data = path.read_bytes().lower()
    assert b"petals" not in data and "petals".encode("utf-16-le") not in data
    assert len(pml.Log(path)) == len(log)


def test_failures_leave_no_file(log, tmp_path):
    with pytest.raises(FileNotFoundError):
        log.export(tmp_path / "none" / "x.csv")
    with pytest.raises(ValueError, match="format"):
        log.export(tmp_path / "x.txt")
    with pytest.raises(pml.PmlError):
        log.export(tmp_path / "x.csv", columns=["Colour"])
    assert list(tmp_path.iterdir()) == []


def test_an_exception_of_a_file_object_is_raised(log):
    class Full(io.RawIOBase):
        def write(self, data):
            raise ZeroDivisionError("full")

    for write in (lambda out: log.export(out, "csv"), log.save, log.write_parquet):
        with pytest.raises(ZeroDivisionError, match="full"):
            write(Full())


def test_short_writes(log):
    class Slow(io.BytesIO):
        def write(self, data):
            return super().write(data[:7])

    out, expected = Slow(), io.BytesIO()
    log[:20].export(out, "csv")
    log[:20].export(expected, "csv")
    assert out.getvalue() == expected.getvalue()
