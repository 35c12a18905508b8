#!/usr/bin/env bash
# Regenerate what is derived from other files: TypeScript into src/gen and the descriptor set of the Python sidecar from
# proto/, docs/errors.md from the sources, the tables of docs/configuration.md and docs/admission.md from the schema and
# the list of checks. All are committed; CI runs this and fails on any difference. Needs `npm ci`, no network.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

buf lint
buf generate
# Without source info (comments): smaller, and stable when only comments change.
buf build --exclude-source-info -o trainer-py/spice_trainer/server/wire/spice.binpb
node scripts/gen-errors.mjs
node scripts/gen-reference.mjs
