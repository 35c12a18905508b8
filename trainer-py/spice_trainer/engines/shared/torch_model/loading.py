"""Loads a model for training, with adapters on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig
from transformers.utils import logging as transformers_logging

from spice_trainer.api import BackendError, BackendErrorCode, LoraSpec
from spice_trainer.engines.shared.torch_model.attention import IMPLEMENTATION
from spice_trainer.engines.shared.torch_model.geometry import Geometry
from spice_trainer.models import ModelSource

ADAPTER = "default"
"""Name of the only adapter in PEFT."""


@dataclass(frozen=True)
class LoadedModel:
    """A loaded model. `module` is trained: the transformers model, or its PEFT wrapper. `base` is
    the transformers model inside (its accessors are untyped)."""

    module: nn.Module
    base: Any
    config: PretrainedConfig
    lora: bool

    def trainable(self) -> dict[str, nn.Parameter]:
        """Returns the parameters that receive gradients, by name in `module`, in a stable order."""
        return {name: parameter for name, parameter in self.module.named_parameters() if parameter.requires_grad}

    def effective(self) -> Iterator[tuple[str, Tensor]]:
        """Yields every parameter of the plain model by its own name, adapters merged, one at a
        time."""
        for name, parameter in self.base.named_parameters():
            if ".lora_" in name:
                continue
            plain = name.replace(".base_layer.", ".")
            if plain != name and name.endswith(".weight"):
                layer = self.base.get_submodule(plain.removesuffix(".weight"))
                yield plain, parameter.detach() + layer.get_delta_weight(ADAPTER).detach()
            else:
                yield plain, parameter.detach()
        head = self.base.get_output_embeddings()
        if head.weight is self.base.get_input_embeddings().weight:
            yield _path_of(self.base, head) + ".weight", head.weight.detach()


def load_model(
    source: ModelSource, lora: LoraSpec | None, seed: int, max_context: int, dtype: torch.dtype, device: torch.device
) -> LoadedModel:
    """Reads safetensors weights into float32 (they are the master weights when all parameters are
    trained) and adds adapters. The base weights under LoRA never change and are kept in `dtype`.
    Raises `BackendError` INVALID_ARGUMENT (MODEL_UNSUPPORTED) for architectures whose forward pass
    this backend cannot reproduce exactly."""
    config = AutoConfig.from_pretrained(source.path)
    refuse_unsupported(config, source.name, max_context)
    # Progress is reported through the contract, not on stderr of this process.
    transformers_logging.disable_progress_bar()
    try:
        base: Any = AutoModelForCausalLM.from_pretrained(
            source.path,
            dtype=torch.float32 if lora is None else dtype,
            attn_implementation=IMPLEMENTATION,
            use_safetensors=True,
        )
    except (ValueError, OSError) as failure:
        raise _unsupported(source.name, str(failure).splitlines()[0]) from failure
    base.to(device)
    base.config.use_cache = False
    base.train()
    if lora is None:
        return LoadedModel(base.requires_grad_(True), base, config, lora=False)
    torch.manual_seed(seed)  # adapters are initialized at random
    return LoadedModel(_add_adapters(base, lora, source.name), base, config, lora=True)


def geometry_of(config: PretrainedConfig, dtype: torch.dtype, device: torch.device) -> Geometry:
    """Returns the attention shape of the configuration of a decoder."""
    heads = config.num_attention_heads
    kv_heads = getattr(config, "num_key_value_heads", None) or heads
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // heads
    return Geometry(config.num_hidden_layers, heads, kv_heads, head_dim, dtype, device)


def _add_adapters(base: Any, lora: LoraSpec, name: str) -> nn.Module:
    from peft import LoraConfig, get_peft_model

    head = _path_of(base, base.get_output_embeddings())
    wanted = lora.target_modules or tuple(
        sorted(
            {path.rpartition(".")[2] for path, m in base.named_modules() if isinstance(m, nn.Linear) and path != head}
        )
    )
    config = LoraConfig(
        r=lora.rank, lora_alpha=cast(int, lora.alpha), target_modules=list(wanted), task_type="CAUSAL_LM"
    )
    try:
        model = get_peft_model(base, config)
    except ValueError as failure:
        raise _unsupported(name, f"cannot add adapters to {', '.join(wanted)}: {failure}") from failure
    for parameter in model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return model


def refuse_unsupported(config: PretrainedConfig, name: str, max_context: int) -> None:
    """Raises `BackendError` INVALID_ARGUMENT (MODEL_UNSUPPORTED, CONTEXT_TOO_LONG) for models that
    the plain forward pass of a decoder would compute wrong."""
    window = getattr(config, "sliding_window", None)
    windowed = window and getattr(config, "use_sliding_window", True) and window < max_context
    reasons = {
        "it is an encoder-decoder": getattr(config, "is_encoder_decoder", False),
        f"its attention window of {window} tokens is shorter than max_context_tokens {max_context}": windowed,
        "it caps or scales its logits": any(
            getattr(config, key, None) not in (None, 1, 1.0)
            for key in ("final_logit_softcapping", "attn_logit_softcapping", "logit_scale", "logits_scaling")
        ),
        "it is quantised": getattr(config, "quantization_config", None) is not None,
        "it is not a dense decoder with standard heads": not hasattr(config, "num_attention_heads"),
        "it uses dropout in attention": bool(getattr(config, "attention_dropout", 0.0)),
    }
    for reason, present in reasons.items():
        if present:
            raise _unsupported(name, reason)
    limit = getattr(config, "max_position_embeddings", max_context)
    if max_context > limit:
        raise BackendError(
            BackendErrorCode.INVALID,
            "CONTEXT_TOO_LONG",
            f"max_context_tokens is {max_context}, but {name} was made for {limit}",
            f"set max_context_tokens to {limit} or less",
        )


def _path_of(model: nn.Module, module: nn.Module) -> str:
    return next(path for path, candidate in model.named_modules() if candidate is module)


def _unsupported(name: str, why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.INVALID,
        "MODEL_UNSUPPORTED",
        f"this trainer cannot load {name}: {why}",
        "use a dense decoder such as Llama, Qwen or SmolLM in safetensors format",
    )
