"""The torch backend's learner, sampling in vLLM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch

from spice_trainer.backend import (
    F32,
    I32,
    Capabilities,
    Generation,
    ModelInfo,
    OpenSpec,
    PolicyVersion,
    ProgressSink,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.backends.checks import check_sample, check_score
from spice_trainer.backends.silent import Silent
from spice_trainer.backends.torch_local import TorchBackend
from spice_trainer.backends.torch_local.checkpoint import write_tensors
from spice_trainer.backends.torch_local.sampler.model import WeightSet, build_weights
from spice_trainer.backends.torch_local.versions import digest
from spice_trainer.backends.torch_vllm.settings import ENGINE_SCHEMA, split
from spice_trainer.backends.vllm_engine import SamplerSettings, VllmPublisher
from spice_trainer.backends.vllm_engine.publisher import QUIRKS, Learner, Served


class TorchVllmBackend(TorchBackend):
    """Implements `spice_trainer.backend.Backend`. One version is served at a time; samples that cross a publish say so in
    their spans."""

    def __init__(self) -> None:
        super().__init__()
        self._publisher: VllmPublisher | None = None
        self._sampler_settings: SamplerSettings | None = None

    def capabilities(self) -> Capabilities:
        learner = super().capabilities()
        return replace(
            learner,
            backend="torch+vllm",
            logprob_modes=("temperature_scaled",),
            seed_support="best_effort",
            determinism="E1",
            quirks=QUIRKS,
            versions={**learner.versions, **({} if self._publisher is None else self._publisher.package_versions())},
            engine_schema=ENGINE_SCHEMA,
        )

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        learner, self._sampler_settings = split(spec.engine)
        try:
            return super().open(replace(spec, engine=learner), progress)
        except BaseException:
            self.close()
            raise

    @property
    def sampler_pid(self) -> int | None:
        """The engine's process, for people and for tests that kill it."""
        return self._published.sampler.pid

    # ------------------------------------------------------------------------------------------------------ sampling

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        state = self._require()
        prompt_ids = tuple(state.text.prompt_ids(spec.prompt) for spec in request.prompts)
        check_sample(request, prompt_ids, state.spec.max_context_tokens)
        return self._published.submit(request, prompt_ids, sink)

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
        weights = self._weights_of(self._published.the(target))
        return self._score_version(weights, prompts, sequences, temperature, progress)

    def _weights_of(self, served: Served) -> WeightSet:
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
        first = self._publisher is None
        if self._publisher is None:
            self._publisher = self._make_publisher()
        info = PolicyVersion(
            version=self._publisher.next_version,
            parent_step=state.parameters.step,
            digest=digest(state.parameters.masters),
            kind="adapter" if state.loaded.lora else "full",
        )
        if first:
            self._publisher.open(info, self._score_canary)
            return info

        def write(path: Path) -> PolicyVersion:
            self._write(path)
            return info

        return self._publisher.publish(info.version, self._score_canary, write)

    def versions(self) -> list[PolicyVersion]:
        return [] if self._publisher is None else self._publisher.versions()

    def release(self, version: int) -> None:
        self._published.release(version)

    def close(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            publisher.close()
        super().close()

    # ------------------------------------------------------------------------------------------------------- helpers

    @property
    def _published(self) -> VllmPublisher:
        self._require()
        assert self._publisher is not None
        return self._publisher

    def _make_publisher(self) -> VllmPublisher:
        state, settings = self._require(), self._sampler_settings
        assert settings is not None
        return VllmPublisher(
            settings,
            Learner(
                folder=state.source.path,
                text=state.text,
                compute_dtype=state.info.compute_dtype,
                max_context_tokens=state.spec.max_context_tokens,
                seed=state.spec.seed,
                threads=state.settings.threads,
            ),
        )

    def _score_canary(self, prompt: I32, completion: I32) -> F32:
        return super().score([prompt], [(0, completion)], "current", 1.0, Silent())[0]

    def _write(self, path: Path) -> None:
        """All weights of the model, adapters merged, in the sampler's number format. Raises OSError."""
        state = self._require()
        tied = bool(state.loaded.config.tie_word_embeddings)
        dtype = getattr(torch, self._published.dtype)
        with torch.no_grad():
            tensors = {
                name: tensor.to(dtype).cpu().contiguous()
                for name, tensor in state.loaded.effective()
                if not (tied and name == "lm_head.weight")
            }
        write_tensors(tensors, path)
