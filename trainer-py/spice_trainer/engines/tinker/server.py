"""A local SkyRL server: start, watching, end."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import URLError

from spice_trainer.api import BackendError, BackendErrorCode, ProgressSink
from spice_trainer.engines.shared.ray_access import private_environment
from spice_trainer.engines.tinker.settings import TinkerSettings
from spice_trainer.models.home import models_home

INTERPRETER_VARIABLE = "SPICE_SKYRL_PYTHON"
"""Variable with the interpreter that has SkyRL, if it is not the interpreter of this process. It
comes from the environment and never from a request, because a caller who may open a session must
not choose a program that this machine executes."""
STOP_SECONDS = 15.0
LOG_LINES = 6


class SkyrlServer:
    """API and engine, on a free port of the loopback address, with database and states in a private
    folder. The address has no password: every process that can reach the loopback of this machine
    can use it."""

    def __init__(
        self, model: Path, rank: int, settings: TinkerSettings, on_end: Callable[[BackendError], None]
    ) -> None:
        """Starts the server with memory for adapters of `rank`. `on_end` is called from a thread
        when the server ends by itself. Raises UNAVAILABLE (SERVER_NOT_STARTED)."""
        self.folder = Path(tempfile.mkdtemp(prefix="spice-tinker-"))
        self.states = self.folder / "states"
        self.port = _free_port()
        self._on_end, self._stopping = on_end, False
        self._log = (self.folder / "server.log").open("wb")
        environment = _environment(os.environ)
        if settings.ray_processes:
            environment = private_environment(environment, self.folder) | {"RAY_TMPDIR": str(self.folder)}
        read_end, self._watch = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *(interpreter(), "-P", str(Path(__file__).with_name("launch.py")), "serve"),
                    *(str(read_end), str(self.folder), str(self.port)),
                    *_flags(model, rank, settings, self.folder, self.states),
                ],
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=(read_end,),
                start_new_session=True,
            )
        except OSError as missing:
            self._clean_up()
            raise _not_started(f"{interpreter()} cannot be run: {missing.strerror}") from missing
        finally:
            os.close(read_end)
        threading.Thread(target=self._wait, name="skyrl end", daemon=True).start()

    @property
    def url(self) -> str:
        """Address for the SDK."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Process id of the API, for people and for tests that kill it."""
        return self._process.pid

    def wait_for_api(self, seconds: float, progress: ProgressSink) -> None:
        """Waits until the API answers. The engine takes longer, and the first request waits for it.
        Raises UNAVAILABLE, CANCELLED."""
        began = time.monotonic()
        while self._process.poll() is None:
            if progress.cancelled():
                raise BackendError(BackendErrorCode.CANCELLED, "CANCELLED", "stopped while the server started")
            if time.monotonic() - began > seconds:
                raise _not_started(f"SkyRL did not answer within {seconds:.0f} s{self.last_words()}")
            with contextlib.suppress(URLError, OSError):
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(f"{self.url}/api/v1/healthz", timeout=2):
                    return
            progress.progress("start server", int(time.monotonic() - began), int(seconds))
            time.sleep(0.2)
        raise _not_started(f"SkyRL ended with code {self._process.returncode}{self.last_words()}")

    def last_words(self) -> str:
        """Returns the end of its log, for an error message."""
        try:
            lines = (self.folder / "server.log").read_text(errors="replace").splitlines()
        except OSError:
            return ""
        told = [line.strip() for line in lines if line.strip()][-LOG_LINES:]
        return ": " + " | ".join(told)[-600:] if told else ""

    def state_file(self, path: str) -> Path:
        """Returns the folder on the disk of a `tinker://MODEL/weights/NAME` path."""
        model, _, name = path.removeprefix("tinker://").split("/")
        return self.states / model / f"{name}.tar.gz"

    def snapshot_file(self, model_id: str, name: str) -> Path:
        """Returns the archive of a snapshot on the disk."""
        return self.states / model_id / "sampler_weights" / f"{name}.tar.gz"

    def stop(self) -> None:
        """Ends the server and removes its folder. May be called twice."""
        self._stopping = True
        if self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
        self._end_group()
        self._clean_up()

    def _wait(self) -> None:
        code = self._process.wait()
        if self._stopping:
            return
        self._end_group()
        self._on_end(
            BackendError(
                BackendErrorCode.UNAVAILABLE,
                "SERVER_DIED",
                f"the SkyRL server ended with code {code}{self.last_words()}",
                "restart the trainer and load the last checkpoint",
            )
        )

    def _end_group(self) -> None:
        """Ends the remaining processes of the server."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _clean_up(self) -> None:
        if self._watch >= 0:
            os.close(self._watch)
            self._watch = -1
        self._log.close()
        for _ in range(20):  # a process that was killed may write until it has ended
            shutil.rmtree(self.folder, ignore_errors=True)
            if not self.folder.exists():
                return
            time.sleep(0.1)


def interpreter() -> str:
    """Returns the Python interpreter that runs the server."""
    return os.environ.get(INTERPRETER_VARIABLE) or sys.executable


def _flags(model: Path, rank: int, settings: TinkerSettings, folder: Path, states: Path) -> list[str]:
    backend: dict[str, object] = {
        "max_lora_adapters": settings.slots,
        "max_lora_rank": rank,
        # 12.5 GiB without it and 5.2 GiB with it for 8 sequences of 380 tokens with SmolLM2, in the
        # same time.
        "gradient_checkpointing": True,
        "train_micro_batch_size": settings.train_sequences,
        "sample_max_num_sequences": settings.sample_sequences,
    }
    if settings.ray_processes:
        backend |= {
            "use_ray": True,
            "num_processes": settings.ray_processes,
            "fully_sharded_data_parallel_size": settings.ray_processes,
        }
    return [
        *("--base-model", str(model), "--backend", "jax", "--backend-config", json.dumps(backend)),
        *("--database-url", f"sqlite:///{folder / 'tinker.db'}", "--checkpoints-base", str(states)),
        # The models must remain while a sidecar is paused. The server itself ends with the sidecar.
        *("--session-timeout-sec", "86400"),
    ]


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    cache = models_home().parent / "jax"
    cache.mkdir(parents=True, exist_ok=True)
    return {
        "JAX_PLATFORMS": "cpu",
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "DO_NOT_TRACK": "1",
        **{name: value for name, value in ours.items() if not name.startswith(("TINKER_", "SPICE_TRAINER_TOKEN"))},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _not_started(why: str) -> BackendError:
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "SERVER_NOT_STARTED",
        why,
        f"install it with `spice trainer install tinker`, or set {INTERPRETER_VARIABLE} to a Python that has SkyRL",
    )
