"""Operations: accepted work with its result, stored for repeated requests (operations.proto)."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import grpc
from google.protobuf.message import Message

from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import errors, pb
from spice_trainer.server.wire.errors import ServiceError, not_found
from spice_trainer.server.wire.handlers import snake

KEEP_COUNT = 256
KEEP_SECONDS = 3600.0
Clock = Callable[[], float]
State = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Outcome: TypeAlias = "tuple[pb.OperationResultCase, Message]"
"""Result of work: a field of the oneof Operation.result, and the message of that field."""


@dataclass(eq=False)
class Operation:
    """One accepted piece of work. Only the event loop changes it."""

    session_id: str
    client_seq: int
    payload_digest: bytes
    method: str
    progress: JobProgress
    id: str = field(default_factory=lambda: f"op-{secrets.token_hex(8)}")
    state: State = "queued"
    result_field: pb.OperationResultCase | None = None
    result: Message | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    created: float = field(default_factory=time.monotonic)
    started: float | None = None
    finished: float | None = None

    @property
    def final(self) -> bool:
        return self.done.is_set()

    def start(self) -> None:
        """Starts the work at its turn."""
        self.state = "running"
        self.started = time.monotonic()

    def succeed(self, field_name: pb.OperationResultCase, result: Message) -> None:
        """Ends the work with success. `result` is written to `field_name` of the oneof of the
        Operation message."""
        self._finish("succeeded", field_name, result)

    def fail(self, error: BaseException) -> None:
        """Ends the work as failed, or as cancelled when the error is a cancellation."""
        # A repetition of an accepted request returns this failure again. Only a new client_seq can
        # try again.
        known = replace(errors.from_exception(error), resubmit=False)
        state: State = "cancelled" if known.code is grpc.StatusCode.CANCELLED else "failed"
        self._finish(state, "error", errors.to_status(known))

    def _finish(self, state: State, field_name: pb.OperationResultCase, result: Message) -> None:
        if self.final:
            return
        self.state, self.result_field, self.result = state, field_name, result
        self.finished = time.monotonic()
        self.done.set()

    def message(self) -> pb.Operation:
        """Returns the present state as a message."""
        now = time.monotonic()
        started = self.started if self.started is not None else (self.finished or now)
        out = pb.Operation(
            operation_id=self.id,
            session_id=self.session_id,
            client_seq=self.client_seq,
            method=self.method,
            state=pb.enum_number("OperationState", self.state),
            progress=pb.Progress(
                phase=self.progress.phase or snake(self.method.rpartition("/")[2]),
                done=self.progress.done,
                total=self.progress.total,
            ),
            queued_seconds=started - self.created,
            running_seconds=0.0 if self.started is None else (self.finished or now) - self.started,
            stop_questions=self.progress.questions,
        )
        if self.result_field:
            getattr(out, self.result_field).CopyFrom(self.result)
        return out


class OperationStore:
    """Operations by id and by (session, client_seq). Final operations are stored for an hour, and
    at least the newest 256 are stored."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        """`clock` returns seconds that never decrease; the operations use the same clock."""
        self._clock = clock
        self._by_id: dict[str, Operation] = {}
        self._by_seq: dict[tuple[str, int], Operation] = {}

    def add(self, operation: Operation) -> None:
        """Adds an accepted operation."""
        self._by_id[operation.id] = operation
        if operation.client_seq:
            self._by_seq[operation.session_id, operation.client_seq] = operation
        self._prune()

    def get(self, operation_id: str) -> Operation:
        """Returns an operation by id. Raises NOT_FOUND (OPERATION_UNKNOWN)."""
        operation = self._by_id.get(operation_id)
        if operation is None:
            raise not_found(
                "OPERATION_UNKNOWN",
                f"this trainer knows no operation {operation_id or '(empty)'}",
                "it was restarted, or the result is more than an hour old",
            )
        return operation

    def find(self, session_id: str, client_seq: int, payload_digest: bytes) -> Operation | None:
        """Returns the operation of the accepted request with this number, if any. Raises
        ALREADY_EXISTS when the request had another payload."""
        operation = self._by_seq.get((session_id, client_seq))
        if operation is not None and operation.payload_digest != payload_digest:
            raise ServiceError(
                grpc.StatusCode.ALREADY_EXISTS,
                "SEQUENCE_REUSED",
                f"client_seq {client_seq} was used before with another payload",
                "number every new request one higher; repeat a request only unchanged",
                facts={"stored_digest": operation.payload_digest.hex(), "given_digest": payload_digest.hex()},
            )
        return operation

    def of_session(self, session_id: str, *, active_only: bool = False) -> Iterator[Operation]:
        """Returns the operations of a session, oldest first."""
        for operation in list(self._by_id.values()):
            if operation.session_id == session_id and not (active_only and operation.final):
                yield operation

    def _prune(self) -> None:
        horizon = self._clock() - KEEP_SECONDS
        for operation in list(self._by_id.values())[: max(0, len(self._by_id) - KEEP_COUNT)]:
            if operation.finished is not None and operation.finished < horizon:
                del self._by_id[operation.id]
                self._by_seq.pop((operation.session_id, operation.client_seq), None)
