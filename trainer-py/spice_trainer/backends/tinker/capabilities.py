"""What this backend declares."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from spice_trainer.backend import Capabilities
from spice_trainer.backends.checks import MAX_IN_FLIGHT_SAMPLES, MAX_SAMPLES_PER_PROMPT
from spice_trainer.backends.tinker.settings import ENGINE_SCHEMA, TinkerSettings

LORA_ALPHA = 32.0
"""Servers of this kind take no other: SkyRL 0.4.0 has it as a constant, the SDK has no field for it."""

MAX_RANK = 128
"""A bound of ours: SkyRL makes room for the rank that is asked for, and other servers tell their own."""


def declare(settings: TinkerSettings) -> Capabilities:
    """Capabilities with these settings."""
    own = "" if settings.base_url else " of the local server"
    return Capabilities(
        backend="tinker",
        trainable=("lora",),
        max_lora_rank=MAX_RANK,
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
        # No temperature: the server's log-probabilities are those of temperature 1, at others there is nothing to train on.
        sampling_parameters=("top_p", "top_k", "stop_token_ids", "stop_strings", "ignore_eos"),
        logprob_modes=("temperature_scaled", "raw"),
        logprob_source="emitted",
        seed_support="best_effort",
        determinism="E1",
        checkpoint_scopes=("weights", "optimizer"),
        publish_modes=("keep",),
        concurrent_train_and_sample=True,
        max_samples_per_prompt=MAX_SAMPLES_PER_PROMPT,
        max_in_flight_samples=MAX_IN_FLIGHT_SAMPLES,
        max_tokens_per_microbatch=settings.train_sequences * 1024,
        quirks=(
            "temperature 1 only, in sampling, scoring and training; raw and temperature_scaled are the same there",
            f"low-rank adapters only, alpha {LORA_ALPHA:.0f}, on every linear layer the server chooses",
            "losses are computed here in float64, and their slopes are sent as advantages of an importance-sampling loss",
            "no entropy: its statistic is 0 and a coefficient above 0 is refused",
            "max_grad_norm runs the backward pass twice where the server tells the norm with an update only: not on one"
            " process of SkyRL that this trainer started",
            "cancelled samples end here at once and on the server when they are done",
            f"a shape{own} that is new compiles for seconds",
        ),
        versions=_versions(),
        hardware="a Tinker-compatible server" if settings.base_url else f"SkyRL on this machine ({platform.machine()})",
        engine_schema=ENGINE_SCHEMA,
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("tinker", "skyrl", "jax", "ray", "transformers"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
