#!/usr/bin/env bash
# Type-checks the library and the program for Windows on a Linux machine. Does not link or run anything.
#
#   scripts/check-windows.sh [arguments for cargo check, for example --all-targets]
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/windows-toolchain.sh

exec cargo check --workspace --all-features --target "$target" "${build_std[@]}" "$@"
