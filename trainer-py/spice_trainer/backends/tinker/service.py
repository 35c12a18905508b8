"""What this backend needs of a Tinker service: the port that `sdk.py` implements and that tests replace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spice_trainer.backend import F32, I32

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
    """One sequence of a backward pass. Its loss is the importance-sampling loss, -advantage * exp(c - logprob), whose
    gradient is -advantage times that of c where logprob = c."""

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
    """One sample as it came. `logprobs` are of temperature 1; the stopping id is part of `token_ids`."""

    token_ids: I32
    logprobs: F32


class TinkerSampler(Protocol):
    """A fixed set of weights that can be sampled."""

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        """Ask for one sample and return; `done` comes from another thread, once."""
        ...


class TinkerModel(Protocol):
    """An adapter on the server: weights, moments and an accumulator. Every method blocks.

    All raise `BackendError`: UNAVAILABLE when the server is gone, MEMORY when it is full, else what it said."""

    @property
    def model_id(self) -> str:
        """The server's name of it."""
        ...

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        """Log-probabilities of each completion's tokens at temperature 1."""
        ...

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        """Add to the accumulator."""
        ...

    def optim_step(self, adam: Adam) -> float:
        """Use and empty the accumulator. Returns the gradient's norm; NaN when the server tells none."""
        ...

    def clip(self, bound: float) -> float:
        """Scale the accumulated gradient down to the norm `bound` and return the norm it had; where that is not finite, the
        accumulator is emptied. Only where `detect_clip` says so; elsewhere this empties it as an update of rate 0 does."""
        ...

    def save_state(self, name: str) -> str:
        """Write weights and moments to the server's disk. Returns their `tinker://` path."""
        ...

    def load_state(self, path: str, *, moments: bool) -> None:
        """Read them back: allowed as the first request of a new model only."""
        ...

    def snapshot(self, name: str) -> TinkerSampler:
        """Weights of now, to sample from. Sampling loads them into this model's slot: never train this model again."""
        ...

    def unload(self) -> None:
        """Free its slot. Gradients that it holds would leak into the next model there: empty the accumulator before."""
        ...


class TinkerService(Protocol):
    """A server that makes models."""

    def create_model(self, rank: int, seed: int) -> TinkerModel:
        """A fresh adapter, which changes nothing yet. Blocks."""
        ...

    def close(self) -> None:
        """End the client's session."""
        ...
