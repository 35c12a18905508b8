"""The Ray cluster of the workers: a cluster that this process starts on this machine, or a cluster
that already runs."""

# Ray is installed in the environment of this backend only, and not in the environment of the type
# checker.
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
"""Bytes of the object store. Batches and log-probabilities pass through it, never weights."""


def environment(settings: WorkerSettings, device: str) -> dict[str, str]:
    """Returns the variables of every worker, and of this process before it imports verl."""
    ours = {
        "PYTHONPATH": str(PACKAGE_ROOT),
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
        # No port of a local cluster can be reached from another machine.
        ours |= {"GLOO_SOCKET_IFNAME": "lo", "NCCL_SOCKET_IFNAME": "lo"}
    return ours


def worker_threads(settings: WorkerSettings) -> int:
    """Returns the number of processor threads of one worker."""
    here = max(1, settings.workers // settings.nodes)
    return settings.threads or max(1, len(os.sched_getaffinity(0)) // here)


class Cluster:
    """A connection to Ray. A local cluster ends with the connection, listens on loopback only, and
    has its own token. A cluster by address is reached with the settings of the user of this
    process: the `RAY_AUTH_*` variables, or the token file of Ray."""

    def __init__(self, settings: WorkerSettings, device: str) -> None:
        """Starts a cluster or connects to one. Raises `BackendError` UNAVAILABLE (RAY_UNREACHABLE)
        or PRECONDITION (RAY_IN_USE)."""
        import ray

        if ray.is_initialized():
            raise BackendError(
                BackendErrorCode.PRECONDITION, "RAY_IN_USE", "this process is connected to a Ray cluster already"
            )
        variables = environment(settings, device)
        os.environ.update(variables)
        # Workers print a lot, and stdout is for the protocol of the sidecar. So their logs stay in
        # the folder of Ray.
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
        """Starts a local cluster."""
        import ray

        # A private folder, with the folder of Ray one level below: Ray lets every user write where
        # it keeps its files.
        self._folder = Path(tempfile.mkdtemp(prefix="spice-ray-"))
        self._access = PrivateAccess(self._folder)
        self._watchdog = start(self._folder)
        # By default Ray's workers have low priority (nice 15), but here the workers do the main
        # work.
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
        """Disconnects, and ends a local cluster with all its processes. May be called twice."""
        import ray

        try:
            ray.shutdown()
        except Exception:
            _LOG.exception("Ray did not shut down")
        self._remove()

    def _log_tails(self) -> None:
        """Copies the last lines of the processes of Ray to the log, because their own logs are
        deleted with the folder."""
        if self._folder is None:
            return
        for name in ("raylet.out", "gcs_server.out", "dashboard_agent.log"):
            for path in self._folder.glob(f"ray/session_latest/logs/{name}"):
                lines = path.read_text(errors="replace").splitlines()[-8:]
                _LOG.error("%s ended with:\n%s", name, "\n".join(lines))

    def _remove(self) -> None:
        """Removes the rest of a local cluster: processes after a start that failed partly, and its
        folder."""
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
    """Lets Ray wait longer. Ray 2.60 gives the process of a node 30 s to start, with a constant
    inside a function. A busy machine needs longer. So the question that Ray asks during the start
    ("is the node there?") waits longer for its answer."""
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
