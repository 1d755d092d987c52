#!/usr/bin/env bash
# Coverage-guided fuzzing, one reader after the other; what it found is kept for the next time.
#   readers.sh [seconds for each, 600]
set -euo pipefail
cd "$(dirname "$0")/../.."
state=.cart-cds/fuzz
for target in dates units resources charts facts; do
  mkdir -p "$state/$target"
  if .venv-fuzz/bin/python tests/fuzz/readers.py "$target" "$state/$target" -max_len=4096 \
    -max_total_time="${1:-600}" -artifact_prefix="$state/$target-" >"$state/$target.log" 2>&1; then
    echo "$target: $(grep -E '^Done' "$state/$target.log"), $(grep -oE 'cov: [0-9]+' "$state/$target.log" | tail -1), no crash"
  else
    echo "$target: a crash" >&2
    grep -vE '^#' "$state/$target.log" | tail -25 >&2
    exit 1
  fi
done
