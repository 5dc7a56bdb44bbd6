"""A tour of the package. ``scripts/check-python.sh`` also runs type checkers on it.

    python crates/python/examples/tour.py fixtures/sample64.pml
"""

from __future__ import annotations

import io
import sys
from collections import Counter
from datetime import timedelta

import procmon_pml as pml
from procmon_pml import compat


def slowest(log: pml.Log, count: int) -> list[pml.Event]:
    """Returns the events that took longest."""
    return sorted(log, key=lambda event: event.duration or timedelta(), reverse=True)[:count]


def describe(event: pml.Event) -> str:
    process = event.process
    name = process.name if process is not None else "?"
    took = f"{event.duration.total_seconds():.6f} s" if event.duration is not None else "pending"
    return f"{event.time:%H:%M:%S} {name} {event.operation} {event.path} {event.result} ({took})"


def frames(event: pml.Event) -> list[str]:
    named = []
    for frame in event.stack:
        module = frame.module
        named.append(f"{module.name} + {frame.offset:#x}" if module is not None else hex(frame.address))
    return named


def redacted(log: pml.Log) -> pml.Log:
    out = io.BytesIO()
    log.redact(out, replace={"petals": "flower"})
    return pml.Log(out.getvalue())


def configuration() -> bytes:
    config = pml.Configuration()
    config.rules = [pml.Rule("Process Name", "is", "updater.exe"), "Path ends with .dll then Exclude"]
    config["DestructiveFilter"] = True
    return config.to_bytes()


def old_program(data: bytes) -> dict[str, int]:
    """A program for procmon_parser."""
    reader = compat.ProcmonLogsReader(io.BytesIO(data))
    operations: Counter[str] = Counter()
    for event in reader:
        operations[event.operation.name] += 1
    return dict(operations)


def main(path: str) -> None:
    log = pml.Log(path)
    computer: str = log.system["computer_name"]
    print(f"{len(log)} events of {computer}")
    for event in slowest(log.filter(query="Duration more than 1ms"), 3):
        print(describe(event))
        print("   ", " < ".join(frames(event)[:3]))
    for error in log.events("yield"):
        if isinstance(error, pml.PmlError):
            print(error, error.offset)
    first: pml.Event = log[0]
    part: pml.Log = log[10:20]
    print(first.ordinal, len(part), log.count(pml.Column.OPERATION))
    for node in log.tree():
        print("  " * node.depth, node.process)
    for row in log.summary("files", limit=3):
        print(row["name"], row["events"])
    print(len(redacted(log)), len(log.filter(config=configuration())))
    with open(path, "rb") as file:
        print(old_program(file.read()))


if __name__ == "__main__":
    main(sys.argv[1])
