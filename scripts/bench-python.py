#!/usr/bin/env python3
"""Compares the speed of the Python package with that of procmon-parser 0.4.0 and procmon-reader 0.1.1, on one log.

    scripts/bench-python.py [--repeat N] LOG.pml

Run it in an environment that has the three packages, pandas and pyarrow, with a wheel of the release profile:

    maturin build --release --manifest-path crates/python/Cargo.toml --out target/wheels
    pip install target/wheels/*.whl procmon-parser==0.4.0 procmon-reader==0.1.1 pandas pyarrow

Each time is the shortest CPU time of N runs, each in a new process, without imports. The last column is the speed
relative to the first package of the group that ran.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import textwrap
import time

CODE = {
    ("iterate", "procmon-parser"): """
from procmon_parser import ProcmonLogsReader
with open(path, "rb") as file:
    for event in ProcmonLogsReader(file):
        event.process.process_name, event.operation, event.path, event.result
""",
    ("iterate", "procmon-parser, no stacks and details"): """
from procmon_parser import ProcmonLogsReader
with open(path, "rb") as file:
    for event in ProcmonLogsReader(file, should_get_stacktrace=False, should_get_details=False):
        event.process.process_name, event.operation, event.path, event.result
""",
    ("iterate", "procmon-reader"): """
import procmon_reader
reader = procmon_reader.ProcmonReader(path)
reader.apply_filters(select_fields=["process_name", "operation", "path", "result"])
for event in reader:
    event["process_name"], event["operation"], event["path"], event["result"]
""",
    ("iterate", "procmon-pml.compat"): """
from procmon_pml.compat import ProcmonLogsReader
with open(path, "rb") as file:
    for event in ProcmonLogsReader(file):
        event.process.process_name, event.operation, event.path, event.result
""",
    ("iterate", "procmon-pml"): """
import procmon_pml
for event in procmon_pml.Log(path, single_file=True):
    event.process_name, event.operation, event.path, event.result
""",
    ("csv", "procmon-parser"): """
import csv
from procmon_parser import ProcmonLogsReader
with open(path, "rb") as file, open(out, "w", newline="", encoding="utf-8") as target:
    reader = ProcmonLogsReader(file)
    writer = None
    for event in reader:
        row = event.get_compatible_csv_info()
        if writer is None:
            writer = csv.DictWriter(target, row)
            writer.writeheader()
        writer.writerow(row)
""",
    ("csv", "procmon-pml"): """
import procmon_pml
procmon_pml.Log(path, single_file=True).export(out, "csv")
""",
    ("pandas", "procmon-pml"): """
import procmon_pml
procmon_pml.Log(path, single_file=True).to_pandas()
""",
}

PROGRAM = """
import sys, time, resource
path, out = sys.argv[1:3]
{imports}

def work():
{code}

start = time.process_time()
work()
print(time.process_time() - start)
"""


def measure(code, path, out, repeat):
    imports = "\n".join(line for line in code.splitlines() if line.startswith(("import ", "from ")))
    if "to_pandas" in code:
        imports += "\nimport pandas, pyarrow"
    program = PROGRAM.format(imports=imports, code=textwrap.indent(code, "    "))
    times = []
    for _ in range(repeat):
        result = subprocess.run([sys.executable, "-P", "-c", program, path, out], capture_output=True, text=True)
        if result.returncode:
            return None, result.stderr.strip().splitlines()[-1]
        times.append(float(result.stdout))
    return min(times), ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log")
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    import procmon_pml

    events = len(procmon_pml.Log(arguments.log, single_file=True))
    print(f"{events} events, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d %H:%M')}")
    print(f"{'group':8} {'package':40} {'CPU s':>8} {'events/s':>12} {'factor':>8}")
    first = {}
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.csv")
        for (group, package), code in CODE.items():
            seconds, error = measure(code, arguments.log, out, arguments.repeat)
            if seconds is None:
                print(f"{group:8} {package:40} {error}")
                continue
            first.setdefault(group, seconds)
            factor = first[group] / seconds
            print(f"{group:8} {package:40} {seconds:8.3f} {events / seconds:12,.0f} {factor:8.1f}")


if __name__ == "__main__":
    main()
