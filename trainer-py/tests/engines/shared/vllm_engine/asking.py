"""What the sampler's tests ask of it, and what they collect."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spice_trainer.api import (
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
)
from spice_trainer.engines.shared.vllm_engine.supervisor import EngineSupervisor

PROBE = [1, 2, 3, 4]
Make = Callable[..., EngineSupervisor]


def weights(folder: Path, value: float) -> Callable[[], str]:
    path = folder / f"w{value}"
    path.write_text(str(value))
    return lambda: str(path)


def expected(value: float) -> list[float]:
    return [value] * (len(PROBE) - 1)


class Events:
    """Collects what a request emits."""

    def __init__(self) -> None:
        self.all: list[SampleEvent] = []
        self.over = threading.Event()

    def __call__(self, event: SampleEvent) -> None:
        self.all.append(event)
        if isinstance(event, SampleDone):
            self.over.set()

    def finished(self) -> list[SampleFinished]:
        return [one for one in self.all if isinstance(one, SampleFinished)]

    def done(self) -> SampleDone:
        assert self.over.wait(20), "the request did not end"
        last = self.all[-1]
        assert isinstance(last, SampleDone)
        return last


def submit(sampler: EngineSupervisor, seeds: tuple[int, ...] = (1, 2), prompts: int = 1, max_tokens: int = 3):
    events = Events()
    specs = tuple(PromptSpec(Prompt(text="x"), seeds) for _ in range(prompts))
    ids = tuple(np.array([5, 6], dtype=np.int32) for _ in range(prompts))
    request = SampleRequest(specs, SamplingParams(max_tokens=max_tokens))
    return sampler.submit(request, ids, frozenset({0}), 64, events), events
