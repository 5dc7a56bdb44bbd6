#!/usr/bin/env python3
"""Draws docs/images/terminal.svg, the picture of the README, from the output of `pml` on a fixture.

    scripts/terminal-picture.py [--pml PROGRAM] [--check]

--pml    the program to run (default: target/debug/pml)
--check  writes nothing and fails if the picture differs from what the program prints now

Each command runs with CLICOLOR_FORCE, so that it prints colors. Its output is cut to the number of lines given below.
Needs Python 3.8 and nothing else.
"""

import argparse
import html
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/images/terminal.svg"

# The commands as a user types them, each with the maximum number of lines to show.
COMMANDS = [
    ("""pml statistics fixtures/sample64.pml --query 'Process Name is updater.exe and Operation is CreateFile'""", 11),
    ("""pml export fixtures/sample64.pml --columns Operation,Path,Result --query 'Result is "NAME NOT FOUND"'""", 5),
    ("pml recover fixtures/unclosed.pml -o recovered.pml", 6),
]

COLUMNS = 120
CELL_WIDTH, LINE_HEIGHT, FONT_SIZE = 7.8, 18, 13
MARGIN, BAR = 16, 30
BACKGROUND, TEXT, FRAME = "#1c1f26", "#d5d9e0", "#343a46"
# Colors of the SGR codes 30 to 37 and 90 to 97.
PALETTE = ["#5c6370", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d5d9e0"]

ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def run(program, folder, command, lines):
    """Runs a command in a folder. Returns the first lines that it prints, and an ellipsis if it prints more."""
    arguments = [str(program), *shlex.split(command)[1:]]
    environment = {**os.environ, "CLICOLOR_FORCE": "1", "COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        arguments, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        sys.exit(f"{command}: exit code {done.returncode}\n{done.stdout.decode(errors='replace')}")
    text = done.stdout.decode("utf-8").replace("\r\n", "\n").replace("\ufeff", "")
    shown = text.rstrip("\n").split("\n")
    return shown if len(shown) <= lines else [*shown[:lines], "\u2026"]


def spans(line):
    """Splits a line at its escape sequences into (text, attributes), cut to the width of the terminal."""
    attributes, column, at = {}, 0, 0
    for match in [*ESCAPE.finditer(line), None]:
        text = line[at : match.start() if match else len(line)]
        text = text[: COLUMNS - column]
        column += len(text)
        if text:
            yield text, dict(attributes)
        if match is None:
            return
        at = match.end()
        for code in [int(code or 0) for code in match.group(1).split(";")]:
            if code == 0:
                attributes = {}
            elif code == 1:
                attributes["font-weight"] = "bold"
            elif code == 4:
                attributes["text-decoration"] = "underline"
            elif 30 <= code <= 37 or 90 <= code <= 97:
                attributes["fill"] = PALETTE[code % 10]


def row(line, number):
    y = BAR + MARGIN + number * LINE_HEIGHT
    parts, column = [], 0
    for text, attributes in spans(line):
        # Each span has a position and a length, so that a font of another width does not move the text after it.
        place = f'x="{MARGIN + column * CELL_WIDTH:.1f}" textLength="{len(text) * CELL_WIDTH:.1f}"'
        style = "".join(f' {name}="{value}"' for name, value in attributes.items())
        parts.append(f"<tspan {place}{style}>{html.escape(text)}</tspan>")
        column += len(text)
    return f'<text y="{y}">{"".join(parts)}</text>\n' if parts else ""


def draw(program):
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        # The commands write their files here, not into the repository.
        shutil.copytree(ROOT / "fixtures", pathlib.Path(folder) / "fixtures", ignore=shutil.ignore_patterns("*.gz"))
        for command, count in COMMANDS:
            if lines:
                lines.append("")
            lines.append(f"\x1b[32m$\x1b[0m \x1b[1m{command}\x1b[0m")
            lines.extend(run(program, folder, command, count))
    width = round(2 * MARGIN + COLUMNS * CELL_WIDTH)
    height = BAR + MARGIN + len(lines) * LINE_HEIGHT
    buttons = "".join(
        f'<circle cx="{18 + 18 * n}" cy="15" r="5.5" fill="{color}"/>'
        for n, color in enumerate(["#e06c75", "#e5c07b", "#98c379"])
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">\n'
        "<title>Output of pml on a sample log</title>\n"
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}" stroke="{FRAME}"/>\n{buttons}\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" '
        f'font-size="{FONT_SIZE}" fill="{TEXT}" xml:space="preserve">\n'
        + "".join(row(line, number) for number, line in enumerate(lines))
        + "</g>\n</svg>\n"
    )


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("--pml", type=pathlib.Path, default=ROOT / "target/debug/pml")
    arguments.add_argument("--check", action="store_true")
    arguments = arguments.parse_args()
    picture = draw(arguments.pml.resolve())
    if arguments.check:
        if PICTURE.read_text(encoding="utf-8") != picture:
            sys.exit(f"{PICTURE.relative_to(ROOT)} is out of date: run scripts/terminal-picture.py")
    else:
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_text(picture, encoding="utf-8")


main()
