"""The embedded backend: transformers and PEFT in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

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
from spice_trainer.engines.shared.hardware import (
    bound_kernel_caches,
    dtype_name,
    keep_freed_memory,
    pick_device,
    pick_dtype,
    return_free_memory,
)
from spice_trainer.engines.shared.text import Text
from spice_trainer.engines.torch_local import checkpoint
from spice_trainer.engines.torch_local.capabilities import declare, default_capabilities
from spice_trainer.engines.torch_local.loading import LoadedModel, geometry_of, load_model
from spice_trainer.engines.torch_local.reference import ReferenceModel
from spice_trainer.engines.torch_local.sampler.engine import Engine
from spice_trainer.engines.torch_local.sampler.finish import Finisher
from spice_trainer.engines.torch_local.sampler.job import RequestJob
from spice_trainer.engines.torch_local.sampler.model import SamplerModel, WeightSet, build_weights
from spice_trainer.engines.torch_local.settings import EngineSettings, parse_settings
from spice_trainer.engines.torch_local.trainer.fused import fuse
from spice_trainer.engines.torch_local.trainer.packing import Pack
from spice_trainer.engines.torch_local.trainer.parameters import Parameters
from spice_trainer.engines.torch_local.trainer.trainer import Trainer, score_packs
from spice_trainer.engines.torch_local.versions import Versions
from spice_trainer.models import ModelSource, resolve


@dataclass(frozen=True)
class _Open:
    """Everything that exists once a model is loaded."""

    spec: OpenSpec
    settings: EngineSettings
    info: ModelInfo
    source: ModelSource
    loaded: LoadedModel
    text: Text
    parameters: Parameters
    trainer: Trainer
    sampler: SamplerModel
    sampler_lock: threading.Lock
    versions: Versions
    engine: Engine
    reference: ReferenceModel


class _Generation:
    """See `Generation`."""

    def __init__(self, engine: Engine, job: RequestJob) -> None:
        self._engine, self._job = engine, job

    def cancel(self, prompt_index: int | None = None) -> None:
        self._engine.cancel(self._job, prompt_index)


class TorchBackend:
    """Implements `spice_trainer.api.Backend`; see there for each method's contract."""

    def __init__(self) -> None:
        self._open: _Open | None = None

    @classmethod
    def create(cls) -> Backend:
        """For the registry."""
        keep_freed_memory()
        bound_kernel_caches()
        return cls()

    def capabilities(self) -> Capabilities:
        return default_capabilities() if self._open is None else declare(self._open.settings.train_tokens)

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        if self._open is not None:
            raise BackendError(BackendErrorCode.PRECONDITION, "ALREADY_OPEN", "a model is loaded already")
        settings = parse_settings(spec.engine)
        if settings.threads:
            torch.set_num_threads(settings.threads)
        device = pick_device(settings.device)
        dtype = pick_dtype(spec.compute_dtype, device)
        progress.progress("resolve model", 0, 3)
        source = resolve(spec.model)
        progress.progress("load weights", 1, 3)
        loaded = load_model(source, spec.lora, spec.seed, spec.max_context_tokens, dtype, device)
        fuse(loaded.base)
        text = Text(source.path, loaded.config)
        sampler = SamplerModel(loaded.base, loaded.config, geometry_of(loaded.config, dtype, device))
        parameters = Parameters(loaded.trainable(), dtype)

        def build() -> WeightSet:
            with torch.no_grad():
                return build_weights(loaded.effective(), sampler)

        reference = ReferenceModel(source, loaded, sampler, spec.max_context_tokens)
        versions, lock = Versions(build, reference.weights, settings.keep_versions), threading.Lock()
        engine = Engine(
            sampler,
            lock,
            Finisher(text.decode),
            settings.max_batch_rows,
            settings.prefill_tokens,
            spec.max_context_tokens,
            settings.prefix_cache_mb << 20,
            settings.threads,
        )
        self._open = _Open(
            spec=spec,
            settings=settings,
            info=_describe(spec, source, loaded, text, dtype, device),
            source=source,
            loaded=loaded,
            text=text,
            parameters=parameters,
            trainer=Trainer(loaded, parameters, settings.train_tokens, settings.head_tokens),
            sampler=sampler,
            sampler_lock=lock,
            versions=versions,
            engine=engine,
            reference=reference,
        )
        progress.progress("publish version 0", 2, 3)
        self.publish()
        progress.progress("ready", 3, 3)
        return self._open.info

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
        stops = set(request.params.stop_token_ids)
        if not request.params.ignore_eos:
            stops.update(state.text.eos_ids)
        weights = state.versions.acquire(request.policy_version)
        job = RequestJob(request, prompt_ids, weights.info.version, weights.get, sink, frozenset(stops))
        state.engine.submit(job)
        return _Generation(state.engine, job)

    # ------------------------------------------------------------------------------------------------------ training

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        state = self._require()
        prompts, sequences = _contiguous(prompts), [(ref, _ids(ids)) for ref, ids in sequences]
        check_score(prompts, sequences, temperature, state.text, state.spec.max_context_tokens)
        if target == "current":
            return state.trainer.score(prompts, sequences, temperature, progress)
        if target == "reference" and state.loaded.lora:
            with state.reference.adapters_off():
                return state.trainer.score(prompts, sequences, temperature, progress)
        weights = state.reference.weights() if target == "reference" else state.versions.acquire(int(target)).get()
        return self._score_version(weights, prompts, sequences, temperature, progress)

    def _score_version(
        self,
        weights: WeightSet,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Through the sampler's model, one micro-batch at a time so that sampling goes on between them."""
        state = self._require()

        def hidden(pack: Pack) -> Tensor:
            with torch.inference_mode(), state.sampler_lock:
                state.sampler.activate(weights)
                return state.sampler.hidden(pack.ids, pack.positions, pack.plan)

        def logits(part: Tensor) -> Tensor:
            with torch.inference_mode(), state.sampler_lock:
                state.sampler.activate(weights)
                return state.sampler.logits(part)

        settings, device = state.settings, state.sampler.geometry.device
        with torch.inference_mode():
            return score_packs(
                prompts,
                sequences,
                temperature,
                progress,
                settings.train_tokens,
                settings.head_tokens,
                device,
                hidden,
                logits,
            )

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        state = self._require()
        check_train(batch, loss, normalizer, state.text, state.spec.max_context_tokens)
        try:
            result = state.trainer.forward_backward(batch, loss, normalizer, want_logprobs, progress)
            return_free_memory()
            return result
        except (MemoryError, torch.OutOfMemoryError, RuntimeError) as failure:
            if not isinstance(failure, RuntimeError) or "allocate memory" in str(failure):
                raise BackendError(
                    BackendErrorCode.MEMORY,
                    "DEVICE_OUT_OF_MEMORY",
                    f"not enough memory for a micro-batch of {state.settings.train_tokens} tokens",
                    f"set engine.train_tokens to {state.settings.train_tokens // 2}; the gradient was discarded",
                    facts={"suggested_tokens": str(state.settings.train_tokens // 2)},
                ) from failure
            raise

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        state = self._require()
        check_optim(spec)
        state.versions.freeze()
        result = state.parameters.update(spec)
        return_free_memory()
        return result

    def discard_gradients(self) -> None:
        self._require().parameters.discard()

    @property
    def step(self) -> int:
        return self._require().parameters.step

    # ------------------------------------------------------------------------------------------ weights, checkpoints

    def publish(self) -> PolicyVersion:
        state = self._require()
        info, released = state.versions.publish(state.parameters.step, state.parameters.masters, state.loaded.lora)
        for version in [*released, *(v.version for v in state.versions.list() if v.version != info.version)]:
            state.engine.forget(version)
        return info

    def versions(self) -> list[PolicyVersion]:
        return self._require().versions.list()

    def release(self, version: int) -> None:
        state = self._require()
        state.versions.release(version)
        state.engine.forget(version)

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        state = self._require()
        return checkpoint.save(
            directory,
            checkpoint.State(
                weights={name: master.detach() for name, master in state.parameters.masters.items()},
                moments=state.parameters.moments(),
                step=state.parameters.step,
                rng=torch.get_rng_state(),
                identity=_identity(state),
                metadata=metadata,
            ),
        )

    def load(self, directory: Path) -> CheckpointInfo:
        state = self._require()
        found, info = checkpoint.load(directory, _identity(state))
        state.versions.freeze()
        state.parameters.restore(found.weights, found.moments, found.step)
        torch.set_rng_state(found.rng)
        return info

    def close(self) -> None:
        if self._open is not None:
            self._open.engine.close()
            self._open = None

    def _require(self) -> _Open:
        if self._open is None:
            raise BackendError(BackendErrorCode.PRECONDITION, "NOT_OPEN", "no model is loaded", "open a session first")
        return self._open


def _describe(
    spec: OpenSpec, source: ModelSource, loaded: LoadedModel, text: Text, dtype: torch.dtype, device: torch.device
) -> ModelInfo:
    adapters = sum(p.numel() for name, p in loaded.base.named_parameters() if ".lora_" in name)
    return ModelInfo(
        name=source.name,
        parameters=sum(p.numel() for p in loaded.base.parameters()) - adapters,
        trainable_parameters=sum(p.numel() for p in loaded.trainable().values()),
        vocabulary=text.vocabulary,
        max_context_tokens=spec.max_context_tokens,
        weights_dtype="float32",
        compute_dtype=dtype_name(dtype),
        device=str(device),
        model_fingerprint=source.model_fingerprint,
        tokenizer_fingerprint=source.tokenizer_fingerprint,
        tokenizer_path=str(source.path),
        eos_token_ids=text.eos_ids,
    )


def _identity(state: _Open) -> dict[str, str]:
    shapes = {name: tuple(tensor.shape) for name, tensor in state.parameters.masters.items()}
    return checkpoint.identity(state.source.model_fingerprint, "adapter" if state.loaded.lora else "full", shapes)


def _ids(ids: I32) -> I32:
    return np.ascontiguousarray(ids, dtype=np.int32)


def _contiguous(prompts: Sequence[I32]) -> list[I32]:
    return [_ids(prompt) for prompt in prompts]
