"""A digest of many tensors."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Returns the SHA-256, hex, over name, shape, type and bytes of each tensor, in name order."""
    hasher = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach()
        hasher.update(f"{name}\0{tuple(tensor.shape)}\0{tensor.dtype}\0".encode())
        flat = tensor.contiguous().cpu().flatten().view(torch.uint8)
        hasher.update(cast(Any, flat.numpy()))
    return hasher.hexdigest()
