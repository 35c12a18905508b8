"""A tiny random model with a tiny tokenizer, made once a test session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bench import byte_model
from spice_trainer.api import I32, Backend, OpenSpec, Prompt, PromptSpec, SampleEvent, SampleRequest, SamplingParams
from spice_trainer.engines.torch_local.backend import create as create_torch

WORDS = [f"w{index}" for index in range(200)]


class Progress:
    """A sink that counts, and can ask to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self._stop_after = stop_after

    def progress(self, phase: str, done: int, total: int) -> None:
        self.calls.append((phase, done, total))

    def cancelled(self) -> bool:
        return self._stop_after is not None and len(self.calls) >= self._stop_after


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a 2-layer Llama with grouped heads and tied embeddings, vocabulary of bytes."""
    folder = tmp_path_factory.mktemp("tiny")
    byte_model.write(folder)
    return folder


def opened(folder: Path, **changes: object) -> Backend:
    """A backend with the tiny model loaded in float32."""
    backend = create_torch()
    settings = {"model": str(folder), "seed": 1, "compute_dtype": "float32", "max_context_tokens": 512, **changes}
    backend.open(OpenSpec(**settings), Progress())  # type: ignore[arg-type]
    return backend


@pytest.fixture(scope="session")
def shared(tiny: Path) -> Iterator[Backend]:
    """One backend for tests that do not change weights."""
    backend = opened(tiny)
    yield backend
    backend.close()


@pytest.fixture
def fresh(tiny: Path) -> Iterator[Backend]:
    """A backend of its own, for tests that train."""
    backend = opened(tiny)
    yield backend
    backend.close()


def collect(backend: Backend, request: SampleRequest, timeout: float = 60.0) -> list[SampleEvent]:
    """Submit and wait for the last event."""
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if event.kind == "done":
            over.set()

    backend.submit(request, sink)
    assert over.wait(timeout), "the request did not end"
    return events


def sampled(
    backend: Backend, prompts: list[I32], seeds: list[tuple[int, ...]], params: SamplingParams, **changes: object
) -> dict[tuple[int, int], tuple[list[int], list[float], str]]:
    """(prompt, sample) to ids, log-probabilities and finish reason."""
    specs = tuple(PromptSpec(Prompt(token_ids=ids), seed) for ids, seed in zip(prompts, seeds, strict=True))
    events = collect(backend, SampleRequest(specs, params, **changes))  # type: ignore[arg-type]
    assert events[-1].kind == "done"
    assert events[-1].error is None
    return {
        (e.prompt_index, e.sample_index): (
            e.token_ids.tolist(),
            [] if e.logprobs is None else e.logprobs.tolist(),
            str(e.reason),
        )
        for e in events
        if e.kind == "finished"
    }


def random_ids(rng: np.random.Generator, length: int, low: int = 2) -> I32:
    """Ids from `low` up; 0 begins and 1 ends a sequence."""
    return rng.integers(low, 250, length).astype(np.int32)
