"""`python -m spice_grader`: answer requests until stdin ends. Exit codes: 0 it ended, 1 what came
is no request, 2 memory ran out (the pair was answered first).
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version

from spice_grader import limits
from spice_grader.protocol import ProtocolError, Reply, encode, requests


def main() -> int:
    """Entry point; returns the exit code."""
    # Libraries print; stdout is for replies alone.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # After the dup: it takes a second, and may print.
    from spice_grader.opinion import opinion

    limits.limit_memory()
    out.write(json.dumps({"ready": True, "version": version("math-verify")}).encode() + b"\n")
    try:
        for request in requests(sys.stdin.buffer):
            limits.limit_processor()
            try:
                reply = opinion(request.gold, request.answer)
            except MemoryError:
                out.write(encode(request, Reply("error", "out of memory", ends=True)))
                # What sympy left half-built is not worth trusting.
                return 2
            except Exception as failed:
                # Whatever a library raises on hostile input is an outcome of the pair, not of the
                # process.
                reply = Reply("error", type(failed).__name__)
            out.write(encode(request, reply))
    except ProtocolError as failed:
        print(failed, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
