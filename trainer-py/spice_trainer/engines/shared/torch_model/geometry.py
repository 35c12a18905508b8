"""Sizes that the storage of the sampler depends on."""

from __future__ import annotations

from dataclasses import dataclass

import torch

TILE = 64
"""Prompt positions that are computed as one unit. Tiles start at multiples of this number. So every
position is always computed in the same shapes, whatever was cached or packed with it, and results
do not depend on scheduling."""


@dataclass(frozen=True)
class Geometry:
    """Shape of the attention of the model, with the device and number format of its storage."""

    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    dtype: torch.dtype
    device: torch.device

    @property
    def groups(self) -> int:
        """Number of query heads that share one key/value head."""
        return self.heads // self.kv_heads

    @property
    def bytes_per_token(self) -> int:
        """Bytes of keys and values of one position in all layers."""
        return 2 * self.layers * self.kv_heads * self.head_dim * self.dtype.itemsize


def round_up(value: int, multiple: int) -> int:
    """Returns the smallest multiple of `multiple` that is at least `value`."""
    return -(-value // multiple) * multiple
