"""The learner half: a model in this process, its gradient, its optimizer and its checkpoints."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    CheckpointInfo,
    LossSpec,
    OpenSpec,
    OptimResult,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.shared import torch_checkpoint
from spice_trainer.engines.shared.engine_settings import pick
from spice_trainer.engines.shared.hardware import dtype_name, pick_device, pick_dtype, return_free_memory
from spice_trainer.engines.shared.parts import ModelFacts, Opening
from spice_trainer.engines.shared.torch_learner.gradients import TrainingPasses
from spice_trainer.engines.shared.torch_learner.learner_settings import LearnerSettings
from spice_trainer.engines.shared.torch_learner.packing import Pack
from spice_trainer.engines.shared.torch_learner.parameters import Parameters
from spice_trainer.engines.shared.torch_learner.scoring import score_packs
from spice_trainer.engines.shared.torch_model.fused import fuse
from spice_trainer.engines.shared.torch_model.inference import InferenceModel, WeightSet, build_weights
from spice_trainer.engines.shared.torch_model.loading import geometry_of, load_model
from spice_trainer.engines.shared.torch_model.reference import ReferenceModel
from spice_trainer.toolkit.torch.digest import digest

PHASES = ("load weights",)


def check_device(spec: OpenSpec, settings: Mapping[str, Any]) -> None:
    """Raises FAILED_PRECONDITION (DEVICE_ABSENT) when this machine does not have the requested
    device."""
    pick_dtype(spec.compute_dtype, pick_device(settings["device"]))


class TorchLearner:
    """Implements `parts.Learner`."""

    failure: BackendError | None = None

    def __init__(self, opening: Opening) -> None:
        """Loads the model. Raises the errors of `load_model`."""
        spec, self.settings = opening.spec, pick(LearnerSettings, opening.settings)
        if self.settings.threads:
            torch.set_num_threads(self.settings.threads)
        self.device = pick_device(self.settings.device)
        dtype = pick_dtype(spec.compute_dtype, self.device)
        opening.stage(*PHASES)
        loaded = load_model(opening.source, spec.lora, spec.seed, spec.max_context_tokens, dtype, self.device)
        fuse(loaded.base)
        self.loaded = loaded
        self.inference = InferenceModel(loaded.base, loaded.config, geometry_of(loaded.config, dtype, self.device))
        """Computes with published versions. `inference_lock` is held during each of its passes."""
        self.inference_lock = threading.Lock()
        self.parameters = Parameters(loaded.trainable(), dtype)
        self._passes = TrainingPasses(loaded, self.parameters, self.settings.train_tokens, self.settings.head_tokens)
        self._reference = ReferenceModel(opening.source, loaded, self.inference, spec.max_context_tokens)
        self._model_fingerprint = opening.source.model_fingerprint
        self._digest = ""
        """Digest of the present weights; empty until it is needed."""
        adapters = sum(p.numel() for name, p in loaded.base.named_parameters() if ".lora_" in name)
        self.facts = ModelFacts(
            parameters=sum(p.numel() for p in loaded.base.parameters()) - adapters,
            trainable_parameters=sum(p.numel() for p in loaded.trainable().values()),
            weights_dtype="float32",
            compute_dtype=dtype_name(dtype),
            device=str(self.device),
        )

    # -------------------------------------------------------------------------------------- scoring

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        if target == "current":
            return self._passes.score(prompts, sequences, temperature, progress)
        if self.loaded.lora:
            with self._reference.adapters_off():
                return self._passes.score(prompts, sequences, temperature, progress)
        return self.score_weights(self.base_weights(), prompts, sequences, temperature, progress)

    def score_weights(
        self,
        weights: WeightSet,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Returns log-probabilities under `weights`. Runs one micro-batch at a time, so that
        sampling continues between them."""

        def hidden(pack: Pack) -> Tensor:
            with torch.inference_mode(), self.inference_lock:
                self.inference.activate(weights)
                return self.inference.hidden(pack.ids, pack.positions, pack.plan)

        def logits(part: Tensor) -> Tensor:
            with torch.inference_mode(), self.inference_lock:
                self.inference.activate(weights)
                return self.inference.logits(part)

        with torch.inference_mode():
            return score_packs(
                prompts,
                sequences,
                temperature,
                progress,
                self.settings.train_tokens,
                self.settings.head_tokens,
                self.device,
                hidden,
                logits,
            )

    # ------------------------------------------------------------------------------------- training

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Raises also MEMORY (DEVICE_OUT_OF_MEMORY)."""
        try:
            result = self._passes.forward_backward(batch, loss, normalizer, want_logprobs, progress)
            return_free_memory()
            return result
        except (MemoryError, torch.OutOfMemoryError, RuntimeError) as failure:
            if not isinstance(failure, RuntimeError) or "allocate memory" in str(failure):
                budget = self.settings.train_tokens
                raise BackendError(
                    BackendErrorCode.MEMORY,
                    "DEVICE_OUT_OF_MEMORY",
                    f"not enough memory for a micro-batch of {budget} tokens",
                    f"set engine.train_tokens to {budget // 2}; the gradient was discarded",
                    facts={"suggested_tokens": str(budget // 2)},
                ) from failure
            raise

    def optim_step(self, spec: OptimSpec) -> OptimResult:
        self._digest = ""
        result = self.parameters.update(spec)
        return_free_memory()
        return result

    def discard_gradients(self) -> None:
        self.parameters.discard()

    @property
    def step(self) -> int:
        return self.parameters.step

    # ------------------------------------------------------------------------- weights, checkpoints

    def describe(self, version: int) -> PolicyVersion:
        """Returns the facts of the present weights as `version`."""
        self._digest = self._digest or digest(self.parameters.masters)
        return PolicyVersion(version, self.step, self._digest, "adapter" if self.loaded.lora else "full")

    def copy_weights(self) -> WeightSet:
        """Returns the present weights, adapters merged, in the layout of `inference`."""
        with torch.no_grad():
            return build_weights(self.loaded.effective(), self.inference)

    def base_weights(self) -> WeightSet:
        """Returns the weights of the files of the model, in the layout of `inference`."""
        return self._reference.weights()

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        return torch_checkpoint.save(
            directory,
            torch_checkpoint.State(
                weights={name: master.detach() for name, master in self.parameters.masters.items()},
                moments=self.parameters.moments(),
                step=self.step,
                rng=torch.get_rng_state(),
                identity=self._identity(),
                metadata=metadata,
            ),
        )

    def load(self, directory: Path) -> CheckpointInfo:
        found, info = torch_checkpoint.load(directory, self._identity())
        self._digest = ""
        self.parameters.restore(found.weights, found.moments, found.step)
        torch.set_rng_state(found.rng)
        return info

    def _identity(self) -> dict[str, str]:
        shapes = {name: tuple(tensor.shape) for name, tensor in self.parameters.masters.items()}
        return torch_checkpoint.identity(self._model_fingerprint, "adapter" if self.loaded.lora else "full", shapes)
