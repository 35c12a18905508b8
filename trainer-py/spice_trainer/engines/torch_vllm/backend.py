"""The torch backend's learner, sampling in vLLM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import torch

from spice_trainer.api import (
    F32,
    I32,
    Capabilities,
    CheckpointInfo,
    Generation,
    ModelInfo,
    OpenSpec,
    OptimResult,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.engines.shared.checks import check_sample, check_score
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.vllm_engine import SamplerSettings, VllmPublisher, direct
from spice_trainer.engines.shared.vllm_engine.placement import Machine, place
from spice_trainer.engines.shared.vllm_engine.publisher import QUIRKS, Learner, Served
from spice_trainer.engines.torch_local import TorchBackend
from spice_trainer.engines.torch_local.sampler.model import WeightSet, build_weights
from spice_trainer.engines.torch_local.versions import digest
from spice_trainer.engines.torch_vllm.settings import ENGINE_SCHEMA, split
from spice_trainer.engines.torch_vllm.weights import MergedWeights


class TorchVllmBackend(TorchBackend):
    """Implements `spice_trainer.api.Backend`. One version is served at a time; samples that cross a publish say so in
    their spans."""

    def __init__(self) -> None:
        super().__init__()
        self._publisher: VllmPublisher | None = None
        self._sampler_settings: SamplerSettings | None = None
        self._transfer_setting = "auto"

    def capabilities(self) -> Capabilities:
        learner = super().capabilities()
        return replace(
            learner,
            backend="torch+vllm",
            logprob_modes=("temperature_scaled",),
            seed_support="best_effort",
            determinism="E1",
            quirks=QUIRKS
            if self._publisher is None
            else (*QUIRKS, f"weights reach vLLM by {self._publisher.transfer}"),
            versions={**learner.versions, **({} if self._publisher is None else self._publisher.package_versions())},
            engine_schema=ENGINE_SCHEMA,
        )

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        learner, self._sampler_settings, self._transfer_setting = split(spec.engine)
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
        path = served.path
        if path is None:
            return state.reference.weights()
        with torch.no_grad(), safe_open(path, "pt") as file:
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
            MergedWeights(state.loaded, self._published.dtype).write(path)
            return info

        return self._publisher.publish(info.version, self._score_canary, write, known=info)

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        self._published.before_change()
        return super().optim_step(spec)

    def load(self, directory: Path) -> CheckpointInfo:
        self._published.before_change()
        return super().load(directory)

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
        machine = _machine(state.sampler.geometry.device, self._transfer_setting)
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
            place(self._transfer_setting, settings.sampler_gpus, settings.sampler_tensor_parallel, machine),
            lambda dtype: MergedWeights(state.loaded, dtype),
        )

    def _score_canary(self, prompt: I32, completion: I32) -> F32:
        return super().score([prompt], [(0, completion)], "current", 1.0, Silent())[0]


def _machine(device: torch.device, transfer: str) -> Machine:
    """What this process sees. vLLM is imported only where a direct transfer is possible: it takes seconds."""
    on_gpu = device.type == "cuda"
    no_direct = direct.obstacle() if on_gpu and transfer != "file" else ""
    return Machine(on_gpu, torch.cuda.device_count(), no_direct)
