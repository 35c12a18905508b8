"""The trainer `torch+vllm`: the torch learner in this process, vLLM in another process."""

from __future__ import annotations

import torch

from spice_trainer.api import Capabilities
from spice_trainer.engines.shared.capabilities import combine
from spice_trainer.engines.shared.engine_backend import Engine, EngineBackend
from spice_trainer.engines.shared.hardware import bound_kernel_caches, keep_freed_memory
from spice_trainer.engines.shared.parts import Opening
from spice_trainer.engines.shared.text import HuggingFaceText
from spice_trainer.engines.shared.torch_learner import LEARNER_PROPERTIES, TorchLearner
from spice_trainer.engines.shared.torch_learner.abilities import learner_abilities
from spice_trainer.engines.shared.torch_learner.learner import PHASES, check_device
from spice_trainer.engines.shared.vllm_engine import SAMPLER_PROPERTIES, VllmSampler, direct
from spice_trainer.engines.shared.vllm_engine.abilities import sampler_abilities
from spice_trainer.engines.shared.vllm_engine.placement import TRANSFER_PROPERTY, Machine, place
from spice_trainer.engines.torch_vllm.publishing_learner import PublishingTorchLearner

PROPERTIES = {**LEARNER_PROPERTIES, **SAMPLER_PROPERTIES, "weight_transfer": TRANSFER_PROPERTY}


def _declare(learner: TorchLearner | None, sampler: VllmSampler | None) -> Capabilities:
    abilities = sampler_abilities(sampler, name_transfer=True)
    return combine(TORCH_VLLM.name, PROPERTIES, learner_abilities(learner), abilities)


TORCH_VLLM = Engine("torch+vllm", PROPERTIES, (*PHASES, "publish version 0"), _declare, check_device)


def create() -> EngineBackend[TorchLearner, VllmSampler]:
    """Returns a trainer without a session. Configures freed memory and compiled kernels of this
    process."""
    keep_freed_memory()
    bound_kernel_caches()
    return EngineBackend(TORCH_VLLM, TorchLearner, make_sampler, HuggingFaceText)


def make_sampler(opening: Opening, learner: TorchLearner) -> VllmSampler:
    """Returns the sampler of a session. Raises the errors of `place`."""
    settings = opening.settings
    transfer = settings["weight_transfer"]
    machine = find_machine(learner.device, transfer)
    placement = place(transfer, settings["sampler_gpus"], settings["sampler_tensor_parallel"], machine)
    return VllmSampler(opening, PublishingTorchLearner(learner), placement)


def find_machine(device: torch.device, transfer: str) -> Machine:
    """Returns the hardware of this process. vLLM is imported only where a direct transfer is
    possible, because the import takes seconds."""
    on_gpu = device.type == "cuda"
    no_direct = direct.obstacle() if on_gpu and transfer != "file" else ""
    return Machine(on_gpu, torch.cuda.device_count(), no_direct)
