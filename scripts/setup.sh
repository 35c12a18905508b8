# Other scripts source this file. It installs the packages and builds the program, if they are
# missing. Needs Node.js 20.19 or newer. Defines `spice` (the built program) and a PATH with
# node_modules/.bin.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '%s\n' "$*" >&2; }

command -v node >/dev/null || { say "Node.js is missing: install version 20.19 or newer."; exit 3; }
node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
  { say "Node.js $(node --version) is too old: install 20.19 or newer."; exit 3; }

# npm writes this copy last. If it is absent or older than the lock file, the installation is
# incomplete.
if ! [ node_modules/.package-lock.json -nt package-lock.json ]; then
  say "Installing JavaScript packages (npm ci, about a minute) ..."
  npm ci --no-audit --no-fund --loglevel=error >&2 || { say "npm ci failed: check the network, HTTPS_PROXY, and \`npm config get registry\`."; exit 3; }
  touch node_modules/.package-lock.json
fi
export PATH="$PWD/node_modules/.bin:$PATH"

say "Building ..."
npm run --silent build >&2

spice() { node "$SPICE_ROOT/dist/cli/main.js" "$@"; }
SPICE_ROOT=$PWD
