#!/usr/bin/env bash
# Take today's contract as what later ones must stay compatible with (proto/v1-baseline.binpb). Run
# it at a release, or after an addition that clients rely on; never to silence the check. CI
# compares with the committed file: a shallow clone has no older proto/.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

if [ -e proto/v1-baseline.binpb ]; then buf breaking --against proto/v1-baseline.binpb; fi
buf build --exclude-source-info -o proto/v1-baseline.binpb
