"""A Tinker-compatible server in memory: a bigram table for a model, SkyRL's normalisation and optimiser, and its traps; or
the hosted service's ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from spice_trainer.api import F32
from spice_trainer.engines.tinker.adam import clip_request
from spice_trainer.engines.tinker.service import F64, Adam, Draw, Drawn, GradientRow, Row, TinkerSampler

VOCABULARY = 11


@dataclass
class State:
    """Weights and optimiser of one model."""

    weights: F64
    first: F64 = field(init=False)
    second: F64 = field(init=False)
    updates: int = 0

    def __post_init__(self) -> None:
        self.first, self.second = np.zeros_like(self.weights), np.zeros_like(self.weights)


class FakeModel:
    """See `TinkerModel`. `mean` divides as SkyRL's jax backend does, else gradients are sums; `clips`: as one that our
    launcher started."""

    def __init__(self, service: FakeService, model_id: str) -> None:
        self.service, self._id = service, model_id
        self.state = State(np.zeros((service.vocabulary, service.vocabulary)))
        self.gradient = np.zeros_like(self.state.weights)
        self.sequences = 0
        self.passes = 0
        self.adams: list[Adam] = []
        self.bounds: list[float | None] = []
        self.used = False

    @property
    def model_id(self) -> str:
        return self._id

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        self.used = True
        return [self._logprobs(row)[0].astype(np.float32) for row in rows]

    def forward_backward(self, rows: Sequence[GradientRow]) -> None:
        self.used = True
        self.passes += 1
        for one in rows:
            c, chances, contexts = self._logprobs(one.row)
            slopes = -one.advantages * np.exp(c - one.logprobs)
            if self.service.mean:
                slopes = slopes / len(slopes)
            for slope, chance, context, token in zip(slopes, chances, contexts, one.row.completion, strict=True):
                self.gradient[context] -= slope * chance
                self.gradient[context, token] += slope
            self.sequences += 1

    def optim_step(self, adam: Adam, max_norm: float | None = None) -> float | None:
        assert self.sequences or self.service.idle_updates, "an update without gradients"
        self.adams.append(adam)
        self.bounds.append(max_norm)
        gradient = self._divided()
        norm = float(np.sqrt((gradient**2).sum()))
        if max_norm is not None:
            gradient = gradient * min(1.0, max_norm / norm) if norm else gradient
        state = self.state
        state.updates += 1
        state.first = adam.beta1 * state.first + (1 - adam.beta1) * gradient
        state.second = adam.beta2 * state.second + (1 - adam.beta2) * gradient**2
        mean = state.first / (1 - adam.beta1**state.updates)
        spread = np.sqrt(state.second / (1 - adam.beta2**state.updates)) + adam.epsilon
        state.weights = state.weights - adam.learning_rate * (mean / spread + adam.weight_decay * state.weights)
        self.gradient = np.zeros_like(self.gradient)
        self.sequences = 0
        return norm * self.service.norm_scale if self.service.tells_norm else None

    def clip(self, bound: float) -> float:
        if not self.service.clips:
            told = self.optim_step(clip_request(bound))
            return float("nan") if told is None else told
        norm = float(np.sqrt((self._divided() ** 2).sum())) * self.service.norm_scale
        self.gradient *= min(1.0, bound / norm) if np.isfinite(norm) and norm > 0 else 0.0
        self.sequences *= bool(np.isfinite(norm))
        return norm

    def _divided(self) -> F64:
        return self.gradient / max(1, self.sequences) if self.service.mean else self.gradient

    def save_state(self, name: str) -> str:
        self.used = True
        path = f"tinker://{self._id}/weights/{name}"
        self.service.states[path] = deepcopy(self.state)
        return path

    def load_state(self, path: str, *, moments: bool) -> None:
        assert not self.used, "a state can be loaded as the first request only"
        saved = deepcopy(self.service.states[path])
        self.state = saved if moments else State(saved.weights)

    def snapshot(self, name: str) -> TinkerSampler:
        if self.service.snapshots_keep:
            frozen = FakeModel(self.service, f"{self._id}/{name}")
            frozen.state = deepcopy(self.state)
            return FakeSampler(frozen)
        return FakeSampler(self)

    def unload(self) -> None:
        self.service.unloaded.append(self._id)

    def _logprobs(self, row: Row) -> tuple[F64, F64, list[int]]:
        ids = [*row.prompt[-1:].tolist(), *row.completion.tolist()]
        logits = self.state.weights[ids[:-1]]
        logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logs[np.arange(len(row.completion)), row.completion], np.exp(logs), ids[:-1]


class FakeSampler:
    """See `TinkerSampler`: draws the seed's last digits; answers at once, or when `release` is called."""

    def __init__(self, model: FakeModel) -> None:
        self.model = model

    def forward(self, rows: Sequence[Row]) -> list[F32]:
        return self.model.forward(rows)

    def unload(self) -> None:
        self.model.unload()

    def draw(self, draw: Draw, done: Callable[[Drawn | Exception], None]) -> None:
        self.model.service.draws.append(draw)
        ids = np.arange(draw.seed % 5, draw.seed % 5 + draw.max_tokens, dtype=np.int32) % VOCABULARY
        stop = next((at for at, token in enumerate(ids) if int(token) in draw.stop_ids), len(ids) - 1)
        ids = ids[: stop + 1]
        answer = Drawn(ids, np.full(len(ids), -1.0, dtype=np.float32))
        if self.model.service.held is None:
            done(answer)
        else:
            self.model.service.held.append(lambda: done(answer))


@dataclass
class FakeService:
    """See `TinkerService`."""

    mean: bool = True
    vocabulary: int = VOCABULARY
    norm_scale: float = 1.0
    clips: bool = False
    tells_norm: bool = True
    snapshots_keep: bool = False
    idle_updates: bool = True
    states: dict[str, State] = field(default_factory=dict[str, State])
    unloaded: list[str] = field(default_factory=list[str])
    draws: list[Draw] = field(default_factory=list[Draw])
    held: list[Callable[[], None]] | None = None
    """Answers that wait, when it is a list."""
    models: list[FakeModel] = field(default_factory=list[FakeModel])

    def create_model(self, rank: int, seed: int) -> FakeModel:
        self.models.append(FakeModel(self, f"model_{len(self.models)}"))
        return self.models[-1]

    def restore_model(self, path: str, rank: int, seed: int, *, moments: bool) -> FakeModel:
        model = self.create_model(rank, seed)
        model.load_state(path, moments=moments)
        return model

    def close(self) -> None:
        """Nothing."""
