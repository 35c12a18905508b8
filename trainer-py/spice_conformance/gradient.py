"""Gradients through the contract: their norm, and whether two gradients are equal.

The contract does not return a gradient. It returns the norm of the accumulated gradient, and a
policy gradient changes its sign with the advantages. So two batches have the same gradient exactly
if the sum of the first and the second with opposite advantages is zero. Every step here has
learning rate 0, so weights do not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spice_conformance.batch import Batch
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect
from spice_trainer.server.wire import pb


@dataclass(frozen=True)
class Part:
    """A batch with its loss and Z."""

    batch: Batch
    loss: pb.LossSpec
    normalizer: float = 1.0

    def opposed(self) -> Part:
        """Returns the part with the negative gradient. Its loss must be linear in the
        advantages."""
        return Part(self.batch.opposed(), self.loss, self.normalizer)


def norm(subject: Subject, parts: Sequence[Part]) -> float:
    """Returns the norm of the sum of the gradients of the parts."""
    if len(parts) == 1 and not subject.can("TrainingService/ForwardBackward"):
        part = parts[0]
        step = subject.train(part.batch, loss=part.loss, normalizer=part.normalizer, rate=0.0)
        return step.optim_step.grad_norm
    for part in parts:
        subject.accumulate(part.batch, loss=part.loss, normalizer=part.normalizer)
    return subject.update(0.0).grad_norm


def expect_equal(subject: Subject, what: str, one: Sequence[Part], two: Sequence[Part]) -> float:
    """Fails unless both sums of gradients are the same vector. Returns their relative distance."""
    size = norm(subject, one)
    expect(size > 0, f"{what}: the gradient is zero")
    rest = norm(subject, [*one, *(part.opposed() for part in two)])
    distance = rest / size
    expect(distance < subject.gradient_tolerance, f"{what}: the gradients differ by {distance:.2g} of their size")
    return distance
