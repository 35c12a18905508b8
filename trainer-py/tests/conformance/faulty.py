"""`python -m tests.conformance.faulty FAULT ...`: the fake trainer with a fault of somebody's first
trainer."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np

from mutants import MUTANTS
from spice_trainer.__main__ import main
from spice_trainer.engines.fake import table
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.engines.fake.trainer import FakeBackend


def steps_twice() -> None:
    """The optimizer step is applied twice."""
    true = Learner.optim_step

    def wrong(self: Learner, spec: Any) -> Any:
        gradient = self.gradient.copy()
        result = true(self, spec)
        step = self.step
        self.gradient = gradient
        true(self, replace(spec, reset_moments=False))
        self.step = step
        return result

    Learner.optim_step = wrong  # pyright: ignore[reportAttributeAccessIssue]


def rolls_advantages() -> None:
    """Each token uses the advantage of the token before."""
    true = Learner.forward_backward

    def wrong(self: Learner, batch: Any, *rest: Any) -> Any:
        rows = [replace(one, advantages=np.roll(one.advantages, 1)) for one in batch.sequences]
        return true(self, replace(batch, sequences=tuple(rows)), *rest)

    Learner.forward_backward = wrong  # pyright: ignore[reportAttributeAccessIssue]


def scores_late() -> None:
    """Each score is that of the token before."""
    true = FakeBackend.score

    def wrong(*rest: Any) -> Any:
        return [np.roll(row, 1) for row in true(*rest)]

    FakeBackend.score = wrong  # pyright: ignore[reportAttributeAccessIssue]


def scores_without_temperature() -> None:
    """Scoring forgets the temperature."""
    true = table.logprobs

    def wrong(weights: Any, prompt: Any, ids: Any, temperature: float) -> Any:
        return true(weights, prompt, ids, 1.0)

    table.logprobs = wrong


OWN = {one.__name__: one for one in (steps_twice, rolls_advantages, scores_late, scores_without_temperature)}

if __name__ == "__main__":
    fault, *rest = sys.argv[1:]
    (OWN.get(fault) or MUTANTS[fault].apply)()
    sys.exit(main(["serve", "--backend", "fake", *rest]))
