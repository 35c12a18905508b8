"""TelemetryService: counters for dashboards (telemetry.proto)."""

from __future__ import annotations

import asyncio
import math
import os
import resource
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import invalid

SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 60.0


class TelemetryService(pb.TelemetryServiceServicer):
    """Counters."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def snapshot(self, request: pb.SnapshotRequest, context: object) -> pb.SnapshotResponse:
        """Returns the counters once."""
        return pb.SnapshotResponse(unix_seconds=time.time(), metrics=self._metrics())

    async def stream_metrics(
        self, request: pb.StreamMetricsRequest, context: object
    ) -> AsyncGenerator[pb.StreamMetricsResponse, None]:
        """Returns the counters immediately and after every interval. Ends when the caller cancels.
        Nothing is stored for a caller that does not read."""
        seconds = request.interval_seconds
        if math.isnan(seconds) or not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
            raise invalid(
                "INTERVAL", f"interval_seconds must be {SHORTEST_SECONDS} to {LONGEST_SECONDS:g}, not {seconds}"
            )
        while True:
            yield pb.StreamMetricsResponse(unix_seconds=time.time(), metrics=self._metrics())
            await asyncio.sleep(seconds)

    def _metrics(self) -> list[pb.Metric]:
        runtime = self._runtime
        engine, session = runtime.engine, runtime.sessions.current
        active = 0 if session is None else sum(1 for _ in runtime.store.of_session(session.id, active_only=True))
        rss = _rss_bytes()
        values = {
            "events.dropped_count": runtime.events.dropped,
            "lease.remaining_seconds": 0.0 if session is None else session.remaining,
            "memory.peak_rss_bytes": max(_peak_rss_bytes(), rss),
            "memory.rss_bytes": rss,
            "operations.active_count": active,
            "optimizer.step_count": engine.step,
            "policy.version": 0 if engine.newest is None else engine.newest.version,
            "process.cpu_seconds": time.process_time(),
            "process.uptime_seconds": time.monotonic() - runtime.started,
            "samples.queued_count": runtime.queued_samples,
            "session.epoch": 0 if session is None else session.epoch,
        }
        return [pb.Metric(name=name, value=float(value)) for name, value in sorted(values.items())]


def _rss_bytes() -> float:
    """Returns the resident memory in bytes; on a system without /proc, the largest resident memory
    so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return _peak_rss_bytes()


def _peak_rss_bytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
