#!/usr/bin/env bash
# Builds `pml` for a target and packs it with its manual pages, completions and the licenses of all its packages.
#
#   scripts/package-binaries.sh TARGET
#
# Writes target/dist/pml-VERSION-TARGET.tar.gz (.zip for Windows), for Linux also a .deb if cargo-deb is installed, and
# a file NAME.sha256 next to each. This machine must be able to run the program, because it writes its own manual pages.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:?usage: scripts/package-binaries.sh TARGET}
version=$(cargo pkgid --locked --package procmon-cli | sed 's/.*[#@]//')
name=pml-$version-$target
dist=target/dist

sha256() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi >"$1.sha256"
}

cargo build --release --locked --package procmon-cli --target "$target"

case $target in
    *windows*) suffix=.exe ;;
    *) suffix= ;;
esac
program=target/$target/release/pml$suffix

rm -rf "${dist:?}/$name"
mkdir -p "$dist/$name/man" "$dist/$name/completions"
cp "$program" README.md CHANGELOG.md LICENSE-MIT LICENSE-APACHE "$dist/$name/"
scripts/third-party-notices.py --target "$target" >"$dist/$name/THIRD-PARTY.txt"
"$program" man "$dist/$name/man"
for shell in bash elvish fish powershell zsh; do
    "$program" completions "$shell" >"$dist/$name/completions/pml.$shell"
done

cd "$dist"
case $target in
    *windows*)
        rm -f "$name.zip"
        if command -v 7z >/dev/null; then 7z a -bd "$name.zip" "$name"; else zip -qr "$name.zip" "$name"; fi
        sha256 "$name.zip"
        ;;
    *)
        tar -czf "$name.tar.gz" "$name"
        sha256 "$name.tar.gz"
        ;;
esac
cd ../..

case $target in
    *linux*)
        if cargo deb --version >/dev/null 2>&1; then
            # cargo-deb takes maintainer and assets from [package.metadata.deb] in crates/pml/Cargo.toml.
            rm -rf "$dist/man"
            cp -r "$dist/$name/man" "$dist/man"
            deb=$(cargo deb --no-build --package procmon-cli --target "$target" --output "$dist/" | tail -n 1)
            (cd "$dist" && sha256 "$(basename "$deb")")
        else
            echo "cargo-deb is not installed: no .deb" >&2
        fi
        ;;
esac
ls -l "$dist"
