"""Abilities of the learner and the sampler on a Tinker server."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from spice_trainer.engines.shared.capabilities import LearnerAbilities, SamplerAbilities
from spice_trainer.engines.tinker.normalization import Detected
from spice_trainer.engines.tinker.profiles import HOSTED, Profile
from spice_trainer.engines.tinker.settings import TinkerSettings

LORA_ALPHA = 32.0
"""The only alpha of servers of this kind: a constant in SkyRL 0.4.0, and not a field in the SDKs.
The alpha of the hosted service is not documented. The article "LoRA Without Regret" of its makers
uses 32, and the question about it (#280) has no answer from them."""

MAX_RANK = 128
"""Largest rank. SkyRL allocates memory for the requested rank, and other servers report their own
limit."""


def learner_abilities(settings: TinkerSettings, profile: Profile, detected: Detected | None) -> LearnerAbilities:
    """Returns the abilities of a learner with these settings. `detected` is known when a session is
    open."""
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
    """Returns the abilities of the sampler of the server."""
    return SamplerAbilities(
        # No temperature: the log-probabilities of the server are always those of temperature 1, so
        # samples of other temperatures cannot be trained on.
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
