"""Open, train and score: what the verl trainer's tests do with it and with the torch trainer, to compare them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from spice_trainer.api import Backend, OpenSpec, OptimResult, OptimSpec, TrainResult
from spice_trainer.engines.shared.silent import Silent
from tests.engines.verl.batches import LOSSES, NORMALIZER, make_batch

NEEDED = [
    pytest.mark.skipif(
        find_spec("ray") is None or find_spec("tensordict") is None, reason="verl is not installed here"
    ),
    pytest.mark.skipif(
        "SPICE_VLLM_PYTHON" not in os.environ, reason="SPICE_VLLM_PYTHON names no interpreter with vLLM"
    ),
]
"""What these tests run with."""

# With the usual epsilon AdamW's step is the gradient's sign where the gradient is nearly nothing, so rounding would show
# as large differences of weights (7e-5 was seen with 1e-8). This one leaves them in proportion.
STEP = OptimSpec(learning_rate=1e-3, epsilon=1e-3, weight_decay=0.1, max_grad_norm=0.5)
LOGPROB = 2e-5
"""Largest difference of a log-probability between FSDP2 on two workers and one process; 5e-6 was measured."""
WEIGHT = 5e-5
"""Largest difference of a weight or moment after a few updates."""


def spec(folder: Path, **engine: object) -> OpenSpec:
    """A session with a small model."""
    return OpenSpec(model=str(folder), seed=1, compute_dtype="float32", max_context_tokens=512, engine=engine)


def tensors(backend: Backend, folder: Path) -> dict[str, np.ndarray]:
    """Weights and moments, through a checkpoint."""
    from safetensors.numpy import load_file

    backend.save(folder, {})
    found = {**load_file(folder / "weights.safetensors"), **load_file(folder / "optimizer.safetensors")}
    shutil.rmtree(folder)
    return found


def scores(
    backend: Backend, target: int | Literal["current", "reference"] = "current", temperature: float = 0.9
) -> Sequence[np.ndarray]:
    batch = make_batch()
    sequences = [(s.prompt_ref, s.completion_ids) for s in batch.sequences]
    return backend.score(batch.prompts, sequences, target, temperature, Silent())


def distance(one: Iterable[np.ndarray], other: Iterable[np.ndarray]) -> float:
    """Largest difference of two numbers at one place."""
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def train(backend: Backend, name: str, step: OptimSpec = STEP) -> tuple[TrainResult, OptimResult]:
    """One batch under a loss of `LOSSES`, and an update."""
    result = backend.forward_backward(make_batch(), LOSSES[name], NORMALIZER, True, Silent())
    return result, backend.optim_step(step)


def assert_trains_alike(one: Backend, other: Backend, name: str, folder: Path) -> None:
    """The same loss, norm, log-probabilities, weights and moments from one batch and update."""
    (ours, update), (theirs, expected) = (train(backend, name) for backend in (one, other))
    assert ours.loss == pytest.approx(theirs.loss, rel=1e-5)
    assert update.grad_norm == pytest.approx(expected.grad_norm, rel=1e-5)
    assert ours.current_logprobs is not None
    assert theirs.current_logprobs is not None
    assert distance(ours.current_logprobs, theirs.current_logprobs) < LOGPROB
    assert ours.stats[""].effective_sample_size == pytest.approx(theirs.stats[""].effective_sample_size, rel=1e-4)
    left, right = (tensors(backend, folder / type(backend).__name__) for backend in (one, other))
    assert left.keys() == right.keys()
    assert distance(left.values(), [right[key] for key in left]) < WEIGHT
