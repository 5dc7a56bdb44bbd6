#!/usr/bin/env bash
# Builds pml.exe on a Linux machine and tests it under wine:
#
# - `pml export` writes the same bytes as the program for this system, for every log in fixtures/ and every format;
# - the tests of `pml capture` and `pml report` pass, with an exe that replaces Procmon;
# - with PROCMON=/path/to/Procmon64.exe, pml accepts the signature of the real Procmon, rejects a changed copy, and
#   captures with it. Its driver cannot be loaded under wine, so the log has no events. If pml is killed, the watchdog
#   must end Procmon.
#
#   scripts/check-wine.sh
#
# Needs what check-windows.sh needs, wine and, for the real Procmon, xvfb (Debian: wine64, xvfb). Takes about ten minutes
# the first time. The list `unsupported` below has the tests that cannot pass under wine.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
native_target=${CARGO_TARGET_DIR:-$PWD/target}
CARGO_TARGET_DIR=$native_target cargo build --workspace --all-features --bin pml
. scripts/windows-toolchain.sh

# Tests that cannot pass under wine, with the reason.
unsupported=(
    # Wine 8 still lists the watched program after its end.
    capture::a_capture_ends_with_a_program
    # Wine 8 cannot send Ctrl-Break to a program.
    capture::a_second_ctrl_c_ends_pml_and_the_watchdog_ends_the_capture
    capture::ctrl_c_ends_the_capture_and_reports_it
)

wine=$(command -v wine64 || ls /usr/lib/wine/wine64 2>/dev/null || command -v wine) || {
    echo "wine not found: run apt-get install wine64" >&2
    exit 1
}
export WINEPREFIX=$CARGO_TARGET_DIR/wine WINEARCH=win64 WINEDEBUG=-all
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe=d'
mkdir -p "$WINEPREFIX"
trap 'wineserver -k 2>/dev/null || true' EXIT

arguments=(--target "$target" "${build_std[@]}")
cargo build "${arguments[@]}" --package procmon-stand-in
# Also builds the program.
cargo test "${arguments[@]}" --package procmon-cli --test it --no-run --message-format=json \
    >"$CARGO_TARGET_DIR/tests.json"
tests=$(sed -n 's/.*"executable":"\([^"]*it-[0-9a-f]*\.exe\)".*/\1/p' "$CARGO_TARGET_DIR/tests.json" | tail -1)
binaries=$CARGO_TARGET_DIR/$target/debug

# The standard library of Rust needs a function that wine 8 lacks.
cat >"$CARGO_TARGET_DIR/bcryptprimitives.c" <<'END'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T size) { return SystemFunction036(bytes, (ULONG)size); }
END
for folder in "$binaries" "$binaries/deps"; do
    x86_64-w64-mingw32-gcc -shared -O1 -o "$folder/bcryptprimitives.dll" "$CARGO_TARGET_DIR/bcryptprimitives.c" -ladvapi32
done

work=$(mktemp -d)
trap 'wineserver -k 2>/dev/null || true; rm -rf "$work"' EXIT
failed=0

echo "exports:"
exports=0
while read -r log; do
    for format in csv xml jsonl; do
        # Exporting a damaged log has its own exit code, which must be the same. Messages in the output contain the path
        # of the log, whose separators differ, so the log is named without a folder.
        expected=0 found=0 name=${log##*/}
        cd "$repository/${log%/*}"
        "$native_target/debug/pml" export "$name" --format $format -o "$work/expected" 2>/dev/null || expected=$?
        "$wine" "$binaries/pml.exe" export "$name" --format $format -o "Z:${work//\//\\}\\found" \
            </dev/null 2>/dev/null || found=$?
        cd "$repository"
        exports=$((exports + 1))
        if [ $expected != $found ] || { [ -e "$work/expected" ] && ! cmp "$work/expected" "$work/found"; }; then
            echo "  DIFFERENT: $log as $format (exit codes $expected and $found)"
            failed=1
        fi
        rm -f "$work/expected" "$work/found"
    done
done < <(find fixtures -name '*.pml' | sort)
echo "  $exports compared"

echo "captures with a program that replaces Procmon:"
skip=()
for test in "${unsupported[@]}"; do
    skip+=(--skip "$test")
done
# The path includes a drive, because a path without one is not absolute on Windows.
STAND_IN="Z:${binaries//\//\\}\\procmon-stand-in.exe" "$wine" "$tests" capture:: --test-threads 1 "${skip[@]}" || failed=1

# Waits up to a minute until a command succeeds.
wait_until() {
    for _ in $(seq 600); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "  DIFFERENT: not within a minute: $*"
    failed=1
}

# Captures with a real Procmon. The exit code and the message must be as expected.
capture() {
    local program=$1 code=$2 message=$3 found=0
    (cd "$work" && "$wine" "$binaries/pml.exe" capture 2 --verbose --timeout 60 --procmon "$program") \
        2>"$work/message" || found=$?
    sed 's/^/  /' "$work/message"
    if [ $found != "$code" ] || ! grep -q "$message" "$work/message"; then
        echo "  DIFFERENT: expected the message \"$message\" and exit code $code, not $found"
        failed=1
    fi
}

# Returns true if the only capture has a closed log and no saved settings.
has_ended() {
    "$native_target/debug/pml" info "$work"/working/*/raw.pml && ! ls "$work"/working/*/procmon-settings.reg
}

if [ -n "${PROCMON-}" ]; then
    echo "the real Procmon:"
    if command -v Xvfb >/dev/null; then
        Xvfb -displayfd 1 >"$work/display" 2>/dev/null &
        server=$!
        trap 'wineserver -k 2>/dev/null || true; kill $server; rm -rf "$work"' EXIT
        wait_until test -s "$work/display"
        DISPLAY=:$(cat "$work/display")
        export DISPLAY
        # The running desktop of wine was started without this display, so that it could not show windows.
        wineserver -k || true
        wineserver -w
    fi
    capture "$PROCMON" 8 'raw.pml: no events were recorded'
    grep -q 'signed by Microsoft$' "$work/message" || failed=1
    # Changes the message of the DOS stub: the program still works, but its signature is not valid.
    sed 's/This program cannot be run in DOS mode/This program cannot be run in dos mode/' "$PROCMON" \
        >"$work/Procmon64.exe"
    capture "$work/Procmon64.exe" 5 'changed after it was signed'

    echo "the real Procmon, after the end of pml by force:"
    rm -rf "$work/working"
    (cd "$work" && exec "$wine" "$binaries/pml.exe" capture 600 --procmon "$PROCMON") 2>"$work/message" &
    program=$!
    wait_until grep -q 'capturing for 600 s' "$work/message"
    kill -KILL $program
    wait $program || true
    wait_until has_ended
    [ $failed = 0 ] && echo "  Procmon has ended, its settings are restored"
fi
exit $failed
