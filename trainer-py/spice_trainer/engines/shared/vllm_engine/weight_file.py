"""A published version's weights on disk: what a sampler that was started again gets."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode

_LOG = logging.getLogger(__name__)
FOLDER_VARIABLE = "SPICE_WEIGHTS_DIR"
"""Folder under which weights for vLLM are written, where the system's temporary one is too small or
not shared by all machines. From the environment and never from a request: whoever may open a
session must not choose where to write."""


class WeightFile:
    """Written at the latest before the learner's weights change, and once. `settle` may be called
    from any thread: it is the learner that sees to it that the weights stay the same until then."""

    def __init__(self, path: Path, write: Callable[[Path], None]) -> None:
        """`write` fills the file with the version's weights and raises OSError."""
        self._path, self._write = path, write
        self._lock = threading.Lock()
        self._written = False
        self._removed = False

    def settle(self) -> Path:
        """The file, written now unless it is there already; waits for another thread that is
        writing it.

        Raises `BackendError` MEMORY (DISK_FULL); a later call tries again. FAILED_PRECONDITION
        (VERSION_GONE) once removed: by then the learner's weights may be others."""
        with self._lock:
            if self._removed:
                raise BackendError(
                    BackendErrorCode.PRECONDITION,
                    "VERSION_GONE",
                    f"{self._path.name} was replaced by a newer version",
                )
            if not self._written:
                self._fill()
            return self._path

    def write_behind(self) -> None:
        """Begin to write it in a thread of its own. A failure is not lost: `settle` tries again and
        raises."""
        threading.Thread(target=self._quietly, name="weight file", daemon=True).start()

    def remove(self) -> None:
        """Delete it, or see that it is never written. Safe to call twice."""
        with self._lock:
            self._removed = True
            self._path.unlink(missing_ok=True)

    def _fill(self) -> None:
        try:
            self._write(self._path)
        except OSError as failed:
            self._path.unlink(missing_ok=True)
            raise BackendError(
                BackendErrorCode.MEMORY,
                "DISK_FULL",
                f"the weights for vLLM could not be written to {self._path}: {failed.strerror or failed}",
                f"free space there, or point {FOLDER_VARIABLE} to another folder",
            ) from failed
        self._written = True

    def _quietly(self) -> None:
        with contextlib.suppress(BackendError):
            self.settle()
