"""Linear layers for decoding. Weights are packed once for each published version, and results do
not depend on the batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_PACK_ROWS = 64
"""Batch size for which the packed layout is optimized. Every other size works."""
_SAFE_ROWS = 16
"""From this number of rows, and for its multiples, a row of a plain product does not depend on the
number of rows."""


class PackedLinear(nn.Module):
    """Replaces `nn.Linear` in the model copy of the sampler. `WeightSet.activate` sets the
    weights."""

    def __init__(self) -> None:
        super().__init__()
        self.weight: Tensor | None = None
        self.bias: Tensor | None = None
        self.packed = False

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight
        assert weight is not None, "the sampler's weights were not activated"
        if self.packed:
            return product(x, weight, self.bias)
        if x.device.type != "cpu":
            return functional.linear(x, weight, self.bias)
        flat = x.flatten(0, -2)
        rows = flat.shape[0]
        padded = functional.pad(flat, (0, 0, 0, -rows % _SAFE_ROWS))
        return functional.linear(padded, weight, self.bias)[:rows].unflatten(0, x.shape[:-1])


def product(x: Tensor, weight: Tensor, bias: Tensor | None, activation: str = "none") -> Tensor:
    """Returns x [..., in] times a packed weight. One row is computed as two equal rows: with
    AVX-512, oneDNN sums a single float32 row of 1,536 numbers in another order, so the bits of a
    sample would depend on other samples."""
    if x.numel() != x.shape[-1]:
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, activation, [], "")
    row = torch.ops.mkldnn._linear_pointwise(_twice(x), weight, bias, activation, [], "")[:1]
    return row.view(*x.shape[:-1], -1)


def product_with(x: Tensor, other: Tensor, weight: Tensor, bias: Tensor | None, operation: str) -> Tensor:
    """Returns `product`, then `add` or `mul` with `other`, while the result is still in the cache
    of the processor."""
    if x.numel() != x.shape[-1]:
        return torch.ops.mkldnn._linear_pointwise.binary(x, other, weight, bias, operation)
    row = torch.ops.mkldnn._linear_pointwise.binary(_twice(x), _twice(other), weight, bias, operation)[:1]
    return row.view(*x.shape[:-1], -1)


def _twice(row: Tensor) -> Tensor:
    return row.reshape(1, -1).expand(2, -1).contiguous()


def can_pack(device: torch.device, dtype: torch.dtype) -> bool:
    """Whether the packed product of oneDNN is available. It is up to three times faster than the
    plain product for few rows, and its bits do not depend on the number of rows. It is absent on
    other devices and in builds without oneDNN."""
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    try:
        weight = pack(torch.zeros(32, 32, dtype=dtype))
        torch.ops.mkldnn._linear_pointwise(torch.zeros(1, 32, dtype=dtype), weight, None, "none", [], "")
    except (RuntimeError, AttributeError):  # torch raises RuntimeError for "not implemented"
        return False
    return True


def pack(weight: Tensor) -> Tensor:
    """Returns a packed copy of `weight` [out, in]. Its layout is internal to oneDNN."""
    return torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), _PACK_ROWS)
