#!/usr/bin/env bash
# Type-checks the last commit with the oldest versions of the dependencies that Cargo.toml allows. Works in a copy of
# the repository, so that Cargo.lock does not change. Needs a nightly toolchain for the option that selects the versions.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=target/minimal-versions
rm -rf "$copy/source"
mkdir -p "$copy/source"
git archive HEAD | tar -x -C "$copy/source"
cd "$copy/source"
cargo +nightly -Z minimal-versions update
CARGO_TARGET_DIR=../target cargo check --locked --workspace --all-features
