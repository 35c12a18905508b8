"""What this backend needs of a Tinker service: the port that `sdk.py` implements and that tests
replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import F32, I32

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """One sequence of a forward pass. `prompt` and `completion` have one token at least."""

    prompt: I32
    completion: I32

    @property
    def length(self) -> int:
        """Tokens, prompt included."""
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class GradientRow:
    """One sequence of a backward pass, with the gradient -advantage times that of c at each token:
    by importance sampling, -advantage * exp(c - logprob), where logprob = c; or by cross-entropy,
    -advantage * c."""

    row: Row
    logprobs: F32
    advantages: F32


@dataclass(frozen=True)
class Adam:
    """Settings of one update, as the server takes them."""

    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float


@dataclass(frozen=True)
class Draw:
    """One sample to make. `seed` has 31 bits. `top_k` 0 and `top_p` 1 switch the filters off."""

    prompt: I32
    seed: int
    max_tokens: int
    top_p: float
    top_k: int
    stop_ids: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """One sample as it came. `logprobs` are of temperature 1; the stopping id is part of
    `token_ids`."""

    token_ids: I32
    logprobs: F32


class TinkerSampler(Protocol):
    """A fixed set of weights that can be sampled."""

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        """Ask for one sample and return; `done` comes from another thread, once."""
        ...


class Scorer(Protocol):
    """Weights whose log-probabilities can be had. Every method blocks.

    All raise `BackendError`: UNAVAILABLE when the server is gone, MEMORY when it is full, else what
    it said."""

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        """Log-probabilities of each completion's tokens at temperature 1."""
        ...

    def unload(self) -> None:
        """Free what it holds on the server, where that can be asked for. Gradients that a model
        holds would leak into the next model of its slot: empty the accumulator before."""
        ...


class ScoringSampler(TinkerSampler, Scorer, Protocol):
    """A fixed set of weights that can be sampled and scored."""


class TinkerModel(Scorer, Protocol):
    """An adapter on the server: weights, moments and an accumulator."""

    @property
    def model_id(self) -> str:
        """The server's name of it."""
        ...

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        """Add to the accumulator."""
        ...

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        """Use and empty the accumulator. Returns the gradient's norm before the bound; None when
        the server tells none. `max_norm` is for servers that bound it themselves."""
        ...

    def clip(self, bound: float) -> float:
        """Scale the accumulated gradient down to the norm `bound` and return the norm it had; where
        that is not finite, the accumulator is emptied. Only where `detect_clip` says so; elsewhere
        this empties it as an update of rate 0 does."""
        ...

    def save_state(self, name: str) -> str:
        """Write weights and moments to the server's disk. Returns their `tinker://` path."""
        ...

    def snapshot(self, name: str) -> TinkerSampler:
        """Weights of now, to sample from. SkyRL loads them into this model's slot to sample them:
        never train it again there. Of a hosted model it is a `ScoringSampler`, and training goes
        on."""
        ...


class TinkerService(Protocol):
    """A server that makes models."""

    def create_model(self, rank: int, seed: int) -> TinkerModel:
        """A fresh adapter, which changes nothing yet. Blocks."""
        ...

    def restore_model(self, path: str, rank: int, seed: int, *, moments: bool) -> TinkerModel:
        """A new adapter with the weights of a state, and its moments if they are asked for.
        Blocks."""
        ...

    def close(self) -> None:
        """End the client's session."""
        ...
