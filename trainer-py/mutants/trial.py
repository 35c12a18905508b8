"""Trials: start a trainer as a process, run checks on it, stop it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mutants.registry import Mutant
from spice_conformance.client import CallError
from spice_conformance.run import Kit, select
from spice_conformance.target import Target
from spice_conformance.verdict import Verdict

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Trial:
    """What became of a mutant."""

    mutant: Mutant
    caught: bool
    """Its check failed, as it must."""
    evidence: str
    """Of that check; when it did not fail, of what did instead."""


@contextmanager
def serving(
    *command: str, model: str = "tiny", engine: str = "", packages: Path | None = None, python: str = sys.executable
) -> Iterator[Target]:
    """A trainer process, `python -m COMMAND`, with a token and a checkpoint root of its own. Stopped at the end. `packages`:
    a folder of installed packages besides the environment's."""
    with TemporaryDirectory(prefix="spice-conformance-") as folder:
        token_file, root = Path(folder) / "token", Path(folder) / "checkpoints"
        token_file.touch(mode=0o600)
        token_file.write_text(token := secrets.token_hex(16))
        path = os.pathsep.join([str(ROOT), *([] if packages is None else [str(packages)])])
        process = subprocess.Popen(
            [python, "-m", *command, "--token-file", str(token_file), "--checkpoint-root", str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # One thread: the models are tiny, and mutants run side by side.
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{' '.join(command)} did not start: exit code {process.wait()}")
            address = json.loads(line)["address"]
            yield Target(address, token, model=model, engine_json=engine, checkpoint_root=root)
        finally:
            process.kill()  # its folders go with it; a kill is the one stop that no fault can refuse
            process.communicate()


def try_mutant(mutant: Mutant, all_checks: bool = False) -> Trial:
    """Serve a mutant and run the check that must catch it; when that fails to, and with `all_checks`, run the others."""
    with serving("mutants", mutant.name) as target:
        try:
            kit = Kit(target)
        except CallError as failed:
            return Trial(mutant, False, f"the mutant cannot even be opened: {failed}")
        result = kit.run(select([mutant.caught_by])[0])
        if result.verdict is Verdict.FAIL:
            return Trial(mutant, True, result.evidence)
        others = (kit.run(check) for check in select() if all_checks and check.id != mutant.caught_by)
        failing = [other.check.id for other in others if other.verdict is Verdict.FAIL]
        told = f"{mutant.caught_by} said {result.verdict.value}: {result.evidence}"
        return Trial(mutant, False, f"{told}; failing instead: {', '.join(failing) or 'nothing'}")
