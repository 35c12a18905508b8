"""Record the scenario from a Tinker service, or from the stand-in: one JSON file that the tests play back.

With a key, in the environment of `spice trainer install dev` (costs some hundred tokens):

    cd trainer-py && TINKER_API_KEY=... PYTHONPATH=. PYTHON -m tests.engines.tinker_hosted.record --base-model NAME

takes the place of `fixtures/session.json`. TINKER_BASE_URL is the service's address where it is not the SDK's own.
`--stand-in` and `--stand-in=no-norm` need no key and write the constructed recordings.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import byte_model
from spice_trainer.engines.tinker.access import KEY_VARIABLE
from spice_trainer.engines.tinker.hosted_sdk import service_url
from tests.engines.tinker_hosted.recording import CONSTRUCTED, Recorder, write
from tests.engines.tinker_hosted.scenario import play
from tests.engines.tinker_hosted.service import KEY, HostedStandIn

FIXTURES = Path(__file__).with_name("fixtures")
AGAIN = (
    "cd trainer-py && TINKER_API_KEY=... PYTHONPATH=. python -m tests.engines.tinker_hosted.record --base-model NAME"
)
STAND_INS = {"norm": HostedStandIn, "no-norm": lambda: HostedStandIn(tells_norm=False)}


def record(upstream: str, secret: str, base_model: str, origin: str, out: Path) -> dict[str, Any]:
    """Play the scenario against `upstream` through a recorder, and write what passed. Returns the outcome."""
    recorder = Recorder(upstream, secret)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "model").mkdir()
        byte_model.write(folder / "model")
        server = stack.enter_context(recorder.server())
        outcome = play(server.url, base_model, folder / "model", folder)
    header = {"origin": origin, "sdk": version("tinker"), "base_model": base_model, "record_again": AGAIN}
    write(out, header, outcome, recorder.exchanges)
    return outcome


def record_stand_in(kind: str, out: Path) -> dict[str, Any]:
    """A constructed recording."""
    with STAND_INS[kind]().server() as server:
        return record(server.url, KEY, "a/stand-in", CONSTRUCTED, out)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="record", description="Record a session with a Tinker service.")
    parser.add_argument("--base-model", help="the model's name at the service")
    parser.add_argument("--stand-in", nargs="?", const="norm", choices=tuple(STAND_INS), help="without the service")
    parser.add_argument("--out", type=Path, default=None, help="file to write (fixtures/session.json)")
    given = parser.parse_args()
    name = "session-no-norm.json" if given.stand_in == "no-norm" else "session.json"
    out = given.out or FIXTURES / name
    if given.stand_in:
        record_stand_in(given.stand_in, out)
    else:
        key = os.environ.pop(KEY_VARIABLE, "")
        if not key or not given.base_model:
            parser.error(f"{KEY_VARIABLE} in the environment and --base-model are needed")
        record(service_url(), key, given.base_model, "recorded from the hosted service", out)
    print(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
