"""InfoService and grpc.health.v1. Both answer at any time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator

import spice_trainer
from spice_trainer.server.rpc import convert
from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import not_found


class InfoService(pb.InfoServiceServicer):
    """Identity and capabilities of the trainer."""

    def __init__(self, runtime: Runtime, methods: list[str]) -> None:
        """`methods`: full names of all rpcs that work. The caller adds names to this list later."""
        self._runtime = runtime
        self._methods = methods

    async def get_info(self, request: pb.GetInfoRequest, context: object) -> pb.GetInfoResponse:
        """Returns the identity."""
        runtime = self._runtime
        model = runtime.engine.model
        return pb.GetInfoResponse(
            protocol=pb.PACKAGE,
            version=spice_trainer.__version__,
            backend=runtime.engine.capabilities.backend,
            instance_id=runtime.instance_id,
            pid=os.getpid(),
            uptime_seconds=time.monotonic() - runtime.started,
            model=None if model is None else convert.model_info(model),
        )

    async def get_capabilities(self, request: pb.GetCapabilitiesRequest, context: object) -> pb.GetCapabilitiesResponse:
        """Returns the capabilities."""
        return convert.capabilities(self._runtime.engine.capabilities, self._methods)


NEEDS_MODEL = ("Tokens", "Sampling", "Scoring", "Training", "Weights", "Checkpoint")
ALWAYS = ("Info", "Session", "Operations", "Telemetry")


class HealthService(pb.HealthServicer):
    """grpc.health.v1. A service is serving when its calls can work. The whole trainer is serving
    when a model is loaded."""

    POLL_SECONDS = 0.2

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.stopping = False

    async def check(self, request: pb.HealthCheckRequest, context: object) -> pb.HealthCheckResponse:
        """Returns the present state."""
        state = self._state(request.service)
        if state == _SERVICE_UNKNOWN:
            raise not_found("SERVICE_UNKNOWN", f"no service is called {request.service}")
        return pb.HealthCheckResponse(status=state)

    async def watch(
        self, request: pb.HealthCheckRequest, context: object
    ) -> AsyncGenerator[pb.HealthCheckResponse, None]:
        """Returns the present state, and the state at every change."""
        last = None
        while True:
            state = self._state(request.service)
            if state != last:
                last = state
                yield pb.HealthCheckResponse(status=state)
            await asyncio.sleep(self.POLL_SECONDS)

    def _state(self, service: str) -> int:
        kind = service.removeprefix(f"{pb.PACKAGE}.").removesuffix("Service")
        if kind in ALWAYS:
            return _NOT_SERVING if self.stopping else _SERVING
        if service == "" or kind in NEEDS_MODEL:
            ready = self._runtime.engine.model is not None and not self.stopping
            return _SERVING if ready else _NOT_SERVING
        return _SERVICE_UNKNOWN


_SERVING, _NOT_SERVING, _SERVICE_UNKNOWN = 1, 2, 3
