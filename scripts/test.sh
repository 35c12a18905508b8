#!/usr/bin/env bash
# Runs every check and test of both languages. Installs what is missing first.
#
# Usage: bash scripts/test.sh [--engines all|none|NAME[,NAME...]]
#
#   --engines   what is also tested. Default: none.
#               vllm, tinker, verl   the trainers on these engines, which are installed first;
#                                    tinker also: the adapter of the hosted service against a
#                                    stand-in (recorded sessions are played back in every run)
#               transformers         the example trainer of examples/transformers-trainer, and the
#                                    whole conformance kit on that of bring-your-own-trainer
#               package              the packed tarball, installed in a fresh folder
#               kit                  whether the conformance kit names the faults that are planted
#                                    in a trainer, and ends when a trainer hangs or dies
#               All of them need about 20 minutes and 8 GB of disk more.
#
# The last line on stdout is `N passed, N failed`, and `, N skipped` when a test cannot run on this
# machine. Each check below counts as a test. Every skipped test is printed with its reason. The
# exit code is 0 only when nothing failed. Results and logs are in test-results/.
set -uo pipefail

ENGINES=(vllm tinker verl transformers package kit)
chosen=()
usage() { printf 'usage: bash scripts/test.sh [--engines all|none|%s]\n' "$(IFS=,; echo "${ENGINES[*]}")" >&2; exit 2; }
while [ $# -gt 0 ]; do
  [ "$1" = --engines ] && [ $# -ge 2 ] || usage
  case $2 in
    all) chosen=("${ENGINES[@]}") ;;
    none) chosen=() ;;
    *)
      IFS=, read -ra chosen <<<"$2"
      for engine in "${chosen[@]}"; do [[ " ${ENGINES[*]} " == *" $engine "* ]] || usage; done
      ;;
  esac
  shift 2
done

source "$(dirname "$0")/setup.sh" || exit
# Images of containers often set this variable. With it, each Python process compiles every module
# that it imports, and the tests start hundreds of such processes.
unset PYTHONDONTWRITEBYTECODE
results=$PWD/test-results
rm -rf "$results" && mkdir -p "$results"
# Background processes and their children end with this script. Each is started by `in_background`.
trap 'for job in $(jobs -p); do kill -- "-$job"; done 2>/dev/null' EXIT
in_background() { # Makes a process group of its own, whose number is $!.
  set -m
  "$@" &
  set +m
}

# A test opens the page of a report in a real browser. The browser is installed from Debian only.
find_chromium() {
  for name in "${SPICE_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name"; then return 0; fi
  done
  return 1
}
install_chromium() {
  if find_chromium >/dev/null || [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return; fi
  say "Installing Chromium for the browser test ..."
  { apt-get update && DEBIAN_FRONTEND=noninteractive timeout 600 apt-get install -y --no-install-recommends chromium; } \
    >"$results/apt.log" 2>&1 || say "  did not work (test-results/apt.log): the browser test will be skipped"
}

check() { # NAME COMMAND...
  local name=$1 log="$results/$1.log" began=$SECONDS
  shift
  if "$@" >"$log" 2>&1; then
    say "ok    $name ($((SECONDS - began)) s)"
    echo "ok $name" >>"$results/checks"
  else
    say "FAIL  $name"
    tail -n 40 "$log" >&2
    echo "fail $name" >>"$results/checks"
  fi
}

generated_is_current() {
  bash scripts/gen.sh && npm run --silent gen:fixtures && [ -z "$(git status --porcelain -- proto/fixtures)" ] &&
    git diff --exit-code -- src/{gen,config/user-config.ts} trainer-py/spice_trainer/server/wire/{spice.binpb,pb.pyi} docs/errors.md docs/configuration.md docs/admission.md docs/own-code.md
}
in_trainer() (cd trainer-py && exec "$@")

# The tests of an engine that is not chosen. The other engines have their own runner, below.
is_chosen() { [[ " ${chosen[*]} " == *" $1 "* ]]; }
without_pytest=(--ignore=tests/real_engines)
without_jest=(/node_modules/)
is_chosen transformers || {
  without_pytest+=(--ignore=tests/conformance/test_transformers_example.py --ignore=tests/conformance/test_example_whole_kit.py)
  without_jest+=(tests/cli/own-trainer.test.ts)
}
is_chosen tinker ||
  without_pytest+=(--ignore-glob='tests/engines/tinker_hosted/test_hosted_*.py' --ignore=tests/engines/tinker_hosted/test_recorder.py)
is_chosen package || without_jest+=(tests/cli/packed.test.ts)
is_chosen kit || without_pytest+=(--ignore=tests/conformance/test_diagnosis.py --ignore=tests/conformance/test_unfinished.py)

# Python's environments are mostly downloads, so they are installed beside the checks of TypeScript.
# Many tests of both languages wait for processes, so Python's tests run beside TypeScript's.
# Each file of $stages shows that a stage is over.
stages=$results/stages
mkdir "$stages"
dev_python() { echo "$(cat "$results/python-environment")/bin/python"; }
python_side() {
  spice trainer install dev --no-model >"$results/python-environment" || return
  touch "$stages/packages"
  spice trainer install grader >/dev/null &
  local grader=$!
  spice trainer install dev >/dev/null && wait "$grader" || return
  touch "$stages/installed"
  (cd trainer-py && PYTHONPATH=$PWD exec "$(dev_python)" -m pytest "${without_pytest[@]}" --junitxml="$results/pytest.xml") \
    >"$results/pytest.log" 2>&1
  echo $? >"$results/pytest.rc"
  say "Python's tests ended after $SECONDS s."
}
wait_for_python() { # STAGE
  until [ -e "$stages/$1" ]; do
    kill -0 "$python_side" 2>/dev/null || { wait "$python_side"; exit 3; }
    sleep 0.2
  done
}

say "Preparing the Python side (spice trainer install dev, then grader) and a browser ..."
in_background python_side
python_side=$!
in_background install_chromium
browser=$!

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then check generated-code generated_is_current; fi
check contract-compatible buf breaking --against proto/v1-baseline.binpb
check types tsc -p tsconfig.json
check lint biome check --error-on-warnings .
check imports node scripts/check-imports.mjs
check links node scripts/check-links.mjs
check comments node scripts/check-comments.mjs
check dead-code knip

wait_for_python packages
python=$(dev_python)
check python-format in_trainer "$python" -m ruff format --check . ../examples
check python-lint in_trainer "$python" -m ruff check . ../examples
check python-imports in_trainer "$python" -m import_rules
# The type checker makes many short-lived objects. A larger space for new objects is collected less
# often.
NODE_OPTIONS=--max-semi-space-size=128 check python-types in_trainer pyright --pythonpath "$python"

wait_for_python installed
wait "$browser"
if SPICE_CHROMIUM=$(find_chromium); then export SPICE_CHROMIUM; else unset SPICE_CHROMIUM; fi
say "Testing TypeScript, and Python beside it ..."
NODE_OPTIONS=--experimental-vm-modules jest --ci --json --outputFile="$results/jest.json" \
  --testPathIgnorePatterns "${without_jest[@]}" >"$results/jest.log" 2>&1
echo $? >"$results/jest.rc"
say "TypeScript's tests ended after $SECONDS s."
wait "$python_side"

# Tests of the real engines, each in its own environment.
for engine in "${chosen[@]}"; do
  case $engine in transformers | package | kit) continue ;; esac
  say "Testing $engine for real ..."
  log="$results/engine-$engine.log"
  jiti bench/engines/main.ts --only "$engine" --results "$results" --json >"$log" 2>&1
  # An environment that cannot be installed (too little disk, no such Python) is skipped, and the
  # reason is printed. A test that fails is a failure.
  if [ ! -e "$results/engine-$engine.xml" ]; then
    why=$(tail -n 1 "$log" | sed -n "s/^{\"$engine\":\"skipped: \([^\"]*\).*/\1/p")
    if [ -n "$why" ]; then echo "skip engine-$engine $why"; else echo "fail engine-$engine"; fi >>"$results/checks"
  fi
done

node scripts/summarize-tests.mjs "$results"
