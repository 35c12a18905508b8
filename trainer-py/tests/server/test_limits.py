"""What one trainer takes at most: refused with the state of the queue, and the trainer goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from spice_conformance.client import CallError, Client
from spice_conformance.messages import make_batch
from spice_trainer.server import limits
from spice_trainer.server.rpc import runtime as runtime_module
from spice_trainer.server.rpc import sampling
from spice_trainer.server.session import sequencer
from spice_trainer.server.wire import pb
from tests.server.harness import Trainer, refused


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[Trainer]:
    running = Trainer(tmp_path)
    yield running
    running.stop()


def opened(trainer: Trainer, engine: str = '{"script": "none"}') -> Client:
    client = Client(trainer.address)
    client.open(engine)
    return client


def full(action: Any) -> Any:
    """ErrorInfo of a call that must find a queue full."""
    with pytest.raises(CallError) as error:
        action()
    assert (error.value.code, error.value.reason) == ("RESOURCE_EXHAUSTED", "QUEUE_FULL")
    waits = [one for one in error.value.status.details if one.type_url.endswith("RetryInfo")]
    assert bool(waits) == (error.value.info.metadata["retryable"] == "true")
    return error.value.info.metadata


def test_declared_numbers_are_the_enforced_ones(trainer: Trainer) -> None:
    client = Client(trainer.address)
    declared = client.call("InfoService/GetCapabilities", pb.GetCapabilitiesRequest())
    assert declared.max_message_bytes == limits.MAX_MESSAGE_BYTES
    assert declared.training.max_batch_bytes == limits.MAX_BATCH_BYTES
    assert declared.sampling.max_queued_samples == limits.MAX_QUEUED_SAMPLES
    assert declared.sampling.max_request_tokens == limits.MAX_REQUEST_TOKENS
    assert declared.max_queued_operations == limits.MAX_QUEUED_OPERATIONS
    assert declared.max_metadata_bytes == limits.MAX_METADATA_BYTES
    assert declared.max_concurrent_streams == limits.MAX_CONCURRENT_STREAMS
    assert declared.max_sessions == 1


def test_message_and_metadata_sizes(trainer: Trainer) -> None:
    client = opened(trainer)
    client.metadata += (("filler", "x" * (limits.MAX_METADATA_BYTES + 1)),)
    with pytest.raises((CallError, grpc.RpcError)) as error:
        client.call("InfoService/GetInfo", pb.GetInfoRequest())
    assert "RESOURCE_EXHAUSTED" in str(error.value)
    client.metadata = client.metadata[:1]
    channel = grpc.insecure_channel(trainer.address, options=[("grpc.max_send_message_length", -1)])
    call = channel.unary_unary(f"/{pb.PACKAGE}.InfoService/GetInfo")
    with channel, pytest.raises(grpc.RpcError) as refusal:
        call(b"\0" * (limits.MAX_MESSAGE_BYTES + 1), timeout=20, metadata=client.metadata)
    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.call("InfoService/GetInfo", pb.GetInfoRequest()).backend == "fake"


def test_tokens_of_one_request(trainer: Trainer) -> None:
    client = opened(trainer)
    request = client.sample_request(["a"] * 10, n=4096)
    request.params.max_tokens = limits.MAX_REQUEST_TOKENS // 40_960 + 1
    facts = full(lambda: list(client.call("SamplingService/Sample", request)))
    assert (facts["retryable"], facts["limit"]) == ("false", str(limits.MAX_REQUEST_TOKENS))


def test_queued_samples_tell_when_to_come_back(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_QUEUED_SAMPLES", 3)
    client = opened(trainer, '{"script": "none", "sample_seconds": 30}')
    first = client.call("SamplingService/Sample", client.sample_request(["a"], n=2))
    next(first)
    facts = full(lambda: list(client.call("SamplingService/Sample", client.sample_request(["a"], n=2))))
    assert {key: facts[key] for key in ("queued", "asked", "limit", "retryable")} == {
        "queued": "2",
        "asked": "2",
        "limit": "3",
        "retryable": "true",
    }


def test_queued_operations(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "MAX_QUEUED_OPERATIONS", 1)
    monkeypatch.setattr(sequencer, "INLINE_SECONDS", 0.05)
    client = opened(trainer, '{"script": "none", "sequence_seconds": 30}')
    batch = make_batch(["a"], [(0, "hello")])
    for step in (0, 1):  # one runs, one waits
        client.call("TrainingService/TrainStep", client.train_messages(batch, step))
    assert full(lambda: client.call("TrainingService/TrainStep", client.train_messages(batch, 2)))["queued"] == "1"
    assert trainer.runtime.engine.step == 0


def test_batches_that_arrive_together(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "MAX_RECEIVING_BYTES", 1000)
    client = opened(trainer)
    small = make_batch(["a"], [(0, "hello")])
    client.train_step(small, 0)
    assert trainer.runtime.receiving_bytes == 0
    large = make_batch(["a"], [(0, "hello" * 100)])
    facts = full(lambda: client.call("TrainingService/TrainStep", client.train_messages(large, 1)))
    assert int(facts["asked"]) > 1000


def test_a_client_that_does_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The generation is stopped when too much is unread, even while the stream itself waits in flow control."""
    monkeypatch.setattr(sampling, "MAX_UNSENT_BYTES", 1000)
    cancelled: list[int | None] = []

    class Endless:
        def cancel(self, prompt_index: int | None) -> None:
            cancelled.append(prompt_index)

    active = sampling.Active(request=None)
    active.start(Endless())
    ids = np.zeros(50, np.int32)
    event = sampling.SampleFinished(0, 0, ids, None, "", sampling.FinishReason.LENGTH, 1)
    for _ in range(100):
        active.push(event)
    assert active.overflowed
    assert cancelled == [None]
    assert active.events.qsize() == 3


@pytest.mark.parametrize("path", ["a/" * 300 + "a", "loop/x", "é", "a\n", "a/" + "b" * 129, "~", "a/\u202e"])
def test_paths_that_are_too_long_or_lead_in_circles(trainer: Trainer, path: str) -> None:
    client = opened(trainer)
    root = trainer.runtime.checkpoint_root
    assert root is not None
    (root / "loop").symlink_to(root / "loop")
    for verb, request in (("Save", pb.SaveRequest), ("Load", pb.LoadRequest)):
        message = request(header=client.header(), path=path)
        assert refused(lambda v=verb, m=message: client.simple(f"CheckpointService/{v}", m)) == (
            "INVALID_ARGUMENT",
            "PATH",
        )
