"""A torch+vllm trainer driven by its tests: sample, compare, train."""

from __future__ import annotations

import threading
from typing import Literal

import numpy as np

from spice_trainer.api import (
    Backend,
    CrossEntropyLoss,
    OptimSpec,
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

PROMPTS = [np.array([10, 20, 30, 40], dtype=np.int32), np.array([11, 21, 31], dtype=np.int32)]


def sample(backend: Backend, n: int = 3, temperature: float = 1.0) -> tuple[list[SampleFinished], SampleDone]:
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    specs = tuple(PromptSpec(Prompt(token_ids=ids), tuple(range(n))) for ids in PROMPTS)
    backend.submit(SampleRequest(specs, SamplingParams(max_tokens=12, temperature=temperature)), sink)
    assert over.wait(1800)  # an engine that starts again beside other work
    done = events[-1]
    assert isinstance(done, SampleDone)
    return [one for one in events if isinstance(one, SampleFinished)], done


def gap(
    backend: Backend,
    samples: list[SampleFinished],
    target: int | Literal["current"],
    temperature: float = 1.0,
) -> float:
    """Largest difference between vLLM's log-probabilities and the learner's under a version."""
    sequences = [(one.prompt_index, one.token_ids) for one in samples]
    scored = backend.score(PROMPTS, sequences, target, temperature, Silent())
    return max(float(np.abs(row - one.logprobs).max()) for row, one in zip(scored, samples, strict=True))


def train(backend: Backend, rate: float = 3e-2) -> None:
    def sequence(index: int) -> TrainSequence:
        return TrainSequence(
            prompt_ref=index,
            completion_ids=np.array([50, 51, 52, 53], dtype=np.int32),
            weights=np.ones(4, dtype=np.float32),
            advantages=np.ones(4, dtype=np.float32),
            behaviour_logprobs=None,
            old_logprobs=None,
            reference_logprobs=None,
            temperature=1.0,
            role="warmup",
            group_id="",
            sample_id="",
        )

    batch = TrainBatch(tuple(PROMPTS), (sequence(0), sequence(1)))
    backend.forward_backward(batch, CrossEntropyLoss(), 8.0, False, Silent())
    backend.optim_step(OptimSpec(learning_rate=rate))
