"""The `Backend` protocol: what an engine implements to become a SPICE trainer.

The generic sidecar (`service/`) owns the wire: framing, sessions, ordering, idempotency, deadlines, error mapping and
events. A backend owns the model: tokens, sampling, log-probabilities, gradients, optimiser, weights, checkpoints.
Nothing here imports torch or grpc, so a backend for any engine can be written against this file alone.

Array conventions: token ids are int32, log-probabilities float32, per-token weights and advantages float32; one
dimension, the token axis, unless the name says otherwise. All logs are natural logs.

Threading: the sidecar calls `submit`, `Generation.cancel` and `tokenize` from any thread; every other method is called
from one thread, one call at a time. `submit` returns at once; events are delivered from the engine's own thread and the
sink must not block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

I32 = NDArray[np.int32]
F32 = NDArray[np.float32]


class BackendErrorCode(StrEnum):
    """Error classes a backend may raise; the service maps each to one gRPC status (trainers.md 3.5)."""

    INVALID = "INVALID_ARGUMENT"
    RANGE = "OUT_OF_RANGE"
    PRECONDITION = "FAILED_PRECONDITION"
    NOT_FOUND = "NOT_FOUND"
    UNIMPLEMENTED = "UNIMPLEMENTED"
    MEMORY = "RESOURCE_EXHAUSTED"
    UNAVAILABLE = "UNAVAILABLE"
    DATA_LOSS = "DATA_LOSS"
    CANCELLED = "CANCELLED"


class BackendError(Exception):
    """A failure with a stable reason.

    `reason` is UPPER_SNAKE_CASE (for example CONTEXT_OVERFLOW); `message` is one sentence saying what and where;
    `hint` says what to do about it.
    """

    def __init__(self, code: BackendErrorCode, reason: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.hint = hint


# --------------------------------------------------------------------------------------------------- open, capabilities


@dataclass(frozen=True)
class LoraSpec:
    """Low-rank adapter settings. `rank` 0 is not allowed: a full fine-tune is `OpenSpec.lora = None`."""

    rank: int
    alpha: float
    target_modules: tuple[str, ...] = ()
    """Empty: every linear layer of the transformer blocks."""


@dataclass(frozen=True)
class OpenSpec:
    """What to load. `model` is a local folder, a hub id, or the alias `smollm2-135m`."""

    model: str
    seed: int
    lora: LoraSpec | None = None
    compute_dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto`: bfloat16 where the processor multiplies it natively, else float32."""
    max_context_tokens: int = 2048
    engine: Mapping[str, object] = field(default_factory=dict)
    """Engine-specific settings, already validated against `Capabilities.engine_schema`."""


@dataclass(frozen=True)
class ModelInfo:
    """Facts of the loaded model, stable for the session."""

    name: str
    parameters: int
    trainable_parameters: int
    vocabulary: int
    max_context_tokens: int
    weights_dtype: str
    compute_dtype: str
    device: str
    model_fingerprint: str
    """SHA-256 over the source weights' file digests, hex."""
    tokenizer_fingerprint: str
    """SHA-256 of tokenizer.json plus the chat template, hex."""
    tokenizer_path: str
    """Folder that holds tokenizer.json, for clients that count tokens themselves."""
    eos_token_ids: tuple[int, ...]


@dataclass(frozen=True)
class Capabilities:
    """Exactly what works. A parameter that is not declared here is refused by the service, never ignored."""

    backend: str
    trainable: tuple[str, ...]
    """Subset of {"full", "lora"}."""
    max_lora_rank: int
    compute_dtypes: tuple[str, ...]
    losses: tuple[str, ...]
    """Subset of {"policy_gradient", "cross_entropy", "external_gradient"}."""
    surrogates: tuple[str, ...]
    """Subset of {"ppo_clip", "cispo", "plain"}."""
    ratios: tuple[str, ...]
    """Subset of {"token", "sequence", "none"}."""
    ratio_baselines: tuple[str, ...]
    """Subset of {"old", "behaviour", "current"}."""
    corrections: tuple[str, ...]
    """Subset of {"none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask"}."""
    kl_estimators: tuple[str, ...]
    """Subset of {"none", "k1", "k2", "k3"}."""
    reference_kinds: tuple[str, ...]
    """Subset of {"none", "client_logprobs", "base", "adapter_off", "version"}."""
    sampling_parameters: tuple[str, ...]
    """Subset of {"temperature", "top_p", "top_k", "min_p", "stop_token_ids", "stop_strings", "seed"}."""
    logprob_modes: tuple[str, ...]
    """Subset of {"raw", "temperature_scaled", "processed"}."""
    logprob_source: Literal["emitted", "recomputed"]
    seed_support: Literal["none", "best_effort", "bitwise"]
    determinism: Literal["E0", "E1", "E2"]
    checkpoint_scopes: tuple[str, ...]
    """Subset of {"weights", "optimizer", "rng"}."""
    publish_modes: tuple[str, ...]
    """Subset of {"drain", "abort", "keep"}."""
    concurrent_train_and_sample: bool
    max_samples_per_prompt: int
    max_in_flight_samples: int
    max_tokens_per_microbatch: int
    quirks: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ""
    engine_schema: str = "{}"
    """JSON Schema of `OpenSpec.engine`."""


# --------------------------------------------------------------------------------------------------------------- prompts


@dataclass(frozen=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Prompt:
    """Exactly one of the three fields is set. `chat` is rendered with the model's template, generation prompt added."""

    chat: tuple[ChatMessage, ...] | None = None
    text: str | None = None
    token_ids: I32 | None = None


# -------------------------------------------------------------------------------------------------------------- sampling


@dataclass(frozen=True)
class SamplingParams:
    """`temperature` 0 means greedy. `top_p` 1 and `top_k` 0 switch the filters off. Lengths in tokens."""

    max_tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    stop_token_ids: tuple[int, ...] = ()
    """Beside the model's own end-of-sequence ids, which always stop. The stop token is part of the returned ids."""
    stop_strings: tuple[str, ...] = ()
    """Generation stops when the decoded text contains one; ids up to and including the completing token are returned,
    `text` is cut before the stop string."""
    ignore_eos: bool = False


@dataclass(frozen=True)
class PromptSpec:
    """One row of a sample request. `seeds` has one 64-bit seed a sample; its length is n."""

    prompt: Prompt
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class SampleRequest:
    prompts: tuple[PromptSpec, ...]
    params: SamplingParams
    policy_version: int | None = None
    """None: the newest active version when the request starts."""
    want_logprobs: bool = True
    logprob_mode: Literal["raw", "temperature_scaled", "processed"] = "temperature_scaled"


class FinishReason(StrEnum):
    STOP_TOKEN = "stop_token"
    STOP_STRING = "stop_string"
    LENGTH = "length"
    CONTEXT = "context"
    ABORTED = "aborted"
    ERROR = "error"


@dataclass(frozen=True)
class SampleStarted:
    """First event. `prompt_ids` has one array a prompt: the exact ids to train on."""

    policy_version: int
    prompt_ids: tuple[I32, ...]
    kind: Literal["started"] = "started"


@dataclass(frozen=True)
class SampleFinished:
    """One whole sample. Samples arrive in the order they finish, not in index order."""

    prompt_index: int
    sample_index: int
    token_ids: I32
    logprobs: F32 | None
    text: str
    reason: FinishReason
    policy_version: int
    kind: Literal["finished"] = "finished"


@dataclass(frozen=True)
class SampleDone:
    """Last event of a request, after every sample finished or was aborted. `error` is set when the engine failed."""

    prompt_tokens: int
    """Prompt tokens that were really computed (shared and cached prefixes counted once)."""
    completion_tokens: int
    seconds: float
    error: BackendError | None = None
    kind: Literal["done"] = "done"


SampleEvent = SampleStarted | SampleFinished | SampleDone


class Generation(Protocol):
    """A request in flight."""

    def cancel(self, prompt_index: int | None = None) -> None:
        """Stop one prompt's samples, or all of them, within one decode step. Cancelled samples emit
        `SampleFinished(reason=ABORTED)`."""
        ...


# -------------------------------------------------------------------------------------------------------------- training


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

    surrogate: Literal["ppo_clip", "cispo", "plain"] = "ppo_clip"
    ratio: Literal["token", "sequence", "none"] = "token"
    ratio_baseline: Literal["old", "behaviour", "current"] = "current"
    clip_low: float = 0.2
    clip_high: float = 0.2
    dual_clip: float | None = None
    correction: Literal[
        "none", "token_truncate", "sequence_truncate", "token_mask", "sequence_mask", "geometric_mask"
    ] = "none"
    correction_low: float = 0.0
    correction_high: float = 2.0
    kl: Literal["none", "k1", "k2", "k3"] = "none"
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
    """`skipped` when the gradient was not finite: weights, moments and the step counter are then unchanged."""

    step: int
    grad_norm: float
    skipped: bool
    seconds: float


# ------------------------------------------------------------------------------------------------- weights, checkpoints


@dataclass(frozen=True)
class PolicyVersion:
    """An immutable published set of weights. `digest` is SHA-256 over the trainable tensors (name, shape, bytes)."""

    version: int
    parent_step: int
    digest: str
    kind: Literal["full", "adapter"]


@dataclass(frozen=True)
class CheckpointInfo:
    path: str
    step: int
    digest: str
    """SHA-256 of the manifest file, hex."""
    bytes: int


class ProgressSink(Protocol):
    """Where a long call reports progress; also how it learns that it should stop."""

    def progress(self, phase: str, done: int, total: int) -> None: ...

    def cancelled(self) -> bool:
        """True when the caller has gone; checked between micro-batches, after which gradients are discarded."""
        ...


class Backend(Protocol):
    """About fifteen methods. Raise `BackendError` for every expected failure."""

    def capabilities(self) -> Capabilities: ...

    def open(self, spec: OpenSpec, progress: ProgressSink) -> ModelInfo:
        """Load the model, publish version 0 of it and become ready. Called once."""
        ...

    def tokenize(self, prompts: Sequence[Prompt]) -> list[I32]: ...

    def encode_completions(self, texts: Sequence[str], append_eos: bool) -> list[I32]:
        """Token ids of supervised targets, without special tokens; with the end-of-turn id when `append_eos`."""
        ...

    def submit(self, request: SampleRequest, sink: Callable[[SampleEvent], None]) -> Generation: ...

    def score(
        self,
        prompts: Sequence[I32],
        sequences: Sequence[tuple[int, I32]],
        target: Literal["current", "reference"] | int,
        temperature: float,
        progress: ProgressSink,
    ) -> list[F32]:
        """Log-probabilities of each completion's tokens, given its prompt (by index), under the current training
        weights, a published version (by id) or the reference."""
        ...

    def forward_backward(
        self,
        batch: TrainBatch,
        loss: LossSpec,
        normalizer: float,
        want_logprobs: bool,
        progress: ProgressSink,
    ) -> TrainResult:
        """Add the gradient of (1/normalizer) * sum(weight * token loss) to the accumulator."""
        ...

    def optim_step(self, spec: OptimSpec) -> OptimResult: ...

    def discard_gradients(self) -> None: ...

    @property
    def step(self) -> int:
        """Optimiser steps taken since the base model."""
        ...

    def publish(self) -> PolicyVersion: ...

    def versions(self) -> list[PolicyVersion]: ...

    def release(self, version: int) -> None: ...

    def save(self, directory: Path, metadata: Mapping[str, str]) -> CheckpointInfo:
        """Write weights, optimiser and RNG to `directory` (which must not exist): temporary name, fsync, manifest
        with hashes last, rename."""
        ...

    def load(self, directory: Path) -> CheckpointInfo:
        """Restore weights, optimiser, RNG and step; gradients are discarded; publishes nothing."""
        ...

    def close(self) -> None: ...
