"""Blocks of the model of the sampler with fewer passes over memory than the original blocks;
without gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from spice_trainer.engines.shared.torch_model.fused import is_rms_norm, is_swiglu
from spice_trainer.engines.shared.torch_model.linear import PackedLinear, product, product_with


def shorten(model: nn.Module) -> None:
    """Replaces the forward function of plain SwiGLU blocks and RMS norms. Call it before the linear
    layers are replaced."""
    for module in model.modules():
        if is_swiglu(module):
            module.forward = _Swiglu(module)  # type: ignore[method-assign]
        elif is_rms_norm(module):
            module.forward = _Norm(module)  # type: ignore[method-assign]


class _Swiglu:
    def __init__(self, module: Any) -> None:
        self._module = module

    def __call__(self, x: Tensor) -> Tensor:
        gate: PackedLinear = self._module.gate_proj
        up: PackedLinear = self._module.up_proj
        if not gate.packed:
            return self._module.down_proj(nn.functional.silu(gate(x)).mul_(up(x)))
        # Activation and product are computed while the result is still in the cache of the
        # processor.
        assert gate.weight is not None
        assert up.weight is not None
        gated = product(x, gate.weight, None, "swish")
        return self._module.down_proj(product_with(x, gated, up.weight, None, "mul"))


class _Norm:
    def __init__(self, module: Any) -> None:
        self._module = module

    def __call__(self, x: Tensor) -> Tensor:
        wide = x.float()
        size = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
        scale = size.square_().div_(x.shape[-1]).add_(self._module.variance_epsilon).rsqrt_()
        return (wide * scale).to(x.dtype).mul_(self._module.weight)
