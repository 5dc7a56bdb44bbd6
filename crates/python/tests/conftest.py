"""Fixtures of the tests. The tests run in the root of the repository, where ``fixtures`` is."""

import os
from pathlib import Path

import pytest

import procmon_pml as pml

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "fixtures"


@pytest.fixture(autouse=True, scope="session")
def in_root():
    os.chdir(ROOT)


@pytest.fixture
def log() -> pml.Log:
    return pml.Log(FIXTURES / "sample64.pml")


@pytest.fixture
def damaged() -> pml.Log:
    return pml.Log(FIXTURES / "damaged.pml")


@pytest.fixture(scope="session")
def big(tmp_path_factory) -> Path:
    """A log of about 330,000 events, for tests that need time."""
    path = tmp_path_factory.mktemp("big") / "big.pml"
    log = pml.Log(FIXTURES / "sample64.pml")
    pml.merge(path, [log])
    for _ in range(4):
        copies = [pml.Log(path) for _ in range(8)]
        pml.merge(path, copies)
    return path
