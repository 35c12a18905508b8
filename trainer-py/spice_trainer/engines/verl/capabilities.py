"""What this backend declares: what was run, no more."""

from __future__ import annotations

import platform
from importlib.metadata import version

from spice_trainer.api import BackendError, BackendErrorCode, Capabilities, OpenSpec
from spice_trainer.engines.shared.checks import MAX_IN_FLIGHT_SAMPLES, MAX_SAMPLES_PER_PROMPT
from spice_trainer.engines.shared.hardware import describe, pick_device
from spice_trainer.engines.shared.vllm_engine.publisher import QUIRKS
from spice_trainer.engines.verl.settings import ENGINE_SCHEMA


def declare(train_tokens: int, sampler_versions: dict[str, str]) -> Capabilities:
    """Capabilities on this machine. LoRA and bfloat16 are verl's too, but were not run with this backend."""
    return Capabilities(
        backend="verl",
        trainable=("full",),
        max_lora_rank=0,
        compute_dtypes=("float32",),
        losses=("policy_gradient", "cross_entropy"),
        surrogates=("ppo_clip", "cispo", "plain"),
        ratios=("token", "sequence", "none"),
        ratio_baselines=("old", "behaviour", "current"),
        corrections=(
            "none",
            "token_truncate",
            "sequence_truncate",
            "token_mask",
            "sequence_mask",
            "geometric_mask",
        ),
        kl_estimators=("none", "k1", "k2", "k3"),
        kl_references=("client_logprobs",),
        scoring_references=("base", "version"),
        sampling_parameters=("temperature", "top_p", "top_k", "min_p", "stop_token_ids", "stop_strings", "seed"),
        logprob_modes=("temperature_scaled",),
        logprob_source="emitted",
        seed_support="best_effort",
        determinism="E1",
        checkpoint_scopes=("weights", "optimizer", "rng"),
        publish_modes=("keep",),
        concurrent_train_and_sample=True,
        max_samples_per_prompt=MAX_SAMPLES_PER_PROMPT,
        max_in_flight_samples=MAX_IN_FLIGHT_SAMPLES,
        max_tokens_per_microbatch=train_tokens,
        quirks=(
            *QUIRKS,
            "weight decay applies to every trainable tensor, norms and embeddings included",
            "seconds_backward covers the forward pass too: a worker does both in one call",
            "a prompt is computed once for each of its completions",
        ),
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in ("verl", "ray", "torch", "transformers", "tensordict", "safetensors")},
            **sampler_versions,
        },
        hardware=describe(pick_device("auto")),
        engine_schema=ENGINE_SCHEMA,
    )


def refuse_undeclared(spec: OpenSpec) -> None:
    """What Open must not ignore. Raises `BackendError` UNIMPLEMENTED (LORA_UNSUPPORTED, COMPUTE_DTYPE_UNSUPPORTED)."""
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
