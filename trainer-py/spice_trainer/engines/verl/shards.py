"""Conversion between whole tensors and a sharded model. Every worker takes part in each call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

TensorOf = Callable[[str], Tensor]
"""Returns a whole tensor by its name in the model. Raises KeyError."""


def parameters(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yields sharded parameters by name, a tied parameter once. The weights of the root stay
    gathered after a forward pass. They are released first, because the optimizer changes the
    shards."""
    cast(Any, module).reshard()
    return module.named_parameters()


def whole(tensor: Tensor) -> Tensor:
    """Returns the tensor gathered from all workers, on the processor."""
    return (tensor.full_tensor() if isinstance(tensor, DTensor) else tensor).detach().cpu()


@torch.no_grad()
def assign(shard: Tensor, source: Tensor) -> None:
    """Copies the part of this worker of a whole tensor into its shard."""
    if isinstance(shard, DTensor):
        _local(shard).copy_(_local(_part(shard, source)))
    else:
        shard.copy_(source)


def like(shard: Tensor, source: Tensor) -> Tensor:
    """Returns the part of this worker of a whole tensor, sharded as `shard`."""
    return _part(shard, source) if isinstance(shard, DTensor) else source.to(shard.device).clone()


def local_copy(shard: Tensor) -> Tensor:
    """Returns a copy of the part of this worker."""
    return _local(shard).detach().clone()


@torch.no_grad()
def put_back(shard: Tensor, copy: Tensor) -> None:
    """Restores the part with the result of `local_copy`."""
    _local(shard).copy_(copy)


def reader(path: Path) -> TensorOf:
    """Returns a reader of the tensors of a safetensors file, or of all safetensors files in the
    folder of a model. Tensors are read when requested."""
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    opened = [safe_open(file, "pt") for file in files]
    place = {name: file for file in opened for name in file.keys()}  # noqa: SIM118

    def tensor(name: str) -> Tensor:
        return place[name].get_tensor(name)

    return tensor


def _part(shard: DTensor, source: Tensor) -> DTensor:
    # src_data_rank None: every worker has the whole tensor and takes its own part, and nothing is
    # sent.
    local = source.to(device=shard.device, dtype=shard.dtype)
    return distribute_tensor(local, shard.device_mesh, shard.placements, src_data_rank=None)


def _local(tensor: Tensor) -> Tensor:
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor
