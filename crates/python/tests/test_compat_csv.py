"""The texts of ``compat`` beside the CSV files of Procmon 3.94, on all rows.

Needs the comparison data (``PROCMON_DATA``, see ``docs/TESTING.md``).
"""

import csv
import gzip
import io
import os
from itertools import zip_longest
from pathlib import Path

import pytest

from procmon_pml.compat import ProcmonLogsReader

ROOT = Path(__file__).resolve().parents[3]
CORPUS = Path(os.environ.get("PROCMON_DATA", ROOT.parent / "shared")) / "corpus"

if not CORPUS.is_dir() and "CI" not in os.environ:
    pytest.skip("the comparison data is missing", allow_module_level=True)


def rows(path):
    text = gzip.decompress(path.read_bytes()).decode("utf-8-sig")
    return csv.DictReader(io.StringIO(text, newline=""))


@pytest.mark.parametrize("name", ["win10-64-filesystem", "win10-64-mixed", "win10-64-process", "win7-32-mixed"])
def test_rows_are_those_of_procmon(name):
    reader = ProcmonLogsReader(io.BytesIO(gzip.decompress((CORPUS / f"{name}.pml.gz").read_bytes())))
    first = reader[0].date_filetime
    for event, expected in zip_longest(reader, rows(CORPUS / f"{name}.procmon-3.94.csv.gz")):
        row = event.get_compatible_csv_info(first)
        # Procmon 3.94 prints seven items of a detail, omits long strings at its end, and prints bytes after the captured
        # ones of binary data.
        detail, other = row["Detail"], expected.pop("Detail")
        assert detail.startswith(other) or other.startswith(detail), event
        assert {title: row[title] for title in expected} == expected
