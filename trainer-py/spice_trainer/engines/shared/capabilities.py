"""Makes `Capabilities` from the declarations of the two halves of a trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from spice_trainer.api import Capabilities, names
from spice_trainer.engines.shared.checks import MAX_IN_FLIGHT_SAMPLES, MAX_SAMPLES_PER_PROMPT
from spice_trainer.engines.shared.engine_settings import Properties, schema_of


@dataclass(frozen=True)
class LearnerAbilities:
    """Abilities of a learner. It computes every loss of the contract
    (`spice_trainer.api.names`)."""

    trainable: tuple[str, ...]
    max_lora_rank: int
    compute_dtypes: tuple[str, ...]
    scoring_references: tuple[str, ...]
    checkpoint_scopes: tuple[str, ...]
    max_tokens_per_microbatch: int
    versions: Mapping[str, str]
    """Package versions by name."""
    hardware: str
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True)
class SamplerAbilities:
    """Abilities of a sampler."""

    parameters: tuple[names.SamplingParameter, ...]
    logprob_modes: tuple[names.LogprobMode, ...]
    seed_support: Literal["none", "best_effort", "bitwise"]
    determinism: Literal["E0", "E1", "E2"]
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Package versions by name, in addition to those of the learner."""
    quirks: tuple[str, ...] = ()


def combine(name: str, properties: Properties, learner: LearnerAbilities, sampler: SamplerAbilities) -> Capabilities:
    """Returns the capabilities of trainer `name` with the settings `properties`. The quirks of the
    sampler come first."""
    return Capabilities(
        backend=name,
        trainable=learner.trainable,
        max_lora_rank=learner.max_lora_rank,
        compute_dtypes=learner.compute_dtypes,
        losses=names.LOSSES,
        surrogates=names.SURROGATES,
        ratios=names.RATIOS,
        ratio_baselines=names.RATIO_BASELINES,
        corrections=names.CORRECTIONS,
        kl_estimators=names.KL_ESTIMATORS,
        kl_references=names.KL_REFERENCES,
        scoring_references=learner.scoring_references,
        sampling_parameters=sampler.parameters,
        logprob_modes=sampler.logprob_modes,
        logprob_source="emitted",
        seed_support=sampler.seed_support,
        determinism=sampler.determinism,
        checkpoint_scopes=learner.checkpoint_scopes,
        publish_modes=("keep",),
        concurrent_train_and_sample=True,
        max_samples_per_prompt=MAX_SAMPLES_PER_PROMPT,
        max_in_flight_samples=MAX_IN_FLIGHT_SAMPLES,
        max_tokens_per_microbatch=learner.max_tokens_per_microbatch,
        quirks=(*sampler.quirks, *learner.quirks),
        versions={**learner.versions, **sampler.versions},
        hardware=learner.hardware,
        engine_schema=schema_of(properties),
    )
