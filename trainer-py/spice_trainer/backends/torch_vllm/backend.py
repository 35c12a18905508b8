"""The torch backend's learner, sampling in vLLM."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from safetensors.torch import save_file

from spice_trainer.backend import (
    F32,
    I32,
    Backend,
    BackendError,
    BackendErrorCode,
    Capabilities,
    Generation,
    ModelInfo,
    OpenSpec,
    PolicyVersion,
    ProgressSink,
    Prompt,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.backends.checks import check_sample, check_score
from spice_trainer.backends.torch_local import TorchBackend
from spice_trainer.backends.torch_local.sampler.model import WeightSet, build_weights
from spice_trainer.backends.torch_local.versions import digest
from spice_trainer.backends.torch_vllm.settings import ENGINE_SCHEMA, split
from spice_trainer.backends.vllm_engine import SamplerSettings, VllmSampler
from spice_trainer.backends.vllm_engine.messages import Start

CANARY_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."
TOLERANCE_FLOAT32 = 1e-3
"""Mean difference a token, both sides in float32: 1e-5 was measured, a changed weight shows as 1e-2 and more."""
TOLERANCE_BFLOAT16 = 0.15
"""With bfloat16 on either side the mean difference is 0.035 to 0.044 on this family of models."""


@dataclass
class _Served:
    """The version that vLLM serves."""

    info: PolicyVersion
    path: Path | None
    """Its weights; None for those of the model's folder."""


class TorchVllmBackend(TorchBackend):
    """Implements `spice_trainer.backend.Backend`. One version is served at a time; samples that cross a publish say so in
    their spans."""

    def __init__(self) -> None:
        super().__init__()
        self._sampler: VllmSampler | None = None
        self._sampler_settings: SamplerSettings | None = None
        self._served: _Served | None = None
        self._folder: Path | None = None

    @classmethod
    def create(cls) -> Backend:
        """For the registry."""
        return cls()

    def capabilities(self) -> Capabilities:
        learner = super().capabilities()
        return replace(
            learner,
            backend="torch+vllm",
            logprob_modes=("temperature_scaled",),
            seed_support="best_effort",
            determinism="E1",
            quirks=(
                "one policy version is served at a time; samples in flight go on with the new weights, as their spans say",
                "seeds repeat a sample on the same machine under the same load; a batch of another size may change it",
                "at temperature 0 the temperature_scaled log-probability is the raw one",
                "a seed's highest bit is ignored",
            ),
            versions={**learner.versions, **({} if self._sampler is None else _prefixed(self._sampler.versions))},
            engine_schema=ENGINE_SCHEMA,
        )

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        learner, self._sampler_settings = split(spec.engine)
        try:
            return super().open(replace(spec, engine=learner), progress)
        except BaseException:
            self.close()
            raise

    # ------------------------------------------------------------------------------------------------------ sampling

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        state = self._require()
        prompt_ids = tuple(state.text.prompt_ids(spec.prompt) for spec in request.prompts)
        check_sample(request, prompt_ids, state.spec.max_context_tokens)
        self._the_version(request.policy_version)
        stops = set(request.params.stop_token_ids)
        if not request.params.ignore_eos:
            stops.update(state.text.eos_ids)
        assert self._sampler is not None
        return self._sampler.submit(request, prompt_ids, frozenset(stops), state.spec.max_context_tokens, sink)

    # ------------------------------------------------------------------------------------------------------- scoring

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        if isinstance(target, str):
            return super().score(prompts, sequences, target, temperature, progress)
        state = self._require()
        check_score(prompts, sequences, temperature, state.text, state.spec.max_context_tokens)
        return self._score_version(
            self._weights_of(self._the_version(target)), prompts, sequences, temperature, progress
        )

    def _weights_of(self, served: _Served) -> WeightSet:
        from safetensors import safe_open

        state = self._require()
        if served.path is None:
            return state.reference.weights()
        with torch.no_grad(), safe_open(served.path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if state.loaded.config.tie_word_embeddings:
                tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
            return build_weights(iter(tensors.items()), state.sampler)

    # ------------------------------------------------------------------------------------------------------ versions

    def publish(self) -> PolicyVersion:
        state = self._require()
        first = self._served is None
        info = PolicyVersion(
            version=0 if self._served is None else self._served.info.version + 1,
            parent_step=state.parameters.step,
            digest=digest(state.parameters.masters),
            kind="adapter" if state.loaded.lora else "full",
        )
        if first:
            self._start_sampler()
            self._served = _Served(info, None)
            return info
        assert self._sampler is not None
        assert self._served is not None
        path = self._write(info.version)
        self._sampler.update(info.version, str(path), self._canary())
        old, self._served = self._served, _Served(info, path)
        if old.path is not None:
            old.path.unlink(missing_ok=True)
        return info

    def versions(self) -> list[PolicyVersion]:
        return [] if self._served is None else [self._served.info]

    def release(self, version: int) -> None:
        self._the_version(version)
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "VERSION_IN_USE",
            f"version {version} is the one that vLLM serves and cannot be released",
            "publish a newer version: it takes its place",
        )

    def close(self) -> None:
        sampler, self._sampler = self._sampler, None
        if sampler is not None:
            sampler.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._served = self._folder = None
        super().close()

    # ------------------------------------------------------------------------------------------------------- helpers

    def _the_version(self, version: int | None) -> _Served:
        served = self._served
        if served is None or (version is not None and version != served.info.version):
            raise BackendError(
                BackendErrorCode.NOT_FOUND,
                "VERSION_UNKNOWN",
                f"policy version {version} is not active"
                + ("" if served is None else f" (active: {served.info.version})"),
                "vLLM serves the newest version only",
            )
        return served

    def _start_sampler(self) -> None:
        state, settings = self._require(), self._sampler_settings
        assert settings is not None
        compute = state.info.compute_dtype
        dtype = compute if settings.sampler_dtype == "auto" else settings.sampler_dtype
        exact = dtype == compute == "float32"
        self._folder = Path(tempfile.mkdtemp(prefix="spice-weights-"))
        self._sampler = VllmSampler(
            Start(
                model=str(state.source.path),
                dtype=dtype,
                max_context_tokens=state.spec.max_context_tokens,
                max_sequences=settings.sampler_sequences,
                kv_cache_gib=settings.sampler_kv_gib,
                gpu_memory_share=settings.sampler_gpu_percent / 100,
                tensor_parallel=settings.sampler_tensor_parallel,
                seed=state.spec.seed & 0x7FFFFFFF,
                canary=self._canary_ids().tolist(),
            ),
            threads=state.settings.threads,
            restarts=settings.sampler_restarts,
            start_seconds=settings.sampler_start_seconds,
            tolerance=TOLERANCE_FLOAT32 if exact else TOLERANCE_BFLOAT16,
            decode=state.text.decode,
        )
        self._sampler_dtype = torch.float32 if dtype == "float32" else torch.bfloat16
        self._sampler.open(self._canary())

    def _canary_ids(self) -> I32:
        state = self._require()
        ids = state.text.prompt_ids(Prompt(text=CANARY_TEXT))
        return ids[: min(len(ids), state.spec.max_context_tokens - 2)]

    def _canary(self) -> list[float]:
        """Log-probabilities of the canary's tokens after the first, as the learner computes them now."""
        ids = self._canary_ids()
        scores = super().score([ids[:1]], [(0, ids[1:])], "current", 1.0, _Silent())
        return np.asarray(scores[0], dtype=float).tolist()

    def _write(self, version: int) -> Path:
        """All weights of the model, adapters merged, in the sampler's number format."""
        state = self._require()
        assert self._folder is not None
        tied = bool(state.loaded.config.tie_word_embeddings)
        with torch.no_grad():
            tensors = {
                name: tensor.to(self._sampler_dtype).cpu().contiguous()
                for name, tensor in state.loaded.effective()
                if not (tied and name == "lm_head.weight")
            }
        path = self._folder / f"version-{version:06}.safetensors"
        try:
            save_file(tensors, path)
        except OSError as failed:
            path.unlink(missing_ok=True)
            raise BackendError(
                BackendErrorCode.MEMORY,
                "DISK_FULL",
                f"the weights for vLLM could not be written to {path}: {failed.strerror or failed}",
                "free space there, or point TMPDIR to another disk",
            ) from failed
        return path


class _Silent:
    """The canary is too short to report."""

    def progress(self, phase: str, done: int, total: int) -> None:
        """Nothing."""

    def cancelled(self) -> bool:
        """Never."""
        return False


def _prefixed(versions: dict[str, str]) -> dict[str, str]:
    return {name if name == "vllm" else f"sampler_{name}": value for name, value in versions.items()}
