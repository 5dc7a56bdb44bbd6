#!/usr/bin/env python3
"""Compares Parquet and Arrow exports with other exports of the same logs, cell by cell, in four libraries.

    scripts/check-columns.py [--pml target/release/pml] [--venv FOLDER] [LOG ...]

The expected values come from `pml export --format jsonl`; each column of each event is compared as pyarrow, DuckDB,
Polars and pandas read it. If a CSV of Procmon 3.94 is next to a log (LOG.procmon-3.94.csv.gz), the columns `detail`,
`path` and `result` of an export with `--compat 3.94` are compared with it. Without arguments, the logs are those of
fixtures/ and of the comparison data (PROCMON_DATA, default ../shared); see docs/TESTING.md.

The libraries are installed from PyPI into a virtual environment, which is kept.
"""

import argparse
import csv
import gzip
import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EPOCH = 116_444_736_000_000_000
PACKAGES = ["duckdb", "numpy", "pandas", "polars", "pyarrow"]


def enter_venv(folder):
    """Creates a virtual environment with the libraries if necessary, and restarts the script in it."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    if subprocess.run([python, "-c", "import " + ", ".join(PACKAGES)], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    if Path(sys.prefix).resolve() != folder.resolve():
        os.execv(python, [python, *sys.argv])


def at(value, path):
    """Returns the value at a path of keys; None if a key or the value is missing."""
    for key in path.split("/"):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def first(detail, *paths):
    return next((value for path in paths if (value := at(detail, path)) is not None), None)


def signed(value, bits=64):
    return value if value is None or value < 1 << (bits - 1) else value - (1 << bits)


def code(value):
    if value is None:
        return None
    return value["name"] if value["name"] is not None else f"0x{value['code']:X}"


def nanoseconds(filetime, ticks=100):
    """Returns a time in nanoseconds since 1970; None if it does not fit in 64 bits."""
    value = (filetime - EPOCH) * ticks
    return value if -(1 << 63) <= value < 1 << 63 else None


def span(ticks):
    return None if ticks is None or ticks * 100 >= 1 << 63 else ticks * 100


def filetime(text):
    """Returns the FILETIME of an ISO 8601 text with seven decimals."""
    import datetime

    seconds, fraction = text.rstrip("Z").split(".")
    since = datetime.datetime.fromisoformat(seconds) - datetime.datetime(1601, 1, 1)
    return (since.days * 86_400 + since.seconds) * 10_000_000 + int(fraction)


FILE, REGISTRY = "file/request/", "registry/request/"
RANGES = ["read", "write", "prepare_mdl_write", "mdl_read", "check_if_possible", "lock"]
DATA = [
    REGISTRY + path
    for path in ["set_value/data"]
    + [f"{name}/result/{kind}/data" for name in ["query_value", "enum_value"] for kind in ["full", "partial"]]
]
TYPES = [path + "/value_type" for path in DATA] + [
    f"{REGISTRY}{name}/result/{kind}/value_type"
    for name in ["query_value", "enum_value"]
    for kind in ["basic", "truncated"]
]
SAMPLES = ["process/exit", "process/statistics", "process/thread_exit", "profiling/thread", "profiling/process"]
MEMORY = ["process/exit", "process/statistics", "profiling/process"]


def registry_data(detail):
    data = first(detail, *DATA)
    if data is None or data["value"] is None:
        return None
    value = next(iter(data["value"].values()))
    return "\n".join(value) if isinstance(value, list) else value if isinstance(value, str) else str(value)


def exit_status(detail):
    thread = at(detail, "process/thread_exit/exit_status")
    status = thread["code"] if thread else first(detail, "process/exit/exit_status", "process/statistics/exit_status")
    return signed(status, 32)


def expected(event, log):
    """Returns the expected values of all columns. `event` is an object of JSON Lines."""
    d, p = event["detail"], event["process"]
    of = (lambda key: p[key]) if p else (lambda key: None)
    transfer = [FILE + "read/transferred", FILE + "write/transferred", "network/length"]
    row = {
        "log": log,
        "ordinal": event["ordinal"],
        "time": nanoseconds(event["filetime"]),
        "duration_ns": span(event["duration"]),
        "process_name": of("name"),
        "pid": of("pid"),
        "parent_pid": of("parent_pid"),
        "tid": event["thread_id"],
        "class": event["class"] or "",
        "operation": event["operation"],
        "path": event["path"],
        "result": event["result"],
        "result_code": event["result_code"],
        "category": event["category"],
        "detail": event["detail_text"],
        "offset": signed(first(d, *[f"{FILE}{name}/offset" for name in RANGES + ["mdl_write_complete"]])),
        "length": signed(
            first(d, *[f"{FILE}{name}/{key}" for name in RANGES for key in ["requested", "length"]], "network/length")
        ),
        "bytes_transferred": first(d, *transfer),
        "desired_access": first(
            d,
            FILE + "create/desired_access/bits",
            REGISTRY + "open_key/desired_access/bits",
            REGISTRY + "create_key/desired_access/bits",
        ),
        "disposition": code(at(d, FILE + "create/disposition")),
        "create_options": at(d, FILE + "create/options/bits"),
        "open_result": code(first(d, FILE + "create/open_result", REGISTRY + "create_key/result/disposition")),
        "new_path": first(
            d,
            *[f"{FILE}set_information/information/{kind}/target" for kind in ["rename", "rename_ex"]],
            FILE + "set_information/information/link/file_name",
            REGISTRY + "rename_key/new_name",
        ),
        "registry_type": code(first(d, *TYPES)),
        "registry_data": registry_data(d),
        "registry_length": (first(d, *DATA) or {}).get("length"),
        "control_code": first(d, *[f"{FILE}{name}/code/code" for name in ["file_system_control", "device_io_control"]]),
        "local_address": at(d, "network/local/address"),
        "local_port": at(d, "network/local/port"),
        "remote_address": at(d, "network/remote/address"),
        "remote_port": at(d, "network/remote/port"),
        "target_process_key": first(d, "process/create/process_key", "process/defined/process_key"),
        "target_pid": first(d, "process/create/pid", "process/defined/pid"),
        "target_tid": at(d, "process/thread_create/thread_id"),
        "image_base": at(d, "process/load_image/base"),
        "image_size": at(d, "process/load_image/size"),
        "exit_status": exit_status(d),
        "cpu_user_ns": span(first(d, *[sample + "/user_time" for sample in SAMPLES])),
        "cpu_kernel_ns": span(first(d, *[sample + "/kernel_time" for sample in SAMPLES])),
        "working_set": signed(first(d, *[sample + "/working_set" for sample in MEMORY])),
        "private_bytes": signed(first(d, *[sample + "/private_bytes" for sample in MEMORY])),
        "image_path": of("image_path"),
        "command_line": of("command_line"),
        "user": of("user"),
        "integrity": of("integrity"),
        "session": of("session"),
        "authentication_id": signed(of("authentication_id")),
        "virtualized": of("is_virtualized"),
        "company": of("company"),
        "description": of("description"),
        "version": of("version"),
        "architecture": None if p is None else "64-bit" if p["is_64bit"] else "32-bit",
        "process_start": None if p is None else nanoseconds(filetime(p["start_time"])),
        "stack": [(frame["module"], frame["offset"], frame["address"]) for frame in event["stack"]],
        "detail_json": d,
    }
    if p is not None:
        row["process_key"] = p["key"]
    return row


TIMES = ["time", "process_start"]


def frames(stack):
    return [(frame["module"], frame["offset"], frame["address"]) for frame in stack]


def loaded(values):
    return [None if value is None else json.loads(value) for value in values]


def convert(name, values):
    """Converts the values of a column that a library has read to the form of the expected values."""
    if name == "stack":
        return [frames(stack) for stack in values]
    return loaded(values) if name == "detail_json" else list(values)


def of_table(table):
    import pyarrow

    def column(name):
        array = table.column(name)
        if name in TIMES:
            assert array.type == pyarrow.timestamp("ns", tz="UTC"), array.type
            array = array.cast(pyarrow.int64())
        return array.to_pylist()

    return {name: column(name) for name in table.column_names}


def by_pyarrow(parquet, arrow):
    import pyarrow.parquet

    return of_table(pyarrow.parquet.read_table(parquet))


def by_pyarrow_ipc(parquet, arrow):
    import pyarrow.ipc

    with pyarrow.ipc.open_file(arrow) as file:
        return of_table(file.read_all())


def by_duckdb(parquet, arrow):
    import duckdb

    connection = duckdb.connect()
    types = {name: kind for name, kind, *_ in connection.execute(f"describe from '{parquet}'").fetchall()}
    assert types["time"] == "TIMESTAMP WITH TIME ZONE" or "NS" in types["time"].upper(), types["time"]
    times = {name: f"epoch_ns({name})" for name in TIMES}
    names = ", ".join(times.get(name, f'"{name}"') for name in types)
    rows = connection.execute(f"select {names} from read_parquet('{parquet}')").fetchall()
    return dict(zip(types, map(list, zip(*rows)))) if rows else {name: [] for name in types}


def by_polars(parquet, arrow):
    import polars

    frame = polars.read_parquet(parquet)
    for name in TIMES:
        assert frame.schema[name] == polars.Datetime("ns", "UTC"), frame.schema[name]
    frame = frame.with_columns([polars.col(name).to_physical() for name in TIMES])
    return {name: frame[name].to_list() for name in frame.columns}


def by_pandas(parquet, arrow):
    import pandas

    frame = pandas.read_parquet(parquet, dtype_backend="pyarrow")
    return {name: frame[name].astype("int64[pyarrow]").array._pa_array.to_pylist() if name in TIMES else frame[name].array._pa_array.to_pylist() for name in frame.columns}


READERS = [by_pyarrow, by_pyarrow_ipc, by_duckdb, by_polars, by_pandas]


def run(*command):
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    assert code in (0, 3), (code, command)


def check_readers(pml, log, folder):
    parquet, arrow, lines = folder / "x.parquet", folder / "x.arrow", folder / "x.jsonl"
    for file in [parquet, arrow]:
        run(pml, "export", log, "--columns", "all", "-o", file)
    run(pml, "export", log, "--stacks", "-o", lines)
    with open(lines, encoding="utf-8") as file:
        events = [event for event in map(json.loads, file) if "error" not in event]
    rows = [expected(event, log.name) for event in events]
    cells = 0
    for reader in READERS:
        columns = reader(parquet, arrow)
        for name, values in columns.items():
            values = convert(name, values)
            assert len(values) == len(rows), (log.name, reader.__name__, name, len(values), len(rows))
            for row, value in zip(rows, values):
                # JSON Lines has no process key for an event without a process, so that key is not compared.
                wanted = row.get(name, value)
                if value != wanted or type(value) is not type(wanted) and name != "detail_json":
                    raise AssertionError(f"{log.name} {reader.__name__} {row['ordinal']} {name}: {value!r}, not {wanted!r}")
            cells += len(values)
    return len(rows), cells


def check_procmon(pml, log, folder, export):
    import pyarrow.parquet

    parquet = folder / "procmon.parquet"
    run(pml, "export", log, "--compat", "3.94", "--columns", "operation,path,result,detail", "-o", parquet)
    columns = pyarrow.parquet.read_table(parquet).to_pydict()
    text = gzip.decompress(export.read_bytes()).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    different = set()
    for name, title in [("operation", "Operation"), ("path", "Path"), ("result", "Result"), ("detail", "Detail")]:
        ours = [value.replace("\n", ";") for value in columns[name]]
        assert len(ours) == len(rows), (log.name, len(ours), len(rows))
        for number, (value, row) in enumerate(zip(ours, rows)):
            if value != row[title] and without_pairs(value) != without_pairs(row[title]):
                different.add((str(number), title))
    known = known_differences(export.name.removesuffix(".csv.gz"))
    for number, title in sorted(different ^ known):
        print(f"  {log.name} {title}: row {number} is {'no longer ' if (number, title) in known else ''}different")
    return len(rows), len(different), different == known


def without_pairs(text):
    """Replaces both halves of each surrogate pair by U+FFFD, as Procmon does if a pair crosses the end of a buffer."""
    return "".join("\ufffd\ufffd" if ord(c) > 0xFFFF else c for c in text)


def known_differences(export):
    """Returns the cells of Procmon's export that cannot be reproduced from the log, as pairs of row and title."""
    lines = (ROOT / "tests" / "procmon" / "known_differences.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {(row[1], row[2]) for row in rows if row[0] == export}


def logs_of_the_repository():
    data = Path(os.environ.get("PROCMON_DATA", ROOT / ".." / "shared"))
    yield from sorted(path for path in (ROOT / "fixtures").glob("*.pml") if path.name != "unclosed.pml")
    for folder in [ROOT / "fixtures" / "conformance", data / "corpus", data / "conformance"]:
        yield from sorted(folder.glob("*.pml.gz"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pml", type=Path, default=ROOT / "target" / "release" / "pml")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "columns-venv")
    parser.add_argument("logs", nargs="*", type=Path)
    args = parser.parse_args()
    enter_venv(args.venv)
    passed = failed = 0
    for source in args.logs or logs_of_the_repository():
        with tempfile.TemporaryDirectory() as name:
            folder, log = Path(name), source
            if source.suffix == ".gz":
                log = folder / source.name.removesuffix(".gz")
                log.write_bytes(gzip.decompress(source.read_bytes()))
                if log.stat().st_size < 0x3A8 or "live" in log.name:
                    continue
            rows, cells = check_readers(args.pml, log, folder)
            line = f"{source.name}: {rows} events, {cells} cells equal"
            export = Path(str(source).replace(".pml.gz", ".procmon-3.94.csv.gz"))
            if source.suffix == ".gz" and export.exists():
                count, different, is_known = check_procmon(args.pml, log, folder, export)
                line += f"; Procmon's CSV: {count} rows, {different} cells differ"
                failed += not is_known
                passed -= not is_known
            print(line, flush=True)
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
