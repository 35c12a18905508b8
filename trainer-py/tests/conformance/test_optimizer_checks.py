"""The optimiser's checks on models that bend within a step, as random ones of a large vocabulary
do."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from spice_conformance.batch import Batch, Row
from spice_conformance.checks import optimizer
from spice_conformance.subject import Subject
from spice_conformance.verdict import Decision, Verdict

BATCH = Batch(((1, 2),), (Row(0, tuple(range(20))),))


class Bending:
    """One parameter x; the batch's log-likelihood is -height * exp(-x / height), so its gradient
    falls as x rises."""

    tolerance = 2e-4

    def __init__(self, height: float, obeys: bool = True) -> None:
        self.height = height
        self.obeys = obeys
        self.x = 0.0

    def supervised(self) -> Batch:
        return BATCH

    def logprobs(self, batch: Batch) -> list[Any]:
        return [np.array([-self.height * math.exp(-self.x / self.height)])]

    def train(
        self, batch: Batch, *, rate: float, epsilon: float = 1.0, max_grad_norm: float | None = None, **_: Any
    ) -> Any:
        gradient = math.exp(-self.x / self.height)
        told = SimpleNamespace(optim_step=SimpleNamespace(grad_norm=gradient))
        if max_grad_norm is not None and self.obeys:
            gradient = min(gradient, max_grad_norm)
        self.x += (rate if self.obeys or rate == 0 else 1e-2 * epsilon) * gradient / epsilon
        return told


class AtItsBest(Bending):
    """One parameter x; the batch's log-likelihood is -x * x, and x is nearly 0: every step that can
    be told from rounding goes too far."""

    rate = 1.0

    def __init__(self) -> None:
        super().__init__(1.0)
        self.x = 1e-6

    def reinforce(self) -> None:
        return None

    def logprobs(self, batch: Batch) -> list[Any]:
        return [np.array([-self.x * self.x])]

    def train(self, batch: Batch, *, rate: float, **_: Any) -> Any:
        told = SimpleNamespace(optim_step=SimpleNamespace(grad_norm=abs(2 * self.x)))
        self.x -= rate * float(np.sign(self.x))
        return told


def test_the_moments_of_a_model_that_cannot_get_better_are_not_judged() -> None:
    with pytest.raises(Decision, match="no step is small enough") as decided:
        optimizer.beta2(cast(Subject, AtItsBest()))
    assert decided.value.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("height", [1000.0, 2.0, 0.6])
@pytest.mark.parametrize("check", [optimizer.learning_rate, optimizer.max_grad_norm])
def test_an_optimizer_that_obeys_passes_however_the_model_bends(check: Any, height: float) -> None:
    assert check(cast(Subject, Bending(height)))


@pytest.mark.parametrize("height", [1000.0, 2.0, 0.6])
@pytest.mark.parametrize("check", [optimizer.learning_rate, optimizer.max_grad_norm])
def test_one_that_does_not_fails(check: Any, height: float) -> None:
    with pytest.raises(Decision, match="instead of"):
        check(cast(Subject, Bending(height, obeys=False)))
