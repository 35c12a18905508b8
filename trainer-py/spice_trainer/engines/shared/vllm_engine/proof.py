"""Which weights the engine must have, and the proof that it has them: its scores of the weight probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MOVED = 1e-3
"""The learner counts as changed when its scores of the weight probe change by more than this, as a mean a token."""


@dataclass(frozen=True)
class ExpectedWeights:
    """The weights that the engine must have, also after a restart."""

    version: int
    file: Callable[[], str] | None
    """Gives the path of the weights. It may write the file first, and raise `BackendError`. None: the weights of the
    model's folder."""
    scores: list[float]
    """The learner's scores of the weight probe under these weights."""


@dataclass(frozen=True)
class Answer:
    """What an engine process computed for the weight probe after it loaded some weights."""

    weights: ExpectedWeights
    scores: list[float]
    process: object
    """Identity of the process."""

    @property
    def gap(self) -> float:
        """Mean difference a token between the engine's and the learner's scores."""
        return distance(self.scores, self.weights.scores)


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Mean difference a token of two lists of scores, in natural logarithms."""
    return float(np.abs(np.array(one) - np.array(other)).mean())


def is_stale(answer: Answer, before: Answer | None) -> bool:
    """Whether the engine gives exactly the answer from before an update, although the learner changed."""
    if before is None or answer.scores != before.scores:
        return False
    return distance(answer.weights.scores, before.weights.scores) > MOVED
