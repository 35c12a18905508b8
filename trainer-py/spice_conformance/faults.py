"""Known faults of a loss: what each of them makes of a batch's value and of its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from spice_conformance.batch import Row

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Tokens:
    """The tokens of a sequence. Arrays have the shape [completion tokens]."""

    weights: F64
    advantages: F64
    factors: F64
    """What the advantage is multiplied with: the log-probability, or 1."""

    @staticmethod
    def of(row: Row, factors: F64) -> Tokens:
        return Tokens(np.array(row.weight), np.array(row.advantage), factors)


Value = Callable[[Sequence[Tokens], float], float]
Slopes = Callable[[Sequence[Tokens]], F64]


@dataclass(frozen=True)
class Fault:
    """One fault."""

    text: str
    """What the trainer does, without a full stop."""
    value: Value
    """The loss that a trainer with this fault returns, from the tokens and Z."""
    slopes: Slopes | None
    """Weight times advantage of each token, as a trainer with this fault uses them. None: its
    gradient cannot be told from another fault's."""


def total(tokens: Sequence[Tokens], z: float) -> float:
    """Returns the right loss: -(1/Z) x sum of weight x advantage x factor."""
    return -sum(float((one.weights * one.advantages * one.factors).sum()) for one in tokens) / z


def _changed(text: str, change: Callable[[Tokens], Tokens], mixes: bool = True) -> Fault:
    """A fault that changes each sequence for itself. `mixes`: it has no effect on a sequence of one
    token, so that the gradient shows it."""

    def value(tokens: Sequence[Tokens], z: float) -> float:
        return total([change(one) for one in tokens], z)

    def slopes(tokens: Sequence[Tokens]) -> F64:
        return np.concatenate([one.weights * one.advantages for one in map(change, tokens)])

    return Fault(text, value, slopes if mixes else None)


def _scaled(text: str, divisor: Callable[[Sequence[Tokens], float], float], by_sequences: bool = False) -> Fault:
    """A fault that divides by another number than Z."""

    def slopes(tokens: Sequence[Tokens]) -> F64:
        # The kit compares with one sequence a token. There, the fault divides by their number.
        count = sum(len(one.weights) for one in tokens)
        return np.concatenate([one.weights * one.advantages for one in tokens]) * count / len(tokens)

    return Fault(text, lambda tokens, z: total(tokens, divisor(tokens, z)), slopes if by_sequences else None)


def _count(tokens: Sequence[Tokens]) -> float:
    return float(sum(len(one.weights) for one in tokens))


def _rolled(by: int) -> Callable[[Tokens], Tokens]:
    return lambda one: replace(one, advantages=np.roll(one.advantages, by))


def _moved(by: int) -> Callable[[Tokens], Tokens]:
    """Moved without the end coming back at the beginning."""

    def change(one: Tokens) -> Tokens:
        moved = np.zeros(len(one.advantages))
        if by > 0:
            moved[by:] = one.advantages[:-by]
        else:
            moved[:by] = one.advantages[-by:]
        return replace(one, advantages=moved)

    return change


FAULTS: tuple[Fault, ...] = (
    _changed("advantages are one position late (token t uses that of t - 1)", _rolled(1)),
    _changed("advantages are one position early (token t uses that of t + 1)", _rolled(-1)),
    _changed("advantages are one position late, with a 0 at the first token", _moved(1), mixes=False),
    _changed("advantages are one position early, with a 0 at the last token", _moved(-1), mixes=False),
    _changed(
        "each sequence is divided by its number of tokens (1/length)",
        lambda one: replace(one, weights=one.weights / len(one.weights)),
    ),
    _changed(
        "each sequence is divided by its number of tokens of weight above 0",
        lambda one: replace(one, weights=one.weights / max(int((one.weights > 0).sum()), 1)),
        mixes=False,
    ),
    _changed(
        "each sequence is divided by the sum of its weights",
        lambda one: replace(one, weights=one.weights / max(float(one.weights.sum()), 1e-12)),
        mixes=False,
    ),
    _changed(
        "all tokens of a sequence use the advantage of its first token",
        lambda one: replace(one, advantages=np.full(len(one.advantages), one.advantages[0])),
    ),
    _changed(
        "all tokens of a sequence use its mean advantage",
        lambda one: replace(one, advantages=np.full(len(one.advantages), one.advantages.mean())),
    ),
    _changed("weights are not applied", lambda one: replace(one, weights=np.ones(len(one.weights))), mixes=False),
    _changed("weights are applied twice", lambda one: replace(one, weights=one.weights**2), mixes=False),
    _changed(
        "weights are used as a mask only",
        lambda one: replace(one, weights=(one.weights > 0).astype(float)),
        mixes=False,
    ),
    _changed(
        "log-probabilities in the loss are one position late",
        lambda one: replace(one, factors=np.roll(one.factors, 1)),
        mixes=False,
    ),
    _changed(
        "log-probabilities in the loss are one position early",
        lambda one: replace(one, factors=np.roll(one.factors, -1)),
        mixes=False,
    ),
    _changed("the sign of the loss is wrong", lambda one: replace(one, advantages=-one.advantages), mixes=False),
    _scaled(
        "the loss is also divided by the number of sequences", lambda tokens, z: z * len(tokens), by_sequences=True
    ),
    _scaled("the loss is divided by the number of sequences instead of Z", lambda tokens, z: float(len(tokens))),
    _scaled("the loss is divided by the number of tokens instead of Z", lambda tokens, z: _count(tokens)),
    _scaled("the loss is also divided by the number of tokens", lambda tokens, z: z * _count(tokens)),
    _scaled("Z is not applied", lambda tokens, z: 1.0),
)
