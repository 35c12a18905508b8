"""Settings for loading a model, facts of the loaded model, and capabilities."""

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
    """Settings of low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685). `rank` is 1 or more.
    `OpenSpec.lora = None` trains all parameters. The adapter is multiplied by `alpha / rank`."""

    rank: int
    alpha: float
    target_modules: tuple[str, ...] = ()
    """Names of the adapted layers. Empty: every linear layer of the transformer blocks."""


@dataclass(frozen=True)
class OpenSpec:
    """Settings for loading a model. `model` is a local folder, a hub id, or the alias
    `smollm2-135m`. `seed` is for all random numbers that the backend makes itself. Lengths are in
    tokens."""

    model: str
    seed: int
    lora: LoraSpec | None = None
    compute_dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto`: bfloat16 if the processor multiplies it natively, otherwise float32."""
    max_context_tokens: int = 2048
    engine: Mapping[str, object] = field(default_factory=dict)
    """Settings of the engine, already validated against `Capabilities.engine_schema`."""


@dataclass(frozen=True)
class ModelInfo:
    """Facts of the loaded model. They do not change during the session."""

    name: str
    parameters: int
    trainable_parameters: int
    vocabulary: int
    max_context_tokens: int
    weights_dtype: str
    compute_dtype: str
    device: str
    model_fingerprint: str
    """SHA-256, hex, over the digests of the source weight files."""
    tokenizer_fingerprint: str
    """SHA-256, hex, of tokenizer.json and the chat template."""
    tokenizer_path: str
    """Folder that contains tokenizer.json, for clients that count tokens themselves. Empty when
    there is no such folder."""
    eos_token_ids: tuple[int, ...]


@dataclass(frozen=True)
class Capabilities:
    """Everything that works. The service refuses a parameter that is not declared here, and never
    ignores it.

    `spice_trainer.api.names` lists the names of losses, corrections and sampling parameters.
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
    """Accepted sources of the reference log-probabilities of the KL term: ("client_logprobs",), or
    () without a KL term. The contract has more sources. The service gives the backend the column
    only, so it refuses the other sources."""
    scoring_references: tuple[str, ...]
    """Targets of `Backend.score` in addition to "current": subset of {"base", "adapter_off",
    "version"}. "base" is the target "reference" of a model that is trained whole, and "adapter_off"
    the target "reference" of a model with an adapter. Declare both when both kinds can be trained.
    """
    sampling_parameters: tuple[SamplingParameter, ...]
    logprob_modes: tuple[LogprobMode, ...]
    """The service uses the first mode when a request names no mode."""
    logprob_source: Literal["emitted", "recomputed"]
    seed_support: Literal["none", "best_effort", "bitwise"]
    determinism: Literal["E0", "E1", "E2"]
    checkpoint_scopes: tuple[str, ...]
    """Subset of {"weights", "optimizer", "rng"}."""
    publish_modes: tuple[str, ...]
    """Treatment of unfinished samples by `Backend.publish` itself, usually ("keep",). The service
    adds "drain" and "abort"."""
    concurrent_train_and_sample: bool
    max_samples_per_prompt: int
    max_in_flight_samples: int
    max_tokens_per_microbatch: int
    quirks: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ""
    engine_schema: str = "{}"
    """JSON Schema of `OpenSpec.engine`."""
