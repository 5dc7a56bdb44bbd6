"""Damaged logs: exceptions with their place, never a crash."""

import io
import random
import warnings
from pathlib import Path

import pytest

import procmon_pml as pml


def test_unreadable_events(damaged):
    assert len(damaged) == 165
    skipped = list(damaged.events("skip"))
    both = list(damaged.events("yield"))
    errors = [item for item in both if isinstance(item, pml.PmlError)]
    assert len(both) == 165 and len(errors) == 8 and len(skipped) == 157
    assert errors[0].event == 10 and errors[0].field and errors[0].offset > 0
    iterator = iter(damaged)
    read = failed = 0
    for _ in range(165):
        try:
            next(iterator)
            read += 1
        except pml.PmlError as error:
            assert error.event is not None
            failed += 1
    assert (read, failed) == (157, 8)
    with pytest.raises(StopIteration):
        next(iterator)
    with pytest.raises(pml.PmlError):
        damaged[10]
    with pytest.raises(ValueError, match="errors"):
        damaged.events("ignore")
    assert "PmlError" not in damaged[9:12]._repr_html_()


def test_whole_logs_warn(damaged):
    with pytest.warns(pml.PmlWarning, match="8 events could not be read"):
        damaged.export(io.BytesIO(), "csv")
    with pytest.warns(pml.PmlWarning):
        damaged.save(io.BytesIO())
    with pytest.warns(pml.PmlWarning):
        damaged.count("Operation")


def test_errors_of_opening(tmp_path):
    with pytest.raises(pml.PmlError, match="not a Process Monitor log") as error:
        pml.Log(b"MZ, not a log")
    assert error.value.offset == 0 and error.value.field and error.value.event is None
    with pytest.raises(FileNotFoundError) as missing:
        pml.Log(tmp_path / "none.pml")
    assert missing.value.filename is not None and missing.value.errno == 2
    with pytest.raises(OSError):
        pml.Log(tmp_path)
    with pytest.raises(TypeError):
        pml.Log(5)
    with pytest.raises(pml.PmlError, match="not closed"):
        pml.Log("fixtures/unclosed.pml")


def read_all(data: bytes, salvage: bool) -> None:
    try:
        log = pml.Log(data, salvage=salvage)
    except pml.PmlError:
        return
    for event in log.events("skip"):
        repr(event), event.row(), event.addresses, event.process_name
        try:
            event.detail, event.raw_detail, event.time
        except (pml.PmlError, OverflowError):
            pass
        [str(frame) for frame in event.stack]
    log.tree(), log.system, log.warnings, log.hosts, log._repr_html_()
    for process in log.processes:
        process.modules, repr(process), process._repr_html_(), process.icon()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        log.summary("files"), log.count("Result"), log.export(io.BytesIO(), "csv")
        try:
            log.save(io.BytesIO())
        except pml.PmlError:
            pass


@pytest.mark.parametrize("name", ["sample64.pml", "sample32.pml", "version7.pml"])
def test_random_damage(name):
    original = Path("fixtures", name).read_bytes()
    chosen = random.Random(name)
    for _ in range(60):
        data = bytearray(original)
        for _ in range(chosen.choice((1, 3, 50))):
            at = chosen.randrange(len(data))
            data[at] = chosen.choice((0, 1, 0x7F, 0x80, 0xFF, chosen.randrange(256)))
        if chosen.random() < 0.3:
            del data[chosen.randrange(len(data)) :]
        read_all(bytes(data), salvage=chosen.random() < 0.3)


def test_a_file_that_shrinks(tmp_path):
    path = tmp_path / "x.pml"
    path.write_bytes(Path("fixtures/sample64.pml").read_bytes())
    log = pml.Log(path)
    with path.open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(pml.PmlError, match="changed"):
        list(log)
    with pytest.raises(pml.PmlError, match="changed"):
        log.export(io.BytesIO(), "csv")
