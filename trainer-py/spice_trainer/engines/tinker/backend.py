"""The trainer `tinker`: a Tinker-compatible server. The server is SkyRL on this machine, or another
server by its address."""

from __future__ import annotations

from functools import partial

from spice_trainer.api import Capabilities, OpenSpec
from spice_trainer.engines.shared.capabilities import combine
from spice_trainer.engines.shared.engine_backend import Engine, EngineBackend
from spice_trainer.engines.shared.text import HuggingFaceText
from spice_trainer.engines.tinker.abilities import learner_abilities, sampler_abilities
from spice_trainer.engines.tinker.connection import Connect, connect_skyrl
from spice_trainer.engines.tinker.learner import PHASES, TinkerLearner
from spice_trainer.engines.tinker.loading import check_adapter
from spice_trainer.engines.tinker.profiles import SKYRL, Profile
from spice_trainer.engines.tinker.sampler import TinkerSampler
from spice_trainer.engines.tinker.settings import parse_settings, properties_of


def create(connect: Connect = connect_skyrl) -> EngineBackend[TinkerLearner, TinkerSampler]:
    """Returns a trainer without a session. `connect`: connects a session with its server; tests use
    their own function."""
    return make_backend(SKYRL, connect)


def make_backend(profile: Profile, connect: Connect) -> EngineBackend[TinkerLearner, TinkerSampler]:
    """Returns a trainer for one kind of server."""
    properties = properties_of(profile)

    def declare(learner: TinkerLearner | None, sampler: TinkerSampler | None) -> Capabilities:
        settings = parse_settings({}, profile) if learner is None else learner.settings
        detected = None if learner is None else learner.detected
        return combine(profile.kind, properties, learner_abilities(settings, profile, detected), sampler_abilities())

    def check(spec: OpenSpec, settings: object) -> None:
        check_adapter(spec)

    engine = Engine(profile.kind, properties, (*PHASES, "publish"), declare, check)
    learner = partial(TinkerLearner, profile=profile, connect=connect)
    return EngineBackend(engine, learner, TinkerSampler, HuggingFaceText)
