"""Statistics of a batch by role, as defined in results.proto (RoleStatistics). All logarithms are
natural."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import RoleStats, TrainSequence

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Values = F64 | Mask | NDArray[np.float32]


@dataclass(frozen=True)
class TokenRecord:
    """A sequence after its forward pass. Arrays have the shape [completion tokens]."""

    sequence: TrainSequence
    normalizer: float
    current: F64
    """Log-probabilities before the update."""
    entropy: F64
    loss: F64
    """Token losses, not multiplied by the weight and not divided by the normalizer."""
    ratio: F64 | None = None
    """None: the ratio is 1 for all tokens, and no token is clipped or truncated."""
    clipped_low: Mask | None = None
    clipped_high: Mask | None = None
    truncated: Mask | None = None


def by_role(records: Sequence[TokenRecord]) -> dict[str, RoleStats]:
    """Returns the statistics by role. The key "" is the whole batch."""
    roles = sorted({record.sequence.role for record in records} - {""})
    groups = {"": list(records)}
    groups.update({role: [one for one in records if one.sequence.role == role] for role in roles})
    return {role: _summary(members) for role, members in groups.items()}


def _summary(records: Sequence[TokenRecord]) -> RoleStats:
    weights = _join([one.sequence.weights for one in records])
    live = weights > 0
    total = float(weights.sum())
    if total == 0:
        return RoleStats(sequences=len(records))

    def mean(parts: Sequence[Values]) -> float:
        return float((weights * _join(parts)).sum() / total)

    def share(name: str) -> float:
        masks = [getattr(one, name) for one in records]
        return mean(
            [np.zeros(len(one.current)) if mask is None else mask for one, mask in zip(records, masks, strict=True)]
        )

    ratios = [np.ones(len(one.current)) if one.ratio is None else one.ratio for one in records]
    values = {
        "loss": sum(float((one.sequence.weights * one.loss).sum()) / one.normalizer for one in records),
        "mean_logprob": mean([one.current for one in records]),
        "ratio_mean": mean(ratios),
        "ratio_max": float(_join(ratios)[live].max()),
        "clip_low_fraction": share("clipped_low"),
        "clip_high_fraction": share("clipped_high"),
        "truncated_fraction": share("truncated"),
        "entropy": mean([one.entropy for one in records]),
        **_gap(records, weights),
    }
    return RoleStats(sequences=len(records), tokens=int(live.sum()), **values)


def _gap(records: Sequence[TokenRecord], weights: F64) -> dict[str, float]:
    """Differences between behavior and current log-probabilities, over the sequences that have
    behavior log-probabilities."""
    rows = [
        (one.sequence.weights.astype(np.float64), one.current - one.sequence.behaviour_logprobs.astype(np.float64))
        for one in records
        if one.sequence.behaviour_logprobs is not None
    ]
    weight = _join([row[0] for row in rows]) if rows else np.empty(0)
    gap = _join([row[1] for row in rows])[weight > 0] if rows else np.empty(0)
    weight = weight[weight > 0]
    if len(gap) == 0:
        return {}
    importance = np.exp(gap)
    total = float(weight.sum())
    share = float(importance.sum() ** 2 / (len(gap) * (importance**2).sum()))
    return {
        "kl_behaviour_k1": float((weight * -gap).sum() / total),
        "kl_behaviour_k3": float((weight * (importance - gap - 1)).sum() / total),
        "logprob_gap_mean": float((weight * np.abs(gap)).sum() / total),
        "logprob_gap_max": float(np.abs(gap).max()),
        "effective_sample_size": share,
    }


def _join(parts: Sequence[Values]) -> F64:
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
