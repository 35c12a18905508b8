"""Sampling calls that send no event: a limit on the time, and a memory of it for later calls.

The server sends a keep-alive while it waits for the engine, so a call of an engine whose sampling
thread has ended stays open until its deadline. The keep-alive is no event of the engine.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spice_conformance.client import CallError
from spice_conformance.verdict import Decision, Verdict

if TYPE_CHECKING:
    from spice_trainer.server.wire import pb

EVENT_SECONDS = 60.0
"""Longest time without an event of a sampling call, seconds. The first call of an engine may
compile and may fill caches, so the limit is not shorter."""
TOKEN_SECONDS = 0.2
"""Part of the limit for each token of a sample, seconds, when the sum is more than
`EVENT_SECONDS`: no event comes before a whole sample."""
CALLS = 2
"""Silent calls in a row after which the kit tries no other sampling call."""


@dataclass
class Silence:
    """What the kit knows about sampling calls without events. All sessions of a kit share it."""

    calls: int = 0
    """Silent calls in a row: no sample finished between them."""
    cause: str = ""
    """What the first of these calls showed."""

    def require(self, calls: int = CALLS) -> None:
        """Raises Decision after this number of silent calls in a row."""
        if self.calls >= calls:
            raise Decision(Verdict.FAIL, f"not tried: earlier sampling calls had {self.cause}", self.cause)


class SampleStream:
    """The events of a Sample call, without keep-alives. `next` raises Decision when no event comes
    for too long."""

    def __init__(self, call: pb.ResponseStream[pb.SampleResponse], request: pb.SampleRequest, silence: Silence) -> None:
        self._call, self._silence = call, silence
        self._limit = max(EVENT_SECONDS, TOKEN_SECONDS * request.params.max_tokens)
        self._total = sum(one.n for one in request.prompts)
        self._started, self._finished = False, 0

    def __iter__(self) -> SampleStream:
        return self

    def __next__(self) -> pb.SampleResponse:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._call.cancel()

        timer = threading.Timer(self._limit, give_up)
        timer.daemon = True
        timer.start()
        try:
            event = next(self._call)
            while event.WhichOneof("event") == "progress":
                event = next(self._call)
        except CallError as failed:
            if late.is_set():
                raise self._silent() from failed
            raise
        finally:
            timer.cancel()
        kind = event.WhichOneof("event")
        self._started = self._started or kind == "started"
        if kind == "finished":
            self._finished += 1
            self._silence.calls, self._silence.cause = 0, ""
        return event

    def cancel(self) -> None:
        """Cancels the call."""
        self._call.cancel()

    def _silent(self) -> Decision:
        if not self._started:
            after = "after the request was sent, not even SampleStarted"
        elif self._finished == 0:
            after = "after SampleStarted"
        elif self._finished < self._total:
            after = f"after {self._finished} of {self._total} samples had finished"
        else:
            after = "after the last sample had finished, so SampleDone is missing"
        told = f"no event for {self._limit:g} s {after}: is the sampling thread alive?"
        self._silence.calls += 1
        self._silence.cause = self._silence.cause or told
        return Decision(Verdict.FAIL, told, self._silence.cause)
