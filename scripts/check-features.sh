#!/usr/bin/env bash
# Type-checks the library without features and with each feature alone.
set -euo pipefail
cd "$(dirname "$0")/.."

for feature in "" rayon regex serde jsonl; do
    echo "features: ${feature:-none}"
    cargo check --locked --package procmon-parser --no-default-features --features "$feature"
done
