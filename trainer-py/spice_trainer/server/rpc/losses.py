"""Converts LossSpec and OptimSpec messages for the backend. Refuses values that are malformed or
not declared (losses.proto)."""

from __future__ import annotations

import math
from typing import TypeVar

from spice_trainer.api import Capabilities, CrossEntropyLoss, LossSpec, OptimSpec, PolicyGradientLoss
from spice_trainer.api.names import Correction, KlEstimator, Ratio, RatioBaseline
from spice_trainer.server.wire import descriptors, pb
from spice_trainer.server.wire.errors import ServiceError, invalid, unimplemented

Name = TypeVar("Name", bound=str)


def loss_spec(message: pb.LossSpec, declared: Capabilities) -> LossSpec:
    """Returns the loss of a request."""
    kind = message.WhichOneof("kind")
    if kind is None:
        raise invalid("LOSS", "loss has no kind")
    if kind not in declared.losses or kind == "external_gradient":
        raise unimplemented(f"loss {kind}")
    if kind == "cross_entropy":
        return CrossEntropyLoss()
    return _policy_gradient(message.policy_gradient, declared)


def needed_columns(loss: LossSpec) -> tuple[pb.ColumnName, ...]:
    """Returns the optional columns that the loss needs."""
    if isinstance(loss, CrossEntropyLoss):
        return ()
    needed: list[pb.ColumnName] = []
    if loss.ratio != "none" and loss.ratio_baseline == "old":
        needed.append("old_logprobs")
    if loss.ratio != "none" and loss.ratio_baseline == "behaviour":
        needed.append("behaviour_logprobs")
    if loss.correction != "none":
        needed.append("behaviour_logprobs")
    if loss.kl != "none":
        needed.append("reference_logprobs")
    return tuple(needed)


def normalizer(value: float) -> float:
    """Returns Z of a request."""
    if not math.isfinite(value) or value <= 0:
        raise invalid("NORMALIZER", f"normalizer must be finite and above 0, not {value}")
    return value


def optim_spec(message: pb.OptimSpec) -> OptimSpec:
    """Returns the optimizer settings of a request."""
    spec = OptimSpec(
        learning_rate=message.learning_rate,
        beta1=message.beta1,
        beta2=message.beta2,
        epsilon=message.epsilon,
        weight_decay=message.weight_decay,
        max_grad_norm=message.max_grad_norm if message.HasField("max_grad_norm") else None,
        reset_moments=message.reset_moments,
    )
    _within("optim.learning_rate", spec.learning_rate, low=0)
    _within("optim.weight_decay", spec.weight_decay, low=0)
    for name, value in (("beta1", spec.beta1), ("beta2", spec.beta2)):
        if not 0 <= value < 1:
            raise invalid("OPTIM", f"optim.{name} must be 0 to below 1, not {value}")
    if not math.isfinite(spec.epsilon) or spec.epsilon <= 0:
        raise invalid("OPTIM", f"optim.epsilon must be above 0, not {spec.epsilon}")
    if spec.max_grad_norm is not None and (math.isnan(spec.max_grad_norm) or spec.max_grad_norm <= 0):
        raise invalid("OPTIM", "optim.max_grad_norm must be above 0; leave it out to switch clipping off")
    return spec


def _policy_gradient(message: pb.PolicyGradientLoss, declared: Capabilities) -> PolicyGradientLoss:
    surrogate = message.WhichOneof("surrogate")
    if surrogate is None:
        raise invalid("LOSS", "policy_gradient.surrogate is missing")
    if surrogate not in declared.surrogates:
        raise unimplemented(f"surrogate {surrogate}")
    for part, given in (("correction", message.HasField("correction")), ("kl", message.HasField("kl"))):
        if not given:
            raise invalid("LOSS", f"policy_gradient.{part} is missing", "its NONE value switches it off")
    ratio: Ratio = _choice("RatioLevel", message.ratio, declared.ratios)
    if ratio == "none" and surrogate != "plain":
        raise invalid("LOSS", f"surrogate {surrogate} needs a ratio; RATIO_LEVEL_NONE goes with plain only")
    if ratio == "none" and message.ratio_baseline == 0:
        baseline: RatioBaseline = "current"
    else:
        baseline = _choice("RatioBaseline", message.ratio_baseline, declared.ratio_baselines)
    correction: Correction = _choice("CorrectionKind", message.correction.kind, declared.corrections)
    if correction != "none":
        _check_correction(message.correction, "none" if ratio == "none" else baseline)
    kl: KlEstimator = _choice("KlEstimator", message.kl.estimator, declared.kl_estimators)
    if kl != "none":
        reference = _known("ReferenceKind", message.kl.reference)
        if reference != "client_logprobs" or reference not in declared.kl_references:
            raise unimplemented(f"KL reference {reference}", "score the reference first and send REFERENCE_LOGPROBS")
        _within("kl.coefficient", message.kl.coefficient, low=0)
    _within("entropy_coefficient", message.entropy_coefficient, low=0)
    bounds = message.ppo_clip if surrogate == "ppo_clip" else message.cispo
    clipped = surrogate != "plain"
    dual_clip = message.ppo_clip.dual_clip if message.ppo_clip.HasField("dual_clip") else None
    clamp = message.kl.clamp if message.kl.HasField("clamp") else None
    if clipped:
        _within("clip_low", bounds.clip_low, low=0, high=1)
        _within("clip_high", bounds.clip_high, low=0)
    return PolicyGradientLoss(
        surrogate=surrogate,
        ratio=ratio,
        ratio_baseline=baseline,
        clip_low=bounds.clip_low if clipped else 0.0,
        clip_high=bounds.clip_high if clipped else 0.0,
        dual_clip=_optional("dual_clip", dual_clip, above=1.0),
        correction=correction,
        correction_low=message.correction.low,
        correction_high=message.correction.high,
        kl=kl,
        kl_coefficient=message.kl.coefficient,
        kl_clamp=_optional("clamp", clamp, above=0.0),
        entropy_coefficient=message.entropy_coefficient,
    )


_PAIRS = {"old": "old_over_behaviour", "current": "current_over_behaviour", "none": "current_over_behaviour"}


def _check_correction(message: pb.Correction, baseline: str) -> None:
    if baseline == "behaviour":
        raise invalid("LOSS", "a correction beside RATIO_BASELINE_BEHAVIOUR would correct twice")
    if not 0 <= message.low < message.high or math.isinf(message.low):
        raise invalid("LOSS", "correction needs 0 <= low < high")
    if pb.enum_name("CorrectionPair", message.pair) != _PAIRS[baseline]:
        raise invalid("LOSS", f"with this ratio, correction.pair must be {_PAIRS[baseline].upper()}")


def _choice(enum: str, number: int, declared: tuple[Name, ...]) -> Name:
    name = _known(enum, number)
    chosen = next((one for one in declared if one == name), None)
    if chosen is None:
        raise unimplemented(f"{enum} {name}")
    return chosen


def _known(enum: str, number: int) -> str:
    name = descriptors.enum_name(enum, number)
    if name is None or name == "unspecified":
        raise invalid("ENUM", f"{enum} {number} is unknown or unspecified")
    return name


def _within(name: str, value: float, *, low: float, high: float = math.inf) -> None:
    if not math.isfinite(value) or not low <= value <= high:
        raise _out_of_bounds(name, value)


def _optional(name: str, value: float | None, *, above: float) -> float | None:
    if value is not None and (not math.isfinite(value) or value <= above):
        raise _out_of_bounds(name, value)
    return value


def _out_of_bounds(name: str, value: float) -> ServiceError:
    return invalid("OUT_OF_BOUNDS", f"{name} {value} is outside its bounds", "losses.proto has them")
