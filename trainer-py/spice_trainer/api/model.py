"""What to load, what was loaded, and what it can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from spice_trainer.api.names import (
    Correction,
    KlEstimator,
    KlReference,
    LogprobMode,
    LossName,
    Ratio,
    RatioBaseline,
    SamplingParameter,
    Surrogate,
)


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
    """Exactly what works. The service refuses a parameter that is not declared here and never ignores it.

    The names of losses, corrections and sampling parameters are those of `spice_trainer.api.names`.
    """

    backend: str
    trainable: tuple[str, ...]
    """Subset of {"full", "lora"}."""
    max_lora_rank: int
    compute_dtypes: tuple[str, ...]
    losses: tuple[LossName, ...]
    surrogates: tuple[Surrogate, ...]
    ratios: tuple[Ratio, ...]
    ratio_baselines: tuple[RatioBaseline, ...]
    corrections: tuple[Correction, ...]
    kl_estimators: tuple[KlEstimator, ...]
    kl_references: tuple[KlReference, ...]
    """Where a loss may take the reference of its KL term from: ("client_logprobs",), or () without a KL term. The contract
    knows more; the service passes the column alone on, so they would be refused."""
    scoring_references: tuple[str, ...]
    """What `Backend.score` takes beside "current": subset of {"base", "adapter_off", "version"}. The first two are the
    target "reference", of a model that is trained whole and of one with an adapter; both where both can be trained."""
    sampling_parameters: tuple[SamplingParameter, ...]
    logprob_modes: tuple[LogprobMode, ...]
    """The first is used where a request names none."""
    logprob_source: Literal["emitted", "recomputed"]
    seed_support: Literal["none", "best_effort", "bitwise"]
    determinism: Literal["E0", "E1", "E2"]
    checkpoint_scopes: tuple[str, ...]
    """Subset of {"weights", "optimizer", "rng"}."""
    publish_modes: tuple[str, ...]
    """What `Backend.publish` itself does to samples in flight, usually ("keep",); the service adds "drain" and "abort"."""
    concurrent_train_and_sample: bool
    max_samples_per_prompt: int
    max_in_flight_samples: int
    max_tokens_per_microbatch: int
    quirks: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ""
    engine_schema: str = "{}"
    """JSON Schema of `OpenSpec.engine`."""
