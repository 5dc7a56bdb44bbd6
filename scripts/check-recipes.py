#!/usr/bin/env python3
"""Runs the recipes of docs/COLUMNS.md and compares their outputs.

    scripts/check-recipes.py [--update] [--no-spark] [--pml target/release/pml] [--venv FOLDER]

The first block of the document has the commands that create the files. After each Python block, there is a block with
its output. With --update, the outputs are written to the document.
"""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "COLUMNS.md"
PACKAGES = ["duckdb", "pandas", "polars", "pyarrow"]
BLOCKS = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--no-spark", action="store_true")
    parser.add_argument("--pml", type=Path, default=ROOT / "target" / "release" / "pml")
    parser.add_argument("--venv", type=Path, default=ROOT / "target" / "columns-venv")
    args = parser.parse_args()
    python = args.venv / "bin" / "python"
    packages = PACKAGES if args.no_spark else [*PACKAGES, "pyspark"]
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", args.venv], check=True)
    if subprocess.run([python, "-c", "import " + ", ".join(packages)], capture_output=True).returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
    text = DOCUMENT.read_text(encoding="utf-8")
    passed = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "fixtures").symlink_to(ROOT / "fixtures")
        (folder / "bin").mkdir()
        (folder / "bin" / "pml").symlink_to(args.pml.resolve())
        environment = os.environ | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONUTF8": "1"}
        commands = re.search(r"```sh\n(.*?)```", text, re.DOTALL)[1]
        for command in commands.splitlines():
            subprocess.run(shlex.split(command), cwd=folder, env=environment, check=True)

        def run(block):
            nonlocal passed, failed
            code, stored = block.groups()
            if args.no_spark and "pyspark" in code:
                return block[0]
            result = subprocess.run([python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
            if result.returncode or (result.stdout != stored and not args.update):
                print(f"{code}\n{result.stdout}\n{result.stderr[-2000:]}\ninstead of\n{stored}")
                failed += 1
            else:
                passed += 1
            return f"```python\n{code}```\n\n```text\n{result.stdout}```"

        updated = BLOCKS.sub(run, text)
    if args.update and not failed:
        DOCUMENT.write_text(updated, encoding="utf-8")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
