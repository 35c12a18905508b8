"""The forward pass of a decoder with the fewest operations in a layer, without the modules of the
library.

With few rows the calls around the products take most of the time of a pass: for one sample of a
135M model, four fifths. So decoders of the plain Llama form run here. Other decoders run with their
own modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from spice_trainer.engines.shared.torch_model.attention import AttentionPlan
from spice_trainer.engines.shared.torch_model.fused import is_rms_norm, is_swiglu
from spice_trainer.engines.shared.torch_model.geometry import Geometry
from spice_trainer.engines.shared.torch_model.linear import product, product_with

_LAYERS = ("LlamaDecoderLayer", "MistralDecoderLayer", "Qwen2DecoderLayer")
_PARTS = ("q_proj", "k_proj", "v_proj")


@dataclass(frozen=True)
class _Layer:
    """Weights of one layer. The matrices are packed."""

    input_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    out: Tensor
    out_bias: Tensor | None
    post_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


class DirectDecoder:
    """A decoder with packed float32 products on the processor. Rotary pairs are adjacent (see
    `merged`), so keys in storage have another order than in the library. A store is used either
    with this class or without it."""

    def __init__(self, decoder: Any, path: str, geometry: Geometry) -> None:
        self._path = path
        self._geometry = geometry
        self._rotary: nn.Module = decoder.rotary_emb
        self._epsilon = torch.tensor(decoder.norm.variance_epsilon)
        self._epsilons = [
            (
                torch.tensor(layer.input_layernorm.variance_epsilon),
                torch.tensor(layer.post_attention_layernorm.variance_epsilon),
            )
            for layer in decoder.layers
        ]
        self._scales = [layer.self_attn.scaling for layer in decoder.layers]
        self._layers: list[_Layer] = []
        self._embedding: Tensor | None = None
        self._norm: Tensor | None = None

    def merged_path(self, parameter: str) -> tuple[str, int] | None:
        """Returns the path of the merged parameter that contains this parameter, and the place in
        it; None when the parameter is not merged."""
        owner, _, leaf = parameter.rpartition(".")
        block, _, part = owner.rpartition(".")
        return (f"{block}.qkv.{leaf}", _PARTS.index(part)) if block.startswith(self._path) and part in _PARTS else None

    def merged(self, parts: Mapping[int, Tensor]) -> Tensor:
        """Returns query, key and value rows in one matrix. In query and key heads the two halves of
        a rotation are interleaved, so that a rotation is one complex product. Products of queries
        and keys do not depend on the order."""
        d = self._geometry.head_dim
        order = torch.arange(d, device=parts[0].device).view(2, d // 2).T.flatten()
        paired = [parts[place].unflatten(0, (-1, d))[:, order].flatten(0, 1) for place in (0, 1)]
        return torch.cat([*paired, parts[2]])

    def bind(self, linear: Mapping[str, Tensor], plain: Mapping[str, Tensor]) -> None:
        """Uses these weights for all following passes."""
        self._embedding = plain[f"{self._path}embed_tokens.weight"]
        self._norm = plain[f"{self._path}norm.weight"]
        self._layers = []
        for number in range(self._geometry.layers):
            at = f"{self._path}layers.{number}."
            self._layers.append(
                _Layer(
                    input_norm=plain[f"{at}input_layernorm.weight"],
                    qkv=linear[f"{at}self_attn.qkv"],
                    qkv_bias=plain.get(f"{at}self_attn.qkv.bias"),
                    out=linear[f"{at}self_attn.o_proj"],
                    out_bias=plain.get(f"{at}self_attn.o_proj.bias"),
                    post_norm=plain[f"{at}post_attention_layernorm.weight"],
                    gate=linear[f"{at}mlp.gate_proj"],
                    up=linear[f"{at}mlp.up_proj"],
                    down=linear[f"{at}mlp.down_proj"],
                )
            )

    def release(self) -> None:
        """Releases the weights."""
        self._layers, self._embedding, self._norm = [], None, None

    def hidden(self, ids: Tensor, positions: Tensor, plan: AttentionPlan) -> Tensor:
        """Returns the hidden states [L, hidden] of L packed tokens."""
        assert self._embedding is not None, "the sampler's weights were not activated"
        assert self._norm is not None
        g = self._geometry
        rotation = self._rotation(positions)
        heads, rotated = g.heads, g.heads + g.kv_heads
        x = self._embedding.index_select(0, ids)
        for number, layer in enumerate(self._layers):
            input_epsilon, post_epsilon = self._epsilons[number]
            qkv = product(_normed(x, layer.input_norm, input_epsilon), layer.qkv, layer.qkv_bias)
            split = qkv.view(len(ids), -1, g.head_dim)
            torch.view_as_complex(split[:, :rotated].unflatten(2, (-1, 2))).mul_(rotation)
            by_head = split.transpose(0, 1)
            attended = plan.attend(
                number, by_head[:heads], by_head[heads:rotated], by_head[rotated:], self._scales[number]
            )
            # Sums, activation and product are computed while a result is still in the cache of the
            # processor.
            x = product_with(attended.flatten(1), x, layer.out, layer.out_bias, "add")
            normed = _normed(x, layer.post_norm, post_epsilon)
            gated = product(normed, layer.gate, None, "swish")
            x = product_with(product_with(normed, gated, layer.up, None, "mul"), x, layer.down, None, "add")
        return _normed(x, self._norm, self._epsilon)

    def _rotation(self, positions: Tensor) -> Tensor:
        """Returns cos + i sin of each position and pair, complex64 [L, 1, d/2]."""
        assert self._embedding is not None
        cosine, sine = self._rotary(self._embedding, positions.unsqueeze(0))
        half = self._geometry.head_dim // 2
        return torch.complex(cosine[0, :, :half].contiguous(), sine[0, :, :half].contiguous()).unsqueeze(1)


def direct_decoder(decoder: Any, path: str, geometry: Geometry) -> DirectDecoder | None:
    """Returns the direct decoder, or None for a decoder of another form, another number format or
    another device. `path` is the path of the decoder in its model, with a dot at its end."""
    if geometry.device.type != "cpu" or geometry.dtype != torch.float32 or not hasattr(decoder, "rotary_emb"):
        return None
    plain = all(_is_plain(layer, geometry) for layer in decoder.layers) and is_rms_norm(decoder.norm)
    return DirectDecoder(decoder, path, geometry) if plain and type(decoder.embed_tokens) is nn.Embedding else None


def _is_plain(layer: Any, geometry: Geometry) -> bool:
    norms = [getattr(layer, name, None) for name in ("input_layernorm", "post_attention_layernorm")]
    attention: Any = getattr(layer, "self_attn", None)
    parts: list[Any] = [getattr(attention, name, None) for name in (*_PARTS, "o_proj")]
    return (
        type(layer).__name__ in _LAYERS
        and all(isinstance(norm, nn.Module) and is_rms_norm(norm) for norm in norms)
        and len(list(layer.children())) == 4
        and is_swiglu(layer.mlp)
        and all(type(part) is nn.Linear for part in parts)
        and len(list(attention.children())) == 4
        and len({part.bias is None for part in parts[:3]}) == 1
        and geometry.head_dim % 2 == 0
    )


def _normed(x: Tensor, weight: Tensor, epsilon: Tensor) -> Tensor:
    size = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return torch.mul(x, torch.addcmul(epsilon, size, size, value=1.0 / x.shape[-1]).rsqrt_()).mul_(weight)
