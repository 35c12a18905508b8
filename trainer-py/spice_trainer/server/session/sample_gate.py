"""Separates generation and publishing for the publish modes that need it (info.proto,
PublishMode)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.server.session.progress import JobProgress

LOOK_SECONDS = 0.05
"""Seconds between two checks of a waiting publish whether it must stop."""


class SampleGate:
    """A gate. Sample requests enter before the engine gets them and leave when the engine has
    finished them. For one event loop."""

    def __init__(self) -> None:
        self._inside: dict[object, Callable[[], None]] = {}
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def enter(self, request: object, cancel: Callable[[], None]) -> None:
        """Waits while a publish has closed the gate, then enters. `cancel` stops the samples of the
        request."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside[request] = cancel
        self._empty.clear()

    def leave(self, request: object) -> None:
        """Leaves the gate: the engine has finished the request, or the request never entered.
        Idempotent."""
        self._inside.pop(request, None)
        if not self._inside:
            self._empty.set()

    @asynccontextmanager
    async def emptied(self, progress: JobProgress, *, abort: bool) -> AsyncGenerator[None, None]:
        """Closes the gate and waits until no request is inside. The requests finish normally, or
        `abort` stops them. Raises BackendError CANCELLED when the operation is stopped first; then
        the gate is open again."""
        self._open.clear()
        try:
            if abort:
                for cancel in list(self._inside.values()):
                    cancel()
            while not self._empty.is_set():
                if progress.stopping:
                    raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped before the version was made")
                progress.progress("wait for samples", 0, len(self._inside))
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._empty.wait()
                except TimeoutError:
                    continue
            yield
        finally:
            self._open.set()
