import io
from pathlib import Path

import pytest

import procmon_pml as pml


def test_sources_are_equal(log):
    path = Path("fixtures/sample64.pml")
    data = path.read_bytes()
    with path.open("rb") as file:
        logs = [pml.Log(str(path)), pml.Log(data), pml.Log(bytearray(data)), pml.Log(memoryview(data)), pml.Log(file)]
    logs += [pml.Log(io.BytesIO(data)), pml.open(path)]
    for other in logs:
        assert [repr(event) for event in other] == [repr(event) for event in log]
    assert log.path == Path.cwd() / path
    assert logs[1].path is None


def test_a_capture_has_all_its_files():
    path = "fixtures/segments/capture.pml"
    whole, first = pml.Log(path), pml.Log(path, single_file=True)
    assert len(whole) > len(first) > 0
    assert [event.ordinal for event in whole] == list(range(len(whole)))


def test_index_and_slices(log):
    events = list(log)
    assert len(events) == len(log)
    assert log[0] == events[0] and log[-1] == events[-1] and log[0] != log[1]
    for part in (slice(3, 20), slice(None), slice(-5, None), slice(0, 60, 7), slice(30, 10), slice(70, 500)):
        assert [event.ordinal for event in log[part]] == list(range(len(log)))[part]
    assert [event.ordinal for event in log[10:60:5][2:4]] == [20, 25]
    assert log[10:20][-1].ordinal == 19
    assert [event.ordinal for event in reversed(log[5:9])] == [8, 7, 6, 5]
    for index in (len(log), -len(log) - 1, 2**40):
        with pytest.raises(IndexError):
            log[index]
    with pytest.raises(ValueError, match="reversed"):
        log[::-1]
    with pytest.raises(TypeError):
        log["first"]


def test_reversed_iteration_over_many_windows(big):
    log = pml.Log(big)
    ordinals = [event.ordinal for event in reversed(log)]
    assert ordinals == list(range(len(log)))[::-1]


def test_empty_log():
    log = pml.Log("fixtures/empty.pml")
    assert len(log) == 0 and list(log) == [] and bool(log)
    assert log.filter(query="PID is 4") is not None
    assert log.summary("files").rows == [] and log.count("Operation") == {}
    assert "0 events" in log._repr_html_()


def test_tables(log):
    assert {process.name for process in log.processes} >= {"updater.exe", "System"}
    assert any(module.name == "ntdll.dll" for module in log.modules)
    assert log.system["is_64bit"] is True and log.system["format_version"] == 9
    assert log.warnings == [] and log.salvaged == []


def test_salvage():
    data = Path("fixtures/sample64.pml").read_bytes()[:20_000]
    with pytest.raises(pml.PmlError):
        pml.Log(data)
    log = pml.Log(data, salvage=True)
    assert len(log) > 0 and log.salvaged[0]["events"] == len(log)


def test_reprs(log):
    assert repr(log) == "<Log sample64.pml: 165 events>"
    assert repr(log[:5]) == "<Log sample64.pml: 5 of 165 events>"
    html = log._repr_html_()
    assert html.count("<tr>") == 12
    assert "Wörter &amp; Co" in log[27]._repr_html_()
    assert log[0].process._repr_html_().startswith("<table>")
