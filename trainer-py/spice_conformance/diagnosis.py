"""Which single fault explains the numbers of a failed trainer.

After checks failed, the kit trains and scores a few small batches, and compares what the trainer
returned with what each known fault would give. A fault that fits is named as the cause of the
failures in the areas that it affects. A fault that does not fit is not mentioned: no finding means
that none of these faults explains the numbers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from spice_conformance.batch import Batch, Row
from spice_conformance.check import Result
from spice_conformance.checks.sampling import distribution
from spice_conformance.faults import FAULTS, Tokens, total
from spice_conformance.gradient import Part, norm
from spice_conformance.subject import CURRENT, Subject
from spice_conformance.verdict import Verdict

ADVANTAGES = (1.3, -0.7, 0.9, -1.1)
WEIGHTS = (0.5, 1.0, 2.0, 0.0)
LENGTHS = (4, 2, 3)
Z = 3.0
TEMPERATURE = 0.7


@dataclass(frozen=True)
class Finding:
    """A fault that fits the numbers."""

    text: str
    """One sentence, with the numbers that it explains."""
    areas: tuple[str, ...]
    """Areas, or identifiers of checks, whose failures it can explain."""


LOSS = ("normalization", "losses", "nulls", "soak.bandit", "capabilities.losses")
STEP = ("losses.derivative", "losses.entropy", "optimizer", "soak.bandit")
SCORES = ("logprobs", "losses", "publish.scored", "normalization.value", "normalization.statistics")
DRAWS = ("sampling", "logprobs.temperature_scaled", "logprobs.raw", "logprobs.processed")


def explained(results: Sequence[Result], findings: Sequence[Finding]) -> list[Result]:
    """Returns the results; a failure without a cause gets the first finding that can explain it."""

    def cause(one: Result) -> str:
        fitting = (finding.text for finding in findings if {one.check.id, one.check.area} & set(finding.areas))
        return one.cause or next(fitting, "")

    return [replace(one, cause=cause(one)) if one.verdict is Verdict.FAIL else one for one in results]


def needed(results: Sequence[Result]) -> bool:
    """Whether a failure has no cause yet, in an area that a finding can explain."""
    areas = {*LOSS, *STEP, *SCORES, *DRAWS}
    return any(
        one.verdict is Verdict.FAIL and not one.cause and bool({one.check.id, one.check.area} & areas)
        for one in results
    )


def _batch(subject: Subject, temperature: float = 1.0) -> Batch:
    """Sequences of different lengths, with uneven weights and advantages: no two faults give the
    same numbers."""
    rows = tuple(
        Row(
            index % 2,
            subject.words[index][:length],
            weights=WEIGHTS[:length] if index % 2 == 0 else WEIGHTS[-length:],
            advantages=ADVANTAGES[:length] if index % 2 == 0 else ADVANTAGES[-length:],
            temperature=temperature,
        )
        for index, length in enumerate(LENGTHS)
    )
    return Batch(subject.prompts[:2], rows)


def _values(subject: Subject) -> list[Finding]:
    """Compares the value of the policy gradient's loss with what each fault gives."""
    loss = subject.reinforce()
    plain = loss.policy_gradient.WhichOneof("surrogate") == "plain"
    for temperature in subject.temperatures:
        batch = _batch(subject, temperature)
        scores = subject.logprobs(batch, CURRENT, temperature)
        got = subject.train(batch, loss=loss, normalizer=Z, rate=0.0).forward_backward.loss
        # With a ratio of exactly 1, a token's loss is -advantage.
        factors = scores if plain else [np.ones(len(row)) for row in scores]
        tokens = [Tokens.of(row, factor) for row, factor in zip(batch.rows, factors, strict=True)]
        due = total(tokens, Z)
        limit = 8 * subject.tolerance * max(1.0, abs(due))
        if abs(got - due) <= limit:
            continue
        told = f"the loss of a small batch is {got:.5g} instead of {due:.5g}"
        if temperature != 1.0 and plain:
            cold = subject.logprobs(batch, CURRENT, 1.0)
            forgot = [Tokens.of(row, factor) for row, factor in zip(batch.rows, cold, strict=True)]
            if abs(got - total(forgot, Z)) <= limit:
                return [Finding(f"the loss forgets the temperature of a sequence: {told} at T = {temperature:g}", LOSS)]
        fits = [fault.text for fault in FAULTS if abs(got - fault.value(tokens, Z)) <= limit]
        if fits:
            return [Finding(f"{' or '.join(fits)}: {told}", LOSS)]
        return _multiple(got, due, told)
    return []


def _multiple(got: float, due: float, told: str) -> list[Finding]:
    ratio = got / due
    for factor in (2.0, 0.5, -1.0, 3.0, 4.0, 0.25):
        if abs(ratio / factor - 1) < 0.01:
            return [Finding(f"the loss is {factor:g} times what is due: {told}", LOSS)]
    return []


def _gradients(subject: Subject) -> list[Finding]:
    """Compares the gradient with the sum of the gradients of its tokens one by one, where each
    fault that mixes tokens or sequences has no effect."""
    subject.need("TrainingService/ForwardBackward", "TrainingService/OptimStep")
    loss, batch = subject.reinforce(), _batch(subject)
    prompts = tuple((*batch.prompts[row.prompt], *row.ids[:at]) for row in batch.rows for at in range(len(row.ids)))
    ids = [token for row in batch.rows for token in row.ids]
    whole = Part(batch, loss, Z)
    size = norm(subject, [whole])

    def distance(slopes: np.ndarray) -> float:
        rows = tuple(
            Row(at, (token,), advantages=(float(slope),))
            for at, (token, slope) in enumerate(zip(ids, slopes, strict=True))
        )
        return norm(subject, [whole, Part(Batch(prompts, rows), loss, Z).opposed()]) / size

    tokens = [Tokens.of(row, np.ones(len(row.ids))) for row in batch.rows]
    if distance(np.concatenate([one.weights * one.advantages for one in tokens])) < subject.gradient_tolerance:
        return []
    for fault in FAULTS:
        if fault.slopes is None:
            continue
        off = distance(fault.slopes(tokens))
        if off < 5 * subject.gradient_tolerance:
            told = f"the gradient of a small batch is that of this fault, within {off:.1g} of its size"
            return [Finding(f"{fault.text}: {told}", LOSS)]
    return []


def _steps(subject: Subject) -> list[Finding]:
    """Compares the fall of the loss in a plain step with the fall that the norm promises."""
    batch = subject.supervised()
    first = subject.train(batch, rate=0.0)
    size, before = first.optim_step.grad_norm, first.forward_backward.loss
    epsilon, wanted = 1e4 * size, 0.005 * max(1.0, abs(before))
    rate = wanted / size**2 * epsilon
    subject.train(batch, rate=rate, beta1=0.0, beta2=0.0, epsilon=epsilon)
    after = subject.train(batch, rate=0.0).forward_backward.loss
    ratio = (before - after) / wanted
    told = f"a plain step lowered the loss by {before - after:.4g}, and the gradient promised {wanted:.4g}"
    for factor, text in STEP_FAULTS:
        if abs(ratio - factor) < 0.1 * max(1.0, abs(factor)):
            return [Finding(f"{text}: {told}", STEP)]
    return []


STEP_FAULTS = (
    (2.0, "the step is applied twice, or the learning rate is doubled (ratio 2)"),
    (3.0, "the step is applied three times (ratio 3)"),
    (0.5, "half of the step is applied (ratio 0.5)"),
    (0.0, "the step does not move the weights (ratio 0)"),
    (-1.0, "the step goes up the gradient instead of down (ratio -1)"),
)


def _shifts(subject: Subject) -> list[Finding]:
    """Compares the log-probabilities of the sampler with those of the scorer, moved by a
    position."""
    subject.publish()
    got = subject.sample(subject.prompts[:1], n=6, max_tokens=8).of()
    rows = tuple(Row(0, one.ids) for one in got)
    scored = subject.logprobs(Batch(subject.prompts[:1], rows))
    emitted = [np.array(one.logprobs) for one in got]
    pairs = [(a, b) for a, b in zip(emitted, scored, strict=True) if len(a) > 2]
    if _near(subject, pairs):
        return []
    told = "the sampler's and the scorer's log-probabilities agree when one of them is moved by one position"
    if _near(subject, [(a[:-1], b[1:]) for a, b in pairs]):
        text = "log-probabilities are one position off (the scorer is late, or the sampler early)"
        return [Finding(f"{text}: {told}", SCORES)]
    if _near(subject, [(a[1:], b[:-1]) for a, b in pairs]):
        text = "log-probabilities are one position off (the scorer is early, or the sampler late)"
        return [Finding(f"{text}: {told}", SCORES)]
    if _near(subject, [(a - a.mean(), b - b.mean()) for a, b in pairs]):
        return [Finding("sampler and scorer differ by one number a sequence: one of them is not normalized", SCORES)]
    return []


def _temperatures(subject: Subject) -> list[Finding]:
    """Compares the log-probabilities of scorer, trainer and sampler at two temperatures."""
    subject.parameter("temperature")
    batch = _batch(subject, TEMPERATURE)
    warm, cold = (subject.logprobs(batch, CURRENT, temperature) for temperature in (TEMPERATURE, 1.0))
    if _near(subject, list(zip(warm, cold, strict=True))):
        return [Finding(f"scoring forgets the temperature: scores at T = {TEMPERATURE:g} are those at T = 1", SCORES)]
    findings: list[Finding] = []
    result = subject.train(batch, want_logprobs=True, rate=0.0).forward_backward.current_logprobs
    data, offsets = np.frombuffer(result.data, "<f4"), np.frombuffer(result.offsets, "<u4")
    trained = [data[start:end] for start, end in itertools.pairwise(offsets)]
    if not _near(subject, list(zip(trained, warm, strict=True))):
        if _near(subject, list(zip(trained, cold, strict=True))):
            text = f"training forgets the temperature of a sequence: its log-probabilities at T = {TEMPERATURE:g}"
            findings.append(Finding(f"{text} are the scores at T = 1", SCORES))
        elif _near(subject, [(a[1:], b[:-1]) for a, b in zip(trained, warm, strict=True)]):
            findings.append(
                Finding("training and scoring are one position apart (training is late, or scoring early)", SCORES)
            )
        elif _near(subject, [(a[:-1], b[1:]) for a, b in zip(trained, warm, strict=True)]):
            findings.append(
                Finding("training and scoring are one position apart (training is early, or scoring late)", SCORES)
            )
    if subject.declares("LogprobMode", "temperature_scaled", subject.capabilities.sampling.logprob_modes):
        findings.extend(_emitted_cold(subject))
    return findings


def _emitted_cold(subject: Subject) -> list[Finding]:
    subject.publish()
    got = subject.sample(n=8, temperature=TEMPERATURE, mode="temperature_scaled").of()
    batch = Batch(subject.prompts[:1], tuple(Row(0, one.ids) for one in got))
    emitted = [np.array(one.logprobs) for one in got]
    warm, cold = (subject.logprobs(batch, CURRENT, temperature) for temperature in (TEMPERATURE, 1.0))
    if _near(subject, list(zip(emitted, warm, strict=True))):
        return []
    if _near(subject, list(zip(emitted, cold, strict=True))):
        text = f"the sampler's log-probabilities forget the temperature: at T = {TEMPERATURE:g} they are those of T = 1"
        return [Finding(text, ("logprobs", *DRAWS))]
    return []


def _draws(subject: Subject) -> list[Finding]:
    """Compares how often the likeliest token is drawn at T = 0.5 with what a forgotten or inverted
    temperature would give."""
    subject.parameter("temperature")
    prompt = subject.prompts[0]
    asked, count = 0.5, min(400, subject.capabilities.sampling.max_samples_per_prompt)
    meanings = {"honored": asked, "forgotten": 1.0, "inverted": 1 / asked}
    subject.publish()
    best = int(distribution(subject, prompt).argmax())
    chances = {name: float(distribution(subject, prompt, at)[best]) for name, at in meanings.items()}
    drawn = subject.sample(n=count, max_tokens=1, temperature=asked).of()
    share = sum(one.ids[0] == best for one in drawn) / count

    def off(chance: float) -> float:
        return abs(share - chance) / max(np.sqrt(chance * (1 - chance) / count), 1e-9)

    if off(chances["honored"]) < 5:
        return []
    texts = {
        "forgotten": "sampling forgets the temperature",
        "inverted": "sampling multiplies logits by the temperature instead of dividing",
    }
    for name, text in texts.items():
        if off(chances[name]) < 3:
            told = f"at T = {asked:g} the likeliest token is {share:.0%} of the draws; due is {chances['honored']:.0%}"
            return [Finding(f"{text}: {told}", DRAWS)]
    return []


def _near(subject: Subject, pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> bool:
    return bool(pairs) and all(
        len(a) == len(b) and (len(a) == 0 or float(np.abs(a - b).max()) < 2 * subject.tolerance) for a, b in pairs
    )


PARTS: tuple[Callable[[Subject], list[Finding]], ...] = (_shifts, _temperatures, _draws, _values, _gradients, _steps)
"""Every kind of fault, the ones that explain most first. Each wants a session of its own. A part
may raise Decision when the trainer does not declare what it needs."""
