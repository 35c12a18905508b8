"""Training with a Tinker server. The server has other losses than the contract, divides gradients
by another number, and cannot discard accumulated gradients. Therefore:

- `accumulate` requests only log-probabilities from the server. It computes the loss of the contract
  and the slope of the loss at each token here, in float64. The slopes are stored here.
- `update` sends the slopes as the advantages of an importance-sampling loss with ratio 1 (for the
  hosted service: as the weights of a cross-entropy), and then runs the update.

So every loss that is a function of the log-probabilities of the tokens is exact, nothing must be
discarded on the server, and the number of sequences is known, which the normalization of the server
needs.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

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
from spice_trainer.engines.shared.losses_numpy import token_loss
from spice_trainer.engines.tinker import row_batches
from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.engines.tinker.norm_bounds import ClipInPlace, LookFirst, NormBound, ServerBounds
from spice_trainer.engines.tinker.normalization import Normalization
from spice_trainer.engines.tinker.profiles import SKYRL, Profile
from spice_trainer.engines.tinker.service import F64, GradientRow, Row, Scorer, TinkerModel
from spice_trainer.toolkit import TokenRecord, by_role


@dataclass(frozen=True)
class _Pending:
    """One sequence that waits for the update. `coefficients` are minus the slopes, divided by Z."""

    row: Row
    logprobs: F32
    coefficients: F64


class TrainedModel:
    """The model in training. Not for use by several threads."""

    def __init__(
        self,
        model: TinkerModel,
        normalization: Normalization,
        micro: int,
        profile: Profile = SKYRL,
        clips: bool = False,
    ) -> None:
        """`micro`: number of sequences that the server computes together. `clips`: whether the
        server can clip the accumulated gradient."""
        self.model = model
        self._normalization, self._micro, self._profile = normalization, micro, profile
        self._bound: NormBound = ServerBounds() if profile.bounds_norm else ClipInPlace() if clips else LookFirst()
        self.step = 0
        self.moments = profile.moments()
        self.changes = 0
        """Number of updates that may have changed a weight."""
        self._pending: list[_Pending] = []
        self._dirty = False
        """Whether a backward pass ran on the server and no update emptied its accumulator."""
        self._seen: Row | None = None
        """A row of the last batch."""

    def accumulate(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Computes loss and slopes of a batch. Raises UNIMPLEMENTED (ENTROPY_UNSUPPORTED,
        TEMPERATURE_UNSUPPORTED)."""
        _check(batch, loss)
        began = time.monotonic()
        rows = [Row(batch.prompts[one.prompt_ref], one.completion_ids) for one in batch.sequences]
        self._seen = rows[0]
        logprobs = forward(self.model, rows, self._micro, progress, self._profile.compiles)
        records: list[TokenRecord] = []
        pending: list[_Pending] = []
        for sequence, row, c in zip(batch.sequences, rows, logprobs, strict=True):
            current, entropy = c.astype(np.float64), np.zeros(len(c))
            result = token_loss(loss, sequence, current, entropy)
            records.append(result.record(sequence, normalizer, current, entropy))
            pending.append(_Pending(row, c, -result.slope / normalizer))
        stats = by_role(records)
        finite = math.isfinite(stats[""].loss) and all(np.isfinite(one.coefficients).all() for one in pending)
        if finite:
            self._pending += [one for one in pending if one.coefficients.any()]
        return TrainResult(
            loss=stats[""].loss,
            non_finite=not finite,
            stats=stats,
            tokens=sum(row.length for row in rows),
            padded_tokens=0,
            microbatches=-(-len(rows) // self._micro),
            seconds_forward=time.monotonic() - began,
            seconds_backward=0.0,
            peak_memory_bytes=0,
            current_logprobs=tuple(logprobs) if want_logprobs else None,
        )

    def update(self, spec: OptimSpec) -> OptimResult:
        """Runs backward pass and update. `OptimResult.grad_norm` is NaN when the server reports no
        norm. Raises DATA_LOSS: WEIGHTS_NOT_FINITE, or the errors of `NormBound.fill`."""
        began = time.monotonic()
        pending, self._pending = self._pending, []
        self.flush()
        norm = None
        if pending:
            norm = self._bound.fill(_Waiting(self, pending), spec.max_grad_norm)
        elif not self._profile.idle_updates and self._seen is not None:
            self._dirty = True
            self.model.forward_backward([row_batches.silent(self._seen)])
        if norm is not None and not math.isfinite(norm):
            self._dirty = False
            return OptimResult(self.step, norm, skipped=True, seconds=time.monotonic() - began)
        told = self.model.optim_step(self.moments.update(spec), self._bound.for_server(spec.max_grad_norm))
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
        if norm is None:
            norm = math.nan if told is None else told
        return OptimResult(self.step, norm, skipped=False, seconds=time.monotonic() - began)

    def discard(self) -> None:
        """Discards the waiting sequences, and the rest of a failed pass on the server."""
        self._pending = []
        self.flush()

    def flush(self) -> None:
        """Empties the accumulator of the server if a pass ended partly."""
        if self._dirty:
            self.look()

    def replace(self, model: TinkerModel, step: int, moments: Moments) -> None:
        """Continues with another model, into which a checkpoint was loaded."""
        self.model, self.step, self.moments = model, step, moments
        self._pending, self._dirty = [], False
        self.changes += 1

    def look(self) -> float:
        """Returns the norm of the accumulated gradient on the server, NaN when the server reports
        none. Empties the accumulator."""
        norm = self.model.optim_step(self.moments.look())
        self._dirty = False
        return math.nan if norm is None else norm

    def backward(self, pending: Sequence[_Pending], scale: float) -> None:
        """Adds the gradient of `pending`, times `scale`, to the accumulator of the server."""
        parts = list(row_batches.chunks(pending, lambda one: one.row.length, self._micro))
        fillers = [row_batches.filler(len(part), self._micro) if self._profile.compiles else 0 for part in parts]
        sequences = len(pending) + sum(fillers)
        self._dirty = True
        for part, more in zip(parts, fillers, strict=True):
            rows = [
                GradientRow(one.row, one.logprobs, self._normalization.advantages(one.coefficients * scale, sequences))
                for one in (pending[at] for at in part)
            ]
            self.model.forward_backward([*rows, *[row_batches.silent(rows[0].row)] * more])


class _Waiting:
    """Implements `Accumulator` for the sequences that wait for an update."""

    def __init__(self, trained: TrainedModel, pending: Sequence[_Pending]) -> None:
        self._trained, self._pending = trained, pending

    def backward(self, scale: float = 1.0) -> None:
        self._trained.backward(self._pending, scale)

    def look(self) -> float:
        return self._trained.look()

    def clip(self, bound: float) -> float:
        return self._trained.model.clip(bound)


def forward(model: Scorer, rows: Sequence[Row], micro: int, progress: ProgressSink, fill: bool = True) -> list[F32]:
    """Returns log-probabilities of completions, in the order of `rows`. `fill`: use few different
    numbers of rows in a request. Raises CANCELLED between requests."""
    found: list[F32] = [np.empty(0, dtype=np.float32)] * len(rows)
    done = 0
    for part in row_batches.chunks(rows, lambda row: row.length, micro):
        if progress.cancelled():
            raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped between micro-batches")
        progress.progress("forward", done, len(rows))
        more = row_batches.filler(len(part), micro) if fill else 0
        asked = [*(rows[at] for at in part), *[row_batches.blank(rows[part[0]])] * more]
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
    """Returns the error UNIMPLEMENTED (TEMPERATURE_UNSUPPORTED)."""
    return BackendError(
        BackendErrorCode.UNIMPLEMENTED,
        "TEMPERATURE_UNSUPPORTED",
        f"{what} temperature {temperature}; a Tinker server computes log-probabilities at temperature 1 alone",
        "use temperature 1",
    )
