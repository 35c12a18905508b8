"""The learner half of the trainer `verl`: FSDP2 workers on Ray. This process is the Ray driver."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from transformers import AutoConfig

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    CheckpointInfo,
    LossSpec,
    OptimResult,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared import torch_checkpoint
from spice_trainer.engines.shared.engine_settings import pick
from spice_trainer.engines.shared.hardware import pick_device
from spice_trainer.engines.shared.parts import ModelFacts, Opening
from spice_trainer.engines.shared.torch_model.loading import refuse_unsupported
from spice_trainer.engines.shared.vllm_engine.direct import WeightSource
from spice_trainer.engines.verl.cluster import Cluster, worker_threads
from spice_trainer.engines.verl.columns import Row, completion_part, filler, row_of, scored_row
from spice_trainer.engines.verl.group import WorkerGroup
from spice_trainer.engines.verl.outcome import Tokens, loss_and_statistics
from spice_trainer.engines.verl.rounds import FILLER, Round, computed_tokens, plan_rounds
from spice_trainer.engines.verl.settings import WorkerSettings
from spice_trainer.toolkit import checkpoint_files

PHASES = ("connect to Ray", "start workers")


class VerlLearner:
    """Implements `parts.Learner` and `vllm_engine.PublishingLearner`."""

    failure: BackendError | None = None

    def __init__(self, opening: Opening) -> None:
        """Starts a cluster or connects to one, and starts the workers. Raises the errors of
        `refuse_unsupported`, `Cluster` and `WorkerGroup`."""
        source, self.settings = opening.source, pick(WorkerSettings, opening.settings)
        device = pick_device(self.settings.device).type
        refuse_unsupported(AutoConfig.from_pretrained(source.path), source.name, opening.spec.max_context_tokens)
        opening.stage(PHASES[0])
        self.cluster = Cluster(self.settings, device)
        opening.resources.callback(self.cluster.close)
        opening.stage(PHASES[1])
        self.workers = WorkerGroup(self.settings, device, source.path)
        opening.resources.callback(self.workers.close)
        facts = self.workers.call("facts")[0]
        threads = worker_threads(self.settings)
        self.facts = ModelFacts(
            parameters=facts["parameters"],
            trainable_parameters=facts["parameters"],
            weights_dtype="float32",
            compute_dtype="float32",
            device=f"{facts['device']} x {self.settings.workers}, {threads} threads each",
        )
        self._base = source.path
        self._identity = torch_checkpoint.identity(source.model_fingerprint, "full", facts["shapes"])
        self._step = 0
        self.pending = False
        """Whether there is a gradient, also if it is zero."""

    @property
    def sampler_threads(self) -> int:
        return self.settings.threads

    # -------------------------------------------------------------------------------------- scoring

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        if target == "reference":
            return self.score_file(None, prompts, sequences, temperature, progress)
        return self._score(prompts, sequences, temperature, progress)

    def score_file(
        self,
        path: Path | None,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        self.workers.call("swap_in", str(path or self._base))
        try:
            return self._score(prompts, sequences, temperature, progress)
        finally:
            self.workers.call("swap_out")

    def _score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        rows = {
            index: scored_row(prompts[ref], completion, temperature)
            for index, (ref, completion) in enumerate(sequences)
            if len(completion)
        }
        result: list[F32] = [np.zeros(0, dtype=np.float32) for _ in sequences]
        rounds = self._rounds(rows)
        for number, one in enumerate(rounds):
            _stop_if_cancelled(progress)
            spare = scored_row(prompts[0][:1], prompts[0][:1], 1.0)
            found = self.workers.score([rows.get(index, spare) for index in one.flat])
            for index, values in zip(one.flat, found, strict=True):
                if index != FILLER:
                    result[index] = completion_part(rows[index], values)
            progress.progress("score", number + 1, len(rounds))
        return result

    # ------------------------------------------------------------------------------------- training

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        chosen = [
            index
            for index, sequence in enumerate(batch.sequences)
            if len(sequence.completion_ids) and (want_logprobs or bool((np.asarray(sequence.weights) > 0).any()))
        ]
        rows = {index: row_of(batch, index) for index in chosen}
        rounds = self._rounds(rows)
        started = time.perf_counter()
        try:
            tokens = self._train_rounds(rounds, rows, loss, normalizer, progress)
        except BaseException:
            # A part of a gradient must never be applied. When workers are lost, the gradient is
            # lost too.
            self._drop_quietly()
            raise
        total, stats = loss_and_statistics(batch, tokens, loss, normalizer)
        finite = bool(np.isfinite(total))
        if finite:
            self.pending = True
        else:
            self.discard_gradients()
        real = _real_tokens(batch, chosen)
        lengths = {index: len(row.ids) for index, row in rows.items()}
        return TrainResult(
            loss=total,
            non_finite=not finite,
            stats=stats,
            tokens=real,
            padded_tokens=max(0, computed_tokens(rounds, lengths) - real),
            microbatches=len(rounds) * self.workers.size,
            seconds_forward=0.0,
            seconds_backward=time.perf_counter() - started,
            peak_memory_bytes=max(self.workers.call("peak_memory")),
            current_logprobs=_logprobs(batch, tokens) if want_logprobs else None,
        )

    def _train_rounds(
        self,
        rounds: list[Round],
        rows: Mapping[int, Row],
        loss: LossSpec,
        normalizer: float,
        progress: ProgressSink,
    ) -> Tokens:
        found: dict[int, tuple[F32, F32]] = {}
        for number, one in enumerate(rounds):
            _stop_if_cancelled(progress)
            spare = filler(int(next(iter(rows.values())).ids[0]))
            logprobs, entropies = self.workers.forward_backward(
                [rows.get(index, spare) for index in one.flat], loss, normalizer
            )
            for index, c, entropy in zip(one.flat, logprobs, entropies, strict=True):
                if index != FILLER:
                    found[index] = (completion_part(rows[index], c), completion_part(rows[index], entropy))
            progress.progress("forward_backward", number + 1, len(rounds))
        return found

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        if not self.pending:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "NO_GRADIENT",
                "there is no gradient to apply",
                "call ForwardBackward first; a discarded or non-finite gradient is not kept",
            )
        started = time.perf_counter()
        self.pending = False
        norm = self.workers.call(
            "apply_gradient",
            {
                "lr": float(spec.learning_rate),
                "betas": (float(spec.beta1), float(spec.beta2)),
                "eps": float(spec.epsilon),
                "weight_decay": float(spec.weight_decay),
                "max_grad_norm": spec.max_grad_norm,
                "reset_moments": spec.reset_moments,
            },
        )[0]
        skipped = not bool(np.isfinite(norm))
        self._step += not skipped
        return OptimResult(self._step, norm, skipped, time.perf_counter() - started)

    def discard_gradients(self) -> None:
        self.workers.call("optimizer_zero_grad")
        self.pending = False

    def _drop_quietly(self) -> None:
        try:
            self.discard_gradients()
        except (BackendError, OSError):
            self.pending = False

    @property
    def step(self) -> int:
        return self._step

    # ------------------------------------------------------------------------- weights, checkpoints

    def publish_weights(self, version: int, path: Path | None, dtype: str) -> PolicyVersion:
        """Publishes. Worker 0 writes the file."""
        digest = self.workers.call("publish_weights", None if path is None else str(path), dtype)[0]
        return PolicyVersion(version, self._step, digest, "full")

    def weight_source(self, dtype: str) -> WeightSource:
        """Must not be called: the weights of the workers are sent through files only."""
        raise NotImplementedError("the verl trainer places its sampler with the transfer `file`")

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        def fill(folder: Path) -> None:
            self.workers.call("write_state", str(folder))

        return checkpoint_files.write(directory, self._step, metadata, fill, self._identity)

    def load(self, directory: Path) -> CheckpointInfo:
        manifest = checkpoint_files.verify_for(directory, self._identity)
        self.workers.call("read_state", str(directory))
        self._step, self.pending = manifest.step, False
        return CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)

    def _rounds(self, rows: Mapping[int, Row]) -> list[Round]:
        lengths = {index: len(row.ids) for index, row in rows.items()}
        return plan_rounds(lengths, self.settings.workers, self.settings.train_tokens)


def _stop_if_cancelled(progress: ProgressSink) -> None:
    if progress.cancelled():
        raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "the caller cancelled the call")


def _real_tokens(batch: TrainBatch, chosen: Sequence[int]) -> int:
    prompts = {batch.prompts[batch.sequences[index].prompt_ref].tobytes() for index in chosen}
    return sum(len(prompt) // 4 for prompt in prompts) + sum(len(batch.sequences[i].completion_ids) for i in chosen)


def _logprobs(batch: TrainBatch, tokens: Tokens) -> tuple[F32, ...]:
    none = np.zeros(0, dtype=np.float32)
    return tuple(tokens[index][0] if index in tokens else none for index in range(len(batch.sequences)))
