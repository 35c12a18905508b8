"""The trainer `verl`: FSDP2 workers of verl on Ray, with vLLM as the sampler."""

from __future__ import annotations

from importlib.metadata import version

import torch

from spice_trainer.api import Capabilities
from spice_trainer.engines.shared.capabilities import combine
from spice_trainer.engines.shared.engine_backend import Engine, EngineBackend
from spice_trainer.engines.shared.parts import Opening
from spice_trainer.engines.shared.text import HuggingFaceText
from spice_trainer.engines.shared.vllm_engine import SAMPLER_PROPERTIES, VllmSampler
from spice_trainer.engines.shared.vllm_engine.abilities import sampler_abilities
from spice_trainer.engines.shared.vllm_engine.placement import Placement, choose_gpus
from spice_trainer.engines.verl.abilities import check_session, learner_abilities
from spice_trainer.engines.verl.learner import PHASES, VerlLearner
from spice_trainer.engines.verl.settings import WORKER_PROPERTIES

PROPERTIES = {**WORKER_PROPERTIES, **SAMPLER_PROPERTIES}


def _declare(learner: VerlLearner | None, sampler: VllmSampler | None) -> Capabilities:
    default = int(WORKER_PROPERTIES["train_tokens"]["default"])
    abilities = learner_abilities(default if learner is None else learner.settings.train_tokens)
    return combine(VERL.name, PROPERTIES, abilities, sampler_abilities(sampler, name_transfer=False))


VERL = Engine("verl", PROPERTIES, (*PHASES, "start vLLM"), _declare, check_session)


def create() -> EngineBackend[VerlLearner, VllmSampler]:
    """Returns a trainer without a session. Raises ImportError where verl or Ray is not installed.
    They are imported when a session opens, because the import takes long."""
    for package in ("verl", "ray", "tensordict"):
        version(package)
    return EngineBackend(VERL, VerlLearner, make_sampler, HuggingFaceText)


def make_sampler(opening: Opening, learner: VerlLearner) -> VllmSampler:
    """Returns the sampler of a session. Raises the errors of `choose_gpus`."""
    settings = opening.settings
    gpus = choose_gpus(settings["sampler_gpus"], settings["sampler_tensor_parallel"], torch.cuda.device_count())
    return VllmSampler(opening, learner, Placement("file", gpus))
