"""Abilities of the torch learner on this machine."""

from __future__ import annotations

import platform
from importlib.metadata import version

from spice_trainer.engines.shared.capabilities import LearnerAbilities
from spice_trainer.engines.shared.hardware import describe, has_native_bfloat16, pick_device
from spice_trainer.engines.shared.torch_learner.learner import TorchLearner
from spice_trainer.engines.shared.torch_learner.learner_settings import LEARNER_PROPERTIES

MAX_LORA_RANK = 256


def learner_abilities(learner: TorchLearner | None) -> LearnerAbilities:
    """Returns the abilities of the learner of an open session, or, with None, of a learner with
    default settings."""
    device = pick_device("auto")
    default_tokens = int(LEARNER_PROPERTIES["train_tokens"]["default"])
    return LearnerAbilities(
        trainable=("full", "lora"),
        max_lora_rank=MAX_LORA_RANK,
        compute_dtypes=("float32", "bfloat16") if has_native_bfloat16(device) else ("float32",),
        scoring_references=("base", "adapter_off", "version"),
        checkpoint_scopes=("weights", "optimizer", "rng"),
        max_tokens_per_microbatch=default_tokens if learner is None else learner.settings.train_tokens,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "transformers", "peft", "safetensors")},
        },
        hardware=describe(device),
        quirks=("weight decay applies to every trainable tensor, norms and embeddings included",),
    )
