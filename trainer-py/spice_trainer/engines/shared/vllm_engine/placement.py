"""The GPUs of the sampler, and the transfer of weights to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from spice_trainer.api import BackendError, BackendErrorCode

TRANSFER_PROPERTY: dict[str, str] = {
    "type": "string",
    "default": "auto",
    "pattern": "^(auto|file|nccl|ipc)$",
    "description": "How published weights reach vLLM. file: through a file, everywhere. nccl: learner and sampler on "
    "different GPUs of this machine. ipc: both on one GPU. auto: file on a processor, else ipc or nccl by where the "
    "sampler is, if the learner's environment has vLLM's CUDA build.",
}
"""JSON Schema of `weight_transfer`, for learners that support direct transfers."""


@dataclass(frozen=True)
class Machine:
    """Hardware that the process of the learner can use."""

    learner_on_gpu: bool
    gpus: int
    """Number of CUDA devices. The learner uses the first device."""
    no_direct: str = ""
    """The reason why this process cannot use the direct transfers of vLLM; empty when it can."""


@dataclass(frozen=True)
class Placement:
    """Place of the sampler, and transfer of weights to it."""

    transfer: str = "file"
    """`file`, `nccl` or `ipc`."""
    gpus: tuple[int, ...] | None = None
    """Indices among the GPUs of this process. None: all GPUs, in their order."""


def place(transfer: str, sampler_gpus: str, tensor_parallel: int, machine: Machine) -> Placement:
    """Decides `weight_transfer` and `sampler_gpus`. Raises `BackendError` INVALID_ARGUMENT
    (ENGINE_SETTING_INVALID) for GPUs that do not exist or a wrong number of GPUs, and
    FAILED_PRECONDITION (TRANSFER_UNAVAILABLE) for a transfer that cannot work on this machine. No
    other transfer replaces it."""
    chosen = choose_gpus(sampler_gpus, tensor_parallel, machine.gpus)
    if not machine.learner_on_gpu:
        if transfer in ("nccl", "ipc"):
            why = "the learner computes on the processor" if machine.gpus else "this process sees no CUDA device"
            raise _unavailable(transfer, why, "set it to auto or file")
        return Placement("file", chosen)
    if machine.no_direct and transfer in ("nccl", "ipc"):
        raise _unavailable(transfer, machine.no_direct, "run the trainer in vLLM's own environment, or set it to file")
    gpus = chosen or _beside_learner(transfer, tensor_parallel, machine.gpus)
    shared = 0 in gpus
    if transfer == "auto":
        direct = "ipc" if shared else "nccl"
        transfer = "file" if machine.no_direct or (shared and len(gpus) > 1) else direct
    if transfer == "nccl" and shared:
        raise _unavailable(
            transfer,
            f"the sampler is to have GPUs {_list(gpus)} of {machine.gpus}, and the learner computes on GPU 0",
            f"give the sampler {tensor_parallel} of its own (engine.sampler_gpus), or set it to auto",
        )
    if transfer == "ipc" and gpus != (0,):
        raise _unavailable(
            transfer,
            f"the sampler is to have GPUs {_list(gpus)}, and the learner's memory is on GPU 0",
            "set engine.sampler_gpus to 0 and engine.sampler_tensor_parallel to 1, or this to nccl",
        )
    return Placement(transfer, gpus)


def choose_gpus(sampler_gpus: str, tensor_parallel: int, present: int) -> tuple[int, ...] | None:
    """Returns the setting `sampler_gpus` as indices; None for `auto`. Raises INVALID_ARGUMENT
    (ENGINE_SETTING_INVALID)."""
    if sampler_gpus == "auto":
        return None
    gpus = tuple(int(one) for one in sampler_gpus.split(","))
    if len(gpus) != tensor_parallel or len(set(gpus)) != len(gpus):
        raise _invalid(
            f"engine.sampler_gpus is {sampler_gpus} and engine.sampler_tensor_parallel is {tensor_parallel}",
            "name as many as the sampler is spread over, each once",
        )
    if max(gpus) >= present:
        raise _invalid(
            f"engine.sampler_gpus names GPU {max(gpus)}, and this process sees {present}",
            "they are counted from 0, among those that CUDA_VISIBLE_DEVICES leaves",
        )
    return gpus


def visible_devices(environment: Mapping[str, str], gpus: tuple[int, ...]) -> str:
    """Returns CUDA_VISIBLE_DEVICES for a process that gets `gpus`, which are indices among the GPUs
    of this process."""
    ours = environment.get("CUDA_VISIBLE_DEVICES")
    names = None if ours is None else [one.strip() for one in ours.split(",")]
    return ",".join(str(one) if names is None else names[one] for one in gpus)


def _beside_learner(transfer: str, tensor_parallel: int, present: int) -> tuple[int, ...]:
    first = 1 if transfer != "ipc" and present > tensor_parallel else 0
    return tuple(range(first, first + min(tensor_parallel, max(present, 1))))


def _list(gpus: tuple[int, ...]) -> str:
    return ",".join(map(str, gpus))


def _invalid(message: str, hint: str) -> BackendError:
    return BackendError(BackendErrorCode.INVALID, "ENGINE_SETTING_INVALID", message, hint)


def _unavailable(transfer: str, why: str, hint: str) -> BackendError:
    return BackendError(
        BackendErrorCode.PRECONDITION, "TRANSFER_UNAVAILABLE", f"engine.weight_transfer is {transfer}, but {why}", hint
    )
