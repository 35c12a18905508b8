"""Batches, losses, optimizer settings and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.names import Correction, KlEstimator, Ratio, RatioBaseline, Surrogate


@dataclass(frozen=True)
class TrainSequence:
    """A prompt and a completion to train on. The arrays have the shape [completion tokens]. Weight
    0 masks a token. The prompt is not part of the loss. `prompt_ref` is an index into
    `TrainBatch.prompts`. The logits are divided by `temperature`."""

    prompt_ref: int
    completion_ids: I32
    weights: F32
    advantages: F32
    """One advantage for each completion token. The client repeats the advantage of a sequence for
    all its tokens."""
    behaviour_logprobs: F32 | None
    old_logprobs: F32 | None
    reference_logprobs: F32 | None
    temperature: float
    role: Literal["challenger", "reasoner", "warmup", ""]
    group_id: str
    sample_id: str


@dataclass(frozen=True)
class TrainBatch:
    """Sequences, and the table of their prompts. Sequences name a prompt by its index, so a shared
    prompt is sent once."""

    prompts: tuple[I32, ...]
    sequences: tuple[TrainSequence, ...]


@dataclass(frozen=True)
class PolicyGradientLoss:
    """Policy-gradient loss for each token. proto/spice/trainer/v1/losses.proto defines all
    terms."""

    surrogate: Surrogate = "ppo_clip"
    ratio: Ratio = "token"
    ratio_baseline: RatioBaseline = "current"
    clip_low: float = 0.2
    clip_high: float = 0.2
    dual_clip: float | None = None
    correction: Correction = "none"
    correction_low: float = 0.0
    correction_high: float = 2.0
    kl: KlEstimator = "none"
    kl_coefficient: float = 0.0
    kl_clamp: float | None = None
    entropy_coefficient: float = 0.0


@dataclass(frozen=True)
class CrossEntropyLoss:
    """Token loss = -log p(token). Advantages are ignored (the client sends 1)."""


LossSpec = PolicyGradientLoss | CrossEntropyLoss


@dataclass(frozen=True)
class RoleStats:
    """Statistics of one role, or of the whole batch under the key "". Means are weighted with the
    token weights. proto/spice/trainer/v1/results.proto defines each field."""

    sequences: int = 0
    tokens: int = 0
    loss: float = 0.0
    mean_logprob: float = 0.0
    ratio_mean: float = 1.0
    ratio_max: float = 1.0
    clip_low_fraction: float = 0.0
    clip_high_fraction: float = 0.0
    truncated_fraction: float = 0.0
    kl_behaviour_k1: float = 0.0
    kl_behaviour_k3: float = 0.0
    logprob_gap_mean: float = 0.0
    logprob_gap_max: float = 0.0
    entropy: float = 0.0
    effective_sample_size: float = 0.0


@dataclass(frozen=True)
class TrainResult:
    """Result of a gradient computation. `loss` is the normative sum divided by Z. A loss that is
    not finite is a flag and not an error; the gradient of this call is then not accumulated."""

    loss: float
    non_finite: bool
    stats: Mapping[str, RoleStats]
    tokens: int
    """Number of computed tokens without padding: every completion token, and each prompt as often
    as the backend computes it. A backend that shares a prompt among its completions counts it once.
    A backend that computes the prompt again for each completion counts it each time."""
    padded_tokens: int
    microbatches: int
    seconds_forward: float
    seconds_backward: float
    peak_memory_bytes: int
    current_logprobs: tuple[F32, ...] | None = None


@dataclass(frozen=True)
class OptimSpec:
    """Settings of one AdamW update. `max_grad_norm` None switches clipping off. `reset_moments`
    resets both moments and the counter of the bias correction before this update."""

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.95
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    max_grad_norm: float | None = 1.0
    reset_moments: bool = False


@dataclass(frozen=True)
class OptimResult:
    """Result of an update. `skipped`: the gradient was not finite, so weights, moments and the step
    counter are unchanged. `grad_norm` is NaN when the update was skipped and when the engine does
    not report it. It is never a number that was not measured."""

    step: int
    grad_norm: float
    skipped: bool
    seconds: float
