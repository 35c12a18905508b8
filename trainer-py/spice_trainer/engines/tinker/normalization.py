"""Detects the number by which a server divides a gradient, and cancels the division.

The contract needs (1/Z) * sum of coefficient * dc. Hosted Tinker and the trainers of SkyRL sum over
tokens. The jax backend of SkyRL (0.4.0) divides each sequence by the sum of its weights, and the
whole by the number of sequences since the last update.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from spice_trainer.api import F32, BackendError, BackendErrorCode
from spice_trainer.engines.tinker.adam import Moments
from spice_trainer.engines.tinker.service import F64, GradientRow, Row, TinkerModel

NO_BOUND = 1e30
"""A norm that no gradient reaches. JSON has no infinity."""


class Normalization(Enum):
    """Normalizations of known servers."""

    SUM = "sum over tokens"
    """Nothing is divided."""
    MEAN_OF_MEANS = "mean over sequences of the mean over tokens"

    def advantages(self, coefficients: F64, sequences: int) -> F32:
        """Returns advantages, for weights 1, whose gradient is the sum of `coefficients` * dc over
        one of `sequences` rows."""
        factor = 1.0 if self is Normalization.SUM else float(sequences * len(coefficients))
        return (coefficients * factor).astype(np.float32)


@dataclass(frozen=True)
class Detected:
    """The detected normalization of a server, and its source."""

    normalization: Normalization
    measured: bool
    """Whether it was measured with norms. Otherwise it comes from the documentation of the
    server."""
    clips: bool = False
    """Whether the server can clip the accumulated gradient; see `TinkerModel.clip`."""

    def describe(self) -> str:
        """Returns a description for people and for run records."""
        how = "measured" if self.measured else "as documented, for the server tells no norm"
        return f"gradients: {self.normalization.value} ({how})" + (", clipped in place" if self.clips else "")


def detect(
    model: TinkerModel,
    row: Row,
    slack: float,
    otherwise: Normalization | None = None,
    candidates: Sequence[Normalization] = tuple(Normalization),
) -> Detected:
    """Detects the normalization with three updates of rate 0 on `model`, which must be new: a
    sequence; the same sequence twice; half of it. `otherwise` is used for a server that reports no
    norm. Raises FAILED_PRECONDITION (NORMALIZATION_UNKNOWN) when the norms fit no candidate, or
    when there are no norms and no `otherwise`."""
    logprobs = model.forward([row])[0]
    half = np.zeros(len(logprobs), dtype=np.float32)
    half[: len(half) // 2] = 1
    head = len(half) // 2
    part = Row(row.prompt, row.completion[:head])
    whole = GradientRow(row, logprobs, half)
    moments = Moments()

    def norm(rows: Sequence[GradientRow]) -> float | None:
        model.forward_backward(rows)
        return model.optim_step(moments.look())

    one = norm([GradientRow(part, logprobs[:head], half[:head])])
    if one is None and otherwise is not None:
        return Detected(otherwise, measured=False)
    two, padded = norm([GradientRow(part, logprobs[:head], half[:head])] * 2), norm([whole])
    if one is None or two is None or padded is None:
        raise _unknown("the server tells no gradient norm with its updates")
    twice, tail = (two / one, padded / one) if one > 0 else (math.nan, math.nan)
    known = {
        Normalization.SUM: (2.0, 1.0),
        Normalization.MEAN_OF_MEANS: (1.0, head / len(half)),
    }
    for candidate in candidates:
        if all(
            math.isfinite(got) and abs(got / want - 1) < slack
            for got, want in zip((twice, tail), known[candidate], strict=True)
        ):
            return Detected(candidate, measured=True)
    raise _unknown(
        f"the server scales gradients in a way that is not known here: norm {one:.4g}, {twice:.4g} times that for the same"
        f" sequence twice, {tail:.4g} times with as many tokens of advantage 0 behind it"
    )


def detect_clip(model: TinkerModel, row: Row, slack: float, known: Detected) -> Detected:
    """Returns `known`, and whether the server can clip the accumulated gradient. No other code may
    train `model`."""
    ones = np.ones(len(row.completion), dtype=np.float32)
    model.forward_backward([GradientRow(row, model.forward([row])[0], ones)])
    bound = model.clip(NO_BOUND) / 2
    if math.isfinite(bound):
        model.clip(bound)
    left = model.optim_step(Moments().look())
    return replace(known, clips=left is not None and bound > 0 and abs(left / bound - 1) < slack)


def _unknown(why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.PRECONDITION,
        "NORMALIZATION_UNKNOWN",
        why,
        "use a server that sums over tokens, or SkyRL 0.4.0 with its jax backend",
    )
