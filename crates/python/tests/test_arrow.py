import io

import pytest

import procmon_pml as pml

pyarrow = pytest.importorskip("pyarrow")


def test_a_log_is_a_table(log):
    table = pyarrow.table(log)
    assert table.num_rows == len(log)
    assert table.schema.metadata[b"procmon.schema_version"] == b"1"
    rows = table.to_pylist()
    for event, row in zip(log, rows):
        assert (row["ordinal"], row["pid"], row["tid"]) == (event.ordinal, event.pid, event.tid)
        assert (row["operation"], row["path"], row["result"]) == (event.operation, event.path, event.result)
        assert row["detail"] == event.text("Detail") and row["result_code"] == event.status
        assert row["duration_ns"] == event.duration_ns and row["command_line"] == (event.process and event.process.command_line)
    times = table["time"].cast("int64").to_pylist()
    assert times == [event.time_ns for event in log]


def test_columns_and_batches(log):
    stream = log.to_arrow("time,pid,path", batch_size=10)
    assert stream.column_names == ["time", "pid", "path"]
    reader = pyarrow.RecordBatchReader.from_stream(stream)
    sizes = [batch.num_rows for batch in reader]
    assert sum(sizes) == len(log) and max(sizes) == 10
    assert pyarrow.table(stream).num_rows == len(log), "a stream can be read again"
    assert pyarrow.schema(log).names == pyarrow.table(log).schema.names
    stacks = pyarrow.table(log.to_arrow(["ordinal", "stack"]))["stack"].to_pylist()
    assert [[frame["address"] for frame in stack] for stack in stacks] == [event.addresses for event in log]
    with pytest.raises(KeyError, match="colour"):
        log.to_arrow(["colour"])
    with pytest.raises(ValueError):
        log.to_arrow(batch_size=0)
    with pytest.raises(ValueError):
        log.to_arrow(timestamps="days")


def test_parts_of_a_log(log):
    part = log.filter(query="Result is not SUCCESS")
    assert pyarrow.table(part.to_arrow(["ordinal"]))["ordinal"].to_pylist() == [event.ordinal for event in part]
    assert pyarrow.table(log[7:9]).num_rows == 2 and pyarrow.table(log[:0]).num_rows == 0


def test_an_abandoned_stream_ends(big):
    reader = pyarrow.RecordBatchReader.from_stream(pml.Log(big).to_arrow(batch_size=100))
    assert reader.read_next_batch().num_rows == 100
    del reader


def test_pandas(log):
    pandas = pytest.importorskip("pandas")
    frame = log.to_pandas(["time", "process_name", "path"])
    assert isinstance(frame, pandas.DataFrame) and list(frame["path"]) == [event.path for event in log]
    assert len(pandas.DataFrame.from_arrow(log)) == len(log)


def test_polars(log):
    polars = pytest.importorskip("polars")
    frame = log.to_polars()
    assert isinstance(frame, polars.DataFrame) and frame["path"].to_list() == [event.path for event in log]
    assert polars.DataFrame(log).height == len(log)


def test_files(log, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "events.parquet"
    assert log.write_parquet(path) == len(log)
    assert log.export(tmp_path / "again.parquet") == len(log)
    assert path.read_bytes() == (tmp_path / "again.parquet").read_bytes()
    assert parquet.read_table(path)["path"].to_pylist() == [event.path for event in log]
    out = io.BytesIO()
    assert log[:5].export(out, "arrows", columns=["path"]) == 5
    assert pyarrow.ipc.open_stream(out.getvalue()).read_all()["path"].to_pylist() == [event.path for event in log[:5]]
    assert log.export(tmp_path / "events.arrow") == len(log)
    assert pyarrow.ipc.open_file(tmp_path / "events.arrow").read_all().num_rows == len(log)
