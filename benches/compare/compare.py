#!/usr/bin/env python3
"""Compares the speed of this library with that of the PML readers on PyPI. Each is used through its public interface.

    benches/compare/compare.py [LOG.pml...]    # without arguments: a generated log

Installs the other readers into a virtual environment (target/compare), runs the same tasks with every reader on the
same log, each in a separate process, and prints the table for docs/PERFORMANCE.md. A measurement starts
before the log is opened and ends after the last event. The best of several runs counts, so the file is in the page cache.

    events   operation, result, thread, time and duration of each event
    text     the text of the columns Operation, Result, Path and Detail
    csv      all columns that the reader has, as CSV rows that are discarded
    stacks   the addresses of each stack; this library also resolves the module of each address
"""

import csv
import datetime
import io
import os
import pathlib
import subprocess
import sys
import time
import venv

READERS = {"procmon-parser": "0.4.0", "procmon-reader": "0.1.1"}
TASKS = ["events", "text", "csv", "stacks"]
RUNS = 3

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Nowhere(io.TextIOBase):
    """Discards the text that is written to it."""

    def write(self, text):
        return len(text)


def procmon_parser(task, path):
    """Reads with the Python package https://pypi.org/project/procmon-parser/"""
    from procmon_parser import ProcmonLogsReader

    with open(path, "rb") as file:
        wants_stacks, wants_details = task == "stacks", task in ("text", "csv")
        log = ProcmonLogsReader(file, should_get_stacktrace=wants_stacks, should_get_details=wants_details)
        rows = csv.writer(Nowhere())
        first = None
        for event in log:
            if task == "events":
                (event.operation, event.result, event.tid, event.date_filetime, event.duration)
            elif task == "text":
                # The reader returns the text of Result and Detail only as part of a row.
                row = event.get_compatible_csv_info()
                (row["Operation"], row["Result"], row["Path"], row["Detail"])
            elif task == "csv":
                first = first or event.date_filetime
                rows.writerow(event.get_compatible_csv_info(first).values())
            else:
                list(event.stacktrace)
        return len(log)


def procmon_reader(task, path):
    """Reads with the C++ extension for Python https://pypi.org/project/procmon-reader/"""
    from procmon_reader import ProcmonReader

    events = "operation result tid timestamp duration".split()
    rest = (
        "event_class process_name pid parent_pid image_path command_line user company version description integrity "
        "session authentication_id virtualized is_64_bit path category detail"
    ).split()
    fields = {
        "events": events,
        "text": ["operation", "result", "path", "detail"],
        "csv": events + rest,
        "stacks": ["stacktrace"],
    }
    log = ProcmonReader(path, tz=datetime.timezone.utc)
    log.apply_filters(select_fields=fields[task])
    rows = csv.writer(Nowhere())
    for event in log:
        if task == "csv":
            rows.writerow(event.values())
    return log.event_count


def measure(reader, task, path):
    """Prints the number of events and the seconds of the best run. Runs in the virtual environment."""
    best = None
    for _ in range(RUNS):
        start = time.perf_counter()
        events = reader(task, path)
        seconds = time.perf_counter() - start
        best = seconds if best is None else min(best, seconds)
    print(events, best, sep="\t")


def environment():
    """Installs the readers and returns the interpreter of their virtual environment."""
    folder = ROOT / "target" / "compare"
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    packages = [f"{name}=={version}" for name, version in READERS.items()]
    subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def others(python, name, task, path):
    """Returns the events per second of another reader, or the last line of its error."""
    command = [python, __file__, "--measure", name.replace("-", "_"), task, path]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        return run.stderr.strip().splitlines()[-1]
    events, seconds = run.stdout.split("\t")
    return int(events) / float(seconds)


def bench(*arguments):
    """Runs benches/compare/main.rs and returns its output."""
    command = ["cargo", "bench", "--quiet", "--bench", "compare", "--", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def ours(path):
    """Returns the events per second of this library for each task."""
    rows = (line.split("\t") for line in bench(os.path.abspath(path)).splitlines())
    return {task: int(events) / float(seconds) for task, events, seconds in rows}


def generated():
    """Returns the path of the generated log; generates it if it does not exist."""
    path = ROOT / "target" / "compare" / "generated.pml"
    if not path.exists():
        bench("--generate", str(path))
    return str(path)


def cell(speed, base):
    """Formats a cell: thousands of events per second, and the ratio to this library."""
    if isinstance(speed, str):
        return speed
    if speed == base:
        times = ""
    elif speed < base:
        times = f" ({base / speed:,.0f}x slower)"
    else:
        times = f" ({speed / base:.1f}x faster)"
    return f"{speed / 1000:,.0f}{times}"


def main():
    python = environment()
    names = [f"{name} {version}" for name, version in READERS.items()]
    print("| Log | Task | this library |", " | ".join(names), "|")
    print("|---|---|---:|" + "---:|" * len(names))
    for path in sys.argv[1:] or [generated()]:
        base = ours(path)
        for task in TASKS:
            speeds = [base[task], *(others(python, name, task, path) for name in READERS)]
            cells = " | ".join(cell(speed, base[task]) for speed in speeds)
            print(f"| {pathlib.Path(path).stem} | {task} | {cells} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(globals()[sys.argv[2]], *sys.argv[3:5])
    else:
        main()
