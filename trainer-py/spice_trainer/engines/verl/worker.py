"""One process of the learner: the Tinker worker of verl with additions for the contract.

Every method runs in all workers at the same time. The methods are collectives: a worker that does
not call a method stops the others.
"""

# verl is installed in the environment of this backend only, and not in the environment of the type
# checker.
# pyright: reportMissingImports=false, reportUntypedBaseClass=false, reportUntypedFunctionDecorator=false
from __future__ import annotations

import math
import os
import socket
from pathlib import Path
from typing import Any, TypedDict

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from verl.single_controller.base.decorator import Dispatch, register
from verl.utils.device import get_device_name
from verl.workers.engine_workers_tinker import TinkerTrainingWorker

from spice_trainer.engines.shared.hardware import peak_memory_bytes
from spice_trainer.engines.shared.torch_checkpoint import read_files, write_files, write_tensors
from spice_trainer.engines.verl import shards
from spice_trainer.engines.verl.rendezvous import METHOD
from spice_trainer.toolkit.torch.digest import digest


class Step(TypedDict):
    """`OptimSpec` as a plain dictionary."""

    lr: float
    betas: tuple[float, float]
    eps: float
    weight_decay: float
    max_grad_norm: float | None
    reset_moments: bool


class Facts(TypedDict):
    """Facts of a worker."""

    pid: int
    host: str
    device: str
    parameters: int
    shapes: dict[str, tuple[int, ...]]
    """Shapes of the trainable tensors, in order."""


class LearnerWorker(TinkerTrainingWorker):
    """A worker. verl implements `forward_backward`, `infer_batch`, `set_loss_fn` and `reset`."""

    def __init__(self, config: Any) -> None:
        os.environ["DIST_INIT_METHOD"] = METHOD
        if get_device_name() == "cpu":
            from spice_trainer.engines.verl.cpu_platform import use_cpu

            use_cpu()
        super().__init__(config)
        self._kept: dict[str, Tensor] = {}

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def facts(self) -> Facts:
        """Returns the facts of this process and the model."""
        shapes = {name: tuple(parameter.shape) for name, parameter in self._parameters().items()}
        return Facts(
            pid=os.getpid(),
            host=socket.gethostname(),
            device=str(get_device_name()),
            parameters=sum(math.prod(shape) for shape in shapes.values()),
            shapes=shapes,
        )

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def peak_memory(self) -> int:
        """Returns the peak memory of this process, bytes."""
        return peak_memory_bytes(torch.device(str(get_device_name())))

    # -------------------------------------------------------------------------------------- updates

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def apply_gradient(self, step: Step) -> float:
        """Clips and updates with `optimizer_step` of verl. Returns the norm before clipping. A norm
        that is not finite updates nothing. The gradients are then discarded. Clipping is done here,
        because verl sets its bound when the worker is made, and adds 1e-6 to the norm by which it
        divides."""
        parameters = self._parameters()
        for parameter in parameters.values():
            if parameter.grad is None:  # a gradient of zero also changes moments and decays weights
                parameter.grad = torch.zeros_like(parameter)
        norm = _norm([parameter.grad for parameter in parameters.values() if parameter.grad is not None])
        if not math.isfinite(norm):
            self.engine.optimizer_zero_grad()
            return norm
        bound = step["max_grad_norm"]
        if bound is not None and norm > bound:
            for parameter in parameters.values():
                assert parameter.grad is not None
                parameter.grad.mul_(bound / norm)
        if step["reset_moments"]:
            self.engine.optimizer.state.clear()
        self.optimizer_step({name: step[name] for name in ("lr", "betas", "eps", "weight_decay")})
        return norm

    # -------------------------------------------------------------------------------------- weights

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def publish_weights(self, path: str | None, dtype: str) -> str:
        """Returns the digest of the trainable tensors, or an empty text from workers other than 0.
        Worker 0 also writes the tensors to `path` in `dtype`. Raises OSError in worker 0."""
        gathered = self._gather(self._parameters())
        if self.rank != 0:
            return ""
        if path is not None:
            wanted = getattr(torch, dtype)
            write_tensors({name: tensor.to(wanted).contiguous() for name, tensor in gathered.items()}, Path(path))
        return digest(gathered)

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def swap_in(self, path: str) -> None:
        """Computes with other weights until `swap_out`: the weights of a file or of the folder of a
        model."""
        tensor = shards.reader(Path(path))
        for name, parameter in self._parameters().items():
            self._kept[name] = shards.local_copy(parameter)
            shards.assign(parameter, tensor(name))

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def swap_out(self) -> None:
        """Returns to the training weights."""
        for name, parameter in self._parameters().items():
            if name in self._kept:
                shards.put_back(parameter, self._kept[name])
        self._kept = {}

    # ---------------------------------------------------------------------------------- checkpoints

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def write_state(self, folder: str) -> None:
        """Writes weights, moments and generator. Worker 0 writes. Raises OSError in worker 0."""
        parameters = self._parameters()
        weights, moments = self._gather(parameters), self._gather(self._moments(parameters))
        if self.rank == 0:
            write_files(Path(folder), weights, moments, torch.get_rng_state())

    @register(dispatch_mode=Dispatch.ONE_TO_ALL)
    def read_state(self, folder: str) -> None:
        """Reads the files of `write_state`, also from another number of workers. Gradients are
        discarded."""
        weights, moments, generator = read_files(Path(folder))
        optimizer = self.engine.optimizer
        optimizer.zero_grad()
        optimizer.state.clear()
        for name, parameter in self._parameters().items():
            shards.assign(parameter, weights[name])
            if moments:
                optimizer.state[parameter] = {
                    "step": moments["step"].clone(),
                    **{key: shards.like(parameter, moments[f"{name}.{key}"]) for key in ("exp_avg", "exp_avg_sq")},
                }
        torch.set_rng_state(generator)

    # -------------------------------------------------------------------------------------- helpers

    def _parameters(self) -> dict[str, torch.nn.Parameter]:
        return dict(shards.parameters(self.engine.module))

    def _moments(self, parameters: dict[str, torch.nn.Parameter]) -> dict[str, Tensor]:
        """Returns the moments, with the names of the torch backend
        (engines/shared/torch_learner/parameters.py)."""
        found: dict[str, Tensor] = {}
        for name, parameter in parameters.items():
            state = self.engine.optimizer.state.get(parameter, {})
            found.update({f"{name}.{key}": state[key] for key in ("exp_avg", "exp_avg_sq") if key in state})
            if "step" in state:
                found["step"] = state["step"]
        return found

    def _gather(self, tensors: dict[str, Any]) -> dict[str, Tensor]:
        """Returns whole tensors in worker 0. The other workers take part and keep nothing."""
        found: dict[str, Tensor] = {}
        for name, tensor in tensors.items():
            value = shards.whole(tensor)
            if self.rank == 0:
                found[name] = value.clone()
        return found


def _norm(gradients: list[Tensor]) -> float:
    norm = torch.nn.utils.get_total_norm(gradients)
    return float(norm.full_tensor() if isinstance(norm, DTensor) else norm)
