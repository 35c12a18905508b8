"""One request, and one prompt of it, in the engine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from spice_trainer.api import I32, SampleEvent, SampleRequest
from spice_trainer.engines.shared.torch_model.inference import WeightSet
from spice_trainer.engines.torch_local.sampler.draw import DrawRow
from spice_trainer.engines.torch_local.sampler.prefix import Prefix

_LOG = logging.getLogger(__name__)


@dataclass(eq=False)
class RequestJob:
    """A `SampleRequest` with its prompts as ids and its policy version resolved."""

    request: SampleRequest
    prompt_ids: tuple[I32, ...]
    version: int
    weights: Callable[[], WeightSet]
    """The weights of the version. They stay usable while this function is referenced."""
    sink: Callable[[SampleEvent], None]
    stop_ids: frozenset[int]
    unfinished: int = 0
    """Number of samples that have not sent `SampleFinished`."""
    computed_prompt_tokens: int = 0
    completion_tokens: int = 0
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self.unfinished = sum(len(spec.seeds) for spec in self.request.prompts)
        self.draw_row = DrawRow(self.request.params, self.request.logprob_mode)

    def emit(self, event: SampleEvent) -> None:
        """Sends an event. When the sink raises, the event is lost, and other requests continue."""
        try:
            self.sink(event)
        except Exception:
            _LOG.exception("the receiver of a %s event failed", event.kind)


@dataclass(eq=False)
class PromptJob:
    """A prompt and its n samples. `next_sample` is the number of samples that have entered the
    batch."""

    request: RequestJob
    index: int
    ids: I32
    seeds: NDArray[np.uint64]
    prefix: Prefix | None = None
    next_sample: int = 0
    active: int = 0
    cancelled: bool = False

    @property
    def waiting(self) -> int:
        """Number of samples that have not entered the batch."""
        return len(self.seeds) - self.next_sample
