"""verl's workers behind the contract: this process is the Ray driver, samples come from vLLM."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from transformers import AutoConfig

from spice_trainer.api import (
    F32,
    I32,
    Backend,
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
)
from spice_trainer.engines.shared.checks import check_optim, check_sample, check_score, check_train
from spice_trainer.engines.shared.hardware import pick_device
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.text import Text
from spice_trainer.engines.shared.vllm_engine import SamplerSettings, VllmPublisher
from spice_trainer.engines.shared.vllm_engine.placement import Placement, choose_gpus
from spice_trainer.engines.shared.vllm_engine.publisher import Learner
from spice_trainer.engines.torch_local import checkpoint
from spice_trainer.engines.torch_local.loading import refuse_unsupported
from spice_trainer.engines.verl.capabilities import declare, refuse_undeclared
from spice_trainer.engines.verl.cluster import Cluster, worker_threads
from spice_trainer.engines.verl.columns import Row, completion_part, filler, row_of, scored_row
from spice_trainer.engines.verl.group import WorkerGroup
from spice_trainer.engines.verl.outcome import Tokens, loss_and_statistics
from spice_trainer.engines.verl.rounds import FILLER, Round, computed_tokens, plan_rounds
from spice_trainer.engines.verl.settings import WorkerSettings, split
from spice_trainer.models import ModelSource, resolve
from spice_trainer.toolkit import checkpoint_files


@dataclass
class _Open:
    """Everything that exists once a model is loaded."""

    spec: OpenSpec
    settings: WorkerSettings
    info: ModelInfo
    source: ModelSource
    text: Text
    workers: WorkerGroup
    publisher: VllmPublisher
    identity: dict[str, str]
    step: int = 0
    pending: bool = False
    """Whether there is a gradient, be it zero."""


class VerlBackend:
    """Implements `spice_trainer.api.Backend`; see there for each method's contract."""

    def __init__(self) -> None:
        self._open: _Open | None = None
        self._cluster: Cluster | None = None
        self._workers: WorkerGroup | None = None
        self._publisher: VllmPublisher | None = None

    @classmethod
    def create(cls) -> Backend:
        """For the registry. Raises ImportError where verl or Ray is not installed; importing them takes long and waits."""
        for package in ("verl", "ray", "tensordict"):
            installed_version(package)
        return cls()

    def capabilities(self) -> Capabilities:
        settings = split({})[0] if self._open is None else self._open.settings
        return declare(settings.train_tokens, {} if self._publisher is None else self._publisher.package_versions())

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        if self._open is not None:
            raise BackendError(BackendErrorCode.PRECONDITION, "ALREADY_OPEN", "a model is loaded already")
        settings, sampler = split(spec.engine)
        refuse_undeclared(spec)
        device = pick_device(settings.device).type
        try:
            self._open = self._load(spec, settings, sampler, device, progress)
            progress.progress("start vLLM", 3, 4)
            self.publish()
        except BaseException:
            self.close()
            raise
        progress.progress("ready", 4, 4)
        return self._open.info

    def _load(
        self, spec: OpenSpec, settings: WorkerSettings, sampler: SamplerSettings, device: str, progress: ProgressSink
    ) -> _Open:
        progress.progress("resolve model", 0, 4)
        source = resolve(spec.model)
        config = AutoConfig.from_pretrained(source.path)
        refuse_unsupported(config, source.name, spec.max_context_tokens)
        text = Text(source.path, config)
        progress.progress("connect to Ray", 1, 4)
        self._cluster = Cluster(settings, device)
        progress.progress("start workers", 2, 4)
        self._workers = WorkerGroup(settings, device, source.path)
        facts = self._workers.call("facts")[0]
        self._publisher = VllmPublisher(
            sampler,
            Learner(
                folder=source.path,
                text=text,
                compute_dtype="float32",
                max_context_tokens=spec.max_context_tokens,
                seed=spec.seed,
                threads=settings.threads,
            ),
            Placement(
                "file",
                choose_gpus(sampler.sampler_gpus, sampler.sampler_tensor_parallel, torch.cuda.device_count()),
            ),
        )
        info = ModelInfo(
            name=source.name,
            parameters=facts["parameters"],
            trainable_parameters=facts["parameters"],
            vocabulary=text.vocabulary,
            max_context_tokens=spec.max_context_tokens,
            weights_dtype="float32",
            compute_dtype="float32",
            device=f"{facts['device']} x {settings.workers}, {worker_threads(settings)} threads each",
            model_fingerprint=source.model_fingerprint,
            tokenizer_fingerprint=source.tokenizer_fingerprint,
            tokenizer_path=str(source.path),
            eos_token_ids=text.eos_ids,
        )
        identity = checkpoint.identity(source.model_fingerprint, "full", facts["shapes"])
        return _Open(spec, settings, info, source, text, self._workers, self._publisher, identity)

    # ------------------------------------------------------------------------------------------------------ sampling

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]:
        text = self._require().text
        return [text.prompt_ids(prompt) for prompt in prompts]

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        text = self._require().text
        return [text.completion_ids(part, append_eos) for part in texts]

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        state = self._require()
        prompt_ids = tuple(state.text.prompt_ids(spec.prompt) for spec in request.prompts)
        check_sample(request, prompt_ids, state.spec.max_context_tokens)
        return state.publisher.submit(request, prompt_ids, sink)

    # ------------------------------------------------------------------------------------------------------- scoring

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        state = self._require()
        check_score(prompts, sequences, temperature, state.text, state.spec.max_context_tokens)
        if target == "current":
            return self._score(prompts, sequences, temperature, progress)
        path = None if target == "reference" else state.publisher.the(int(target)).path
        state.workers.call("swap_in", str(path or state.source.path))
        try:
            return self._score(prompts, sequences, temperature, progress)
        finally:
            state.workers.call("swap_out")

    def _score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        state = self._require()
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
            found = state.workers.score([rows.get(index, spare) for index in one.flat])
            for index, values in zip(one.flat, found, strict=True):
                if index != FILLER:
                    result[index] = completion_part(rows[index], values)
            progress.progress("score", number + 1, len(rounds))
        return result

    # ------------------------------------------------------------------------------------------------------ training

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        state = self._require()
        check_train(batch, loss, normalizer, state.text, state.spec.max_context_tokens)
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
            # Part of a gradient must never be applied. When workers were lost, so is the gradient.
            self._drop_quietly()
            raise
        total, stats = loss_and_statistics(batch, tokens, loss, normalizer)
        finite = bool(np.isfinite(total))
        if finite:
            state.pending = True
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
            microbatches=len(rounds) * state.workers.size,
            seconds_forward=0.0,
            seconds_backward=time.perf_counter() - started,
            peak_memory_bytes=max(state.workers.call("peak_memory")),
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
        state = self._require()
        found: dict[int, tuple[F32, F32]] = {}
        for number, one in enumerate(rounds):
            _stop_if_cancelled(progress)
            spare = filler(int(next(iter(rows.values())).ids[0]))
            logprobs, entropies = state.workers.forward_backward(
                [rows.get(index, spare) for index in one.flat], loss, normalizer
            )
            for index, c, entropy in zip(one.flat, logprobs, entropies, strict=True):
                if index != FILLER:
                    found[index] = (completion_part(rows[index], c), completion_part(rows[index], entropy))
            progress.progress("forward_backward", number + 1, len(rounds))
        return found

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        state = self._require()
        check_optim(spec)
        if not state.pending:
            raise BackendError(
                BackendErrorCode.PRECONDITION,
                "NO_GRADIENT",
                "there is no gradient to apply",
                "call ForwardBackward first; a discarded or non-finite gradient is not kept",
            )
        started = time.perf_counter()
        state.pending = False
        norm = state.workers.call(
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
        state.step += not skipped
        return OptimResult(state.step, norm, skipped, time.perf_counter() - started)

    def discard_gradients(self) -> None:
        state = self._require()
        state.workers.call("optimizer_zero_grad")
        state.pending = False

    def _drop_quietly(self) -> None:
        try:
            self.discard_gradients()
        except (BackendError, OSError):
            self._require().pending = False

    @property
    def step(self) -> int:
        return self._require().step

    # ------------------------------------------------------------------------------------------ weights, checkpoints

    def publish(self) -> PolicyVersion:
        state = self._require()
        version = state.publisher.next_version
        if version == 0:
            info = self._version(0, None)
            state.publisher.open(info, self._score_canary)
            return info
        return state.publisher.publish(version, self._score_canary, lambda path: self._version(version, path))

    def _version(self, version: int, path: Path | None) -> PolicyVersion:
        """Its facts; worker 0 writes its weights to `path`. Raises OSError."""
        state = self._require()
        written = None if path is None else str(path)
        digest = state.workers.call("publish_weights", written, state.publisher.dtype)[0]
        return PolicyVersion(version, state.step, digest, "full")

    def _score_canary(self, prompt: I32, completion: I32) -> F32:
        return self._score([prompt], [(0, completion)], 1.0, Silent())[0]

    def versions(self) -> list[PolicyVersion]:
        return self._require().publisher.versions()

    def release(self, version: int) -> None:
        self._require().publisher.release(version)

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        state = self._require()

        def fill(folder: Path) -> None:
            state.workers.call("write_state", str(folder))

        return checkpoint_files.write(directory, state.step, metadata, fill, state.identity)

    def load(self, directory: Path) -> CheckpointInfo:
        state = self._require()
        manifest = checkpoint_files.verify_for(directory, state.identity)
        state.workers.call("read_state", str(directory))
        state.step, state.pending = manifest.step, False
        return CheckpointInfo(str(directory), manifest.step, manifest.digest, manifest.bytes)

    def close(self) -> None:
        publisher, workers, cluster = self._publisher, self._workers, self._cluster
        self._open = self._publisher = self._workers = self._cluster = None
        for part in (publisher, workers, cluster):
            if part is not None:
                part.close()

    # -------------------------------------------------------------------------------------------------------- helpers

    def _rounds(self, rows: Mapping[int, Row]) -> list[Round]:
        settings = self._require().settings
        return plan_rounds(
            {index: len(row.ids) for index, row in rows.items()}, settings.workers, settings.train_tokens
        )

    def _require(self) -> _Open:
        if self._open is None:
            raise BackendError(BackendErrorCode.PRECONDITION, "NOT_OPEN", "no model is loaded", "open a session first")
        return self._open


def _stop_if_cancelled(progress: ProgressSink) -> None:
    if progress.cancelled():
        raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "the caller cancelled the call")


def _real_tokens(batch: TrainBatch, chosen: Sequence[int]) -> int:
    prompts = {batch.prompts[batch.sequences[index].prompt_ref].tobytes() for index in chosen}
    return sum(len(prompt) // 4 for prompt in prompts) + sum(len(batch.sequences[i].completion_ids) for i in chosen)


def _logprobs(batch: TrainBatch, tokens: Tokens) -> tuple[F32, ...]:
    none = np.zeros(0, dtype=np.float32)
    return tuple(tokens[index][0] if index in tokens else none for index in range(len(batch.sequences)))
