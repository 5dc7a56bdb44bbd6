#!/usr/bin/env bash
# Runs the tests on mutants of src/ and crates/pml/src with cargo-mutants. Installs cargo-mutants if it is missing.
#
#   scripts/check-mutants.sh [NUMBER]          a sample of NUMBER mutants, by default 200
#   scripts/check-mutants.sh --since COMMIT    the mutants of the lines that changed since COMMIT
#   scripts/check-mutants.sh --quick [NUMBER]  NUMBER mutants of the library, by default 2, with its fastest tests
#
# The sample is the same in each run, has at least 12 mutants of each module, and is a part of each larger sample.
# Mutants in tests/mutants.tsv are left out. The script prints the results by module, and fails if a mutant survives.
# cargo-mutants works in a copy of the repository and builds the tests for each mutant, which takes minutes. With --quick,
# it changes the files of this checkout and restores them, so that what is built in target/ is used.
set -euo pipefail
cd "$(dirname "$0")/.."

number=200
per_module=12
packages=(--package procmon-parser --package procmon-cli)
options=()
install=()
mkdir -p target
case ${1-} in
    --since)
        number=1000000
        git diff "$2" > target/mutants.diff
        options=(--in-diff target/mutants.diff)
        ;;
    --quick)
        number=${2:-2}
        per_module=0
        packages=(--package procmon-parser)
        options=(--in-place --baseline=skip --timeout=300 --no-config --all-features)
        options+=(--cargo-arg=--lib --cargo-arg=--test=it)
        # Installed for one short run.
        install=(--debug)
        # Otherwise a test that finds a mutant would leave a file in the checkout.
        export PROPTEST_DISABLE_FAILURE_PERSISTENCE=true
        ;;
    ?*) number=$1 ;;
esac
if ! cargo mutants --version > /dev/null 2>&1; then
    cargo install --locked ${install[@]+"${install[@]}"} cargo-mutants
fi
data=${PROCMON_DATA:-../shared}
if [ -d "$data" ]; then
    PROCMON_DATA=$(realpath "$data")
    export PROCMON_DATA
fi
if [ "$per_module" -gt 0 ]; then
    export CARGO_PROFILE_DEV_DEBUG=none
fi

cargo mutants --list --json "${packages[@]}" ${options[@]+"${options[@]}"} > target/mutants.json
rm -rf target/mutants.out
mkdir -p target/mutants.out
# Selects mutants by a hash of their texts, which does not depend on their lines. Those that are not selected are written
# to the file that --iterate reads, because the filters of cargo-mutants do not apply to fields of structs.
python3 - "$number" "$per_module" << 'END'
import collections, hashlib, json, math, re, sys

with open("tests/mutants.tsv") as file:
    known = {tuple(line.split("\t")[:3]) for line in file if not line.startswith("#")}
mutants = json.load(open("target/mutants.json"))
lines = {mutant["file"]: open(mutant["file"]).read().split("\n") for mutant in mutants}


def is_built(mutant):
    """Returns false for code that is not compiled on Unix."""
    span = (mutant["function"] or mutant)["span"]
    text = "\n".join(lines[mutant["file"]][span["start"]["line"] - 1 : span["end"]["line"]])
    return "#[cfg(windows)]" not in text and "#[cfg(not(unix))]" not in text


number, per_module = map(int, sys.argv[1:])
seen = collections.Counter()
modules = collections.defaultdict(list)
for mutant in mutants:
    file, start = mutant["file"], mutant["span"]["start"]
    change = mutant["name"].removeprefix(f"{file}:{start['line']}:{start['column']}: ")
    key = (file, change, lines[file][start["line"] - 1].strip())
    seen[key] += 1
    order = hashlib.sha256("\t".join([*key, str(seen[key])]).encode()).hexdigest()
    module = re.match(r"(?:crates/pml/)?src/[^/.]+", file)[0] if per_module else "all"
    modules[module].append((order, key not in known and is_built(mutant), mutant["name"]))
with open("target/mutants.out/previously_caught.txt", "w") as left_out:
    for all in modules.values():
        count = max(per_module, math.ceil(number * len(all) / len(mutants)))
        for n, (_, is_tested, name) in enumerate(sorted(all)):
            if n >= count or not is_tested:
                print(name, file=left_out)
END

status=0
cargo mutants --output target --iterate "${packages[@]}" ${options[@]+"${options[@]}"} || status=$?
python3 - << 'END'
import collections, json, re

results = collections.defaultdict(collections.Counter)
for outcome in json.load(open("target/mutants.out/outcomes.json"))["outcomes"]:
    if outcome["scenario"] != "Baseline":
        module = re.match(r"(?:crates/pml/)?src/[^/.]+", outcome["scenario"]["Mutant"]["file"])[0]
        for name in [module, "all"]:
            results[name][outcome["summary"]] += 1
for module, counts in sorted(results.items(), key=lambda result: (result[0] == "all", result[0])):
    caught, viable = counts["CaughtMutant"] + counts["Timeout"], sum(counts.values()) - counts["Unviable"]
    print(f"{module:24} {caught:4} of {viable:4} caught, {100 * caught / max(viable, 1):5.1f} %")
END
# Exit code 3: the tests of a mutant timed out, which counts as caught.
[ "$status" -eq 3 ] || exit "$status"
