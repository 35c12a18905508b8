#!/usr/bin/env bash
# Writes the present contract as the baseline (proto/v1-baseline.binpb). Later contracts must be
# compatible with it. Run it at a release, or after an addition that clients need. Never run it to
# hide a failed check. CI compares with the committed file, because a shallow clone has no older
# proto/.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

if [ -e proto/v1-baseline.binpb ]; then buf breaking --against proto/v1-baseline.binpb; fi
buf build --exclude-source-info -o proto/v1-baseline.binpb
