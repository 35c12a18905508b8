"""Errors at the start of a trainer, in the form that its parent process reads; and the reading of
private files."""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path

from spice_trainer.server.redaction import redact


@dataclass(eq=False)
class StartError(Exception):
    """The trainer cannot start. The error is printed as one JSON line on stderr."""

    exit_code: int
    reason: str
    message: str
    hint: str = ""

    def to_json(self) -> str:
        """Returns {"ready": false, "error": {"reason", "message", "hint"}}, without secrets."""
        error = {"reason": self.reason, "message": redact(self.message), "hint": redact(self.hint)}
        return json.dumps({"ready": False, "error": error})


def read_private(path: Path, what: str, reason: str) -> bytes:
    """Returns the content of a file that only its owner may read. `what` is its name in messages
    ("token file"). Raises StartError with `reason` when the file cannot be read, and with
    `<reason>_MODE` when its group or others have any permission."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        content = path.read_bytes()
    except OSError as missing:
        raise StartError(2, reason, f"{what} {path}: {missing.strerror}") from missing
    if mode & 0o077:
        raise StartError(
            2, f"{reason}_MODE", f"{what} {path} can be read by others (mode {mode:04o})", f"chmod 600 {path}"
        )
    return content
