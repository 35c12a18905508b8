"""The session that is recorded: everything that the trainer asks of the service, a few tokens each.

The tokenizer is that of `byte_model`, whatever model the service has: its 258 ids exist in every vocabulary, so the same
recording can be played back without anybody's tokenizer. The text is nonsense to a real model, and the numbers are as good.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spice_trainer.api import (
    Backend,
    LoraSpec,
    OpenSpec,
    OptimSpec,
    PolicyGradientLoss,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
    TrainBatch,
    TrainSequence,
)
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.tinker.hosted import create as create_hosted

PROMPT = np.array([57, 84, 67], dtype=np.int32)
IDS = np.array([70, 71, 72, 73], dtype=np.int32)
SEED = 5
Opened = Callable[..., Backend]
"""The fixture `opened`: a session with a stand-in, closed at the end of the test."""


def open_backend(url: str, base_model: str, folder: Path, **engine: object) -> Backend:
    """A session with the service at `url`."""
    made = create_hosted()
    settings = {"base_url": url, "base_model": base_model, "sample_sequences": 1, **engine}
    made.open(OpenSpec(str(folder), SEED, LoraSpec(8, 32.0), max_context_tokens=64, engine=settings), Silent())
    return made


def sample(backend: Backend, seeds: tuple[int, ...], **params: object) -> list[SampleFinished]:
    """One sample a seed, in their order."""
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    asked = SamplingParams(**{"max_tokens": 4, **params})  # type: ignore[arg-type]
    backend.submit(SampleRequest((PromptSpec(Prompt(token_ids=PROMPT), seeds),), asked), sink)
    assert over.wait(600)
    done = events[-1]
    assert isinstance(done, SampleDone)
    if done.error is not None:
        raise done.error
    return sorted((one for one in events if isinstance(one, SampleFinished)), key=lambda one: one.sample_index)


def score(backend: Backend, target: object = "current") -> list[float]:
    """Log-probabilities of a fixed completion."""
    return backend.score([PROMPT], [(0, IDS)], target, 1.0, Silent())[0].tolist()  # type: ignore[arg-type]


def accumulate(backend: Backend, ids: np.ndarray = IDS, advantage: float = 1.5) -> float:
    """A policy gradient of one sequence. Returns the loss."""
    width = len(ids)
    one = TrainSequence(
        prompt_ref=0,
        completion_ids=ids,
        weights=np.ones(width, dtype=np.float32),
        advantages=np.full(width, advantage, dtype=np.float32),
        behaviour_logprobs=np.full(width, -5.5, dtype=np.float32),
        old_logprobs=None,
        reference_logprobs=None,
        temperature=1.0,
        role="reasoner",
        group_id="g",
        sample_id="s",
    )
    loss = PolicyGradientLoss(correction="token_truncate")
    return backend.forward_backward(TrainBatch((PROMPT,), (one,)), loss, float(width), False, Silent()).loss


def play(url: str, base_model: str, model: Path, checkpoints: Path) -> dict[str, Any]:
    """The session. Returns what came of it, as JSON has it."""
    backend = open_backend(url, base_model, model)
    try:
        facts = backend.capabilities()
        drawn = sample(backend, (1, 2))
        losses = [accumulate(backend)]
        bounded = backend.optim_step(OptimSpec(1e-2, max_grad_norm=0.1))
        losses.append(accumulate(backend, IDS[::-1].copy(), -0.5))
        free = backend.optim_step(OptimSpec(1e-2, max_grad_norm=None, weight_decay=0.01))
        version = backend.publish().version
        scores = {str(each): score(backend, each) for each in ("current", "reference", 0, version)}
        backend.save(checkpoints / "one", {})
        accumulate(backend)
        backend.optim_step(OptimSpec(1e-2, reset_moments=True))
        backend.load(checkpoints / "one")
        accumulate(backend)
        backend.optim_step(OptimSpec(1e-2))
        return {
            "server": facts.quirks[-1],
            "samples": [
                {
                    "ids": one.token_ids.tolist(),
                    "logprobs": None if one.logprobs is None else one.logprobs.tolist(),
                    "reason": one.reason.value,
                }
                for one in drawn
            ],
            "losses": losses,
            "norms": [None if np.isnan(one.grad_norm) else one.grad_norm for one in (bounded, free)],
            "scores": scores,
            "step": backend.step,
            "after_load": score(backend),
        }
    finally:
        backend.close()
