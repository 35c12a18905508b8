"""Gradients of a batch, AdamW and statistics."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from spice_trainer.api import (
    F32,
    BackendError,
    BackendErrorCode,
    LossSpec,
    OptimResult,
    OptimSpec,
    ProgressSink,
    RoleStats,
    TrainBatch,
    TrainResult,
    TrainSequence,
)
from spice_trainer.engines.fake import table
from spice_trainer.engines.fake.settings import Settings
from spice_trainer.engines.fake.table import F64, Table
from spice_trainer.engines.shared.losses_numpy import token_loss
from spice_trainer.toolkit import TokenRecord, by_role


@dataclass
class Learner:
    """Training state: weights, moments, number of steps, accumulated gradient."""

    weights: Table
    step: int = 0
    first: F64 = field(init=False)
    second: F64 = field(init=False)
    updates: int = field(init=False, default=0)
    """Number of updates since the moments were reset."""
    gradient: F64 = field(init=False)
    _scratch: tuple[F64, F64] = field(init=False, repr=False)
    """Arrays for intermediate results. A new array for each result takes most of a step's time."""

    def __post_init__(self) -> None:
        self.first = np.zeros(self.weights.shape)
        self.second = np.zeros(self.weights.shape)
        self.gradient = np.zeros(self.weights.shape)
        self._scratch = np.empty(self.weights.shape), np.empty(self.weights.shape)

    def forward_backward(
        self,
        batch: TrainBatch,
        loss: LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: ProgressSink,
        settings: Settings,
    ) -> TrainResult:
        """Adds the gradient of a batch. Adds nothing when the work is stopped, fails, or gives a
        gradient that is not finite."""
        began = time.monotonic()
        gradient = np.zeros(self.weights.shape)
        logprobs: list[F32] = [np.empty(0, dtype=np.float32)] * len(batch.sequences)
        records: list[TokenRecord] = []
        parts = list(_microbatches(batch, settings.microbatch_tokens))
        for index, part in enumerate(parts):
            if progress.cancelled():
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped between micro-batches")
            progress.progress("forward_backward", index, len(parts))
            for position in part:
                settings.pause(settings.sequence_seconds)
                sequence = batch.sequences[position]
                record = self._sequence(batch, sequence, loss, normalizer, gradient)
                records.append(record)
                logprobs[position] = record.current.astype(np.float32)
        progress.progress("forward_backward", len(parts), len(parts))
        stats: dict[str, RoleStats] = by_role(records)
        finite = bool(np.isfinite(gradient).all() and np.isfinite(stats[""].loss))
        if finite:
            self.gradient += gradient
        used = {sequence.prompt_ref for sequence in batch.sequences}
        tokens = sum(len(batch.prompts[one]) for one in used) + sum(len(one.completion_ids) for one in batch.sequences)
        return TrainResult(
            loss=stats[""].loss,
            non_finite=not finite,
            stats=stats,
            tokens=tokens,
            padded_tokens=0,
            microbatches=len(parts),
            seconds_forward=0.0,
            seconds_backward=time.monotonic() - began,
            peak_memory_bytes=self.weights.nbytes * 8,
            current_logprobs=tuple(logprobs) if want_logprobs else None,
        )

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Updates the weights with AdamW as defined in training.proto (OptimSpec), and empties the
        accumulator."""
        began = time.monotonic()
        part, spread = self._scratch
        norm = float(np.sqrt(np.multiply(self.gradient, self.gradient, out=part).sum()))
        if not np.isfinite(norm):
            self.gradient[:] = 0
            return OptimResult(self.step, norm, skipped=True, seconds=time.monotonic() - began)
        gradient = self.gradient
        if spec.max_grad_norm is not None and norm > spec.max_grad_norm:
            gradient *= spec.max_grad_norm / norm
        self.step += 1
        if spec.reset_moments:
            self.first[:], self.second[:], self.updates = 0, 0, 0
        self.updates += 1
        self.first *= spec.beta1
        self.first += np.multiply(gradient, 1 - spec.beta1, out=part)
        np.multiply(gradient, 1 - spec.beta2, out=part)
        part *= gradient
        self.second *= spec.beta2
        self.second += part
        np.divide(self.second, 1 - spec.beta2**self.updates, out=spread)
        np.sqrt(spread, out=spread)
        spread += spec.epsilon
        change = np.divide(self.first, 1 - spec.beta1**self.updates, out=part)
        change /= spread
        weights = self.weights.astype(np.float64)
        if spec.weight_decay:
            change += np.multiply(weights, spec.weight_decay, out=spread)
        change *= spec.learning_rate
        weights -= change
        # A published version has the array of an earlier step, so each step makes a new one.
        self.weights = weights.astype(np.float32)
        self.gradient[:] = 0
        return OptimResult(self.step, norm, skipped=False, seconds=time.monotonic() - began)

    def discard(self) -> None:
        """Empties the accumulator."""
        self.gradient[:] = 0

    def _sequence(
        self, batch: TrainBatch, sequence: TrainSequence, loss: LossSpec, normalizer: float, gradient: F64
    ) -> TokenRecord:
        prompt, ids = batch.prompts[sequence.prompt_ref], sequence.completion_ids
        rows = table.contexts(prompt, ids)
        logs = table.log_softmax(self.weights[rows].astype(np.float64) / sequence.temperature)
        chance = np.exp(logs)
        picks = np.arange(len(ids)), ids.astype(np.int64)
        entropy = -(chance * logs).sum(axis=1)
        current = logs[picks]
        result = token_loss(loss, sequence, current, entropy)
        weights = sequence.weights.astype(np.float64)
        slope = -chance * result.slope[:, None]
        slope[picks] += result.slope
        if result.entropy_slope:
            slope += (weights * result.entropy_slope)[:, None] * (-chance * (logs + entropy[:, None]))
        np.add.at(gradient, rows, slope / (normalizer * sequence.temperature))
        return result.record(sequence, normalizer, current, entropy)


def _microbatches(batch: TrainBatch, limit: int) -> Iterator[list[int]]:
    """Yields the indices of sequences, in order, in micro-batches of at most `limit` tokens. A
    longer sequence is a micro-batch by itself."""
    part: list[int] = []
    size = 0
    for position, sequence in enumerate(batch.sequences):
        length = len(batch.prompts[sequence.prompt_ref]) + len(sequence.completion_ids)
        if part and size + length > limit:
            yield part
            part, size = [], 0
        part.append(position)
        size += length
    if part:
        yield part
