"""What a server divides a gradient by, found out instead of believed, and undone.

The contract wants (1/Z) * sum of coefficient * dc. Hosted Tinker and SkyRL's own trainers sum over tokens. SkyRL's jax
backend (0.4.0) divides each sequence by the sum of its weights, and the whole by the number of sequences since the last
update.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

import numpy as np

from spice_trainer.backend import F32, BackendError, BackendErrorCode
from spice_trainer.backends.tinker.adam import Moments
from spice_trainer.backends.tinker.service import F64, GradientRow, Row, TinkerModel

SLACK = 0.02
"""Relative difference between a measured ratio and a known one: float32 gives 1e-5."""


NO_BOUND = 1e30
"""A norm that no gradient reaches; JSON has no infinity."""


class Normalisation(Enum):
    """Known servers."""

    SUM = "sum"
    """Nothing is divided."""
    MEAN_OF_MEANS = "mean over sequences of the mean over tokens"

    def advantages(self, coefficients: F64, sequences: int) -> F32:
        """Advantages, weights being 1, whose gradient is the sum of `coefficients` * dc over one of `sequences` rows."""
        factor = 1.0 if self is Normalisation.SUM else float(sequences * len(coefficients))
        return (coefficients * factor).astype(np.float32)


def detect_clip(model: TinkerModel, row: Row) -> bool:
    """Whether the server can clip what is accumulated (`TinkerModel.clip`). `model` must be one that nobody trains."""
    ones = np.ones(len(row.completion), dtype=np.float32)
    model.forward_backward([GradientRow(row, model.forward([row])[0], ones)])
    bound = model.clip(NO_BOUND) / 2
    if math.isfinite(bound):
        model.clip(bound)
    left = model.optim_step(Moments().look())
    return bound > 0 and abs(left / bound - 1) < SLACK


def detect(model: TinkerModel, row: Row) -> Normalisation:
    """Three updates with rate 0 on `model`, which must be fresh: a sequence; twice the same; half of it.

    Raises FAILED_PRECONDITION (NORMALISATION_UNKNOWN) when the norms fit no known server or there are none.
    """
    logprobs = model.forward([row])[0]
    half = np.zeros(len(logprobs), dtype=np.float32)
    half[: len(half) // 2] = 1
    head = len(half) // 2
    part = Row(row.prompt, row.completion[:head])
    whole = GradientRow(row, logprobs, half)
    moments = Moments()

    def norm(rows: Sequence[GradientRow]) -> float:
        model.forward_backward(rows)
        return model.optim_step(moments.look())

    one = norm([GradientRow(part, logprobs[:head], half[:head])])
    twice, tail = norm([GradientRow(part, logprobs[:head], half[:head])] * 2) / one, norm([whole]) / one
    known = {
        Normalisation.SUM: (2.0, 1.0),
        Normalisation.MEAN_OF_MEANS: (1.0, head / len(half)),
    }
    for candidate, expected in known.items():
        if all(
            math.isfinite(got) and abs(got / want - 1) < SLACK
            for got, want in zip((twice, tail), expected, strict=True)
        ):
            return candidate
    raise BackendError(
        BackendErrorCode.PRECONDITION,
        "NORMALISATION_UNKNOWN",
        f"the server scales gradients in a way that is not known here: norm {one:.4g}, {twice:.4g} times that for the same"
        f" sequence twice, {tail:.4g} times with as many tokens of advantage 0 behind it",
        "use a server that sums over tokens, or SkyRL 0.4.0 with its jax backend",
    )
