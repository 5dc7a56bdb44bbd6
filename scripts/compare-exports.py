#!/usr/bin/env python3
"""Compares exports by `pml` with Procmon's own CSV exports, byte for byte, and counts the cells.

    scripts/compare-exports.py [--pml PROGRAM] LOG.pml EXPORT.csv [options of pml export]
    scripts/compare-exports.py [--pml PROGRAM] [--data FOLDER]

The first form compares a log with the CSV that Procmon exported from it, in the columns of that CSV. Set the version
with --compat procmon-3.94 and the time zone with --utc-offset +02:00. Procmon 4.01 prints what 3.94 prints.

The second form compares the exports in the list EXPORTS that exist in FOLDER (default: $PROCMON_DATA, else
fixtures/conformance of this repository), and prints the numbers of rows, columns and cells of each. docs/TESTING.md
describes the folder.

Files may be gzipped. The number of cells is rows times columns, without the line of titles.
tests/procmon/known_differences.tsv lists the cells that cannot match. The exit code is 1 if any other cell differs.
Needs Python 3.8 and nothing else.
"""

import csv
import gzip
import io
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
KNOWN = ROOT / "tests/procmon/known_differences.tsv"

# Log, suffix of the name of its export, version for --compat, further options of `pml export`.
EXPORTS = [
    ("corpus/win10-64-mixed", "procmon-3.94", "procmon-3.94", []),
    ("corpus/win10-64-mixed", "procmon-3.53", "procmon-3.53", []),
    ("corpus/win7-32-mixed", "procmon-3.94", "procmon-3.94", []),
    ("corpus/win7-32-mixed", "procmon-3.52", "procmon-3.52", []),
    ("corpus/win10-64-filesystem", "procmon-3.94", "procmon-3.94", []),
    ("corpus/win10-64-filesystem", "procmon-3.94.advanced", "procmon-3.94", ["--advanced"]),
    ("corpus/win10-64-filesystem", "procmon-3.53", "procmon-3.53", []),
    ("corpus/win10-64-process", "procmon-3.94", "procmon-3.94", []),
    ("corpus/win10-64-process", "procmon-3.53", "procmon-3.53", []),
    ("corpus/winxp-32-v7", "procmon-3.0", "procmon-3.0", ["--utc-offset=-05:00"]),
    ("corpus/win11-64-procmon-4.01", "procmon-4.01", "procmon-3.94", []),
    ("corpus/win7-64-es", "procmon-4.01", "procmon-3.94", []),
    ("conformance/fs_1", "procmon-3.94", "procmon-3.94", []),
    ("conformance/fs_1", "procmon-3.94.advanced", "procmon-3.94", ["--advanced"]),
    ("conformance/fs_2", "procmon-3.94", "procmon-3.94", []),
    ("conformance/fs32_1", "procmon-3.94", "procmon-3.94", []),
    ("conformance/registry_1", "procmon-3.94", "procmon-3.94", []),
    ("conformance/registry_2", "procmon-3.94", "procmon-3.94", []),
    ("conformance/misc_1", "procmon-3.94", "procmon-3.94", []),
    ("conformance/misc_1", "procmon-3.94.utc+0530", "procmon-3.94", ["--utc-offset=+05:30"]),
    ("conformance/misc_2", "procmon-3.94", "procmon-3.94", []),
]


def read(path):
    data = pathlib.Path(path).read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def table(data):
    """Returns the rows of a CSV; the first one has the titles."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def export(program, log, titles, options):
    """Returns the CSV that `pml` exports from a log."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "log.pml"
        copy.write_bytes(read(log))
        command = [program, "export", copy, "--format=csv", "--columns", ",".join(titles), *options]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def compare(program, log, procmon, options):
    """Returns the numbers of rows and columns, and the cells that differ: (row, title, Procmon's text, text of pml)."""
    procmon = read(procmon)
    theirs = table(procmon)
    titles = theirs[0]
    ours = export(program, log, titles, options)
    if b"\r" not in procmon:
        # The export of Procmon 3.0 in the comparison data has lost its carriage returns.
        ours = ours.replace(b"\r\n", b"\n")
    rows, columns = len(theirs) - 1, len(titles)
    if ours == procmon:
        return rows, columns, []
    mine = table(ours)
    if len(mine) != len(theirs):
        sys.exit(f"{log}: Procmon's export has {rows} rows, ours {len(mine) - 1}")
    cells = (
        (row, title, a, b)
        for row, (left, right) in enumerate(zip(theirs[1:], mine[1:]))
        for title, a, b in zip(titles, left, right)
    )
    differences = [(row, title, a, b) for row, title, a, b in cells if a != b]
    if not differences:
        sys.exit(f"{log}: the files differ outside of the cells")
    return rows, columns, differences


def report(name, differences):
    for row, title, theirs, ours in differences[:5]:
        print(f"{name}, row {row}, {title}\n  Procmon {theirs!r}\n  pml     {ours!r}", file=sys.stderr)
    if len(differences) > 5:
        print(f"{name}: {len(differences) - 5} more cells differ", file=sys.stderr)


def find(folder, name):
    """Returns the path of a file of the comparison data in a folder; None if it is missing.

    In fixtures/conformance, the files of conformance/ are not in a subfolder.
    """
    paths = [folder / name, folder / pathlib.Path(name).name]
    return next((path for path in paths if path.is_file()), None)


def compare_all(program, folder):
    known = set()
    for line in KNOWN.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, row, column, _ = line.split("\t")
            known.add((name, int(row), column))
    files = cells = listed = failed = 0
    print(f"{'export':48} {'rows':>7} {'columns':>7} {'cells':>10}")
    for log, version, compat, options in EXPORTS:
        paths = [find(folder, f"{log}.pml.gz"), find(folder, f"{log}.{version}.csv.gz")]
        if None in paths:
            continue
        rows, columns, differences = compare(program, *paths, [f"--compat={compat}", *options])
        name = f"{pathlib.Path(log).name}.{version}"
        unlisted = [d for d in differences if (name, d[0], d[1]) not in known]
        print(f"{name:48} {rows:7,} {columns:7} {rows * columns:10,}")
        report(name, unlisted)
        files, cells = files + 1, cells + rows * columns
        listed, failed = listed + len(differences) - len(unlisted), failed + len(unlisted)
    print(f"{files} exports, {cells:,} cells: {listed} known differences, {failed} others")
    return failed or not files


def main():
    arguments = sys.argv[1:]
    program, folder = "pml", None
    while arguments and arguments[0] in ("--pml", "--data", "-h", "--help"):
        option = arguments.pop(0)
        if option in ("-h", "--help") or not arguments:
            sys.exit(__doc__)
        if option == "--pml":
            program = str(pathlib.Path(arguments.pop(0)).resolve())
        else:
            folder = pathlib.Path(arguments.pop(0))
    if not arguments:
        folder = folder or pathlib.Path(os.environ.get("PROCMON_DATA", ROOT / "fixtures/conformance"))
        sys.exit(1 if compare_all(program, folder) else 0)
    if len(arguments) < 2:
        sys.exit(__doc__)
    log, procmon, *options = arguments
    rows, columns, differences = compare(program, log, procmon, options)
    report(pathlib.Path(procmon).name, differences)
    print(f"{rows:,} rows, {columns} columns, {rows * columns:,} cells: {len(differences)} differ")
    sys.exit(1 if differences else 0)


main()
