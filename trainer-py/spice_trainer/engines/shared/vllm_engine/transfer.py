"""How published weights reach the engine: one port, and what is common to the ways.

Phases in one order, whichever way: (the engine stops stepping) init once a process -> start -> update -> finish -> caches
cleared -> weight probe scored -> (stepping goes on). The ways differ in who drives them: from a file the engine runs them by
itself, through NCCL or CUDA IPC vLLM's trainer-side engine does, in this process.
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
"""How long a send may take to return once its update is over, or was given up."""


class Transfer(Protocol):
    """A way for weights to reach the engine."""

    @property
    def name(self) -> str:
        """`file`, `nccl` or `ipc`."""
        ...

    def deliver(self, version: int, file: WeightFile, scores: Sequence[float]) -> None:
        """Serve the learner's present weights as `version`, and prove it.

        `file` holds the same weights, when it is needed. `scores` are the learner's scores of the weight probe. Raises what
        `EngineSupervisor.update` and `WeightFile.settle` raise."""
        ...

    def close(self) -> None:
        """Give up what it holds. Safe to call twice."""
        ...


class Sender(Protocol):
    """The learner's end of a direct way, set up with one engine process."""

    def send(self) -> None:
        """Drive start, update and finish. Blocks; raises whatever goes wrong."""
        ...

    def abandon(self) -> None:
        """Tear the way down. From another thread it ends a `send` that waits for a dead engine."""
        ...


class FileTransfer:
    """Through a file that both sides see. Works everywhere."""

    name = "file"

    def __init__(self, supervisor: EngineSupervisor) -> None:
        self._supervisor = supervisor

    def deliver(self, version: int, file: WeightFile, scores: Sequence[float]) -> None:
        file.settle()
        self._supervisor.update(version, lambda: str(file.settle()), scores)

    def close(self) -> None:
        """Nothing is held."""


class DirectTransfer:
    """From the learner's memory into the engine's.

    The send runs in a thread of its own, because a broadcast to a process that died never returns by itself; this one
    waits for the engine's answer, its death or its time to be over. A send that fails half-way poisons the engine: it is
    started again and gets the same version from the file. After a successful send the file is written behind the caller's
    back, since the next optimiser step overwrites the only other copy (`VllmSampler.keep_versions` waits for it).
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
            # Until it has returned it may still be reading the weights.
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
                self.close()  # what it was set up with is gone
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
