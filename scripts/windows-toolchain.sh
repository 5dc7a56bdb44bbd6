# Sets up a toolchain for Windows on a Linux machine; to be sourced from the root of the repository. Sets `target`, the
# arguments of cargo in `build_std`, and CARGO_TARGET_DIR.
#
# Needs x86_64-w64-mingw32-gcc, because the zstd crate compiles C code (Debian: gcc-mingw-w64-x86-64-win32).
# rustup installs the standard library of the target. If it cannot, Debian's compiler packages (rustc-web) are unpacked
# into target/windows/toolchain, and cargo builds the standard library from their source.

target=x86_64-pc-windows-gnu
build_std=()
export CARGO_TARGET_DIR=$PWD/target/windows
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc

command -v x86_64-w64-mingw32-gcc >/dev/null || {
    echo "x86_64-w64-mingw32-gcc not found: run apt-get install gcc-mingw-w64-x86-64-win32" >&2
    exit 1
}

has_target() {
    [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]
}

toolchain=$CARGO_TARGET_DIR/toolchain
root=$toolchain/root
compiler=$toolchain/rustc

# Prints the packages that a package depends on and whose names match a pattern.
dependencies() {
    apt-cache depends "$1" | sed -n 's/^ *Depends: //p' | grep -E "$2" || true
}

# Unpacks the compiler with its libraries and sources, and writes a wrapper script that runs it.
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

# Compiles the objects that begin and end a program, which cargo does not build with the standard library.
compile_startup_objects() {
    local lib=$root/usr/lib/rustlib/$target/lib
    mkdir -p "$lib"
    for object in rsbegin rsend; do
        local source=$root/usr/lib/rustlib/src/rust/library/rtstartup/$object.rs
        [ -f "$source" ] || continue
        RUSTC_BOOTSTRAP=1 "$compiler" --target "$target" --emit=obj -o "$lib/$object.o" "$source"
    done
}

if ! has_target && command -v rustup >/dev/null; then
    timeout 120 rustup target add "$target" || true
fi
if ! has_target; then
    [ -x "$compiler" ] || unpack_toolchain
    [ -f "$root/usr/lib/rustlib/$target/lib/rsend.o" ] || compile_startup_objects
    # -Zbuild-std is unstable; RUSTC_BOOTSTRAP=1 lets a stable compiler accept it.
    export RUSTC=$compiler RUSTC_BOOTSTRAP=1
    build_std=(-Zbuild-std=std,panic_unwind)
fi
