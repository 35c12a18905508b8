"""Keeps generation and publishing apart where a publish asks for it (info.proto, PublishMode)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.server.session.progress import JobProgress

LOOK_SECONDS = 0.05
"""How often a waiting publish looks whether it should stop."""


class SampleGate:
    """Sample requests enter before they are handed to the engine and leave when it is done with
    them. For one event loop."""

    def __init__(self) -> None:
        self._inside: dict[object, Callable[[], None]] = {}
        self._open = asyncio.Event()
        self._open.set()
        self._empty = asyncio.Event()
        self._empty.set()

    async def enter(self, request: object, cancel: Callable[[], None]) -> None:
        """Wait while a publish holds the gate, then go in. `cancel` stops the request's samples."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside[request] = cancel
        self._empty.clear()

    def leave(self, request: object) -> None:
        """The engine has finished the request, or it never came in. Idempotent."""
        self._inside.pop(request, None)
        if not self._inside:
            self._empty.set()

    @asynccontextmanager
    async def emptied(self, progress: JobProgress, *, abort: bool) -> AsyncGenerator[None, None]:
        """Let nobody in, and wait until nobody is inside: on their own, or because `abort` stops
        them.

        Raises BackendError CANCELLED when the operation is stopped first; the gate is open again
        then.
        """
        self._open.clear()
        try:
            if abort:
                for cancel in list(self._inside.values()):
                    cancel()
            while not self._empty.is_set():
                if progress.cancelled():
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
