"""What the engine is to serve, and the proof that it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MOVED = 1e-3
"""Mean change of the learner's canary from which an engine that answers exactly as before counts as not updated."""


@dataclass
class Served:
    """What the engine is to serve: also after a restart."""

    version: int
    file: Callable[[], str] | None
    """Path of its weights; may write them first, and raise `BackendError`. None: the weights of the model's folder."""
    expected: list[float]
    """What the learner computes for the canary under these weights."""
    told: list[float] | None = None
    """What the engine answered with them loaded; None until then."""


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Mean difference of two canaries, natural logarithms a token."""
    return float(np.abs(np.array(one) - np.array(other)).mean())


def is_stale(served: Served, before: Served | None) -> bool:
    """Whether the engine answers exactly as before an update although the learner moved."""
    return before is not None and served.told == before.told and distance(served.expected, before.expected) > MOVED
