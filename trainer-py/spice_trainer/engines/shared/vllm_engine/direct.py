"""The trainer-side engines of vLLM, for one learner and one sampler process. They need vLLM in this
process too.

The code of vLLM runs here (`vllm.distributed.weight_transfer`). This file adds the source of the
tensors and the link that transports the phases. CUDA is not used before a `connect_*` function is
called.
"""

# vLLM is installed in the environment of this backend only, and not in the environment of the type
# checker.
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

if TYPE_CHECKING:  # importing torch takes seconds, and some importers do not need it
    import torch
    from torch import Tensor

CHUNK_BYTES = 256 << 20
"""Size of the buffers into which tensors are packed, in bytes: two buffers on each side for NCCL,
one buffer on the GPU for IPC. The default of vLLM, 1 GiB, is large beside a learner on the same
GPU."""
BUFFERS = 2


@dataclass(frozen=True)
class TensorInfo:
    """Facts of a tensor that the trainer side of vLLM needs before it gets the tensor (`ParamMeta`
    of vLLM)."""

    name: str
    dtype: torch.dtype
    """Number format in transport."""
    shape: tuple[int, ...]


class WeightSource(Protocol):
    """The `WeightSource` of vLLM. Both methods give the same names in the same order."""

    def metadata(self) -> Sequence[TensorInfo]:
        """Returns the facts of every tensor, in order."""
        ...

    def __iter__(self) -> Iterator[tuple[str, Tensor]]:
        """Returns a new iterator over the tensors. Each tensor is whole and on the device of the
        learner."""
        ...


class VllmSender:
    """A `Sender` that uses a trainer engine of vLLM."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    def send(self) -> None:
        import torch

        if torch.cuda.is_available():
            torch.cuda.synchronize()  # the last optimizer step used the stream of another thread
        self._engine.send_weights()

    def abandon(self) -> None:
        # For NCCL this is ncclCommAbort, which also ends kernels that wait for a peer that has
        # ended.
        self._engine.shutdown()


def import_vllm() -> str:
    """Imports vLLM into the process of the learner. Returns its version. Raises ImportError."""
    # stdout of the sidecar is for its own protocol.
    os.environ.setdefault("VLLM_LOGGING_STREAM", "ext://sys.stderr")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    import vllm

    return str(vllm.__version__)


def obstacle() -> str:
    """Returns the reason why this process cannot use the direct transfers of vLLM; empty when it
    can."""
    try:
        import_vllm()
        from vllm.platforms import current_platform
    except ImportError as missing:
        return f"the learner's environment has no usable vLLM ({missing})"
    return "" if current_platform.is_cuda_alike() else "the learner's environment has vLLM's processor build"


def connect_nccl(link: EngineLink, source: WeightSource, tensor_parallel: int) -> VllmSender:
    """Makes a communicator of the learner (rank 0) and the GPUs of the sampler. Blocks until all
    have joined.

    The id of the communicator is sent over the link, which only these two processes have. The other
    rendezvous of vLLM, a TCP store, would listen for every process and unpickle the received data.
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
    # Both sides enter at the same time. The pool is not a context manager, because leaving it would
    # wait for a call that may never return.
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
    """Shares a buffer on the GPU that learner and sampler both use."""
    import_vllm()
    from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo, IPCTrainerWeightTransferEngine

    sizes = [math.prod(one.shape) * one.dtype.itemsize for one in source.metadata()]
    # The buffer must be as large as the largest tensor, and at most as large as all tensors
    # together.
    size = max(*sizes, min(CHUNK_BYTES, sum(sizes)))
    return VllmSender(
        IPCTrainerWeightTransferEngine.trainer_init(
            IPCTrainerInitInfo(rank=0, packed=True, packed_buffer_size_bytes=size), client=link, source=source
        )
    )


def _unique_id() -> bytes:
    """Returns a new `ncclUniqueId`, 128 bytes. Raises OSError when the NCCL library is missing."""
    from vllm.distributed.device_communicators.pynccl_wrapper import NCCLLibrary

    return bytes(NCCLLibrary().ncclGetUniqueId().internal)
