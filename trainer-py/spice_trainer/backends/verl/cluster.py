"""The Ray cluster that the workers live in: one of our own on this machine, or one that runs already."""

# Ray is in this backend's environment only, not in the one that types are checked in.
# pyright: reportMissingImports=false
from __future__ import annotations

import logging
import os
import shutil
import tempfile
from pathlib import Path

import spice_trainer
from spice_trainer.backend import BackendError, BackendErrorCode
from spice_trainer.backends.verl.settings import LOCAL, WorkerSettings

_LOG = logging.getLogger(__name__)
_OBJECT_STORE_BYTES = 256 << 20
"""Batches and log-probabilities pass through it, never weights."""


def environment(settings: WorkerSettings, device: str) -> dict[str, str]:
    """Variables of every worker, and of this process before it imports verl."""
    ours = {
        "PYTHONPATH": str(Path(spice_trainer.__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": str(worker_threads(settings)),
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "WANDB_MODE": "disabled",
        "DO_NOT_TRACK": "1",
    }
    if device == "cpu":
        ours |= {
            "VERL_PLATFORM": "cpu",
            "VERL_USE_EXTERNAL_MODULES": "spice_trainer.backends.verl.cpu_platform",
            "CUDA_VISIBLE_DEVICES": "",
        }
    if settings.ray_address == LOCAL:
        # Nothing of a local cluster is reachable from outside of this machine.
        ours |= {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}
    return ours


def worker_threads(settings: WorkerSettings) -> int:
    """Processor threads of one worker."""
    here = max(1, settings.workers // settings.nodes)
    return settings.threads or max(1, len(os.sched_getaffinity(0)) // here)


class Cluster:
    """A connection to Ray; a local cluster ends with it. Ray's token authentication stays as it is: on."""

    def __init__(self, settings: WorkerSettings, device: str) -> None:
        """Start or connect. Raises `BackendError` UNAVAILABLE (RAY_UNREACHABLE) or PRECONDITION (RAY_IN_USE)."""
        import ray

        if ray.is_initialized():
            raise BackendError(
                BackendErrorCode.PRECONDITION, "RAY_IN_USE", "this process is connected to a Ray cluster already"
            )
        own = settings.ray_address == LOCAL
        variables = environment(settings, device)
        os.environ.update(variables)
        self._folder = Path(tempfile.mkdtemp(prefix="spice-ray-")) if own else None
        try:
            # Workers print a lot, and our stdout is the sidecar's own: their logs stay in Ray's folder.
            common = {"runtime_env": {"env_vars": variables}, "log_to_driver": False, "configure_logging": False}
            if own:
                ray.init(
                    address="local",
                    num_cpus=settings.workers,
                    include_dashboard=False,
                    object_store_memory=_OBJECT_STORE_BYTES,
                    _node_ip_address="127.0.0.1",
                    _temp_dir=str(self._folder),
                    **common,
                )
            else:
                ray.init(address=settings.ray_address, **common)
        except Exception as failed:
            self._remove()
            raise BackendError(
                BackendErrorCode.UNAVAILABLE,
                "RAY_UNREACHABLE",
                f"the Ray cluster {settings.ray_address} cannot be used: {str(failed).splitlines()[0]}",
                "for a cluster that runs already: engine.ray_address is its head's HOST:PORT, and this machine has its token",
            ) from failed

    def close(self) -> None:
        """Disconnect, and end a cluster of our own with all its processes. Safe to call twice."""
        import ray

        try:
            ray.shutdown()
        except Exception:
            _LOG.exception("Ray did not shut down")
        self._remove()

    def _remove(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
