#!/usr/bin/env bash
# Recompile trainer-py/locks/*.txt from trainer-py/pyproject.toml. Needs uv; run it after changing a version there.
# Every file is hash-locked, valid for Python 3.11 and newer on every platform, and names no package index.
set -euo pipefail
cd "$(dirname "$0")/../trainer-py"

lock() { # NAME EXTRA...
  local name=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  uv pip compile pyproject.toml "${extras[@]}" --quiet --universal --python-version 3.11 --generate-hashes \
    --no-annotate --no-emit-index-url --custom-compile-command "bash scripts/lock.sh" --output-file "locks/$name.txt"
}

mkdir -p locks
lock fake fake
lock torch torch
lock dev torch dev
lock bench-trl bench-trl

# uv alone, without the package's own dependencies.
echo "uv==$(sed -n 's/^uv = \["uv==\(.*\)"\]$/\1/p' pyproject.toml)" | uv pip compile - --quiet --universal \
  --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
  --custom-compile-command "bash scripts/lock.sh" --output-file locks/uv.txt
