"""Token losses and their slopes in NumPy, float64, as defined in
proto/spice/trainer/v1/losses.proto."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import CrossEntropyLoss, LossSpec, PolicyGradientLoss, TrainSequence
from spice_trainer.toolkit import TokenRecord

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class TokenLoss:
    """Values for each completion token of one sequence. `slope` is dL_s/dc, where L_s = sum of
    weight x loss. `entropy_slope` is dL_s/dH."""

    loss: F64
    slope: F64
    entropy_slope: float
    ratio: F64
    clipped_low: Mask
    clipped_high: Mask
    truncated: Mask

    def record(self, sequence: TrainSequence, normalizer: float, current: F64, entropy: F64) -> TokenRecord:
        """Returns the record of the sequence for statistics."""
        return TokenRecord(
            sequence,
            normalizer,
            current,
            entropy,
            self.loss,
            self.ratio,
            self.clipped_low,
            self.clipped_high,
            self.truncated,
        )


def token_loss(spec: LossSpec, sequence: TrainSequence, current: F64, entropy: F64) -> TokenLoss:
    """Returns loss and slopes. `current`: log-probabilities under the training weights. `entropy`:
    entropies of the distributions. Both at the temperature of the sequence."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _token_loss(spec, sequence, current, entropy)


def _token_loss(spec: LossSpec, sequence: TrainSequence, current: F64, entropy: F64) -> TokenLoss:
    weights = sequence.weights.astype(np.float64)
    nothing = np.zeros(len(current), dtype=bool)
    if isinstance(spec, CrossEntropyLoss):
        return TokenLoss(-current, -weights, 0.0, np.ones_like(current), nothing, nothing, nothing)
    live = weights > 0
    ratio = _ratio(spec, sequence, current, live)
    surrogate, slope, low, high = _surrogate(spec, ratio, sequence.advantages.astype(np.float64), current)
    factor, truncated = _correction(spec, sequence, current, live)
    scaled = np.where(live, weights * factor * slope, 0.0)
    if spec.ratio == "sequence" and spec.surrogate != "cispo":
        scaled = live * (scaled.sum() / max(1, int(live.sum())))
    loss = factor * surrogate
    if spec.kl != "none":
        penalty, penalty_slope = _kl(spec, _column(sequence.reference_logprobs), current)
        loss = loss + spec.kl_coefficient * penalty
        scaled = scaled + np.where(live, weights * spec.kl_coefficient * penalty_slope, 0.0)
    loss = np.where(live, loss - spec.entropy_coefficient * entropy, 0.0)
    return TokenLoss(loss, scaled, -spec.entropy_coefficient, ratio, low, high, truncated)


def _ratio(spec: PolicyGradientLoss, sequence: TrainSequence, current: F64, live: Mask) -> F64:
    if spec.ratio == "none" or spec.ratio_baseline == "current":
        return np.ones_like(current)
    old = sequence.old_logprobs if spec.ratio_baseline == "old" else sequence.behaviour_logprobs
    log_ratio = current - _column(old)
    if spec.ratio == "sequence":
        return np.full_like(current, np.exp(_mean(log_ratio, live)))
    return np.exp(log_ratio)


def _surrogate(spec: PolicyGradientLoss, ratio: F64, advantage: F64, current: F64) -> tuple[F64, F64, Mask, Mask]:
    """Returns loss, dloss/dc, and the tokens at the lower and the upper bound."""
    if spec.surrogate == "plain":
        loss = -advantage * current if spec.ratio == "none" else -ratio * advantage
        slope = -advantage if spec.ratio == "none" else -ratio * advantage
        return loss, slope, ratio < 0, ratio < 0
    bounded = np.clip(ratio, 1 - spec.clip_low, 1 + spec.clip_high)
    if spec.surrogate == "cispo":
        return -bounded * advantage * current, -bounded * advantage, ratio < bounded, ratio > bounded
    gain = np.minimum(ratio * advantage, bounded * advantage)
    free = ratio * advantage <= bounded * advantage
    if spec.dual_clip is not None:
        floor = spec.dual_clip * advantage
        free &= ~((advantage < 0) & (gain < floor))
        gain = np.where(advantage < 0, np.maximum(gain, floor), gain)
    slope = np.where(free, -ratio * advantage, 0.0)
    return -gain, slope, ~free & (ratio < 1), ~free & (ratio > 1)


def _correction(spec: PolicyGradientLoss, sequence: TrainSequence, current: F64, live: Mask) -> tuple[F64, Mask]:
    if spec.correction == "none":
        return np.ones_like(current), np.zeros(len(current), dtype=bool)
    numerator = _column(sequence.old_logprobs) if spec.ratio_baseline == "old" and spec.ratio != "none" else current
    gap = numerator - _column(sequence.behaviour_logprobs)
    if spec.correction.startswith("sequence"):
        gap = np.full_like(gap, gap[live].sum())
    elif spec.correction == "geometric_mask":
        gap = np.full_like(gap, _mean(gap, live))
    weight = np.exp(gap)
    outside = (weight < spec.correction_low) | (weight > spec.correction_high)
    if spec.correction.endswith("truncate"):
        return np.clip(weight, spec.correction_low, spec.correction_high), outside
    kept = np.ones_like(weight) if spec.correction == "geometric_mask" else weight
    return np.where(outside, 0.0, kept), outside


def _kl(spec: PolicyGradientLoss, reference: F64, current: F64) -> tuple[F64, F64]:
    gap = reference - current
    free = np.ones_like(gap)
    if spec.kl_clamp is not None:
        free = (np.abs(gap) <= spec.kl_clamp).astype(np.float64)
        gap = np.clip(gap, -spec.kl_clamp, spec.kl_clamp)
    if spec.kl == "k1":
        return -gap, free
    if spec.kl == "k2":
        return gap * gap / 2, -gap * free
    return np.exp(gap) - gap - 1, (1 - np.exp(gap)) * free


def _mean(values: F64, live: Mask) -> float:
    return float(values[live].mean()) if live.any() else 0.0


def _column(values: NDArray[np.float32] | None) -> F64:
    if values is None:
        raise TypeError("the service lets no loss through without the columns it needs")
    return values.astype(np.float64)
