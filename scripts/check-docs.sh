#!/usr/bin/env bash
# Builds the documentation with warnings as errors, and once more as docs.rs does (needs a nightly toolchain; skipped
# without one).
set -euo pipefail
cd "$(dirname "$0")/.."

RUSTDOCFLAGS="-D warnings -D rustdoc::broken-intra-doc-links" \
    cargo doc --locked --workspace --all-features --no-deps
if cargo +nightly --version >/dev/null 2>&1; then
    RUSTDOCFLAGS="-D warnings --cfg docsrs" CARGO_TARGET_DIR=target/docsrs \
        cargo +nightly doc --locked --package procmon-parser --all-features --no-deps
else
    echo "no nightly toolchain: the build of docs.rs was not checked" >&2
fi
