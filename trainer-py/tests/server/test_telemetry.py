"""Counters, and the refusals that the gRPC library would otherwise make without ErrorInfo."""

from __future__ import annotations

import grpc
import pytest

from spice_conformance.client import Client
from spice_trainer.server.wire import pb
from tests.server.harness import BATCH, refused


def metrics(message: object) -> dict[str, float]:
    return {one.name: one.value for one in message.metrics}


def test_snapshot_counts_what_happened(client: Client) -> None:
    before = metrics(client.call("TelemetryService/Snapshot", pb.SnapshotRequest()))
    assert list(before) == sorted(before)
    client.train_step(BATCH, 0)
    after = metrics(client.call("TelemetryService/Snapshot", pb.SnapshotRequest()))
    assert (before["optimizer.step_count"], after["optimizer.step_count"]) == (0, 1)
    assert after["session.epoch"] == client.epoch
    assert after["memory.peak_rss_bytes"] >= after["memory.rss_bytes"] > 1 << 20
    assert 0 < after["lease.remaining_seconds"] <= 30
    assert after["process.uptime_seconds"] > before["process.uptime_seconds"]


def test_metrics_stream_until_cancelled(client: Client) -> None:
    stream = client.call("TelemetryService/StreamMetrics", pb.StreamMetricsRequest(interval_seconds=0.1))
    times = [next(stream).unix_seconds for _ in range(3)]
    stream.cancel()
    assert times == sorted(times)
    assert times[2] - times[0] > 0.15


@pytest.mark.parametrize("seconds", [0, 0.01, 61, float("nan")])
def test_interval_has_bounds(client: Client, seconds: float) -> None:
    request = pb.StreamMetricsRequest(interval_seconds=seconds)
    assert refused(lambda: next(client.call("TelemetryService/StreamMetrics", request))) == (
        "INVALID_ARGUMENT",
        "INTERVAL",
    )


def raw_call(client: Client, path: str, body: bytes) -> object:
    call = client.channel.unary_unary(path)
    with pytest.raises(grpc.RpcError) as failed:
        call(body, timeout=20, metadata=client.metadata)
    return failed.value


def reason_of(error: object) -> str:
    details = dict(error.trailing_metadata())["grpc-status-details-bin"]
    return pb.ErrorInfo.FromString(pb.Status.FromString(details).details[0].value).reason


@pytest.mark.parametrize("path", ["/spice.trainer.v1.SessionService/Dance", "/spice.trainer.v2.SessionService/Open"])
def test_unknown_rpcs_are_refused_with_a_reason(client: Client, path: str) -> None:
    error = raw_call(client, path, b"")
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert reason_of(error) == "NOT_DECLARED"


def test_bytes_that_are_no_message_are_refused_with_a_reason(client: Client) -> None:
    error = raw_call(client, "/spice.trainer.v1.SessionService/Heartbeat", b"\xff\xff\xff")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert reason_of(error) == "MALFORMED"
