"""The connection of a session with its server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from spice_trainer.api import BackendError, ProgressSink
from spice_trainer.engines.tinker.sdk import SdkService
from spice_trainer.engines.tinker.server import SkyrlServer
from spice_trainer.engines.tinker.service import TinkerService
from spice_trainer.engines.tinker.settings import TinkerSettings
from spice_trainer.models import ModelSource


@dataclass(frozen=True)
class Wanted:
    """Inputs of a connection."""

    source: ModelSource
    rank: int
    settings: TinkerSettings
    progress: ProgressSink
    failure: Callable[[], BackendError | None]
    """Returns the reason why the server cannot be used any more; None while it can be used."""
    on_end: Callable[[BackendError], None]
    """Called, from any thread, when the server ended or does not answer."""
    resources: ExitStack
    """Ended with the session."""


@dataclass(frozen=True)
class Connection:
    """A server that a session may use."""

    service: TinkerService
    address: str = "local"
    """Name of the server in checkpoints."""
    server: SkyrlServer | None = None
    """The process of the server on this machine, whose disk can be read."""


Connect = Callable[[Wanted], Connection]


def connect_skyrl(wanted: Wanted) -> Connection:
    """Connects with the server at the setting `base_url`, or with a SkyRL server that is started
    here and ends with the session."""
    settings = wanted.settings
    if settings.base_url:
        name = settings.base_model or wanted.source.name
        return Connection(SdkService(settings.base_url, name, wanted.failure), settings.base_url)
    server = SkyrlServer(wanted.source.path, wanted.rank, settings, wanted.on_end)
    wanted.resources.callback(server.stop)
    server.wait_for_api(settings.start_seconds, wanted.progress)
    return Connection(SdkService(server.url, str(wanted.source.path), wanted.failure), server=server)
