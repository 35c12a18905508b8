"""Statistics of a batch by role, as results.proto (RoleStatistics) defines them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spice_trainer.backend import F32, RoleStats, TrainSequence
from spice_trainer.backends.fake.losses import Mask, TokenLoss
from spice_trainer.backends.fake.table import F64


@dataclass(frozen=True)
class TokenRecord:
    """One sequence after its forward pass."""

    sequence: TrainSequence
    current: F64
    entropy: F64
    result: TokenLoss
    normalizer: float


def by_role(records: Sequence[TokenRecord]) -> dict[str, RoleStats]:
    """Key "" is the whole batch."""
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

    def mean(parts: Sequence[F64] | Sequence[Mask]) -> float:
        return float((weights * _join(parts)).sum() / total)

    ratio = _join([one.result.ratio for one in records])
    values = {
        "loss": sum(float((one.sequence.weights * one.result.loss).sum()) / one.normalizer for one in records),
        "mean_logprob": mean([one.current for one in records]),
        "ratio_mean": mean([one.result.ratio for one in records]),
        "ratio_max": float(ratio[live].max()),
        "clip_low_fraction": mean([one.result.clipped_low for one in records]),
        "clip_high_fraction": mean([one.result.clipped_high for one in records]),
        "truncated_fraction": mean([one.result.truncated for one in records]),
        "entropy": mean([one.entropy for one in records]),
        **_gap(records, weights),
    }
    return RoleStats(sequences=len(records), tokens=int(live.sum()), **values)


def _gap(records: Sequence[TokenRecord], weights: F64) -> dict[str, float]:
    """Behaviour against current, over the sequences that carry behaviour log-probabilities."""
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


def _join(parts: Sequence[F64] | Sequence[F32] | Sequence[Mask]) -> F64:
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])
