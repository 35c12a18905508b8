#!/usr/bin/env bash
# Every check and test of both languages, setting up what is missing first. Usage: bash scripts/test.sh
# The last line on stdout is `N passed, N failed`, with `, N skipped` when something could not run here; each check below counts as
# one. Exits 0 only when nothing failed. Results and logs are left in test-results/.
set -uo pipefail
source "$(dirname "$0")/setup.sh" || exit

results=$PWD/test-results
rm -rf "$results" && mkdir -p "$results"

say "Preparing the Python side (spice trainer install dev) ..."
venv=$(spice trainer install dev) || exit
python=$venv/bin/python

# The page of a report is looked at in a real browser. Debian's package is the only source used.
find_chromium() {
  for name in "${SPICE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
if ! find_chromium >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  say "Installing Chromium for the browser test ..."
  { apt-get update && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y --no-install-recommends chromium; } \
    >"$results/apt.log" 2>&1 || say "  did not work (test-results/apt.log): the browser test will be skipped"
fi
if SPICE_CHROMIUM=$(find_chromium); then
  export SPICE_CHROMIUM
else
  say "No Chromium here: the browser test will be skipped (Debian: apt-get install chromium)."
fi

check() { # NAME COMMAND...
  local name=$1 log="$results/$1.log"
  shift
  if "$@" >"$log" 2>&1; then
    say "ok    $name"
    echo "ok $name" >>"$results/checks"
  else
    say "FAIL  $name"
    tail -n 40 "$log" >&2
    echo "fail $name" >>"$results/checks"
  fi
}

generated_is_current() {
  bash scripts/gen.sh && npm run --silent gen:fixtures && [ -z "$(git status --porcelain -- proto/fixtures)" ] &&
    git diff --exit-code -- src/gen trainer-py/spice_trainer/server/wire/{spice.binpb,pb.pyi} docs/errors.md docs/configuration.md docs/admission.md
}
in_trainer() (cd trainer-py && "$@")

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then check generated-code generated_is_current; fi
check contract-compatible buf breaking --against proto/v1-baseline.binpb
check types tsc -p tsconfig.json
check lint biome check --error-on-warnings .
check imports node scripts/check-imports.mjs
check links node scripts/check-links.mjs
check dead-code knip
check python-format in_trainer "$python" -m ruff format --check . ../examples
check python-lint in_trainer "$python" -m ruff check . ../examples
check python-imports in_trainer "$python" -m import_rules
check python-types in_trainer pyright --pythonpath "$python"

say "Testing TypeScript ..."
NODE_OPTIONS=--experimental-vm-modules jest --json --outputFile="$results/jest.json" >"$results/jest.log" 2>&1
say "Testing Python ..."
in_trainer env PYTHONPATH="$PWD/trainer-py" "$python" -m pytest --ignore=tests/engines --junitxml="$results/pytest.xml" >"$results/pytest.log" 2>&1

# The engines themselves, each in its own environment: 13 minutes, and what installing them takes (15 GB on disk with the rest).
for engine in ${SPICE_CI_ENGINES-vllm tinker verl}; do
  say "Testing $engine for real ..."
  log="$results/engine-$engine.log"
  jiti bench/engines/main.ts --only "$engine" --results "$results" --json >"$log" 2>&1
  # An environment that cannot be had here (no room, no such Python) is skipped and said to be; tests that fail are failures.
  if [ ! -e "$results/engine-$engine.xml" ]; then
    why=$(tail -n 1 "$log" | sed -n "s/^{\"$engine\":\"skipped: \([^\"]*\).*/\1/p")
    if [ -n "$why" ]; then echo "skip engine-$engine $why"; else echo "fail engine-$engine"; fi >>"$results/checks"
  fi
done

node scripts/summarize-tests.mjs "$results"
