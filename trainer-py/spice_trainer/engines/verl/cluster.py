"""The Ray cluster that the workers live in: one of our own on this machine, or one that runs already."""

# Ray is in this backend's environment only, not in the one that types are checked in.
# pyright: reportMissingImports=false
from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from spice_trainer.api import BackendError, BackendErrorCode
from spice_trainer.engines.shared.package_root import PACKAGE_ROOT
from spice_trainer.engines.shared.ray_access import LOOPBACK, START_SECONDS, PrivateAccess
from spice_trainer.engines.verl.settings import LOCAL, WorkerSettings
from spice_trainer.engines.verl.watchdog import end, family, start

_LOG = logging.getLogger(__name__)
_OBJECT_STORE_BYTES = 256 << 20
"""Batches and log-probabilities pass through it, never weights."""


def environment(settings: WorkerSettings, device: str) -> dict[str, str]:
    """Variables of every worker, and of this process before it imports verl."""
    ours = {
        "PYTHONPATH": str(PACKAGE_ROOT),
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
            "VERL_USE_EXTERNAL_MODULES": "spice_trainer.engines.verl.cpu_platform",
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
    """A connection to Ray. A local cluster ends with it, listens on loopback alone and has a token of its own; one by
    address is reached with what the user of this process set for it: the `RAY_AUTH_*` variables, or Ray's token file."""

    def __init__(self, settings: WorkerSettings, device: str) -> None:
        """Start or connect. Raises `BackendError` UNAVAILABLE (RAY_UNREACHABLE) or PRECONDITION (RAY_IN_USE)."""
        import ray

        if ray.is_initialized():
            raise BackendError(
                BackendErrorCode.PRECONDITION, "RAY_IN_USE", "this process is connected to a Ray cluster already"
            )
        variables = environment(settings, device)
        os.environ.update(variables)
        # Workers print a lot, and our stdout is the sidecar's own: their logs stay in Ray's folder.
        common = {"runtime_env": {"env_vars": variables}, "log_to_driver": False, "configure_logging": False}
        self._folder: Path | None = None
        self._access: PrivateAccess | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        try:
            if settings.ray_address == LOCAL:
                self._start(settings, common)
            else:
                ray.init(address=settings.ray_address, **common)
        except Exception as failed:
            self._log_tails()
            self.close()
            raise BackendError(
                BackendErrorCode.UNAVAILABLE,
                "RAY_UNREACHABLE",
                f"the Ray cluster {settings.ray_address} cannot be used: {str(failed).splitlines()[0]}",
                "for a cluster that runs already: engine.ray_address is its head's HOST:PORT, and its token is here",
            ) from failed

    def _start(self, settings: WorkerSettings, common: dict[str, Any]) -> None:
        """A cluster of our own."""
        import ray

        # Private, and Ray's own one level below: Ray lets every user write where it is told to keep its files.
        self._folder = Path(tempfile.mkdtemp(prefix="spice-ray-"))
        self._access = PrivateAccess(self._folder)
        self._watchdog = start(self._folder)
        # Ray's workers yield to everything else by default (nice 15), and ours are the work itself.
        os.environ.setdefault("RAY_worker_niceness", "0")
        with _patience():
            ray.init(
                address="local",
                num_cpus=settings.workers,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                _node_ip_address=LOOPBACK,
                _temp_dir=str(self._folder / "ray"),
                **common,
            )
        self._access.check()

    def close(self) -> None:
        """Disconnect, and end a cluster of our own with all its processes. Safe to call twice."""
        import ray

        try:
            ray.shutdown()
        except Exception:
            _LOG.exception("Ray did not shut down")
        self._remove()

    def _log_tails(self) -> None:
        """Into our log what Ray's processes said last: their own logs go with the folder."""
        if self._folder is None:
            return
        for name in ("raylet.out", "gcs_server.out", "dashboard_agent.log"):
            for path in self._folder.glob(f"ray/session_latest/logs/{name}"):
                lines = path.read_text(errors="replace").splitlines()[-8:]
                _LOG.error("%s ended with:\n%s", name, "\n".join(lines))

    def _remove(self) -> None:
        """What a cluster of our own may have left: processes, where its start failed half-way, and its folder."""
        folder, self._folder = self._folder, None
        watchdog, self._watchdog = self._watchdog, None
        access, self._access = self._access, None
        if folder is not None:
            end(family(os.getpid(), folder), folder)
        if watchdog is not None and watchdog.stdin is not None:
            watchdog.stdin.close()
            watchdog.wait()
        if access is not None:
            access.close()


@contextlib.contextmanager
def _patience() -> Generator[None]:
    """Ray 2.60 gives a node's process 30 s to start, a constant inside of a function, which a busy machine does not make:
    the question it asks meanwhile ("is the node there?") waits longer for its answer."""
    from ray._private import services

    ask = services.get_node

    def ask_longer(*arguments: Any) -> Any:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return ask(*arguments)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    services.get_node = ask_longer
    try:
        yield
    finally:
        services.get_node = ask
