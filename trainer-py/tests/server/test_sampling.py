"""Streams: cancellation, stops, filters, keep-alive."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from spice_conformance.client import Client
from spice_conformance.messages import events_of
from spice_trainer.server.rpc import sampling
from spice_trainer.server.wire import pb
from tests.server.harness import refused

ABORTED = pb.enum_number("FinishReason", "aborted")


def slow(connect: Callable[..., Client], seconds: float = 0.2) -> Client:
    client = connect()
    client.open(f'{{"script": "none", "sample_seconds": {seconds}}}')
    return client


def test_cancel_one_prompt_keeps_the_other(connect: Callable[..., Client]) -> None:
    client = slow(connect)
    stream = client.call("SamplingService/Sample", client.sample_request(["a", "b"], n=4, request_id="r"))
    events = [next(stream), next(stream)]
    cancel = pb.CancelSamplesRequest(session_id=client.session_id, epoch=client.epoch, request_id="r", prompt_index=0)
    began = time.monotonic()
    assert client.call("SamplingService/CancelSamples", cancel).found
    events += list(stream)
    assert time.monotonic() - began < 1.6
    finished = events_of(events, "finished")
    assert len(finished) == 8
    assert {one.reason == ABORTED for one in finished if one.prompt_index == 1} == {False}
    assert sum(one.reason == ABORTED for one in finished if one.prompt_index == 0) >= 2
    assert events_of(events, "done")[0].aborted >= 2
    assert not client.call("SamplingService/CancelSamples", cancel).found


def test_cancelled_stream_frees_everything(connect: Callable[..., Client], trainer: object) -> None:
    client = slow(connect, 30)
    stream = client.call("SamplingService/Sample", client.sample_request(["a"], n=50, request_id="r"))
    next(stream)
    same = client.sample_request(["a"], request_id="r")
    assert refused(lambda: list(client.call("SamplingService/Sample", same)))[0] == "ALREADY_EXISTS"
    stream.cancel()
    deadline = time.monotonic() + 3
    while trainer.runtime.queued_samples and time.monotonic() < deadline:
        time.sleep(0.02)
    assert trainer.runtime.queued_samples == 0


def test_closed_session_aborts_its_samples(connect: Callable[..., Client]) -> None:
    client = slow(connect, 30)
    stream = client.call("SamplingService/Sample", client.sample_request(["a"], n=3))
    events = [next(stream)]
    client.call("SessionService/Close", pb.CloseRequest(session_id=client.session_id, epoch=client.epoch))
    events += list(stream)
    assert [one.reason for one in events_of(events, "finished")] == [ABORTED] * 3


def test_keep_alive(connect: Callable[..., Client], monkeypatch: object) -> None:
    monkeypatch.setattr(sampling, "KEEP_ALIVE_SECONDS", 0.1)
    events = list(slow(connect, 0.5).sample(["a"]))
    assert len(events_of(events, "progress")) >= 3
    assert events_of(events, "progress")[0].total == 1


def test_engine_failure_ends_the_stream(connect: Callable[..., Client]) -> None:
    client = connect()
    client.open('{"script": "none", "fail_at": {"sample": 2}}')
    stream = client.call("SamplingService/Sample", client.sample_request(["a"], n=3))
    assert [next(stream).WhichOneof("event") for _ in range(2)] == ["started", "finished"]
    assert refused(lambda: list(stream)) == ("UNAVAILABLE", "FAULT_INJECTED")


def test_queue_is_bounded(client: Client) -> None:
    request = client.sample_request(["a"] * 17, n=4096)
    assert refused(lambda: list(client.call("SamplingService/Sample", request))) == (
        "RESOURCE_EXHAUSTED",
        "QUEUE_FULL",
    )


def test_stops(client: Client) -> None:
    def one(**fields: object) -> object:
        return events_of(client.sample(["p"], max_tokens=400, **fields), "finished")[0]

    free = one()
    ids = np.frombuffer(free.token_ids, "<i4")
    stopped = one(stop_token_ids=[int(ids[3])])
    assert np.frombuffer(stopped.token_ids, "<i4").tolist() == ids[: ids.tolist().index(ids[3]) + 1].tolist()
    assert stopped.reason == pb.enum_number("FinishReason", "stop_token")
    ascii_at = next(i for i in range(4, len(ids) - 1) if 32 < ids[i] < 127)
    cut = one(stop_strings=[chr(ids[ascii_at])])
    assert cut.reason == pb.enum_number("FinishReason", "stop_string")
    assert chr(ids[ascii_at]) not in cut.text
    assert np.frombuffer(cut.token_ids, "<i4")[-1] == ids[ascii_at]
    context = events_of(client.sample(["p" * 2040], max_tokens=400, ignore_eos=True), "finished")[0]
    assert (len(context.token_ids) // 4, context.reason) == (8, pb.enum_number("FinishReason", "context"))


def test_filters_and_processed_logprobs(client: Client) -> None:
    greedy = events_of(client.sample(["p"], temperature=0.0), "finished")[0]
    top = events_of(client.sample(["p"], top_k=1), "finished")[0]
    assert top.token_ids == greedy.token_ids
    request = client.sample_request(["p"], top_k=1)
    request.logprob_mode = pb.enum_number("LogprobMode", "processed")
    events = list(client.call("SamplingService/Sample", request))
    np.testing.assert_array_equal(np.frombuffer(events_of(events, "finished")[0].logprobs, "<f4"), 0)
    started = events_of(events, "started")[0]
    assert started.logprobs.mode == pb.enum_number("LogprobMode", "processed")


def test_returns_only_what_was_asked_for(client: Client) -> None:
    events = client.sample(["p"], returns={})
    assert not events_of(events, "started")[0].HasField("prompt_ids")
    finished = events_of(events, "finished")[0]
    assert (finished.logprobs, finished.text) == (b"", "")
    assert len(finished.token_ids) > 0
