from datetime import timedelta, timezone

import pytest

import procmon_pml as pml


def test_times_agree(log):
    for event in log:
        assert event.time.tzinfo is timezone.utc
        assert event.time_ns == (event.filetime - 116_444_736_000_000_000) * 100
        assert int(event.time.timestamp()) == event.time_ns // 10**9
        assert event.time.microsecond == event.time_ns // 1000 % 10**6
        if event.duration_ns is not None:
            assert event.duration == timedelta(microseconds=event.duration_ns // 1000)


def test_attributes_agree_with_the_columns(log):
    for event in log:
        row = event.row()
        assert list(row)[:3] == ["Time of Day", "Process Name", "PID"]
        assert row["Process Name"] == event.process_name == (event.process.name if event.process else "")
        assert row["PID"] == str(event.pid or 0) and row["TID"] == str(event.tid)
        assert row["Operation"] == event.operation and row["Path"] == event.path and row["Result"] == event.result
        assert row["Event Class"] == (event.event_class.name or "") and row["Category"] == (event.category or "")
        assert row["Detail"] == event.text("Detail") == event.text("detail") == event.text(pml.Column.DETAIL)


def test_codes(log):
    event = log[77]
    assert event.event_class == pml.EventClass.FILE_SYSTEM == 3 and event.event_class.name == "File System"
    assert event.status == 0 and event.status.name == "SUCCESS"
    assert event.operation_codes[0] == 3
    with pytest.raises(pml.PmlError, match="Colour"):
        event.text("Colour")


def test_details(log):
    details = [event.detail for event in log]
    create = next(detail["file"]["request"]["create"] for detail in details if "create" in str(detail.get("file")))
    assert isinstance(create["desired_access"], pml.Flags) and create["desired_access"].names
    assert isinstance(create["disposition"], pml.Code) and str(create["disposition"]) == create["disposition"].name
    for event in log:
        assert list(event.detail) == list(event.raw_detail)
        assert len(event.detail) == 1


def test_raw_details_have_all_digits(log):
    for event in log:
        typed, raw = event.detail, event.raw_detail
        if "process" in typed and "exit" in typed["process"]:
            span, ticks = typed["process"]["exit"]["user_time"], raw["process"]["exit"]["user_time"]
            assert isinstance(span, timedelta) and span == timedelta(microseconds=ticks // 10)
            break
    else:
        pytest.fail("the log has no Process Exit")


def test_stacks(log):
    event = log[77]
    assert event.addresses == [frame.address for frame in event.stack] == [int(frame) for frame in event.stack]
    frame = next(frame for frame in event.stack if frame.module)
    assert frame.module.base + frame.offset == frame.address and frame.path == frame.module.path
    assert frame == event.stack[event.stack.index(frame)] and frame != frame.address
    assert len({*event.stack}) <= len(event.stack)


def test_styles(log):
    event = log[77]
    style = pml.Style("3.94", utc_offset="+01:00")
    assert event.text("Time of Day", style) == "9:30:00.1482276 AM"
    assert style.compat == "procmon-3.94" and style == pml.Style("3.94", utc_offset="+01:00") != pml.Style()
    with pytest.raises(pml.PmlError):
        pml.Style("2.0")
    with pytest.raises(pml.PmlError):
        pml.Style(utc_offset="tomorrow")


def test_events_outlive_their_log():
    events = [pml.Log("fixtures/sample64.pml")[number] for number in (3, 4)]
    process, module = events[0].process, events[0].process.modules[0]
    assert events[1].operation and process.name and module.path
    assert process == events[0].process and hash(process) == hash(events[0].process)


def test_columns_are_those_of_the_library():
    from procmon_pml import _native

    assert {column.value for column in pml.Column} == {title for _, title in _native.code_table("Column")}
    classes = {code: name for code, name in _native.code_table("EventClass") if code}
    assert {int(member): member.name for member in pml.EventClass} == {
        code: name.upper().replace(" ", "_") for code, name in classes.items()
    }
