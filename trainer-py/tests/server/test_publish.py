"""Publishing while samples are in flight: drain, abort, keep, spans; and publishes that fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from spice_conformance.client import Client
from spice_conformance.messages import events_of
from spice_trainer.server.wire import pb
from tests.server.harness import BATCH, Trainer, refused

SLOW = '{"script": "none", "token_seconds": 0.02}'


def publish(client: Client, mode: str = "unspecified", step: int = 0, **fields: Any) -> Any:
    header = client.header(expected_step=step, **fields)
    request = pb.PublishRequest(header=header, mode=pb.enum_number("PublishMode", mode))
    return client.simple("WeightsService/Publish", request).publish.version


class Sampling:
    """A Sample call of one long sample, read by a thread of its own."""

    def __init__(self, client: Client, tokens: int, **fields: Any) -> None:
        request = client.sample_request(["p"], max_tokens=tokens, ignore_eos=True, **fields)
        stream = client.call("SamplingService/Sample", request)
        self.events = [next(stream)]
        self._thread = threading.Thread(target=lambda: self.events.extend(stream))
        self._thread.start()

    @property
    def over(self) -> bool:
        return not self._thread.is_alive()

    def finished(self) -> Any:
        self._thread.join(30)
        (sample,) = events_of(self.events, "finished")
        return sample


def reason(sample: Any) -> str | None:
    return pb.enum_name("FinishReason", sample.reason)


def spans(sample: Any) -> list[tuple[int, int]]:
    return [(one.tokens, one.policy_version) for one in sample.spans]


def test_keep_does_not_wait_and_the_sample_stays_with_its_version(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open(SLOW)
    sampling = Sampling(client, 100)
    assert publish(client, "keep").version == 1
    assert not sampling.over
    sample = sampling.finished()
    assert (reason(sample), spans(sample)) == ("length", [(100, 0)])


def test_drain_waits_and_holds_new_requests_back(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open(SLOW)
    sampling = Sampling(client, 60)
    results: list[Any] = []
    publishing = threading.Thread(target=lambda: results.append(publish(client, "drain")))
    publishing.start()
    operations = pb.OperationsServiceListRequest(session_id=client.session_id, active_only=True)
    while not list(client.call("OperationsService/List", operations)):
        pass
    late = events_of(client.sample(["q"], max_tokens=2), "finished")[0]
    publishing.join(30)
    assert results[0].version == 1
    assert spans(sampling.finished()) == [(60, 0)]
    assert {version for _, version in spans(late)} == {1}


def test_abort_ends_samples_in_flight(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open(SLOW)
    sampling = Sampling(client, 3000)
    assert publish(client, "abort").version == 1
    sample = sampling.finished()
    assert reason(sample) == "aborted"
    assert len(sample.token_ids) < 4 * 3000


def test_a_draining_publish_can_be_cancelled_and_lets_requests_in_again(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open(SLOW)
    sampling = Sampling(client, 3000, request_id="long")
    stopped = refused(lambda: publish(client, "drain", budget_seconds=0.3))
    assert stopped == ("DEADLINE_EXCEEDED", "BUDGET_SPENT")
    assert {version for _, version in spans(events_of(client.sample(["q"], max_tokens=2), "finished")[0])} == {0}
    cancel = pb.CancelSamplesRequest(session_id=client.session_id, epoch=client.epoch, request_id="long")
    client.call("SamplingService/CancelSamples", cancel)
    assert reason(sampling.finished()) == "aborted"
    assert publish(client, "drain").version == 1


def test_a_backend_that_swaps_in_place_tells_which_version_made_which_token(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "token_seconds": 0.02, "swap_in_place": true}')
    client.train_step(BATCH, 0)
    stream = client.call("SamplingService/Sample", client.sample_request(["p"], n=2, max_tokens=150, ignore_eos=True))
    while next(stream).WhichOneof("event") != "finished":
        pass
    time.sleep(0.3)  # the second sample is under way
    publish(client, "keep", step=1)
    (sample,) = events_of(stream, "finished")
    covered = spans(sample)
    assert [version for _, version in covered] == [0, 1]
    assert sum(tokens for tokens, _ in covered) == 150
    assert len(sample.logprobs) == len(sample.token_ids)


def test_a_failed_publish_leaves_the_old_version_active(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "fail_at": {"publish": 1}}')
    assert refused(lambda: publish(client)) == ("UNAVAILABLE", "FAULT_INJECTED")
    started = events_of(client.sample(["q"]), "started")[0]
    assert started.policy_version == 0
    assert publish(client).version == 1


def test_a_publish_that_the_engine_does_not_serve_is_not_believed(
    trainer: Trainer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = trainer.runtime.engine.backend
    genuine = backend.publish
    monkeypatch.setattr(backend, "publish", lambda: replace(genuine(), digest="0" * 64))
    assert refused(lambda: publish(client)) == ("DATA_LOSS", "PUBLISH_NOT_VERIFIED")
    state = client.call("SessionService/Describe", pb.SessionServiceDescribeRequest(session_id=client.session_id))
    assert state.policy_version == 0
