"""Where the sampler runs and how weights get there, from settings and GPUs; no GPU is needed to decide it."""

from __future__ import annotations

import pytest

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.shared.engine_settings import read_settings
from spice_trainer.engines.shared.vllm_engine.placement import Machine, Placement, choose_gpus, place, visible_devices
from spice_trainer.engines.shared.vllm_engine.process import _environment as environment  # pyright: ignore
from spice_trainer.engines.torch_vllm.backend import PROPERTIES

CPU = Machine(learner_on_gpu=False, gpus=0)


def gpus(count: int, no_direct: str = "") -> Machine:
    return Machine(learner_on_gpu=True, gpus=count, no_direct=no_direct)


@pytest.mark.parametrize(
    ("transfer", "sampler_gpus", "tensor_parallel", "machine", "placed"),
    [
        ("auto", "auto", 1, CPU, Placement("file", None)),
        ("file", "auto", 1, CPU, Placement("file", None)),
        ("auto", "auto", 1, gpus(1), Placement("ipc", (0,))),
        ("auto", "auto", 1, gpus(2), Placement("nccl", (1,))),
        ("auto", "auto", 2, gpus(4), Placement("nccl", (1, 2))),
        ("auto", "auto", 2, gpus(2), Placement("file", (0, 1))),
        ("auto", "0", 1, gpus(2), Placement("ipc", (0,))),
        ("auto", "3", 1, gpus(4), Placement("nccl", (3,))),
        ("nccl", "2,3", 2, gpus(4), Placement("nccl", (2, 3))),
        ("ipc", "auto", 1, gpus(2), Placement("ipc", (0,))),
        ("file", "auto", 1, gpus(2), Placement("file", (1,))),
        ("file", "auto", 1, gpus(1), Placement("file", (0,))),
        ("auto", "auto", 1, gpus(2, "vLLM for processors"), Placement("file", (1,))),
        ("auto", "0", 1, Machine(learner_on_gpu=False, gpus=1), Placement("file", (0,))),
    ],
)
def test_placement(transfer: str, sampler_gpus: str, tensor_parallel: int, machine: Machine, placed: Placement) -> None:
    assert place(transfer, sampler_gpus, tensor_parallel, machine) == placed


@pytest.mark.parametrize(
    ("transfer", "sampler_gpus", "tensor_parallel", "machine", "says"),
    [
        ("nccl", "auto", 1, CPU, "this process sees no CUDA device"),
        ("ipc", "auto", 1, CPU, "this process sees no CUDA device"),
        ("ipc", "auto", 1, Machine(learner_on_gpu=False, gpus=1), "the learner computes on the processor"),
        ("nccl", "auto", 1, gpus(1), "the learner computes on GPU 0"),
        ("nccl", "0,1", 2, gpus(2), "the learner computes on GPU 0"),
        ("ipc", "1", 1, gpus(2), "the learner's memory is on GPU 0"),
        ("ipc", "auto", 2, gpus(2), "the learner's memory is on GPU 0"),
        ("nccl", "auto", 1, gpus(2, "there is no vLLM"), "there is no vLLM"),
    ],
)
def test_what_cannot_work_is_refused_and_never_replaced(
    transfer: str, sampler_gpus: str, tensor_parallel: int, machine: Machine, says: str
) -> None:
    with pytest.raises(BackendError, match=says) as refused:
        place(transfer, sampler_gpus, tensor_parallel, machine)
    assert (refused.value.code, refused.value.reason) == (BackendErrorCode.PRECONDITION, "TRANSFER_UNAVAILABLE")
    assert refused.value.hint


@pytest.mark.parametrize(
    ("sampler_gpus", "tensor_parallel", "present"), [("1", 1, 1), ("0,0", 2, 2), ("0,1", 1, 2), ("2", 1, 2)]
)
def test_gpus_that_do_not_fit_are_refused(sampler_gpus: str, tensor_parallel: int, present: int) -> None:
    with pytest.raises(BackendError) as refused:
        choose_gpus(sampler_gpus, tensor_parallel, present)
    assert refused.value.reason == "ENGINE_SETTING_INVALID"


def test_the_sampler_sees_its_gpus_by_the_names_that_this_process_has_for_them() -> None:
    assert visible_devices({}, (1, 2)) == "1,2"
    assert visible_devices({"CUDA_VISIBLE_DEVICES": "4,GPU-77, 6"}, (1, 2)) == "GPU-77,6"
    assert environment({"CUDA_VISIBLE_DEVICES": "4,5"}, 1, (1,))["CUDA_VISIBLE_DEVICES"] == "5"
    assert environment({"CUDA_VISIBLE_DEVICES": "4,5"}, 1, None)["CUDA_VISIBLE_DEVICES"] == "4,5"
    assert "CUDA_VISIBLE_DEVICES" not in environment({}, 1, None)


def test_settings() -> None:
    assert read_settings({}, PROPERTIES, "torch+vllm")["weight_transfer"] == "auto"
    for wrong in ({"weight_transfer": "rdma"}, {"sampler_gpus": "gpu0"}, {"sampler_gpus": ""}):
        with pytest.raises(BackendError) as refused:
            read_settings(wrong, PROPERTIES, "torch+vllm")
        assert refused.value.reason == "ENGINE_SETTING_INVALID"
