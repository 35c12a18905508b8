"""The class that an engine implements, and the sink for its progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.model import Capabilities, ModelInfo, OpenSpec
from spice_trainer.api.sampling import Generation, Prompt, SampleEvent, SampleRequest
from spice_trainer.api.training import LossSpec, OptimResult, OptimSpec, TrainBatch, TrainResult
from spice_trainer.api.weights import CheckpointInfo, PolicyVersion


class ProgressSink(Protocol):
    """Receives the progress of a long call, and says when the call must stop."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Reports that `done` of `total` units of `phase` are done."""
        ...

    def cancelled(self) -> bool:
        """Whether the caller stopped the work. Ask between micro-batches. When true, discard the
        gradient and raise CANCELLED."""
        ...


class Backend(Protocol):
    """A trainer for one model. It raises `BackendError` for every expected failure.

    The sidecar calls `submit`, `tokenize`, `encode_completions` and `Generation.cancel` from any
    thread. It calls every other method from one thread, one call at a time. A method that needs an
    open session raises FAILED_PRECONDITION (NOT_OPEN) without a session.
    """

    def capabilities(self) -> Capabilities:
        """Returns everything that works. The service refuses everything else before it calls the
        backend.

        The service calls it before `open` and again after it. Numbers that depend on the settings
        of the session may change.
        """
        ...

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        """Loads the model and publishes it as version 0. A process opens one session.

        Report the phases of loading to `progress`. After a failure nothing may continue to run.

        Raises: FAILED_PRECONDITION (ALREADY_OPEN); INVALID_ARGUMENT for settings and models that
        cannot be used; UNIMPLEMENTED for settings that `capabilities` does not declare.
        """
        ...

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        """Returns the token ids of each prompt, int32 [tokens]: the same ids that `submit` uses for
        it.

        Raises: INVALID_ARGUMENT; OUT_OF_RANGE for a token id that the vocabulary does not have.
        """
        ...

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Returns the token ids of each supervised target, int32 [tokens], without special tokens.
        With `append_eos` the first id of `ModelInfo.eos_token_ids` is added at the end."""
        ...

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        """Starts to generate and returns immediately.

        `sink` gets one `SampleStarted`, one `SampleFinished` for each sample when it ends, and one
        `SampleDone`, from a thread of the backend. `SampleDone` is sent in every case; it contains
        the error when the engine failed. All samples begin with the version that the request names,
        or with the newest version.

        Raises: NOT_FOUND for an unknown version; INVALID_ARGUMENT or OUT_OF_RANGE for a request
        that cannot be sampled. After an exception `sink` gets nothing.
        """
        ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns the log-probabilities of given tokens, one float32 array [tokens] for each
        sequence.

        A sequence is an index into `prompts` and the token ids of a completion. `target`: the
        present weights, the reference model, or the number of a published version. The logits are
        divided by `temperature`, which is above 0.

        Raises: NOT_FOUND for an unknown version; INVALID_ARGUMENT; OUT_OF_RANGE; CANCELLED.
        """
        ...

    def forward_backward(
        self,
        batch: TrainBatch,
        loss: LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: ProgressSink,
    ) -> TrainResult:
        """Adds the gradient of (1/normalizer) * sum(weight * token loss) to the accumulator, and
        divides it by nothing else.

        With `want_logprobs` the result has the log-probabilities under the present weights. For a
        loss or a gradient that is not finite the result has a flag; this is not an error. Then the
        gradient of this call is not added, and what earlier calls accumulated remains.

        Raises: INVALID_ARGUMENT, OUT_OF_RANGE and UNIMPLEMENTED before anything is added. After any
        other error the accumulator cannot be used until `discard_gradients`.
        """
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Applies the accumulated gradient with AdamW and the settings of this call, and empties
        the accumulator.

        The update changes no published version. A gradient that is not finite changes nothing and
        gives a result with `skipped`.

        Raises: FAILED_PRECONDITION (NO_GRADIENT) when there is no gradient, for engines that need a
        gradient.
        """
        ...

    def discard_gradients(self) -> None:
        """Empties the accumulator. An empty accumulator stays empty."""
        ...

    @property
    def step(self) -> int:
        """Number of optimizer steps since the base model. Loading a checkpoint sets the number of
        the checkpoint."""
        ...

    def publish(self) -> PolicyVersion:
        """Makes the present weights the next version and returns its facts.

        Versions are numbered from 0 without gaps. A version never changes. The backend may release
        old versions to free memory; unfinished samples keep the weights that they need.

        Raises: MEMORY when there is too little memory; DATA_LOSS when the sampler did not get the
        weights. After a failure the earlier versions remain.
        """
        ...

    def versions(self) -> list[PolicyVersion]:
        """Returns the versions that can be sampled, oldest first."""
        ...

    def release(self, version: int) -> None:
        """Releases a version. Unfinished samples end normally.

        Raises: NOT_FOUND for an unknown version; FAILED_PRECONDITION (VERSION_IN_USE) for a version
        that cannot be released.
        """
        ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Writes weights, optimizer, random state and step to `directory`, which must not exist.

        A checkpoint is complete or absent: write it under a temporary name, write the manifest with
        the hashes last, then rename the folder. `spice_trainer.toolkit.checkpoint_files` does this.
        `metadata` belongs to the caller and is returned unchanged.

        Raises: FAILED_PRECONDITION when the folder exists; MEMORY or UNAVAILABLE when it cannot be
        written.
        """
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restores weights, optimizer, random state and step. Gradients are discarded, nothing is
        published, and no published version changes.

        Raises: NOT_FOUND; DATA_LOSS for a damaged checkpoint; FAILED_PRECONDITION
        (CHECKPOINT_MISMATCH) for a checkpoint of another model. After these errors nothing has
        changed.
        """
        ...

    def close(self) -> None:
        """Ends the session and everything that it started. Does nothing without a session."""
        ...
