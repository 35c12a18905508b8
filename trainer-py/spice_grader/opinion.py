"""The opinion of math-verify on one pair, without the timeouts of math-verify. The orchestrator has
the timeouts and kills the process."""

from __future__ import annotations

import logging

from math_verify import LatexExtractionConfig, parse, verify  # pyright: ignore[reportMissingImports]

from spice_grader.protocol import Reply
from spice_grader.reading import to_latex

# math-verify warns at every start that its timeouts are off, and prints the texts that it cannot
# parse.
logging.getLogger("math_verify").setLevel(logging.CRITICAL)

_READERS = [LatexExtractionConfig()]


def opinion(gold: str, answer: str) -> Reply:
    """Whether `answer` is mathematically equal to `gold`. Raises any error of sympy, also
    MemoryError."""
    wanted = _read(gold)
    if not wanted:
        return Reply("unparsable", "gold")
    given = _read(answer)
    if not given:
        return Reply("unparsable", "answer")
    same = verify(wanted, given, timeout_seconds=None, raise_on_error=True)
    return Reply("correct" if same else "wrong", "")


def _read(text: str) -> list[object]:
    latex = to_latex(text)
    if latex is None:
        return []
    return parse(latex, _READERS, fallback_mode="no_fallback", parsing_timeout=None)
