#!/usr/bin/env bash
# Checks that a version is ready for release: the manifests and CHANGELOG.md have the version, and all packages build
# from the files that would be uploaded.
#
#   scripts/check-release.sh vX.Y.Z
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?usage: scripts/check-release.sh vX.Y.Z}
version=${version#v}
for package in procmon-parser procmon-report procmon-arrow procmon-trace procmon-cli; do
    found=$(cargo pkgid --locked --package "$package" | sed 's/.*[#@]//')
    [ "$found" = "$version" ] || {
        echo "$package has version $found, not $version: change it in Cargo.toml" >&2
        exit 1
    }
done
grep -Eq "^## $version - [0-9]{4}-[0-9]{2}-[0-9]{2}$" CHANGELOG.md || {
    echo "CHANGELOG.md has no heading \"## $version - YYYY-MM-DD\"" >&2
    exit 1
}
cargo package --locked --workspace
