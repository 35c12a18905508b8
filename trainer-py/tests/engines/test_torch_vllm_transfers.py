"""The nccl and ipc ways of publishing, with real vLLM. Without a GPU its CUDA calls are replaced (without_cuda.py);
with one, the test at the end runs the real thing. Runs in torch+vllm's environment; `npm run test:engines`."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from spice_trainer.backend import (
    BackendError,
    CrossEntropyLoss,
    LoraSpec,
    OpenSpec,
    OptimSpec,
    Prompt,
    PromptSpec,
    SampleDone,
    SampleEvent,
    SampleFinished,
    SampleRequest,
    SamplingParams,
    TrainBatch,
    TrainSequence,
)

if importlib.util.find_spec("vllm") is None:
    pytest.skip("needs the environment of torch+vllm: npm run test:engines", allow_module_level=True)

from bench import byte_model
from spice_trainer.backends.silent import Silent
from spice_trainer.backends.torch_vllm import TorchVllmBackend
from spice_trainer.backends.vllm_engine import direct
from spice_trainer.backends.vllm_engine.placement import Machine
from spice_trainer.backends.vllm_engine.process import INTERPRETER_VARIABLE
from tests.engines import without_cuda

PROMPTS = [np.array([10, 20, 30, 40], dtype=np.int32), np.array([11, 21, 31], dtype=np.int32)]
CUDA_DEVICES = torch.cuda.device_count()


class Recorded(direct.VllmSender):
    """Counts what was set up and sent."""

    made: list[Recorded]
    sent = 0

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self.made.append(self)

    def send(self) -> None:
        super().send()
        self.sent += 1


@pytest.fixture(scope="module", params=["nccl", "ipc"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorchVllmBackend]:
    """A learner with adapters and an engine on this processor that both believe in GPUs."""
    folder = tmp_path_factory.mktemp(request.param)
    byte_model.write(folder, head_size=64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(without_cuda.FOLDER_VARIABLE, str(folder))
        patch.setenv(INTERPRETER_VARIABLE, str(interpreter(folder)))
        patch.setattr(
            "spice_trainer.backends.torch_vllm.backend._machine",
            lambda device, transfer: Machine(learner_on_gpu=True, gpus=1 if transfer == "ipc" else 2),
        )
        patch.setattr(direct, "VllmSender", Recorded)
        patch.setattr(direct, "CHUNK_BYTES", 40_000)  # the model has 0.5 MB: a dozen chunks
        Recorded.made = []
        direct.import_vllm()
        without_cuda.install()
        made = TorchVllmBackend()
        made.open(
            OpenSpec(
                model=str(folder),
                seed=1,
                compute_dtype="float32",
                max_context_tokens=256,
                lora=LoraSpec(rank=4, alpha=8),
                # Two imports of vLLM beside other work took more than the default of 300 s.
                engine={"weight_transfer": request.param, "sampler_start_seconds": 1800},
            ),
            Silent(),
        )
        yield made
        made.close()


def interpreter(folder: Path) -> Path:
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(without_cuda.__file__)} "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def sample(backend: TorchVllmBackend) -> tuple[list[SampleFinished], SampleDone]:
    events: list[SampleEvent] = []
    over = threading.Event()

    def sink(event: SampleEvent) -> None:
        events.append(event)
        if isinstance(event, SampleDone):
            over.set()

    specs = tuple(PromptSpec(Prompt(token_ids=ids), (0, 1, 2)) for ids in PROMPTS)
    backend.submit(SampleRequest(specs, SamplingParams(max_tokens=12)), sink)
    assert over.wait(300)
    done = events[-1]
    assert isinstance(done, SampleDone)
    return [one for one in events if isinstance(one, SampleFinished)], done


def gap(backend: TorchVllmBackend, samples: list[SampleFinished], target: int) -> float:
    """Largest difference between vLLM's log-probabilities and the learner's under a version."""
    sequences = [(one.prompt_index, one.token_ids) for one in samples]
    scored = backend.score(PROMPTS, sequences, target, 1.0, Silent())
    return max(float(np.abs(row - one.logprobs).max()) for row, one in zip(scored, samples, strict=True))


def train(backend: TorchVllmBackend, rate: float = 3e-2) -> None:
    def sequence(index: int) -> TrainSequence:
        return TrainSequence(
            prompt_ref=index,
            completion_ids=np.array([50, 51, 52, 53], dtype=np.int32),
            weights=np.ones(4, dtype=np.float32),
            advantages=np.ones(4, dtype=np.float32),
            behaviour_logprobs=None,
            old_logprobs=None,
            reference_logprobs=None,
            temperature=1.0,
            role="warmup",
            group_id="",
            sample_id="",
        )

    batch = TrainBatch(tuple(PROMPTS), (sequence(0), sequence(1)))
    backend.forward_backward(batch, CrossEntropyLoss(), 8.0, False, Silent())
    backend.optim_step(OptimSpec(learning_rate=rate))


def test_merged_adapters_and_the_tied_layer_arrive_directly(backend: TorchVllmBackend) -> None:
    sent = sum(one.sent for one in Recorded.made)
    for _ in range(2):
        train(backend)
        version = backend.publish().version
        samples, done = sample(backend)
        assert done.error is None
        assert {one.policy_version for one in samples} == {version}
        assert gap(backend, samples, version) < 2e-4
    assert sum(one.sent for one in Recorded.made) == sent + 2
    assert len(Recorded.made) == 1  # one init


def test_a_killed_engine_comes_back_with_the_served_version_and_is_reached_directly_again(
    backend: TorchVllmBackend,
) -> None:
    train(backend)
    version = backend.publish().version
    train(backend)  # the learner no longer has what is served
    setups = len(Recorded.made)
    assert backend.sampler_pid is not None
    os.kill(backend.sampler_pid, signal.SIGKILL)
    samples, done = sample(backend)
    if done.error is not None:  # it was taken before the death was noticed
        samples, done = sample(backend)
    assert done.error is None
    assert {one.policy_version for one in samples} == {version}
    assert gap(backend, samples, version) < 2e-4
    newer = backend.publish().version
    samples, _ = sample(backend)
    assert {one.policy_version for one in samples} == {newer}
    assert gap(backend, samples, newer) < 2e-4
    assert len(Recorded.made) == setups + 1


def test_field_names_are_those_of_the_pinned_vllm() -> None:
    """What direct.py and the stand-in processes write by name."""
    from vllm.config import WeightTransferConfig
    from vllm.distributed.weight_transfer import base, ipc_engine, nccl_common, nccl_engine

    from spice_trainer.backends.vllm_engine.extension import BACKENDS, NcclWeights
    from spice_trainer.backends.vllm_engine.link import EngineLink

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
        TorchVllmBackend().open(spec, Silent())
    assert refused.value.reason == "TRANSFER_UNAVAILABLE"


@pytest.mark.parametrize(("transfer", "devices"), [("ipc", 1), ("nccl", 2)])
def test_on_gpus(transfer: str, devices: int, tmp_path: Path) -> None:
    """Never run yet: no machine of this project had a GPU."""
    if devices > CUDA_DEVICES:
        pytest.skip("no CUDA device" if CUDA_DEVICES == 0 else f"needs {devices} CUDA devices")
    byte_model.write(tmp_path, head_size=64)
    made = TorchVllmBackend()
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
        assert made.sampler_pid is not None
        train(made)
        os.kill(made.sampler_pid, signal.SIGKILL)
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
