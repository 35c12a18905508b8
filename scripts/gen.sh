#!/usr/bin/env bash
# Regenerate what is derived from other files. From proto/: TypeScript into src/gen, the descriptor set
# of the Python sidecar and the types of its messages. From the sources: docs/errors.md. From the schema
# and the list of checks: the tables of docs/configuration.md and docs/admission.md. All are committed;
# CI runs this and fails on any difference. Needs `npm ci`, no network.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

buf lint
buf generate
# Without source info (comments): smaller, and stable when only comments change.
wire=trainer-py/spice_trainer/server/wire
buf build --exclude-source-info -o "$wire/spice.binpb"
node scripts/gen-python-stubs.mjs "$wire/spice.binpb" "$wire/pb.pyi"
node scripts/gen-errors.mjs
node scripts/gen-reference.mjs
