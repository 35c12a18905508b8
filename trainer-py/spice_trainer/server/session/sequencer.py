"""Runs the mutating verbs of a session one at a time, each exactly once, in `client_seq` order
(common.proto, Header)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import grpc

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.server.limits import MAX_QUEUED_OPERATIONS, queue_full
from spice_trainer.server.session.lease import Session, Sessions
from spice_trainer.server.session.operations import Operation, OperationStore, Outcome
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire import pb
from spice_trainer.server.wire.errors import ServiceError, from_exception, invalid, precondition

_LOG = logging.getLogger(__name__)
GAP_SECONDS = 10.0
INLINE_SECONDS = 2.0

Work: TypeAlias = Callable[[JobProgress], Awaitable[Outcome]]
"""The function that does the work of an operation."""
PublishProgress = Callable[[str, str, str, int, int], None]
"""Arguments: session id, operation id, phase, done, total."""


class Sequencer:
    """Accepts requests and runs them in one worker task."""

    def __init__(
        self, sessions: Sessions, store: OperationStore, step: Callable[[], int], publish: PublishProgress
    ) -> None:
        """`step` returns the step counter of the optimizer."""
        self._sessions = sessions
        self._store = store
        self._step = step
        self._publish = publish
        self._queue: asyncio.Queue[tuple[Operation, Session, pb.Header | None, Work]] = asyncio.Queue()
        self._running: Operation | None = None

    def replay(self, header: pb.Header) -> Operation | None:
        """Returns the operation of an earlier, identical request; None for a new request. Checks
        session, epoch and digest."""
        session = self._sessions.check(header.session_id, header.epoch)
        if not 1 <= len(header.payload_digest) <= 64:
            raise invalid("PAYLOAD_DIGEST", "header.payload_digest must have 1 to 64 bytes")
        if header.client_seq < 1:
            raise invalid("CLIENT_SEQ", "header.client_seq starts at 1")
        return self._store.find(session.id, header.client_seq, header.payload_digest)

    async def submit(self, header: pb.Header, method: str, work: Work, *, needs_step: bool = False) -> Operation:
        """Accepts a validated request at its turn and waits a moment for its end. `needs_step`: the
        verb changes or publishes weights, so expected_step is mandatory. Raises ServiceError for
        the failures that common.proto lists; then nothing is accepted."""
        if needs_step and not header.HasField("expected_step"):
            raise invalid("EXPECTED_STEP_MISSING", "this verb needs header.expected_step")
        if not 0 <= header.budget_seconds < float("inf"):
            raise invalid("BUDGET", "header.budget_seconds must be 0 or more")
        operation = await self._turn(header)
        if operation is None:
            session = self._sessions.check(header.session_id, header.epoch)
            self._require_room()
            operation = self._accept(session, header, method, work)
        await settle(operation, INLINE_SECONDS)
        return operation

    def submit_open(self, session: Session, method: str, work: Work) -> Operation:
        """Queues the loading of the model for a new session."""
        return self._enqueue(session, None, method, work)

    async def run(self) -> None:
        """The worker task. Runs until it is cancelled."""
        while True:
            operation, session, header, work = await self._queue.get()
            if not operation.final:
                self._running = operation
                await self._run(operation, session, header, work)
                self._running = None
            # The work refers to its batch, which would stay in memory until the next operation.
            del operation, session, header, work

    def cancel(self, operation: Operation, reason: str) -> None:
        """Stops queued work immediately, and running work where it can be stopped."""
        operation.progress.stop(reason)
        if operation.state == "queued":
            operation.fail(_cancelled(reason))

    def cancel_session(self, session_id: str, reason: str) -> None:
        """Stops all work of a session."""
        for operation in self._store.of_session(session_id, active_only=True):
            self.cancel(operation, reason)

    def cancel_all(self, reason: str) -> None:
        """Stops all work, for shutdown."""
        if self._running is not None:
            self.cancel(self._running, reason)
        while not self._queue.empty():
            self.cancel(self._queue.get_nowait()[0], reason)

    async def _turn(self, header: pb.Header) -> Operation | None:
        """Waits until the request is next. Returns an operation when a repeated request was
        accepted during the wait."""
        deadline = asyncio.get_running_loop().time() + GAP_SECONDS
        while True:
            found = self.replay(header)
            if found is not None:
                return found
            session = self._sessions.check(header.session_id, header.epoch)
            session.require_lease()
            if header.client_seq == session.last_seq + 1:
                return None
            if header.client_seq <= session.last_seq:
                raise _aborted("RESULT_EXPIRED", f"client_seq {header.client_seq} is done and its result is forgotten")
            advanced = session.advanced
            try:
                async with asyncio.timeout_at(deadline):
                    await advanced.wait()
            except TimeoutError as gap:
                raise _aborted(
                    "SEQUENCE_GAP", f"client_seq {header.client_seq} came, {session.last_seq + 1} did not"
                ) from gap

    def _require_room(self) -> None:
        waiting = self._queue.qsize()
        if waiting >= MAX_QUEUED_OPERATIONS:
            raise queue_full("operations", waiting, 1, MAX_QUEUED_OPERATIONS, 1.0)

    def _accept(self, session: Session, header: pb.Header, method: str, work: Work) -> Operation:
        session.last_seq = header.client_seq
        operation = self._enqueue(session, header, method, work)
        session.advance()
        return operation

    def _enqueue(self, session: Session, header: pb.Header | None, method: str, work: Work) -> Operation:
        seq, digest = (0, b"") if header is None else (header.client_seq, bytes(header.payload_digest))
        progress = JobProgress(lambda phase, done, total: self._publish(session.id, operation.id, phase, done, total))
        operation = Operation(session.id, seq, digest, method, progress)
        self._store.add(operation)
        self._queue.put_nowait((operation, session, header, work))
        return operation

    async def _run(self, operation: Operation, session: Session, header: pb.Header | None, work: Work) -> None:
        budget = header.budget_seconds if header is not None else 0
        timer = None
        try:
            session.require_current()
            operation.start()
            if header is not None and header.traceparent:
                _LOG.info("operation %s (%s) traceparent=%s", operation.id, operation.method, header.traceparent)
            if header is not None:
                self._compare_step(header)
            if budget:
                timer = asyncio.get_running_loop().call_later(budget, operation.progress.stop, "budget")
            operation.succeed(*await work(operation.progress))
        except Exception as error:
            operation.fail(_translate(error, operation))
        finally:
            if timer is not None:
                timer.cancel()

    def _compare_step(self, header: pb.Header) -> None:
        if header.HasField("expected_step") and header.expected_step != self._step():
            raise precondition(
                "STEP_MISMATCH",
                f"the optimizer is at step {self._step()}, the request expects {header.expected_step}",
                "a step was lost or doubled: load the checkpoint of the step you expect",
                expected=str(header.expected_step),
                actual=str(self._step()),
            )


async def settle(operation: Operation, seconds: float) -> None:
    """Waits until the operation is final, at most this many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await operation.done.wait()
    except TimeoutError:
        return


def _translate(error: Exception, operation: Operation) -> Exception:
    stopped = isinstance(error, BackendError) and error.code is BackendErrorCode.CANCELLED
    if stopped:
        return _cancelled(operation.progress.stop_reason)
    if from_exception(error).code is grpc.StatusCode.INTERNAL:
        _LOG.error("operation %s (%s) failed", operation.id, operation.method, exc_info=error)
    return error


def _cancelled(reason: str) -> ServiceError:
    if reason == "budget":
        return ServiceError(
            grpc.StatusCode.DEADLINE_EXCEEDED,
            "BUDGET_SPENT",
            "the operation ran longer than header.budget_seconds and was stopped",
            "send it again with a larger budget and the next client_seq",
            retryable=True,
        )
    if reason == "shutdown":
        return ServiceError(
            grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN", "the trainer is shutting down", retryable=True
        )
    why = {"fenced": "its session is over", "caller": "the caller asked for it"}.get(reason, reason or "unknown reason")
    return ServiceError(grpc.StatusCode.CANCELLED, "CANCELLED", f"the operation was stopped: {why}")


def _aborted(reason: str, message: str) -> ServiceError:
    return ServiceError(
        grpc.StatusCode.ABORTED, reason, message, "ask Session.Describe for last_client_seq and go on from there"
    )
