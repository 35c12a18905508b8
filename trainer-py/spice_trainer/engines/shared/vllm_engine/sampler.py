"""The sampler half of the trainers that sample with vLLM. It serves one version, the newest."""

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
"""Largest mean difference for each token when both sides compute in float32. The measured
difference is 1e-5; a changed weight gives 1e-2 and more."""
TOLERANCE_BFLOAT16 = 0.15
"""Largest mean difference for each token with bfloat16 on either side. 0.035 to 0.044 was measured
on this family of models."""


class PublishingLearner(Protocol):
    """Methods of a learner that `VllmSampler` needs."""

    @property
    def facts(self) -> ModelFacts:
        """Returns the facts of the loaded model."""
        ...

    @property
    def sampler_threads(self) -> int:
        """Processor threads for vLLM. 0: vLLM chooses."""
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
        """Returns log-probabilities under weights that `publish_weights` wrote to `path`; None: the
        weights of the files of the model."""
        ...

    def publish_weights(self, version: int, path: Path | None, dtype: str) -> PolicyVersion:
        """Returns the facts of the present weights as `version`. With a `path` the weights are also
        written there: safetensors, with the names of the plain model, adapters merged, in the
        number format `dtype`. Raises OSError."""
        ...

    def weight_source(self, dtype: str) -> WeightSource:
        """Returns the present weights in the number format `dtype`, for the transfers `nccl` and
        `ipc`."""
        ...


@dataclass(frozen=True)
class ServedVersion:
    """The version that vLLM serves."""

    info: PolicyVersion
    file: WeightFile | None
    """Its weights. None: the weights of the folder of the model."""

    @property
    def path(self) -> Path | None:
        """Returns the path of `file`, which is first written when it is absent. Raises the errors
        of `WeightFile.settle`."""
        return None if self.file is None else self.file.settle()


class VllmSampler:
    """Implements `parts.Sampler`. Spans of a sample show a publish during the sample."""

    def __init__(self, opening: Opening, learner: PublishingLearner, placement: Placement) -> None:
        """Starts no process. The first `publish` starts it."""
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
        """Transfer of weights to the engine: `file`, `nccl` or `ipc`."""
        return self._transfer.name

    @property
    def pid(self) -> int | None:
        """Process id of the engine."""
        return self._supervisor.pid

    @property
    def package_versions(self) -> dict[str, str]:
        """Package versions in the environment of the engine, by name as in `Capabilities.versions`;
        empty until the engine runs."""
        found = self._supervisor.versions
        return {name if name == "vllm" else f"sampler_{name}": value for name, value in found.items()}

    # --------------------------------------------------------------------------- samples and scores

    def submit(
        self,
        request: SampleRequest,
        prompt_ids: tuple[I32, ...],
        stop_ids: tuple[int, ...],
        sink: Callable[[SampleEvent], None],
    ) -> Generation:
        """Raises also the errors of `EngineSupervisor.submit`."""
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

    # ------------------------------------------------------------------------------------- versions

    def publish(self) -> PolicyVersion:
        """Publishes. Raises `BackendError`: MEMORY (DISK_FULL) when the weights cannot be written;
        the errors of `EngineSupervisor`; at the first call also FAILED_PRECONDITION
        (TRANSFER_UNAVAILABLE). After an error the version before is still served."""
        if self._served is None:
            self._served = ServedVersion(self._start(), None)
        else:
            self._served = self._replace(self._served)
        return self._served.info

    def _start(self) -> PolicyVersion:
        """Starts vLLM with the weights of the model as version 0."""
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
        """Serves the present weights of the learner instead of `old`."""
        version = old.info.version + 1
        # A direct transfer writes the file after the update, so the facts cannot come from writing.
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
        """Always raises an error: NOT_FOUND for a version that is not served, otherwise
        FAILED_PRECONDITION (VERSION_IN_USE)."""
        self._require_served(version)
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "VERSION_IN_USE",
            f"version {version} is the one that vLLM serves and cannot be released",
            "publish a newer version: it takes its place",
        )

    @contextmanager
    def keep_versions(self, update: OptimSpec | None) -> Generator[None]:
        """Waits until the served version is in its file, because no other copy exists after the
        change. Raises MEMORY (DISK_FULL)."""
        if self._served is not None and self._served.file is not None:
            self._served.file.settle()
        yield

    def _require_served(self, version: int | None) -> ServedVersion:
        """Returns the served version. Raises NOT_FOUND (VERSION_UNKNOWN) when `version` is another
        version."""
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
        """Returns the scores of the weight probe by the learner under its present weights."""
        scores = self._learner.score([self._probe[:1]], [(0, self._probe[1:])], "current", 1.0, Silent())[0]
        return np.asarray(scores, dtype=float).tolist()
