"""A trainer with the fake backend, served from a thread of the test process, and what tests of refusals share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from spice_conformance.client import TOKEN, CallError
from spice_conformance.messages import make_batch
from spice_trainer.engines.fake import FakeBackend
from spice_trainer.server.rpc.grpc_server import TrainerServer
from spice_trainer.server.rpc.runtime import Runtime

BATCH = make_batch(["a"], [(0, "hello")])


class Trainer:
    """A running server; `runtime` is its inside."""

    def __init__(self, root: Path, events: str | None = None) -> None:
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(root, events),))
        self._thread.start()
        assert self._ready.wait(20)

    async def _run(self, root: Path, events: str | None) -> None:
        self.runtime = Runtime.create(FakeBackend(), events, root)
        server = TrainerServer(self.runtime, TOKEN)
        self.address = await server.start("127.0.0.1:0")
        self._ready.set()
        await self._stop.wait()
        await server.stop(0)
        self.runtime.events.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


def refused(action: Callable[[], object]) -> tuple[str, str]:
    """Code and reason of a call that must fail."""
    with pytest.raises(CallError) as error:
        action()
    assert error.value.info.domain == "spice.trainer"
    assert error.value.info.metadata["category"] in ("user", "server", "engine")
    return error.value.code, error.value.reason
