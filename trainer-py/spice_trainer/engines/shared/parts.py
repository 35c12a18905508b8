"""The two halves of a trainer, and what they are made from.

A `Learner` holds the weights that are trained. A `Sampler` holds the published versions of these weights. An engine gives
`EngineBackend` one class or function for each half: it is called when a session opens, and gets an `Opening`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    CheckpointInfo,
    Generation,
    LossSpec,
    OpenSpec,
    OptimResult,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    Prompt,
    SampleEvent,
    SampleRequest,
    TrainBatch,
    TrainResult,
)
from spice_trainer.models import ModelSource


class Text(Protocol):
    """The model's tokenizer. Safe to use from several threads."""

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        ...

    @property
    def eos_ids(self) -> tuple[int, ...]:
        """Every id that ends a generation, the tokenizer's own first."""
        ...

    def prompt_ids(self, prompt: Prompt) -> I32:
        """Token ids of a prompt. Raises INVALID_ARGUMENT or OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY)."""
        ...

    def completion_ids(self, text: str, append_eos: bool) -> I32:
        """Token ids of a supervised target, with the first of `eos_ids` after them when `append_eos`."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids, special tokens removed."""
        ...

    def check(self, ids: I32, what: str) -> None:
        """Raise OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY) when an id is not in the vocabulary. `what` names the ids."""
        ...


class Opening:
    """What a session has while it opens."""

    def __init__(
        self,
        spec: OpenSpec,
        settings: Mapping[str, Any],
        source: ModelSource,
        read_text: Callable[[Path], Text],
        progress: ProgressSink,
        phases: Sequence[str],
        resources: ExitStack,
    ) -> None:
        self.spec = spec
        self.settings = settings
        """Every engine setting by name, checked, with defaults filled in."""
        self.source = source
        self.progress = progress
        self.resources = resources
        """What the session holds: a half registers here how each of its threads, processes and files ends. The session's
        end, or a failure to open, runs this in reverse order."""
        self._read_text, self._phases = read_text, phases

    @cached_property
    def text(self) -> Text:
        """The model's tokenizer. Read at its first use, so that a learner can refuse a model before."""
        return self._read_text(self.source.path)

    def stage(self, phase: str) -> None:
        """Report that `phase`, one of the engine's `phases`, begins."""
        self.progress.progress(phase, self._phases.index(phase), len(self._phases) - 1)


@dataclass(frozen=True)
class ModelFacts:
    """What only the learner knows of `ModelInfo`."""

    parameters: int
    """Numbers in the model's weights, without adapters."""
    trainable_parameters: int
    weights_dtype: str
    compute_dtype: str
    device: str


class Learner(Protocol):
    """The weights that are trained, their gradient and their optimizer. Arguments are checked already."""

    @property
    def facts(self) -> ModelFacts:
        """Facts of the loaded model."""
        ...

    @property
    def failure(self) -> BackendError | None:
        """Why this learner cannot be used any more; None while it can be."""
        ...

    @property
    def step(self) -> int:
        """Optimizer steps since the base model."""
        ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Log-probabilities under the present weights or under the reference model. See `Backend.score`."""
        ...

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Add a gradient. See `Backend.forward_backward`."""
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Apply the gradient. See `Backend.optim_step`."""
        ...

    def discard_gradients(self) -> None:
        """Forget the gradient."""
        ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Write a checkpoint. See `Backend.save`."""
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restore a checkpoint. See `Backend.load`."""
        ...


class Sampler(Protocol):
    """The published versions: sampling from them, scoring under them, making and forgetting them."""

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        """Start a checked request and return at once. `prompt_ids` has one array a prompt; `stop_ids` has every id that
        ends a sample, the model's own among them unless the request ignores them.

        Raises NOT_FOUND (VERSION_UNKNOWN)."""
        ...

    def score(
        self,
        version: int,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Log-probabilities under a published version. Raises NOT_FOUND (VERSION_UNKNOWN)."""
        ...

    def publish(self) -> PolicyVersion:
        """Make the learner's present weights the next version; the first call makes version 0."""
        ...

    def versions(self) -> list[PolicyVersion]:
        """Versions that can be sampled, oldest first."""
        ...

    def release(self, version: int) -> None:
        """Forget a version. Raises NOT_FOUND (VERSION_UNKNOWN) or FAILED_PRECONDITION (VERSION_IN_USE)."""
        ...

    def keep_versions(self, update: OptimSpec | None) -> AbstractContextManager[None]:
        """A context in which the learner's weights change: by `update`, or by loading a checkpoint (None). Every version
        has the same weights after it as before it."""
        ...
