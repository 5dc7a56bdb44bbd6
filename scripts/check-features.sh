#!/usr/bin/env bash
# Type-checks the library without features and with each feature alone, and the examples with the default features.
set -euo pipefail
cd "$(dirname "$0")/.."

for feature in "" rayon regex serde jsonl; do
    echo "features: ${feature:-none}"
    cargo check --locked --package procmon-parser --no-default-features --features "$feature"
done
cargo check --locked --package procmon-parser --examples
