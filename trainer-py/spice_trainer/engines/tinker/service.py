"""The port with a Tinker service: `sdk.py` implements it, and tests replace it."""

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
    """One sequence of a forward pass. `prompt` and `completion` have at least one token."""

    prompt: I32
    completion: I32

    @property
    def length(self) -> int:
        """Number of tokens, prompt included."""
        return len(self.prompt) + len(self.completion)


@dataclass(frozen=True)
class GradientRow:
    """One sequence of a backward pass. Its gradient is -advantage times the gradient of c at each
    token: by importance sampling, -advantage * exp(c - logprob), where logprob = c; or by
    cross-entropy, -advantage * c."""

    row: Row
    logprobs: F32
    advantages: F32


@dataclass(frozen=True)
class Adam:
    """Settings of one update, in the form of the server."""

    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float


@dataclass(frozen=True)
class Draw:
    """One sample to request. `seed` has 31 bits. `top_k` 0 and `top_p` 1 switch the filters off."""

    prompt: I32
    seed: int
    max_tokens: int
    top_p: float
    top_k: int
    stop_ids: tuple[int, ...]


@dataclass(frozen=True)
class Drawn:
    """One received sample. `logprobs` are those of temperature 1. The id that ended the sample is
    part of `token_ids`."""

    token_ids: I32
    logprobs: F32


class TinkerSampler(Protocol):
    """A fixed set of weights that can be sampled."""

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        """Requests one sample and returns. `done` is called from another thread, once."""
        ...


class Scorer(Protocol):
    """Weights that can score tokens. Every method blocks. All raise `BackendError`: UNAVAILABLE
    when the server has ended, MEMORY when it is full, otherwise the error of the server."""

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        """Returns the log-probabilities of the tokens of each completion at temperature 1."""
        ...

    def unload(self) -> None:
        """Frees the memory on the server, if the server has such a request. Gradients of a model
        would be added to the next model of its slot, so empty the accumulator first."""
        ...


class ScoringSampler(TinkerSampler, Scorer, Protocol):
    """A fixed set of weights that can be sampled and scored."""


class TinkerModel(Scorer, Protocol):
    """An adapter on the server: weights, moments and an accumulator."""

    @property
    def model_id(self) -> str:
        """Name of the model on the server."""
        ...

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        """Adds a gradient to the accumulator."""
        ...

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        """Updates with the accumulated gradient and empties the accumulator. Returns the norm of
        the gradient before the bound; None when the server reports no norm. `max_norm` is for
        servers that bound the norm themselves."""
        ...

    def clip(self, bound: float) -> float:
        """Scales the accumulated gradient down to the norm `bound` and returns the norm before.
        When that norm is not finite, the accumulator is emptied. Only where `detect_clip` allows
        it; on other servers this empties the accumulator as an update of rate 0 does."""
        ...

    def save_state(self, name: str) -> str:
        """Writes weights and moments to the disk of the server. Returns their `tinker://` path."""
        ...

    def snapshot(self, name: str) -> TinkerSampler:
        """Returns the present weights for sampling. SkyRL loads them into the slot of this model
        when it samples them, so never train the model after that. For a hosted model the result is
        a `ScoringSampler`, and training may continue."""
        ...


class TinkerService(Protocol):
    """A server that makes models."""

    def create_model(self, rank: int, seed: int) -> TinkerModel:
        """Returns a new adapter, whose effect is zero. Blocks."""
        ...

    def restore_model(self, path: str, rank: int, seed: int, *, moments: bool) -> TinkerModel:
        """Returns a new adapter with the weights of a state, and with its moments on request.
        Blocks."""
        ...

    def close(self) -> None:
        """Ends the session of the client."""
        ...
