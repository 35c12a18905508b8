"""Transfer of published weights to the engine: one port, and the common parts of all transfers.

The phases have one order in every transfer: (the engine stops stepping) init once a process ->
start -> update -> finish -> caches cleared -> weight probe scored -> (stepping continues). The
transfers differ in the part that runs the phases. From a file the engine runs them itself. Through
NCCL or CUDA IPC the trainer-side engine of vLLM runs them, in this process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from spice_trainer.engines.shared.vllm_engine.link import EngineLink
from spice_trainer.engines.shared.vllm_engine.supervisor import EngineSupervisor
from spice_trainer.engines.shared.vllm_engine.weight_file import WeightFile

_LOG = logging.getLogger(__name__)
_END_SECONDS = 30.0
"""Seconds that a send may take to return after its update is over or was abandoned."""


class Transfer(Protocol):
    """A transfer of weights to the engine."""

    @property
    def name(self) -> str:
        """`file`, `nccl` or `ipc`."""
        ...

    def deliver(self, version: int, file: WeightFile, scores: Sequence[float]) -> None:
        """Serves the present weights of the learner as `version`, and proves them. `file` contains
        the same weights, when it is needed. `scores`: scores of the weight probe by the learner.
        Raises the errors of `EngineSupervisor.update` and `WeightFile.settle`."""
        ...

    def close(self) -> None:
        """Frees its resources. May be called twice."""
        ...


class Sender(Protocol):
    """The learner's side of a direct transfer, connected with one engine process."""

    def send(self) -> None:
        """Runs start, update and finish. Blocks. Raises every error."""
        ...

    def abandon(self) -> None:
        """Abandons the transfer. Called from another thread, it ends a `send` that waits for an
        ended engine."""
        ...


class FileTransfer:
    """Transfer through a file that both sides can read. Works on every machine."""

    name = "file"

    def __init__(self, supervisor: EngineSupervisor) -> None:
        self._supervisor = supervisor

    def deliver(self, version: int, file: WeightFile, scores: Sequence[float]) -> None:
        file.settle()
        self._supervisor.update(version, lambda: str(file.settle()), scores)

    def close(self) -> None:
        """Does nothing."""


class DirectTransfer:
    """Transfer from the memory of the learner into the memory of the engine.

    The send runs in a separate thread, because a broadcast to an ended process never returns by
    itself. The calling thread waits for the answer of the engine, its end, or its time limit. A
    send that fails partly poisons the engine: it is started again and gets the same version from
    the file. After a successful send the file is written in the background, because the next
    optimizer step overwrites the only other copy (`VllmSampler.keep_versions` waits for it).
    """

    def __init__(self, name: str, supervisor: EngineSupervisor, connect: Callable[[EngineLink], Sender]) -> None:
        """`connect` runs the init phase with one engine process and may block."""
        self.name = name
        self._supervisor, self._connect = supervisor, connect
        self._link: EngineLink | None = None
        self._sender: Sender | None = None
        self._stuck = False

    def deliver(self, version: int, file: WeightFile, scores: Sequence[float]) -> None:
        if self._stuck:
            FileTransfer(self._supervisor).deliver(version, file, scores)
            return
        threads: list[threading.Thread] = []

        def begin(link: EngineLink) -> None:
            threads.append(threading.Thread(target=self._send, args=(link,), name=f"{self.name} send", daemon=True))
            threads[0].start()

        try:
            self._supervisor.update(version, lambda: str(file.settle()), scores, begin)
        finally:
            # Before the thread has ended, it may still read the weights.
            for thread in threads:
                self._end(thread)
        file.write_behind()

    def close(self) -> None:
        sender, self._sender, self._link = self._sender, None, None
        if sender is not None:
            sender.abandon()

    def _send(self, link: EngineLink) -> None:
        try:
            if self._link is not link or self._sender is None:
                self.close()  # the connection that it was made for has ended
                self._sender, self._link = self._connect(link), link
            sender = self._sender
            link.on_end(sender.abandon)
            sender.send()
            link.on_end(None)
        except BaseException as failed:
            _LOG.warning("the %s transfer failed, the sampler is started again from a file: %s", self.name, failed)
            self.close()
            link.poison(f"the {self.name} transfer failed half-way: {type(failed).__name__}: {failed}")

    def _end(self, thread: threading.Thread) -> None:
        thread.join(_END_SECONDS)
        if thread.is_alive():
            self._stuck = True
            _LOG.error("the %s transfer hangs; weights go through files until this trainer is started again", self.name)
