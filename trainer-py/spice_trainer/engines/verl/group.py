"""The worker group in the sidecar: started, called, and declared lost when a worker ends."""

# Ray, verl and tensordict are installed in the environment of this backend only, and not in the
# environment of the type checker.
# pyright: reportMissingImports=false
from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from spice_trainer.api import BackendError, BackendErrorCode, LossSpec
from spice_trainer.engines.verl.columns import NAMES, Row
from spice_trainer.engines.verl.deaths import worker_died
from spice_trainer.engines.verl.loss import weighted_loss
from spice_trainer.engines.verl.settings import WorkerSettings

_LOG = logging.getLogger(__name__)
_RENDEZVOUS_PORTS = range(20_000, 32_000)
"""Ports on which worker 0 listens for the others. One process searches the port and another process
uses it half a minute later. A port that the kernel gives to outgoing connections (from 32768), or
that Ray gives to its workers (to 19999), may be in use by then."""


class WorkerGroup:
    """`RayWorkerGroup` of verl over `LearnerWorker`. After WORKER_DIED every call raises it again.
    The part of weights, moments and gradients of the lost worker does not exist any more; only a
    new process and a checkpoint restore it."""

    def __init__(self, settings: WorkerSettings, device: str, model: Path) -> None:
        """Starts the workers and loads the model, which takes a minute or two. Raises
        `BackendError` UNAVAILABLE (WORKER_DIED), MEMORY (DEVICE_OUT_OF_MEMORY) or UNAVAILABLE
        (WORKER_FAILED)."""
        self._lost: BackendError | None = None
        self._loss: tuple[LossSpec, float] | None = None
        self._settings = settings
        self._workers: list[Any] = []
        self._group: Any = None
        self._guarded(lambda: self._start(settings, device, model))

    def _start(self, settings: WorkerSettings, device: str, model: Path) -> None:
        import ray
        from verl.single_controller.ray import RayClassWithInitArgs, RayResourcePool, RayWorkerGroup

        from spice_trainer.engines.verl.worker import LearnerWorker
        from spice_trainer.engines.verl.worker_config import worker_config

        on_gpu = device != "cpu"
        self._group = RayWorkerGroup(
            resource_pool=RayResourcePool(settings.processes_on_nodes, use_gpu=on_gpu, max_colocate_count=1),
            ray_cls_with_init=RayClassWithInitArgs(
                cls=ray.remote(LearnerWorker), config=worker_config(settings, model)
            ),
            device_name=device,
            master_port_range=_ports(),
        )
        self._workers = list(self._group.workers)
        self._group.reset()

    @property
    def size(self) -> int:
        """Number of workers."""
        return self._settings.workers

    def call(self, method: str, *arguments: Any) -> list[Any]:
        """Runs a method of `LearnerWorker` in all workers. Returns their answers in order. Raises
        the `BackendError` codes of the constructor, and OSError when a worker raised it."""
        return self._guarded(lambda: getattr(self._group, method)(*arguments))

    def forward_backward(
        self, rows: Sequence[Row], loss: LossSpec, normalizer: float
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Adds the gradient of one round. Returns log-probabilities and entropies by position, row
        by row."""
        if self._loss != (loss, normalizer):
            self.call("set_loss_fn", partial(weighted_loss, loss=loss, normalizer=normalizer))
            self._loss = (loss, normalizer)
        output = self._guarded(lambda: _wait(self._group.forward_backward(self._batch(rows, True))))
        return _rows_of(output["log_probs"]), _rows_of(output["entropy"])

    def score(self, rows: Sequence[Row]) -> list[np.ndarray]:
        """Returns log-probabilities by position, without gradient."""
        output = self._guarded(lambda: _wait(self._group.infer_batch(self._batch(rows, False))))
        return _rows_of(output["log_probs"])

    def close(self) -> None:
        """Kills the workers. May be called twice."""
        import ray

        workers, self._workers, self._group = self._workers, [], None
        for worker in workers:
            with contextlib.suppress(Exception):
                ray.kill(worker, no_restart=True)

    def _batch(self, rows: Sequence[Row], training: bool) -> Any:
        """Returns the TensorDict for the engine of verl: jagged tensors, one micro-batch for each
        worker."""
        from verl.utils import tensordict_utils

        weights = [
            torch.from_numpy(row.columns["weight"] > 0) if training else torch.ones(len(row.ids)) for row in rows
        ]
        tensors: dict[str, Tensor] = {
            "input_ids": _jagged([torch.from_numpy(row.ids.astype(np.int64)) for row in rows]),
            "position_ids": _jagged([torch.arange(len(row.ids)) for row in rows]),
            "loss_mask": _jagged([weight.float() for weight in weights]),
            "temperature": torch.tensor([row.temperature for row in rows], dtype=torch.float32),
        }
        if training:
            for name in NAMES:
                tensors[name] = _jagged([torch.from_numpy(row.columns[name]) for row in rows])
        return tensordict_utils.get_tensordict(
            tensors,
            non_tensor_dict={
                "pad_mode": "no_padding",
                "use_remove_padding": False,
                "use_dynamic_bsz": False,
                "micro_batch_size_per_gpu": len(rows) // self.size,
                "calculate_entropy": training,
                "compute_loss": training,
                "global_batch_size": len(rows),
            },
        )

    def _guarded(self, work: Callable[[], Any]) -> Any:
        import ray.exceptions

        if self._lost is not None:
            raise self._lost
        try:
            return work()
        # Before RayTaskError, because an error that wraps it is both.
        except ray.exceptions.RayActorError as died:
            raise self._died(str(died)) from died
        except ray.exceptions.RayTaskError as failed:
            raise self._translate(failed) from failed
        except ray.exceptions.RayError as failed:
            raise self._died(str(failed)) from failed

    def _translate(self, failed: Any) -> Exception:
        """Returns the error that a worker raised. The other workers may wait for it in a
        collective, so all are abandoned."""
        cause = failed.cause
        if isinstance(cause, OSError) and cause.errno is not None:
            return OSError(cause.errno, cause.strerror or str(cause))
        if isinstance(cause, BackendError):
            return cause
        text = str(cause)
        if isinstance(cause, MemoryError | torch.OutOfMemoryError) or "allocate memory" in text:
            half = self._settings.train_tokens // 2
            return self._lose(
                BackendError(
                    BackendErrorCode.MEMORY,
                    "DEVICE_OUT_OF_MEMORY",
                    f"a worker has not enough memory for a micro-batch of {self._settings.train_tokens} tokens",
                    f"set engine.train_tokens to {half}, or take more workers",
                    facts={"suggested_tokens": str(half)},
                )
            )
        if any(sign in text for sign in ("Connection closed by peer", "Connection reset by peer", "Broken pipe")):
            return self._died(text)  # one worker ended, and another worker reported it first
        _LOG.error("a worker failed:\n%s", failed)
        return self._lose(
            BackendError(
                BackendErrorCode.UNAVAILABLE,
                "WORKER_FAILED",
                f"a worker raised {type(cause).__name__}: {text.splitlines()[0] if text else ''}",
                "the trainer's log has the stack trace; the trainer must be started again",
            )
        )

    def _died(self, text: str) -> BackendError:
        _LOG.error("a worker is gone:\n%s", text)
        return self._lose(worker_died(text))

    def _lose(self, error: BackendError) -> BackendError:
        self._lost = error
        self.close()
        return error


def _ports() -> list[int]:
    """Returns the first port to try, and the end of the range. The first port is random, because
    two groups that start at the same time would otherwise both choose the first free port."""
    return [secrets.choice(_RENDEZVOUS_PORTS[: len(_RENDEZVOUS_PORTS) // 2]), _RENDEZVOUS_PORTS.stop]


def _wait(output: Any) -> Any:
    return output.get() if type(output).__name__.endswith("Future") else output


def _jagged(parts: list[Tensor]) -> Tensor:
    return torch.nested.as_nested_tensor(parts, layout=torch.jagged)


def _rows_of(nested: Tensor) -> list[np.ndarray]:
    return [part.float().numpy() for part in nested.unbind()]
