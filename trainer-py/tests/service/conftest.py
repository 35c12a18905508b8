"""A trainer with the fake backend on a real loopback channel, served from a thread of the test process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from client import TOKEN, Client

from spice_trainer.backends.fake import FakeBackend
from spice_trainer.service.runtime import Runtime
from spice_trainer.service.server import TrainerServer


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
        self.runtime = Runtime.create(FakeBackend.create(), events, root)
        server = TrainerServer(self.runtime, TOKEN)
        self.address = await server.start("127.0.0.1:0")
        self._ready.set()
        await self._stop.wait()
        await server.stop(0)
        self.runtime.events.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)


@pytest.fixture
def trainer(tmp_path: Path) -> Iterator[Trainer]:
    running = Trainer(tmp_path)
    yield running
    running.stop()


@pytest.fixture
def connect(trainer: Trainer) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(token: str | None = TOKEN) -> Client:
        clients.append(Client(trainer.address, token))
        return clients[-1]

    yield make
    for client in clients:
        client.channel.close()


@pytest.fixture
def client(connect: Callable[..., Client]) -> Client:
    opened = connect()
    opened.open('{"script": "none"}')
    return opened
