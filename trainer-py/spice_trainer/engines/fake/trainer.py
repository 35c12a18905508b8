"""The fake trainer as a `Backend`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    Capabilities,
    CheckpointInfo,
    Generation,
    LossSpec,
    ModelInfo,
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
    names,
)
from spice_trainer.engines.fake import script, settings, storage, table
from spice_trainer.engines.fake.generator import FakeGeneration, Writer
from spice_trainer.engines.fake.learner import Learner
from spice_trainer.engines.fake.settings import Settings
from spice_trainer.toolkit import checkpoint_files

_LOAD_TICKS = 20
_STATE = "state.safetensors"


def create() -> FakeBackend:
    """Returns a trainer without a session."""
    return FakeBackend()


class FakeBackend:
    """A very small language model over bytes, with every verb of the contract. See the docstring of
    the package."""

    def __init__(self) -> None:
        self._settings = Settings()
        self._script: script.Script = lambda prompt: ()
        self._learner = Learner(table.initial(0))
        self._base = self._learner.weights
        self._context_tokens = 0
        self._versions: dict[int, PolicyVersion] = {}
        self._writers: dict[int, Writer] = {}
        self._next_version = 0

    def capabilities(self) -> Capabilities:
        """Everything that the contract has for training all parameters."""
        return Capabilities(
            backend="fake",
            trainable=("full",),
            max_lora_rank=0,
            compute_dtypes=("float32",),
            losses=names.LOSSES,
            surrogates=names.SURROGATES,
            ratios=names.RATIOS,
            ratio_baselines=names.RATIO_BASELINES,
            corrections=names.CORRECTIONS,
            kl_estimators=names.KL_ESTIMATORS,
            kl_references=names.KL_REFERENCES,
            scoring_references=("base", "version"),
            sampling_parameters=names.SAMPLING_PARAMETERS,
            logprob_modes=("temperature_scaled", "raw", "processed"),
            logprob_source="emitted",
            seed_support="bitwise",
            determinism="E0",
            checkpoint_scopes=("weights", "optimizer"),
            publish_modes=("keep",),
            concurrent_train_and_sample=True,
            max_samples_per_prompt=4096,
            max_in_flight_samples=4096,
            max_tokens_per_microbatch=self._settings.microbatch_tokens,
            versions={"numpy": np.__version__},
            hardware="none",
            engine_schema=settings.SCHEMA,
        )

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        """Makes the model `spec.model`. Every name is accepted."""
        self._settings = Settings.of(spec.engine)
        self._script = script.load(self._settings.script)
        for tick in range(_LOAD_TICKS):
            progress.progress("load", tick, _LOAD_TICKS)
            self._settings.pause(self._settings.load_seconds / _LOAD_TICKS)
            if progress.cancelled():
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "loading was stopped")
        self._learner = Learner(table.initial(spec.seed))
        self._base = self._learner.weights
        self._context_tokens = spec.max_context_tokens
        self._publish()
        parameters = self._base.size
        return ModelInfo(
            name=f"fake:{spec.model}",
            parameters=parameters,
            trainable_parameters=parameters,
            vocabulary=table.VOCABULARY,
            max_context_tokens=spec.max_context_tokens,
            weights_dtype="float32",
            compute_dtype="float64",
            device="cpu",
            model_fingerprint=table.digest(self._base),
            tokenizer_fingerprint=hashlib.sha256(b"bytes + end").hexdigest(),
            tokenizer_path="",
            eos_token_ids=(table.END,),
        )

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        """Returns the bytes of each prompt."""
        return [table.render(prompt) for prompt in prompts]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Returns the bytes of each text, with the end token if `append_eos`."""
        end = np.array([table.END] if append_eos else [], dtype=np.int32)
        return [np.concatenate([table.encode(text), end]) for text in texts]

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        """Starts to generate."""
        version = max(self._writers) if request.policy_version is None else request.policy_version
        prompts = tuple(self.tokenize([one.prompt for one in request.prompts]))
        for index, ids in enumerate(prompts):
            if len(ids) >= self._context_tokens:
                raise BackendError(
                    BackendErrorCode.RANGE,
                    "CONTEXT_OVERFLOW",
                    f"prompt {index} has {len(ids)} tokens; the context holds {self._context_tokens}",
                    "shorten the prompt",
                )
        return FakeGeneration(request, prompts, version, self._writer(version), self._newest, sink)

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns the log-probabilities under the chosen weights."""
        if target == "current":
            weights = self._learner.weights
        else:
            weights = self._base if target == "reference" else self._writer(target).weights
        out: list[F32] = []
        for index, (prompt, ids) in enumerate(sequences):
            if progress.cancelled():
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "scoring was stopped")
            self._settings.pause(self._settings.sequence_seconds)
            out.append(table.logprobs(weights, prompts[prompt], ids, temperature))
            progress.progress("score", index + 1, len(sequences))
        return out

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Adds the gradient of a batch."""
        with self._settings.call("forward_backward") as number:
            before = self._learner.gradient.copy() if number == self._settings.non_finite_at else None
            result = self._learner.forward_backward(batch, loss, normalizer, want_logprobs, progress, self._settings)
            if before is not None:
                self._learner.gradient = before
                result = replace(result, loss=float("nan"), non_finite=True)
        return result

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        """Updates the weights."""
        with self._settings.call("optim_step"):
            return self._learner.optim_step(spec)

    def discard_gradients(self) -> None:
        """Empties the accumulator."""
        self._learner.discard()

    @property
    def step(self) -> int:
        """Number of optimizer steps."""
        return self._learner.step

    def publish(self) -> PolicyVersion:
        """Copies the weights into a new version."""
        with self._settings.call("publish"):
            return self._publish()

    def versions(self) -> list[PolicyVersion]:
        """Returns the versions that were not released."""
        return list(self._versions.values())

    def release(self, version: int) -> None:
        """Releases a version."""
        self._writer(version)
        del self._versions[version], self._writers[version]

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Writes weights, moments and step."""
        with self._settings.call("save"):
            learner = self._learner
            tensors = {
                "weights": learner.weights,
                "first": learner.first,
                "second": learner.second,
                "updates": np.array([learner.updates], dtype=np.float64),
            }
            return checkpoint_files.write(
                directory, learner.step, metadata, lambda folder: storage.write(folder / _STATE, tensors)
            )

    def load(self, directory: Path) -> CheckpointInfo:
        """Restores a checkpoint. A damaged folder changes nothing."""
        with self._settings.call("load"):
            manifest = checkpoint_files.verify(directory)
            if _STATE not in manifest.files:
                raise BackendError(
                    BackendErrorCode.PRECONDITION,
                    "CHECKPOINT_MISMATCH",
                    f"checkpoint {directory.name} was written by another backend",
                )
            tensors = storage.read(directory / _STATE)
            learner = Learner(tensors["weights"], manifest.step)
            learner.first, learner.second = tensors["first"], tensors["second"]
            learner.updates = int(tensors["updates"][0])
            self._learner = learner
        return CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)

    def close(self) -> None:
        """Does nothing: there is nothing to free."""

    def _publish(self) -> PolicyVersion:
        weights = self._learner.weights  # each step makes a new array, so this one never changes
        version = PolicyVersion(self._next_version, self._learner.step, table.digest(weights), "full")
        self._versions[version.version] = version
        self._writers[version.version] = Writer(weights, self._base, self._script, self._settings, self._context_tokens)
        self._next_version += 1
        for oldest in sorted(self._versions)[: -self._settings.keep_versions]:
            del self._versions[oldest], self._writers[oldest]
        return version

    def _newest(self) -> tuple[int, table.Table]:
        version = max(list(self._writers))
        return version, self._writer(version).weights

    def _writer(self, version: int) -> Writer:
        writer = self._writers.get(version)
        if writer is None:
            raise BackendError(
                BackendErrorCode.NOT_FOUND,
                "VERSION_UNKNOWN",
                f"policy version {version} does not exist or was released",
                "Weights.List shows those there are",
            )
        return writer
