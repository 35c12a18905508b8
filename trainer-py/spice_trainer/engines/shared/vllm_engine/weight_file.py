"""The weights of a published version on disk. A sampler that was started again loads them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from spice_trainer.api import BackendError, BackendErrorCode

_LOG = logging.getLogger(__name__)
FOLDER_VARIABLE = "SPICE_WEIGHTS_DIR"
"""Variable with the folder for weight files for vLLM, for machines whose temporary folder is too
small or is not shared by all machines. It comes from the environment and never from a request,
because a caller who may open a session must not choose where to write."""


class WeightFile:
    """A file that is written once, at the latest before the weights of the learner change. `settle`
    may be called from any thread. The learner keeps the weights unchanged until then."""

    def __init__(self, path: Path, write: Callable[[Path], None]) -> None:
        """`write` writes the weights of the version into the file and raises OSError."""
        self._path, self._write = path, write
        self._lock = threading.Lock()
        self._written = False
        self._removed = False

    def settle(self) -> Path:
        """Returns the path of the file. Writes the file if it is absent, and waits for another
        thread that writes it. Raises `BackendError` MEMORY (DISK_FULL), and a later call tries
        again; FAILED_PRECONDITION (VERSION_GONE) after removal, because the weights of the learner
        may have changed."""
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
        """Begins to write the file in a separate thread. A failure is not lost: `settle` tries
        again and raises it."""
        threading.Thread(target=self._quietly, name="weight file", daemon=True).start()

    def remove(self) -> None:
        """Deletes the file, or prevents that it is written. May be called twice."""
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
