"""OperationsService: wait, get, cancel, list."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator

from spice_trainer.server.rpc.runtime import Runtime
from spice_trainer.server.session.sequencer import settle
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import invalid

LONGEST_WAIT_SECONDS = 30.0


class OperationsService(pb.OperationsServiceServicer):
    """Waiting for operations."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def wait(self, request: pb.WaitRequest, context: object) -> pb.WaitResponse:
        """Waits for an operation (long poll)."""
        if math.isnan(request.timeout_seconds) or request.timeout_seconds < 0:
            raise invalid("TIMEOUT", "timeout_seconds must be 0 or more")
        operation = self._runtime.store.get(request.operation_id)
        await settle(operation, min(request.timeout_seconds, LONGEST_WAIT_SECONDS))
        return pb.WaitResponse(operation=operation.message())

    async def get(self, request: pb.GetRequest, context: object) -> pb.GetResponse:
        """Returns the present state."""
        return pb.GetResponse(operation=self._runtime.store.get(request.operation_id).message())

    async def cancel(self, request: pb.CancelRequest, context: object) -> pb.CancelResponse:
        """Stops an operation where it can be stopped."""
        operation = self._runtime.store.get(request.operation_id)
        if not operation.final:
            self._runtime.sequencer.cancel(operation, "caller")
        return pb.CancelResponse(operation=operation.message())

    async def list(
        self, request: pb.OperationsServiceListRequest, context: object
    ) -> AsyncGenerator[pb.OperationsServiceListResponse, None]:
        """Lists the operations of a session."""
        self._runtime.sessions.get(request.session_id)
        for operation in self._runtime.store.of_session(request.session_id, active_only=request.active_only):
            message = operation.message()
            for gradient in (message.forward_backward, message.train_step.forward_backward):
                if gradient.HasField("current_logprobs"):
                    gradient.ClearField("current_logprobs")
            yield pb.OperationsServiceListResponse(operation=message)
