"""The trainer `sink`. It computes nothing, so `npm run bench -- wire` measures the wire only.

Batches are received, verified and divided into sequences as for any backend, then discarded.
Samples are fixed ids of the requested length. Everything else is as in the fake trainer. Do not use
it for training: its gradients are zero.
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
    """Returns a trainer without a session."""
    return SinkBackend()


class SinkBackend(FakeBackend):
    """The trainer of this module."""

    def capabilities(self) -> Capabilities:
        """The capabilities of the fake trainer. The declared seeds are correct, because all samples
        of a length are equal."""
        versions = {name: version(name) for name in ("numpy", "grpcio", "protobuf")}
        return replace(super().capabilities(), backend="sink", versions=versions)

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation:
        """Returns the same ids for every sample, immediately."""
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
        """Counts the tokens."""
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
    """A finished generation."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Does nothing: the samples are finished."""
