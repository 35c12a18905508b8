"""Sampling from a causal language model of transformers: seeds, temperature, top-k, top-p, min-p,
stop ids, stop strings, log-probabilities and cancellation."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

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
    SamplingParams,
)
from spice_trainer.api.names import SamplingParameter
from spice_trainer.toolkit.sampling import generation_failed
from spice_trainer.toolkit.stop_strings import ends_with_stop

SAMPLING_PARAMETERS: tuple[SamplingParameter, ...] = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "stop_token_ids",
    "stop_strings",
    "ignore_eos",
    "seed",
)
"""What `TorchSampler` supports, for `Capabilities.sampling_parameters`."""


class CausalModel(Protocol):
    """What `TorchSampler` needs from a model: the call of a transformers causal model."""

    def __call__(self, *, input_ids: Tensor, past_key_values: Any, use_cache: bool) -> Any:
        """Takes ids [R, T] and the cache of the tokens before. Returns an object with `logits`
        [R, T, V] and `past_key_values`. The cache has the methods `batch_repeat_interleave(n)` and
        `batch_select_indices(rows)`, as `DynamicCache` of transformers has."""
        ...


class TorchSampler:
    """Samples from published versions, on threads of its own. One lock lets one request compute at
    a time; requests take turns after each prompt.

    In the capabilities, declare `SAMPLING_PARAMETERS`, the modes `temperature_scaled` and `raw`,
    and the source `emitted`. Seeds: `bitwise` with `rows=1` on a processor, `best_effort`
    otherwise, because the rows of a product may influence its last bits.
    """

    def __init__(
        self,
        model: nn.Module,
        decode: Callable[[Sequence[int]], str],
        eos: Sequence[int],
        context_tokens: int,
        rows: int = 16,
    ) -> None:
        """`model`: a module that only this sampler uses, for example `copy.deepcopy` of the model
        in training; a `CausalModel` in evaluation mode. `decode`: ids to text, special tokens
        removed. `eos`: ids that end a sample. `context_tokens`: longest prompt and completion
        together. `rows`: samples of a prompt that are decoded together."""
        self._model = model.eval()
        self._decode, self._eos, self._context, self._rows = decode, tuple(eos), context_tokens, rows
        self._lock = threading.Lock()

    def submit(
        self,
        request: SampleRequest,
        prompts: Sequence[I32],
        version: int,
        weights: Mapping[str, Tensor],
        sink: Callable[[SampleEvent], None],
    ) -> TorchGeneration:
        """Starts to sample and returns at once: the result of `Backend.submit`. `prompts`: int32
        [T] each. `weights`: those of `version`, by the names of `named_parameters()`; they must not
        change any more.

        Raises `BackendError` OUT_OF_RANGE (CONTEXT_OVERFLOW) for a prompt that fills the context.
        """
        for index, ids in enumerate(prompts):
            if len(ids) >= self._context:
                raise BackendError(
                    BackendErrorCode.RANGE,
                    "CONTEXT_OVERFLOW",
                    f"prompt {index} has {len(ids)} tokens; the context holds {self._context}",
                    "shorten the prompt",
                )
        generation = TorchGeneration(self, request, tuple(prompts), version, weights, sink)
        threading.Thread(target=generation.run, name="generation", daemon=True).start()
        return generation

    # Called by TorchGeneration.

    def prompt_samples(self, generation: TorchGeneration, prompt: int) -> int:
        """Samples all seeds of a prompt and sends them. Returns the number of sampled tokens."""
        seeds = generation.request.prompts[prompt].seeds
        rows = [_Row(sample, np.random.Generator(np.random.PCG64(seed))) for sample, seed in enumerate(seeds)]
        with self._lock, torch.inference_mode():
            self._use(generation.weights)
            ids = torch.from_numpy(np.asarray(generation.prompts[prompt], dtype=np.int64)).unsqueeze(0)
            for start in range(0, len(rows), self._rows):
                self._decode_rows(generation, prompt, ids.to(self._device), rows[start : start + self._rows])
        return sum(len(row.ids) for row in rows)

    @property
    def _device(self) -> torch.device:
        return next(self._model.parameters()).device

    def _use(self, weights: Mapping[str, Tensor]) -> None:
        """Points the parameters of the module at the tensors of a version. Nothing is copied on the
        same device."""
        for name, parameter in self._model.named_parameters():
            parameter.data = weights[name].to(parameter.device)

    def _decode_rows(self, generation: TorchGeneration, prompt: int, ids: Tensor, rows: list[_Row]) -> None:
        """Decodes some samples of one prompt together. They have the same length, so nothing is
        padded; a finished sample leaves the batch."""
        params = generation.request.params
        room = min(params.max_tokens, self._context - ids.shape[1])
        limit = FinishReason.LENGTH if room == params.max_tokens else FinishReason.CONTEXT
        output = self._model(input_ids=ids, past_key_values=None, use_cache=True)
        cache, logits = output.past_key_values, output.logits[:, -1].expand(len(rows), -1)
        cache.batch_repeat_interleave(len(rows))
        while rows:
            cancelled = generation.is_cancelled(prompt)
            if not cancelled:
                for row, scores in zip(rows, logits.float().cpu(), strict=True):
                    row.draw(scores.double().numpy(), params, generation.request.logprob_mode)
            kept: list[int] = []
            for index, row in enumerate(rows):
                reason = FinishReason.ABORTED if cancelled else self._reason(row, params, room, limit)
                if reason is None:
                    kept.append(index)
                else:
                    generation.finish(prompt, row, reason, self._text(row, params, reason))
            if len(kept) < len(rows):
                rows = [rows[index] for index in kept]
                cache.batch_select_indices(torch.tensor(kept, device=ids.device, dtype=torch.int64))
            if rows:
                last = torch.tensor([[row.ids[-1]] for row in rows], device=ids.device)
                output = self._model(input_ids=last, past_key_values=cache, use_cache=True)
                cache, logits = output.past_key_values, output.logits[:, -1]

    def _reason(self, row: _Row, params: SamplingParams, room: int, limit: FinishReason) -> FinishReason | None:
        """Why the sample ends after its last token; None when it goes on."""
        stops = {*params.stop_token_ids, *(() if params.ignore_eos else self._eos)}
        if row.ids[-1] in stops:
            return FinishReason.STOP_TOKEN
        if ends_with_stop(row.ids, params.stop_strings, self._decode):
            return FinishReason.STOP_STRING
        return limit if len(row.ids) >= room else None

    def _text(self, row: _Row, params: SamplingParams, reason: FinishReason) -> str:
        text = self._decode(row.ids)
        return params.before_stop(text) if reason is FinishReason.STOP_STRING else text


class TorchGeneration:
    """A request that is not finished (`spice_trainer.api.Generation`)."""

    def __init__(
        self,
        sampler: TorchSampler,
        request: SampleRequest,
        prompts: tuple[I32, ...],
        version: int,
        weights: Mapping[str, Tensor],
        sink: Callable[[SampleEvent], None],
    ) -> None:
        """`TorchSampler.submit` makes it."""
        self.request, self.prompts, self.weights = request, prompts, weights
        self._sampler, self._version, self._sink = sampler, version, sink
        self._cancelled: set[int] = set()

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stops the samples of one prompt, or all samples, before the next token."""
        self._cancelled.update(range(len(self.prompts)) if prompt_index is None else (prompt_index,))

    def is_cancelled(self, prompt: int) -> bool:
        """Whether the samples of a prompt must stop."""
        return prompt in self._cancelled

    def finish(self, prompt: int, row: _Row, reason: FinishReason, text: str) -> None:
        """Sends a finished sample."""
        logprobs = np.array(row.logprobs, dtype=np.float32) if self.request.want_logprobs else None
        ids = np.array(row.ids, dtype=np.int32)
        self._sink(SampleFinished(prompt, row.sample, ids, logprobs, text, reason, self._version))

    def run(self) -> None:
        """Samples every prompt, and sends all events. Runs on the thread of the request."""
        began, tokens, error = time.monotonic(), 0, None
        self._sink(SampleStarted(self._version, self.prompts))
        try:
            for prompt in range(len(self.prompts)):
                tokens += self._sampler.prompt_samples(self, prompt)
        except BackendError as refused:
            error = refused
        except Exception as failed:
            error = generation_failed(failed)
        self._sink(SampleDone(sum(map(len, self.prompts)), tokens, time.monotonic() - began, error))


@dataclass
class _Row:
    """A sample that is being decoded."""

    sample: int
    generator: np.random.Generator
    ids: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])

    def draw(self, logits: NDArray[np.float64], params: SamplingParams, mode: str) -> None:
        """Adds a token, drawn from logits [V], and its log-probability."""
        raw = _log_softmax(logits)
        scaled = _log_softmax(logits / params.temperature) if params.temperature > 0 else raw
        # One number is used for every token, so that the parameters do not move the later ones.
        uniform = self.generator.random()
        token = int(logits.argmax()) if params.temperature == 0 else _pick(np.exp(scaled), uniform, params)
        self.ids.append(token)
        self.logprobs.append(float(raw[token] if mode == "raw" else scaled[token]))


def _pick(chances: NDArray[np.float64], uniform: float, params: SamplingParams) -> int:
    """Draws from probabilities [V] after top-k, top-p and min-p, in this order."""
    if params.top_k == 0 and params.top_p == 1.0 and params.min_p == 0.0:
        cumulative = chances.cumsum()
        return min(int(np.searchsorted(cumulative, uniform * cumulative[-1], side="right")), len(chances) - 1)
    order = np.argsort(-chances, kind="stable")
    sorted_chances = chances[order]
    if params.top_k > 0:
        sorted_chances = sorted_chances[: params.top_k]
    sorted_chances = sorted_chances / sorted_chances.sum()
    if params.top_p < 1.0:
        count = int(np.searchsorted(sorted_chances.cumsum(), params.top_p)) + 1
        sorted_chances = sorted_chances[:count]
    sorted_chances = sorted_chances[sorted_chances >= params.min_p * sorted_chances[0]]
    cumulative = sorted_chances.cumsum()
    place = int(np.searchsorted(cumulative, uniform * cumulative[-1], side="right"))
    return int(order[min(place, len(sorted_chances) - 1)])


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max()
    return shifted - np.log(np.exp(shifted).sum())
