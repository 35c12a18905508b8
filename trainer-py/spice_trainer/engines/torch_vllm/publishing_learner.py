"""The torch learner in the form that `VllmSampler` needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import torch
from safetensors import safe_open

from spice_trainer.api import F32, I32, PolicyVersion, ProgressSink
from spice_trainer.engines.shared.parts import ModelFacts
from spice_trainer.engines.shared.torch_learner import TorchLearner
from spice_trainer.engines.shared.torch_model.inference import WeightSet, build_weights
from spice_trainer.engines.torch_vllm.merged_weights import MergedWeights


class PublishingTorchLearner:
    """Implements `vllm_engine.PublishingLearner` over an open `TorchLearner`."""

    def __init__(self, learner: TorchLearner) -> None:
        self._learner = learner

    @property
    def facts(self) -> ModelFacts:
        return self._learner.facts

    @property
    def sampler_threads(self) -> int:
        return self._learner.settings.threads

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        return self._learner.score(prompts, sequences, target, temperature, progress)

    def score_file(
        self,
        path: Path | None,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        weights = self._learner.base_weights() if path is None else self._read(path)
        return self._learner.score_weights(weights, prompts, sequences, temperature, progress)

    def publish_weights(self, version: int, path: Path | None, dtype: str) -> PolicyVersion:
        if path is not None:
            self.weight_source(dtype).write(path)
        return self._learner.describe(version)

    def weight_source(self, dtype: str) -> MergedWeights:
        return MergedWeights(self._learner.loaded, dtype)

    def _read(self, path: Path) -> WeightSet:
        with torch.no_grad(), safe_open(path, "pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if self._learner.loaded.config.tie_word_embeddings:
                tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"]
            return build_weights(iter(tensors.items()), self._learner.inference)
