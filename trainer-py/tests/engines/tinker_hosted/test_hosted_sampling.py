"""Samples, versions and the end of a session through the real SDK, over HTTP, to the stand-in."""

from __future__ import annotations

import numpy as np
import pytest

from spice_trainer.api import FinishReason, OptimSpec
from tests.engines.tinker_hosted.scenario import IDS, Opened, accumulate, sample, score
from tests.engines.tinker_hosted.service import HostedStandIn

SWITCHES = [{}, {"jwt": True}, {"poll_sessions": True}]


@pytest.mark.parametrize("switches", SWITCHES, ids=["plain", "tokens", "one poll for all"])
def test_samples_come_as_asked_whatever_the_service_switches_on(opened: Opened, switches: dict[str, bool]) -> None:
    backend = opened(HostedStandIn(key=None, **switches))
    first, again = sample(backend, (1, 2, 3)), sample(backend, (1, 2, 3))
    assert [one.token_ids.tolist() for one in first] == [one.token_ids.tolist() for one in again]
    assert len({tuple(one.token_ids.tolist()) for one in first}) == 3
    for one in first:
        assert len(one.token_ids) == 4
        assert one.logprobs == pytest.approx(-np.log(258), abs=1e-4)


def test_no_token_is_asked_for_that_was_not_wanted(opened: Opened, stand_in: HostedStandIn) -> None:
    """Lengths are rounded up for a server that compiles; here they are paid for."""
    sample(opened(stand_in), (1,), max_tokens=5)
    asked = stand_in.bodies("asample")[-1]
    assert (asked["num_samples"], asked["sampling_params"]["max_tokens"]) == (1, 5)
    assert asked["sampling_params"]["temperature"] == 1.0


def test_the_end_of_sequence_stops_unless_it_is_not_to(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    # The next version draws nothing but the end of sequence.
    stand_in.service.models[1].state.weights[:, 1] = 50.0
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-9))
    backend.publish()
    (ended,) = sample(backend, (1,))
    assert (ended.token_ids.tolist(), ended.reason) == ([1], FinishReason.STOP_TOKEN)
    (went_on,) = sample(backend, (1,), ignore_eos=True)
    assert went_on.token_ids.tolist() == [1, 1, 1, 1]
    assert [body["sampling_params"]["stop"] for body in stand_in.bodies("asample")[-2:]] == [[1], []]


def test_a_version_stays_while_the_learner_moves_and_no_model_is_made_for_it(
    opened: Opened, stand_in: HostedStandIn
) -> None:
    backend = opened(stand_in)
    base = score(backend)
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2, weight_decay=0.1))
    version = backend.publish().version
    published = score(backend, version)
    assert published == pytest.approx(score(backend), abs=1e-6)
    accumulate(backend)
    backend.optim_step(OptimSpec(1e-2, weight_decay=0.1))
    assert sum(score(backend)) > sum(published) > sum(base)
    assert score(backend, version) == published
    for old in ("reference", 0):
        assert score(backend, old) == pytest.approx(base, abs=1e-6)
    assert len(stand_in.bodies("create_model")) == 2
    assert not stand_in.bodies("load_weights")
    asked = stand_in.bodies("asample")[-1]
    assert asked["prompt_logprobs_last_n"] == len(IDS)


def test_equal_weights_are_one_snapshot_and_new_ones_have_another_digest(
    opened: Opened, stand_in: HostedStandIn
) -> None:
    backend = opened(stand_in)
    first = backend.versions()[-1]
    assert backend.publish().digest == first.digest
    assert len(stand_in.bodies("save_weights_for_sampler")) == 1
    # The stand-in is a table: a step shows in the weight probe's log-probabilities where it trains the probe's contexts.
    accumulate(backend, backend.session.learner.probe.completion)
    backend.optim_step(OptimSpec(1e-2))
    assert backend.publish().digest != first.digest


def test_the_session_is_finished_at_the_end(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    backend.close()
    assert stand_in.finished == {"success"}


def test_the_servers_profile_is_in_what_a_run_records(opened: Opened, stand_in: HostedStandIn) -> None:
    backend = opened(stand_in)
    facts = backend.capabilities()
    assert facts.backend == "tinker-hosted"
    assert "profile hosted" in facts.hardware
    assert facts.versions["tinker"] == "0.38.0"
    assert backend.session.info.device == "server, profile hosted; gradients: sum over tokens (measured)"
