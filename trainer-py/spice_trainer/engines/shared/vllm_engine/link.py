"""The phases of a weight update for the learner, over the connection with one engine process.

An `EngineLink` is a `VLLMWeightSyncClient` of vLLM: its trainer engines run the phases with these
four methods and do not depend on the transport.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spice_trainer.engines.shared.vllm_engine import handles
from spice_trainer.engines.shared.vllm_engine.messages import Phase


class EngineGoneError(Exception):
    """The process of the engine ended, or did not answer in time. The data that were sent to it are
    lost."""


class EngineLink:
    """The link to one engine process, from its start to its end. A restarted engine has another
    link. Methods may be called from any thread and block until the engine has done the work. They
    raise `EngineGoneError`."""

    def __init__(self, send: Callable[[Any], bool], seconds: float, poison: Callable[[str], None]) -> None:
        """`send` sends a message to the process and returns False when the process has ended.
        `seconds`: time limit of a phase. `poison` abandons the process, with a reason."""
        self._send, self._seconds, self._poison = send, seconds, poison
        self._changed = threading.Condition()
        self._number = 0
        self._done: set[int] = set()
        self._gone = False
        self._on_end: Callable[[], None] | None = None
        self.version = 0
        """Policy version of the running update."""

    # --------------------------------------------------------- called by the trainer side of vLLM

    def init_weight_transfer_engine(self, init_info: Mapping[str, Any]) -> None:
        """Sets up the transport in the engine. Called once for each process."""
        self._call("init", dict(init_info))

    def start_weight_update(self) -> None:
        """Stops decoding and allocates memory. Until `finish_weight_update` the engine computes no
        token."""
        self._call("start", {})

    def update_weights(self, update_info: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Receives tensors: all of them, or one chunk."""
        if not isinstance(update_info, Mapping):
            raise TypeError("one sampler takes one update, not a list of them")
        info = dict(update_info)
        if info.get("ipc_handles") is not None:
            info["ipc_handles"] = handles.encode(info["ipc_handles"])
        self._call("update", {name: value for name, value in info.items() if value is not None})

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """Packs the received weights, clears caches, and continues decoding. The proof follows as a
        separate message."""
        del weight_version  # the label of vLLM; every phase has the version number
        self._call("finish", {})

    # -------------------------------------------------------------------------- called by the
    # sampler

    def answered(self, number: int) -> None:
        """Records that the engine has done a phase."""
        with self._changed:
            self._done.add(number)
            self._changed.notify_all()

    def end(self) -> None:
        """Ends the link, because the process has ended. Waiting callers get an error, and blocked
        collectives are aborted. May be called twice."""
        with self._changed:
            self._gone = True
            hook, self._on_end = self._on_end, None
            self._changed.notify_all()
        if hook is not None:
            # Aborting a communicator takes seconds, and the caller must start a process again.
            threading.Thread(target=hook, name="abandon transfer", daemon=True).start()

    # ------------------------------------------------------------------------- called by the
    # transfer

    @property
    def gone(self) -> bool:
        """Whether the process ended."""
        return self._gone

    def on_end(self, hook: Callable[[], None] | None) -> None:
        """Sets a function that runs in a separate thread when the process ends. It must free
        callers that are blocked in a collective with the process. Raises `EngineGoneError` when the
        process has already ended."""
        with self._changed:
            if self._gone and hook is not None:
                raise EngineGoneError("the sampler's process ended")
            self._on_end = hook

    def poison(self, why: str) -> None:
        """Abandons the process, because its weights are partly old and partly new. The process is
        killed and started again."""
        self._poison(why)

    def _call(self, phase: str, info: dict[str, Any]) -> None:
        with self._changed:
            self._number += 1
            number = self._number
        if self._gone or not self._send(Phase(number, phase, self.version, info)):
            raise EngineGoneError(f"the sampler's process ended before the {phase} phase")
        deadline = time.monotonic() + self._seconds
        with self._changed:
            while number not in self._done:
                left = deadline - time.monotonic()
                if self._gone or left <= 0:
                    raise EngineGoneError(
                        f"the sampler's process ended in the {phase} phase"
                        if self._gone
                        else f"no answer to the {phase} phase within {self._seconds:.0f} s"
                    )
                self._changed.wait(left)
            self._done.discard(number)
