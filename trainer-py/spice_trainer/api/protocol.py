"""The protocol itself."""

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
    """Where a long call reports progress, and how it learns that it must stop."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Report that `done` of `total` units of `phase` are done."""
        ...

    def cancelled(self) -> bool:
        """True when the caller has gone. Look at it between micro-batches; when it is true, discard
        the gradient and raise CANCELLED."""
        ...


class Backend(Protocol):
    """A trainer for one model. Raise `BackendError` for every expected failure.

    The sidecar calls `submit`, `tokenize`, `encode_completions` and `Generation.cancel` from any
    thread. It calls every other method from one thread, one call at a time. A method that needs an open session raises
    FAILED_PRECONDITION (NOT_OPEN) without one.
    """

    def capabilities(self) -> Capabilities:
        """What works, exactly. The service refuses everything else before it reaches the backend.

        Called before `open` and again after it: numbers that depend on the session's settings may
        change.
        """
        ...

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        """Load the model, publish it as version 0 and become ready. A process opens one session.

        Report the phases of loading to `progress`. After a failure nothing may be left running.

        Raises: FAILED_PRECONDITION (ALREADY_OPEN), INVALID_ARGUMENT for settings and models that
        cannot be used, UNIMPLEMENTED for what `capabilities` does not declare.
        """
        ...

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        """The token ids of each prompt, int32 [tokens]: the same ids that `submit` uses for it.

        Raises: INVALID_ARGUMENT, OUT_OF_RANGE for a token id that the vocabulary does not have.
        """
        ...

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """The token ids of each supervised target, without special tokens. With `append_eos` the
        first end-of-sequence id of `ModelInfo.eos_token_ids` follows them."""
        ...

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        """Start to generate, and return at once.

        `sink` gets one `SampleStarted`, one `SampleFinished` for each sample as it ends, and one
        `SampleDone`, from a thread of the backend. `SampleDone` comes whatever happens; it carries
        the error when the engine failed. All samples begin with the version that the request names,
        or with the newest version.

        Raises: NOT_FOUND for a version that is not there, INVALID_ARGUMENT or OUT_OF_RANGE for a
        request that cannot be sampled. After a raise `sink` gets nothing.
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
        """Log-probabilities of given tokens, one float32 array [tokens] for each sequence.

        A sequence is an index into `prompts` and the ids of a completion. `target`: the present
        weights, the reference model, or a published version by its number.

        Raises: NOT_FOUND for a version that is not there, INVALID_ARGUMENT, OUT_OF_RANGE,
        CANCELLED.
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
        """Add the gradient of (1/normalizer) * sum(weight * token loss) to the accumulator, and
        divide it by nothing else.

        With `want_logprobs` the result has the log-probabilities under the present weights. A loss
        or a gradient that is not finite is a flag of the result and not an error; it is not kept.

        Raises: INVALID_ARGUMENT, OUT_OF_RANGE and UNIMPLEMENTED before anything is added. After any
        other error the accumulator cannot be used until `discard_gradients`.
        """
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Apply the accumulated gradient with AdamW and the settings of this call, and empty the
        accumulator.

        The update changes no published version. A gradient that is not finite changes nothing and
        gives a result with `skipped`.

        Raises: FAILED_PRECONDITION (NO_GRADIENT) when there is no gradient, for engines that need
        one.
        """
        ...

    def discard_gradients(self) -> None:
        """Empty the accumulator. Nothing happens when it is empty."""
        ...

    @property
    def step(self) -> int:
        """Optimizer steps taken since the base model; a loaded checkpoint brings its own number."""
        ...

    def publish(self) -> PolicyVersion:
        """Make the present weights the next version, and return its facts.

        Versions are numbered from 0 without gaps. A version never changes. The backend may release
        old versions to make room; samples in flight keep what they need.

        Raises: MEMORY when there is no room, DATA_LOSS when the weights did not arrive where
        samples are made. After a failure the versions from before are still there.
        """
        ...

    def versions(self) -> list[PolicyVersion]:
        """The versions that can be sampled, oldest first."""
        ...

    def release(self, version: int) -> None:
        """Forget a version. Samples in flight end normally.

        Raises: NOT_FOUND for a version that is not there, FAILED_PRECONDITION (VERSION_IN_USE) for
        one that cannot be released.
        """
        ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Write weights, optimizer, random state and step to `directory`, which must not exist.

        A checkpoint is complete or absent: write it under a temporary name, write the manifest with
        the hashes last, then rename. `spice_trainer.toolkit.checkpoint_files` does this. `metadata`
        is the caller's own and comes back unchanged.

        Raises: FAILED_PRECONDITION when the folder exists, MEMORY or UNAVAILABLE when it cannot be
        written.
        """
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restore weights, optimizer, random state and step. Gradients are discarded, nothing is
        published, and no published version changes.

        Raises: NOT_FOUND, DATA_LOSS for a damaged checkpoint, FAILED_PRECONDITION
        (CHECKPOINT_MISMATCH) for one of another model. After these nothing has changed.
        """
        ...

    def close(self) -> None:
        """End the session and everything that it started. Nothing happens without a session."""
        ...
