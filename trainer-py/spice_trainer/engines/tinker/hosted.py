"""The trainer `tinker-hosted`: the hosted Tinker service, through its own SDK."""

from __future__ import annotations

from dataclasses import replace

from spice_trainer.engines.shared.engine_backend import EngineBackend
from spice_trainer.engines.tinker.backend import make_backend
from spice_trainer.engines.tinker.connection import Connection, Wanted
from spice_trainer.engines.tinker.hosted_sdk import HostedService, service_url
from spice_trainer.engines.tinker.learner import TinkerLearner
from spice_trainer.engines.tinker.profiles import HOSTED
from spice_trainer.engines.tinker.sampler import TinkerSampler


def create() -> EngineBackend[TinkerLearner, TinkerSampler]:
    """Returns a trainer without a session."""
    return make_backend(HOSTED, connect_hosted)


def connect_hosted(wanted: Wanted) -> Connection:
    """Connects with the service at the setting `base_url`, or at the address of the SDK."""
    settings = wanted.settings
    # Resolved here, so that a checkpoint names the service that has it.
    settings = replace(settings, base_url=settings.base_url or service_url())
    name = settings.base_model or wanted.source.name
    return Connection(HostedService(settings, name, wanted.failure, wanted.on_end), settings.base_url)
