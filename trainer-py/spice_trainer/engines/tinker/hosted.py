"""The trainer `tinker-hosted`: the hosted Tinker service, through its own SDK."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from spice_trainer.api import BackendError, ProgressSink
from spice_trainer.engines.tinker.backend import TinkerBackend
from spice_trainer.engines.tinker.hosted_sdk import HostedService, service_url
from spice_trainer.engines.tinker.profiles import HOSTED
from spice_trainer.engines.tinker.service import TinkerService
from spice_trainer.engines.tinker.settings import TinkerSettings
from spice_trainer.models import ModelSource


class HostedTinkerBackend(TinkerBackend):
    """`TinkerBackend` with another profile and another way to connect."""

    profile = HOSTED

    def _settings(self, engine: Mapping[str, object]) -> TinkerSettings:
        settings = super()._settings(engine)
        # Resolved here, so that a checkpoint says which service holds it.
        return settings if settings.base_url else replace(settings, base_url=service_url())

    def _connect_sdk(
        self,
        source: ModelSource,
        rank: int,
        settings: TinkerSettings,
        progress: ProgressSink,
        ended: Callable[[BackendError], None],
    ) -> TinkerService:
        name = settings.base_model or source.name
        return HostedService(settings, name, lambda: self._dead, ended)
