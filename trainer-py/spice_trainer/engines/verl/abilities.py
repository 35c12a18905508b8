"""Abilities of the verl learner. It declares only what was run."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from spice_trainer.api import BackendError, BackendErrorCode, OpenSpec
from spice_trainer.engines.shared.capabilities import LearnerAbilities
from spice_trainer.engines.shared.hardware import describe, pick_device
from spice_trainer.engines.verl.settings import check_spread

_PACKAGES = ("verl", "ray", "torch", "transformers", "tensordict", "safetensors")


def learner_abilities(train_tokens: int) -> LearnerAbilities:
    """Returns the abilities of a learner with this setting. verl also supports LoRA and bfloat16,
    which were not run with this trainer."""
    return LearnerAbilities(
        trainable=("full",),
        max_lora_rank=0,
        compute_dtypes=("float32",),
        scoring_references=("base", "version"),
        checkpoint_scopes=("weights", "optimizer", "rng"),
        max_tokens_per_microbatch=train_tokens,
        versions={"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        hardware=describe(pick_device("auto")),
        quirks=(
            "weight decay applies to every trainable tensor, norms and embeddings included",
            "seconds_backward covers the forward pass too: a worker does both in one call",
            "a prompt is computed once for each of its completions",
        ),
    )


def check_session(spec: OpenSpec, settings: Mapping[str, Any]) -> None:
    """Refuses a session that this trainer does not support. Raises `BackendError` UNIMPLEMENTED
    (LORA_UNSUPPORTED, COMPUTE_DTYPE_UNSUPPORTED), INVALID_ARGUMENT (ENGINE_SETTING_INVALID) or
    FAILED_PRECONDITION (DEVICE_ABSENT)."""
    check_spread(settings["workers"], settings["nodes"])
    if spec.lora is not None:
        raise BackendError(
            BackendErrorCode.UNIMPLEMENTED,
            "LORA_UNSUPPORTED",
            "this trainer updates all weights; adapters were not tried with it",
            "leave model.lora out, or use the torch trainer",
        )
    if spec.compute_dtype == "bfloat16":
        raise BackendError(
            BackendErrorCode.UNIMPLEMENTED,
            "COMPUTE_DTYPE_UNSUPPORTED",
            "this trainer computes in float32",
            "set model.computeDtype to auto or float32",
        )
    pick_device(settings["device"])
