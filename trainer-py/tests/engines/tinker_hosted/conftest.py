"""A model folder, and sessions of the real SDK with the stand-in over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("tinker.proto.tinker_public_pb2", reason="needs the SDK that trainer-py/locks/dev.txt holds")

from bench import byte_model
from spice_trainer.api import Backend
from spice_trainer.engines.tinker.access import KEY_VARIABLE, URL_VARIABLE
from tests.engines.tinker_hosted.scenario import Opened, open_backend
from tests.engines.tinker_hosted.service import HostedStandIn


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a model whose tokenizer and configuration are read; the weights are not."""
    path = tmp_path_factory.mktemp("tiny")
    byte_model.write(path)
    return path


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of this machine's environment decides a test."""
    for name in (KEY_VARIABLE, URL_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def opened(folder: Path) -> Iterator[Opened]:
    """`opened(stand_in, **engine)`: a session with it, closed at the end."""
    with ExitStack() as stack:

        def enter(stand_in: HostedStandIn, host: str = "127.0.0.1", **engine: object) -> Backend:
            server = stack.enter_context(stand_in.server(host))
            made = open_backend(server.url, "a/stand-in", folder, **engine)
            stack.callback(made.close)
            return made

        yield enter


@pytest.fixture
def stand_in() -> HostedStandIn:
    """A server on loopback, which gets no key."""
    return HostedStandIn(key=None)
