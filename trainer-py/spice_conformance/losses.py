"""Losses of the contract, as messages."""

from __future__ import annotations

from typing import Unpack

from spice_conformance.messages import policy_gradient
from spice_trainer.server.wire import pb


def ppo(
    level: pb.RatioLevelName = "token",
    baseline: pb.RatioBaselineName = "old",
    dual_clip: float | None = None,
    **fields: Unpack[pb.PolicyGradientLossFields],
) -> pb.LossSpec:
    """Returns the clipped surrogate of PPO (Schulman et al. 2017, arXiv:1707.06347), with clip 0.2
    below and 0.3 above."""
    surrogate = pb.PpoClipSurrogate(clip_low=0.2, clip_high=0.3, dual_clip=dual_clip)
    return _with(level, baseline, {"ppo_clip": surrogate, **fields})


def cispo(
    level: pb.RatioLevelName = "token",
    baseline: pb.RatioBaselineName = "old",
    **fields: Unpack[pb.PolicyGradientLossFields],
) -> pb.LossSpec:
    """Returns CISPO, with clip 0.2 below and 0.3 above."""
    return _with(level, baseline, {"cispo": pb.CispoSurrogate(clip_low=0.2, clip_high=0.3), **fields})


def plain(
    level: pb.RatioLevelName = "token",
    baseline: pb.RatioBaselineName = "old",
    **fields: Unpack[pb.PolicyGradientLossFields],
) -> pb.LossSpec:
    """Returns the surrogate with an unclipped ratio. With ratio "none" it is REINFORCE."""
    return _with(level, baseline, {"plain": pb.PlainSurrogate(), **fields})


def correction(kind: pb.CorrectionKindName, low: float, high: float, pair: pb.CorrectionPairName) -> pb.Correction:
    """Returns a Correction message."""
    return pb.Correction(
        kind=pb.enum_number("CorrectionKind", kind),
        low=low,
        high=high,
        pair=pb.enum_number("CorrectionPair", pair),
    )


def kl(estimator: pb.KlEstimatorName, coefficient: float, clamp: float | None = None) -> pb.KlPenalty:
    """Returns a KlPenalty message against the REFERENCE_LOGPROBS column."""
    return pb.KlPenalty(
        estimator=pb.enum_number("KlEstimator", estimator),
        coefficient=coefficient,
        clamp=clamp,
        reference=pb.enum_number("ReferenceKind", "client_logprobs"),
    )


def _with(level: pb.RatioLevelName, baseline: pb.RatioBaselineName, fields: pb.PolicyGradientLossFields) -> pb.LossSpec:
    values: pb.PolicyGradientLossFields = {
        "ppo_clip": None,
        "ratio": pb.enum_number("RatioLevel", level),
        "ratio_baseline": pb.enum_number("RatioBaseline", "unspecified" if level == "none" else baseline),
        **fields,
    }
    return policy_gradient(**values)
