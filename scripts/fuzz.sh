#!/usr/bin/env bash
# Runs each fuzz target for a short time.
#
#   scripts/fuzz-smoke.sh [SECONDS per target, default 60] [TARGET...]
#
# Needs cargo-fuzz and a nightly toolchain. New inputs go to target/fuzz-smoke, not into the corpus of the repository.
# An input that fails is in fuzz/artifacts; CONTRIBUTING.md says what to do with it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cargo +nightly fuzz list)
fi
for target in "${targets[@]}"; do
    # Two targets take the same kind of input as another one and share its corpus.
    case $target in
        write) corpus=open ;;
        roundtrip) corpus=event ;;
        *) corpus=$target ;;
    esac
    work=target/fuzz-smoke/$target
    mkdir -p "$work"
    cargo +nightly fuzz run "$target" "$work" "fuzz/corpus/$corpus" -- \
        -max_len=16384 -max_total_time="$seconds" -print_final_stats=1
done
