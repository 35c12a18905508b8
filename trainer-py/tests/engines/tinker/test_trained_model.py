"""Losses and updates through a server of sums and of means, against float64."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spice_trainer.api import (
    BackendError,
    BackendErrorCode,
    CrossEntropyLoss,
    LossSpec,
    OptimSpec,
    PolicyGradientLoss,
    TrainBatch,
    TrainSequence,
)
from spice_trainer.engines.tinker.normalisation import Normalisation
from spice_trainer.engines.tinker.service import F64
from spice_trainer.engines.tinker.trained_model import TrainedModel
from tests.engines.tinker.fake_service import VOCABULARY, FakeModel, FakeService
from tests.engines.tinker.progress import Silent

Z = 7.0
PLAIN = {"beta1": 0.0, "beta2": 0.0, "epsilon": 1e6, "max_grad_norm": None}
"""An update that is the gradient times rate / epsilon."""


def learner(mean: bool = True, clips: bool = False) -> tuple[TrainedModel, FakeModel]:
    model = FakeService(mean=mean, clips=clips).create_model(4, 1)
    model.state.weights = np.random.default_rng(3).normal(size=(VOCABULARY, VOCABULARY))
    return TrainedModel(model, Normalisation.MEAN_OF_MEANS if mean else Normalisation.SUM, 4, clips=clips), model


def batch(lengths: tuple[int, ...] = (4, 1, 9), temperature: float = 1.0) -> TrainBatch:
    source = np.random.default_rng(5)
    prompts = (np.array([1, 2, 3], dtype=np.int32), np.array([4], dtype=np.int32))

    def column(length: int) -> np.ndarray:
        return source.normal(size=length).astype(np.float32)

    return TrainBatch(
        prompts,
        tuple(
            TrainSequence(
                prompt_ref=at % 2,
                completion_ids=source.integers(0, VOCABULARY, length).astype(np.int32),
                weights=np.where(np.arange(length) % 4 == 3, 0, 0.5 + at).astype(np.float32),
                advantages=column(length),
                behaviour_logprobs=column(length) - 2,
                old_logprobs=column(length) - 2,
                reference_logprobs=column(length) - 2,
                temperature=temperature,
                role="reasoner",
                group_id=str(at),
                sample_id=str(at),
            )
            for at, length in enumerate(lengths)
        ),
    )


def numeric_gradient(model: FakeModel, spec: LossSpec, data: TrainBatch) -> F64:
    """Of the loss that `Learner.accumulate` returns with sg() held fixed: baseline and correction must not use the current
    log-probabilities."""
    gradient = np.zeros((VOCABULARY, VOCABULARY))
    probe, other = learner()
    for at in np.ndindex(gradient.shape):
        values = []
        for nudge in (1e-3, -1e-3):
            other.state.weights = model.state.weights.copy()
            other.state.weights[at] += nudge
            values.append(probe.accumulate(data, spec, Z, False, Silent()).loss)
        gradient[at] = (values[0] - values[1]) / 2e-3
    return gradient


@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize(
    "spec",
    [
        CrossEntropyLoss(),
        PolicyGradientLoss(surrogate="plain", ratio="none"),
        PolicyGradientLoss(surrogate="plain", ratio="token", ratio_baseline="old", correction="token_truncate"),
        PolicyGradientLoss(ratio_baseline="old", clip_low=0.3, clip_high=0.5, dual_clip=1.5),
        PolicyGradientLoss(surrogate="plain", ratio="sequence", ratio_baseline="behaviour"),
        PolicyGradientLoss(surrogate="plain", ratio="none", kl="k3", kl_coefficient=0.4),
    ],
    ids=["cross_entropy", "reinforce", "old+truncate", "ppo", "sequence", "kl"],
)
def test_the_update_follows_the_gradient_of_the_loss_it_told(spec: LossSpec, mean: bool) -> None:
    train, model = learner(mean)
    data, before = batch(), model.state.weights.copy()
    wanted = numeric_gradient(model, spec, data)
    train.accumulate(data, spec, Z, False, Silent())
    result = train.update(OptimSpec(learning_rate=1.0, **PLAIN))
    moved = (before - model.state.weights) * PLAIN["epsilon"]
    np.testing.assert_allclose(moved, wanted, atol=2e-3 * np.abs(wanted).max())
    assert result.grad_norm == pytest.approx(math.sqrt((wanted**2).sum()), rel=2e-3)


def test_the_orchestrators_default_loss_weighs_advantages_by_truncated_importance() -> None:
    train, model = learner()
    data, before = batch(), model.state.weights.copy()
    spec = PolicyGradientLoss(correction="token_truncate", correction_high=2.0)
    result = train.accumulate(data, spec, Z, True, Silent())
    total = 0.0
    wanted = np.zeros_like(before)
    for one, c in zip(data.sequences, result.current_logprobs or (), strict=True):
        assert one.behaviour_logprobs is not None
        factor = np.clip(np.exp(c.astype(np.float64) - one.behaviour_logprobs), 0, 2)
        slope = one.weights * factor * one.advantages / Z
        total -= slope.sum()
        ids = [int(data.prompts[one.prompt_ref][-1]), *one.completion_ids.tolist()]
        for s, context, token in zip(slope, ids[:-1], ids[1:], strict=True):
            chances = np.exp(before[context]) / np.exp(before[context]).sum()
            wanted[context] += s * chances
            wanted[context, token] -= s
    assert result.loss == pytest.approx(total, rel=1e-5)
    train.update(OptimSpec(learning_rate=1.0, **PLAIN))
    np.testing.assert_allclose((before - model.state.weights) * PLAIN["epsilon"], wanted, atol=1e-5)


def test_several_batches_make_one_update_and_the_order_does_not_matter() -> None:
    one, model = learner()
    two, other = learner()
    data = batch()
    one.accumulate(data, CrossEntropyLoss(), Z, False, Silent())
    for at in (2, 0, 1):
        two.accumulate(TrainBatch(data.prompts, data.sequences[at : at + 1]), CrossEntropyLoss(), Z, False, Silent())
    for each in (one, two):
        each.update(OptimSpec(1e-2, max_grad_norm=None))
    np.testing.assert_allclose(model.state.weights, other.state.weights, atol=1e-6)


def test_a_discarded_gradient_never_reached_the_server() -> None:
    train, model = learner()
    train.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
    train.discard()
    assert model.passes == 0
    assert train.update(OptimSpec(1e-2)).grad_norm == 0


@pytest.mark.parametrize(("clips", "passes"), [(False, 2), (True, 1)])
def test_max_grad_norm_scales_the_gradient_and_tells_the_norm_before(clips: bool, passes: int) -> None:
    free, _ = learner()
    clipped, model = learner(clips=clips)
    before = model.state.weights.copy()
    for each in (free, clipped):
        each.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
    norm = free.update(OptimSpec(0.0, max_grad_norm=None)).grad_norm
    told = clipped.update(OptimSpec(learning_rate=1.0, **{**PLAIN, "max_grad_norm": norm / 4}))
    assert told.grad_norm == pytest.approx(norm, rel=1e-5)
    moved = math.sqrt((((before - model.state.weights) * PLAIN["epsilon"]) ** 2).sum())
    assert moved == pytest.approx(norm / 4, rel=1e-5)
    assert model.passes == passes


def test_a_norm_within_the_bound_changes_nothing() -> None:
    free, one = learner()
    clipped, other = learner(clips=True)
    for each, bound in ((free, None), (clipped, 1e6)):
        each.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
        each.update(OptimSpec(1e-2, max_grad_norm=bound))
    np.testing.assert_array_equal(one.state.weights, other.state.weights)


def test_a_gradient_that_is_not_finite_is_skipped_where_it_can_be_dropped() -> None:
    train, model = learner(clips=True)
    train.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
    model.service.norm_scale = float("nan")
    before = model.state.weights.copy()
    assert train.update(OptimSpec(1e-2, max_grad_norm=1.0)).skipped
    np.testing.assert_array_equal(model.state.weights, before)
    assert (train.step, model.adams) == (0, [])
    model.service.norm_scale = 1.0
    assert train.update(OptimSpec(1e-2, max_grad_norm=1.0)).grad_norm == 0


def test_a_gradient_that_is_not_finite_is_told_where_it_went_into_the_moments() -> None:
    train, model = learner()
    train.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
    model.service.norm_scale = float("nan")
    with pytest.raises(BackendError) as lost:
        train.update(OptimSpec(1e-2, max_grad_norm=1.0))
    assert (lost.value.code, lost.value.reason) == (BackendErrorCode.DATA_LOSS, "MOMENTS_NOT_FINITE")


def test_an_accumulator_that_a_failure_left_full_is_emptied_first() -> None:
    train, model = learner()
    clean, other = learner()
    real = model.optim_step
    train.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())

    def fails(adam: object, max_norm: float | None) -> float:
        raise BackendError(BackendErrorCode.UNAVAILABLE, "SERVER_FAILED", "not now")

    model.optim_step = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(BackendError):
        train.update(OptimSpec(1e-2, max_grad_norm=None))
    assert model.sequences > 0
    model.optim_step = real  # type: ignore[method-assign]
    train.discard()
    assert model.sequences == 0
    for each in (train, clean):
        each.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent())
        each.update(OptimSpec(1e-2, max_grad_norm=None, reset_moments=True))
    np.testing.assert_allclose(model.state.weights, other.state.weights, atol=1e-6)


def test_a_loss_that_is_not_finite_is_told_and_its_gradient_not_kept() -> None:
    train, model = learner()
    data = batch()
    wild = [
        TrainSequence(**{**one.__dict__, "old_logprobs": np.full(len(one.completion_ids), -1e4, dtype=np.float32)})
        for one in data.sequences
    ]
    spec = PolicyGradientLoss(surrogate="plain", ratio_baseline="old")
    assert train.accumulate(TrainBatch(data.prompts, tuple(wild)), spec, Z, False, Silent()).non_finite
    train.update(OptimSpec(1e-2))
    assert model.passes == 0


def test_what_a_server_cannot_do_is_refused() -> None:
    train, _ = learner()
    for data, spec in (
        (batch(), PolicyGradientLoss(entropy_coefficient=0.1)),
        (batch(temperature=0.7), CrossEntropyLoss()),
    ):
        with pytest.raises(BackendError) as refused:
            train.accumulate(data, spec, Z, False, Silent())
        assert refused.value.code is BackendErrorCode.UNIMPLEMENTED


def test_it_stops_between_requests() -> None:
    train, _ = learner()
    with pytest.raises(BackendError) as stopped:
        train.accumulate(batch(), CrossEntropyLoss(), Z, False, Silent(stop=True))
    assert stopped.value.code is BackendErrorCode.CANCELLED
