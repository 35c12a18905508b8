"""Generation of scripted texts, or of tokens sampled from the model. One thread for each
request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from spice_trainer.api import (
    F32,
    I32,
    BackendError,
    BackendErrorCode,
    FinishReason,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SampleStarted,
    SamplingParams,
)
from spice_trainer.engines.fake import drawing, table
from spice_trainer.engines.fake.crossing import Crossing, Newest
from spice_trainer.engines.fake.drawing import NextToken
from spice_trainer.engines.fake.script import Choice, Script
from spice_trainer.engines.fake.settings import Settings
from spice_trainer.engines.fake.table import F64, Table

CACHE_TEXTS = 8192
CACHE_PARAMETERS = 4


@dataclass
class Writer:
    """The inputs of sampling for a request: one immutable version, the script and the settings."""

    weights: Table
    base: Table
    script: Script
    settings: Settings
    context_tokens: int
    _preference: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])
    _rows: dict[tuple[float, ...], dict[int, F64]] = field(default_factory=dict[tuple[float, ...], dict[int, F64]])
    """Chances in the rows of `weights` that were sampled from, by the parameters that change
    them."""

    def write(
        self,
        prompt: I32,
        rendered: str,
        params: SamplingParams,
        seed: int,
        stopped: Callable[[], bool],
        crossing: Crossing | None = None,
    ) -> tuple[I32, str, FinishReason]:
        """Returns ids, text and end reason of one sample. Equal arguments and weights give equal
        results. When the script has no text for the prompt and `crossing` is given, `crossing`
        samples the tokens."""
        limit = min(params.max_tokens, self.context_tokens - len(prompt))
        generator = np.random.Generator(np.random.PCG64(seed))
        choices = self.script(rendered)
        if choices:
            chosen = self._choose(choices, params.temperature, generator)
            next_token = drawing.given(table.encode(chosen).tolist())
        else:
            next_token = (
                drawing.sampler(self.weights, prompt, params, generator, self._known_rows(params))
                if crossing is None
                else crossing.sampler(prompt, params, generator)
            )
        ids, reason = drawing.until_stopped(self._paced(next_token), params, limit, stopped)
        if reason is FinishReason.LENGTH and limit < params.max_tokens:
            reason = FinishReason.CONTEXT
        return ids, drawing.text_of(ids, params, reason), reason

    def _known_rows(self, params: SamplingParams) -> dict[int, F64]:
        key = (params.temperature, params.top_k, params.top_p, params.min_p)
        if key not in self._rows and len(self._rows) == CACHE_PARAMETERS:
            self._rows.clear()
        return self._rows.setdefault(key, {})

    def _paced(self, next_token: NextToken) -> NextToken:
        seconds = self.settings.token_seconds
        if seconds == 0:
            return next_token

        def draw(so_far: list[int]) -> int:
            self.settings.pause(seconds)
            return next_token(so_far)

        return draw

    def _choose(self, choices: Sequence[Choice], temperature: float, generator: np.random.Generator) -> str:
        """Chooses a text by weight. Training changes the weight by the increase of the mean
        log-probability of the text. Greedy at temperature 0."""
        scores = np.array([np.log(one.weight) + self._gain(one.text) for one in choices])
        if temperature == 0:
            return choices[int(scores.argmax())].text
        cumulative = np.cumsum(np.exp(scores - scores.max()))
        return choices[int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))].text

    def _gain(self, text: str) -> float:
        if self.settings.learning == 0 or self.weights is self.base:
            return 0.0
        if text not in self._preference:
            ids = table.encode(text)
            none = np.empty(0, dtype=np.int32)
            shift = table.logprobs(self.weights, none, ids, 1.0) - table.logprobs(self.base, none, ids, 1.0)
            self._preference[text] = float(shift.mean()) if len(shift) else 0.0
            if len(self._preference) > CACHE_TEXTS:
                self._preference.popitem(last=False)
        return self.settings.learning * self._preference[text]


class FakeGeneration:
    """A request that is not finished; see `spice_trainer.api.Generation`."""

    def __init__(
        self,
        request: SampleRequest,
        prompts: tuple[I32, ...],
        version: int,
        writer: Writer,
        newest: Newest,
        sink: Callable[[SampleEvent], None],
    ) -> None:
        self._newest = newest
        self._request, self._prompts, self._version = request, prompts, version
        self._writer, self._sink = writer, sink
        self._cancelled: set[int] = set()
        self._changed = threading.Event()
        threading.Thread(target=self._run, name="generation", daemon=True).start()

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stops the samples of one prompt, or all samples."""
        self._cancelled.update(range(len(self._prompts)) if prompt_index is None else (prompt_index,))
        self._changed.set()

    def _run(self) -> None:
        began = time.monotonic()
        tokens, error = 0, None
        self._sink(SampleStarted(self._version, self._prompts))
        try:
            for prompt_index, spec in enumerate(self._request.prompts):
                rendered = table.decode(self._prompts[prompt_index])
                for sample_index, seed in enumerate(spec.seeds):
                    with self._writer.settings.call("sample"):
                        finished = self._sample(prompt_index, sample_index, rendered, seed)
                    tokens += len(finished.token_ids)
                    self._sink(finished)
        except BackendError as failed:
            error = failed
        except Exception as failed:
            error = BackendError(BackendErrorCode.UNAVAILABLE, "GENERATION_FAILED", f"generation failed: {failed}")
        computed = sum(map(len, self._prompts))
        self._sink(SampleDone(computed, tokens, time.monotonic() - began, error))

    def _sample(self, prompt_index: int, sample_index: int, rendered: str, seed: int) -> SampleFinished:
        self._wait(prompt_index)
        prompt, params = self._prompts[prompt_index], self._request.params

        def stopped() -> bool:
            return prompt_index in self._cancelled

        crossing = Crossing(self._newest) if self._writer.settings.swap_in_place else None
        if stopped():
            ids, text, reason = np.empty(0, dtype=np.int32), "", FinishReason.ABORTED
        else:
            ids, text, reason = self._writer.write(prompt, rendered, params, seed, stopped, crossing)
        spans = () if crossing is None else crossing.spans()
        logprobs = None
        if self._request.want_logprobs and crossing is not None and spans:
            logprobs = crossing.logprobs(lambda weights: self._logprobs(weights, prompt, ids))
        elif self._request.want_logprobs:
            logprobs = self._logprobs(self._writer.weights, prompt, ids)
        version = max((one for _, one in spans), default=self._version)
        return SampleFinished(prompt_index, sample_index, ids, logprobs, text, reason, version, spans)

    def _wait(self, prompt_index: int) -> None:
        """Waits the configured time of a sample. Cancellation ends the wait."""
        until = time.monotonic() + self._writer.settings.sample_seconds
        while prompt_index not in self._cancelled and (left := until - time.monotonic()) > 0:
            self._changed.clear()
            if prompt_index not in self._cancelled:
                self._changed.wait(left)

    def _logprobs(self, weights: Table, prompt: I32, ids: I32) -> F32:
        params = self._request.params
        if self._request.logprob_mode == "processed":
            return drawing.processed_logprobs(weights, prompt, ids, params)
        scaled = self._request.logprob_mode == "temperature_scaled" and params.temperature > 0
        return table.logprobs(weights, prompt, ids, params.temperature if scaled else 1.0)
