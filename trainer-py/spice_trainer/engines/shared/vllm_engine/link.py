"""The phases of a weight update as the learner's side calls them, over the conversation with one
engine process.

An `EngineLink` is a `VLLMWeightSyncClient` in vLLM's terms: its trainer engines drive the phases
through these four methods and never learn what carries them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spice_trainer.engines.shared.vllm_engine import handles
from spice_trainer.engines.shared.vllm_engine.messages import Phase


class EngineGoneError(Exception):
    """The engine's process ended, or did not answer in time: what was sent to it is lost."""


class EngineLink:
    """One engine process, from its start to its end; a restarted engine has another link. Methods
    may be called from any thread and block until the engine has done what they ask. Raises
    `EngineGoneError`."""

    def __init__(self, send: Callable[[Any], bool], seconds: float, poison: Callable[[str], None]) -> None:
        """`send` hands a message to the process (False: it is gone); `seconds`: how long a phase
        may take; `poison` gives the process up, with a reason."""
        self._send, self._seconds, self._poison = send, seconds, poison
        self._changed = threading.Condition()
        self._number = 0
        self._done: set[int] = set()
        self._gone = False
        self._on_end: Callable[[], None] | None = None
        self.version = 0
        """Policy version of the update that is under way."""

    # --------------------------------------------------------------- what vLLM's trainer side calls

    def init_weight_transfer_engine(self, init_info: Mapping[str, Any]) -> None:
        """Set up the transport in the engine; once in a process' life."""
        self._call("init", dict(init_info))

    def start_weight_update(self) -> None:
        """Stop decoding and make room. Until `finish_weight_update` the engine computes no
        token."""
        self._call("start", {})

    def update_weights(self, update_info: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """Receive tensors: all of them, or one chunk."""
        if not isinstance(update_info, Mapping):
            raise TypeError("one sampler takes one update, not a list of them")
        info = dict(update_info)
        if info.get("ipc_handles") is not None:
            info["ipc_handles"] = handles.encode(info["ipc_handles"])
        self._call("update", {name: value for name, value in info.items() if value is not None})

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        """Pack what was received, clear caches, go on decoding. The proof follows as a message of
        its own."""
        del weight_version  # vLLM's label; the contract's number travels with every phase
        self._call("finish", {})

    # ----------------------------------------------------------------------- what the sampler calls

    def answered(self, number: int) -> None:
        """The engine did what it was asked."""
        with self._changed:
            self._done.add(number)
            self._changed.notify_all()

    def end(self) -> None:
        """The process is gone: whoever waits is told, and what blocks elsewhere is torn down. Safe
        to call twice."""
        with self._changed:
            self._gone = True
            hook, self._on_end = self._on_end, None
            self._changed.notify_all()
        if hook is not None:
            # Aborting a communicator takes seconds, and the caller has a process to start again.
            threading.Thread(target=hook, name="abandon transfer", daemon=True).start()

    # ---------------------------------------------------------------------- what the transfer calls

    @property
    def gone(self) -> bool:
        """Whether the process ended."""
        return self._gone

    def on_end(self, hook: Callable[[], None] | None) -> None:
        """What must happen, in a thread of its own, when the process ends: free whoever is blocked
        in a collective with it. Raises `EngineGoneError` when it has ended already."""
        with self._changed:
            if self._gone and hook is not None:
                raise EngineGoneError("the sampler's process ended")
            self._on_end = hook

    def poison(self, why: str) -> None:
        """Give the process up: its weights are part old, part new. It is killed and started
        again."""
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
