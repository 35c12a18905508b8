"""AdamW, every setting explicit at each call (training.proto, OptimSpec)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

import numpy as np

from spice_conformance.batch import Batch
from spice_conformance.check import check
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect, inconclusive

if TYPE_CHECKING:
    from spice_conformance.subject import TrainFields


class Adam(TypedDict):
    """The settings of AdamW that say how far a step of a given rate goes."""

    beta1: float
    beta2: float
    epsilon: float


def _moved(subject: Subject, batch: Batch, **fields: Unpack[TrainFields]) -> float:
    """How much a step raised the batch's log-likelihood."""
    before = sum(float(row.sum()) for row in subject.logprobs(batch))
    subject.train(batch, **fields)
    return sum(float(row.sum()) for row in subject.logprobs(batch)) - before


def _plain(subject: Subject, batch: Batch) -> tuple[float, float, float]:
    """Norm, epsilon and rate of a plain step (AdamW with an epsilon far above the gradient) that
    moves scores visibly.

    Two such steps in a row move equally far, within a tenth: otherwise the model bends within the
    step, and the step is made smaller, down to what can be told from rounding."""
    before = subject.train(batch, rate=0.0).optim_step.grad_norm
    epsilon = 1e4 * before
    rate = 0.02 * batch.tokens / before**2 * epsilon
    plain: Adam = {"beta1": 0.0, "beta2": 0.0, "epsilon": epsilon}
    for _ in range(3):
        first, second = _moved(subject, batch, rate=rate, **plain), _moved(subject, batch, rate=rate, **plain)
        if abs(second - first) <= 0.1 * abs(first) or abs(first) < 100 * subject.tolerance:
            break
        rate /= 4
    size = subject.train(batch, rate=0.0).optim_step.grad_norm
    return size, epsilon, rate


def _near(what: str, ratio: float, wanted: float, slack: float = 0.2) -> None:
    expect(abs(ratio / wanted - 1) < slack, f"{what}: {ratio:.3f} instead of {wanted:.3f}")


def _silent(batch: Batch) -> Batch:
    """A batch whose gradient is zero: only what the optimiser remembers moves weights."""
    return batch.changed(lambda row: replace(row, advantages=(0.0,) * len(row.ids)))


@check("optimizer.learning_rate")
def learning_rate(subject: Subject) -> str:
    """training.proto, OptimSpec.learning_rate: honoured at each call: twice the rate moves twice as
    far."""
    batch = subject.supervised()
    _, epsilon, rate = _plain(subject, batch)
    plain: Adam = {"beta1": 0.0, "beta2": 0.0, "epsilon": epsilon}
    one = _moved(subject, batch, rate=rate, **plain)
    two = _moved(subject, batch, rate=2 * rate, **plain)
    _near("movement at twice the rate", two / one, 2.0, 0.25)
    return f"twice the rate moved {two / one:.2f} times as far"


@check("optimizer.max_grad_norm")
def max_grad_norm(subject: Subject) -> str:
    """training.proto, OptimSpec.max_grad_norm: the gradient is scaled down to this global norm;
    grad_norm is told before clipping."""
    batch = subject.supervised()
    size, epsilon, rate = _plain(subject, batch)
    plain: Adam = {"beta1": 0.0, "beta2": 0.0, "epsilon": epsilon}
    free = _moved(subject, batch, rate=rate, **plain)
    unreached = _moved(subject, batch, rate=rate, max_grad_norm=1e3 * size, **plain)
    clipped = _moved(subject, batch, rate=rate, max_grad_norm=size / 4, **plain)
    _near("movement with the norm clipped to a quarter", clipped / free, 0.25, 0.25)
    _near("movement with a bound that is not reached", unreached / free, 1.0)
    told = subject.train(batch, rate=0.0, max_grad_norm=size / 4).optim_step.grad_norm
    bare = subject.train(batch, rate=0.0).optim_step.grad_norm
    _near("grad_norm before clipping", told / bare, 1.0, 0.01)
    return f"clipped to a quarter, the step is {clipped / free:.2f} of the free one"


@check("optimizer.beta1")
def beta1(subject: Subject) -> str:
    """training.proto, OptimSpec.beta1: after one update, an update without gradient moves beta1 /
    (1 + beta1) as far."""
    batch, loss = subject.supervised(), subject.reinforce()
    _, epsilon, rate = _plain(subject, batch)
    for beta in (0.9, 0.5):
        plain: Adam = {"beta1": beta, "beta2": 0.0, "epsilon": epsilon}
        first = _moved(subject, batch, loss=loss, rate=rate, **plain)
        before = sum(float(row.sum()) for row in subject.logprobs(batch))
        subject.train(_silent(batch), loss=loss, rate=rate, reset_moments=False, **plain)
        second = sum(float(row.sum()) for row in subject.logprobs(batch)) - before
        _near(f"second movement at beta1 = {beta}", second / first, beta / (1 + beta))
    return "the first moment decays as asked, at 0.9 and 0.5"


@check("optimizer.beta2")
def beta2(subject: Subject) -> str:
    """training.proto, OptimSpec.beta2: with a small epsilon, the second update without gradient
    moves by m_hat over the root of v_hat."""
    batch, loss = subject.supervised(), subject.reinforce()
    size = subject.train(batch, rate=0.0).optim_step.grad_norm
    # epsilon well below the gradient of what matters and above that of what does not: parts without
    # gradient stay.
    epsilon = 1e-6 * size
    rate = _small_rate(subject, batch, size, epsilon)
    ratios: list[float] = []
    for beta in (0.5, 0.99):
        adam: Adam = {"beta1": 0.5, "beta2": beta, "epsilon": epsilon}
        first = _moved(subject, batch, loss=loss, rate=rate, **adam)
        before = sum(float(row.sum()) for row in subject.logprobs(batch))
        subject.train(_silent(batch), loss=loss, rate=rate, reset_moments=False, **adam)
        second = sum(float(row.sum()) for row in subject.logprobs(batch)) - before
        wanted = (0.5 / 1.5) / float(np.sqrt(beta / (1 + beta)))
        _near(f"second movement at beta2 = {beta}", second / first, wanted, 0.15)
        ratios.append(second / first)
    return f"second moments as asked: {ratios[0]:.3f} at 0.5, {ratios[1]:.3f} at 0.99"


def _small_rate(subject: Subject, batch: Batch, size: float, epsilon: float) -> float:
    """A rate at which an AdamW step moves the likelihood by about 1 %, and two such steps in a row
    move equally far, within a tenth.

    Near the best weights for the batch (a model without context gets there) the likelihood bends
    within a step, and movements say nothing about moments: the step is made smaller. Raises
    inconclusive where rounding hides a step that is small enough."""
    adam: Adam = {"beta1": 0.5, "beta2": 0.5, "epsilon": epsilon}
    wanted = 0.04 * batch.tokens
    # A step of this kind moves the likelihood by the rate times the sum of the gradient's absolute
    # values, which is at least `size`, its norm.
    rate = min(subject.rate / 8, wanted / 4 / size)
    moved = _moved(subject, batch, rate=rate, **adam)
    if moved > 0:
        rate *= wanted / moved
    for _ in range(5):
        first, second = _moved(subject, batch, rate=rate, **adam), _moved(subject, batch, rate=rate, **adam)
        if abs(first) < 100 * subject.tolerance:
            break
        if abs(second - first) <= 0.1 * abs(first):
            return rate
        rate /= 4
    raise inconclusive("no step is small enough for the model's curvature and large enough to be told from rounding")


@check("optimizer.weight_decay")
def weight_decay(subject: Subject) -> str:
    """training.proto, OptimSpec.weight_decay: without a gradient, decay alone moves weights, and 0
    leaves them."""
    batch, loss = _silent(subject.supervised()), subject.reinforce()
    before = subject.publish().digest
    subject.train(batch, loss=loss, rate=subject.rate, weight_decay=0.0)
    expect(subject.publish().digest == before, "weights moved without gradient and without decay")
    subject.train(batch, loss=loss, rate=subject.rate, weight_decay=0.1)
    expect(subject.publish().digest != before, "weight decay moved nothing")
    return "0 leaves the weights, 0.1 moves them"


@check("optimizer.reset_moments")
def reset_moments(subject: Subject) -> str:
    """training.proto, OptimSpec.reset_moments: both moments are forgotten before the update."""
    batch, loss = subject.supervised(), subject.reinforce()
    subject.train(batch, loss=loss, rate=subject.rate)
    before = subject.publish().digest
    subject.train(_silent(batch), loss=loss, rate=subject.rate, reset_moments=True)
    expect(subject.publish().digest == before, "an update without gradient and memory moved weights")
    subject.train(batch, loss=loss, rate=subject.rate)
    middle = subject.publish().digest
    subject.train(_silent(batch), loss=loss, rate=subject.rate, reset_moments=False)
    expect(subject.publish().digest != middle, "the moments were forgotten without being asked")
    return "forgotten when asked, remembered otherwise"


@check("optimizer.step")
def step(subject: Subject) -> str:
    """results.proto, OptimStepResult.step: steps taken, one more each time, as Describe and
    Heartbeat tell."""
    start = subject.step
    for count in range(1, 4):
        subject.train(subject.supervised(), rate=0.0)
        expect(subject.step == start + count, f"step {subject.step} after {count} updates from {start}")
        expect(subject.describe().step == subject.step, "Describe tells another step")
    return f"counted from {start} to {subject.step}"


@check("nulls.zero_advantage")
def zero_advantage(subject: Subject) -> str:
    """losses.proto: advantages 0 and no KL: loss 0, gradient 0, and with weight decay 0 unchanged
    weights."""
    before = subject.publish().digest
    result = subject.train(_silent(subject.batch()), loss=subject.reinforce())
    expect(result.forward_backward.loss == 0, f"loss {result.forward_backward.loss}")
    expect(result.optim_step.grad_norm < 1e-9, f"gradient norm {result.optim_step.grad_norm}")
    expect(subject.publish().digest == before, "weights moved without an advantage")
    return "no loss, no gradient, same digest"


@check("nulls.zero_rate")
def zero_rate(subject: Subject) -> str:
    """training.proto: learning rate 0: 50 steps move neither weights nor scores."""
    batch = subject.batch()
    before, scores = subject.publish().digest, subject.logprobs(batch)
    for count in range(50):
        subject.train(batch, loss=subject.reinforce(), rate=0.0, reset_moments=count == 0, weight_decay=0.1)
    expect(subject.publish().digest == before, "weights moved at learning rate 0")
    drift = max(float(np.abs(a - b).max()) for a, b in zip(subject.logprobs(batch), scores, strict=True))
    expect(drift < 1e-6, f"scores drifted by {drift:.2g}")
    return "50 steps, same digest, same scores"
