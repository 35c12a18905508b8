"""Generation with a function that gives the distribution of the next token. One thread for each
request, one seed for each sample."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import (
    I32,
    BackendError,
    BackendErrorCode,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
)
from spice_trainer.toolkit.own_code import place_of
from spice_trainer.toolkit.stop_strings import ends_with_stop

NextLogits = Callable[[I32, Sequence[int]], NDArray[np.float64]]
"""From the prompt and the token ids so far to the logits of the next token [vocabulary]."""


class SampleLoop:
    """A request that is not finished (`spice_trainer.api.Generation`). Supports temperature, stop
    ids and stop strings. In the capabilities, declare the sampling parameters `temperature`,
    `stop_token_ids`, `stop_strings`, `ignore_eos` and `seed`, and log-probabilities as
    `temperature_scaled`. Declare seeds as `bitwise` if `next_logits` always gives the same bits."""

    def __init__(
        self,
        request: SampleRequest,
        prompts: tuple[I32, ...],
        version: int,
        next_logits: NextLogits,
        decode: Callable[[Sequence[int]], str],
        eos: Sequence[int],
        context_tokens: int,
        sink: Callable[[SampleEvent], None],
    ) -> None:
        """Starts immediately. Raises `BackendError` OUT_OF_RANGE (CONTEXT_OVERFLOW) for a prompt
        that fills the context."""
        for index, ids in enumerate(prompts):
            if len(ids) >= context_tokens:
                raise BackendError(
                    BackendErrorCode.RANGE,
                    "CONTEXT_OVERFLOW",
                    f"prompt {index} has {len(ids)} tokens; the context holds {context_tokens}",
                    "shorten the prompt",
                )
        self._request, self._prompts, self._version = request, prompts, version
        self._next_logits, self._decode, self._sink = next_logits, decode, sink
        self._stops = {*request.params.stop_token_ids, *(() if request.params.ignore_eos else eos)}
        self._context = context_tokens
        self._cancelled: set[int] = set()
        threading.Thread(target=self._run, name="generation", daemon=True).start()

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stops the samples of one prompt, or all samples, before the next token."""
        self._cancelled.update(range(len(self._prompts)) if prompt_index is None else (prompt_index,))

    def _run(self) -> None:
        began, tokens, error = time.monotonic(), 0, None
        self._sink(SampleStarted(self._version, self._prompts))
        try:
            for prompt, spec in enumerate(self._request.prompts):
                for sample, seed in enumerate(spec.seeds):
                    finished = self._sample(prompt, sample, seed)
                    tokens += len(finished.token_ids)
                    self._sink(finished)
        except Exception as failed:
            error = generation_failed(failed)
        self._sink(SampleDone(sum(map(len, self._prompts)), tokens, time.monotonic() - began, error))

    def _sample(self, prompt: int, sample: int, seed: int) -> SampleFinished:
        params = self._request.params
        room = self._context - len(self._prompts[prompt])
        generator = np.random.Generator(np.random.PCG64(seed))
        ids: list[int] = []
        logprobs: list[float] = []
        reason = FinishReason.CONTEXT if room < params.max_tokens else FinishReason.LENGTH
        while len(ids) < min(params.max_tokens, room):
            if prompt in self._cancelled:
                reason = FinishReason.ABORTED
                break
            logs = log_softmax(self._next_logits(self._prompts[prompt], ids) / (params.temperature or 1.0))
            cumulative = np.exp(logs).cumsum()
            drawn = int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))
            ids.append(int(logs.argmax()) if params.temperature == 0 else min(drawn, len(logs) - 1))
            logprobs.append(float(logs[ids[-1]]))
            if ids[-1] in self._stops:
                reason = FinishReason.STOP_TOKEN
                break
            if ends_with_stop(ids, params.stop_strings, self._decode):
                reason = FinishReason.STOP_STRING
                break
        logs32 = np.array(logprobs, dtype=np.float32) if self._request.want_logprobs else None
        text, ids32 = self._decode(ids), np.array(ids, dtype=np.int32)
        if reason is FinishReason.STOP_STRING:
            text = params.before_stop(text)
        return SampleFinished(prompt, sample, ids32, logs32, text, reason, self._version)


def generation_failed(error: Exception) -> BackendError:
    """Returns the error for `SampleDone` of a generation that `error` ended, with the type, the
    text and the last line of the backend's own code."""
    place = place_of(error)
    told = "" if place is None else f" ({place})"
    message = f"generation failed: {type(error).__name__}: {error}{told}"
    return BackendError(BackendErrorCode.UNAVAILABLE, "GENERATION_FAILED", message)


def log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the log-softmax along the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
