"""Abilities of sampling with vLLM."""

from __future__ import annotations

from spice_trainer.api import names
from spice_trainer.engines.shared.capabilities import SamplerAbilities
from spice_trainer.engines.shared.vllm_engine.sampler import VllmSampler

_QUIRKS = (
    "one policy version is served at a time; samples in flight go on with the new weights, as their spans say",
    "seeds repeat a sample on the same machine under the same load; a batch of another size may change it",
    "at temperature 0 the temperature_scaled log-probability is the raw one",
    "a seed's highest bit is ignored",
)


def sampler_abilities(sampler: VllmSampler | None, *, name_transfer: bool) -> SamplerAbilities:
    """Returns the abilities of the sampler of an open session, or, with None, of a sampler that was
    not started. `name_transfer`: whether to name the way of the weights to vLLM, for learners with
    more than one way."""
    transfer = (f"weights reach vLLM by {sampler.transfer}",) if sampler is not None and name_transfer else ()
    return SamplerAbilities(
        parameters=names.sampling_parameters_without("ignore_eos"),
        logprob_modes=("temperature_scaled",),
        seed_support="best_effort",
        determinism="E1",
        versions={} if sampler is None else sampler.package_versions,
        quirks=(*_QUIRKS, *transfer),
    )
