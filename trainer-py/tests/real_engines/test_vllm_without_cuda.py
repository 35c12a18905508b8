"""The nccl and ipc ways of publishing between a real learner and a real vLLM on a processor, whose CUDA calls are replaced
(without_cuda.py). To be run after other tests: what it replaces stays so in this process. `npm run test:engines`."""

from __future__ import annotations

import importlib.util
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from spice_trainer.api import Backend, LoraSpec, OpenSpec

if importlib.util.find_spec("vllm") is None:
    pytest.skip("needs the environment of torch+vllm: npm run test:engines", allow_module_level=True)

from bench import byte_model
from spice_trainer.engines.shared.silent import Silent
from spice_trainer.engines.shared.vllm_engine import direct
from spice_trainer.engines.shared.vllm_engine.placement import Machine
from spice_trainer.engines.shared.vllm_engine.process import INTERPRETER_VARIABLE
from spice_trainer.engines.torch_vllm.backend import create as create_torch_vllm
from tests.real_engines import without_cuda
from tests.real_engines.driving import gap, sample, train

if torch.cuda.is_available():
    pytest.skip("this machine has a CUDA device: test_vllm_transfers.py runs the real thing", allow_module_level=True)


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
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A learner with adapters and an engine on this processor that both believe in GPUs."""
    folder = tmp_path_factory.mktemp(request.param)
    byte_model.write(folder, head_size=64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(without_cuda.FOLDER_VARIABLE, str(folder))
        patch.setenv(INTERPRETER_VARIABLE, str(interpreter(folder)))
        patch.setattr(
            "spice_trainer.engines.torch_vllm.backend.find_machine",
            lambda device, transfer: Machine(learner_on_gpu=True, gpus=1 if transfer == "ipc" else 2),
        )
        patch.setattr(direct, "VllmSender", Recorded)
        patch.setattr(direct, "CHUNK_BYTES", 40_000)  # the model has 0.5 MB: a dozen chunks
        Recorded.made = []
        direct.import_vllm()
        without_cuda.install()
        made = create_torch_vllm()
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


def test_merged_adapters_and_the_tied_layer_arrive_directly(backend: Backend) -> None:
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
    backend: Backend,
) -> None:
    train(backend)
    version = backend.publish().version
    train(backend)  # the learner no longer has what is served
    setups = len(Recorded.made)
    assert backend.session.sampler.pid is not None
    os.kill(backend.session.sampler.pid, signal.SIGKILL)
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
