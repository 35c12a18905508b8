"""math-verify's opinion on one pair, without its timeouts: those are the orchestrator's, who kills
the process."""

from __future__ import annotations

import logging

from math_verify import LatexExtractionConfig, parse, verify  # pyright: ignore[reportMissingImports]

from spice_grader.protocol import Reply
from spice_grader.reading import to_latex

# It warns at every start that its timeouts are off, and prints what it cannot parse.
logging.getLogger("math_verify").setLevel(logging.CRITICAL)

_READERS = [LatexExtractionConfig()]


def opinion(gold: str, answer: str) -> Reply:
    """Whether `answer` is mathematically the same as `gold`.

    Raises whatever sympy raises; MemoryError among it.
    """
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
