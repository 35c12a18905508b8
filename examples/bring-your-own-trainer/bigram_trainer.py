"""A complete trainer: what the sidecar calls to sample from a small model and to train it.

Copy this file to connect your own model, and put your model in the place of `bigram_model.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from spice_trainer import api, toolkit
from spice_trainer.api import F32, I32
from spice_trainer.toolkit import checkpoint_files

from bigram_model import END, F64, VOCABULARY, BigramModel, decode, differentiate, encode

KEEP_VERSIONS = 2
"""Published versions that stay in memory. Nobody else releases them during a run."""


class BigramTrainer:
    """Implements `spice_trainer.api.Backend`. `open` sets the attributes below."""

    learner: toolkit.AdamW
    """Weights in training, their gradient, the moments and the number of updates."""
    base: F64
    """Weights before training: the reference policy."""
    published: dict[int, tuple[api.PolicyVersion, F64]]
    """Published versions by number, with their weights, which never change."""
    next_version: int
    max_tokens: int
    """Longest prompt and completion together."""

    def __init__(self, model: BigramModel) -> None:
        self.model = model

    @classmethod
    def create(cls) -> api.Backend:
        """Called by the sidecar on the class that the entry point names."""
        return cls(BigramModel())

    def capabilities(self) -> api.Capabilities:
        """Exactly what works. The sidecar refuses everything else."""
        return api.Capabilities(
            backend="bigram",
            trainable=("full",),
            max_lora_rank=0,
            compute_dtypes=("float32",),
            losses=("policy_gradient", "cross_entropy"),
            surrogates=("plain",),
            ratios=("none",),
            ratio_baselines=("current",),
            corrections=("none",),
            kl_estimators=("none",),
            kl_references=(),
            scoring_references=("base", "version"),
            sampling_parameters=(
                "temperature",
                "stop_token_ids",
                "stop_strings",
                "ignore_eos",
                "seed",
            ),
            logprob_modes=("temperature_scaled",),
            logprob_source="emitted",
            seed_support="bitwise",
            determinism="E0",
            checkpoint_scopes=("weights", "optimizer"),
            publish_modes=("keep",),
            concurrent_train_and_sample=True,
            max_samples_per_prompt=1024,
            max_in_flight_samples=4096,
            max_tokens_per_microbatch=1 << 20,
        )

    def open(self, spec: api.OpenSpec, progress: api.ProgressSink) -> api.ModelInfo:
        """Loads the model and publishes version 0."""
        self.base = self.model.initial_weights(spec.seed)
        self.learner = toolkit.AdamW(self.base)
        self.published, self.next_version = {}, 0
        self.max_tokens = spec.max_context_tokens
        return api.ModelInfo(
            name=spec.model,
            parameters=self.base.size,
            trainable_parameters=self.base.size,
            vocabulary=VOCABULARY,
            max_context_tokens=self.max_tokens,
            weights_dtype="float64",
            compute_dtype="float32",
            device="cpu",
            model_fingerprint=self.publish().digest,
            tokenizer_fingerprint="bytes",
            tokenizer_path="",
            eos_token_ids=(END,),
        )

    def close(self) -> None:
        """Ends what `open` started: here, nothing."""

    def tokenize(self, prompts: Sequence[api.Prompt]) -> list[I32]:
        """Tokens of each prompt. This model has no chat template: messages are joined."""

        def tokens(prompt: api.Prompt) -> I32:
            if prompt.token_ids is not None:
                return prompt.token_ids
            messages = prompt.chat or ()
            return encode(prompt.text or "".join(message.content for message in messages))

        return [tokens(prompt) for prompt in prompts]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Tokens of texts that are trained on."""
        return [encode(text, end=append_eos) for text in texts]

    def submit(
        self, request: api.SampleRequest, sink: Callable[[api.SampleEvent], None]
    ) -> api.Generation:
        """Starts to sample and returns. `SampleLoop` sends the events from its own thread."""
        newest = self.next_version - 1
        version = newest if request.policy_version is None else request.policy_version
        weights = self.weights_of(version)
        prompts = tuple(self.tokenize([row.prompt for row in request.prompts]))

        def next_logits(prompt: I32, completion: Sequence[int]) -> F64:
            return self.model.next_logits(weights, prompt, completion)

        return toolkit.SampleLoop(
            request, prompts, version, next_logits, decode, (END,), self.max_tokens, sink
        )

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: api.ProgressSink,
    ) -> list[F32]:
        """Log-probabilities of given completions, each with the index of its prompt."""
        weights = self.weights_of(target)

        def logprobs(prompt: I32, completion: I32) -> F32:
            logits = self.model.logits(weights, prompt, completion)
            every_token = toolkit.log_softmax(logits / temperature)
            return every_token[np.arange(len(completion)), completion].astype(np.float32)

        return [logprobs(prompts[index], completion) for index, completion in sequences]

    def forward_backward(
        self,
        batch: api.TrainBatch,
        loss: api.LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: api.ProgressSink,
    ) -> api.TrainResult:
        """Adds the gradient of the sum over all tokens of weight x token loss / normalizer."""
        gradient = np.zeros_like(self.base)
        records: list[toolkit.TokenRecord] = []
        for sequence in batch.sequences:
            if progress.cancelled():
                code = api.BackendErrorCode.CANCELLED
                raise api.BackendError(code, "CANCELLED", "the caller left between two sequences")
            prompt, completion = batch.prompts[sequence.prompt_ref], sequence.completion_ids
            logits = self.model.logits(self.learner.weights, prompt, completion)
            record, by_logits = differentiate(logits, sequence, loss, normalizer)
            gradient += self.model.gradient(prompt, completion, by_logits)
            records.append(record)
        stats = toolkit.by_role(records)
        finite = bool(np.isfinite(stats[""].loss)) and self.learner.accumulate(gradient)
        logprobs = tuple(record.current.astype(np.float32) for record in records)
        return api.TrainResult(
            loss=stats[""].loss,
            non_finite=not finite,
            stats=stats,
            tokens=sum(len(part) for part in logprobs),
            padded_tokens=0,
            microbatches=1,
            seconds_forward=0.0,
            seconds_backward=0.0,
            peak_memory_bytes=0,
            current_logprobs=logprobs if want_logprobs else None,
        )

    def discard_gradients(self) -> None:
        """Empties the accumulator."""
        self.learner.gradient = None

    def optim_step(self, spec: api.OptimSpec) -> api.OptimResult:
        """Updates the weights with the accumulated gradient, and empties the accumulator."""
        return self.learner.update(spec)

    @property
    def step(self) -> int:
        """Updates since the base model."""
        return self.learner.step

    def publish(self) -> api.PolicyVersion:
        """Makes the present weights the newest version. AdamW never changes an old array."""
        weights = self.learner.weights
        digest = hashlib.sha256(weights.tobytes()).hexdigest()
        version = api.PolicyVersion(self.next_version, self.step, digest, kind="full")
        self.published[version.version] = (version, weights)
        self.next_version += 1
        for old in list(self.published)[:-KEEP_VERSIONS]:
            del self.published[old]
        return version

    def versions(self) -> list[api.PolicyVersion]:
        """The versions that can be sampled."""
        return [version for version, _ in self.published.values()]

    def release(self, version: int) -> None:
        """Forgets a version."""
        self.weights_of(version)
        del self.published[version]

    def save(self, directory: Path, metadata: Mapping[str, str]) -> api.CheckpointInfo:
        """Writes weights, moments and step: all of the files, or none."""

        def fill(folder: Path) -> None:
            np.savez(folder / "state.npz", allow_pickle=False, **self.learner.state())

        return checkpoint_files.write(directory, self.step, metadata, fill)

    def load(self, directory: Path) -> api.CheckpointInfo:
        """Restores what `save` wrote. It publishes nothing."""
        manifest = checkpoint_files.verify(directory)
        with np.load(directory / "state.npz", allow_pickle=False) as state:
            self.learner.restore(dict(state))
        return api.CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)

    def weights_of(self, target: Literal["current", "reference"] | int) -> F64:
        """Weights in training, of the base model, or of a version. Raises VERSION_UNKNOWN."""
        if target == "current":
            return self.learner.weights
        if target == "reference":
            return self.base
        if target not in self.published:
            code = api.BackendErrorCode.NOT_FOUND
            raise api.BackendError(code, "VERSION_UNKNOWN", f"there is no policy version {target}")
        return self.published[target][1]
