#!/usr/bin/env bash
# Calls made from openapi.yaml, valid and not, to the running service: no 5xx, no undocumented answer.
#   api.sh [examples for each operation, 1500] [seed, 1]
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${FUZZ_PORT:-8097}
data=$(mktemp -d)
CART_CDS_PORT=$port CART_CDS_DATA_DIR=$data CART_CDS_LOG_LEVEL=error .venv/bin/cart-cds serve >"$data/serve.log" 2>&1 &
serve=$!
trap 'kill $serve 2>/dev/null; wait $serve 2>/dev/null; rm -rf "$data"' EXIT
.venv/bin/cart-cds wait "http://127.0.0.1:$port"
.venv-fuzz/bin/schemathesis --config-file tests/fuzz/schemathesis.toml run openapi.yaml \
  -u "http://127.0.0.1:$port" --checks all --phases examples,coverage,fuzzing -n "${1:-1500}" --seed "${2:-1}" \
  --continue-on-failure --no-color
