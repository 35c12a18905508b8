"""Gradients and updates through a server that has other losses, another normalisation and an accumulator nobody can empty.

`accumulate` asks the server for log-probabilities alone and computes in float64 what the contract's loss makes of them:
its value, and its slope at each token. The slopes wait here. `update` sends them as the advantages of an importance-sampling
loss whose ratio is 1 (to the hosted service as the weights of a cross-entropy), followed by the update: so every loss that
is a function of the tokens' log-probabilities is exact, nothing has to be discarded on the server, and the number of
sequences is known, which its normalisation needs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from spice_trainer.api import (
    F32,
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    LossSpec,
    OptimResult,
    OptimSpec,
    ProgressSink,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.fake import statistics
from spice_trainer.engines.fake.losses import token_loss
from spice_trainer.engines.fake.statistics import TokenRecord
from spice_trainer.engines.tinker import batches
from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.engines.tinker.normalisation import Normalisation
from spice_trainer.engines.tinker.profiles import SKYRL, Profile
from spice_trainer.engines.tinker.service import F64, GradientRow, Row, Scorer, TinkerModel


@dataclass(frozen=True)
class _Pending:
    """One sequence that waits for the update. `coefficients` are minus the slopes, Z divided out."""

    row: Row
    logprobs: F32
    coefficients: F64


@dataclass
class Learner:
    """The model in training. Not safe for several threads."""

    model: TinkerModel
    normalisation: Normalisation
    micro: int
    profile: Profile = SKYRL
    clips: bool = False
    """Whether the server can clip what is accumulated; else, and unless an update takes the bound, `max_grad_norm` costs a
    second backward pass."""
    step: int = 0
    moments: Moments = field(init=False)
    changes: int = 0
    """Grows with every update that may have moved a weight."""
    _pending: list[_Pending] = field(default_factory=list[_Pending])
    _dirty: bool = False
    """A backward pass ran on the server and no update emptied its accumulator."""
    _seen: Row | None = None
    """A row of the last batch."""

    def __post_init__(self) -> None:
        self.moments = self.profile.moments()

    def accumulate(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Loss and slopes of a batch. Raises UNIMPLEMENTED (ENTROPY_UNSUPPORTED, TEMPERATURE_UNSUPPORTED)."""
        _check(batch, loss)
        began = time.monotonic()
        rows = [Row(batch.prompts[one.prompt_ref], one.completion_ids) for one in batch.sequences]
        self._seen = rows[0]
        logprobs = forward(self.model, rows, self.micro, progress, self.profile.compiles)
        records = [
            TokenRecord(sequence, c, nothing, token_loss(loss, sequence, c, nothing), normalizer)
            for sequence, c in zip(batch.sequences, (one.astype(np.float64) for one in logprobs), strict=True)
            for nothing in (np.zeros(len(c)),)
        ]
        stats = statistics.by_role(records)
        pending = [
            _Pending(row, c, -record.result.slope / normalizer)
            for row, c, record in zip(rows, logprobs, records, strict=True)
        ]
        finite = math.isfinite(stats[""].loss) and all(np.isfinite(one.coefficients).all() for one in pending)
        if finite:
            self._pending += [one for one in pending if one.coefficients.any()]
        return TrainResult(
            loss=stats[""].loss,
            non_finite=not finite,
            stats=stats,
            tokens=sum(row.length for row in rows),
            padded_tokens=0,
            microbatches=-(-len(rows) // self.micro),
            seconds_forward=time.monotonic() - began,
            seconds_backward=0.0,
            peak_memory_bytes=0,
            current_logprobs=tuple(logprobs) if want_logprobs else None,
        )

    def update(self, spec: OptimSpec) -> OptimResult:
        """Backward pass and update. With `max_grad_norm` the pass runs twice on a server that tells the norm with an update
        only and takes no bound. `OptimResult.grad_norm` is NaN where the server tells none.

        Raises DATA_LOSS: WEIGHTS_NOT_FINITE, or MOMENTS_NOT_FINITE where such a server's look at a gradient that is not
        finite went into the moments."""
        began = time.monotonic()
        pending, self._pending = self._pending, []
        self.flush()
        scale, norm = 1.0, 0.0
        bound = spec.max_grad_norm if pending and not self.profile.bounds_norm else None
        if bound is not None:
            self._backward(pending, 1.0)
            norm = self.model.clip(bound) if self.clips else self._look()
            if not math.isfinite(norm):
                return self._skip(norm, began)
            scale = min(1.0, bound / norm) if norm > 0 else 1.0
        if pending and not self._dirty:
            self._backward(pending, scale)
        elif not pending and not self.profile.idle_updates and self._seen is not None:
            self._dirty = True
            self.model.forward_backward([batches.silent(self._seen)])
        servers_bound = spec.max_grad_norm if self.profile.bounds_norm else None
        told = self.model.optim_step(self.moments.update(spec), servers_bound)
        self._dirty = False
        if told is not None and not math.isfinite(told):
            raise BackendError(
                BackendErrorCode.DATA_LOSS,
                "WEIGHTS_NOT_FINITE",
                "the server's gradient was not finite and its update cannot be taken back",
                "load the last checkpoint; a lower learning rate may help",
            )
        self.step += 1
        self.changes += spec.learning_rate > 0
        if bound is None:
            norm = math.nan if told is None else told
        return OptimResult(self.step, norm, skipped=False, seconds=time.monotonic() - began)

    def _skip(self, norm: float, began: float) -> OptimResult:
        if not self.clips:
            raise BackendError(
                BackendErrorCode.DATA_LOSS,
                "MOMENTS_NOT_FINITE",
                "the server's gradient was not finite, and telling its norm has put it into the moments",
                "load the last checkpoint; a lower learning rate may help",
            )
        self._dirty = False
        return OptimResult(self.step, norm, skipped=True, seconds=time.monotonic() - began)

    def discard(self) -> None:
        """Forget what waits; also what a failed pass left on the server."""
        self._pending = []
        self.flush()

    def flush(self) -> None:
        """Empty the server's accumulator, if a pass of ours ended half-way."""
        if self._dirty:
            self._look()

    def replace(self, model: TinkerModel, step: int, moments: Moments) -> None:
        """Go on with another model: a checkpoint was loaded into it."""
        self.model, self.step, self.moments = model, step, moments
        self._pending, self._dirty = [], False
        self.changes += 1

    def _look(self) -> float:
        norm = self.model.optim_step(self.moments.look())
        self._dirty = False
        return math.nan if norm is None else norm

    def _backward(self, pending: Sequence[_Pending], scale: float) -> None:
        parts = list(batches.chunks(pending, lambda one: one.row.length, self.micro))
        fillers = [batches.filler(len(part), self.micro) if self.profile.compiles else 0 for part in parts]
        sequences = len(pending) + sum(fillers)
        self._dirty = True
        for part, more in zip(parts, fillers, strict=True):
            rows = [
                GradientRow(one.row, one.logprobs, self.normalisation.advantages(one.coefficients * scale, sequences))
                for one in (pending[at] for at in part)
            ]
            self.model.forward_backward([*rows, *[batches.silent(rows[0].row)] * more])


def forward(model: Scorer, rows: Sequence[Row], micro: int, progress: ProgressSink, fill: bool = True) -> list[F32]:
    """Log-probabilities of completions, in the order of `rows`; `fill`: with few different numbers of rows in a request.
    Raises CANCELLED between requests."""
    found: list[F32] = [np.empty(0, dtype=np.float32)] * len(rows)
    done = 0
    for part in batches.chunks(rows, lambda row: row.length, micro):
        if progress.cancelled():
            raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped between micro-batches")
        progress.progress("forward", done, len(rows))
        more = batches.filler(len(part), micro) if fill else 0
        asked = [*(rows[at] for at in part), *[batches.blank(rows[part[0]])] * more]
        for at, logprobs in zip(part, model.forward(asked), strict=False):
            found[at] = logprobs
        done += len(part)
    progress.progress("forward", done, len(rows))
    return found


def _check(batch: TrainBatch, loss: LossSpec) -> None:
    if not isinstance(loss, CrossEntropyLoss) and loss.entropy_coefficient > 0:
        raise BackendError(
            BackendErrorCode.UNIMPLEMENTED,
            "ENTROPY_UNSUPPORTED",
            "a Tinker server tells log-probabilities of given tokens alone, so there is no entropy to add to the loss",
            "set the entropy coefficient to 0",
        )
    for index, sequence in enumerate(batch.sequences):
        if sequence.temperature != 1:
            raise unsupported_temperature(f"sequence {index} has", sequence.temperature)


def unsupported_temperature(what: str, temperature: float) -> BackendError:
    """UNIMPLEMENTED (TEMPERATURE_UNSUPPORTED)."""
    return BackendError(
        BackendErrorCode.UNIMPLEMENTED,
        "TEMPERATURE_UNSUPPORTED",
        f"{what} temperature {temperature}; a Tinker server computes log-probabilities at temperature 1 alone",
        "use temperature 1",
    )
