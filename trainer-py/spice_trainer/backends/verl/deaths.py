"""What a user is told when a worker is gone."""

from __future__ import annotations

import re

from spice_trainer.backend import BackendError, BackendErrorCode

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def worker_died(text: str) -> BackendError:
    """From Ray's own words: its first line says what happened, its last one why (the exception of a constructor, or how the
    process ended); a stack trace or the actor's numbers stand between them."""
    lines = [line for line in map(str.strip, _COLOUR.sub("", text).splitlines()) if line] or ["no reason given"]
    told = lines[0] if len(lines) == 1 else f"{lines[0]} ... {lines[-1]}"
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "WORKER_DIED",
        f"a worker of the Ray cluster is gone: {told}",
        "weights and gradients in it are lost: start the trainer again and load the last checkpoint, as `spice train` does",
    )
