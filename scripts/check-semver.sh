#!/usr/bin/env bash
# Compares the public interface of the library with that of the latest released version, with cargo-semver-checks.
# Succeeds if there is no tag vX.Y.Z before this commit.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' HEAD^ 2>/dev/null || true)
if [ -z "$tag" ]; then
    echo "no released version to compare with"
    exit 0
fi
cargo semver-checks --package procmon-parser --all-features --baseline-rev "$tag"
