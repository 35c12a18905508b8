"""The error for the user when a worker has ended."""

from __future__ import annotations

import re
import textwrap

from spice_trainer.api import BackendError, BackendErrorCode

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LONGEST = 320
"""Characters of a line. Ray ends with a paragraph of advice about its own command line."""


def worker_died(text: str) -> BackendError:
    """Returns the error, from the text of Ray. Its first line states what happened, and its last
    line states why (the exception of a constructor, or how the process ended). Between them are a
    stack trace or the numbers of the actor."""
    lines = [line for line in map(str.strip, _COLOUR.sub("", text).splitlines()) if line] or ["no reason given"]
    ends = lines if len(lines) == 1 else (lines[0], lines[-1])
    told = " ... ".join(textwrap.shorten(line, _LONGEST, placeholder=" ...") for line in ends)
    return BackendError(
        BackendErrorCode.UNAVAILABLE,
        "WORKER_DIED",
        f"a worker of the Ray cluster is gone: {told}",
        "weights and gradients in it are lost: start the trainer again and load the last checkpoint, as `spice train` does; "
        "the trainer's log has all that Ray said",
    )
