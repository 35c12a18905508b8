"""Fixtures: a running trainer, and clients of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from spice_conformance.client import TOKEN, Client
from tests.server.harness import Trainer


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
