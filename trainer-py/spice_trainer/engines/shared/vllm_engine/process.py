"""The engine's process as the sidecar sees it."""

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
"""Interpreter that has vLLM, where it is not this process's own. From the environment and never from a request: whoever
may open a session must not choose what this machine executes."""


class EngineProcess:
    """One process."""

    def __init__(self, start: Start, threads: int, gpus: tuple[int, ...] | None = None) -> None:
        """Start the process and send `start`. `threads` 0: vLLM's choice. `gpus`: the GPUs that it may use, counted among
        those that this process sees; None: all of them. Raises OSError when there is no such interpreter."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(interpreter(), "-m", "spice_trainer.engines.shared.vllm_engine.worker"),
                    str(theirs.fileno()),
                ],
                env=_environment(os.environ, threads, gpus),
                stdin=subprocess.DEVNULL,
                # The sidecar's stdout is its own protocol; what vLLM prints belongs to the log.
                stdout=sys.stderr.fileno(),
                pass_fds=(theirs.fileno(),),
            )
        self._lines = Lines(ours)
        self._lines.send(start)

    def listen(self, on_message: Callable[[dict[str, Any]], None], on_end: Callable[[int], None]) -> None:
        """Begin to read what the process says; the first message is `ready` or `broken`. Both functions are called from a
        thread of their own: `on_message` with each message, then `on_end` once, with the exit status."""
        threading.Thread(target=self._read, args=(on_message, on_end), name="vllm messages", daemon=True).start()

    @property
    def pid(self) -> int:
        """Of the process itself, for people and for tests that kill it."""
        return self._process.pid

    def send(self, message: Any) -> bool:
        """False when the process is gone; `on_end` comes then."""
        try:
            self._lines.send(message)
        except OSError:
            return False
        return True

    def stop(self, seconds: float = 5.0) -> None:
        """Close the conversation, then kill. Safe to call twice."""
        self._lines.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """At once: its weights are not to be trusted."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    def _read(self, on_message: Callable[[dict[str, Any]], None], on_end: Callable[[int], None]) -> None:
        for message in self._lines:
            on_message(message)
        on_end(self._process.wait())


def interpreter() -> str:
    """The Python that runs the engine."""
    return os.environ.get(INTERPRETER_VARIABLE) or sys.executable


def _environment(ours: Mapping[str, str], threads: int, gpus: tuple[int, ...] | None) -> dict[str, str]:
    cores = sorted(os.sched_getaffinity(0))
    used = cores if threads == 0 else cores[:threads]
    return {
        # vLLM keeps one core free by default, which on two cores is half of them.
        "VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, used)),
        "VLLM_LOGGING_LEVEL": "WARNING",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        **ours,
        **({} if gpus is None else {"CUDA_VISIBLE_DEVICES": visible_devices(ours, gpus)}),
        # One process to kill and none to leave behind.
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "PYTHONPATH": str(PACKAGE_ROOT),
    }
