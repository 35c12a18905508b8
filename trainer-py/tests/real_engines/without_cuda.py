"""vLLM's NCCL and IPC transfers on a machine without a GPU: real vLLM code on both sides, with the CUDA calls at its bottom
replaced. `python without_cuda.py ... FD` is the engine's process with that done.

Replaced: `PyNcclCommunicator` (by vLLM's own `StatelessProcessGroup` over a file store, whose broadcast takes processor
tensors), CUDA streams (nothing is asynchronous here), and shared GPU memory (by a file that both processes map). Real:
the choice and order of phases, metadata, packing, unpacking, layer-wise loading, tying, the NCCL id, IPC handles as JSON.
"""

# vLLM is in the environment of this test only.
# pyright: reportMissingImports=false
from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import sys
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

FOLDER_VARIABLE = "SPICE_TEST_WITHOUT_CUDA"
"""Folder that stands for what GPUs and their links share."""
_UUID = "GPU-of-the-test"


class Communicator:
    """`PyNcclCommunicator` for processor tensors."""

    disabled = False

    def __init__(self, identifier: bytes, rank: int, world_size: int) -> None:
        from vllm.distributed.utils import StatelessProcessGroup

        path = Path(os.environ[FOLDER_VARIABLE]) / hashlib.sha256(identifier).hexdigest()
        store = torch.distributed.FileStore(str(path), world_size)
        store.set_timeout(timedelta(seconds=60))
        self.group = StatelessProcessGroup(rank, world_size, store)
        self.group.all_gather_obj(rank)  # NCCL's warm-up: returns when all have joined

    def broadcast(self, tensor: torch.Tensor, src: int, stream: object = None) -> None:
        got = self.group.broadcast(tensor, src)
        if self.group.rank != src:
            assert got.shape == tensor.shape
            assert got.dtype == tensor.dtype
            tensor.copy_(got)

    def destroy(self) -> None:
        self.disabled = True


class _Torch:
    """`torch` as vLLM's packing sees it: a buffer on the GPU is a mapped file."""

    def __getattr__(self, name: str) -> Any:
        return getattr(torch, name)

    def empty(self, *size: Any, **named: Any) -> torch.Tensor:
        if named.get("device") != "cuda":
            return torch.empty(*size, **named)
        path = Path(os.environ[FOLDER_VARIABLE]) / f"memory-{os.getpid()}-{os.urandom(4).hex()}"
        path.write_bytes(bytes(size[0]))
        tensor = _mapped(path)
        _paths[tensor.data_ptr()] = path
        return tensor


_paths: dict[int, Path] = {}


def install() -> None:
    """Replace what needs CUDA, in this process."""
    from torch.multiprocessing import reductions
    from vllm.distributed.weight_transfer import ipc_engine, nccl_common, packed_tensor

    stream = SimpleNamespace(synchronize=lambda: None)
    torch.cuda.stream = lambda _: contextlib.nullcontext()  # type: ignore[assignment]
    torch.cuda.current_stream = lambda *_: stream  # type: ignore[assignment]
    torch.cuda.ipc_collect = lambda: None
    torch.cuda.get_device_properties = lambda *_: SimpleNamespace(uuid=_UUID)  # type: ignore[assignment]
    torch.accelerator.current_device_index = lambda: 0
    packed_tensor._get_streams = lambda _, count: (stream,) * count
    packed_tensor.torch = _Torch()
    packed_tensor.reduce_tensor = _reduce
    reductions.rebuild_cuda_tensor = _rebuild
    ipc_engine.rebuild_cuda_tensor = _rebuild
    nccl_common.uid_init_process_group = lambda identifier, rank, size, device: Communicator(identifier, rank, size)


def _mapped(path: Path) -> torch.Tensor:
    with path.open("r+b") as file:
        return torch.frombuffer(mmap.mmap(file.fileno(), 0), dtype=torch.uint8)


def _reduce(tensor: torch.Tensor) -> tuple[Any, tuple[Any, ...]]:
    memory = str(_paths[tensor.data_ptr()]).encode()
    length = tensor.numel()
    storage = torch.storage.TypedStorage
    shape = (torch.Tensor, tensor.size(), tensor.stride(), 0, storage, tensor.dtype, 0)
    return _rebuild, (*shape, memory, length, 0, False, b"counter", 0, b"event", True)


def _rebuild(*arguments: Any) -> torch.Tensor:
    assert len(arguments) == 15
    return _mapped(Path(arguments[7].decode()))[: arguments[1][0]]


if __name__ == "__main__":
    from spice_trainer.engines.shared.vllm_engine import worker

    install()
    status = worker.main(int(sys.argv[-1]))
    sys.stdout.flush()
    os._exit(status)
