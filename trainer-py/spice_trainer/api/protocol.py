"""The protocol itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.model import Capabilities, ModelInfo, OpenSpec
from spice_trainer.api.sampling import Generation, Prompt, SampleEvent, SampleRequest
from spice_trainer.api.training import LossSpec, OptimResult, OptimSpec, TrainBatch, TrainResult
from spice_trainer.api.weights import CheckpointInfo, PolicyVersion


class ProgressSink(Protocol):
    """Where a long call reports progress; also how it learns that it should stop."""

    def progress(self, phase: str, done: int, total: int) -> None: ...

    def cancelled(self) -> bool:
        """True when the caller has gone; checked between micro-batches, after which gradients are discarded."""
        ...


class Backend(Protocol):
    """About fifteen methods. Raise `BackendError` for every expected failure."""

    def capabilities(self) -> Capabilities: ...

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        """Load the model, publish version 0 of it and become ready. Called once."""
        ...

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]: ...

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Token ids of supervised targets, without special tokens; with the end-of-turn id when `append_eos`."""
        ...

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation: ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Log-probabilities of each completion's tokens, given its prompt (by index), under the current training
        weights, a published version (by id) or the reference."""
        ...

    def forward_backward(
        self,
        batch: TrainBatch,
        loss: LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: ProgressSink,
    ) -> TrainResult:
        """Add the gradient of (1/normalizer) * sum(weight * token loss) to the accumulator.

        INVALID, RANGE and UNIMPLEMENTED are raised before anything is added; after any other error the accumulator counts
        as unusable until `discard_gradients`."""
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult: ...

    def discard_gradients(self) -> None: ...

    @property
    def step(self) -> int:
        """Optimiser steps taken since the base model."""
        ...

    def publish(self) -> PolicyVersion: ...

    def versions(self) -> list[PolicyVersion]: ...

    def release(self, version: int) -> None: ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Write weights, optimiser and RNG to `directory` (which must not exist): temporary name, fsync, manifest
        with hashes last, rename."""
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restore weights, optimiser, RNG and step; gradients are discarded; publishes nothing."""
        ...

    def close(self) -> None: ...
