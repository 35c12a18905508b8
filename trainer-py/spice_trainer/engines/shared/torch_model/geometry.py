"""Sizes that the sampler's storage depends on."""

from __future__ import annotations

from dataclasses import dataclass

import torch

TILE = 64
"""Prompt positions computed as one unit. Tiles start at multiples of this, so every position is always computed in the
same shapes, whatever was cached or packed beside it: that makes results independent of scheduling."""


@dataclass(frozen=True)
class Geometry:
    """Shape of the model's attention, and where and in what format it is kept."""

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    dtype: torch.dtype
    device: torch.device

    @property
    def groups(self) -> int:
        """Query heads that share one key/value head."""
        return self.heads // self.kv_heads

    @property
    def bytes_per_token(self) -> int:
        """Keys and values of one position in all layers."""
        return 2 * self.layers * self.kv_heads * self.head_dim * self.dtype.itemsize


def round_up(value: int, multiple: int) -> int:
    """The smallest multiple of `multiple` that is at least `value`."""
    return -(-value // multiple) * multiple
