"""`python -m spice_grader`: answers requests until stdin ends.

Exit codes: 0 stdin ended, 1 a line is not a request, 2 out of memory (the reply for the pair is
written first).
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version

from spice_grader import limits
from spice_grader.protocol import ProtocolError, Reply, encode, requests


def main() -> int:
    """Entry point. Returns the exit code."""
    # Libraries print to stdout, but stdout is for replies only.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    # Imported after the dup, because the import takes a second and may print.
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
                # The state of sympy is incomplete after this error.
                return 2
            except Exception as failed:
                # An exception of a library for a hostile input is a result of the pair and does not
                # end the process.
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
