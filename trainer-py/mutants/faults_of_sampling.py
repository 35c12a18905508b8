"""Wrong samples, wrong log-probabilities."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mutants.registry import mutant
from spice_trainer.api import FinishReason, SamplingParams
from spice_trainer.engines.fake import drawing, generator, table
from spice_trainer.engines.fake.generator import FakeGeneration, Writer
from spice_trainer.engines.fake.trainer import FakeBackend
from spice_trainer.server.rpc import sampling_request


def _change_params(change: Callable[[SamplingParams], SamplingParams]) -> None:
    """Draw with other parameters than asked for."""
    true = Writer.write

    def wrong(self: Writer, prompt: Any, rendered: str, params: SamplingParams, *rest: Any) -> Any:
        return true(self, prompt, rendered, change(params), *rest)

    Writer.write = wrong


def _change_seed(change: Callable[[int], int]) -> None:
    true = Writer.write

    def wrong(self: Writer, prompt: Any, rendered: str, params: Any, seed: int, stopped: Any) -> Any:
        return true(self, prompt, rendered, params, change(seed), stopped)

    Writer.write = wrong


@mutant("seeds.same")
def ignores_seed() -> None:
    """Samples vary whatever the seed."""
    _change_seed(lambda seed: secrets.randbits(64))


@mutant("seeds.other")
def has_one_seed() -> None:
    """All seeds give the same sample."""
    _change_seed(lambda seed: 1)


@mutant("seeds.batch")
def mixes_batch_into_seed() -> None:
    """A sample depends on how many prompts its request has."""
    true = FakeGeneration._sample

    def wrong(self: Any, prompt: int, sample: int, rendered: str, seed: int) -> Any:
        return true(self, prompt, sample, rendered, seed + len(self._request.prompts))

    FakeGeneration._sample = wrong


@mutant("sampling.temperature")
def draws_at_temperature_one() -> None:
    """Temperatures above 0 are ignored."""
    _change_params(lambda params: replace(params, temperature=1.0) if params.temperature > 0 else params)


@mutant("sampling.greedy")
def never_greedy() -> None:
    """Temperature 0 draws at 0.5."""
    _change_params(lambda params: replace(params, temperature=0.5) if params.temperature == 0 else params)


@mutant("sampling.top_p")
def ignores_top_p() -> None:
    """top_p is accepted and ignored."""
    _change_params(lambda params: replace(params, top_p=1.0))


@mutant("sampling.top_k")
def ignores_top_k() -> None:
    """top_k is accepted and ignored."""
    _change_params(lambda params: replace(params, top_k=0))


@mutant("sampling.min_p")
def ignores_min_p() -> None:
    """min_p is accepted and ignored."""
    _change_params(lambda params: replace(params, min_p=0.0))


@mutant("sampling.stop_token")
def ignores_stop_token() -> None:
    """stop_token_ids are accepted and ignored."""
    _change_params(lambda params: replace(params, stop_token_ids=()))


@mutant("sampling.stop_string")
def ignores_stop_string() -> None:
    """stop_strings are accepted and ignored."""
    _change_params(lambda params: replace(params, stop_strings=()))


@mutant("sampling.ignore_eos")
def always_stops_at_the_end() -> None:
    """ignore_eos is accepted and ignored."""
    _change_params(lambda params: replace(params, ignore_eos=False))


@mutant("sampling.stop_token")
def drops_last_token() -> None:
    """The stopping id is left out of the sample."""
    true = drawing.until_stopped

    def wrong(*rest: Any) -> Any:
        ids, reason = true(*rest)
        return (ids[:-1] if reason is FinishReason.STOP_TOKEN and len(ids) > 1 else ids), reason

    drawing.until_stopped = wrong


@mutant("sampling.cancel_samples")
def ignores_cancellation() -> None:
    """CancelSamples answers and stops nothing."""
    true = FakeGeneration.cancel

    def wrong(self: Any, prompt_index: int | None = None) -> None:
        if prompt_index is None:
            true(self, None)

    FakeGeneration.cancel = wrong


@mutant("capabilities.sampling_parameters")
def ignores_undeclared_parameter() -> None:
    """logit_bias, which is not declared, is taken and ignored."""
    true = sampling_request._params

    def wrong(message: Any, declared: Any, vocabulary: int) -> Any:
        message.ClearField("logit_bias")
        return true(message, declared, vocabulary)

    sampling_request._params = wrong


@mutant("logprobs.temperature_scaled")
def emits_at_temperature_one() -> None:
    """Scaled log-probabilities are those of temperature 1."""
    true = FakeGeneration._logprobs

    def wrong(self: Any, prompt: Any, ids: Any) -> Any:
        if self._request.logprob_mode == "processed":
            return true(self, prompt, ids)
        return table.logprobs(self._writer.weights, prompt, ids, 1.0)

    FakeGeneration._logprobs = wrong


@mutant("logprobs.raw")
def emits_scaled_as_raw() -> None:
    """Raw log-probabilities are those of the temperature."""
    true = FakeGeneration._logprobs

    def wrong(self: Any, prompt: Any, ids: Any) -> Any:
        temperature = self._request.params.temperature or 1.0
        if self._request.logprob_mode != "raw":
            return true(self, prompt, ids)
        return table.logprobs(self._writer.weights, prompt, ids, temperature)

    FakeGeneration._logprobs = wrong


@mutant("logprobs.processed")
def emits_unprocessed() -> None:
    """Processed log-probabilities are not renormalised after the filters."""
    generator.drawing.processed_logprobs = lambda weights, prompt, ids, params: table.logprobs(
        weights, prompt, ids, params.temperature or 1.0
    )


@mutant("logprobs.agree")
def emits_one_off() -> None:
    """Emitted log-probabilities belong to the token before."""
    true = FakeGeneration._logprobs
    FakeGeneration._logprobs = lambda self, prompt, ids: np.roll(true(self, prompt, ids), 1)


@mutant("logprobs.chain")
def scores_without_prompt() -> None:
    """Scoring looks at the last prompt token alone."""
    true = FakeBackend.score

    def wrong(self: Any, prompts: Any, *rest: Any) -> Any:
        return true(self, [prompt[-1:] for prompt in prompts], *rest)

    FakeBackend.score = wrong


@mutant("logprobs.trainer")
def trains_one_off() -> None:
    """The trainer reports log-probabilities of the token before."""
    true = FakeBackend.forward_backward

    def wrong(self: Any, *rest: Any) -> Any:
        result = true(self, *rest)
        rows = result.current_logprobs
        return result if rows is None else replace(result, current_logprobs=tuple(np.roll(row, 1) for row in rows))

    FakeBackend.forward_backward = wrong
