"""The names of the contract for losses, corrections and sampling parameters. Each list stands here
only.

A type (`Surrogate`) has every name of the contract. A tuple with the same name in capitals
(`SURROGATES`) has the names that a complete engine declares in `Capabilities`, in the order of
declaration.
"""

from __future__ import annotations

from typing import Literal, get_args

LossName = Literal["policy_gradient", "cross_entropy", "external_gradient"]
LOSSES: tuple[LossName, ...] = ("policy_gradient", "cross_entropy")
"""The service refuses `external_gradient` with every engine."""

Surrogate = Literal["ppo_clip", "cispo", "plain"]
SURROGATES: tuple[Surrogate, ...] = get_args(Surrogate)

Ratio = Literal["token", "sequence", "none"]
RATIOS: tuple[Ratio, ...] = get_args(Ratio)

RatioBaseline = Literal["old", "behaviour", "current"]
RATIO_BASELINES: tuple[RatioBaseline, ...] = get_args(RatioBaseline)

Correction = Literal["none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask"]
CORRECTIONS: tuple[Correction, ...] = get_args(Correction)

KlEstimator = Literal["none", "k1", "k2", "k3"]
KL_ESTIMATORS: tuple[KlEstimator, ...] = get_args(KlEstimator)

KlReference = Literal["client_logprobs"]
KL_REFERENCES: tuple[KlReference, ...] = get_args(KlReference)
"""The contract has more names. The service gives an engine the column of log-probabilities only,
and refuses the other names."""

SamplingParameter = Literal[
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "stop_token_ids",
    "stop_strings",
    "ignore_eos",
    "seed",
    "priority",
    "sample_timeout_seconds",
]
SAMPLING_PARAMETERS: tuple[SamplingParameter, ...] = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "stop_token_ids",
    "stop_strings",
    "ignore_eos",
    "seed",
)
"""No engine of this package declares `priority` or `sample_timeout_seconds`."""

LogprobMode = Literal["raw", "temperature_scaled", "processed"]
LOGPROB_MODES: tuple[LogprobMode, ...] = get_args(LogprobMode)


def sampling_parameters_without(*absent: SamplingParameter) -> tuple[SamplingParameter, ...]:
    """Returns `SAMPLING_PARAMETERS` without `absent`, in the same order."""
    return tuple(name for name in SAMPLING_PARAMETERS if name not in absent)
