"""A sampler over a process that stands in for vLLM."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spice_trainer.engines.shared.vllm_engine.messages import Start
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE
from spice_trainer.engines.shared.vllm_engine.supervisor import EngineSupervisor
from tests.engines.shared.vllm_engine.asking import PROBE, Make


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A sampler whose engine behaves as told."""
    made: list[EngineSupervisor] = []

    def build(behaviour: str, restarts: int = 2, seconds: float = 20.0) -> EngineSupervisor:
        program = tmp_path / f"python-{behaviour}"
        program.write_text(
            f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("stand_in.py")} {behaviour} "$@"\n'
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv(INTERPRETER_VARIABLE, str(program))
        start = Start(
            model=str(tmp_path),
            dtype="float32",
            max_context_tokens=64,
            max_sequences=8,
            kv_cache_gib=1,
            gpu_memory_share=0.5,
            tensor_parallel=1,
            seed=0,
            probe=PROBE,
        )
        made.append(
            EngineSupervisor(
                start,
                threads=1,
                restarts=restarts,
                start_seconds=seconds,
                tolerance=0.01,
                decode=lambda ids: " ".join(map(str, ids)),
            )
        )
        return made[-1]

    yield build
    for one in made:
        one.close()
