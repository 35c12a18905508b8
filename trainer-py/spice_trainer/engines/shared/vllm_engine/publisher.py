"""The version that vLLM serves: handed over by a learner, proven, kept on disk, replaced by the next one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    PolicyVersion,
    Prompt,
    SampleEvent,
    SampleRequest,
)
from spice_trainer.engines.shared.vllm_engine import direct
from spice_trainer.engines.shared.vllm_engine.direct import WeightSource
from spice_trainer.engines.shared.vllm_engine.messages import Start
from spice_trainer.engines.shared.vllm_engine.placement import Placement
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE
from spice_trainer.engines.shared.vllm_engine.requests import Request
from spice_trainer.engines.shared.vllm_engine.sampler import VllmSampler
from spice_trainer.engines.shared.vllm_engine.settings import SamplerSettings
from spice_trainer.engines.shared.vllm_engine.transfer import DirectTransfer, FileTransfer, Transfer
from spice_trainer.engines.shared.vllm_engine.weight_file import FOLDER_VARIABLE, WeightFile

CANARY_TEXT = "In 1969 three people left for the Moon; two of them walked on it, and all of them came home."
TOLERANCE_FLOAT32 = 1e-3
"""Mean difference a token, both sides in float32: 1e-5 was measured, a changed weight shows as 1e-2 and more."""
TOLERANCE_BFLOAT16 = 0.15
"""With bfloat16 on either side the mean difference is 0.035 to 0.044 on this family of models."""
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
    file: WeightFile | None
    """Its weights; None for those of the model's folder."""

    @property
    def path(self) -> Path | None:
        """Of `file`, which is written first when it is not. Raises what `WeightFile.settle` raises."""
        return None if self.file is None else self.file.settle()


class VllmPublisher:
    """One vLLM process and the one version it serves."""

    def __init__(
        self,
        settings: SamplerSettings,
        learner: Learner,
        placement: Placement,
        source: Callable[[str], WeightSource] | None = None,
    ) -> None:
        """Starts nothing yet; `open` does. `source` makes the weights that `nccl` and `ipc` send, in the number format it is
        given; a learner that publishes through files alone has none."""
        self._learner, self._placement = learner, placement
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
                transfer=placement.transfer,
            ),
            threads=learner.threads,
            restarts=settings.sampler_restarts,
            start_seconds=settings.sampler_start_seconds,
            tolerance=TOLERANCE_FLOAT32 if exact else TOLERANCE_BFLOAT16,
            decode=learner.text.decode,
            gpus=placement.gpus,
        )
        self._transfer = self._make_transfer(settings.sampler_tensor_parallel, source)

    def _make_transfer(self, tensor_parallel: int, source: Callable[[str], WeightSource] | None) -> Transfer:
        name = self._placement.transfer
        if name == "file":
            return FileTransfer(self._sampler)
        assert source is not None, f"this learner has no way to send weights by {name}"
        weights = source(self.dtype)
        if name == "nccl":
            return DirectTransfer(name, self._sampler, lambda link: direct.connect_nccl(link, weights, tensor_parallel))
        return DirectTransfer(name, self._sampler, lambda link: direct.connect_ipc(link, weights))

    @property
    def transfer(self) -> str:
        """`file`, `nccl` or `ipc`."""
        return self._transfer.name

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
        """Start vLLM with the model's own weights as version 0. Raises what `VllmSampler.open` raises, and
        FAILED_PRECONDITION (TRANSFER_UNAVAILABLE) when it is another vLLM than the one that would send weights to it."""
        self._sampler.open(self._expected(score))
        if self.transfer != "file":
            ours, theirs = direct.import_vllm(), self._sampler.versions["vllm"]
            if ours != theirs:
                raise BackendError(
                    BackendErrorCode.PRECONDITION,
                    "TRANSFER_UNAVAILABLE",
                    f"weights cannot go from vLLM {ours} (the learner's) to vLLM {theirs} by {self.transfer}",
                    f"set {INTERPRETER_VARIABLE} to the learner's interpreter, or engine.weight_transfer to file",
                )
        self._served = Served(info, None)

    def publish(
        self,
        version: int,
        score: ScoreCanary,
        write: Callable[[Path], PolicyVersion],
        known: PolicyVersion | None = None,
    ) -> PolicyVersion:
        """Serve the learner's present weights. `write` puts them into a file (safetensors, the model's own names, `dtype`)
        and raises OSError; `known`: what it would return, needed by transfers that do not wait for it.

        Raises `BackendError`: MEMORY (DISK_FULL) when they cannot be written, else what `VllmSampler.update` raises. The
        version before is served on then."""
        found = [] if known is None else [known]
        file = WeightFile(self._folder / f"version-{version:06}.safetensors", lambda path: found.append(write(path)))
        try:
            self._transfer.deliver(version, file, self._expected(score))
        except BaseException:
            file.remove()
            raise
        old, self._served = self._served, Served(found[0], file)
        if old is not None and old.file is not None:
            old.file.remove()
        return found[0]

    def before_change(self) -> None:
        """To be called before the learner's weights change: afterwards the served version is nowhere but in its file.
        Waits until that is written. Raises MEMORY (DISK_FULL)."""
        if self._served is not None and self._served.file is not None:
            self._served.file.settle()

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
        self._transfer.close()
        self._sampler.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._served = None

    def _expected(self, score: ScoreCanary) -> list[float]:
        return np.asarray(score(self._canary[:1], self._canary[1:]), dtype=float).tolist()
