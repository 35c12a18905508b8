"""Every declared loss against a float64 reference, value and gradient (losses.proto)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from spice_conformance import gradient, losses, reference
from spice_conformance.batch import Batch, Row
from spice_conformance.check import check
from spice_conformance.checks.sampling import distribution
from spice_conformance.client import CallError
from spice_conformance.gradient import Part
from spice_conformance.messages import cross_entropy
from spice_conformance.subject import Subject
from spice_conformance.verdict import expect, skip
from spice_trainer.server.wire import pb

RATIOS = (0.3, 0.75, 0.93, 1.0, 1.11, 1.45, 3.5, 0.6, 2.2, 1.02, 0.5, 1.7)
"""Far inside and far outside every clip of the kit, none on a bound."""
ADVANTAGES = (1.3, -0.7, 0.9, -1.1, 1.6, -0.4, 0.8, -1.9, -0.6, 1.2, -1.4, 0.5)
GAPS = (0.9, -0.6, 0.2, -1.3, 0.1, -0.25, 0.4, -0.1, 1.4, 0.3, -0.8, 0.05)
"""Log-ratios of a second pair: behaviour or reference."""
PAIRS: tuple[tuple[pb.RatioBaselineName, pb.CorrectionPairName], ...] = (
    ("old", "old_over_behaviour"),
    ("current", "current_over_behaviour"),
)
"""The pair that a correction names beside each baseline."""
WRONG_PAIRS: tuple[tuple[pb.RatioBaselineName, pb.CorrectionPairName], ...] = (
    ("old", "current_over_behaviour"),
    ("current", "old_over_behaviour"),
    ("behaviour", "old_over_behaviour"),
)


def _grid(subject: Subject, temperature: float = 1.0) -> tuple[Batch, list[np.ndarray]]:
    """A batch whose ratios, advantages and gaps run over the grid, one token of weight 0; and its
    current scores."""
    rows = tuple(Row(index % 2, subject.words[index], temperature=temperature) for index in range(3))
    scores = subject.logprobs(Batch(subject.prompts[:2], rows), temperature=temperature)
    made: list[Row] = []
    for index, (row, c) in enumerate(zip(rows, scores, strict=True)):
        part = slice(4 * index, 4 * index + 4)
        old = c - np.log(np.array(RATIOS[part]))
        gap = np.array(GAPS[part])
        made.append(
            replace(
                row,
                weights=(1.0, 0.5, 0.0, 2.0) if index == 1 else None,
                advantages=ADVANTAGES[part],
                old=_floats(old),
                behaviour=_floats(old - gap),
                reference=_floats(c + gap[::-1]),
            )
        )
    return Batch(subject.prompts[:2], tuple(made)), scores


def _floats(values: np.ndarray) -> tuple[float, ...]:
    """As the wire carries them."""
    return tuple(float(one) for one in values.astype(np.float32))


def _agree(subject: Subject, loss: pb.LossSpec, temperature: float = 1.0) -> str:
    """Value and gradient of `loss` on the grid equal the reference's."""
    batch, scores = _grid(subject, temperature)
    z, spec = 5.0, loss.policy_gradient
    wanted = sum(
        float((np.array(row.weight) * reference.token_losses(spec, row, c, c)).sum())
        for row, c in zip(batch.rows, scores, strict=True)
    )
    got = subject.train(batch, loss=loss, normalizer=z, rate=0.0).forward_backward.loss
    limit = 40 * subject.tolerance * max(1.0, abs(wanted / z))
    expect(abs(got - wanted / z) <= limit, f"loss {got:.6g}; the reference says {wanted / z:.6g}")
    return f"loss {got:.4f} and " + _gradient(subject, Part(batch, loss, z), scores)


def _gradient(subject: Subject, part: Part, scores: list[np.ndarray]) -> str:
    """The gradient is that of REINFORCE with the reference's slopes as advantages."""
    if not subject.can("TrainingService/ForwardBackward", "TrainingService/OptimStep"):
        return "no gradient to compare without ForwardBackward"
    slopes = [
        reference.slopes(part.loss.policy_gradient, row, c) for row, c in zip(part.batch.rows, scores, strict=True)
    ]
    rows = tuple(
        replace(row, weights=None, advantages=tuple(-slope), old=None, behaviour=None, reference=None)
        for row, slope in zip(part.batch.rows, slopes, strict=True)
    )
    same = Part(Batch(part.batch.prompts, rows), subject.reinforce(), part.normalizer)
    size = gradient.norm(subject, [same])
    rest = gradient.norm(subject, [part, same.opposed()])
    expect(size > 0, "the reference gradient is zero: the grid proves nothing")
    distance = rest / size
    expect(distance < 5 * subject.gradient_tolerance, f"the gradient is off by {distance:.2g} of its size")
    return f"gradient within {distance:.1g} of the reference"


def _need(subject: Subject, **names: str) -> None:
    """Skip unless these values are declared, by the field of TrainingCapabilities."""
    enums = {
        "surrogates": "SurrogateKind",
        "ratios": "RatioLevel",
        "ratio_baselines": "RatioBaseline",
        "corrections": "CorrectionKind",
        "kl_estimators": "KlEstimator",
        "kl_references": "ReferenceKind",
    }
    for field, name in names.items():
        if not subject.declares(enums[field], name, getattr(subject.capabilities.training, field)):
            raise skip(f"{name} is not among the declared {field}")


@check("losses.cross_entropy")
def supervised(subject: Subject) -> str:
    """losses.proto, CrossEntropyLoss: -c; its gradient is that of REINFORCE with advantages 1;
    advantages are not read."""
    batch = subject.supervised()
    noise = batch.changed(lambda row: replace(row, advantages=(7.0, -3.0, 0.0, 1.0)))
    one, two = (subject.train(each, rate=0.0).forward_backward.loss for each in (batch, noise))
    expect(one == two, f"advantages changed the cross entropy from {one} to {two}")
    ones = Part(batch, subject.reinforce())
    size = gradient.norm(subject, [Part(noise, cross_entropy())])
    rest = gradient.norm(subject, [Part(noise, cross_entropy()), ones.opposed()]) / size
    expect(rest < subject.gradient_tolerance, f"its gradient differs from REINFORCE by {rest:.2g} of its size")
    return "value and gradient are those of -c, advantages unread"


@check("losses.derivative")
def derivative(subject: Subject) -> str:
    """losses.proto and training.proto: the weights move along the gradient of the returned loss: a
    small plain step lowers it by (step) x (norm squared)."""
    batch, loss = subject.batch(), subject.reinforce()
    first = subject.train(batch, loss=loss, rate=0.0)
    size, before = first.optim_step.grad_norm, first.forward_backward.loss
    # epsilon far above the gradient makes AdamW a plain step of rate / epsilon along it.
    epsilon = 1e4 * size
    wanted = 0.02 * max(1.0, abs(before))
    step = wanted / size**2
    subject.train(batch, loss=loss, rate=step * epsilon, beta1=0.0, beta2=0.0, epsilon=epsilon)
    after = subject.train(batch, loss=loss, rate=0.0).forward_backward.loss
    ratio = (before - after) / wanted
    fell = f"the loss fell by {before - after:.4g}; the gradient promised {wanted:.4g}"
    expect(0.8 < ratio < 1.25, f"{fell}: {ratio:.2f} times as much")
    return f"the loss fell by {ratio:.3f} of what the gradient promised"


@check("losses.reinforce")
def reinforce(subject: Subject) -> str:
    """losses.proto, PlainSurrogate with RATIO_LEVEL_NONE: -A * c."""
    _need(subject, surrogates="plain", ratios="none")
    return _agree(subject, losses.plain("none"))


@check("losses.plain")
def plain(subject: Subject) -> str:
    """losses.proto, PlainSurrogate: -rho * A."""
    _need(subject, surrogates="plain", ratios="token", ratio_baselines="old")
    return _agree(subject, losses.plain())


@check("losses.ppo_clip")
def ppo_clip(subject: Subject) -> str:
    """losses.proto, PpoClipSurrogate: -min(rho * A, clip(rho, 1 - clip_low, 1 + clip_high) * A)."""
    _need(subject, surrogates="ppo_clip", ratios="token", ratio_baselines="old")
    return _agree(subject, losses.ppo())


@check("losses.dual_clip")
def dual_clip(subject: Subject) -> str:
    """losses.proto, PpoClipSurrogate.dual_clip: where A < 0 the surrogate is at most -c * A."""
    _need(subject, surrogates="ppo_clip", ratios="token", ratio_baselines="old")
    return _agree(subject, losses.ppo(dual_clip=1.3))


@check("losses.cispo")
def cispo(subject: Subject) -> str:
    """losses.proto, CispoSurrogate: -sg(clip(rho, 1 - clip_low, 1 + clip_high)) * A * c."""
    _need(subject, surrogates="cispo", ratios="token", ratio_baselines="old")
    return _agree(subject, losses.cispo())


@check("losses.sequence_ratio")
def sequence_ratio(subject: Subject) -> str:
    """losses.proto, RATIO_LEVEL_SEQUENCE: rho = exp(mean of (c - p) over tokens of weight above 0),
    shared by all its tokens, with its gradient."""
    _need(subject, ratios="sequence", ratio_baselines="old")
    told = ""
    for name, make in (("ppo_clip", losses.ppo), ("plain", losses.plain), ("cispo", losses.cispo)):
        if subject.declares("SurrogateKind", name, subject.capabilities.training.surrogates):
            told = _agree(subject, make("sequence"))
    return told or "no surrogate"


@check("losses.baseline_behavior")
def baseline_behavior(subject: Subject) -> str:
    """losses.proto, RATIO_BASELINE_BEHAVIOUR: p = b."""
    _need(subject, surrogates="ppo_clip", ratios="token", ratio_baselines="behaviour")
    return _agree(subject, losses.ppo(baseline="behaviour"))


@check("losses.baseline_current")
def baseline_current(subject: Subject) -> str:
    """losses.proto, RATIO_BASELINE_CURRENT: rho is exactly 1 and its gradient that of c."""
    _need(subject, surrogates="ppo_clip", ratios="token", ratio_baselines="current")
    return _agree(subject, losses.ppo(baseline="current"))


@check("losses.temperature")
def temperature(subject: Subject) -> str:
    """losses.proto, SYMBOLS: c is log_softmax(logits / temperature), at the TEMPERATURE of each
    sequence."""
    _need(subject, surrogates="ppo_clip", ratios="token", ratio_baselines="old")
    subject.parameter("temperature")
    return _agree(subject, losses.ppo(), temperature=0.6)


def _corrected(subject: Subject, kind: pb.CorrectionKindName, low: float, high: float) -> str:
    _need(subject, corrections=kind, ratios="token", surrogates="ppo_clip")
    told: list[str] = []
    for baseline, pair in PAIRS:
        if subject.declares("RatioBaseline", baseline, subject.capabilities.training.ratio_baselines):
            loss = losses.ppo(baseline=baseline, correction=losses.correction(kind, low, high, pair))
            told.append(_agree(subject, loss))
    if not told:
        raise skip("neither baseline old nor current is declared")
    return told[-1]


@check("losses.token_truncate")
def token_truncate(subject: Subject) -> str:
    """losses.proto, CORRECTION_KIND_TOKEN_TRUNCATE: f = min(max(exp(d), low), high), without
    gradient."""
    return _corrected(subject, "token_truncate", 0.7, 1.4)


@check("losses.sequence_truncate")
def sequence_truncate(subject: Subject) -> str:
    """losses.proto, CORRECTION_KIND_SEQUENCE_TRUNCATE: f = min(max(exp(sum d), low), high) over
    tokens of weight above 0."""
    return _corrected(subject, "sequence_truncate", 0.8, 1.9)


@check("losses.token_mask")
def token_mask(subject: Subject) -> str:
    """losses.proto, CORRECTION_KIND_TOKEN_MASK: f = exp(d) inside the bounds, else 0."""
    return _corrected(subject, "token_mask", 0.7, 1.4)


@check("losses.sequence_mask")
def sequence_mask(subject: Subject) -> str:
    """losses.proto, CORRECTION_KIND_SEQUENCE_MASK: f = exp(sum d) inside the bounds, else 0."""
    return _corrected(subject, "sequence_mask", 0.3, 3.0)


@check("losses.geometric_mask")
def geometric_mask(subject: Subject) -> str:
    """losses.proto, CORRECTION_KIND_GEOMETRIC_MASK: f = 1 when exp(mean d) is inside the bounds,
    else 0."""
    return _corrected(subject, "geometric_mask", 0.85, 1.2)


def _penalized(subject: Subject, estimator: pb.KlEstimatorName) -> str:
    _need(subject, kl_estimators=estimator, kl_references="client_logprobs", ratio_baselines="current")
    told = [
        _agree(subject, losses.ppo(baseline="current", kl=losses.kl(estimator, 0.7, clamp))) for clamp in (None, 0.5)
    ]
    return told[-1]


@check("losses.kl_k1")
def kl_k1(subject: Subject) -> str:
    """losses.proto, KL_ESTIMATOR_K1: -k with k = r - c, and its clamp."""
    return _penalized(subject, "k1")


@check("losses.kl_k2")
def kl_k2(subject: Subject) -> str:
    """losses.proto, KL_ESTIMATOR_K2: k * k / 2, and its clamp."""
    return _penalized(subject, "k2")


@check("losses.kl_k3")
def kl_k3(subject: Subject) -> str:
    """losses.proto, KL_ESTIMATOR_K3: exp(k) - k - 1, and its clamp."""
    return _penalized(subject, "k3")


@check("losses.entropy")
def entropy(subject: Subject) -> str:
    """losses.proto, entropy_coefficient: the loss falls by coefficient * H, H the entropy at the
    token's position, and its gradient raises the entropy."""
    prompt = subject.prompts[0]
    chances = distribution(subject, prompt)
    exact = float(-(chances * np.log(np.maximum(chances, 1e-30))).sum())
    batch = Batch((prompt,), (Row(0, subject.words[0][:1], advantages=(0.0,)),))
    loss = subject.reinforce(entropy_coefficient=0.5)
    try:
        first = subject.train(batch, loss=loss, rate=0.0)
    except CallError as refused:
        if refused.code == "UNIMPLEMENTED":
            raise skip("an entropy coefficient above 0 is refused") from None
        raise
    told = first.forward_backward.loss
    expect(abs(told + 0.5 * exact) < 20 * subject.tolerance, f"loss {told:.5f}; -0.5 * H is {-0.5 * exact:.5f}")
    size = first.optim_step.grad_norm
    expect(size > 0, "the entropy bonus has no gradient")
    epsilon, wanted = 1e4 * size, 0.02
    subject.train(batch, loss=loss, rate=wanted / size**2 * epsilon, beta1=0.0, beta2=0.0, epsilon=epsilon)
    rise = 0.5 * (subject.train(batch, loss=loss, rate=0.0).forward_backward.statistics[0].entropy - exact)
    expect(0.7 * wanted < rise < 1.4 * wanted, f"the bonus rose by {rise:.4g}; its gradient promised {wanted}")
    return f"H = {exact:.3f} as scored, and a step along the gradient raises it"


@check("losses.non_finite")
def non_finite(subject: Subject) -> str:
    """results.proto, non_finite: a loss that is not finite is a flag, not an error; TrainStep skips
    the update, and weights, moments and step stay."""
    _need(subject, surrogates="plain", ratios="token", ratio_baselines="old")
    digest = subject.publish().digest
    step = subject.step
    batch = subject.batch().changed(lambda row: replace(row, old=(-1e4,) * 4))
    result = subject.train(batch, loss=losses.plain())
    expect(result.forward_backward.non_finite, "a ratio of exp(10000) is told to be finite")
    expect(result.optim_step.skipped and result.optim_step.step == step, "the update was not skipped")
    expect(subject.publish().digest == digest, "weights moved although the update was skipped")
    expect(not subject.describe().has_gradients, "a gradient that is not finite was kept")
    return "flagged, skipped, nothing moved"


@check("losses.pair")
def pair(subject: Subject) -> str:
    """losses.proto, CorrectionPair: a pair that contradicts the baseline is INVALID_ARGUMENT; so is
    a correction beside RATIO_BASELINE_BEHAVIOUR, and RATIO_LEVEL_NONE with another surrogate than
    plain."""
    _need(subject, corrections="token_truncate", ratios="token", surrogates="ppo_clip")
    batch, _ = _grid(subject)
    wrong: dict[str, pb.LossSpec] = {}
    for baseline, other in WRONG_PAIRS:
        if subject.declares("RatioBaseline", baseline, subject.capabilities.training.ratio_baselines):
            correction = losses.correction("token_truncate", 0.5, 2.0, other)
            wrong[f"baseline {baseline} with pair {other}"] = losses.ppo(baseline=baseline, correction=correction)
    if subject.declares("RatioLevel", "none", subject.capabilities.training.ratios):
        wrong["PPO without a ratio"] = losses.ppo("none")
    bounds = losses.correction("token_truncate", 2.0, 0.5, "current_over_behaviour")
    wrong["bounds the wrong way round"] = losses.ppo(baseline="current", correction=bounds)
    wrong["no correction message"] = losses.ppo(baseline="current", correction=None)
    for name, loss in wrong.items():
        subject.refused(name, lambda loss=loss: subject.train(batch, loss=loss, rate=0.0), "INVALID_ARGUMENT")
    return f"{len(wrong)} contradictions are refused"
