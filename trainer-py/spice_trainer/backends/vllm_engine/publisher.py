"""The version that vLLM serves: written to a file by a learner, handed over, proven, replaced by the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from spice_trainer.backend import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    PolicyVersion,
    Prompt,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.backends.vllm_engine.messages import Start
from spice_trainer.backends.vllm_engine.requests import Request
from spice_trainer.backends.vllm_engine.sampler import VllmSampler
from spice_trainer.backends.vllm_engine.settings import SamplerSettings

CANARY_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."
TOLERANCE_FLOAT32 = 1e-3
"""Mean difference a token, both sides in float32: 1e-5 was measured, a changed weight shows as 1e-2 and more."""
TOLERANCE_BFLOAT16 = 0.15
"""With bfloat16 on either side the mean difference is 0.035 to 0.044 on this family of models."""
FOLDER_VARIABLE = "SPICE_WEIGHTS_DIR"
"""Folder under which weights for vLLM are written, where the system's temporary one is too small or not shared by all
machines. From the environment and never from a request: whoever may open a session must not choose where to write."""

QUIRKS = (
    "one policy version is served at a time; samples in flight go on with the new weights, as their spans say",
    "seeds repeat a sample on the same machine under the same load; a batch of another size may change it",
    "at temperature 0 the temperature_scaled log-probability is the raw one",
    "a seed's highest bit is ignored",
)
"""What `Capabilities.quirks` says of sampling through vLLM."""

ScoreCanary = Callable[[I32, I32], F32]
"""Log-probabilities of the second argument's tokens after the first's, under the learner's current weights."""


class Tokens(Protocol):
    """What is needed of the model's tokenizer."""

    @property
    def eos_ids(self) -> tuple[int, ...]:
        """Every id that ends a generation."""
        ...

    def prompt_ids(self, prompt: Prompt) -> I32:
        """Ids of a prompt."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids."""
        ...


@dataclass(frozen=True)
class Learner:
    """What the sampler must know of the model that is trained."""

    folder: Path
    """Config, tokenizer and the weights of version 0."""
    text: Tokens
    compute_dtype: str
    """`float32` or `bfloat16`."""
    max_context_tokens: int
    seed: int
    threads: int
    """Of vLLM; 0: its own choice."""


@dataclass(frozen=True)
class Served:
    """The version that vLLM serves."""

    info: PolicyVersion
    path: Path | None
    """Its weights; None for those of the model's folder."""


class VllmPublisher:
    """One vLLM process and the one version it serves."""

    def __init__(self, settings: SamplerSettings, learner: Learner) -> None:
        """Starts nothing yet; `open` does."""
        self._settings, self._learner = settings, learner
        self._served: Served | None = None
        ids = learner.text.prompt_ids(Prompt(text=CANARY_TEXT))
        self._canary = ids[: min(len(ids), learner.max_context_tokens - 2)]
        self.dtype = learner.compute_dtype if settings.sampler_dtype == "auto" else settings.sampler_dtype
        """Number format of the sampler's weights, which published files are to have."""
        exact = self.dtype == learner.compute_dtype == "float32"
        self._folder = Path(tempfile.mkdtemp(prefix="spice-weights-", dir=os.environ.get(FOLDER_VARIABLE) or None))
        self._sampler = VllmSampler(
            Start(
                model=str(learner.folder),
                dtype=self.dtype,
                max_context_tokens=learner.max_context_tokens,
                max_sequences=settings.sampler_sequences,
                kv_cache_gib=settings.sampler_kv_gib,
                gpu_memory_share=settings.sampler_gpu_percent / 100,
                tensor_parallel=settings.sampler_tensor_parallel,
                seed=learner.seed & 0x7FFFFFFF,
                canary=self._canary.tolist(),
            ),
            threads=learner.threads,
            restarts=settings.sampler_restarts,
            start_seconds=settings.sampler_start_seconds,
            tolerance=TOLERANCE_FLOAT32 if exact else TOLERANCE_BFLOAT16,
            decode=learner.text.decode,
        )

    @property
    def next_version(self) -> int:
        """Number of the version that comes next."""
        return 0 if self._served is None else self._served.info.version + 1

    @property
    def sampler(self) -> VllmSampler:
        """The engine's process, for its facts."""
        return self._sampler

    def package_versions(self) -> dict[str, str]:
        """Of the engine's environment, as `Capabilities.versions` names them; empty until it runs."""
        return {name if name == "vllm" else f"sampler_{name}": value for name, value in self._sampler.versions.items()}

    def open(self, info: PolicyVersion, score: ScoreCanary) -> None:
        """Start vLLM with the model's own weights as version 0. Raises what `VllmSampler.open` raises."""
        self._sampler.open(self._expected(score))
        self._served = Served(info, None)

    def publish(self, version: int, score: ScoreCanary, write: Callable[[Path], PolicyVersion]) -> PolicyVersion:
        """Serve what `write` puts into the file it is given (safetensors, the model's own names, `dtype`).

        Raises `BackendError`: MEMORY (DISK_FULL) when it cannot be written, else what `VllmSampler.update` raises."""
        path = self._folder / f"version-{version:06}.safetensors"
        try:
            info = write(path)
        except OSError as failed:
            path.unlink(missing_ok=True)
            raise BackendError(
                BackendErrorCode.MEMORY,
                "DISK_FULL",
                f"the weights for vLLM could not be written to {path}: {failed.strerror or failed}",
                f"free space there, or point {FOLDER_VARIABLE} to another folder",
            ) from failed
        self._sampler.update(version, str(path), self._expected(score))
        old, self._served = self._served, Served(info, path)
        if old is not None and old.path is not None:
            old.path.unlink(missing_ok=True)
        return info

    def versions(self) -> list[PolicyVersion]:
        """The served one."""
        return [] if self._served is None else [self._served.info]

    def the(self, version: int | None) -> Served:
        """The served version, which `version` must name (None: whichever it is). Raises NOT_FOUND (VERSION_UNKNOWN)."""
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

    def release(self, version: int) -> None:
        """Always raises: NOT_FOUND for a version that is not served, else FAILED_PRECONDITION (VERSION_IN_USE)."""
        self.the(version)
        raise BackendError(
            BackendErrorCode.PRECONDITION,
            "VERSION_IN_USE",
            f"version {version} is the one that vLLM serves and cannot be released",
            "publish a newer version: it takes its place",
        )

    def submit(
        self, request: SampleRequest, prompt_ids: tuple[I32, ...], sink: Callable[[SampleEvent], None]
    ) -> Request:
        """Hand checked samples over. Raises NOT_FOUND (VERSION_UNKNOWN) or what `VllmSampler.submit` raises."""
        self.the(request.policy_version)
        stops = set(request.params.stop_token_ids)
        if not request.params.ignore_eos:
            stops.update(self._learner.text.eos_ids)
        return self._sampler.submit(request, prompt_ids, frozenset(stops), self._learner.max_context_tokens, sink)

    def close(self) -> None:
        """End the process and remove the files."""
        self._sampler.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._served = None

    def _expected(self, score: ScoreCanary) -> list[float]:
        return np.asarray(score(self._canary[:1], self._canary[1:]), dtype=float).tolist()
