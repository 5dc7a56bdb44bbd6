#!/usr/bin/env bash
# Type-checks the library and the program for Windows on a Linux machine. Nothing is linked and nothing runs.
#
#   scripts/check-windows.sh [arguments for cargo check, such as --all-targets]
#
# Needs x86_64-w64-mingw32-gcc, because the zstd crate compiles C code (Debian: gcc-mingw-w64-x86-64-win32).
# The standard library of the target comes from rustup. Where rustup cannot fetch it, Debian's packages of the compiler
# (rustc-web) are unpacked into target/windows/toolchain, and cargo builds the standard library from their source.
set -euo pipefail
cd "$(dirname "$0")/.."

target=x86_64-pc-windows-gnu
export CARGO_TARGET_DIR=$PWD/target/windows
check=(cargo check --workspace --all-features --target "$target" "$@")

command -v x86_64-w64-mingw32-gcc >/dev/null || {
    echo "x86_64-w64-mingw32-gcc is missing: apt-get install gcc-mingw-w64-x86-64-win32" >&2
    exit 1
}

has_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]
}

if ! has_target && command -v rustup >/dev/null; then
    timeout 120 rustup target add "$target" || true
fi
if has_target; then
    exec "${check[@]}"
fi

toolchain=$CARGO_TARGET_DIR/toolchain
root=$toolchain/root
compiler=$toolchain/rustc

# Prints the packages that a package depends on and whose names match a pattern.
dependencies() {
    apt-cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "$2" || true
}

# Unpacks the compiler with its libraries and sources, and writes a command that runs it.
unpack_toolchain() {
    local packages=(rustc-web libstd-rust-web-dev rust-web-src)
    local runtime libraries
    runtime=$(dependencies libstd-rust-web-dev '^libstd-rust-web-[0-9.]+$')
    libraries=$({ dependencies rustc-web '^libllvm'; dependencies "$runtime" '^libllvm'; } | sort -u)
    rm -rf "$toolchain"
    mkdir -p "$toolchain/packages"
    (cd "$toolchain/packages" && apt-get download "${packages[@]}" $runtime $libraries)
    for package in "$toolchain"/packages/*.deb; do
        dpkg-deb --extract "$package" "$root"
    done
    rm -r "$toolchain/packages"
    local sources=("$root"/usr/src/rustc-*)
    mkdir -p "$root/usr/lib/rustlib/src"
    ln -sfn "${sources[0]}" "$root/usr/lib/rustlib/src/rust"
    cat >"$compiler" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$root/usr/lib/x86_64-linux-gnu"
exec "$root/usr/bin/rustc" "\$@"
END
    chmod +x "$compiler"
    "$compiler" --version
}

[ -x "$compiler" ] || unpack_toolchain
# Building the standard library is an unstable option of cargo.
export RUSTC=$compiler RUSTC_BOOTSTRAP=1
exec "${check[@]}" -Zbuild-std=std,panic_unwind
