"""The conformance kit on everything there is: `fake` passes, `torch` passes, every mutant is caught
by its check.

Usage: python -m bench.conformance [--json] [--only-mutants] [--no-torch] [--parallel N]

With `--json` the last line is JSON. Exit code 0: nothing failed, and the kit found every mutant;
otherwise 5.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants import MUTANTS
from mutants.trial import Trial, serving, try_mutant
from spice_conformance import report, run_checks
from spice_conformance.check import Result
from spice_conformance.checks import AREAS
from spice_conformance.verdict import Verdict

SCHEMA = "spice.conformance-bench/1"


def main() -> int:
    """Run as asked; returns the exit code."""
    given = _arguments()
    began = time.monotonic()
    results: dict[str, list[Result]] = {}
    if not given.only_mutants:
        with serving("spice_trainer", "serve", "--backend", "fake") as target:
            _say("fake:")
            results["fake"] = run_checks(target, report=lambda one: _say("  " + report.line(one)))
        if not given.no_torch:
            results["torch"] = _torch()
    _say(f"{len(MUTANTS)} mutants of fake:")
    with ThreadPoolExecutor(given.parallel) as pool:
        trials = []
        for trial in pool.map(lambda one: try_mutant(one, all_checks=True), MUTANTS.values()):
            _say(f"  {'caught' if trial.caught else 'ALIVE ':<7} {trial.mutant.name:<36} {trial.evidence}")
            trials.append(trial)
    _say(_tables(results, trials))
    summary = {
        "schema": SCHEMA,
        "mutants": len(trials),
        "mutantsKilled": sum(one.caught for one in trials),
        "fakeFailed": _count(results, "fake", Verdict.FAIL),
        "torchFailed": _count(results, "torch", Verdict.FAIL),
        "fakePassed": _count(results, "fake", Verdict.PASS),
        "torchPassed": _count(results, "torch", Verdict.PASS),
        "seconds": round(time.monotonic() - began, 1),
    }
    if given.json:
        print(json.dumps(summary))
    failed = any(summary[name] for name in ("fakeFailed", "torchFailed"))
    return 5 if failed or summary["mutantsKilled"] != summary["mutants"] else 0


def _torch() -> list[Result]:
    """A random Llama of two layers."""
    from bench import byte_model

    with TemporaryDirectory(prefix="spice-bytes-") as folder:
        byte_model.write(Path(folder))
        with serving("spice_trainer", "serve", "--backend", "torch", model=folder, engine='{"threads": 1}') as target:
            _say("torch:")
            return run_checks(target, report=lambda one: _say("  " + report.line(one)))


def _tables(results: dict[str, list[Result]], trials: Sequence[Trial]) -> str:
    """Pass, fail, inconclusive, skipped by area and trainer; then the mutants by their check."""
    lines = ["", f"{'AREA':<16}" + "".join(f"{name:>28}" for name in results)]
    counts = {name: report.by_area(found) for name, found in results.items()}
    for area in AREAS if results else ():
        cells = (counts[name].get(area, {}) for name in results)
        lines.append(f"{area:<16}" + "".join(f"{_cell(cell):>28}" for cell in cells))
    if results:
        lines += [f"{'all':<16}" + "".join(f"{report.summary(found)}  " for found in results.values()), ""]
    lines.append(f"{'MUTANT':<38}{'CAUGHT BY':<36}FAULT")
    for one in trials:
        by = one.mutant.caught_by if one.caught else "NOTHING"
        lines.append(f"{one.mutant.name:<38}{by:<36}{one.mutant.fault}")
    lines.append(f"{sum(one.caught for one in trials)} of {len(trials)} mutants caught")
    return "\n".join(lines)


def _cell(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "-"


def _count(results: dict[str, list[Result]], name: str, verdict: Verdict) -> int | None:
    """None when this trainer was left out."""
    return sum(one.verdict is verdict for one in results[name]) if name in results else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conformance", description="The conformance kit on fake, torch and mutants")
    parser.add_argument("--json", action="store_true", help="end with one JSON line")
    parser.add_argument("--only-mutants", action="store_true", help="leave the unbroken trainers out")
    parser.add_argument("--no-torch", action="store_true", help="leave torch out")
    parser.add_argument("--parallel", type=int, default=2, help="mutants at a time; default 2")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
