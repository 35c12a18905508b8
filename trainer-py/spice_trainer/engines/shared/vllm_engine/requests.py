"""A sample request that the engine works on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spice_trainer.api import (
    I32,
    BackendError,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
)
from spice_trainer.engines.shared.vllm_engine.messages import Sample

_LOG = logging.getLogger(__name__)
_SEED_BITS = (1 << 63) - 1
"""Mask of 63 bits: vLLM gives seeds to `torch.Generator`, which accepts 63 bits without a sign."""
NOTHING: Mapping[str, Any] = {"tokens": [], "logprobs": [], "spans": []}
"""Result of a sample without tokens."""


@dataclass(eq=False)
class Request:
    """A running `SampleRequest`. `cancel` may be called from any thread."""

    on_cancel: Callable[[Request, int | None], None]
    number: int
    request: SampleRequest
    prompt_ids: tuple[I32, ...]
    sink: Callable[[SampleEvent], None]
    waiting: dict[str, tuple[int, int]]
    """Unfinished samples: message id to (prompt, sample)."""
    version: int
    completion_tokens: int = 0
    error: BackendError | None = None
    started: float = field(default_factory=time.perf_counter)

    def cancel(self, prompt_index: int | None = None) -> None:
        """See `Generation`."""
        self.on_cancel(self, prompt_index)

    def end(
        self, name: str, reason: FinishReason, message: Mapping[str, Any], decode: Callable[[Sequence[int]], str]
    ) -> bool:
        """Finishes sample `name` with `tokens`, `logprobs` and `spans` of `message`. Returns True
        for the last sample of the request."""
        prompt, sample = self.waiting.pop(name)
        tokens, spans = message["tokens"], message["spans"]
        text = decode(tokens)
        if reason is FinishReason.STOP_STRING:
            text = self.request.params.before_stop(text)
        self.completion_tokens += len(tokens)
        self.emit(
            SampleFinished(
                prompt_index=prompt,
                sample_index=sample,
                token_ids=np.array(tokens, dtype=np.int32),
                logprobs=np.array(message["logprobs"], dtype=np.float32) if self.request.want_logprobs else None,
                text=text,
                reason=reason,
                policy_version=spans[-1][1] if spans else self.version,
                spans=tuple((count, version) for count, version in spans),
            )
        )
        if self.waiting:
            return False
        self.emit(
            SampleDone(
                prompt_tokens=sum(map(len, self.prompt_ids)),
                completion_tokens=self.completion_tokens,
                seconds=time.perf_counter() - self.started,
                error=self.error,
            )
        )
        return True

    def emit(self, event: SampleEvent) -> None:
        """Sends an event. When the sink raises, the event is lost, and other requests continue."""
        try:
            self.sink(event)
        except Exception:
            _LOG.exception("the receiver of a %s event failed", event.kind)


def to_message(
    name: str,
    request: SampleRequest,
    ids: I32,
    prompt: int,
    sample: int,
    stop_ids: frozenset[int],
    max_context: int,
) -> Sample:
    """Returns the message for one sample of a request. `max_context` bounds prompt and completion
    together."""
    params = request.params
    return Sample(
        id=name,
        prompt=ids.tolist(),
        seed=request.prompts[prompt].seeds[sample] & _SEED_BITS,
        max_tokens=min(params.max_tokens, max_context - len(ids)),
        temperature=params.temperature,
        top_p=params.top_p,
        top_k=params.top_k,
        min_p=params.min_p,
        stop_token_ids=sorted(stop_ids),
        stop_strings=list(params.stop_strings),
    )
