"""Gradients, updates and norms through the real SDK, over HTTP, to the stand-in of the hosted
service."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spice_trainer.api import BackendError, OptimSpec
from spice_trainer.engines.tinker.hosted_sdk import UNREACHED
from tests.engines.tinker_hosted.scenario import IDS, PROMPT, Opened, accumulate, score
from tests.engines.tinker_hosted.service import VOCABULARY, HostedStandIn

PLAIN = {"beta1": 0.0, "beta2": 0.0, "epsilon": 1e6}
"""An update that is the gradient times rate / epsilon."""
LEARNER = 1
"""The second model that a session creates."""


def wanted_gradient(ids: np.ndarray = IDS, advantage: float = 1.5) -> np.ndarray:
    """Of `accumulate`'s loss at the base model, whose chances are all the same, in float64."""
    gradient = np.zeros((VOCABULARY, VOCABULARY))
    factor = min(2.0, math.exp(-math.log(VOCABULARY) + 5.5))
    for context, token in zip([int(PROMPT[-1]), *ids[:-1].tolist()], ids.tolist(), strict=True):
        slope = -factor * advantage / len(ids)
        gradient[context] -= slope / VOCABULARY
        gradient[context, token] += slope
    return gradient


def moved(stand_in: HostedStandIn, before: np.ndarray) -> np.ndarray:
    return (before - stand_in.service.models[LEARNER].state.weights) * PLAIN["epsilon"]


def test_the_update_is_the_gradient_of_the_contracts_loss(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    assert "(measured)" in backend.capabilities().quirks[-1]
    before = stand_in.service.models[LEARNER].state.weights.copy()
    accumulate(backend)
    told = backend.optim_step(OptimSpec(1.0, max_grad_norm=None, **PLAIN))
    np.testing.assert_allclose(moved(stand_in, before), wanted_gradient(), atol=1e-6)
    assert told.grad_norm == pytest.approx(np.sqrt((wanted_gradient() ** 2).sum()), rel=1e-5)


def test_a_server_that_divides_is_refused_for_its_norms_say_so(opened: Opened) -> None:
    """Even though the documentation says that it sums."""
    with pytest.raises(BackendError) as refused:
        opened(HostedStandIn(key=None, mean=True))
    assert refused.value.reason == "NORMALIZATION_UNKNOWN"


def test_a_server_that_tells_no_norm_is_taken_at_its_documentation_and_the_norm_is_unknown(opened: Opened) -> None:
    stand_in = HostedStandIn(key=None, tells_norm=False)
    backend = opened(stand_in)
    assert backend.capabilities().quirks[-1].endswith("sum over tokens (as documented, for the server tells no norm)")
    before = stand_in.service.models[LEARNER].state.weights.copy()
    accumulate(backend)
    told = backend.optim_step(OptimSpec(1.0, max_grad_norm=None, **PLAIN))
    assert math.isnan(told.grad_norm)
    assert not told.skipped
    np.testing.assert_allclose(moved(stand_in, before), wanted_gradient(), atol=1e-6)


@pytest.mark.parametrize("tells", [True, False])
def test_the_norms_bound_is_the_services_and_costs_no_second_pass(opened: Opened, tells: bool) -> None:
    stand_in = HostedStandIn(key=None, tells_norm=tells)
    backend = opened(stand_in)
    passes = stand_in.service.models[LEARNER].passes
    before = stand_in.service.models[LEARNER].state.weights.copy()
    norm = float(np.sqrt((wanted_gradient() ** 2).sum()))
    accumulate(backend)
    told = backend.optim_step(OptimSpec(1.0, max_grad_norm=norm / 4, **PLAIN))
    assert stand_in.service.models[LEARNER].passes == passes + 1
    assert np.sqrt((moved(stand_in, before) ** 2).sum()) == pytest.approx(norm / 4, rel=1e-5)
    assert told.grad_norm == pytest.approx(norm, rel=1e-5) if tells else math.isnan(told.grad_norm)
    bounds = [body["adam_params"]["grad_clip_norm"] for body in stand_in.bodies("optim_step")]
    assert bounds[-1] == pytest.approx(norm / 4)
    assert bounds[0] == UNREACHED


def test_requests_hold_what_their_loss_takes_and_nothing_else(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2))
    forward, backward = stand_in.bodies("forward_backward")[-2:]
    assert (forward["forward_only"], backward["forward_only"]) == (True, False)
    for body in (forward, backward):
        assert body["loss_fn"] == "cross_entropy"
        (one,) = body["data"]  # no rows to fill up with: they would be paid for
        assert one["tokens"] == [*PROMPT.tolist(), *IDS[:-1].tolist()]
        assert sorted(one["inputs"]) == ["target_tokens", "weights"]
        assert one["inputs"]["weights"][: len(PROMPT) - 1] == [0.0] * (len(PROMPT) - 1)
    # The loss's slopes with their sign turned: what the SDK itself sends for a loss of the user's.
    factor = min(2.0, math.exp(-math.log(VOCABULARY) + 5.5))
    np.testing.assert_allclose(
        backward["data"][0]["inputs"]["weights"][len(PROMPT) - 1 :], 1.5 * factor / len(IDS), rtol=1e-5
    )


def test_adams_settings_are_the_contracts_as_they_stand_until_moments_are_forgotten(
    opened: Opened, stand_in: HostedStandIn
) -> None:
    backend = opened(stand_in)
    for reset in (False, False, True):
        accumulate(backend)
        backend.optim_step(OptimSpec(1e-2, 0.9, 0.95, 1e-8, 0.01, 1.0, reset))
    one, two, three = (body["adam_params"] for body in stand_in.bodies("optim_step")[-3:])
    plain = {"learning_rate": 1e-2, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.01}
    for each in (one, two):
        assert {name: each[name] for name in plain} == pytest.approx(plain)
    assert (three["beta1"], three["beta2"]) == (0.0, 0.0)


def test_forgetting_moments_is_the_same_as_having_had_none(opened: Opened) -> None:
    """A session that forgets after its first update, against one that never had it but starts at
    the same weights."""
    after: list[np.ndarray] = []
    for forgets in (True, False):
        stand_in = HostedStandIn(key=None)
        backend = opened(stand_in)
        model = stand_in.service.models[LEARNER]
        if forgets:
            accumulate(backend)
            backend.optim_step(OptimSpec(0.0))
        for step in range(3):
            accumulate(backend, IDS[::-1].copy(), 1.0 + step)
            backend.optim_step(OptimSpec(1e-2, reset_moments=forgets and step == 0))
        after.append(model.state.weights)
    assert np.abs(after[0]).max() > 1e-3
    np.testing.assert_allclose(after[0], after[1], atol=1e-9)


def test_an_update_without_gradients_is_given_one_of_zeros(opened: Opened, stand_in: HostedStandIn) -> None:
    """Whether the service takes one without is not documented; the stand-in does not."""
    backend = opened(stand_in)
    before = score(backend)
    accumulate(backend, advantage=0.0)
    assert backend.optim_step(OptimSpec(1e-2)).grad_norm == 0
    assert backend.step == 1
    assert score(backend) == before


def test_a_checkpoint_brings_back_weights_and_moments_in_a_model_of_its_own(
    opened: Opened, stand_in: HostedStandIn, tmp_path
) -> None:
    backend = opened(stand_in, checkpoint_ttl_hours=2)
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2))
    saved = score(backend)
    backend.save(tmp_path / "one", {})
    assert stand_in.bodies("save_weights")[-1]["ttl_seconds"] == 7200
    for _ in range(2):
        accumulate(backend)
        backend.optim_step(OptimSpec(1e-2))
        after = score(backend)
        backend.load(tmp_path / "one")
        assert backend.step == 1
        assert score(backend) == pytest.approx(saved, abs=1e-6)
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2))
    assert score(backend) == pytest.approx(after, abs=1e-6)
    assert all(body["optimizer"] for body in stand_in.bodies("load_weights"))
    assert not stand_in.bodies("unload_model")
