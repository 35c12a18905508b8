"""`python -m spice_conformance`: the kit on a command line. `python -m spice_trainer conformance`
is the same.

stdout gets the report: lines for people, or with --json one document. Progress is on stderr. Exit
codes: 0 nothing failed, 2 bad arguments, 3 the trainer cannot be used (not reachable, busy, no such
model), 5 a check failed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

import grpc

from spice_conformance import report
from spice_conformance.check import Result
from spice_conformance.checks import AREAS, CHECKS
from spice_conformance.client import CallError
from spice_conformance.run import Kit, select
from spice_conformance.target import Target
from spice_conformance.verdict import Verdict

OK, USAGE, ENVIRONMENT, FAILED = 0, 2, 3, 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the kit to `parser`."""
    add = parser.add_argument
    add("--target", metavar="ADDRESS", help="a running trainer that nobody else uses: 127.0.0.1:PORT or unix:///PATH")
    add("--token-file", type=Path, default=None, help="file with its bearer token")
    add("--only", action="append", default=[], metavar="NAME", help="an area or a check; repeatable")
    add("--model", default="tiny", help="what to open: a small model that the trainer can train quickly")
    add("--seed", type=int, default=7, help="seed of the session")
    add("--engine", default="", metavar="JSON", help="engine settings of the session")
    add("--max-context-tokens", type=int, default=1024, help="context of the session")
    add("--lora-rank", type=int, default=0, help="train adapters of this rank instead of all parameters")
    add("--checkpoint-root", type=Path, default=None, help="the trainer's checkpoint root, to try damage out")
    add("--json", action="store_true", help="print one JSON document")
    add("--list", action="store_true", help="print the checks and their rules, run nothing")


def main(given: argparse.Namespace) -> int:
    """Runs the kit as requested. Returns the exit code."""
    try:
        checks = select(given.only)
    except KeyError as unknown:
        return _refuse(USAGE, f"no area or check is called {unknown}; areas: {', '.join(AREAS)}")
    if given.list:
        _list(as_json=given.json)
        return OK
    if not given.target:
        return _refuse(USAGE, "--target is needed")
    try:
        kit = Kit(_target(given))
    except CallError as failed:
        return _refuse(ENVIRONMENT, f"the trainer cannot be tested: {failed.reason or failed.code}: {failed}")
    except grpc.RpcError as failed:
        return _refuse(ENVIRONMENT, f"the trainer cannot be reached: {failed}")
    except OSError as missing:
        return _refuse(USAGE, f"token file {given.token_file}: {missing.strerror}")
    # A stopped kit still closes its session.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    for one in kit.troubles:
        print(f"{one.what} failed: {one.evidence}", file=sys.stderr, flush=True)
    results: list[Result] = []
    for check in checks:
        results.append(kit.run(check))
        print(report.line(results[-1]), file=sys.stderr if given.json else sys.stdout, flush=True)
    results = kit.diagnose(results)
    if given.json:
        told = report.document(kit.info.backend, given.target, results, kit.troubles, kit.capabilities)
        print(json.dumps(told))
    else:
        for cause, names in report.causes(results):
            print(report.cause_line(cause, names))
        print(report.summary(results))
    return FAILED if any(one.verdict is Verdict.FAIL for one in results) else OK


def _target(given: argparse.Namespace) -> Target:
    return Target(
        address=given.target,
        token=None if given.token_file is None else given.token_file.read_text().strip(),
        model=given.model,
        seed=given.seed,
        engine_json=given.engine,
        max_context_tokens=given.max_context_tokens,
        lora_rank=given.lora_rank,
        checkpoint_root=given.checkpoint_root,
    )


def _list(*, as_json: bool) -> None:
    if as_json:
        checks = [{"id": one.id, "area": one.area, "rule": one.rule, "slow": one.slow} for one in CHECKS]
        print(json.dumps({"schema": "spice.conformance-checks/1", "checks": checks}))
        return
    for one in CHECKS:
        print(f"{one.id:<32} {one.rule}")


def _refuse(code: int, message: str) -> int:
    print(message, file=sys.stderr)
    return code
