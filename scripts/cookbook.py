#!/usr/bin/env python3
"""Writes docs/COOKBOOK.md: everyday questions, the commands that answer them, and their output for the fixtures.

    scripts/cookbook.py [--pml PROGRAM] [--check]

--pml    the program to run (default: target/debug/pml)
--check  writes nothing and fails if the document differs from what the program prints now

The commands run on a copy of the fixtures, with the output for a terminal of 110 columns without colors. An output is
cut to the number of lines given below. The test `cookbook` of the program also compares the outputs.
Needs Python 3.8 and nothing else.
"""

import argparse
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs/COOKBOOK.md"
COLUMNS = 110
CUT = "[...]"

HEAD = """# Cookbook

Everyday questions about a capture, and the commands that answer them. The outputs are from the logs in
[fixtures/](../fixtures), which are small and invented, on a terminal of 110 columns. `[...]` marks the place where an
output is cut. `scripts/cookbook.py` writes this document.

[QUERY.md](QUERY.md) describes the language of `--query`, which every command here accepts, as well as `--filter`,
`--config`, `--from` and `--to`. `pml help COMMAND` has the other options.
"""

LOG = "fixtures/sample64.pml"

# A question, notes on the answer, and commands, each with the maximum number of lines to show.
TASKS = [
    (
        "Which processes ran, and who started whom?",
        "Processes are listed below the process that started them, which the log identifies by a key, because Windows\n"
        "reuses PIDs.",
        [(f"pml tree {LOG}", 14)],
    ),
    (
        "Which files cost the most time?",
        "`pml summary folders` and `pml summary extensions` group the same numbers.",
        [(f"pml summary files {LOG} --top 5", 14)],
    ),
    (
        "Which registry keys and values were used?",
        "",
        [(f"pml summary registry {LOG} --top 5", 14)],
    ),
    (
        "Which code caused the operations?",
        "Each level is a caller of the level below.",
        [(f"pml summary stacks {LOG} --depth 3 --top 8", 16)],
    ),
    (
        "With which hosts did programs exchange data?",
        "",
        [(f"pml summary network {LOG} --top 5", 12)],
    ),
    (
        "Which files did one process write and another read?",
        "",
        [(f"pml summary xref {LOG} --top 5", 12)],
    ),
    (
        "How often does each value of a column occur?",
        "Any column can be counted.",
        [(f"pml count Operation {LOG} --top 8", 14)],
    ),
    (
        "How much CPU time and memory did the processes use?",
        "`--json` has the values over time, for charts.",
        [(f"pml summary processes {LOG}", 14)],
    ),
    (
        "What did one program do, in order?",
        "`--tree` adds the programs that it started. The extension `.exe` can be omitted.",
        [(f"pml events {LOG} --process explorer --tree --limit 8", 9)],
    ),
    (
        "Which DLLs were searched for and not found?",
        "If users can write to a folder in which a program searches for a DLL, they can make it load theirs.",
        [(f"pml events {LOG} --query 'Path ends with .dll and Result in (NAME NOT FOUND, PATH NOT FOUND)'", 10)],
    ),
    (
        "Was anything installed to start automatically?",
        "The query finds writes to the most common places of the registry and to the startup folder. A file with more places,\n"
        "one on each line, works as well: `--query 'Category contains Write and Path contains any of @places.txt'`.",
        [
            (
                f"pml events {LOG} --query 'Category contains Write and Path contains any of "
                "(\\CurrentVersion\\Run, \\Services\\, \\Winlogon\\, \\Startup\\, HKLM\\SOFTWARE)'",
                9,
            )
        ],
    ),
    (
        "Who deleted or renamed files?",
        "A file that was opened with Delete On Close is deleted when it is closed.",
        [
            (
                "pml events fixtures/conformance/fs_1.pml.gz --limit 6 --columns process-name,operation,path,result "
                "--query 'Operation in (SetDispositionInformationFile, SetDispositionInformationEx, "
                "SetRenameInformationFile, SetRenameInformationEx) or Detail contains \"Delete On Close\"'",
                9,
            )
        ],
    ),
    (
        "What was slow?",
        "`--sort duration` puts the longest operations first. NotifyChangeDirectory waits and does no work, so the query\n"
        "leaves it out.",
        [
            (
                f"pml events {LOG} --sort duration --limit 5 --query 'Operation is not NotifyChangeDirectory' "
                "--columns duration,process-name,operation,path",
                8,
            )
        ],
    ),
    (
        "Which operations failed, and why?",
        "",
        [
            (f"pml count Result {LOG} --query 'Result is not SUCCESS'", 12),
            (f"pml events {LOG} --query 'Result is not SUCCESS' --columns operation,result,path --limit 5", 8),
        ],
    ),
    (
        "What differs between two captures?",
        "Sort the columns of interest, and compare the lists with `comm` or `diff`; PIDs and times always differ.",
        [
            (f"pml events {LOG} --columns process-name,operation,path,result --sort path --limit 4", 6),
        ],
    ),
    (
        "Where does a text occur, and what happened around it?",
        "The text can be in any column. `-C` shows the neighbours in the log, here of the same thread; `--` separates\n"
        "groups.",
        [(f"pml events {LOG} -e petals -C 1 --same thread --limit 2 --columns time-of-day,tid,operation,path,result", 9)],
    ),
    (
        "What happened at a certain time?",
        "A time can be absolute, in the zone of `--utc-offset`, or relative to the start (`+1.5s`) or the end (`-10s`).",
        [
            (f"pml events {LOG} --from 2026-03-02T08:30:00.14 --limit 3", 5),
            (f"pml events {LOG} --from=-0.001s", 8),
        ],
    ),
    (
        "What exactly is in one event?",
        "Events are numbered from 0. `--events` and `ordinal` in JSON use the same numbers.",
        [(f"pml events {LOG} --event 40", 44)],
    ),
    (
        "How do I share a part of a log?",
        "`--redact-user` replaces the names of users, computers and domains. Check the result before you share it.",
        [
            (
                f"pml save {LOG} -o part.pml --query 'Process Name is updater.exe' --redact-user",
                6,
            ),
            ("pml events part.pml --count", 2),
        ],
    ),
    (
        "How do I continue in other tools?",
        "[JSON.md](JSON.md) has recipes for jq, DuckDB and pandas. CSV files can be opened by spreadsheets.",
        [
            (f"pml export {LOG} -o events.jsonl.gz", 2),
            (f"pml events {LOG} --json --limit 1 --columns time-of-day,pid,operation,result", 2),
        ],
    ),
    (
        "Which events of several logs belong together?",
        "`--merge` orders the events of all logs by time, and a column names the log. `export` does the same for all"
        "\nformats; CSV and JSON Lines have the name of the log with `--log-names always`.",
        [
            (f"pml events {LOG} fixtures/sample32.pml --merge --limit 4 --columns time-of-day,pid,operation,path", 6),
            (f"pml export {LOG} fixtures/sample32.pml --merge --log-names always --columns pid,operation", 5),
        ],
    ),
]


def run(program, folder, command, lines):
    """Runs a command in a folder. Returns the first lines that it prints, and a mark if it prints more."""
    arguments = [str(program), *shlex.split(command)[1:]]
    if arguments[1] == "events" and "--json" not in arguments:
        arguments += ["--table", "always"]
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8"}
    environment.pop("CLICOLOR_FORCE", None)
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stderr.decode(errors='replace')}")
    text = (done.stdout + done.stderr).decode("utf-8").replace("\r\n", "\n").replace("\ufeff", "")
    shown = [line.rstrip() for line in text.splitlines()]
    return shown if len(shown) <= lines else [*shown[:lines], CUT]


def document(program):
    parts = [HEAD]
    with tempfile.TemporaryDirectory() as folder:
        # The commands write their files here, not into the repository.
        shutil.copytree(ROOT / "fixtures", pathlib.Path(folder) / "fixtures")
        for number, (question, notes, commands) in enumerate(TASKS, 1):
            parts.append(f"\n## {number}. {question}\n")
            if notes:
                parts.append(f"\n{notes}\n")
            for command, lines in commands:
                shown = "".join(f"{line}\n" for line in run(program, folder, command, lines))
                parts.append(f"\n```console\n$ {command}\n{shown}```\n")
    return "".join(parts)


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--pml", type=pathlib.Path, default=ROOT / "target/debug/pml")
    arguments.add_argument("--check", action="store_true")
    arguments = arguments.parse_args()
    text = document(arguments.pml.resolve())
    if arguments.check:
        if DOCUMENT.read_text(encoding="utf-8") != text:
            sys.exit(f"{DOCUMENT.relative_to(ROOT)} is out of date: run scripts/cookbook.py")
    else:
        DOCUMENT.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
