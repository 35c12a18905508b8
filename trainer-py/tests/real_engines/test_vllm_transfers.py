"""vLLM's direct transfers: names that must match the pinned version, refusals, and, on GPUs, the real thing. Runs in
torch+vllm's environment; `npm run test:engines`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from spice_trainer.api import BackendError, OpenSpec

if importlib.util.find_spec("vllm") is None:
    pytest.skip("needs the environment of torch+vllm: npm run test:engines", allow_module_level=True)

from bench import byte_model
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.vllm_engine import direct
from spice_trainer.engines.torch_vllm.backend import create as create_torch_vllm
from tests.real_engines.driving import gap, sample, train

CUDA_DEVICES = torch.cuda.device_count()


def test_field_names_are_those_of_the_pinned_vllm() -> None:
    """What direct.py and the stand-in processes write by name."""
    from vllm.config import WeightTransferConfig
    from vllm.distributed.weight_transfer import base, ipc_engine, nccl_common, nccl_engine

    from spice_trainer.engines.shared.vllm_engine.extension import BACKENDS, NcclWeights
    from spice_trainer.engines.shared.vllm_engine.link import EngineLink

    def fields(kind: Any) -> set[str]:
        return {one.name for one in dataclasses.fields(kind)}

    assert {WeightTransferConfig(backend=name).backend for name in BACKENDS.values()} == set(BACKENDS.values())
    assert {"rank_offset", "world_size", "nccl_unique_id_b64", "packed", "packed_buffer_size_bytes"} <= fields(
        nccl_common.NCCLWeightTransferInitInfo
    )
    assert fields(nccl_engine.NCCLWeightTransferUpdateInfo) == {"names", "dtype_names", "shapes"}
    assert {"packed", "packed_buffer_size_bytes", "rank"} == fields(ipc_engine.IPCTrainerInitInfo)
    assert {"names", "dtype_names", "shapes", "ipc_handles", "tensor_sizes"} <= fields(
        ipc_engine.IPCWeightTransferUpdateInfo
    )
    assert fields(direct.TensorInfo) == fields(base.ParamMeta)
    link = EngineLink(lambda _: True, 1.0, lambda _: None)
    assert isinstance(link, base.VLLMWeightSyncClient)
    assert NcclWeights.update_info_cls is nccl_engine.NCCLWeightTransferUpdateInfo
    with pytest.raises(TypeError):
        nccl_engine.NCCLWeightTransferUpdateInfo(names=[], dtype_names=[], shapes=[], packed=True)


def test_the_nccl_id_is_made_by_the_real_library() -> None:
    first, second = direct._unique_id(), direct._unique_id()
    assert len(first) == 128
    assert first != second


@pytest.mark.skipif(CUDA_DEVICES > 0, reason="this machine has a CUDA device")
@pytest.mark.parametrize("transfer", ["nccl", "ipc"])
def test_without_cuda_a_direct_way_is_refused(transfer: str, tmp_path: Path) -> None:
    byte_model.write(tmp_path, head_size=64)
    spec = OpenSpec(
        model=str(tmp_path),
        seed=1,
        compute_dtype="float32",
        max_context_tokens=256,
        engine={"weight_transfer": transfer},
    )
    with pytest.raises(BackendError, match="no CUDA device") as refused:
        create_torch_vllm().open(spec, Silent())
    assert refused.value.reason == "TRANSFER_UNAVAILABLE"


@pytest.mark.parametrize(("transfer", "devices"), [("ipc", 1), ("nccl", 2)])
def test_on_gpus(transfer: str, devices: int, tmp_path: Path) -> None:
    """Never run yet: no machine of this project had a GPU."""
    if devices > CUDA_DEVICES:
        pytest.skip("no CUDA device" if CUDA_DEVICES == 0 else f"needs {devices} CUDA devices")
    byte_model.write(tmp_path, head_size=64)
    made = create_torch_vllm()
    spec = OpenSpec(
        model=str(tmp_path),
        seed=1,
        compute_dtype="float32",
        max_context_tokens=256,
        engine={"weight_transfer": transfer},
    )
    try:
        made.open(spec, Silent())
        for _ in range(2):
            train(made)
            version = made.publish().version
            samples, done = sample(made)
            assert done.error is None
            assert gap(made, samples, version) < 1e-3
        assert made.session.sampler.pid is not None
        train(made)
        os.kill(made.session.sampler.pid, signal.SIGKILL)
        sample(made)
        samples, done = sample(made)
        assert done.error is None
        assert gap(made, samples, version) < 1e-3
        train(made)
        newer = made.publish().version
        samples, _ = sample(made)
        assert gap(made, samples, newer) < 1e-3
    finally:
        made.close()
