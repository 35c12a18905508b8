"""The end of a sample, and its report."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from spice_trainer.api import BackendError, FinishReason, SampleDone, SampleFinished
from spice_trainer.engines.torch_local.sampler.job import PromptJob, RequestJob
from spice_trainer.engines.torch_local.sampler.rows import Row
from spice_trainer.toolkit import ends_with_stop


class Finisher:
    """Decides on the end of samples and sends `SampleFinished` and `SampleDone`. Used from the
    thread of the engine."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        """`decode` converts ids to text, without special tokens."""
        self._decode = decode
        self._errors: dict[int, BackendError] = {}

    def reason(self, row: Row, max_context: int) -> FinishReason | None:
        """Returns the reason why the row ends with its newest token, or None."""
        job = row.job.request
        params = job.request.params
        if row.tokens[-1] in job.stop_ids:
            return FinishReason.STOP_TOKEN
        if ends_with_stop(row.tokens, params.stop_strings, self._decode):
            return FinishReason.STOP_STRING
        if len(row.tokens) >= row.limit:
            over = row.limit < params.max_tokens and len(row.job.ids) + len(row.tokens) >= max_context
            return FinishReason.CONTEXT if over else FinishReason.LENGTH
        return None

    def finished(
        self, prompt: PromptJob, index: int, tokens: list[int], logprobs: list[float], reason: FinishReason
    ) -> None:
        """Sends one sample. After the last sample of the request, sends `SampleDone`."""
        job = prompt.request
        text = self._decode(tokens)
        if reason is FinishReason.STOP_STRING:
            text = job.request.params.before_stop(text)
        job.emit(
            SampleFinished(
                prompt_index=prompt.index,
                sample_index=index,
                token_ids=np.array(tokens, dtype=np.int32),
                logprobs=np.array(logprobs, dtype=np.float32) if job.request.want_logprobs else None,
                text=text,
                reason=reason,
                policy_version=job.version,
            )
        )
        job.completion_tokens += len(tokens)
        job.unfinished -= 1
        if job.unfinished == 0:
            self.done(job)

    def done(self, job: RequestJob) -> None:
        """Sends the last event of the request."""
        job.emit(
            SampleDone(
                prompt_tokens=job.computed_prompt_tokens,
                completion_tokens=job.completion_tokens,
                seconds=time.perf_counter() - job.started,
                error=self._errors.pop(id(job), None),
            )
        )

    def mark_failed(self, job: RequestJob, error: BackendError) -> None:
        """Sets the error that `SampleDone` of the request will contain."""
        self._errors[id(job)] = error
