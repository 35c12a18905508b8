"""The trainer `torch`: transformers and PEFT in this process, which also samples."""

from __future__ import annotations

from spice_trainer.api import Capabilities
from spice_trainer.engines.shared.capabilities import combine
from spice_trainer.engines.shared.engine_backend import Engine, EngineBackend
from spice_trainer.engines.shared.hardware import bound_kernel_caches, keep_freed_memory
from spice_trainer.engines.shared.text import HuggingFaceText
from spice_trainer.engines.shared.torch_learner import LEARNER_PROPERTIES, TorchLearner
from spice_trainer.engines.shared.torch_learner.abilities import learner_abilities
from spice_trainer.engines.shared.torch_learner.learner import PHASES, check_device
from spice_trainer.engines.torch_local.abilities import sampler_abilities
from spice_trainer.engines.torch_local.local_sampler import LocalSampler
from spice_trainer.engines.torch_local.sampler_settings import SAMPLER_PROPERTIES

PROPERTIES = {**LEARNER_PROPERTIES, **SAMPLER_PROPERTIES}


def _declare(learner: TorchLearner | None, sampler: LocalSampler | None) -> Capabilities:
    return combine(TORCH.name, PROPERTIES, learner_abilities(learner), sampler_abilities())


TORCH = Engine("torch", PROPERTIES, (*PHASES, "publish version 0"), _declare, check_device)


def create() -> EngineBackend[TorchLearner, LocalSampler]:
    """Returns a trainer without a session. Configures freed memory and compiled kernels of this
    process."""
    keep_freed_memory()
    bound_kernel_caches()
    return EngineBackend(TORCH, TorchLearner, LocalSampler, HuggingFaceText)
