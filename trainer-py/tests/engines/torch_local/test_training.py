"""Loss and gradient against the float64 oracle, and what must not change them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spice_trainer.api import (
    Backend,
    BackendError,
    CrossEntropyLoss,
    LossSpec,
    OptimSpec,
    PolicyGradientLoss,
    TrainBatch,
    TrainSequence,
)
from tests.engines.torch_local import oracle
from tests.engines.torch_local.driving import Progress, assert_close, gradient, make_batch, opened, run

DEFAULT = PolicyGradientLoss()


def weight_over(batch: TrainBatch, z: float) -> float:
    """The size of a loss whose token losses are about 1: terms of both signs may nearly cancel in
    the loss itself."""
    return sum(float(s.weights.sum()) for s in batch.sequences) / z


@pytest.fixture(scope="module")
def reference(tiny: Path) -> torch.nn.Module:
    return oracle.load(tiny)


LOSSES = st.one_of(
    st.just(CrossEntropyLoss()),
    st.builds(
        PolicyGradientLoss,
        surrogate=st.sampled_from(["ppo_clip", "cispo", "plain"]),
        ratio=st.sampled_from(["token", "sequence"]),
        ratio_baseline=st.sampled_from(["old", "current"]),
        clip_low=st.sampled_from([0.0, 0.1, 0.2]),
        clip_high=st.sampled_from([0.05, 0.2, 0.28]),
        dual_clip=st.sampled_from([None, 1.1, 3.0]),
        correction=st.sampled_from(
            ["none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask"]
        ),
        correction_low=st.sampled_from([0.0, 0.8]),
        correction_high=st.sampled_from([1.1, 2.0]),
        kl=st.sampled_from(["none", "k1", "k2", "k3"]),
        kl_coefficient=st.sampled_from([0.0, 0.1]),
        kl_clamp=st.sampled_from([None, 0.2]),
        entropy_coefficient=st.sampled_from([0.0, 0.05]),
    ),
    st.builds(
        PolicyGradientLoss, ratio_baseline=st.just("behaviour"), surrogate=st.sampled_from(["ppo_clip", "cispo"])
    ),
    st.builds(PolicyGradientLoss, surrogate=st.just("plain"), ratio=st.just("none"), entropy_coefficient=st.just(0.02)),
)


@given(loss=LOSSES, seed=st.integers(0, 1000), z=st.sampled_from([1.0, 37.5]))
@settings(max_examples=25, deadline=None)
def test_loss_and_gradient_equal_the_oracle(
    shared: Backend, reference: torch.nn.Module, loss: LossSpec, seed: int, z: float
) -> None:
    batch = make_batch(seed, reference, groups=2)
    result, found = run(shared, batch, loss, z)
    wanted_loss, wanted = oracle.loss_and_gradient(reference, batch, loss, z)
    assert result.loss == pytest.approx(wanted_loss, abs=1e-5 * max(abs(wanted_loss), weight_over(batch, z)))
    assert_close(found, wanted, 2e-5 if _near_a_bound(loss) else 1e-5)
    shared.discard_gradients()


def _near_a_bound(loss: LossSpec) -> bool:
    """Clamps have kinks; float32 log-probabilities may fall on the other side of one for a token
    close to it."""
    return isinstance(loss, PolicyGradientLoss) and (loss.surrogate != "plain" or loss.kl_clamp is not None)


def test_order_split_and_packing_change_nothing(tiny: Path, reference: torch.nn.Module) -> None:
    batch = make_batch(3, reference, groups=5)
    loss = PolicyGradientLoss(ratio_baseline="old", kl="k3", kl_coefficient=0.1, correction="token_truncate")
    wanted_loss, wanted = oracle.loss_and_gradient(reference, batch, loss, 50.0)
    order = np.random.default_rng(0).permutation(len(batch.sequences))
    shuffled = TrainBatch(batch.prompts, tuple(batch.sequences[i] for i in order))
    counts = set()
    for budget, chunk in ((16, 3), (64, 256), (1024, 7)):
        backend = opened(tiny, engine={"train_tokens": budget, "head_tokens": chunk})
        try:
            result, found = run(backend, shuffled, loss, 50.0)
            counts.add(result.microbatches)
            assert result.loss == pytest.approx(wanted_loss, abs=1e-5 * weight_over(batch, 50.0))
            assert_close(found, wanted)
        finally:
            backend.close()
    assert len(counts) == 3, "the budgets did not change the split, so the test proved nothing"


def test_split_calls_add_up_and_z_scales(shared: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(5, reference)
    loss = PolicyGradientLoss(ratio_baseline="old")
    whole, wanted = run(shared, batch, loss, 10.0)
    shared.discard_gradients()
    parts = [
        shared.forward_backward(TrainBatch(batch.prompts, half), loss, 20.0, False, Progress())
        for half in (batch.sequences[::2], batch.sequences[1::2])
    ]
    found = {name: 2 * value for name, value in gradient(shared).items()}
    assert_close(found, wanted, 1e-6)
    assert 2 * sum(part.loss for part in parts) == pytest.approx(whole.loss, rel=1e-5)
    shared.discard_gradients()


def test_masked_tokens_may_hold_anything(shared: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(8, reference)
    loss = PolicyGradientLoss(ratio_baseline="old", kl="k3", kl_coefficient=0.1, correction="sequence_truncate")
    clean, wanted = run(shared, batch, loss, 10.0)

    def spoiled(s: TrainSequence) -> TrainSequence:
        names = ("advantages", "behaviour_logprobs", "old_logprobs", "reference_logprobs")
        return dataclasses.replace(s, **{n: np.where(s.weights > 0, getattr(s, n), np.nan).astype("f4") for n in names})

    dirty, found = run(shared, TrainBatch(batch.prompts, tuple(map(spoiled, batch.sequences))), loss, 10.0)
    assert dirty.loss == clean.loss
    assert not dirty.non_finite
    assert_close(found, wanted, 0.0)
    shared.discard_gradients()


def test_result_describes_the_batch(shared: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(11, reference)
    result, _ = run(shared, batch, PolicyGradientLoss(ratio_baseline="old", clip_high=0.1), 10.0)
    assert result.current_logprobs is not None
    for sequence, values in zip(batch.sequences, result.current_logprobs, strict=True):
        prompt = batch.prompts[sequence.prompt_ref]
        wanted = oracle.logprobs(reference, prompt, sequence.completion_ids, sequence.temperature)
        np.testing.assert_allclose(values, wanted.detach().numpy(), atol=1e-5)
    whole = result.stats[""]
    assert whole.tokens == sum(int((s.weights > 0).sum()) for s in batch.sequences)
    assert whole.loss == pytest.approx(result.loss)
    assert result.stats["challenger"].loss + result.stats["reasoner"].loss == pytest.approx(result.loss)
    assert 0 < whole.clip_high_fraction < 1
    assert whole.ratio_max > 1
    assert 0 < whole.effective_sample_size <= 1
    shared.discard_gradients()


def test_zero_advantage_moves_nothing(fresh: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(2, reference)
    flat = tuple(dataclasses.replace(s, advantages=np.zeros_like(s.advantages)) for s in batch.sequences)
    before = {n: p.detach().clone() for n, p in fresh.session.learner.parameters.masters.items()}
    fresh.forward_backward(TrainBatch(batch.prompts, flat), PolicyGradientLoss(), 1.0, False, Progress())
    assert fresh.optim_step(OptimSpec(1e-2)).grad_norm == 0.0
    assert all(torch.equal(before[n], p) for n, p in fresh.session.learner.parameters.masters.items())


def test_adamw_equals_the_written_formula(fresh: Backend, reference: torch.nn.Module) -> None:
    spec = OptimSpec(3e-3, beta1=0.8, beta2=0.9, epsilon=1e-6, weight_decay=0.1, max_grad_norm=0.05)
    masters = fresh.session.learner.parameters.masters
    name = next(n for n in masters if n.endswith("q_proj.weight"))
    w = masters[name].detach().double().clone()
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for step in (1, 2, 3):
        fresh.forward_backward(make_batch(step, reference), CrossEntropyLoss(), 10.0, False, Progress())
        g = gradient(fresh)
        norm = sum(float((x**2).sum()) for x in g.values()) ** 0.5
        result = fresh.optim_step(spec)
        assert result.step == step
        assert result.grad_norm == pytest.approx(norm, rel=1e-5)
        assert norm > 0.05
        clipped = g[name] * 0.05 / norm
        m, v = 0.8 * m + 0.2 * clipped, 0.9 * v + 0.1 * clipped**2
        w -= 3e-3 * ((m / (1 - 0.8**step)) / ((v / (1 - 0.9**step)).sqrt() + 1e-6) + 0.1 * w)
        torch.testing.assert_close(masters[name].detach().double(), w, rtol=1e-4, atol=1e-6)


def test_not_finite_is_a_flag_and_cancel_discards(fresh: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(4, reference)
    huge = tuple(dataclasses.replace(s, advantages=np.full_like(s.advantages, 3e38)) for s in batch.sequences)
    result = fresh.forward_backward(TrainBatch(batch.prompts, huge), PolicyGradientLoss(), 1e-300, False, Progress())
    assert result.non_finite
    with pytest.raises(BackendError, match="no gradient"):
        fresh.optim_step(OptimSpec(1e-3))
    with pytest.raises(BackendError, match="cancelled"):
        fresh.forward_backward(batch, PolicyGradientLoss(), 1.0, False, Progress(stop_after=0))
    with pytest.raises(BackendError, match="no gradient"):
        fresh.optim_step(OptimSpec(1e-3))
    assert fresh.step == 0


def test_wrong_input_is_refused(shared: Backend, reference: torch.nn.Module) -> None:
    batch = make_batch(6, reference)
    first = batch.sequences[0]

    def refused(reason: str, change: dict, loss: LossSpec = DEFAULT, z: float = 1.0) -> None:
        bad = TrainBatch(batch.prompts, (dataclasses.replace(first, **change),))
        with pytest.raises(BackendError) as caught:
            shared.forward_backward(bad, loss, z, False, Progress())
        assert caught.value.reason == reason

    refused("NORMALIZER_INVALID", {}, z=0.0)
    refused("COLUMN_ABSENT", {"old_logprobs": None}, PolicyGradientLoss(ratio_baseline="old"))
    refused("TOKEN_OUT_OF_VOCABULARY", {"completion_ids": np.full_like(first.completion_ids, 9999)})
    refused("WEIGHTS_INVALID", {"weights": np.full_like(first.weights, np.nan)})
    refused("TEMPERATURE_INVALID", {"temperature": 0.0})
    refused("LOSS_INVALID", {}, PolicyGradientLoss(ratio="none"))
    refused("CONTEXT_OVERFLOW", {"completion_ids": np.full(600, 5, np.int32), "weights": np.ones(600, np.float32)})


def test_infinite_losses_of_both_signs_are_a_flag(fresh: Backend) -> None:
    """Ratios of exp(10000) at advantages 1 and -1: the batch's loss is infinity minus infinity, not
    an error."""
    ids = np.array([5, 6], np.int32)
    ones = np.ones(2, np.float32)
    sequence = TrainSequence(0, ids, ones, np.array([1, -1], np.float32), None, ones * -1e4, None, 1.0, "", "", "")
    loss = PolicyGradientLoss(surrogate="plain", ratio_baseline="old")
    result = fresh.forward_backward(TrainBatch((ids,), (sequence,)), loss, 1.0, False, Progress())
    assert result.non_finite
    assert np.isnan(result.stats[""].loss)
