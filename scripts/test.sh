#!/usr/bin/env bash
# Runs all tests that need nothing but the repository.
#
#   scripts/test.sh [arguments for cargo test, such as --no-default-features]
#
# Tests that need the comparison data run if PROCMON_DATA names its folder. Without PROCMON_DATA, they would fail if the
# variable CI is set (docs/TESTING.md), so this script unsets CI.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PROCMON_DATA:-}" ]; then
    unset CI
fi
cargo test --workspace --all-features --locked "$@"
