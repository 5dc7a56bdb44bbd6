#!/usr/bin/env bash
# Runs the fuzz targets, one after another. Prints the number of executions and the failing input of each, if any.
#
#   scripts/fuzz.sh [MINUTES per target, default 1] [TARGET...]
#
# Needs cargo-fuzz and a nightly toolchain; without one, RUSTC_BOOTSTRAP makes the stable compiler accept the options
# that fuzzing needs. New inputs go to target/fuzz, not into the corpus of the repository. An input that fails is in
# fuzz/artifacts; CONTRIBUTING.md says what to do with it. The script continues with the next target and fails at the
# end.
set -euo pipefail
cd "$(dirname "$0")/.."

fuzz=(cargo +nightly fuzz)
if ! cargo +nightly --version >/dev/null 2>&1; then
    fuzz=(cargo fuzz)
    export RUSTC_BOOTSTRAP=1
fi
minutes=${1:-1}
targets=("${@:2}")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <("${fuzz[@]}" list)
fi
failed=() results=()
for target in "${targets[@]}"; do
    # Some targets take the same kind of input as another one and share its corpus.
    case $target in
        write | analysis | export) corpus=open ;;
        roundtrip) corpus=event ;;
        *) corpus=$target ;;
    esac
    work=target/fuzz/$target
    mkdir -p "$work"
    find=none
    # Leak detection is off, because it does not work if the process is traced (ptrace).
    "${fuzz[@]}" run "$target" "$work" "fuzz/corpus/$corpus" -- -detect_leaks=0 \
        -max_len=65536 -timeout=20 -rss_limit_mb=2048 -max_total_time=$((minutes * 60)) -print_final_stats=1 \
        2>&1 | tee "$work.log" || {
        failed+=("$target")
        find=$(sed -n 's/.*Test unit written to //p' "$work.log" | tail -1)
    }
    count=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log" | tail -1)
    results+=("$(printf '%-10s %12s executions  find: %s' "$target" "${count:-?}" "${find:-see $work.log}")")
done
printf '%s\n' "${results[@]}"
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}" >&2
    exit 1
fi
