"""Batches, losses, optimiser settings and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from spice_trainer.api.arrays import F32, I32
from spice_trainer.api.names import Correction, KlEstimator, Ratio, RatioBaseline, Surrogate


@dataclass(frozen=True)
class TrainSequence:
    """One trajectory. `weights` is per completion token, 0 masks a token out. The prompt never enters the loss."""

    prompt_ref: int
    completion_ids: I32
    weights: F32
    advantages: F32
    """Per completion token (a scalar advantage is broadcast by the client)."""
    behaviour_logprobs: F32 | None
    old_logprobs: F32 | None
    reference_logprobs: F32 | None
    temperature: float
    role: Literal["challenger", "reasoner", "warmup", ""]
    group_id: str
    sample_id: str


@dataclass(frozen=True)
class TrainBatch:
    """`prompts` is a table of token ids; sequences refer to it by index, so a shared prompt is sent once."""

    prompts: tuple[I32, ...]
    sequences: tuple[TrainSequence, ...]


@dataclass(frozen=True)
class PolicyGradientLoss:
    """Per-token policy-gradient loss; the semantics are in proto/spice/trainer/v1/training.proto."""

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
    """Token-weighted statistics of one role, or of the whole batch under the key ""."""

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
    """`loss` is the normative (1/Z) sum. A non-finite loss is a flag, not an error; its gradient is not kept."""

    loss: float
    non_finite: bool
    stats: Mapping[str, RoleStats]
    tokens: int
    """Real tokens computed: each shared prompt once, plus every completion token."""
    padded_tokens: int
    microbatches: int
    seconds_forward: float
    seconds_backward: float
    peak_memory_bytes: int
    current_logprobs: tuple[F32, ...] | None = None


@dataclass(frozen=True)
class OptimSpec:
    """AdamW, all settings explicit at each call. `max_grad_norm` None switches clipping off; `reset_moments` forgets both
    moments and the bias correction's count before this update."""

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.95
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    max_grad_norm: float | None = 1.0
    reset_moments: bool = False


@dataclass(frozen=True)
class OptimResult:
    """`skipped` when the gradient was not finite: weights, moments and the step counter are then unchanged. `grad_norm` is
    NaN then, and where an engine does not tell it: never a number that nobody measured."""

    step: int
    grad_norm: float
    skipped: bool
    seconds: float
