"""The weights that the engine must have, and the proof: its scores of the weight probe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MOVED = 1e-3
"""Mean change of the weight probe scores for each token, above which the learner counts as
changed."""


@dataclass(frozen=True)
class ExpectedWeights:
    """The weights that the engine must have, also after a restart."""

    version: int
    file: Callable[[], str] | None
    """Returns the path of the weights. It may first write the file, and raise `BackendError`. None:
    the weights of the folder of the model."""
    scores: list[float]
    """Scores of the weight probe by the learner under these weights."""


@dataclass(frozen=True)
class Answer:
    """Scores of the weight probe that an engine process computed after it loaded weights."""

    weights: ExpectedWeights
    scores: list[float]
    process: object
    """Identity of the process."""

    @property
    def gap(self) -> float:
        """Returns the mean difference for each token between the scores of the engine and of the
        learner."""
        return distance(self.scores, self.weights.scores)


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Returns the mean difference for each token of two lists of scores, in natural logarithms."""
    return float(np.abs(np.array(one) - np.array(other)).mean())


def is_stale(answer: Answer, before: Answer | None) -> bool:
    """Whether the engine returns exactly the answer from before an update, although the learner
    changed."""
    if before is None or answer.scores != before.scores:
        return False
    return distance(answer.weights.scores, before.weights.scores) > MOVED
