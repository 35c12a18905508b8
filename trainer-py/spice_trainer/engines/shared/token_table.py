"""Statistics of a batch by role: averages over tokens, weighted with the loss weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import RoleStats

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class TokenTable:
    """Values of every trained token, [N] each."""

    role: NDArray[np.int64]
    """Index into the list of roles."""
    sequence: NDArray[np.int64]
    weight: F64
    loss: F64
    """Loss of the token, weighted and divided by Z: its share of the normative loss."""
    logprob: F64
    behaviour: F64
    """NaN where the column is absent."""
    entropy: F64
    ratio: F64
    clipped_low: F64
    clipped_high: F64
    truncated: F64


def by_role(table: TokenTable, roles: Sequence[str]) -> Mapping[str, RoleStats]:
    """Returns the statistics: under "" for the whole batch, and under each role in the batch."""
    result = {"": _statistics(table, table.weight > 0)}
    for index, role in enumerate(roles):
        if role:
            result[role] = _statistics(table, (table.weight > 0) & (table.role == index))
    return result


def _statistics(table: TokenTable, chosen: NDArray[np.bool_]) -> RoleStats:
    tokens = int(chosen.sum())
    if tokens == 0:
        return RoleStats()
    weight = table.weight[chosen]

    def mean(column: F64) -> float:
        return float(np.average(column[chosen], weights=weight))

    gap = (table.logprob - table.behaviour)[chosen]
    measured = ~np.isnan(gap)
    behaviour: dict[str, float] = {}
    if measured.any():
        gap, gap_weight = gap[measured], weight[measured]
        ratio = np.exp(gap)
        behaviour = {
            "kl_behaviour_k1": float(np.average(-gap, weights=gap_weight)),
            "kl_behaviour_k3": float(np.average(ratio - gap - 1, weights=gap_weight)),
            "logprob_gap_mean": float(np.average(np.abs(gap), weights=gap_weight)),
            "logprob_gap_max": float(np.abs(gap).max()),
            "effective_sample_size": float(ratio.sum() ** 2 / (ratio**2).sum() / len(ratio)),
        }
    return RoleStats(
        sequences=len(np.unique(table.sequence[chosen])),
        tokens=tokens,
        loss=_total(table.loss[chosen]),
        mean_logprob=mean(table.logprob),
        ratio_mean=mean(table.ratio),
        ratio_max=float(table.ratio[chosen].max()),
        clip_low_fraction=mean(table.clipped_low),
        clip_high_fraction=mean(table.clipped_high),
        truncated_fraction=mean(table.truncated),
        entropy=mean(table.entropy),
        **behaviour,
    )


def _total(values: F64) -> float:
    """Returns the exact sum of the values. `fsum` refuses infinities of both signs; their sum is
    NaN."""
    if np.isfinite(values).all():
        return math.fsum(values)
    with np.errstate(invalid="ignore"):
        return float(values.sum())
