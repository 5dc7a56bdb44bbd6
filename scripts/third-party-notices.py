#!/usr/bin/env python3
"""Writes the licenses of all packages that are compiled into `pml`.

    scripts/third-party-notices.py [--target TRIPLE] > THIRD-PARTY.txt

Lists each package with its version, its license expression, and the license texts in its sources. Packages with the
same text share it. Fails if a package has neither a license expression nor a text. The libraries of the page of the
HTML report are not listed, because the page contains their licenses.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

NAMES = ("license", "licence", "copying", "notice", "unlicense", "copyright")


def metadata(target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked"]
    if target:
        command += ["--filter-platform", target]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def compiled(data, root):
    """Returns the ids of the packages that are compiled into a package, without those that only tests or builds need."""
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    found, pending = set(), [root]
    while pending:
        package = pending.pop()
        if package not in found:
            found.add(package)
            deps = nodes[package]["deps"]
            pending += [dep["pkg"] for dep in deps if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return found


def texts(package):
    folder = Path(package["manifest_path"]).parent
    files = {path for path in folder.iterdir() if path.is_file() and path.name.lower().startswith(NAMES)}
    if package["license_file"]:
        files.add(folder / package["license_file"])
    return [path.read_text(encoding="utf-8", errors="replace").strip() for path in sorted(files)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", metavar="TRIPLE", help="list only packages for this target")
    data = metadata(parser.parse_args().target)
    root = next(package["id"] for package in data["packages"] if package["name"] == "procmon-cli")
    ids = compiled(data, root)
    packages = [p for p in data["packages"] if p["id"] in ids and p["source"] is not None]
    packages.sort(key=lambda package: (package["name"], package["version"]))
    by_text = {}
    for package in packages:
        found = texts(package)
        if not found and not package["license"]:
            sys.exit(f"{package['name']} {package['version']} has no license")
        for text in found:
            by_text.setdefault(text, []).append(f"{package['name']} {package['version']}")
    print("pml contains these packages:\n")
    for package in packages:
        print(f"  {package['name']} {package['version']}: {package['license'] or 'see its license text'}")
    for text, names in by_text.items():
        print(f"\n{'=' * 80}\n{', '.join(names)}\n{'-' * 80}\n{text}")


if __name__ == "__main__":
    main()
