"""Compares the request of a session with the abilities of a Tinker server, and gives the facts of
its model."""

from __future__ import annotations

from transformers import AutoConfig, PretrainedConfig

from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec, OpenSpec
from spice_trainer.engines.shared.parts import ModelFacts
from spice_trainer.engines.tinker.abilities import LORA_ALPHA, MAX_RANK
from spice_trainer.models import ModelSource


def check_adapter(spec: OpenSpec) -> LoraSpec:
    """Returns the adapter to train. Raises UNIMPLEMENTED (FULL_UNSUPPORTED, LORA_ALPHA, LORA_RANK,
    LORA_TARGETS)."""
    lora = spec.lora
    if lora is None:
        raise _unimplemented(
            "FULL_UNSUPPORTED",
            "a Tinker server trains low-rank adapters only",
            "set model.lora: { rank: 16, alpha: 32 }",
        )
    if lora.alpha != LORA_ALPHA:
        raise _unimplemented(
            "LORA_ALPHA",
            f"lora.alpha is {lora.alpha:g}; a Tinker server has {LORA_ALPHA:g} and takes no other",
            f"set model.lora.alpha to {LORA_ALPHA:g}",
        )
    if lora.rank > MAX_RANK:
        raise _unimplemented(
            "LORA_RANK",
            f"lora.rank is {lora.rank}, the largest is {MAX_RANK}",
            "lower it",
        )
    if lora.target_modules:
        raise _unimplemented(
            "LORA_TARGETS", "a Tinker server chooses the layers of an adapter itself", "leave them out"
        )
    return lora


def read_config(source: ModelSource, spec: OpenSpec) -> PretrainedConfig:
    """Returns the configuration of the model. Raises INVALID_ARGUMENT (CONTEXT_TOO_LONG),
    UNIMPLEMENTED (DTYPE)."""
    config = AutoConfig.from_pretrained(source.path)
    limit = getattr(config, "max_position_embeddings", spec.max_context_tokens)
    if spec.max_context_tokens > limit:
        raise BackendError(
            BackendErrorCode.INVALID,
            "CONTEXT_TOO_LONG",
            f"max_context_tokens is {spec.max_context_tokens}, but {source.name} was made for {limit}",
            f"set max_context_tokens to {limit} or less",
        )
    dtype = dtype_of(config)
    if spec.compute_dtype != "auto" and spec.compute_dtype != dtype:
        raise _unimplemented(
            "DTYPE",
            f"the server computes {source.name} in {dtype}, as its files are, and not in {spec.compute_dtype}",
            "leave the compute dtype out",
        )
    return config


def dtype_of(config: PretrainedConfig) -> str:
    """Returns the number format that the server takes from the configuration."""
    return str(getattr(config, "dtype", None) or "float32").removeprefix("torch.")


def model_facts(source: ModelSource, config: PretrainedConfig, adapter_bytes: int, server: str) -> ModelFacts:
    """Returns the facts of the model. The adapter is in float32. `server`: the detected properties
    of the server."""
    trainable = adapter_bytes // 4
    weights = sum(file.stat().st_size for file in source.path.glob("*.safetensors"))
    width = 2 if dtype_of(config) in ("bfloat16", "float16") else 4
    return ModelFacts(
        parameters=weights // width + trainable,
        trainable_parameters=trainable,
        weights_dtype=dtype_of(config),
        compute_dtype=dtype_of(config),
        device=server,
    )


def adapter_parameters(config: PretrainedConfig, rank: int) -> int:
    """Returns the number of parameters of an adapter on every linear layer of attention and
    feed-forward block, and on the output layer, which is the default of the SDK. Used for a server
    that does not report what it trains. 0 when the configuration has other names."""
    try:
        hidden, heads = int(config.hidden_size), int(config.num_attention_heads)
        size = int(getattr(config, "head_dim", None) or hidden // heads)
        keys = int(getattr(config, "num_key_value_heads", None) or heads) * size
        queries, inner = heads * size, int(config.intermediate_size)
        layer = 2 * (hidden + queries) + 2 * (hidden + keys) + 3 * (hidden + inner)
        return rank * (int(config.num_hidden_layers) * layer + hidden + int(config.vocab_size))
    except AttributeError:
        return 0


def _unimplemented(reason: str, message: str, hint: str) -> BackendError:
    return BackendError(BackendErrorCode.UNIMPLEMENTED, reason, message, hint)
