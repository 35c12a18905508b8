"""What the learner and the sampler on a Tinker server can do."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from spice_trainer.engines.shared.capabilities import LearnerAbilities, SamplerAbilities
from spice_trainer.engines.tinker.normalisation import Detected
from spice_trainer.engines.tinker.profiles import HOSTED, Profile
from spice_trainer.engines.tinker.settings import TinkerSettings

LORA_ALPHA = 32.0
"""Servers of this kind take no other: SkyRL 0.4.0 has it as a constant, the SDKs have no field for it. The hosted service's
is not documented: its makers' article "LoRA Without Regret" uses 32, and the question (#280) has no answer of theirs."""

MAX_RANK = 128
"""A bound of ours: SkyRL makes room for the rank that is asked for, and other servers tell their own."""


def learner_abilities(settings: TinkerSettings, profile: Profile, detected: Detected | None) -> LearnerAbilities:
    """Of a learner with these settings; `detected` once a session is open."""
    own = "" if settings.base_url else " of the local server"
    return LearnerAbilities(
        trainable=("lora",),
        max_lora_rank=MAX_RANK,
        compute_dtypes=("float32",),
        scoring_references=("base", "version"),
        checkpoint_scopes=("weights", "optimizer"),
        max_tokens_per_microbatch=settings.train_sequences * 1024,
        quirks=(
            "temperature 1 only, in sampling, scoring and training; raw and temperature_scaled are the same there",
            f"low-rank adapters only, alpha {LORA_ALPHA:.0f}, on every linear layer the server chooses",
            "losses are computed here in float64, and their slopes are sent as "
            + ("the weights of a cross-entropy" if profile is HOSTED else "advantages of an importance-sampling loss"),
            "no entropy: its statistic is 0 and a coefficient above 0 is refused",
            "cancelled samples end here at once and on the server when they are done",
            *(
                _HOSTED_QUIRKS
                if profile is HOSTED
                else (*_SKYRL_QUIRKS, f"a shape{own} that is new compiles for seconds")
            ),
            f"server profile {profile.name}" + ("" if detected is None else f"; {detected.describe()}"),
        ),
        versions=_versions(),
        hardware=_where(settings, profile),
    )


def sampler_abilities() -> SamplerAbilities:
    """Of the server's sampler."""
    return SamplerAbilities(
        # No temperature: the server's log-probabilities are those of temperature 1, at others there is nothing to train on.
        parameters=("top_p", "top_k", "stop_token_ids", "stop_strings", "ignore_eos"),
        logprob_modes=("temperature_scaled", "raw"),
        seed_support="best_effort",
        determinism="E1",
    )


_SKYRL_QUIRKS = (
    "max_grad_norm runs the backward pass twice where the server tells the norm with an update only: not on one process of"
    " SkyRL that this trainer started",
)
_HOSTED_QUIRKS = (
    "max_grad_norm is given to the service, which clips; the norm is what it tells, and not finite where it tells none",
    "versions are scored by the service's sampler, current weights and the base model by its trainer",
    "a version's digest is of log-probabilities, which two snapshots of the same weights need not share",
    "alpha and number format are the service's own and not told by it",
)


def _where(settings: TinkerSettings, profile: Profile) -> str:
    if profile is HOSTED:
        return "the hosted Tinker service (server profile hosted)"
    if settings.base_url:
        return "a Tinker-compatible server (server profile skyrl)"
    return f"SkyRL on this machine ({platform.machine()})"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("tinker", "skyrl", "jax", "ray", "transformers"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
