"""The sampler half of the trainers that sample with vLLM: it serves one version, the newest."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    Generation,
    OptimSpec,
    PolicyVersion,
    ProgressSink,
    Prompt,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.engines.shared.engine_settings import pick
from spice_trainer.engines.shared.parts import ModelFacts, Opening
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.vllm_engine import direct
from spice_trainer.engines.shared.vllm_engine.direct import WeightSource
from spice_trainer.engines.shared.vllm_engine.messages import Start
from spice_trainer.engines.shared.vllm_engine.placement import Placement
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE
from spice_trainer.engines.shared.vllm_engine.settings import SamplerSettings
from spice_trainer.engines.shared.vllm_engine.supervisor import EngineSupervisor
from spice_trainer.engines.shared.vllm_engine.transfer import DirectTransfer, FileTransfer, Transfer
from spice_trainer.engines.shared.vllm_engine.weight_file import FOLDER_VARIABLE, WeightFile
from spice_trainer.engines.shared.weight_probe import PROBE_TEXT

TOLERANCE_FLOAT32 = 1e-3
"""Largest mean difference a token when both sides compute in float32: 1e-5 was measured, and a changed weight shows as
1e-2 and more."""
TOLERANCE_BFLOAT16 = 0.15
"""The same with bfloat16 on either side: 0.035 to 0.044 was measured on this family of models."""


class PublishingLearner(Protocol):
    """What `VllmSampler` needs of a learner."""

    @property
    def facts(self) -> ModelFacts:
        """Of the loaded model."""
        ...

    @property
    def sampler_threads(self) -> int:
        """Processor threads for vLLM; 0: vLLM's own choice."""
        ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """See `parts.Learner`."""
        ...

    def score_file(
        self,
        path: Path | None,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Log-probabilities under weights that `publish_weights` wrote to `path`; None: the weights of the model's files."""
        ...

    def publish_weights(self, version: int, path: Path | None, dtype: str) -> PolicyVersion:
        """Facts of the present weights as `version`. With a `path` they are also written there: safetensors, the plain
        model's own names, adapters merged, in the number format `dtype`. Raises OSError."""
        ...

    def weight_source(self, dtype: str) -> WeightSource:
        """The present weights in the number format `dtype`, for the transfers `nccl` and `ipc`."""
        ...


@dataclass(frozen=True)
class ServedVersion:
    """The version that vLLM serves."""

    info: PolicyVersion
    file: WeightFile | None
    """Its weights; None for those of the model's folder."""

    @property
    def path(self) -> Path | None:
        """Of `file`, which is written first when it is not there. Raises what `WeightFile.settle` raises."""
        return None if self.file is None else self.file.settle()


class VllmSampler:
    """Implements `parts.Sampler`. Samples that cross a publish say so in their spans."""

    def __init__(self, opening: Opening, learner: PublishingLearner, placement: Placement) -> None:
        """Starts nothing yet; the first `publish` does."""
        settings = pick(SamplerSettings, opening.settings)
        spec, text, compute_dtype = opening.spec, opening.text, learner.facts.compute_dtype
        self._learner = learner
        self._served: ServedVersion | None = None
        self._max_context = spec.max_context_tokens
        ids = text.prompt_ids(Prompt(text=PROBE_TEXT))
        self._probe = ids[: min(len(ids), spec.max_context_tokens - 2)]
        self._dtype = compute_dtype if settings.sampler_dtype == "auto" else settings.sampler_dtype
        """Number format of the sampler's weights."""
        exact = self._dtype == compute_dtype == "float32"
        self._folder = Path(tempfile.mkdtemp(prefix="spice-weights-", dir=os.environ.get(FOLDER_VARIABLE) or None))
        opening.resources.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._supervisor = EngineSupervisor(
            Start(
                model=str(opening.source.path),
                dtype=self._dtype,
                max_context_tokens=spec.max_context_tokens,
                max_sequences=settings.sampler_sequences,
                kv_cache_gib=settings.sampler_kv_gib,
                gpu_memory_share=settings.sampler_gpu_percent / 100,
                tensor_parallel=settings.sampler_tensor_parallel,
                seed=spec.seed & 0x7FFFFFFF,
                probe=self._probe.tolist(),
                transfer=placement.transfer,
            ),
            threads=learner.sampler_threads,
            restarts=settings.sampler_restarts,
            start_seconds=settings.sampler_start_seconds,
            tolerance=TOLERANCE_FLOAT32 if exact else TOLERANCE_BFLOAT16,
            decode=text.decode,
            gpus=placement.gpus,
        )
        opening.resources.callback(self._supervisor.close)
        self._transfer = self._make_transfer(placement.transfer, settings.sampler_tensor_parallel)
        opening.resources.callback(self._transfer.close)

    def _make_transfer(self, name: str, tensor_parallel: int) -> Transfer:
        if name == "file":
            return FileTransfer(self._supervisor)
        weights = self._learner.weight_source(self._dtype)
        if name == "nccl":
            return DirectTransfer(
                name, self._supervisor, lambda link: direct.connect_nccl(link, weights, tensor_parallel)
            )
        return DirectTransfer(name, self._supervisor, lambda link: direct.connect_ipc(link, weights))

    @property
    def transfer(self) -> str:
        """How weights reach the engine: `file`, `nccl` or `ipc`."""
        return self._transfer.name

    @property
    def pid(self) -> int | None:
        """Of the engine's process."""
        return self._supervisor.pid

    @property
    def package_versions(self) -> dict[str, str]:
        """Of the engine's environment, as `Capabilities.versions` names them; empty until the engine runs."""
        found = self._supervisor.versions
        return {name if name == "vllm" else f"sampler_{name}": value for name, value in found.items()}

    # ----------------------------------------------------------------------------------------------- samples and scores

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        """Raises also what `EngineSupervisor.submit` raises."""
        self._require_served(request.policy_version)
        return self._supervisor.submit(request, prompt_ids, frozenset(stop_ids), self._max_context, sink)

    def score(
        self,
        version: int,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        path = self._require_served(version).path
        return self._learner.score_file(path, prompts, sequences, temperature, progress)

    # ---------------------------------------------------------------------------------------------------------- versions

    def publish(self) -> PolicyVersion:
        """Raises `BackendError`: MEMORY (DISK_FULL) when the weights cannot be written, else what `EngineSupervisor` raises
        and, at the first call, FAILED_PRECONDITION (TRANSFER_UNAVAILABLE). The version before is served on then."""
        if self._served is None:
            self._served = ServedVersion(self._start(), None)
        else:
            self._served = self._replace(self._served)
        return self._served.info

    def _start(self) -> PolicyVersion:
        """Start vLLM with the model's own weights as version 0."""
        info = self._learner.publish_weights(0, None, self._dtype)
        self._supervisor.open(self._score_probe())
        if self.transfer != "file":
            ours, theirs = direct.import_vllm(), self._supervisor.versions["vllm"]
            if ours != theirs:
                raise BackendError(
                    BackendErrorCode.PRECONDITION,
                    "TRANSFER_UNAVAILABLE",
                    f"weights cannot go from vLLM {ours} (the learner's) to vLLM {theirs} by {self.transfer}",
                    f"set {INTERPRETER_VARIABLE} to the learner's interpreter, or engine.weight_transfer to file",
                )
        return info

    def _replace(self, old: ServedVersion) -> ServedVersion:
        """Serve the learner's present weights instead of `old`."""
        version = old.info.version + 1
        # A direct transfer writes the file after the update, so the facts cannot come from the writing.
        known = [] if self.transfer == "file" else [self._learner.publish_weights(version, None, self._dtype)]

        def write(path: Path) -> None:
            known.append(self._learner.publish_weights(version, path, self._dtype))

        file = WeightFile(self._folder / f"version-{version:06}.safetensors", write)
        try:
            self._transfer.deliver(version, file, self._score_probe())
        except BaseException:
            file.remove()
            raise
        if old.file is not None:
            old.file.remove()
        return ServedVersion(known[0], file)

    def versions(self) -> list[PolicyVersion]:
        return [] if self._served is None else [self._served.info]

    def release(self, version: int) -> None:
        """Always raises: NOT_FOUND for a version that is not served, else FAILED_PRECONDITION (VERSION_IN_USE)."""
        self._require_served(version)
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "VERSION_IN_USE",
            f"version {version} is the one that vLLM serves and cannot be released",
            "publish a newer version: it takes its place",
        )

    @contextmanager
    def keep_versions(self, update: OptimSpec | None) -> Generator[None]:
        """Waits until the served version is in its file: after the change it is nowhere else. Raises MEMORY (DISK_FULL)."""
        if self._served is not None and self._served.file is not None:
            self._served.file.settle()
        yield

    def _require_served(self, version: int | None) -> ServedVersion:
        """The served version. Raises NOT_FOUND (VERSION_UNKNOWN) when `version` names another one."""
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

    def _score_probe(self) -> list[float]:
        """The learner's scores of the weight probe, under its present weights."""
        scores = self._learner.score([self._probe[:1]], [(0, self._probe[1:])], "current", 1.0, Silent())[0]
        return np.asarray(scores, dtype=float).tolist()
