"""vLLM's trainer-side engines, set up for one learner and one sampler process. Needs vLLM in this
process too.

What runs here is vLLM's own code (`vllm.distributed.weight_transfer`); ours are the source of the
tensors and the link that carries the phases. Nothing of CUDA is touched before a `connect_*`
function is called.
"""

# vLLM is in this backend's own environment only, not in the one that types are checked in.
# pyright: reportMissingImports=false
from __future__ import annotations

import base64
import math
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spice_trainer.engines.shared.vllm_engine.link import EngineLink

if TYPE_CHECKING:  # the package is also imported where importing torch would only cost seconds
    import torch
    from torch import Tensor

CHUNK_BYTES = 256 << 20
"""Tensors are packed into buffers of about this size: two on each side for NCCL, one on the GPU for
IPC. vLLM's default of 1 GiB is much beside a learner on the same GPU."""
BUFFERS = 2


@dataclass(frozen=True)
class TensorInfo:
    """What vLLM's trainer side asks of a tensor before it has it (its `ParamMeta`)."""

    name: str
    dtype: torch.dtype
    """On the wire."""
    shape: tuple[int, ...]


class WeightSource(Protocol):
    """vLLM's `WeightSource`: the same names in the same order from both."""

    def metadata(self) -> Sequence[TensorInfo]:
        """Of every tensor, in order."""
        ...

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """A new pass over the tensors, each whole and on the learner's device."""
        ...


class VllmSender:
    """A `Sender` over one of vLLM's trainer engines."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def send(self) -> None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.synchronize()  # the last optimiser step ran on another thread's stream
        self._engine.send_weights()

    def abandon(self) -> None:
        # For NCCL: ncclCommAbort, which also ends kernels that wait for a dead peer.
        self._engine.shutdown()


def import_vllm() -> str:
    """Import vLLM into the learner's process; its version. Raises ImportError."""
    # The sidecar's stdout is its own protocol.
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    import vllm

    return str(vllm.__version__)


def obstacle() -> str:
    """Why this process cannot drive vLLM's direct transfers; empty when it can."""
    try:
        import_vllm()
        from vllm.platforms import current_platform
    except ImportError as missing:
        return f"the learner's environment has no usable vLLM ({missing})"
    return "" if current_platform.is_cuda_alike() else "the learner's environment has vLLM's processor build"


def connect_nccl(link: EngineLink, source: WeightSource, tensor_parallel: int) -> VllmSender:
    """Make a communicator of the learner (rank 0) and the sampler's GPUs. Blocks until all have
    joined.

    The id that they meet under goes over the link, which only these two processes hold. vLLM's
    other rendezvous, a TCP store, would listen for anyone and unpickle what it is sent.
    """
    import_vllm()
    import torch
    from vllm.distributed.weight_transfer import nccl_common
    from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerWeightTransferEngine

    world = 1 + tensor_parallel
    identifier = _unique_id()
    engine: Any = NCCLTrainerWeightTransferEngine(
        client=link,
        source=source,
        packed=True,
        packed_buffer_size_bytes=CHUNK_BYTES,
        packed_num_buffers=BUFFERS,
    )
    info = nccl_common.NCCLWeightTransferInitInfo(
        rank_offset=1,
        world_size=world,
        nccl_unique_id_b64=base64.b64encode(identifier).decode(),
        packed=True,
        packed_buffer_size_bytes=CHUNK_BYTES,
        packed_num_buffers=BUFFERS,
    )
    # Both sides enter together. Not as a context: leaving it would wait for a call that may never
    # return.
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        joined = pool.submit(link.init_weight_transfer_engine, nccl_common.worker_init_payload(info))
        engine.model_update_group = nccl_common.uid_init_process_group(
            identifier, 0, world, torch.accelerator.current_device_index()
        )
        joined.result()
    finally:
        pool.shutdown(wait=False)
    return VllmSender(engine)


def connect_ipc(link: EngineLink, source: WeightSource) -> VllmSender:
    """Share a buffer on the GPU that learner and sampler have in common."""
    import_vllm()
    from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo, IPCTrainerWeightTransferEngine

    sizes = [math.prod(one.shape) * one.dtype.itemsize for one in source.metadata()]
    # The buffer must hold the largest tensor, and needs no more room than all of them.
    size = max(*sizes, min(CHUNK_BYTES, sum(sizes)))
    return VllmSender(
        IPCTrainerWeightTransferEngine.trainer_init(
            IPCTrainerInitInfo(rank=0, packed=True, packed_buffer_size_bytes=size), client=link, source=source
        )
    )


def _unique_id() -> bytes:
    """A new `ncclUniqueId`, 128 bytes. Raises OSError where NCCL's library is missing."""
    from vllm.distributed.device_communicators.pynccl_wrapper import NCCLLibrary

    return bytes(NCCLLibrary().ncclGetUniqueId().internal)
