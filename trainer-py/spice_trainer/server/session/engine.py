"""The backend with its single thread, and the state of the backend that the service needs."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from spice_trainer.api import Backend, Capabilities, ModelInfo, OpenSpec, PolicyVersion
from spice_trainer.server.session.progress import JobProgress
from spice_trainer.server.wire.errors import precondition

T = TypeVar("T")


class BackendThread:
    """Runs calls one at a time on one daemon thread, so that the event loop can answer heartbeats
    at the same time."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any], asyncio.AbstractEventLoop]] = (
            queue.SimpleQueue()
        )
        threading.Thread(target=self._work, name="backend", daemon=True).start()

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Runs `function(*arguments)` after all earlier calls. Cancelling the caller does not stop
        the call."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((lambda: function(*arguments), future, loop))
        return await asyncio.shield(future)

    def _work(self) -> None:
        while True:
            job, future, loop = self._jobs.get()
            try:
                outcome, error = job(), None
            except BaseException as raised:
                outcome, error = None, raised
            try:
                loop.call_soon_threadsafe(_resolve, future, outcome, error)
            except RuntimeError:  # the loop is closed, so no coroutine waits
                return


def _resolve(future: asyncio.Future[Any], outcome: Any, error: BaseException | None) -> None:
    if future.cancelled():
        return
    if error is None:
        future.set_result(outcome)
    else:
        future.set_exception(error)
        future.exception()  # mark the exception as read: the caller may be gone


class Engine:
    """The backend, its thread, and a cached view of its state that any coroutine may read at any
    time."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.capabilities: Capabilities = backend.capabilities()
        self.thread = BackendThread()
        self.spec: OpenSpec | None = None
        self.model: ModelInfo | None = None
        self.step = 0
        self.newest: PolicyVersion | None = None
        self.has_gradients = False
        self.poisoned = False

    @property
    def loaded(self) -> ModelInfo:
        """Returns the loaded model. Raises FAILED_PRECONDITION (MODEL_NOT_LOADED)."""
        if self.model is None:
            raise precondition("MODEL_NOT_LOADED", "no model is loaded", "open a session and wait for its operation")
        return self.model

    def check_spec(self, spec: OpenSpec) -> None:
        """Raises an error when a model with other settings is loaded. A process serves one
        model."""
        if self.spec is not None and self.spec != spec:
            raise precondition(
                "MODEL_ALREADY_LOADED",
                f"this trainer holds {self.spec.model} with other settings",
                "restart the trainer to load another model",
            )

    async def open(self, spec: OpenSpec, progress: JobProgress) -> ModelInfo:
        """Loads the model. A model that is already loaded is used again, and its gradients are
        discarded."""
        self.check_spec(spec)
        if self.model is None:
            self.spec = spec
            try:
                self.model = await self.thread.call(self.backend.open, spec, progress)
            except BaseException:
                self.spec = None
                raise
            self.capabilities = self.backend.capabilities()
        else:
            await self.discard()
        await self.refresh()
        return self.model

    async def discard(self) -> None:
        """Empties the accumulator and removes the poisoned state."""
        await self.thread.call(self.backend.discard_gradients)
        self.has_gradients = self.poisoned = False

    async def refresh(self) -> None:
        """Reads step and newest version from the backend."""
        self.step = await self.thread.call(lambda: self.backend.step)
        versions = await self.thread.call(self.backend.versions)
        self.newest = max(versions, key=lambda one: one.version)
