"""Forms of three common decoder blocks that use less memory and fewer copies. The mathematics is
the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from spice_trainer.engines.shared.torch_model.attention import plan_attention


def fuse(model: nn.Module) -> int:
    """Replaces the forward function of plain SwiGLU blocks, RMS norms and attention blocks of
    `model`. Returns the number of replaced blocks. Other blocks do not change, for example SwiGLU
    blocks with adapters in their layers."""
    fused = 0
    for module in model.modules():
        if is_swiglu(module):
            module.forward = _SwigluForward(module)  # type: ignore[method-assign]
            fused += 1
        elif is_rms_norm(module):
            module.forward = _NormForward(module)  # type: ignore[method-assign]
            fused += 1
        elif is_attention(module):
            module.forward = _AttentionForward(module)  # type: ignore[method-assign]
            fused += 1
    return fused


def is_swiglu(module: nn.Module) -> bool:
    """Whether the block is down(silu(gate(x)) * up(x)) of three plain layers without bias."""
    layers: list[Any] = [getattr(module, name, None) for name in ("gate_proj", "up_proj", "down_proj")]
    plain = all(type(layer) is nn.Linear and "bias" not in dict(layer.named_parameters()) for layer in layers)
    activation = type(getattr(module, "act_fn", None)).__name__
    return plain and activation in ("SiLU", "SiLUActivation") and len(list(module.children())) == 4


def is_rms_norm(module: nn.Module) -> bool:
    """Whether the block is x / rms(x) * weight."""
    # These classes scale by the weight itself. Some other classes scale by (1 + weight).
    return type(module).__name__ in ("LlamaRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm", "MistralRMSNorm")


def is_attention(module: nn.Module) -> bool:
    """Whether the block consists of projections, rotation by halves, attention and projection
    only."""
    known = type(module).__name__ in ("LlamaAttention", "MistralAttention", "Qwen2Attention")
    return known and len(list(module.children())) == 4


class _SwigluForward:
    """Replacement of the forward function of an MLP. It is a class so that the module can be
    copied."""

    def __init__(self, module: nn.Module) -> None:
        self._layers = [getattr(module, name) for name in ("gate_proj", "up_proj", "down_proj")]

    def __call__(self, x: Tensor) -> Tensor:
        gate, up, down = self._layers
        return _Swiglu.apply(x, gate.weight, up.weight, down.weight)


class _NormForward:
    def __init__(self, module: nn.Module) -> None:
        self._module = module

    def __call__(self, x: Tensor) -> Tensor:
        return _RmsNorm.apply(x, self._module.weight, self._module.variance_epsilon)


class _AttentionForward:
    def __init__(self, module: nn.Module) -> None:
        self._module: Any = module

    def __call__(
        self, hidden_states: Tensor, position_embeddings: tuple[Tensor, Tensor], **named: Any
    ) -> tuple[Tensor, None]:
        module, shape = self._module, (*hidden_states.shape[:-1], -1, self._module.head_dim)
        query, key, value = (
            project(hidden_states).view(shape).transpose(1, 2)
            for project in (module.q_proj, module.k_proj, module.v_proj)
        )
        cosine, sine = (x.unsqueeze(1) for x in position_embeddings)
        query, key = (_Rotation.apply(x, cosine, sine) for x in (query, key))
        named.pop("attention_mask", None)
        attended, _ = plan_attention(module, query, key, value, None, module.scaling, **named)
        return module.o_proj(attended.flatten(2)), None


class _Rotation(torch.autograd.Function):
    """x cos + (x with its halves swapped, the first negated) sin. The gradient is the inverse
    rotation, so x is not stored."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        ctx.save_for_backward(cosine, sine)
        return _rotated(x, cosine, sine, 1.0)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor, None, None]:
        cosine, sine = ctx.saved_tensors
        return _rotated(grad_outputs[0], cosine, sine, -1.0), None, None


def _rotated(x: Tensor, cosine: Tensor, sine: Tensor, sign: float) -> Tensor:
    half = x.shape[-1] // 2
    result = x * cosine
    result[..., :half].addcmul_(x[..., half:], sine[..., :half], value=-sign)
    result[..., half:].addcmul_(x[..., :half], sine[..., half:], value=sign)
    return result


class _Swiglu(torch.autograd.Function):
    """down(silu(gate(x)) * up(x)). Stores gate(x) and up(x), and recomputes the product, which is
    cheap."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, gate_weight: Tensor, up_weight: Tensor, down_weight: Tensor) -> Tensor:
        gate, up = x @ gate_weight.T, x @ up_weight.T
        ctx.save_for_backward(x, gate, up, gate_weight, up_weight, down_weight)
        return torch.nn.functional.silu(gate).mul_(up) @ down_weight.T

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor | None, ...]:
        grad: Tensor = grad_outputs[0]
        x, gate, up, gate_weight, up_weight, down_weight = ctx.saved_tensors
        needs_x, *needs_weight = ctx.needs_input_grad
        grad, x, gate, up = (tensor.flatten(0, -2) for tensor in (grad, x, gate, up))
        shape = (*ctx.saved_tensors[0].shape[:-1], -1)
        activated = torch.nn.functional.silu(gate)
        inner = grad @ down_weight
        into_down = grad.T @ (activated * up) if needs_weight[2] else None
        into_up_output = activated.mul_(inner)
        inner.mul_(up)
        into_gate_output = torch.ops.aten.silu_backward(inner, gate)
        into_gate = into_gate_output.T @ x if needs_weight[0] else None
        into_up = into_up_output.T @ x if needs_weight[1] else None
        into_x = None
        if needs_x:
            into_x = (into_gate_output @ gate_weight).addmm_(into_up_output, up_weight).view(shape)
        return into_x, into_gate, into_up, into_down


class _RmsNorm(torch.autograd.Function):
    """x / rms(x) * weight, in float32. Stores x and one number for each row."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        wide = x.float()
        size = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        scale = size.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        ctx.save_for_backward(x, weight, scale)
        return (wide * scale).to(x.dtype).mul_(weight)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Tensor, Tensor | None, None]:
        grad: Tensor = grad_outputs[0]
        x, weight, scale = ctx.saved_tensors
        normal = x.float() * scale
        wide = grad.float()
        into_weight = None
        if ctx.needs_input_grad[1]:
            into_weight = torch.linalg.vecdot(wide.flatten(0, -2), normal.flatten(0, -2), dim=0).to(weight.dtype)
        inner = wide * weight
        overlap = torch.linalg.vecdot(inner, normal).div_(x.shape[-1]).unsqueeze(-1)
        return inner.sub_(normal.mul_(overlap)).mul_(scale).to(x.dtype), into_weight, None
