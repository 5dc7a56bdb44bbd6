#!/usr/bin/env bash
# Runs the fuzz targets, one after another.
#
#   scripts/fuzz.sh [MINUTES per target, default 1] [TARGET...]
#
# Needs cargo-fuzz and a nightly toolchain. New inputs go to target/fuzz, not into the corpus of the repository. An input
# that fails is in fuzz/artifacts; CONTRIBUTING.md says what to do with it. The script continues with the next target and
# fails at the end.
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:-1}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cargo +nightly fuzz list)
fi
failed=()
for target in "${targets[@]}"; do
    # Two targets take the same kind of input as another one and share its corpus.
    case $target in
        write) corpus=open ;;
        roundtrip) corpus=event ;;
        *) corpus=$target ;;
    esac
    work=target/fuzz/$target
    mkdir -p "$work"
    cargo +nightly fuzz run "$target" "$work" "fuzz/corpus/$corpus" -- \
        -max_len=65536 -timeout=20 -rss_limit_mb=2048 -max_total_time=$((minutes * 60)) -print_final_stats=1 ||
        failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
