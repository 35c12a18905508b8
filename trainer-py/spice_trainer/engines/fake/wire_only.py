"""The trainer `sink`, which computes nothing: what is left of a step is the wire. For `npm run bench -- wire`.

Batches are received, verified and cut into sequences as for any backend, then dropped; samples are ready-made ids of the
length asked for. Everything else is the fake trainer's. It must never train anything: gradients are zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from spice_trainer.api import (
    Capabilities,
    FinishReason,
    Generation,
    LossSpec,
    ProgressSink,
    RoleStats,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
    TrainBatch,
    TrainResult,
)
from spice_trainer.engines.fake import FakeBackend, table


def create() -> SinkBackend:
    """A trainer without a session."""
    return SinkBackend()


class SinkBackend(FakeBackend):
    """See the module docstring."""

    def capabilities(self) -> Capabilities:
        """The fake trainer's; seeds hold, since every sample of a length is the same."""
        versions = {name: version(name) for name in ("numpy", "grpcio", "protobuf")}
        return replace(super().capabilities(), backend="sink", versions=versions)

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        """Hand out the same ids for every sample, at once."""
        began = time.monotonic()
        newest = max(one.version for one in self.versions())
        prompts = tuple(self.tokenize([one.prompt for one in request.prompts]))
        sink(SampleStarted(newest, prompts))
        ids = np.arange(request.params.max_tokens, dtype=np.int32) % table.END
        logprobs = np.full(len(ids), -1.5, dtype=np.float32) if request.want_logprobs else None
        samples = 0
        for prompt, spec in enumerate(request.prompts):
            for sample in range(len(spec.seeds)):
                sink(SampleFinished(prompt, sample, ids, logprobs, "", FinishReason.LENGTH, newest))
                samples += 1
        sink(SampleDone(sum(map(len, prompts)), samples * len(ids), time.monotonic() - began))
        return _Finished()

    def forward_backward(
        self, batch: TrainBatch, loss: LossSpec, normalizer: float, want_logprobs: bool, progress: ProgressSink
    ) -> TrainResult:
        """Count the tokens."""
        tokens = sum(len(one.completion_ids) for one in batch.sequences)
        return TrainResult(
            loss=0.0,
            non_finite=False,
            stats={"": RoleStats(sequences=len(batch.sequences), tokens=tokens)},
            tokens=tokens + sum(map(len, batch.prompts)),
            padded_tokens=0,
            microbatches=1,
            seconds_forward=0.0,
            seconds_backward=0.0,
            peak_memory_bytes=0,
        )


class _Finished:
    """A generation that is over."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Too late."""
