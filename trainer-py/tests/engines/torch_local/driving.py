"""The torch trainer driven by its tests: open, sample, train, compare."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import torch

from spice_trainer.api import (
    I32,
    Backend,
    LossSpec,
    OpenSpec,
    Prompt,
    PromptSpec,
    SampleEvent,
    SampleRequest,
    SamplingParams,
    TrainBatch,
    TrainResult,
    TrainSequence,
)
from spice_trainer.engines.torch_local.backend import create as create_torch
from tests.engines.torch_local import oracle


class Progress:
    """A sink that counts, and can ask to stop."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self._stop_after = stop_after

    def progress(self, phase: str, done: int, total: int) -> None:
        self.calls.append((phase, done, total))

    def cancelled(self) -> bool:
        return self._stop_after is not None and len(self.calls) >= self._stop_after


def opened(folder: Path, **changes: object) -> Backend:
    """A backend with the tiny model loaded in float32."""
    backend = create_torch()
    settings = {"model": str(folder), "seed": 1, "compute_dtype": "float32", "max_context_tokens": 512, **changes}
    backend.open(OpenSpec(**settings), Progress())  # type: ignore[arg-type]
    return backend


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


def make_batch(seed: int, model: torch.nn.Module, groups: int = 3, spread: float = 0.3) -> TrainBatch:
    """Groups of 1 to 4 completions of 1 to 12 tokens, with masks; old and behaviour near the current ones, so that ratios
    fall on both sides of every bound."""
    rng = np.random.default_rng(seed)
    # Id 1 is the embedding's padding index, which takes no gradient as an input, but does as a target.
    prompts = tuple(random_ids(rng, int(rng.integers(1, 30)), low=1) for _ in range(groups))
    sequences = []
    for ref, prompt in enumerate(prompts):
        for member in range(int(rng.integers(1, 5))):
            ids = random_ids(rng, int(rng.integers(1, 13)), low=1)
            temperature = float(rng.choice([1.0, 0.7]))
            with torch.no_grad():
                c = oracle.logprobs(model, prompt, ids, temperature).numpy()
            weights = rng.choice([0.0, 1.0, 0.5], len(ids)).astype(np.float32)

            def near(c: np.ndarray = c) -> np.ndarray:
                return (c + rng.normal(0, spread, len(c))).astype(np.float32)

            sequences.append(
                TrainSequence(
                    prompt_ref=ref,
                    completion_ids=ids,
                    weights=weights,
                    advantages=rng.normal(0, 1, len(ids)).astype(np.float32),
                    behaviour_logprobs=near(),
                    old_logprobs=near(),
                    reference_logprobs=near(),
                    temperature=temperature,
                    role="challenger" if ref % 2 else "reasoner",
                    group_id=str(ref),
                    sample_id=f"{ref}.{member}",
                )
            )
    return TrainBatch(prompts, tuple(sequences))


def gradient(backend: Backend) -> dict[str, torch.Tensor]:
    parameters = backend.session.learner.parameters
    return {name: parameters.accumulator(name).double().clone() for name in parameters.masters}


def run(backend: Backend, batch: TrainBatch, loss: LossSpec, z: float) -> tuple[TrainResult, dict]:
    backend.discard_gradients()
    result = backend.forward_backward(batch, loss, z, True, Progress())
    return result, gradient(backend)


def assert_close(found: dict, wanted: dict, tolerance: float = 1e-5) -> None:
    difference = sum(float(((found[n] - wanted[n]) ** 2).sum()) for n in wanted) ** 0.5
    size = sum(float((wanted[n] ** 2).sum()) for n in wanted) ** 0.5
    assert set(found) == set(wanted)
    assert difference <= tolerance * size + 1e-9, f"gradient off by {difference / max(size, 1e-30):.2e}"


def prompts_of(lengths: list[int], seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [random_ids(rng, length) for length in lengths]
