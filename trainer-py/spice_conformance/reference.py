"""Token losses in float64, as defined in losses.proto. Derivatives are central differences, not
formulas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spice_conformance.batch import Row
from spice_trainer.server.wire import pb

F64 = NDArray[np.float64]
STEP = 1e-5


def token_losses(spec: pb.PolicyGradientLoss, row: Row, c: F64, stopped: F64, entropy: F64 | None = None) -> F64:
    """Returns the loss of each token of weight above 0 (0 for others), without its weight. `c`:
    current log-probabilities where the gradient flows. `stopped`: their values where it does not
    flow, sg(c)."""
    live = np.array(row.weight) > 0
    advantage = np.array(row.advantage)
    log_ratio = _log_ratio(spec, row, c, stopped, live)
    surrogate = _surrogate(spec, advantage, c, log_ratio, _log_ratio(spec, row, stopped, stopped, live))
    loss = _factor(spec, row, stopped, live) * surrogate + spec.kl.coefficient * _kl(spec.kl, row, c)
    if entropy is not None:
        loss = loss - spec.entropy_coefficient * entropy
    return np.where(live, loss, 0.0)


def slopes(spec: pb.PolicyGradientLoss, row: Row, c: F64) -> F64:
    """Returns d(sum of weight * loss)/dc of each token, by central differences, without the entropy
    term."""
    weight = np.array(row.weight)

    def total(values: F64) -> float:
        return float((weight * token_losses(spec, row, values, c)).sum())

    nudges = np.eye(len(c)) * STEP
    return np.array([(total(c + nudge) - total(c - nudge)) / (2 * STEP) for nudge in nudges])


def _log_ratio(spec: pb.PolicyGradientLoss, row: Row, c: F64, stopped: F64, live: NDArray[np.bool_]) -> F64:
    """Returns the logarithm of rho."""
    level = pb.enum_name("RatioLevel", spec.ratio)
    if level == "none":
        return np.zeros_like(c)
    baseline = {"old": row.old, "behaviour": row.behaviour, "current": tuple(stopped)}[
        str(pb.enum_name("RatioBaseline", spec.ratio_baseline))
    ]
    gap = c - np.array(baseline)
    return np.full_like(c, gap[live].mean()) if level == "sequence" else gap


def _surrogate(spec: pb.PolicyGradientLoss, advantage: F64, c: F64, log_ratio: F64, stopped_log_ratio: F64) -> F64:
    kind = spec.WhichOneof("surrogate")
    rho = np.exp(log_ratio)
    if kind == "plain":
        return -advantage * (c if pb.enum_name("RatioLevel", spec.ratio) == "none" else rho)
    bounds = spec.cispo if kind == "cispo" else spec.ppo_clip
    low, high = 1 - bounds.clip_low, 1 + bounds.clip_high
    if kind == "cispo":
        return -np.clip(np.exp(stopped_log_ratio), low, high) * advantage * c
    value = -np.minimum(rho * advantage, np.clip(rho, low, high) * advantage)
    if not spec.ppo_clip.HasField("dual_clip"):
        return value
    return np.where(advantage < 0, np.minimum(value, -spec.ppo_clip.dual_clip * advantage), value)


def _factor(spec: pb.PolicyGradientLoss, row: Row, stopped: F64, live: NDArray[np.bool_]) -> F64:
    kind = str(pb.enum_name("CorrectionKind", spec.correction.kind))
    if kind == "none":
        return np.ones_like(stopped)
    over_old = pb.enum_name("CorrectionPair", spec.correction.pair) == "old_over_behaviour"
    gap = (np.array(row.old) if over_old else stopped) - np.array(row.behaviour)
    if kind.startswith("sequence"):
        gap = np.full_like(gap, gap[live].sum())
    if kind == "geometric_mask":
        gap = np.full_like(gap, gap[live].mean())
    weight = np.exp(gap)
    if kind.endswith("truncate"):
        return np.minimum(np.maximum(weight, spec.correction.low), spec.correction.high)
    inside = (weight >= spec.correction.low) & (weight <= spec.correction.high)
    return np.where(inside, 1.0 if kind == "geometric_mask" else weight, 0.0)


def _kl(penalty: pb.KlPenalty, row: Row, c: F64) -> F64:
    kind = pb.enum_name("KlEstimator", penalty.estimator)
    if kind == "none":
        return np.zeros_like(c)
    k = np.array(row.reference) - c
    if penalty.HasField("clamp"):
        k = np.clip(k, -penalty.clamp, penalty.clamp)
    return {"k1": -k, "k2": k * k / 2, "k3": np.exp(k) - k - 1}[str(kind)]
