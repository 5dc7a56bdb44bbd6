#!/usr/bin/env bash
# Builds the Python package, installs it in a new virtual environment, and runs its tests, the examples in its
# documentation, and type checkers on a program that uses it.
#
#   scripts/check-python.sh [--profile PROFILE] [PYTEST ARGUMENT ...]
#   scripts/check-python.sh -m slow     # the comparison with procmon-parser, which takes minutes
#
# PROFILE is a profile of cargo, by default dev. Tools and libraries are installed from PyPI into the folder
# PYTHON_TOOLS, by default target/python, and kept between runs.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=dev
if [[ ${1:-} == --profile ]]; then
    profile=$2
    shift 2
fi
tools=${PYTHON_TOOLS:-target/python}

if [[ ! -x $tools/bin/maturin ]]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install -q --disable-pip-version-check \
        'maturin>=1.7,<2' mypy pandas-stubs 'pyright[nodejs]' pytest pandas polars pyarrow procmon-parser==0.4.0
fi
rm -rf target/wheels-check
# Only used on this computer, so the wheel need not be portable. A portable one would need zig, which may be missing.
"$tools/bin/maturin" build --quiet --locked --profile "$profile" --auditwheel skip \
    --manifest-path crates/python/Cargo.toml --out target/wheels-check

# Imports the package in a new environment without other packages, to check that it needs none.
rm -rf target/python-clean
python3 -m venv --without-pip target/python-clean
"$tools/bin/pip" --python target/python-clean/bin/python install -q --disable-pip-version-check --no-deps --no-index \
    target/wheels-check/*.whl
target/python-clean/bin/python -c 'import procmon_pml; print(len(procmon_pml.Log("fixtures/sample64.pml")), "events")'

"$tools/bin/pip" install -q --disable-pip-version-check --force-reinstall --no-deps --no-index target/wheels-check/*.whl
"$tools/bin/python" -m pytest -p no:cacheprovider -c crates/python/pyproject.toml -m 'not slow' crates/python/tests "$@"
"$tools/bin/mypy" --strict --cache-dir target/mypy crates/python/examples/tour.py
# Checks the sources of the Python part of the package, not the installed package.
"$tools/bin/mypy" --strict --cache-dir target/mypy crates/python/python/procmon_pml
"$tools/bin/pyright" --pythonpath "$tools/bin/python" crates/python/examples/tour.py
