"""Losses of the contract, as messages."""

from __future__ import annotations

from typing import Any

from spice_conformance.messages import policy_gradient
from spice_trainer.server.wire import pb


def ppo(ratio: str = "token", baseline: str = "old", dual_clip: float | None = None, **fields: Any) -> Any:
    """PPO's clipped surrogate, clip 0.2 below and 0.3 above."""
    surrogate = pb.PpoClipSurrogate(clip_low=0.2, clip_high=0.3, dual_clip=dual_clip)
    return _with(ratio, baseline, {"ppo_clip": surrogate, **fields})


def cispo(ratio: str = "token", baseline: str = "old", **fields: Any) -> Any:
    """CISPO, clip 0.2 below and 0.3 above."""
    return _with(ratio, baseline, {"cispo": pb.CispoSurrogate(clip_low=0.2, clip_high=0.3), **fields})


def plain(ratio: str = "token", baseline: str = "old", **fields: Any) -> Any:
    """Unclipped ratio; with ratio "none": REINFORCE."""
    return _with(ratio, baseline, {"plain": pb.PlainSurrogate(), **fields})


def correction(kind: str, low: float, high: float, pair: str) -> Any:
    """Correction message; names as in losses.proto, lower case."""
    return pb.Correction(
        kind=pb.enum_number("CorrectionKind", kind),
        low=low,
        high=high,
        pair=pb.enum_number("CorrectionPair", pair),
    )


def kl(estimator: str, coefficient: float, clamp: float | None = None) -> Any:
    """KlPenalty message against the REFERENCE_LOGPROBS column."""
    return pb.KlPenalty(
        estimator=pb.enum_number("KlEstimator", estimator),
        coefficient=coefficient,
        clamp=clamp,
        reference=pb.enum_number("ReferenceKind", "client_logprobs"),
    )


def _with(ratio: str, baseline: str, fields: dict[str, Any]) -> Any:
    none = ratio == "none"
    return policy_gradient(
        **{
            "ppo_clip": None,
            "ratio": pb.enum_number("RatioLevel", ratio),
            "ratio_baseline": 0 if none else pb.enum_number("RatioBaseline", baseline),
            **fields,
        }
    )
