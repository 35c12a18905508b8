"""Progress of a long job, and the request to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spice_trainer.server.session.lease import Session

EVENT_SECONDS = 0.2


class JobProgress:
    """A `ProgressSink` that stores the last report. Methods may be called from any thread."""

    def __init__(self, publish: Callable[[str, int, int], None] | None = None) -> None:
        """`publish(phase, done, total)` gets at most five reports a second, and always the last
        report of a phase."""
        self.phase, self.done, self.total = "", 0, 0
        self.stop_reason = ""
        self.questions = 0
        """Number of times that the backend asked whether it must stop."""
        self._publish = publish
        self._published = 0.0
        self._stop = threading.Event()

    def progress(self, phase: str, done: int, total: int) -> None:
        """Stores a report. Called by the backend."""
        changed = phase != self.phase
        self.phase, self.done, self.total = phase, done, total
        now = time.monotonic()
        if self._publish is not None and (changed or done == total or now - self._published >= EVENT_SECONDS):
            self._published = now
            self._publish(phase, done, total)

    def cancelled(self) -> bool:
        """Whether the job must stop. Called by the backend between micro-batches."""
        self.questions += 1
        return self._stop.is_set()

    @property
    def stopping(self) -> bool:
        """Whether the job must stop. The service reads it: this is no question of the backend."""
        return self._stop.is_set()

    def stop(self, reason: str) -> None:
        """Asks the job to stop. The first reason is kept: "caller", "budget", "fenced" or
        "shutdown"."""
        if not self._stop.is_set():
            self.stop_reason = reason
            self._stop.set()


class LeasedProgress:
    """A `ProgressSink` of work that needs a valid lease. The work also stops between micro-batches
    when the lease ends."""

    def __init__(self, progress: JobProgress, session: Session) -> None:
        self._progress = progress
        self._session = session

    def progress(self, phase: str, done: int, total: int) -> None:
        """Stores a report. Called by the backend."""
        self._progress.progress(phase, done, total)

    def cancelled(self) -> bool:
        """Whether the job must stop. Called by the backend between micro-batches."""
        return self._progress.cancelled() or self._session.remaining <= 0
