#!/usr/bin/env bash
# Generates the files that are derived from other files:
#   from proto/: TypeScript in src/gen, the descriptor set of the Python sidecar, and the types of
#     its messages
#   from the sources: docs/errors.md
#   from the types of records and docs/run-format.md: docs/schemas
#   from examples/own-code: the examples of docs/own-code.md
#   from the schema and the list of checks: the tables of docs/configuration.md and
#     docs/admission.md, and the type of a configuration file in src/config/user-config.ts
# All of them are committed. CI runs this script and fails on any difference. Needs `npm ci`, and no
# network.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

buf lint
buf generate
# Without source info (comments): the file is smaller, and does not change with comments.
wire=trainer-py/spice_trainer/server/wire
buf build --exclude-source-info -o "$wire/spice.binpb"
node scripts/gen-python-stubs.mjs "$wire/spice.binpb" "$wire/pb.pyi"
node scripts/gen-errors.mjs
node scripts/gen-reference.mjs
node scripts/gen-user-config.mjs
jiti scripts/schemas/write.ts
