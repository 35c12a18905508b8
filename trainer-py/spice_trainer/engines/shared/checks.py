"""Checks of requests that the schema of the contract cannot express. Errors are raised before any
state changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from spice_trainer.api import (
    I32,
    BackendError,
    BackendErrorCode,
    LossSpec,
    OptimSpec,
    PolicyGradientLoss,
    SampleRequest,
    TrainBatch,
)
from spice_trainer.engines.shared.parts import Text

MAX_IN_FLIGHT_SAMPLES = 65536
MAX_SAMPLES_PER_PROMPT = 1024


def check_sample(request: SampleRequest, prompt_ids: Sequence[I32], max_context: int) -> None:
    """Raises INVALID_ARGUMENT or OUT_OF_RANGE (CONTEXT_OVERFLOW) for a bad request."""
    p = request.params
    _require(p.max_tokens >= 1, "MAX_TOKENS_INVALID", f"max_tokens is {p.max_tokens}, must be 1 or more")
    _require(
        math.isfinite(p.temperature) and p.temperature >= 0, "TEMPERATURE_INVALID", f"temperature is {p.temperature}"
    )
    _require(0 < p.top_p <= 1, "TOP_P_INVALID", f"top_p is {p.top_p}, must be above 0 and at most 1")
    _require(p.top_k >= 0, "TOP_K_INVALID", f"top_k is {p.top_k}, must be 0 (off) or more")
    _require(0 <= p.min_p <= 1, "MIN_P_INVALID", f"min_p is {p.min_p}, must be from 0 to 1")
    _require(all(p.stop_strings), "STOP_STRING_EMPTY", "a stop string is empty")
    for index, ids in enumerate(prompt_ids):
        if len(ids) >= max_context:
            raise _overflow(f"prompt {index} has {len(ids)} tokens and needs room for an answer", max_context)
    for index, spec in enumerate(request.prompts):
        _require(
            len(spec.seeds) <= MAX_SAMPLES_PER_PROMPT,
            "TOO_MANY_SAMPLES",
            f"prompt {index} asks for {len(spec.seeds)} samples; at most {MAX_SAMPLES_PER_PROMPT} are allowed",
        )


def check_score(
    prompts: Sequence[I32], sequences: Sequence[tuple[int, I32]], temperature: float, text: Text, max_context: int
) -> None:
    """Raises INVALID_ARGUMENT or OUT_OF_RANGE for a bad request."""
    _require(math.isfinite(temperature) and temperature > 0, "TEMPERATURE_INVALID", f"temperature is {temperature}")
    _check_tokens(prompts, sequences, text, max_context)


def check_train(batch: TrainBatch, loss: LossSpec, normalizer: float, text: Text, max_context: int) -> None:
    """Raises INVALID_ARGUMENT, OUT_OF_RANGE or FAILED_PRECONDITION for a bad batch. A column that
    the loss uses must be present, and finite where the weight is above 0."""
    _require(
        math.isfinite(normalizer) and normalizer > 0,
        "NORMALIZER_INVALID",
        f"normalizer is {normalizer}, must be above 0",
    )
    _check_tokens(batch.prompts, [(s.prompt_ref, s.completion_ids) for s in batch.sequences], text, max_context)
    needed = _needed_columns(loss)
    for index, sequence in enumerate(batch.sequences):
        length = len(sequence.completion_ids)
        _require(
            math.isfinite(sequence.temperature) and sequence.temperature > 0,
            "TEMPERATURE_INVALID",
            f"sequence {index} has temperature {sequence.temperature}; training needs one above 0",
        )
        weights = np.asarray(sequence.weights)
        _require(
            len(weights) == length and bool(np.isfinite(weights).all()) and bool((weights >= 0).all()),
            "WEIGHTS_INVALID",
            f"sequence {index} needs {length} finite weights of 0 or more",
        )
        for name in needed:
            column = getattr(sequence, name)
            _require(column is not None, "COLUMN_ABSENT", f"sequence {index} has no {name}, which this loss reads")
            _require(len(column) == length, "COLUMN_LENGTH", f"{name} of sequence {index} is not {length} long")
            _require(
                bool(np.isfinite(np.asarray(column)[weights > 0]).all()),
                "COLUMN_NOT_FINITE",
                f"{name} of sequence {index} is not finite at a token of weight above 0",
            )


def check_optim(spec: OptimSpec) -> None:
    """Raises INVALID_ARGUMENT (OPTIMIZER_INVALID) for bad settings."""
    numbers = (spec.learning_rate, spec.beta1, spec.beta2, spec.epsilon, spec.weight_decay)
    fine = all(math.isfinite(number) and number >= 0 for number in numbers) and max(spec.beta1, spec.beta2) < 1
    bound = spec.max_grad_norm
    _require(
        fine and spec.epsilon > 0 and (bound is None or (math.isfinite(bound) and bound > 0)),
        "OPTIMIZER_INVALID",
        "learning rate and weight decay must be 0 or more, betas from 0 to below 1, epsilon and max_grad_norm above 0",
    )


def _needed_columns(loss: LossSpec) -> list[str]:
    if not isinstance(loss, PolicyGradientLoss):
        return []
    _require(
        loss.ratio != "none" or loss.surrogate == "plain",
        "LOSS_INVALID",
        "ratio none is only defined for the plain surrogate",
    )
    baseline = loss.ratio_baseline if loss.ratio != "none" else "current"
    _require(
        loss.correction == "none" or baseline != "behaviour",
        "LOSS_INVALID",
        "a correction with the behaviour baseline would correct twice",
    )
    _require(
        loss.correction == "none" or 0 <= loss.correction_low < loss.correction_high,
        "LOSS_INVALID",
        f"correction bounds {loss.correction_low} to {loss.correction_high} are not an interval of numbers from 0 up",
    )
    needed = ["advantages"]
    if baseline == "old":
        needed.append("old_logprobs")
    if baseline == "behaviour" or loss.correction != "none":
        needed.append("behaviour_logprobs")
    if loss.kl != "none":
        needed.append("reference_logprobs")
    return needed


def _check_tokens(prompts: Sequence[I32], sequences: Sequence[tuple[int, I32]], text: Text, max_context: int) -> None:
    for index, prompt in enumerate(prompts):
        _require(len(prompt) > 0, "PROMPT_EMPTY", f"prompt {index} has no tokens")
        text.check(prompt, f"prompt {index}")
    for index, (prompt_ref, completion) in enumerate(sequences):
        _require(
            0 <= prompt_ref < len(prompts), "PROMPT_REF_INVALID", f"sequence {index} refers to prompt {prompt_ref}"
        )
        text.check(completion, f"sequence {index}")
        total = len(prompts[prompt_ref]) + len(completion)
        if total > max_context:
            raise _overflow(f"sequence {index} has {total} tokens with its prompt", max_context)


def _require(condition: bool, reason: str, message: str) -> None:
    if not condition:
        raise BackendError(BackendErrorCode.INVALID, reason, message)


def _overflow(message: str, limit: int) -> BackendError:
    return BackendError(
        BackendErrorCode.RANGE,
        "CONTEXT_OVERFLOW",
        f"{message}; the session's context is {limit} tokens",
        "shorten it, or open the session with a larger max_context_tokens",
    )
