"""The process of the engine, as used by the sidecar."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from spice_trainer.engines.shared.package_root import PACKAGE_ROOT
from spice_trainer.engines.shared.vllm_engine.messages import Lines, Start
from spice_trainer.engines.shared.vllm_engine.placement import visible_devices

INTERPRETER_VARIABLE = "SPICE_VLLM_PYTHON"
"""Variable with the interpreter that has vLLM, if it is not the interpreter of this process. It
comes from the environment and never from a request, because a caller who may open a session must
not choose a program that this machine executes."""


class EngineProcess:
    """One process of the engine."""

    def __init__(self, start: Start, threads: int, gpus: tuple[int, ...] | None = None) -> None:
        """Starts the process and sends `start`. `threads` 0: vLLM chooses. `gpus`: GPUs that the
        process may use, as indices among the GPUs of this process; None: all GPUs. Raises OSError
        when the interpreter does not exist."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(interpreter(), "-m", "spice_trainer.engines.shared.vllm_engine.worker"),
                    str(theirs.fileno()),
                ],
                env=_environment(os.environ, threads, gpus),
                stdin=subprocess.DEVNULL,
                # stdout of the sidecar is for its own protocol. The output of vLLM goes to the log.
                stdout=sys.stderr.fileno(),
                pass_fds=(theirs.fileno(),),
            )
        self._lines = Lines(ours)
        self._lines.send(start)

    def listen(self, on_message: Callable[[dict[str, Any]], None], on_end: Callable[[int], None]) -> None:
        """Begins to read the messages of the process. The first message is `ready` or `broken`.
        Both functions are called from a separate thread: `on_message` with each message, then
        `on_end` once, with the exit status."""
        threading.Thread(target=self._read, args=(on_message, on_end), name="vllm messages", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id, for people and for tests that kill the process."""
        return self._process.pid

    def send(self, message: Any) -> bool:
        """Sends a message. Returns False when the process has ended; `on_end` is then called."""
        try:
            self._lines.send(message)
        except OSError:
            return False
        return True

    def stop(self, seconds: float = 5.0) -> None:
        """Closes the connection, then kills the process. May be called twice."""
        self._lines.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Kills the process immediately, because its weights may be wrong."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _read(self, on_message: Callable[[dict[str, Any]], None], on_end: Callable[[int], None]) -> None:
        for message in self._lines:
            on_message(message)
        on_end(self._process.wait())


def interpreter() -> str:
    """Returns the Python interpreter of the engine."""
    return os.environ.get(INTERPRETER_VARIABLE) or sys.executable


def _environment(ours: Mapping[str, str], threads: int, gpus: tuple[int, ...] | None) -> dict[str, str]:
    cores = sorted(os.sched_getaffinity(0))
    used = cores if threads == 0 else cores[:threads]
    return {
        # By default vLLM does not use one of the cores, which is half of two cores.
        "VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, used)),
        "VLLM_LOGGING_LEVEL": "WARNING",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        **ours,
        **({} if gpus is None else {"CUDA_VISIBLE_DEVICES": visible_devices(ours, gpus)}),
        # One process only, so that killing it leaves no other process.
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "PYTHONPATH": str(PACKAGE_ROOT),
    }
