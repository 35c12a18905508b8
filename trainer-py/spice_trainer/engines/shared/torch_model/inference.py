"""The copy of the model for sampling: one set of modules, and one set of weights for each policy
version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PretrainedConfig

from spice_trainer.engines.shared.torch_model.attention import IMPLEMENTATION, AttentionPlan, run_decoder
from spice_trainer.engines.shared.torch_model.blocks import shorten
from spice_trainer.engines.shared.torch_model.direct_decoder import DirectDecoder, direct_decoder
from spice_trainer.engines.shared.torch_model.geometry import Geometry
from spice_trainer.engines.shared.torch_model.linear import PackedLinear, can_pack, pack


@dataclass(frozen=True)
class WeightSet:
    """Weights of one policy version in the layout of the sampler: tensor by parameter name."""

    linear: dict[str, Tensor]
    """(Packed) weight by module path."""
    plain: dict[str, Tensor]
    """Every other parameter, and biases of linear layers, by parameter path."""
    packed: bool


class InferenceModel:
    """Computes forward passes with the active `WeightSet`. Not for use by several threads: callers
    hold one lock."""

    def __init__(self, source: nn.Module, config: PretrainedConfig, geometry: Geometry) -> None:
        """`source` is the loaded model. Its buffers (rotary frequencies) are copied, its weights
        are not."""
        self.geometry = geometry
        self.packed = can_pack(geometry.device, geometry.dtype)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, attn_implementation=IMPLEMENTATION)
        model.eval().requires_grad_(False)
        for name, buffer in source.named_buffers():
            owner, _, leaf = name.rpartition(".")
            model.get_submodule(owner)._buffers[leaf] = buffer.detach().clone()
        decoder = model.get_decoder()
        path = next(f"{name}." if name else "" for name, module in model.named_modules() if module is decoder)
        self.direct: DirectDecoder | None = direct_decoder(decoder, path, geometry) if self.packed else None
        """The whole forward pass for decoders of the usual form. None: the modules of the model
        compute."""
        shorten(model)
        self._linear: dict[str, PackedLinear] = {}
        for name, module in list(model.named_modules()):
            if isinstance(module, nn.Linear):
                owner, _, leaf = name.rpartition(".")
                self._linear[name] = PackedLinear()
                setattr(model.get_submodule(owner), leaf, self._linear[name])
        self._model = model
        self._decoder = decoder
        self._head: nn.Module = model.get_output_embeddings()
        self._active: WeightSet | None = None

    @property
    def linear_paths(self) -> list[str]:
        """Module paths whose weights belong in `WeightSet.linear`."""
        return list(self._linear)

    def activate(self, weights: WeightSet) -> None:
        """Uses these weights for all following passes. Nothing is copied."""
        if self._active is weights:
            return
        self._active = weights
        if self.direct is not None:
            self.direct.bind(weights.linear, weights.plain)
        for name, module in self._linear.items():
            if name not in weights.linear:
                continue  # merged with other parameters; the direct decoder uses it
            module.weight = weights.linear[name]
            module.bias = weights.plain.get(f"{name}.bias")
            module.packed = weights.packed
        for name, tensor in weights.plain.items():
            owner, _, leaf = name.rpartition(".")
            module = self._owner(owner)
            if module is not None and not isinstance(module, PackedLinear):
                setattr(module, leaf, nn.Parameter(tensor, requires_grad=False))

    def deactivate(self) -> None:
        """Releases the weights, so that the memory of a released version is freed."""
        for name in self._active.plain if self._active else ():
            owner, _, leaf = name.rpartition(".")
            module = self._owner(owner)
            if module is not None and not isinstance(module, PackedLinear):
                setattr(module, leaf, None)
        if self.direct is not None:
            self.direct.release()
        for module in self._linear.values():
            module.weight = module.bias = None
        self._active = None

    def _owner(self, path: str) -> nn.Module | None:
        """Returns the module of a parameter, or None for a tensor that was merged with other
        tensors."""
        return None if self.direct is not None and path.endswith(".qkv") else self._model.get_submodule(path)

    def hidden(self, ids: Tensor, positions: Tensor, plan: AttentionPlan) -> Tensor:
        """Returns hidden states [L, hidden] of packed tokens."""
        if self.direct is not None:
            return self.direct.hidden(ids, positions, plan)
        return run_decoder(self._decoder, plan, positions, ids=ids)

    def logits(self, hidden: Tensor) -> Tensor:
        """Returns float32 logits [L, vocabulary] that the caller may overwrite."""
        logits = self._head(hidden)
        return logits if logits.dtype == torch.float32 else logits.float()


def build_weights(parameters: Iterator[tuple[str, Tensor]], model: InferenceModel) -> WeightSet:
    """Copies the weights with merged adapters into the layout and number format of the sampler."""
    linear_paths = set(model.linear_paths)
    dtype, linear, plain = model.geometry.dtype, {}, {}
    parts: dict[str, dict[int, Tensor]] = {}
    for name, tensor in parameters:
        owner, _, leaf = name.rpartition(".")
        is_matrix = leaf == "weight" and owner in linear_paths
        place = model.direct.merged_path(name) if model.direct is not None else None
        if model.direct is not None and place is not None:
            path, number = place
            parts.setdefault(path, {})[number] = tensor.detach()
            if len(parts[path]) < 3:
                continue
            name, tensor = path, model.direct.merged(parts.pop(path))
            owner = path.removesuffix(".weight")
        if is_matrix:
            linear[owner] = pack(tensor.detach().to(dtype)) if model.packed else tensor.detach().to(dtype, copy=True)
        else:
            plain[name] = tensor.detach().to(dtype, copy=True)
    return WeightSet(linear, plain, model.packed)
