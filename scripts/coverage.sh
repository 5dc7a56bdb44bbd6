#!/usr/bin/env bash
# Prints, for each module of src/, the percentage of code regions that tests execute. Without arguments, the tests are
# those that run the fuzz corpus and, if scripts/fuzz.sh has run, the inputs in target/fuzz.
#
#   scripts/coverage.sh [ARGUMENT of cargo test ...]
#
# Needs cargo-llvm-cov, and llvm-cov and llvm-profdata of the version of LLVM that rustc uses: those of rustup
# (llvm-tools), or others named by LLVM_COV and LLVM_PROFDATA.
set -euo pipefail
cd "$(dirname "$0")/.."

arguments=("$@")
if [ ${#arguments[@]} -eq 0 ]; then
    arguments=(--test it fuzz_corpus)
fi
FUZZ_INPUTS=target/fuzz cargo llvm-cov --locked --package procmon-parser --all-features --json \
    --ignore-filename-regex '(/tests/|/fuzz/)' --output-path target/coverage.json "${arguments[@]}"
python3 - <<'END'
import collections, json, os

modules = collections.defaultdict(lambda: [0, 0])
for file in json.load(open("target/coverage.json"))["data"][0]["files"]:
    path = os.path.relpath(file["filename"])
    if path.startswith("src/"):
        regions = file["summary"]["regions"]
        for name in [path.split("/")[1].removesuffix(".rs"), "total"]:
            modules[name][0] += regions["covered"]
            modules[name][1] += regions["count"]
for name, (covered, count) in sorted(modules.items(), key=lambda module: (module[0] == "total", module[0])):
    print(f"{name:12} {100 * covered / max(count, 1):6.1f} % of {count} regions")
END
