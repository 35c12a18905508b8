"""The two halves of a trainer, and the inputs from which they are made.

A `Learner` has the weights that are trained. A `Sampler` has the published versions of these
weights. An engine gives `EngineBackend` one class or function for each half. It is called when a
session opens, and gets an `Opening`.
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
    """The tokenizer of the model. Several threads may use it."""

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        ...

    @property
    def eos_ids(self) -> tuple[int, ...]:
        """Token ids that end a sample, the id of the tokenizer first."""
        ...

    def prompt_ids(self, prompt: Prompt) -> I32:
        """Returns the token ids of a prompt, int32 [tokens]. Raises INVALID_ARGUMENT or
        OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY)."""
        ...

    def completion_ids(self, text: str, append_eos: bool) -> I32:
        """Returns the token ids of a supervised target, int32 [tokens]. With `append_eos` the first
        of `eos_ids` is added at the end."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Returns the text of ids, without special tokens."""
        ...

    def check(self, ids: I32, what: str) -> None:
        """Raises OUT_OF_RANGE (TOKEN_OUT_OF_VOCABULARY) when an id is not in the vocabulary. `what`
        is the name of the ids in the message."""
        ...


class Opening:
    """Inputs for opening a session."""

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
        """Every engine setting by name, checked, with defaults."""
        self.source = source
        self.progress = progress
        self.resources = resources
        """Resources of the session. A half registers here how each of its threads, processes and
        files ends. The end of the session, or a failure to open, ends them in reverse order."""
        self._read_text, self._phases = read_text, phases

    @cached_property
    def text(self) -> Text:
        """The tokenizer of the model. It is loaded at its first use, so that a learner can refuse a
        model earlier."""
        return self._read_text(self.source.path)

    def stage(self, phase: str) -> None:
        """Reports that `phase`, one of the `phases` of the engine, begins."""
        self.progress.progress(phase, self._phases.index(phase), len(self._phases) - 1)


@dataclass(frozen=True)
class ModelFacts:
    """Facts of `ModelInfo` that only the learner has."""

    parameters: int
    """Number of parameters of the model, without adapters."""
    trainable_parameters: int
    weights_dtype: str
    compute_dtype: str
    device: str


class Learner(Protocol):
    """The weights that are trained, their gradient and their optimizer. All arguments are already
    checked."""

    @property
    def facts(self) -> ModelFacts:
        """Returns the facts of the loaded model."""
        ...

    @property
    def failure(self) -> BackendError | None:
        """The reason why this learner cannot be used any more; None while it can be used."""
        ...

    @property
    def step(self) -> int:
        """Number of optimizer steps since the base model."""
        ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns log-probabilities under the present weights or the reference model. See
        `Backend.score`."""
        ...

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Adds a gradient. See `Backend.forward_backward`."""
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Applies the gradient. See `Backend.optim_step`."""
        ...

    def discard_gradients(self) -> None:
        """Discards the gradient."""
        ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Writes a checkpoint. See `Backend.save`."""
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restores a checkpoint. See `Backend.load`."""
        ...


class Sampler(Protocol):
    """The published versions: sampling, scoring, publishing and releasing."""

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        """Starts a checked request and returns immediately. `prompt_ids` has one array for each
        prompt. `stop_ids` has every id that ends a sample, including the ids of the model unless
        the request ignores them. Raises NOT_FOUND (VERSION_UNKNOWN)."""
        ...

    def score(
        self,
        version: int,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns log-probabilities under a published version. Raises NOT_FOUND
        (VERSION_UNKNOWN)."""
        ...

    def publish(self) -> PolicyVersion:
        """Makes the present weights of the learner the next version. The first call makes version
        0."""
        ...

    def versions(self) -> list[PolicyVersion]:
        """Returns the versions that can be sampled, oldest first."""
        ...

    def release(self, version: int) -> None:
        """Releases a version. Raises NOT_FOUND (VERSION_UNKNOWN) or FAILED_PRECONDITION
        (VERSION_IN_USE)."""
        ...

    def keep_versions(self, update: OptimSpec | None) -> AbstractContextManager[None]:
        """Returns a context in which the weights of the learner change: by `update`, or by loading
        a checkpoint (None). Every version has the same weights before and after it."""
        ...
